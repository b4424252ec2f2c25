"""What is thrown away, and what is not."""

from collections.abc import Mapping

import sqlalchemy as sa

from kissbot.knowledge.answers.budget import HOUR
from kissbot.storage.engine import Database
from kissbot.storage.gaps import KEPT
from kissbot.storage.housekeeping import DAY, FORGOTTEN, PAGE_DAYS, TRAIL_DAYS, forget_viewer, tidy
from kissbot.storage.tables import (
    audit_log,
    desired_subscriptions,
    gaps,
    hub_state,
    instances,
    notes,
    oauth_tokens,
    pages,
    spendings,
    trail,
    users,
)

NOW = 1_800_000_000.0


async def _add(database: Database, table: sa.Table, *rows: Mapping[str, object]) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(table), rows)


async def _all(database: Database, column: sa.Column[str]) -> list[str]:
    async with database.reading() as connection:
        return sorted(await connection.scalars(sa.select(column)))


def _step(viewer_id: str, at: float = NOW) -> dict[str, object]:
    texts = {"channel_id": "1", "message_id": "m", "command": "gi", "stage": "send", "outcome": ""}
    return {**texts, "viewer_id": viewer_id, "at": at}


def _record(who_id: str, at: float = NOW) -> dict[str, object]:
    texts = {"origin": "chat", "channel": "ada", "what": "prefix", "before": "!", "after": "?"}
    return {**texts, "who_id": who_id, "who": f"name of {who_id}", "at": at}


def _login(slot: str, user_id: str) -> dict[str, object]:
    texts = {"client_id": "c", "scopes": "", "token": b"x"}
    return {**texts, "slot": slot, "user_id": user_id, "generation": 1, "changed_at": NOW}


def _gap(to_at: float) -> dict[str, object]:
    return {"from_at": to_at - 1, "to_at": to_at, "channels": "[]", "why": ""}


def _lease(key: str, at: float) -> dict[str, object]:
    return {"key": key, "at": at, "number": 0, "value": ""}


def _spent(viewer_id: str, at: float = NOW) -> dict[str, object]:
    hour = int(at // HOUR)
    return {"channel_id": "1", "viewer_id": viewer_id, "hour": hour, "requests": 1, "tokens": 1}


async def test_what_is_old_goes_and_the_rest_stays(database: Database) -> None:
    await _add(database, notes, {"key": "expired", "until": NOW - 1}, {"key": "held", "until": NOW + 1})
    await _add(database, trail, _step("old", NOW - TRAIL_DAYS * DAY - 1), _step("new", NOW - DAY))
    await _add(database, audit_log, _record("old", NOW - 31 * DAY), _record("new", NOW - 29 * DAY))
    process = {"host": "h", "pid": 1, "version": "1", "started_at": NOW}
    dead, alive = (
        {**process, "id": "dead", "beat_at": NOW - 2 * DAY},
        {**process, "id": "alive", "beat_at": NOW},
    )
    await _add(database, instances, dead, alive)
    old, new = ({"key": key, "content": b"{}"} for key in ("old", "new"))
    await _add(
        database,
        pages,
        {**old, "fresh_until": NOW - PAGE_DAYS * DAY - 1},
        {**new, "fresh_until": NOW - DAY},
    )
    await _add(database, spendings, _spent("old", NOW - DAY), _spent("new", NOW - DAY + HOUR))
    await _add(database, gaps, _gap(NOW - KEPT - 1), _gap(NOW - DAY))
    leases = [_lease("listening:dead", NOW - 2 * DAY), _lease("listening:alive", NOW)]
    await _add(database, hub_state, *leases, _lease("conduit", NOW - 2 * DAY))
    assert await tidy(database, NOW, 30) == {
        "notes": 1,
        "trail": 1,
        "audit_log": 1,
        "instances": 1,
        "gaps": 1,
        "candidates": 0,
        "pages": 1,
        "spendings": 1,
        "hub_state": 1,
    }
    left = [
        await _all(database, c) for c in (notes.c.key, trail.c.viewer_id, audit_log.c.who_id, instances.c.id)
    ]
    assert left == [["held"], ["new"], ["new"], ["alive"]]


async def test_a_viewer_is_forgotten_and_nobody_else(database: Database) -> None:
    keys = (
        "cooldown:1:gi:42",
        "told:cooldown:1:gi:*:42",
        "cooldown:1:gi:421",
        "cooldown:1:gi:4_",
        "message:a-42",
    )
    await _add(database, notes, *({"key": key, "until": NOW} for key in keys))
    await _add(database, trail, _step("42"), _step("42"), _step("7"))
    await _add(database, audit_log, _record("42"), _record("7"))
    await _add(database, spendings, _spent("42"), _spent("7"), _spent(""))
    await _add(database, users, *({"id": user, "login": user, "seen_at": NOW} for user in ("42", "7")))
    forgotten = {"config": 0, "notes": 2, "trail": 2, "audit_log": 1, "truths": 0, "spendings": 1, "users": 1}
    assert await forget_viewer(database, "42") == forgotten
    assert await _all(database, notes.c.key) == sorted(keys[2:])
    assert await _all(database, trail.c.viewer_id) == ["7"]
    assert await _all(database, audit_log.c.who_id) == ["7", FORGOTTEN]
    assert await _all(database, audit_log.c.who) == [FORGOTTEN, "name of 7"]
    assert await _all(database, users.c.id) == ["7"]
    assert await _all(database, spendings.c.viewer_id) == ["", "7"]
    assert await forget_viewer(database, "42") == dict.fromkeys(forgotten, 0)


async def test_whom_the_bot_serves_stays_known(database: Database) -> None:
    await _add(database, users, *({"id": user, "login": user, "seen_at": NOW} for user in ("1", "2", "3")))
    await _add(database, oauth_tokens, _login("bot", "1"))
    await _add(database, desired_subscriptions, {"channel_id": "2", "type": "chat", "since": NOW})
    for user in ("1", "2", "3"):
        await forget_viewer(database, user)
    assert await _all(database, users.c.id) == ["1", "2"]
