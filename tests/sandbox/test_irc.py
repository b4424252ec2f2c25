"""Chat over IRC: what Twitch's documentation says that a client is told, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from kissbot.sandbox.irc_doors import JOINS, LOGINS, ROOMS, WINDOW
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox

from .client import PATIENCE, Watch

ALL = "twitch.tv/tags twitch.tv/commands"


class Talk:
    """A client on a plain socket: it knows the documentation and nothing of the sandbox's code."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, *lines: str) -> None:
        """Send lines."""
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def line(self) -> str:
        """The next line; empty at the end."""
        async with asyncio.timeout(PATIENCE):
            return (await self._reader.readline()).decode().removesuffix("\r\n")

    async def until(self, part: str) -> str:
        """The next line that has this in it; what comes before is passed over."""
        while part not in (line := await self.line()):
            assert line, f"the end, and no {part}"
        return line

    async def silent(self) -> bool:
        """Whether nothing more has come than the answer to a ping."""
        self.say("PING :so far")
        return await self.line() == ":tmi.twitch.tv PONG tmi.twitch.tv :so far"


@asynccontextmanager
async def talking(
    twitch: Sandbox,
    *rooms: str,
    login: str = "kissbot",
    scopes: tuple[str, ...] = ("chat:read", "chat:edit"),
    wanted: str = ALL,
) -> AsyncIterator[Talk]:
    """A client that has logged in, and is in these rooms."""
    async with connected(twitch) as talk:
        if wanted:
            talk.say(f"CAP REQ :{wanted}")
            assert await talk.line() == f":tmi.twitch.tv CAP * ACK :{wanted}"
        talk.say(f"PASS oauth:{twitch.log_in(login, scopes).token}", f"NICK {login}")
        await talk.until(" 376 ")
        if wanted:
            assert "GLOBALUSERSTATE" in await talk.line()
        for room in rooms:
            talk.say(f"JOIN #{room}")
            await talk.until("ROOMSTATE" if wanted else " 366 ")
        yield talk


