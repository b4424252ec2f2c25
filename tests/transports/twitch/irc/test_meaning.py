"""IRC's lines are cut, read and understood as Twitch documents them, and survive what is not documented."""

import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kissbot.chat.happenings import Gifted, Happening, Raided, Subscribed
from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.transports.twitch.hearing.eventsub import BadFrame
from kissbot.transports.twitch.irc.lines import LONGEST, Line, Splitter, parse, unescaped, written
from kissbot.transports.twitch.irc.meaning import (
    Entered,
    Event,
    Moving,
    Notice,
    Ping,
    Pong,
    State,
    Unable,
    Welcome,
    understood,
)

AT = 1_796_000_000_123
WHEN = datetime.fromtimestamp(AT / 1000, UTC)
ADA = Channel("10", "ada")
TOLD: Any = {"channel": ADA, "id": "m1", "at": WHEN}
OTHERWISE = {r"@a=b\\and\nk;c=72\s45;d=gh\:764 foo", r"@foo=\\\\\:\\s\s\r\n COMMAND"} | {
    r"@tag1=value\\ntest COMMAND",
    r"@tag1=value\1 COMMAND",
}
"""Here the library that the samples come from reads a tag's value otherwise than IRCv3 says."""


def tagged(line: str, **tags: object) -> Line:
    """A line of Vera in the room of Ada."""
    usual = {"id": "m1", "room-id": "10", "user-id": "20", "display-name": "Vera", "tmi-sent-ts": AT}
    whole = usual | {name.replace("_", "-"): value for name, value in tags.items()}
    return parse(f"@{';'.join(f'{name}={value}' for name, value in whole.items())} {line}")


def said(text: str = "hi", **tags: object) -> Event | None:
    return understood(tagged(f":vera!vera@vera.tmi.twitch.tv PRIVMSG #ada :{text}", **tags))


def noticed(kind: str, **tags: object) -> Event | None:
    params = {f"msg_param_{name}": value for name, value in tags.items()}
    line = tagged(":tmi.twitch.tv USERNOTICE #ada", msg_id=kind, login="vera", **params)
    return understood(line)


# Grammar


def test_the_vectors_are_read_as_they_say(shared: Path) -> None:
    for vector in json.loads((shared / "data/api/irc_parser_vectors.json").read_text())["tests"]:
        raw, wanted = vector["Input"], vector["Expected"]
        line, source = parse(raw), wanted.get("source", {})
        assert (line.command, line.params) == (wanted["command"], wanted.get("params", [])), raw
        assert (line.nick, line.host) == (source.get("nickname", ""), source.get("host", "")), raw
        if raw not in OTHERWISE:
            tags = {name: value or "" for name, value in wanted.get("tags", {}).items()}
            assert {name: line.tag(name) for name in line.tags} == tags, raw


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (r"a\:b\sc\\d", r"a;b c\d"),
        (r"\r\n", "\r\n"),
        (r"\\n", r"\n"),
        (r"\1", "1"),
        ("end\\", "end"),
        ("", ""),
    ],
)
def test_a_tag_is_unescaped_as_ircv3_says(raw: str, value: str) -> None:
    assert unescaped(raw) == value


