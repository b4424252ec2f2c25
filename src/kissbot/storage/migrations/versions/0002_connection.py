"""What the bot knows of its connection, its account's limits, and streams."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the column that tells by which way events come."""
    way = sa.Column("way", sa.Text, nullable=False, server_default="", comment="conduit, websocket or irc")
    op.add_column("active_subscriptions", way)
    _hearing()
    _speaking()
    op.create_table(
        "streams",
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("began_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False, comment="when it was last known to run"),
        sa.Column("ended_at", sa.Double, comment="null while it runs"),
        sa.Column("announced_at", sa.Double, comment="null until it has been announced; 0: it was no news"),
        sa.Column("taken_until", sa.Double, nullable=False, comment="until then a process is announcing it"),
        sa.PrimaryKeyConstraint("channel_id", name="pk_streams"),
        comment="the latest stream of each channel",
    )


def _hearing() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", COUNTED, autoincrement=True, nullable=False),
        sa.Column("from_at", sa.Double, nullable=False),
        sa.Column("to_at", sa.Double, nullable=False),
        sa.Column("channels", sa.Text, nullable=False, comment="JSON: the ids of those that were not heard"),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
        comment="times in which the bot was deaf",
    )
    op.create_index("ix_gaps_from_at", "gaps", ["from_at"])


def _speaking() -> None:
    op.create_table(
        "ledgers",
        sa.Column("account", sa.Text, nullable=False, comment="the user id of the bot's account"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="as its user encodes it"),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_ledgers"),
        comment="what an account said lately, in whichever process, so that its limits hold",
    )
    op.create_table(
        "standings",
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False, comment="a value of chat.messages.Rank"),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_standings"),
        comment="what the bot's account is in each channel, as its badges showed last",
    )
