"""What is going on in the sandbox, for whoever looks inside."""

from collections import Counter, defaultdict
from typing import Any

from msgspec import to_builtins

from kissbot.sandbox.eventsub import MAX_COST
from kissbot.sandbox.platform import Platform, stream_state


def state(platform: Platform) -> dict[str, Any]:
    """Everything that one may want to know, as JSON."""
    now = platform.clock.time()
    platform.eventsub.conduits.tidy(now)
    return {
        "bot": platform.world.bot.login,
        "connected": platform.sockets.connected,
        "unplugged": platform.faults.unplugged,
        "channels": [
            {**stream_state(channel), "language": channel.language, "bot_rank": channel.bot_rank}
            for channel in platform.world.channels.values()
        ],
        "sockets": _sockets(platform, now),
        "irc": platform.irc.state(),
        "subscriptions": _subscriptions(platform),
        "conduits": platform.eventsub.conduits.state(),
        "cost": {"total": sum(one.cost for one in platform.eventsub.register.enabled), "max": MAX_COST},
        "logins": {login: platform.login_state(login) for login in _logged_in(platform)},
        "faults": to_builtins(platform.faults.in_force(now)),
        "counters": _counters(platform),
    }


def _sockets(platform: Platform, now: float) -> list[dict[str, Any]]:
    return [
        {
            "id": link.session.id,
            "connected_seconds": round(now - link.opened_at, 3),
            "subscriptions": platform.eventsub.register.count_at(link.session.id),
            "shards": sorted(shard for _, shard in link.session.shards),
            "status": link.session.status,
        }
        for link in platform.sockets.links
    ]


def _subscriptions(platform: Platform) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in platform.eventsub.register.enabled:
        owner = platform.world.person_of(one.about)
        found[one.type].append(owner.login if owner else one.about)
    return dict(found)


def _counters(platform: Platform) -> dict[str, Any]:
    dropped = Counter(sent.drop_reason for sent in platform.sent if sent.drop_reason)
    return {
        "frames": platform.sockets.frames,
        "lines": platform.lines,
        "sent": len(platform.sent) - dropped.total(),
        "dropped": dropped,
        "undelivered": platform.eventsub.conduits.dropped,
        "violations": platform.limits.violations,
        "refreshes": platform.tokens.refreshes,
        "reused": platform.tokens.reused,
    }


def _logged_in(platform: Platform) -> list[str]:
    return [login.user.login for login in platform.tokens.logins.values()]
