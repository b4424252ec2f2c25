"""Why the bot is silent: the first broken link of the chain, and what mends it."""

from typing import Any

import msgspec
import pytest

from kissbot.chat.channels import ChannelSettings
from kissbot.chat.commands import Command, Feature, Invocation, Reply
from kissbot.chat.drops import drop
from kissbot.chat.evidence import Evidence, Line, Link, Subscribed
from kissbot.chat.hearing import Gap
from kissbot.chat.logins import BOT, Login
from kissbot.chat.messages import Rank, Viewer
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import Text, Translations
from kissbot.chat.trail import Stage, Step
from kissbot.chat.why import NAMES, broken, links, told

NOW = 1_800_000_000.0
DROPS = """
msg_banned msg_bad_characters msg_channel_blocked msg_channel_suspended msg_duplicate msg_emoteonly
msg_followersonly msg_followersonly_followed msg_followersonly_zero msg_r9k msg_ratelimit msg_rejected
msg_rejected_mandatory msg_requires_verified_phone_number msg_slowmode msg_subsonly msg_suspended msg_timedout
msg_verified_email
""".split()  # noqa: SIM905 (a list of names reads best as words)

LOGIN = Login(
    slot=BOT, client_id="app", user_id="1", login="kissbot", token="s3cr3t", refresh_token="r3fr3sh"
)
VERA = Viewer("id-vera", "vera", "Vera")


def all_is_well(**changes: Any) -> Evidence:
    """A bot that works, but for the changes."""
    evidence = Evidence(
        now=NOW,
        channel="ada",
        settings=ChannelSettings(),
        login=LOGIN,
        subscription=Subscribed("enabled"),
        connected=True,
        heard_at=NOW - 60,
    )
    return msgspec.structs.replace(evidence, **changes)


def english(said: Text | str | None) -> str:
    return Translations().render(said or "", "en")


def why(**changes: Any) -> tuple[str, str, str]:
    """The first broken link: its name, what it says and what mends it."""
    link = broken(links(all_is_well(**changes)))
    assert link
    return link.name, english(link.says), english(link.remedy)


def step(outcome: str, stage: Stage = "command", message: str = "m1", **details: Any) -> Step:
    made = Step(NOW - 30, "id-ada", message, "id-vera", "gi", stage, outcome)
    return msgspec.structs.replace(made, **details)


def command(**options: Any) -> Command:
    feature = Feature("games")

    @feature.command("gi", "game", **options)
    async def game_info(asked: Invocation) -> Reply:
        return None

    return feature.commands[0]


def typed(text: str = "!gi hades", viewer: Viewer = VERA, **details: Any) -> Line:
    return Line(text=text, viewer=viewer, **{"command": command(), **details})


def test_when_all_is_well_no_link_is_broken() -> None:
    chain = links(all_is_well())
    assert [link.name for link in chain] == [
        *("process", "login", "scopes", "channel", "subscription", "socket", "events", "sending")
    ]
    assert broken(chain) is None
    assert english(told(chain)) == "✅ All is well: I hear this chat and may answer."


def test_every_link_has_a_name_for_viewers() -> None:
    chain = links(all_is_well(examined=typed()))
    assert {link.name for link in chain} <= NAMES.keys()


# From Twitch to the bot


def test_a_bot_that_is_not_running() -> None:
    assert why(running=False) == ("process", "KissBot is not running", "kissbot run")


def test_no_login() -> None:
    assert why(login=None) == ("login", "nobody is logged in as the bot", "kissbot login --bot")


def test_a_bot_that_cannot_start_for_lack_of_a_login_needs_the_login_first() -> None:
    assert why(running=False, login=None)[0] == "login"
    assert why(running=False, missing={"user:read:chat": "to read chat"})[0] == "scopes"


def test_a_token_of_the_configuration_is_a_login_to_be() -> None:
    chain = links(all_is_well(login=None, seeded=True, running=False))
    assert [link.ok for link in chain if link.name == "login"] == [None]


