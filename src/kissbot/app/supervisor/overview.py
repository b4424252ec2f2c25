"""How the bot is, for people and programs: its processes, and each channel."""

import time
from typing import Any

import psutil
from msgspec import Struct

from kissbot.app.choosing import configured, is_wanted
from kissbot.app.hub import is_gone
from kissbot.app.settings import Settings
from kissbot.app.store import Store, open_store
from kissbot.app.supervisor.place import Place, ProcessState, Snapshot
from kissbot.chat.book import Entry
from kissbot.storage.state import Instance, Subscription
from kissbot.storage.trouble import StorageTrouble
from kissbot.transports.twitch.payloads import CHAT_MESSAGE


class ChannelOverview(Struct, frozen=True, kw_only=True):
    """One channel."""

    channel: str
    state: str
    """`heard`, `waiting`, `refused`, `revoked`, `stopped`, or `off` when no bot runs."""
    heard_at: float | None
    """When its latest line came (seconds since the epoch); up to five seconds late."""
    why: str = ""


class Overview(Struct, frozen=True, kw_only=True):
    """What `kissbot status --json` prints."""

    now: float
    supervisor: int | None
    """Its process id; None: none runs here."""
    processes: tuple[ProcessState, ...]
    channels: tuple[ChannelOverview, ...]
    trouble: str = ""
    """Why nothing can be told of the channels."""

    @property
    def runs(self) -> bool:
        """Whether a process of the bot is at work, and none was given up."""
        states = [process.state for process in self.processes]
        return bool(states) and all(state == "ready" for state in states)


async def overview(settings: Settings, place: Place) -> Overview:
    """How the bot is now. What the database cannot tell is told as trouble."""
    snapshot = place.snapshot()
    mark = place.supervisor()
    supervised = snapshot.processes if snapshot else ()
    instances: list[Instance] = []
    channels: tuple[ChannelOverview, ...] = ()
    trouble = ""
    try:
        async with open_store(settings, create=False) as store:
            instances = [one for one in await store.state.running() if not is_gone(f"{one.host}/{one.pid}/")]
            channels = await _channels(settings, store, runs=bool(instances))
    except StorageTrouble as error:
        trouble = str(error)
    return Overview(
        now=time.time(),
        supervisor=mark.pid if mark else None,
        processes=(*supervised, *_unsupervised(instances, snapshot)),
        channels=channels,
        trouble=trouble,
    )


def _unsupervised(instances: list[Instance], snapshot: Snapshot | None) -> list[ProcessState]:
    """Bots that somebody else started, such as systemd, a terminal, or another machine."""
    known = {process.pid for process in snapshot.processes} if snapshot else set()
    return [
        ProcessState(
            name=one.host,
            state="ready",
            pid=one.pid,
            since=one.started_at,
            memory_mb=_memory_mb(one),
        )
        for one in instances
        if one.pid not in known
    ]


def _memory_mb(one: Instance) -> float:
    try:
        return round(float(psutil.Process(one.pid).memory_info().rss) / 1e6, 1)
    except psutil.Error:
        return 0


async def _channels(settings: Settings, store: Store, *, runs: bool) -> tuple[ChannelOverview, ...]:
    in_configuration = configured(settings)
    _, entries = await store.book.since()
    ids = {login: channel for channel, login in (await store.accounts.names()).items()}
    heard = await store.state.heard_at()
    chats = {channel: one for channel, one in await store.state.subscriptions() if one.kind == CHAT_MESSAGE}
    found = []
    for name in sorted(
        {*in_configuration, *(n for n, entry in entries.items() if entry.present is not None)}
    ):
        wanted = is_wanted(entries.get(name, Entry()), name in in_configuration)
        channel_id = ids.get(name, "")
        state: dict[str, Any] = _state(chats.get(channel_id), wanted=wanted, runs=runs)
        found.append(ChannelOverview(channel=name, heard_at=heard.get(channel_id), **state))
    return tuple(found)


def _state(chat: Subscription | None, *, wanted: bool, runs: bool) -> dict[str, str]:
    if not wanted:
        return {"state": "stopped"}
    if not runs:
        return {"state": "off"}
    if chat is None or chat.status == "wanted":
        return {"state": "waiting"}
    return {"state": "heard" if chat.status == "enabled" else chat.status, "why": chat.why}
