"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make them."""
    _logins()
    _settings()
    _running()
    _chat()


def _logins() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text, nullable=False, comment="the platform's user id"),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        comment="accounts that the bot serves or acts for; viewers are not kept",
    )
    op.create_index("ix_users_login", "users", ["login"])
    op.create_table(
        "oauth_tokens",
        sa.Column("slot", sa.Text, nullable=False, comment="bot, app or channel:<user id>"),
        sa.Column("user_id", sa.Text, comment="null in the slot app"),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False, comment="blank-separated"),
        sa.Column("token", sa.LargeBinary, nullable=False, comment="encrypted"),
        sa.Column("refresh_token", sa.LargeBinary, comment="encrypted"),
        sa.Column("expires_at", sa.Double, comment="null: never, as far as we know"),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("retired", sa.Text, nullable=False, server_default="", comment="why a person must log in"),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_oauth_tokens"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_oauth_tokens_user_id"),
        comment="logins",
    )


def _settings() -> None:
    op.create_table(
        "config",
        sa.Column("channel", sa.Text, nullable=False, comment="the channel's login"),
        sa.Column("present", sa.Boolean, comment="joined or parted at run time; null: as config.yaml says"),
        sa.Column("choices", sa.Text, nullable=False, comment="JSON of chat.channels.Choices"),
        sa.Column("revision", sa.BigInteger, nullable=False, comment="of the latest change"),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_config"),
        comment="what was chosen for each channel",
    )
    op.create_index("ix_config_revision", "config", ["revision"])
    op.create_table(
        "audit_log",
        sa.Column("id", COUNTED, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("origin", sa.Text, nullable=False, comment="chat, cli or bot"),
        sa.Column("who_id", sa.Text, nullable=False, comment="user id; empty for the operator and the bot"),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, comment="login; empty: no channel's matter"),
        sa.Column("what", sa.Text, nullable=False, comment="language, off, joined, login …"),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        comment="who changed what; never a secret",
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_channel", "audit_log", ["channel"])


def _running() -> None:
    op.create_table(
        "instances",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("beat_at", sa.Double, nullable=False, comment="the latest sign of life"),
        sa.PrimaryKeyConstraint("id", name="pk_instances"),
        comment="running processes of the bot",
    )
    op.create_table(
        "desired_subscriptions",
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "type", name="pk_desired_subscriptions"),
        comment="events that the bot wants",
    )
    op.create_table(
        "active_subscriptions",
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, comment="enabled, refused or revoked"),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "type", name="pk_active_subscriptions"),
        comment="what became of the wish for each of them",
    )
    op.create_table(
        "hub_state",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("value", sa.Text, nullable=False, server_default="", comment="JSON"),
        sa.Column("at", sa.Double, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("key", name="pk_hub_state"),
        comment="small facts by name: the settings' revision, the socket's state, the key's fingerprint",
    )


def _chat() -> None:
    op.create_table(
        "notes",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_notes"),
        comment="claims: cooldowns, messages seen",
    )
    op.create_index("ix_notes_until", "notes", ["until"])
    op.create_table(
        "trail",
        sa.Column("id", COUNTED, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("viewer_id", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False, comment="command or send"),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail"),
        comment="the latest things asked of the bot, and what became of them",
    )
    op.create_index("ix_trail_channel_id", "trail", ["channel_id"])
    op.create_index("ix_trail_viewer_id", "trail", ["viewer_id"])