def test_a_retired_login_tells_why() -> None:
    lost = msgspec.structs.replace(LOGIN, retired="Twitch answered 400: Invalid refresh token")
    name, says, remedy = why(login=lost)
    assert (name, remedy) == ("login", "kissbot login --bot")
    assert says.endswith("of no use any more: Twitch answered 400: Invalid refresh token")


def test_a_login_that_expired_and_cannot_be_renewed() -> None:
    over = msgspec.structs.replace(LOGIN, expires_at=NOW - 1, refresh_token="")
    assert why(login=over) == (
        "login",
        "the bot's login has expired and cannot be renewed",
        "kissbot login --bot",
    )


def test_a_login_that_is_being_renewed_is_no_broken_link_until_it_takes_too_long() -> None:
    over = msgspec.structs.replace(LOGIN, expires_at=NOW - 5)
    assert broken(links(all_is_well(login=over))) is None
    late = msgspec.structs.replace(LOGIN, expires_at=NOW - 900)
    assert why(login=late)[1] == "the bot's login has expired and could not be renewed for 15 min"


def test_no_link_shows_a_token() -> None:
    shown = repr(links(all_is_well()))
    assert LOGIN.token not in shown
    assert LOGIN.refresh_token not in shown


def test_a_missing_scope_is_named_with_its_reason() -> None:
    assert why(missing={"user:write:chat": "to answer"}) == (
        "scopes",
        "the bot's login lacks user:write:chat (to answer)",
        "kissbot login --bot",
    )


def test_a_scope_that_one_feature_lacks_breaks_that_feature_only() -> None:
    lacking = {"games": ["clips:edit"]}
    assert broken(links(all_is_well(disabled=lacking))) is None
    assert why(disabled=lacking, examined=typed()) == (
        "scopes",
        "!gi lacks clips:edit",
        "kissbot login --bot",
    )


def test_a_channel_that_was_parted() -> None:
    assert why(wanted=False, parted=True) == (
        "channel",
        "the bot was sent away from ada",
        "kissbot join ada",
    )


def test_a_channel_that_nobody_named() -> None:
    assert why(wanted=False) == ("channel", "ada is none of the bot's channels", "kissbot join ada")


def test_a_channel_that_twitch_does_not_know() -> None:
    assert why(found=False)[:2] == ("channel", "ada was not found on Twitch")


def test_a_subscription_that_was_refused_tells_why() -> None:
    name, says, remedy = why(subscription=Subscribed("refused", "Twitch answered 403: no permission"))
    assert (name, says) == (
        "subscription",
        "Twitch refuses the chat of ada: Twitch answered 403: no permission",
    )
    assert remedy


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("authorization_revoked", "the bot's login was revoked"),
        ("user_removed", "the account is gone from Twitch"),
        ("chat_user_banned", "the bot is banned in ada"),
        ("moderator_removed", "the bot is no moderator any more"),
        ("version_removed", "Twitch has ended this kind of events"),
        ("something_new", "Twitch calls it something_new"),
    ],
)
def test_a_subscription_that_was_revoked_tells_why(status: str, says: str) -> None:
    name, said, remedy = why(subscription=Subscribed("revoked", status))
    assert (name, said) == ("subscription", f"Twitch has ended the chat of ada: {says}")
    assert remedy
    assert "{" not in remedy


def test_a_subscription_that_was_not_made_yet() -> None:
    assert why(subscription=None)[0] == "subscription"


def test_a_connection_that_is_down() -> None:
    name, says, remedy = why(connected=False)
    assert (name, says) == ("socket", "the connection to Twitch is down")
    assert "kissbot doctor" in remedy


def test_a_connection_that_is_down_says_nothing_of_its_subscriptions_but_a_refusal_stays() -> None:
    chain = links(all_is_well(connected=False))
    assert [link.ok for link in chain if link.name == "subscription"] == [None]
    assert why(connected=False, subscription=Subscribed("refused", "403"))[0] == "subscription"


def test_a_channel_where_the_bot_does_not_belong_has_one_broken_link() -> None:
    chain = links(all_is_well(wanted=False, subscription=None))
    assert [link.name for link in chain if link.ok is False] == ["channel"]


