"""Times in which the bot was deaf, as they are kept."""

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.hearing import Gap
from kissbot.storage.tables import gaps

LATEST: Final = 20

LATELY: Final = 86_400.0
"""How long ago a gap may be to be told."""

KEPT: Final = 90 * 86_400.0
"""Seconds after which a gap is forgotten."""


async def insert_gaps(connection: AsyncConnection, found: Sequence[Gap]) -> None:
    """Keep them."""
    if found:
        await connection.execute(sa.insert(gaps), [_row(gap) for gap in found])


async def gaps_of(
    connection: AsyncConnection, now: float, channel_id: str = "", limit: int = LATEST
) -> list[Gap]:
    """Of a channel, or of any, newest first."""
    query = sa.select(gaps.c.from_at, gaps.c.to_at, gaps.c.channels, gaps.c.why)
    query = query.where(gaps.c.from_at > now - LATELY).order_by(gaps.c.from_at.desc())
    if channel_id:
        query = query.where(gaps.c.channels.contains(f'"{channel_id}"', autoescape=True))
    return [_gap(*row) for row in await connection.execute(query.limit(limit))]


def _row(gap: Gap) -> dict[str, object]:
    channels = msgspec.json.encode(gap.channels).decode()
    return {"from_at": gap.from_at, "to_at": gap.to_at, "channels": channels, "why": gap.why}


def _gap(from_at: float, to_at: float, channels: str, why: str) -> Gap:
    return Gap(from_at=from_at, to_at=to_at, channels=tuple(msgspec.json.decode(channels)), why=why)
