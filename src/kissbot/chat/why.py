"""Why the bot is silent: the way of a message, link by link, and the first one that is broken.

Pure: whoever asks gathers the evidence.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from kissbot.chat.evidence import LOG_IN, Evidence, Link, o_clock, spell
from kissbot.chat.fate import fate
from kissbot.chat.logins import Login
from kissbot.chat.texts import Text, text

RENEWED_WITHIN: Final = 120.0
"""Seconds that the renewal of an expired login may take without being news."""

NAMES: Final = {
    "process": text("process"),
    "login": text("login"),
    "scopes": text("scopes"),
    "channel": text("channel"),
    "subscription": text("subscription"),
    "socket": text("connection"),
    "events": text("events"),
    "command": text("command"),
    "known bot": text("known bot"),
    "shared chat": text("shared chat"),
    "switched off": text("switched off"),
    "rank": text("rank"),
    "cooldown": text("cooldown"),
    "answer": text("answer"),
    "sending": text("sending"),
    "models": text("models"),
}
"""Every link, as viewers call it."""

_WAIT: Final = text("wait a moment; it is tried again without end")
_NOT_RUNNING: Final = text("not known while the bot is not running")

_BY: Final = {
    "conduit": text("Twitch tells what is said in {channel}, through a conduit"),
    "websocket": text("Twitch tells what is said in {channel}, over a WebSocket"),
    "irc": text("Twitch tells what is said in {channel}, over IRC"),
}

_REVOKED: Final = {
    "authorization_revoked": (text("the bot's login was revoked"), Text(LOG_IN)),
    "user_removed": (text("the account is gone from Twitch"), Text("kissbot part {channel}")),
    "chat_user_banned": (text("the bot is banned in {channel}"), text("lift the ban: /unban {bot}")),
    "moderator_removed": (text("the bot is no moderator any more"), text("make it one again: /mod {bot}")),
    "version_removed": (text("Twitch has ended this kind of events"), text("update KissBot")),
}


def links(evidence: Evidence) -> list[Link]:
    """The chain, in the order of the way of a message."""
    login, scopes = _login(evidence), _scopes(evidence)
    return [
        _process(evidence, may_start=not broken((login, scopes))),
        login,
        scopes,
        _channel(evidence),
        _subscription(evidence),
        _socket(evidence),
        _events(evidence),
        *fate(evidence),
        *_models(evidence),
    ]


def broken(chain: Iterable[Link]) -> Link | None:
    """The first broken link."""
    return next((link for link in chain if link.ok is False), None)


def told(chain: Iterable[Link]) -> Text:
    """The chain in one line of chat."""
    link = broken(chain)
    if link is None:
        return text("✅ All is well: I hear this chat and may answer.")
    what = text("🔎 {link}: {what}", link=NAMES[link.name], what=link.says)
    return text("{finding}: {remedy}", finding=what, remedy=link.remedy) if link.remedy else what


def _process(evidence: Evidence, *, may_start: bool) -> Link:
    if evidence.running:
        return Link("process", True, text("KissBot is running"))
    if may_start:
        return Link("process", False, text("KissBot is not running"), "kissbot run")
    # Whoever started it now would be told what the next links tell.
    return Link("process", None, text("KissBot is not running, and cannot start yet"))


def _login(evidence: Evidence) -> Link:
    login = evidence.login
    if login is None and evidence.seeded and not evidence.running:
        return Link("login", None, text("the token of the configuration is taken over at the next start"))
    if login is None:
        return Link("login", False, text("nobody is logged in as the bot"), LOG_IN)
    if login.retired:
        says = text("the bot's login is of no use any more: {why}", why=login.retired)
        return Link("login", False, says, LOG_IN)
    if login.expires_at > evidence.now:
        return Link("login", True, text("logged in as {login}", login=login.login))
    return _expired(evidence, login)


def _expired(evidence: Evidence, login: Login) -> Link:
    if not login.refresh_token:
        return Link("login", False, text("the bot's login has expired and cannot be renewed"), LOG_IN)
    late = evidence.now - login.expires_at
    if late < RENEWED_WITHIN or not evidence.running:
        return Link("login", None, text("the bot's login has expired and is about to be renewed"))
    says = text("the bot's login has expired and could not be renewed for {time}", time=spell(late))
    return Link("login", False, says, text("see whether Twitch is in reach: kissbot doctor"))


def _scopes(evidence: Evidence) -> Link:
    if evidence.login is None:
        return Link("scopes", None, text("not known without a login"))
    if evidence.missing:
        lacking = ", ".join(f"{scope} ({reason})" for scope, reason in evidence.missing.items())
        return Link("scopes", False, text("the bot's login lacks {scopes}", scopes=lacking), LOG_IN)
    if evidence.disabled:
        features = ", ".join(sorted(evidence.disabled))
        return Link("scopes", True, text("enough, but not for: {features}", features=features))
    return Link("scopes", True, text("the bot's login has all that it needs"))


def _channel(evidence: Evidence) -> Link:
    name = evidence.channel
    if not evidence.wanted:
        says = (
            text("the bot was sent away from {channel}", channel=name)
            if evidence.parted
            else text("{channel} is none of the bot's channels", channel=name)
        )
        return Link("channel", False, says, f"kissbot join {name}")
    if evidence.found:
        return Link("channel", True, text("the bot belongs in {channel}", channel=name))
    if not evidence.running:
        return Link("channel", None, text("{channel} is looked up at the next start", channel=name))
    says = text("{channel} was not found on Twitch", channel=name)
    return Link("channel", False, says, text("see whether the name is right"))


def _subscription(evidence: Evidence) -> Link:
    subscription, name = evidence.subscription, evidence.channel
    if not evidence.running:
        return Link("subscription", None, _NOT_RUNNING)
    if not (evidence.wanted and evidence.found):
        return Link("subscription", None, text("Twitch is not asked for the chat of {channel}", channel=name))
    if subscription is None:
        says = text("Twitch has not been asked for the chat of {channel} yet", channel=name)
        return Link("subscription", False, says, _WAIT)
    if subscription.status == "enabled" and not evidence.connected:
        return Link("subscription", None, text("it is made again with the connection"))
    if subscription.status == "enabled":
        said = _BY.get(subscription.way, text("Twitch tells what is said in {channel}"))
        return Link("subscription", True, text(said.msgid, channel=name))
    if subscription.status == "refused":
        says = text("Twitch refuses the chat of {channel}: {why}", channel=name, why=subscription.why)
        remedy = text("unless it passes by itself: lift a ban of the bot, or kissbot login --bot")
        return Link("subscription", False, says, remedy)
    return _revoked(evidence, subscription.why)


def _revoked(evidence: Evidence, why: str) -> Link:
    unknown = text("Twitch calls it {code}"), text("start the bot again")
    said, remedy = _REVOKED.get(why, unknown)
    values = {"channel": evidence.channel, "bot": evidence.bot, "code": why}
    says = text(
        "Twitch has ended the chat of {channel}: {why}",
        channel=evidence.channel,
        why=text(said.msgid, **values),
    )
    return Link("subscription", False, says, text(remedy.msgid, **values))


def _socket(evidence: Evidence) -> Link:
    if not evidence.running:
        return Link("socket", None, _NOT_RUNNING)
    if not evidence.connected:
        says = text("the connection to Twitch is down")
        remedy = text("it is tried again without end; look at the network: kissbot doctor")
        return Link("socket", False, says, remedy)
    if gap := evidence.gap:
        says = text(
            "connected to Twitch, but I was deaf from {begin} to {end}",
            begin=o_clock(gap.from_at),
            end=o_clock(gap.to_at),
        )
        return Link("socket", True, says)
    return Link("socket", True, text("connected to Twitch"))


def _events(evidence: Evidence) -> Link:
    if evidence.heard_at is None:
        return Link("events", None, text("nothing has been heard in {channel} yet", channel=evidence.channel))
    ago = spell(evidence.now - evidence.heard_at)
    return Link("events", True, text("the latest line came {time} ago", time=ago))


def _models(evidence: Evidence) -> Iterator[Link]:
    """The last one: without models everything but answers in words goes on."""
    thought = evidence.thought
    if thought is None:
        return
    left, limit = thought.left, thought.limit
    if left:
        yield Link("models", True, text("{left} of {limit} questions are left", left=left, limit=limit))
        return
    says = text("the {limit} questions of {channel} are used up", limit=limit, channel=evidence.channel)
    remedy = text("wait until {time}, or raise llm.budget", time=o_clock(thought.again_at))
    yield Link("models", False, says, remedy)