def test_what_a_stopped_bot_last_knew_of_its_connection_is_not_believed() -> None:
    chain = links(all_is_well(running=False))
    assert [link.ok for link in chain if link.name in ("subscription", "socket")] == [None, None]


# A line


def test_a_line_that_would_be_answered() -> None:
    chain = links(all_is_well(examined=typed()))
    assert broken(chain) is None
    assert "!gi hades asks for !gi" in [english(link.says) for link in chain]


def test_a_line_with_another_prefix() -> None:
    line = typed(command=None)
    name, says, _ = why(settings=ChannelSettings(prefix="?"), examined=line)
    assert (name, says) == ("command", "!gi hades asks the bot for nothing: commands begin with ?")


def test_a_command_that_does_not_exist() -> None:
    assert why(examined=typed("!nope a", command=None)) == ("command", "there is no !nope here", "see !help")


def test_a_line_of_a_known_bot() -> None:
    assert why(examined=typed(viewer=Viewer("2", "nightbot", "Nightbot"))) == (
        "known bot",
        "nightbot is a known bot; those are not answered",
        "!kiss set bots -nightbot",
    )


@pytest.mark.parametrize("off", ["gi", "game", "games"])
def test_a_command_that_is_switched_off_by_any_of_its_names(off: str) -> None:
    settings = ChannelSettings(off=frozenset({off}))
    assert why(settings=settings, examined=typed()) == (
        "switched off",
        "!gi is switched off here",
        "!kiss on gi",
    )


@pytest.mark.parametrize(
    ("rank", "whom"),
    [
        (Rank.SUBSCRIBER, "subscribers"),
        (Rank.VIP, "VIPs"),
        (Rank.MODERATOR, "moderators"),
        (Rank.BROADCASTER, "the broadcaster"),
        (Rank.OWNER, "the bot's owner"),
    ],
)
def test_a_command_for_others(rank: Rank, whom: str) -> None:
    assert why(examined=typed(command=command(rank=rank)))[:2] == ("rank", f"!gi is for {whom}")


def test_a_cooldown_tells_the_seconds_left() -> None:
    name, says, remedy = why(examined=typed(seconds_left=6.2))
    assert (name, says, remedy) == ("cooldown", "!gi again in 7 seconds", "wait, or !kiss cooldown gi 0")


def test_a_shared_chat_is_pointed_to() -> None:
    shared = [link for link in links(all_is_well(examined=typed())) if link.name == "shared chat"]
    everywhere = links(all_is_well(examined=typed(command=command(shared=True))))
    assert [link.ok for link in shared] == [None]
    assert not [link for link in everywhere if link.name == "shared chat"]


# What became of a message


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Outcome.KNOWN_BOT, "known bot"),
        (Outcome.FOREIGN, "shared chat"),
        (Outcome.SWITCHED_OFF, "switched off"),
        (Outcome.FORBIDDEN, "rank"),
        (Outcome.COOLING, "cooldown"),
        (Outcome.OVERFLOW, "answer"),
        (Outcome.SILENT, "answer"),
    ],
)
def test_a_silence_is_explained_with_and_without_its_message_id(outcome: Outcome, name: str) -> None:
    steps = (step(outcome),)
    assert why(steps=steps) == why(steps=steps, examined="m1")
    found, says, remedy = why(steps=steps)
    assert found == name
    assert says
    assert remedy or outcome is Outcome.SILENT


@pytest.mark.parametrize("outcome", [Outcome.UNAVAILABLE, Outcome.BROKEN])
def test_trouble_that_the_viewer_was_told_is_explained_when_asked_for(outcome: Outcome) -> None:
    steps = step("", "send"), step(outcome)
    assert why(steps=steps, examined="m1")[0] == "answer"
    assert broken(links(all_is_well(steps=steps))) is None


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.REFUSED, Outcome.OWN, Outcome.REPEATED])
def test_what_went_well_is_no_broken_link(outcome: Outcome) -> None:
    assert broken(links(all_is_well(steps=(step(outcome),), examined="m1"))) is None


