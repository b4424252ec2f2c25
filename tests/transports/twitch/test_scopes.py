"""What logins are asked for, and what is switched off when they allow less."""

import pytest
from msgspec.structs import replace

from kissbot.chat.commands import Feature
from kissbot.chat.logins import APP, BOT, Login, channel_slot
from kissbot.features import find_features
from kissbot.transports.twitch.scopes import BOT_HOPES, disabled, lacking, wanted

from .login import LOGIN

ADA = channel_slot("10")
SHOUT = Feature("shout", scopes={"moderator:manage:shoutouts": "to give shoutouts"})
RAID = Feature("raid", channel_scopes={"channel:manage:raids": "to start raids"})
GREET = Feature("greet", scopes={"moderator:manage:shoutouts": "to greet raiders"})
PLAIN = Feature("plain")
ALL = (SHOUT, RAID, GREET, PLAIN)


def test_the_bot_is_asked_for_little() -> None:
    needed = {"user:read:chat": "to read chat", "user:write:chat": "to answer"}
    assert wanted((PLAIN,), (), BOT) == needed | BOT_HOPES
    assert list(wanted((PLAIN,), (), ADA)) == ["channel:bot"]
    assert wanted(ALL, (), APP) == {}


def test_over_irc_it_is_asked_for_other_things() -> None:
    assert set(wanted((PLAIN,), (), BOT, "irc")) == {"chat:read", "user:write:chat"}


@pytest.mark.parametrize(
    ("scopes", "chat", "lacks"),
    [
        ("user:read:chat user:write:chat", "auto", ""),
        ("chat:read chat:edit", "auto", ""),
        ("chat:read user:write:chat", "auto", ""),
        ("chat:read", "auto", "user:write:chat"),
        ("chat:read chat:edit", "eventsub", "user:read:chat user:write:chat"),
        ("user:read:chat user:write:chat", "irc", "chat:read"),
        ("chat:edit", "auto", "user:read:chat user:write:chat"),
    ],
)
def test_what_a_login_lacks_depends_on_how_chat_is_read(scopes: str, chat: str, lacks: str) -> None:
    login = Login(slot=BOT, client_id="c", token="t", scopes=frozenset(scopes.split()))
    assert set(lacking(login, chat)) == set(lacks.split())


def test_each_feature_adds_what_it_needs_with_its_reason() -> None:
    assert wanted((SHOUT, RAID), (), BOT)["moderator:manage:shoutouts"] == "to give shoutouts"
    assert wanted((SHOUT, RAID), (), ADA)["channel:manage:raids"] == "to start raids"
    assert "channel:manage:raids" not in wanted((SHOUT, RAID), (), BOT)


def test_two_features_with_one_wish_give_both_reasons() -> None:
    assert wanted(ALL, (), BOT)["moderator:manage:shoutouts"] == "to give shoutouts, to greet raiders"


def test_a_feature_that_is_off_asks_for_nothing() -> None:
    assert "moderator:manage:shoutouts" not in wanted((SHOUT,), {"shout"}, BOT)


def test_a_missing_scope_disables_that_feature_and_no_other() -> None:
    bot = replace(LOGIN, scopes=frozenset({"user:read:chat"}))
    assert disabled((SHOUT, RAID, PLAIN), bot) == {"shout": ["moderator:manage:shoutouts"]}
    ada = replace(LOGIN, slot=ADA)
    assert disabled((SHOUT, RAID, PLAIN), ada) == {"raid": ["channel:manage:raids"]}
    assert disabled(ALL, replace(bot, scopes=bot.scopes | {"moderator:manage:shoutouts"})) == {}


def test_what_is_optional_is_asked_for_and_disables_nothing() -> None:
    hopes = Feature("hopes", optional_scopes={"moderator:manage:shoutouts": "to give Twitch's own shoutout"})
    assert wanted((hopes,), (), BOT)["moderator:manage:shoutouts"] == "to give Twitch's own shoutout"
    assert "moderator:manage:shoutouts" not in wanted((hopes,), (), ADA)
    assert "moderator:manage:shoutouts" not in wanted((hopes,), {"hopes"}, BOT)
    assert disabled((hopes,), replace(LOGIN, scopes=frozenset())) == {}


def test_what_is_lacking_before_any_feature_is_told_with_the_reason() -> None:
    assert lacking(replace(LOGIN, scopes=frozenset({"user:read:chat"}))) == {"user:write:chat": "to answer"}
    assert lacking(replace(LOGIN, slot=ADA, scopes=frozenset({"channel:bot"}))) == {}


def test_no_feature_asks_for_the_stream_key() -> None:
    for slot in (BOT, ADA):
        assert "channel:read:stream_key" not in wanted(find_features(), (), slot)
