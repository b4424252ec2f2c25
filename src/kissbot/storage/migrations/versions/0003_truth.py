"""What moderators have confirmed, and what they may choose from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    _truths()
    _candidates()


def _truths() -> None:
    op.create_table(
        "truths",
        sa.Column("id", COUNTED, autoincrement=True, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, comment="of the latest change"),
        sa.Column("domain", sa.Text, nullable=False, comment="GAME, MUSIC …"),
        sa.Column("key", sa.Text, nullable=False, comment="the name, as the domain normalises it"),
        sa.Column("query", sa.Text, nullable=False, comment="the name, as it was typed"),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, comment="its login"),
        sa.Column("who_id", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("identity", sa.Text, nullable=False, comment="equal for what is the same thing"),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False, comment="JSON of the domain's kind"),
        sa.Column("confidence", sa.Double, nullable=False, comment="before it was confirmed"),
        sa.Column("told_at", sa.Double, nullable=False, comment="when a source told of the item"),
        sa.Column("same_as", sa.Text, nullable=False, comment="key of another name; empty: is no link"),
        sa.Column("undone", sa.Boolean, nullable=False, comment="kept, so that every process learns of it"),
        sa.PrimaryKeyConstraint("id", name="pk_truths"),
        comment="what moderators have confirmed that names stand for",
    )
    op.create_index("ix_truths_revision", "truths", ["revision"])
    op.create_index("ix_truths_who_id", "truths", ["who_id"])
    op.create_index("ix_truths_key", "truths", ["domain", "key"])


def _candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False, comment="JSON, in the order that was shown"),
        sa.Column("at", sa.Double, nullable=False, comment="when the list was made"),
        sa.Column("searched_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("domain", "channel_id", "key", name="pk_candidates"),
        comment="lists that channels were shown, and may choose from",
    )
    op.create_index("ix_candidates_searched_at", "candidates", ["searched_at"])