def test_a_repeated_delivery_does_not_hide_what_became_of_the_first() -> None:
    steps = step(Outcome.REPEATED), step(Outcome.COOLING)
    assert why(steps=steps, examined="m1")[0] == "cooldown"


def test_a_message_that_nobody_knows() -> None:
    assert why(steps=(step(Outcome.ANSWERED),), examined="m9")[0] == "command"


def test_only_the_steps_of_the_message_count() -> None:
    steps = step("msg_banned", "send", "m2"), step("", "send"), step(Outcome.ANSWERED)
    assert broken(links(all_is_well(steps=steps, examined="m1"))) is None


def test_an_old_silence_is_nobodys_question() -> None:
    assert broken(links(all_is_well(steps=(step(Outcome.COOLING, at=NOW - 3600),)))) is None


def test_a_silence_that_was_broken_since_is_nobodys_question() -> None:
    answer = step("", "send", "m2"), step(Outcome.ANSWERED, message="m2")
    assert broken(links(all_is_well(steps=(*answer, step(Outcome.COOLING))))) is None
    assert why(steps=(*answer, step(Outcome.COOLING, viewer_id="id-bea")))[0] == "cooldown"


def test_a_viewer_who_was_told_to_wait_did_not_meet_silence() -> None:
    steps = step("", "send"), step(Outcome.COOLING)
    assert broken(links(all_is_well(steps=steps))) is None
    assert why(steps=steps, examined="m1")[0] == "cooldown"


# Sending


@pytest.mark.parametrize("code", [*DROPS, "expired", "network", "http_401", "http_403", "http_429"])
def test_every_drop_reason_is_explained_in_words_of_its_own(code: str) -> None:
    steps = step(code, "send"), step(Outcome.ANSWERED)
    name, says, remedy = why(steps=steps)
    assert name == "sending"
    assert says
    assert remedy
    assert code not in says
    assert "{" not in says + remedy
    assert why(steps=steps, examined="m1") == why(steps=steps, examined=typed()) == (name, says, remedy)


def test_no_two_of_twitchs_reasons_sound_alike() -> None:
    assert len({english(drop(code, "ada", "kissbot").says) for code in DROPS}) == len(DROPS)


@pytest.mark.parametrize("code", ["msg_new_in_2030", "http_503"])
def test_a_reason_that_nobody_knows_is_named(code: str) -> None:
    assert code in why(steps=(step(code, "send"), step(Outcome.ANSWERED)))[1]


# In chat


def test_the_chat_is_told_in_one_line_in_its_language() -> None:
    chain = links(all_is_well(examined=typed(seconds_left=6.2)))
    assert english(told(chain)) == "🔎 cooldown: !gi again in 7 seconds: wait, or !kiss cooldown gi 0"


@pytest.mark.parametrize("language", ["en", "fr", "es", "de"])
def test_every_link_can_be_said_in_every_language(language: str) -> None:
    chains: list[Link] = []
    for outcome in Outcome:
        chains += links(all_is_well(steps=(step(outcome),), examined="m1"))
    translations = Translations()
    for link in chains:
        said = translations.render(told([msgspec.structs.replace(link, ok=False)]), language)
        assert said.startswith("🔎 ")
        assert "{" not in said


# By which way, and when it was deaf


@pytest.mark.parametrize(
    ("way", "words"),
    [("conduit", "through a conduit"), ("websocket", "over a WebSocket"), ("irc", "over IRC"), ("", "ada")],
)
def test_the_way_by_which_a_channel_is_heard_is_told(way: str, words: str) -> None:
    chain = links(all_is_well(subscription=Subscribed("enabled", way=way)))
    (said,) = [english(link.says) for link in chain if link.name == "subscription"]
    assert said.endswith(words)


def test_a_gap_is_told_although_all_is_well_again() -> None:
    gap = Gap(from_at=1_800_000_000, to_at=1_800_000_003, channels=("id-ada",), why="the connection broke")
    chain = links(all_is_well(gap=gap))
    (link,) = [link for link in chain if link.name == "socket"]
    assert link.ok
    assert english(link.says) == "connected to Twitch, but I was deaf from 08:00:00 UTC to 08:00:03 UTC"