@asynccontextmanager
async def connected(twitch: Sandbox) -> AsyncIterator[Talk]:
    host, port = twitch.irc_address.removeprefix("irc://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()


def tags_of(line: str) -> dict[str, str]:
    return dict([tag.partition("=")[::2] for tag in line.split(" ")[0][1:].split(";")])


# Logging in


@pytest.mark.parametrize(
    ("password", "nick", "words"),
    [
        ("oauth:wrong", "kissbot", "Login authentication failed"),
        ("{token}", "kissbot", "Improperly formatted auth"),
        ("oauth:", "kissbot", "Improperly formatted auth"),
        ("oauth:{token}", "ada", "Login authentication failed"),
        ("oauth:{other}", "kissbot", "Login authentication failed"),
    ],
)
async def test_a_login_that_is_not_good_is_refused_in_twitchs_words(
    twitch: Sandbox, password: str, nick: str, words: str
) -> None:
    token = twitch.log_in("kissbot", ("chat:read",)).token
    other = twitch.log_in("kissbot", ("user:read:chat",)).token
    async with connected(twitch) as talk:
        talk.say(f"PASS {password.format(token=token, other=other)}", f"NICK {nick}")
        assert await talk.line() == f":tmi.twitch.tv NOTICE * :{words}"
        assert await talk.line() == ""


async def test_capabilities_are_listed_granted_and_refused(twitch: Sandbox) -> None:
    async with connected(twitch) as talk:
        talk.say("CAP LS 302", "CAP REQ :twitch.tv/tags twitch.tv/party")
        assert "twitch.tv/tags" in await talk.line()
        assert await talk.line() == ":tmi.twitch.tv CAP * NAK :twitch.tv/tags twitch.tv/party"


async def test_who_is_not_logged_in_enters_no_room(twitch: Sandbox) -> None:
    async with connected(twitch) as talk:
        talk.say("JOIN #ada")
        assert await talk.silent()


async def test_too_many_logins_are_refused_and_counted(twitch: Sandbox) -> None:
    for _ in range(LOGINS):
        async with talking(twitch):
            pass
    with pytest.raises(AssertionError, match="the end"):
        async with talking(twitch):
            pass
    assert twitch.state()["counters"]["violations"] == {"irc_logins": 1}


# Rooms


async def test_a_room_is_entered_and_left(twitch: Sandbox) -> None:
    async with talking(twitch) as talk:
        talk.say("JOIN #ada,#nowhere")
        assert await talk.line() == ":kissbot!kissbot@kissbot.tmi.twitch.tv JOIN #ada"
        assert (await talk.line()).endswith(" 353 kissbot = #ada :kissbot")
        assert (await talk.line()).endswith(" 366 kissbot #ada :End of /NAMES list")
        state, room = await talk.line(), await talk.line()
        assert state.endswith(" USERSTATE #ada")
        assert (tags_of(state)["badges"], tags_of(state)["mod"]) == ("moderator/1", "1")
        assert tags_of(room)["room-id"] == twitch.id_of("ada")
        assert await talk.silent()
        talk.say("PART #ada")
        assert await talk.line() == ":kissbot!kissbot@kissbot.tmi.twitch.tv PART #ada"
        twitch.say("ada", user="vera", text="hi")
        assert await talk.silent()


async def test_who_asks_too_fast_is_not_let_in(watch: Watch) -> None:
    names = [f"room{number}" for number in range(JOINS + 1)]
    async with Sandbox(names, clock=watch) as twitch, talking(twitch, *names[:JOINS]) as talk:
        talk.say(f"JOIN #{names[-1]}")
        assert await talk.silent()
        assert twitch.state()["counters"]["violations"] == {"irc_joins": 1}
        watch.push(WINDOW + 0.1)
        talk.say(f"JOIN #{names[-1]}")
        await talk.until("ROOMSTATE")


async def test_a_hundred_rooms_are_enough_unless_one_moderates(watch: Watch) -> None:
    names = ["kissbot", *(f"room{number}" for number in range(ROOMS + 2))]
    async with Sandbox(names, clock=watch, bot_rank="vip") as twitch, talking(twitch) as talk:
        twitch.set_bot_rank("room101", "moderator")
        for name in names:
            watch.push(1)
            talk.say(f"JOIN #{name}", f"PING :{name}")
            await talk.until(f" PONG tmi.twitch.tv :{name}")
        (connection,) = twitch.state()["irc"]["connections"]
        assert len(connection["rooms"]) == ROOMS + 2
        assert "room100" not in connection["rooms"]
        assert twitch.state()["counters"]["violations"] == {"irc_rooms": 1}


# What is said


async def test_a_line_has_the_documented_tags(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        first = twitch.say("ada", user="Vera", text="Kappa é Kappa LUL Cheer100", rank="subscriber")
        line = await talk.line()
        assert line.endswith(":vera!vera@vera.tmi.twitch.tv PRIVMSG #ada :Kappa é Kappa LUL Cheer100")
        wanted = {
            "badge-info": "subscriber/5",
            "badges": "subscriber/3",
            "bits": "100",
            "display-name": "Vera",
            "emotes": "25:0-4,8-12/425618:14-16",
            "id": first,
            "mod": "0",
            "room-id": twitch.id_of("ada"),
            "subscriber": "1",
            "tmi-sent-ts": "1800000000250",
            "user-id": twitch.id_of("vera"),
            "user-type": "",
        }
        assert wanted.items() <= tags_of(line).items()
        reply = twitch.say("ada", user="zoe", text="so; it \\is", reply_to=first)
        again = twitch.say("ada", user="vera", text="yes", reply_to=reply)
        tags = [tags_of(await talk.line()) for _ in range(2)]
        assert tags[0]["reply-parent-msg-id"] == first
        assert (tags[1]["id"], tags[1]["reply-thread-parent-msg-id"]) == (again, first)
        assert tags[1]["reply-parent-msg-body"] == r"so\:\sit\s\\is"
        twitch.say("ada", user="zoe", text="from afar", shared_from="carl")
        assert tags_of(await talk.line())["source-room-id"] == twitch.id_of("carl")


async def test_now_and_then_a_tag_is_not_documented(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        for number in range(7):
            twitch.say("ada", user="vera", text=str(number))
        lines = [await talk.line() for _ in range(7)]
        assert [r"sandbox-surprise=un\:documented" in line for line in lines] == [False] * 6 + [True]


async def test_without_capabilities_there_are_no_tags_and_no_commands(twitch: Sandbox) -> None:
    async with talking(twitch, "ada", wanted="") as talk:
        twitch.happen("ada", "raid", "rita")
        twitch.say("ada", user="vera", text="hi")
        assert await talk.line() == ":vera!vera@vera.tmi.twitch.tv PRIVMSG #ada :hi"


async def test_over_a_web_socket_a_frame_holds_several_lines(twitch: Sandbox) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(twitch.urls.irc) as ws:
        await ws.send_str(f"PASS oauth:{twitch.log_in('kissbot', ['chat:read']).token}\r\nNICK kissbot\r\n")
        assert (await ws.receive_str()).count("\r\n") == 7
        await ws.send_str("PING")
        assert await ws.receive_str() == ":tmi.twitch.tv PONG tmi.twitch.tv :\r\n"


async def test_what_strikes_one_socket_of_eventsub_spares_irc(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        twitch.fault("silence", seconds=60, shard="0")
        twitch.fault("drop", socket="another")
        twitch.say("ada", user="vera", text="still here")
        assert (await talk.until("PRIVMSG")).endswith("still here")


async def test_a_line_comes_twice_when_a_fault_says_so(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        twitch.fault("duplicate")
        for text in ("one", "two"):
            twitch.say("ada", user="vera", text=text)
        lines = [await talk.line() for _ in range(3)]
        assert [line.rsplit(":", 1)[1] for line in lines] == ["one", "one", "two"]
        assert tags_of(lines[0])["id"] == tags_of(lines[1])["id"]


# Saying


async def test_who_says_something_hears_its_state_and_others_the_line(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk, talking(twitch, "ada", login="ada") as other:
        asked = twitch.say("ada", user="vera", text="!ping")
        await talk.line()
        await other.line()
        talk.say(f"@client-nonce=n1;reply-parent-msg-id={asked} PRIVMSG #ada :Pong!")
        state, line = await talk.line(), await other.line()
        assert (tags_of(state)["client-nonce"], tags_of(state)["id"]) == ("n1", tags_of(line)["id"])
        assert (tags_of(line)["reply-parent-msg-id"], tags_of(line)["badges"]) == (asked, "moderator/1")
        assert await talk.silent()
    (sent,) = twitch.sent
    assert (sent.text, sent.reply_to, sent.is_sent) == ("Pong!", asked, True)


async def test_what_the_account_says_through_the_api_comes_over_irc(twitch: Sandbox, client: Any) -> None:
    async with talking(twitch, "ada") as talk:
        await client.say("ada", "by the other way")
        assert (await talk.line()).endswith("PRIVMSG #ada :by the other way")


async def test_an_action_is_the_only_command(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk, talking(twitch, "ada", login="ada") as other:
        talk.say("PRIVMSG #ada :/me waves", "PRIVMSG #ada :/ban vera")
        assert (await other.line()).endswith("PRIVMSG #ada :\x01ACTION waves\x01")
        await talk.until("USERSTATE")
        assert tags_of(await talk.line())["msg-id"] == "unrecognized_cmd"


async def test_the_limits_are_those_of_the_account_by_whatever_way(watch: Watch, client: Any) -> None:
    async with Sandbox(("ada",), clock=watch, bot_rank="everyone") as twitch, talking(twitch, "ada") as talk:
        talk.say("PRIVMSG #ada :one", "PRIVMSG #ada :two")
        await talk.until("USERSTATE")
        assert tags_of(await talk.line())["msg-id"] == "msg_ratelimit"
        state = twitch.state()["counters"]
        assert (state["violations"], state["dropped"]) == ({"channel": 1}, {"msg_ratelimit": 1})


async def test_a_line_is_dropped_by_a_fault_or_for_want_of_a_scope(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        twitch.fault("drop_reason", code="msg_rejected")
        talk.say("PRIVMSG #ada :hm")
        assert tags_of(await talk.line())["msg-id"] == "msg_rejected"
    async with talking(twitch, "ada", scopes=("chat:read",)) as talk:
        talk.say("PRIVMSG #ada :hm")
        assert tags_of(await talk.line())["msg-id"] == "no_permission"


# The end


async def test_who_does_not_answer_a_ping_is_sent_away() -> None:
    timing = Timing(irc_ping=0.05, irc_pong_within=0.05)
    async with Sandbox(("ada",), timing=timing) as twitch, connected(twitch) as talk:
        for _ in range(3):
            assert await talk.line() == "PING :tmi.twitch.tv"
            talk.say("PONG :tmi.twitch.tv")
        assert await talk.line() == "PING :tmi.twitch.tv"
        assert await talk.line() == ""


async def test_a_client_that_is_asked_to_reconnect_gets_some_time() -> None:
    timing = Timing(reconnect_grace=0.05)
    async with Sandbox(("ada",), timing=timing) as twitch, talking(twitch, "ada") as talk:
        twitch.fault("irc_reconnect")
        assert await talk.line() == ":tmi.twitch.tv RECONNECT"
        twitch.say("ada", user="vera", text="still here")
        assert (await talk.line()).endswith(":still here")
        assert await talk.line() == ""


async def test_who_is_gone_is_in_no_room(twitch: Sandbox) -> None:
    async with talking(twitch, "ada") as talk:
        talk.say("QUIT")
        assert await talk.line() == ""
        assert twitch.state()["irc"]["connections"] == []
    async with talking(twitch, "ada") as talk:
        twitch.fault("drop")
        assert twitch.state()["irc"]["connections"] == []
        assert await talk.line() == ""
