"""The tables, for every database. Times are seconds since the epoch; JSON is text."""

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

COUNTED: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""The type of ids that the database counts; SQLite counts only what is called an integer."""

FROM_A_FILE: Final = {"from_a_file": True}
"""Marks tables that no backup holds: the operator has the file that they were made of."""

users: Final = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, comment="the platform's user id"),
    sa.Column("login", sa.Text, nullable=False, index=True),
    sa.Column("seen_at", sa.Double, nullable=False),
    comment="accounts that the bot serves or acts for; viewers are not kept",
)

oauth_tokens: Final = sa.Table(
    "oauth_tokens",
    metadata,
    sa.Column("slot", sa.Text, primary_key=True, comment="bot, app or channel:<user id>"),
    sa.Column("user_id", sa.Text, sa.ForeignKey("users.id"), comment="null in the slot app"),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False, comment="blank-separated"),
    sa.Column("token", sa.LargeBinary, nullable=False, comment="encrypted"),
    sa.Column("refresh_token", sa.LargeBinary, comment="encrypted"),
    sa.Column("expires_at", sa.Double, comment="null: never, as far as we know"),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("retired", sa.Text, nullable=False, server_default="", comment="why a person must log in"),
    sa.Column("changed_at", sa.Double, nullable=False),
    comment="logins",
)

config: Final = sa.Table(
    "config",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True, comment="the channel's login"),
    sa.Column("present", sa.Boolean, comment="joined or parted at run time; null: as config.yaml says"),
    sa.Column("choices", sa.Text, nullable=False, comment="JSON of chat.channels.Choices"),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True, comment="of the latest change"),
    sa.Column("changed_at", sa.Double, nullable=False),
    comment="what was chosen for each channel",
)

audit_log: Final = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False, index=True),
    sa.Column("origin", sa.Text, nullable=False, comment="chat, cli or bot"),
    sa.Column("who_id", sa.Text, nullable=False, comment="user id; empty for the operator and the bot"),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, index=True, comment="login; empty: no channel's matter"),
    sa.Column("what", sa.Text, nullable=False, comment="language, off, joined, login …"),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    comment="who changed what; never a secret",
)

instances: Final = sa.Table(
    "instances",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("beat_at", sa.Double, nullable=False, comment="the latest sign of life"),
    comment="running processes of the bot",
)

desired_subscriptions: Final = sa.Table(
    "desired_subscriptions",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("since", sa.Double, nullable=False),
    comment="events that the bot wants",
)

active_subscriptions: Final = sa.Table(
    "active_subscriptions",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("subscription_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, comment="enabled, refused or revoked"),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("way", sa.Text, nullable=False, server_default="", comment="conduit, websocket or irc"),
    comment="what became of the wish for each of them",
)

gaps: Final = sa.Table(
    "gaps",
    metadata,
    sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
    sa.Column("from_at", sa.Double, nullable=False, index=True),
    sa.Column("to_at", sa.Double, nullable=False),
    sa.Column("channels", sa.Text, nullable=False, comment="JSON: the ids of those that were not heard"),
    sa.Column("why", sa.Text, nullable=False),
    comment="times in which the bot was deaf",
)

ledgers: Final = sa.Table(
    "ledgers",
    metadata,
    sa.Column("account", sa.Text, primary_key=True, comment="the user id of the bot's account"),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="as its user encodes it"),
    sa.Column("changed_at", sa.Double, nullable=False),
    comment="what an account said lately, in whichever process, so that its limits hold",
)

standings: Final = sa.Table(
    "standings",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False, comment="a value of chat.messages.Rank"),
    sa.Column("at", sa.Double, nullable=False),
    comment="what the bot's account is in each channel, as its badges showed last",
)

streams: Final = sa.Table(
    "streams",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("stream_id", sa.Text, nullable=False),
    sa.Column("began_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False, comment="when it was last known to run"),
    sa.Column("ended_at", sa.Double, comment="null while it runs"),
    sa.Column("announced_at", sa.Double, comment="null until it has been announced; 0: it was no news"),
    sa.Column("taken_until", sa.Double, nullable=False, comment="until then a process is announcing it"),
    comment="the latest stream of each channel",
)

hub_state: Final = sa.Table(
    "hub_state",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("value", sa.Text, nullable=False, server_default="", comment="JSON"),
    sa.Column("at", sa.Double, nullable=False, server_default="0"),
    comment="small facts by name: the settings' revision, the socket's state, the key's fingerprint",
)

pages: Final = sa.Table(
    "pages",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="what was asked, or which game it is about"),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="JSON"),
    sa.Column("fresh_until", sa.Double, nullable=False, index=True),
    comment="what was looked up elsewhere; all of it can be looked up again",
)

notes: Final = sa.Table(
    "notes",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("until", sa.Double, nullable=False, index=True),
    comment="claims: cooldowns, messages seen",
)

trail: Final = sa.Table(
    "trail",
    metadata,
    sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("channel_id", sa.Text, nullable=False, index=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("viewer_id", sa.Text, nullable=False, index=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False, comment="command or send"),
    sa.Column("outcome", sa.Text, nullable=False),
    comment="the latest things asked of the bot, and what became of them",
)

truths: Final = sa.Table(
    "truths",
    metadata,
    sa.Column("id", COUNTED, primary_key=True, autoincrement=True),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True, comment="of the latest change"),
    sa.Column("domain", sa.Text, nullable=False, comment="GAME, MUSIC …"),
    sa.Column("key", sa.Text, nullable=False, comment="the name, as the domain normalises it"),
    sa.Column("query", sa.Text, nullable=False, comment="the name, as it was typed"),
    sa.Column("channel_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, comment="its login"),
    sa.Column("who_id", sa.Text, nullable=False, index=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("identity", sa.Text, nullable=False, comment="equal for what is the same thing"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False, comment="JSON of the domain's kind"),
    sa.Column("confidence", sa.Double, nullable=False, comment="before it was confirmed"),
    sa.Column("told_at", sa.Double, nullable=False, comment="when a source told of the item"),
    sa.Column("same_as", sa.Text, nullable=False, comment="key of another name; empty: is no link"),
    sa.Column("undone", sa.Boolean, nullable=False, comment="kept, so that every process learns of it"),
    sa.Index("ix_truths_key", "domain", "key"),
    comment="what moderators have confirmed that names stand for",
)

candidates: Final = sa.Table(
    "candidates",
    metadata,
    sa.Column("domain", sa.Text, primary_key=True),
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False, comment="JSON, in the order that was shown"),
    sa.Column("at", sa.Double, nullable=False, comment="when the list was made"),
    sa.Column("searched_at", sa.Double, nullable=False, index=True),
    comment="lists that channels were shown, and may choose from",
)

routes: Final = sa.Table(
    "routes",
    metadata,
    sa.Column("stimulus_class", sa.Text, primary_key=True, comment="ping, gen_short or gen_long"),
    sa.Column("route", sa.Text, primary_key=True, comment="a model's name, as the operator calls it"),
    sa.Column("trials", sa.BigInteger, nullable=False),
    sa.Column("weight", sa.Double, nullable=False, comment="of the trials, the old ones faded"),
    sa.Column("reward", sa.Double, nullable=False, comment="their sum, faded alike"),
    sa.Column("peak", sa.Double, nullable=False, comment="the best mean that there was"),
    comment="what was learnt of each model",
)

spendings: Final = sa.Table(
    "spendings",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("viewer_id", sa.Text, primary_key=True, comment="empty: all of the channel"),
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False, comment="since the epoch"),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    comment="what was asked of models in the last day, for the budgets",
)

catalogue_games: Final = sa.Table(
    "catalogue_games",
    metadata,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("names", sa.Text, nullable=False, comment="as they are compared, a line each"),
    sa.Column("game", sa.LargeBinary, nullable=False, comment="JSON"),
    comment="the operator's own catalogue: the games, the best known first",
    info=FROM_A_FILE,
)

catalogue_drawers: Final = sa.Table(
    "catalogue_drawers",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("found", sa.LargeBinary, nullable=False, comment="MessagePack: checksum to count and places"),
    comment="the index over their names: which traits are at which places",
    info=FROM_A_FILE,
)
