"""What is thrown away: what has expired, what is old, and what belongs to a viewer who wants to go."""

from typing import Final

import sqlalchemy as sa

from kissbot.knowledge.answers.budget import first_hour
from kissbot.knowledge.truth.records import EVAPORATES
from kissbot.storage.choices import forget_login
from kissbot.storage.engine import Database
from kissbot.storage.gaps import KEPT
from kissbot.storage.notes import names, sweep
from kissbot.storage.tables import (
    audit_log,
    candidates,
    config,
    desired_subscriptions,
    gaps,
    hub_state,
    instances,
    notes,
    oauth_tokens,
    pages,
    spendings,
    trail,
    truths,
    users,
)

DAY: Final = 24 * 60 * 60.0
TRAIL_DAYS: Final = 7
PAGE_DAYS: Final = 30
"""For which what is not fresh any more can still be served while it is looked up again."""
FORGOTTEN: Final = "forgotten"
"""Stands in the audit log for somebody who was there."""


async def tidy(database: Database, now: float, audit_days: float) -> dict[str, int]:
    """Remove what is of no use any more; the rows removed, by table. Raises `StorageTrouble`."""
    old = {
        trail: trail.c.at < now - TRAIL_DAYS * DAY,
        audit_log: audit_log.c.at < now - audit_days * DAY,
        instances: instances.c.beat_at < now - DAY,
        gaps: gaps.c.to_at < now - KEPT,
        candidates: candidates.c.searched_at < now - EVAPORATES,
        pages: pages.c.fresh_until < now - PAGE_DAYS * DAY,
        spendings: spendings.c.hour < first_hour(now),
        hub_state: _of_processes() & (hub_state.c.at < now - DAY),
    }
    async with database.writing() as connection:
        removed = {notes.name: await sweep(connection, now)}
        for table, condition in old.items():
            removed[table.name] = (await connection.execute(sa.delete(table).where(condition))).rowcount
    return removed


def _of_processes() -> sa.ColumnElement[bool]:
    """Facts that are of no use without the process that wrote them, which does so again and again."""
    return sa.or_(*(hub_state.c.key.startswith(prefix) for prefix in ("listening:", "listener:", "shard:")))


async def forget_viewer(database: Database, viewer_id: str, login: str = "") -> dict[str, int]:
    """Remove what is kept of a viewer; the rows changed, by table. Raises `StorageTrouble`.

    The audit log and the truth keep what was done, not who it was. What channels chose for viewers, they
    chose by `login`.
    """
    statements: dict[str, sa.Delete | sa.Update] = {
        notes.name: sa.delete(notes).where(names(viewer_id)),
        trail.name: sa.delete(trail).where(trail.c.viewer_id == viewer_id),
        audit_log.name: sa.update(audit_log)
        .where(audit_log.c.who_id == viewer_id)
        .values(who=FORGOTTEN, who_id=FORGOTTEN),
        truths.name: sa.update(truths)
        .where(truths.c.who_id == viewer_id)
        .values(who=FORGOTTEN, who_id=FORGOTTEN),
        spendings.name: sa.delete(spendings).where(spendings.c.viewer_id == viewer_id),
        users.name: sa.delete(users).where(users.c.id == viewer_id, ~_is_served(viewer_id)),
    }
    async with database.writing(durable=True) as connection:
        chosen = await forget_login(database, connection, login) if login else 0
        removed = {name: (await connection.execute(each)).rowcount for name, each in statements.items()}
        return {config.name: chosen, **removed}


def _is_served(user_id: str) -> sa.ColumnElement[bool]:
    """Whether the bot acts for an account, or is in its channel."""
    login = sa.exists().where(oauth_tokens.c.user_id == user_id)
    return login | sa.exists().where(desired_subscriptions.c.channel_id == user_id)
