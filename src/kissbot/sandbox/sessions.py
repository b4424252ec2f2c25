"""EventSub sessions: one client at the other end of a socket."""

from typing import Any

from msgspec import Struct, field

from kissbot.sandbox.payloads import nanosecond


class Session(Struct, eq=False):
    """It outlives its socket when asked to reconnect."""

    id: str
    connected_at: float
    keepalive: int
    status: str = "connected"
    holder: str = ""
    """The client and user whose subscriptions it serves, or the application, from the first one on."""
    challenge: str = ""
    """What the reconnect URL must carry, once there is one."""
    used: bool = False
    shards: set[tuple[str, str]] = field(default_factory=set)
    """What it was attached to: conduit and shard."""

    def fields(self, status: str, reconnect_url: str | None = None) -> dict[str, Any]:
        """The session as frames show it."""
        return {
            "id": self.id,
            "status": status,
            "connected_at": nanosecond(self.connected_at),
            "keepalive_timeout_seconds": self.keepalive if status == "connected" else None,
            "reconnect_url": reconnect_url,
            "recovery_url": None,
        }
