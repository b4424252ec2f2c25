"""What was learnt of models, and what was asked of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables of routes and of spendings."""
    op.create_table(
        "routes",
        sa.Column("stimulus_class", sa.Text, nullable=False, comment="ping, gen_short or gen_long"),
        sa.Column("route", sa.Text, nullable=False, comment="a model's name, as the operator calls it"),
        sa.Column("trials", sa.BigInteger, nullable=False),
        sa.Column("weight", sa.Double, nullable=False, comment="of the trials, the old ones faded"),
        sa.Column("reward", sa.Double, nullable=False, comment="their sum, faded alike"),
        sa.Column("peak", sa.Double, nullable=False, comment="the best mean that there was"),
        sa.PrimaryKeyConstraint("stimulus_class", "route", name="pk_routes"),
        comment="what was learnt of each model",
    )
    op.create_table(
        "spendings",
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("viewer_id", sa.Text, nullable=False, comment="empty: all of the channel"),
        sa.Column("hour", sa.Integer, autoincrement=False, nullable=False, comment="since the epoch"),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "viewer_id", "hour", name="pk_spendings"),
        comment="what was asked of models in the last day, for the budgets",
    )
