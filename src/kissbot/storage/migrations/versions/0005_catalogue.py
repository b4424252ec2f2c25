"""The operator's own catalogue of games."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of games and of the index over their names."""
    op.create_table(
        "catalogue_games",
        sa.Column("place", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("names", sa.Text, nullable=False, comment="as they are compared, a line each"),
        sa.Column("game", sa.LargeBinary, nullable=False, comment="JSON"),
        sa.PrimaryKeyConstraint("place", name="pk_catalogue_games"),
        comment="the operator's own catalogue: the games, the best known first",
    )
    op.create_table(
        "catalogue_drawers",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column(
            "found", sa.LargeBinary, nullable=False, comment="MessagePack: checksum to count and places"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_catalogue_drawers"),
        comment="the index over their names: which traits are at which places",
    )