def test_a_written_line_is_one_line_whatever_is_in_it() -> None:
    line = written("PRIVMSG", "#ada", "hi\r\nQUIT :x", reply_parent_msg_id="a; b\\", client_nonce="")
    assert line == r"@reply-parent-msg-id=a\:\sb\\ PRIVMSG #ada :hi  QUIT :x"
    again = parse(line)
    assert (again.tag("reply-parent-msg-id"), again.text) == ("a; b\\", "hi  QUIT :x")


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1)), st.data())
def test_lines_are_the_same_however_they_are_cut(lines: list[str], data: st.DataObject) -> None:
    end = data.draw(st.sampled_from(["\r\n", "\n"]))
    raw = "".join(line + end for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    splitter = Splitter()
    pieces = [raw[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert [line for piece in pieces for line in splitter.feed(piece)] == lines


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    splitter = Splitter()
    assert splitter.feed(b"x" * (LONGEST + 1)) == []
    assert splitter.feed(b"the rest of it\r\nPING :a\r\n") == ["PING :a"]


def test_broken_utf_8_spoils_no_more_than_itself() -> None:
    assert Splitter().feed(b"PRIVMSG #a :\xff!\r\n") == ["PRIVMSG #a :�!"]


# What is documented


def test_every_recorded_line_is_understood(shared: Path) -> None:
    raw = gzip.decompress((shared / "data/irc_raw_dev.txt.gz").read_bytes())
    events = [understood(parse(line)) for line in Splitter().feed(raw)]
    assert len(events) == 3_790
    assert sum(isinstance(event, ChatMessage) for event in events) == 3_747
    assert sum(isinstance(event, Subscribed) for event in events) == 5


def test_every_line_that_other_libraries_test_with_is_understood(shared: Path) -> None:
    kinds: dict[str, type] = {"PING": Ping, "PONG": Pong, "RECONNECT": Moving, "NOTICE": Notice}
    kinds |= {"JOIN": Entered, "USERSTATE": State, "001": Welcome}
    for raw in (shared / "data/api/irc_lines.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(raw)
        line = parse(row["line"])
        event = understood(line)
        assert isinstance(event, kinds.get(row["command"], object)), row
        if row["command"] == "PRIVMSG" and {"id", "room-id", "user-id", "tmi-sent-ts"} <= line.tags.keys():
            assert isinstance(event, ChatMessage)
            assert event.text in line.text
            assert event.viewer.id == line.tag("user-id")


def test_a_chat_line_with_all_its_facts() -> None:
    assert said("!gi hades", display_name="Vera") == ChatMessage(
        "m1", ADA, Viewer("20", "vera", "Vera"), "!gi hades", WHEN
    )


def test_a_reply_names_the_message_that_it_answers() -> None:
    message = said("@Bob yes", reply_parent_msg_id="m0")
    assert isinstance(message, ChatMessage)
    assert message.reply_to == "m0"


def test_a_line_from_another_channel_of_a_shared_chat_says_so() -> None:
    there, here = said(source_room_id="99"), said(source_room_id="10")
    assert isinstance(there, ChatMessage)
    assert isinstance(here, ChatMessage)
    assert (there.source, here.source) == ("99", None)


def test_what_is_shown_as_an_action_is_plain_text() -> None:
    message = said("\x01ACTION waves\x01", bits="100")
    assert isinstance(message, ChatMessage)
    assert (message.text, message.bits) == ("waves", 100)


@pytest.mark.parametrize(
    ("tags", "rank"),
    [
        ({}, Rank.EVERYONE),
        ({"badges": "premium/1,newer-than-we-are/1"}, Rank.EVERYONE),
        ({"badges": "subscriber/3012"}, Rank.SUBSCRIBER),
        ({"badges": "founder/0"}, Rank.SUBSCRIBER),
        ({"badges": "vip/1,subscriber/0"}, Rank.VIP),
        ({"badges": "moderator/1"}, Rank.MODERATOR),
        ({"badges": "lead_moderator/1"}, Rank.MODERATOR),
        ({"badges": "lead-moderator/1"}, Rank.MODERATOR),
        ({"badges": "bot-badge/1", "mod": "1"}, Rank.MODERATOR),
        ({"badges": "broadcaster/1,subscriber/0"}, Rank.BROADCASTER),
    ],
)
def test_the_badges_give_the_rank(tags: dict[str, str], rank: Rank) -> None:
    message = said(**tags)
    assert isinstance(message, ChatMessage)
    assert message.viewer.rank is rank


@pytest.mark.parametrize("missing", ["id", "room_id", "user_id", "tmi_sent_ts"])
def test_a_line_that_does_not_say_who_where_or_when_is_passed_over(missing: str) -> None:
    assert said(**{missing: ""}) is None


@pytest.mark.parametrize(
    ("kind", "params", "happening"),
    [
        ("sub", {"sub_plan": "Prime", "cumulative_months": 1}, Subscribed),
        ("resub", {"sub_plan": "2000", "cumulative_months": 9}, Subscribed),
        ("primepaidupgrade", {"sub_plan": "1000"}, Subscribed),
        ("giftpaidupgrade", {}, Subscribed),
        ("subgift", {"sub_plan": "1000", "recipient_display_name": "Bob"}, Gifted),
        ("submysterygift", {"sub_plan": "1000", "mass_gift_count": 5, "origin_id": "b7"}, Gifted),
        ("raid", {"viewerCount": 430}, Raided),
        ("subgift", {"sub_plan": "1000", "community_gift_id": "b7"}, None),
        ("sharedchatnotice", {"sub_plan": "1000"}, None),
        ("announcement", {}, None),
        ("newer-than-we-are", {}, None),
    ],
)
def test_what_a_notice_tells(kind: str, params: dict[str, object], happening: type | None) -> None:
    assert type(noticed(kind, **params)) is (happening or type(None))


def test_the_facts_of_what_happened() -> None:
    vera = Viewer("20", "vera", "Vera")
    assert noticed("resub", sub_plan="2000", cumulative_months=9) == Subscribed(
        **TOLD, viewer=vera, tier=2, months=9
    )
    assert noticed("raid", viewerCount=430) == Raided(**TOLD, raider=vera, viewers=430)
    assert noticed("submysterygift", sub_plan="3000", mass_gift_count=5, community_gift_id="b7") == Gifted(
        **TOLD, giver=vera, tier=3, count=5, gift_id="b7"
    )
    assert noticed("anonsubgift", sub_plan="1000", recipient_display_name="Bob") == Gifted(
        **TOLD, giver=None, tier=1, receiver="Bob"
    )


def test_what_is_told_of_the_connection() -> None:
    lines = {
        "PING :tmi.twitch.tv": Ping("tmi.twitch.tv"),
        ":tmi.twitch.tv PONG tmi.twitch.tv :kissbot": Pong(),
        ":tmi.twitch.tv 001 kissbot :Welcome, GLHF!": Welcome(),
        ":tmi.twitch.tv CAP * NAK :twitch.tv/tags": Unable("twitch.tv/tags"),
        ":tmi.twitch.tv CAP * ACK :twitch.tv/tags": None,
        ":tmi.twitch.tv RECONNECT": Moving(),
        ":kissbot!kissbot@kissbot.tmi.twitch.tv JOIN #ada": Entered("ada", "kissbot"),
        "@room-id=10;slow=0 :tmi.twitch.tv ROOMSTATE #ada": Entered("ada"),
        "@badges=moderator/1;id=m2;client-nonce=n :tmi.twitch.tv USERSTATE #ada": State(
            "ada", Rank.MODERATOR, "m2", "n"
        ),
        "@msg-id=msg_banned :tmi.twitch.tv NOTICE #ada :You are banned.": Notice(
            "ada", "msg_banned", "You are banned."
        ),
        ":tmi.twitch.tv NOTICE * :Login authentication failed": Notice("", "", "Login authentication failed"),
        "@ban-duration=1 :tmi.twitch.tv CLEARCHAT #ada :vera": None,
        ":tmi.twitch.tv 372 kissbot :>": None,
        "PARTY #ada": None,
    }
    assert {raw: understood(parse(raw)) for raw in lines} == lines


# What is not right


@pytest.mark.parametrize(
    "raw",
    [
        " ",
        "@tags=only",
        ":source.only",
        "@id=m;room-id=1;user-id=2;tmi-sent-ts=x :a!a@a PRIVMSG #a :hi",
        f"@id=m;room-id=1;user-id=2;tmi-sent-ts={10**30} :a!a@a PRIVMSG #a :hi",
        f"@id=m;room-id=1;user-id=2;tmi-sent-ts={'9' * 5_000} :a!a@a PRIVMSG #a :hi",
        "@id=m;room-id=1;user-id=2;tmi-sent-ts=1;bits=many :a!a@a PRIVMSG #a :hi",
        "@id=m;room-id=1;user-id=2;tmi-sent-ts=1;bits=-5 :a!a@a PRIVMSG #a :hi",
        f"@id=m;room-id=1;user-id=2;tmi-sent-ts=1;bits={2**64} :a!a@a PRIVMSG #a :hi",
        "@id=m;room-id=1;user-id=2;tmi-sent-ts=1;msg-id=raid :tmi.twitch.tv USERNOTICE #a",
        "PRIVMSG #a",
    ],
)
def test_what_makes_no_sense_is_bad(raw: str) -> None:
    with pytest.raises(BadFrame):
        understood(parse(raw))


SIGNS = st.sampled_from([*"@:;=\\#!/, é\x00\x01", " :", "#a", "\x01ACTION"])
VALUES = st.sampled_from(["1", "-1", "99999999999999999", "submysterygift", "raid", "sub", "NAK"])
COMMANDS = st.sampled_from(["PRIVMSG", "USERNOTICE", "USERSTATE", "NOTICE", "JOIN", "PING", "CAP"])
TAGS = st.sampled_from(
    [f"{name}=" for name in ("id", "room-id", "user-id", "tmi-sent-ts", "msg-id", "bits", "badges")]
)
PIECES = SIGNS | VALUES | COMMANDS | TAGS


@given(st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join))
@example("")
@example("@")
@example(":")
@example("@;=;; : :")
def test_whatever_comes_is_understood_or_bad_and_nothing_worse(raw: str) -> None:
    with suppress(BadFrame):
        event = understood(parse(raw))
        if isinstance(event, ChatMessage | Happening):
            msgspec.msgpack.encode(event)  # as it crosses the bus


@given(st.binary(max_size=200))
def test_noise_is_cut_and_read_without_harm(noise: bytes) -> None:
    for line in Splitter().feed(noise + b"\n"):
        with suppress(BadFrame):
            understood(parse(line))


SAMPLE = (
    "@badge-info=;badges=vip/1;bits=5;display-name=Vera;id=m1;mod=0;msg-id=submysterygift;"
    "msg-param-mass-gift-count=5;msg-param-sub-plan=1000;msg-param-viewerCount=3;reply-parent-msg-id=m0;"
    "room-id=10;source-room-id=9;tmi-sent-ts=1796000000123;user-id=20 :vera!vera@x {} #ada :hi there"
)


@given(st.sampled_from(["PRIVMSG", "USERNOTICE", "USERSTATE", "NOTICE"]), st.data())
def test_a_damaged_line_is_understood_or_bad_and_nothing_worse(command: str, data: st.DataObject) -> None:
    sample = SAMPLE.format(command)
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 20)))
    with suppress(BadFrame):
        understood(parse(sample[:start] + data.draw(st.text(max_size=8)) + sample[end:]))
