"""What the bot looked up elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pages",
        sa.Column("key", sa.Text, nullable=False, comment="what was asked, or which game it is about"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="JSON"),
        sa.Column("fresh_until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pages"),
        comment="what was looked up elsewhere; all of it can be looked up again",
    )
    op.create_index("ix_pages_fresh_until", "pages", ["fresh_until"])
