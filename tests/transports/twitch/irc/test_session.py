"""The listener over IRC is never deaf for longer than it must, and its mouth knows what became of a line."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace
from structlog.testing import capture_logs

from kissbot.chat.happenings import Cheered, Gifted, Happening, Raided
from kissbot.chat.logins import BOT, Login
from kissbot.chat.messages import Channel, ChatMessage, Rank
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox
from kissbot.sandbox.world import Rank as RankName
from kissbot.transports.twitch.hearing.eventsub import Session
from kissbot.transports.twitch.hearing.session import Ears
from kissbot.transports.twitch.helix import FixedLogin, Source
from kissbot.transports.twitch.irc.mouth import IrcMouth
from kissbot.transports.twitch.irc.session import IrcListener
from kissbot.transports.twitch.oauth import BadLogin
from kissbot.transports.twitch.payloads import SentRow

from ..ears import CHAT, PATIENCE, Jump, Told, until

SCOPES = ("chat:read", "chat:edit")


class Ear:
    """A listener at work, and what it heard."""

    def __init__(self) -> None:
        self.listener: IrcListener
        self.heard: list[ChatMessage] = []
        self.joined: list[str] = []
        self.happened: list[Happening] = []
        self.ranks: list[tuple[str, Rank]] = []
        self.told = Told()
        self._news = asyncio.Queue[object]()

    def hear(self, message: ChatMessage) -> None:
        """Note a line."""
        self.heard.append(message)
        self._news.put_nowait(message.text)

    def happen(self, happening: Happening) -> None:
        """Note what happened."""
        self.happened.append(happening)
        self._news.put_nowait(happening)

    async def hears(self, text: str) -> ChatMessage:
        """Wait until a line is heard; others may come before."""
        async with asyncio.timeout(PATIENCE):
            while await self._news.get() != text:
                pass
        return next(message for message in reversed(self.heard) if message.text == text)

    async def ready(self) -> None:
        """Wait until every channel is heard."""
        await asyncio.wait_for(self.listener.ready.wait(), PATIENCE)

    async def asks_and_hears(self, jump: Jump) -> None:
        """Let it be quiet for so long that the bot asks whether Twitch is there."""
        link = self.listener.link(self.listener.channels[0])
        assert link
        before = link.session.heard_at
        jump(5.1)
        await until(lambda: link.session.heard_at > before)

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [message.text for message in self.heard]


@asynccontextmanager
async def listening(
    source: Source, url: str, channels: list[Channel], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Ear]:
    ear = Ear()
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        ear.listener = IrcListener(
            http,
            source,
            url,
            ears=Ears(
                heard=ear.hear,
                joined=lambda channel: ear.joined.append(channel.login),
                happened=ear.happen,
                standing=lambda channel, rank: ear.ranks.append((channel.login, rank)),
            ),
            tasks=tasks,
            reports=ear.told,
            tls=tls,
        )
        for channel in channels:
            ear.listener.join(channel)
        tasks.start(ear.listener.run(), "listen")
        yield ear


def login_of(twitch: Sandbox, *scopes: str) -> Login:
    """The bot's login with these scopes."""
    token = twitch.log_in(twitch.bot, scopes or SCOPES).token
    return Login(slot=BOT, client_id="c", user_id=twitch.id_of(twitch.bot), login=twitch.bot, token=token)


def channels_of(twitch: Sandbox) -> list[Channel]:
    return [Channel(twitch.id_of(name), name) for name in twitch.channels]


@asynccontextmanager
async def listening_to(twitch: Sandbox, url: str = "") -> AsyncIterator[Ear]:
    """A listener in every channel of the sandbox."""
    source = FixedLogin(login_of(twitch))
    async with listening(source, url or twitch.urls.irc, channels_of(twitch)) as ear:
        yield ear


def connections(twitch: Sandbox) -> list[list[str]]:
    """The rooms of each connection."""
    return [one["rooms"] for one in twitch.state()["irc"]["connections"]]


# Hearing


@pytest.mark.parametrize("way", ["web socket", "plain socket"])
async def test_it_hears_every_channel_and_says_so_once(way: str) -> None:
    async with (
        Sandbox(("ada", "bob")) as twitch,
        listening_to(twitch, twitch.irc_address if way == "plain socket" else "") as ear,
    ):
        await ear.ready()
        first = twitch.say("ada", user="Vera", text="in Ada's 🎮 é", rank="vip")
        twitch.say("bob", user="vera", text="yes", reply_to=first)
        message = await ear.hears("in Ada's 🎮 é")
        assert (message.id, message.channel) == (first, Channel(twitch.id_of("ada"), "ada"))
        assert (message.viewer.login, message.viewer.name) == ("vera", "Vera")
        assert message.viewer.rank is Rank.VIP
        assert (await ear.hears("yes")).reply_to == first
        twitch.fault("drop")
        await until(lambda: connections(twitch) == [["ada", "bob"]])
        await ear.ready()
    assert ear.texts == ["in Ada's 🎮 é", "yes"]
    assert sorted(ear.joined) == ["ada", "bob"]


@asynccontextmanager
async def by_eventsub(twitch: Sandbox) -> AsyncIterator[Callable[[], Awaitable[ChatMessage]]]:
    """Ada's chat as EventSub tells it; gives the next line."""
    session, login = Session(0), twitch.credentials
    async with aiohttp.ClientSession() as http, http.ws_connect(twitch.urls.eventsub) as ws:
        session.receive((await ws.receive_str()).encode(), 0)
        order = {
            "type": CHAT,
            "version": "1",
            "condition": {
                "broadcaster_user_id": twitch.id_of("ada"),
                "user_id": twitch.id_of("kissbot"),
            },
            "transport": {"method": "websocket", "session_id": session.id},
        }
        headers = {"Authorization": f"Bearer {login.token}", "Client-Id": login.client_id}
        async with http.post(twitch.urls.subscriptions, json=order, headers=headers) as answer:
            assert answer.status == 202

        async def line() -> ChatMessage:
            event = session.receive((await ws.receive_str()).encode(), 0)
            assert isinstance(event, ChatMessage)
            return event

        yield line


async def test_over_irc_and_by_eventsub_a_line_is_the_same() -> None:
    ranks: tuple[RankName, ...] = ("everyone", "subscriber", "moderator", "lead_moderator", "broadcaster")
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear, by_eventsub(twitch) as line:
        await ear.ready()
        for rank in ranks:
            twitch.say("ada", user="Vera", text=f"Cheer100 {rank}", rank=rank)
        twitch.say("ada", user="zoe", text="from afar", shared_from="carl")
        twitch.say("ada", user="zoe", text="\x01ACTION waves\x01")
        await ear.hears("waves")
        same = [await line() for _ in ear.heard]
    assert len(same) == 7
    for over_irc, other in zip(ear.heard, same, strict=True):
        assert abs(over_irc.sent_at - other.sent_at) < timedelta(seconds=1)
        assert replace(over_irc, sent_at=other.sent_at) == other


async def test_what_happens_is_heard_and_a_cheer_is_a_line_too() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        twitch.happen("ada", "raid", "Rita", viewers=30)
        twitch.happen("ada", "gift_bomb", count=3)
        twitch.happen("ada", "cheer", "vera", bits=200)
        await ear.hears("Cheer200")
        await until(lambda: len(ear.happened) == 3)
    raid, bomb, cheer = ear.happened
    assert isinstance(raid, Raided)
    assert (raid.raider.name, raid.viewers) == ("Rita", 30)
    assert isinstance(bomb, Gifted)
    assert (bomb.giver, bomb.count) == (None, 3)
    assert isinstance(cheer, Cheered)
    assert (cheer.bits, cheer.message_id) == (200, ear.heard[0].id)


async def test_it_says_what_the_bot_is_in_a_channel() -> None:
    async with Sandbox(("ada", "bob", "kissbot"), enforce_limits=False) as twitch:
        twitch.set_bot_rank("bob", "vip")
        async with listening_to(twitch) as ear:
            await ear.ready()
            mouth = IrcMouth(ear.listener)
            await mouth.send(ear.listener.channels[0], "one")
            twitch.set_bot_rank("ada", "everyone")
            await mouth.send(ear.listener.channels[0], "two")
    assert sorted(ear.ranks[:3]) == [
        ("ada", Rank.MODERATOR),
        ("bob", Rank.VIP),
        ("kissbot", Rank.BROADCASTER),
    ]
    assert ear.ranks[3:] == [("ada", Rank.EVERYONE)]


# Moving, and coming back


async def test_a_reconnect_loses_no_message_while_lines_flow() -> None:
    lines = [f"line {number}" for number in range(600)]
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        for number, line in enumerate(lines):
            if number in (100, 300, 500):
                twitch.fault("irc_reconnect")
            twitch.say("ada", user="vera", text=line)
            if number % 10 == 0:
                await asyncio.sleep(0.001)
        await ear.hears(lines[-1])
        await until(lambda: connections(twitch) == [["ada", "bob"]])
    assert list(dict.fromkeys(ear.texts)) == lines
    assert sorted(ear.joined) == ["ada", "bob"]
    assert ear.told.all.count(("lost",)) == 1  # at the end


async def test_the_old_connection_is_left_once_the_new_one_is_everywhere(jump: Jump) -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        twitch.fault("irc_reconnect")
        await until(lambda: connections(twitch) == [["ada", "bob"]] * 2)
        jump(1)
        await until(lambda: connections(twitch) == [["ada", "bob"]])
        twitch.say("bob", user="vera", text="still here")
        await ear.hears("still here")


async def test_after_a_broken_connection_it_is_back_in_under_two_seconds() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        for attempt in range(3):
            await ear.ready()
            twitch.fault("drop")
            async with asyncio.timeout(2):
                await until(lambda: connections(twitch) == [["ada", "bob"]])
                twitch.say("bob", user="vera", text=f"back {attempt}")
                await ear.hears(f"back {attempt}")


async def test_a_gap_is_told_and_not_hidden() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        (thread,) = ear.told.how.threads
        assert (ear.told.how.way, thread.up, thread.subscriptions) == ("irc", True, 2)
        twitch.fault("drop")
        await until(lambda: not ear.told.how.hears_by("irc"))
        await until(lambda: ear.told.gaps)
        await ear.ready()
        assert ear.told.how.hears_by("irc")
    (gap,) = ear.told.gaps
    assert gap.channels == tuple(sorted(channel.id for channel in ear.listener.channels))
    assert 0 <= gap.seconds < PATIENCE


async def test_a_move_leaves_no_gap() -> None:
    async with Sandbox(("ada",), timing=Timing(reconnect_grace=0.5)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        twitch.fault("irc_reconnect")
        await until(lambda: connections(twitch) == [["ada"], ["ada"]])
        await until(lambda: connections(twitch) == [["ada"]])
        await ear.ready()
    assert ear.told.gaps == []


async def test_a_connection_that_is_open_but_silent_is_replaced(jump: Jump) -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        with capture_logs() as logs:
            twitch.fault("silence", seconds=3_600)
            twitch.say("ada", user="vera", text="lost to the silence")
            jump(15)
            await until(lambda: ("lost",) in ear.told.all)
            await ear.ready()
            twitch.say("ada", user="vera", text="heard again")
            await ear.hears("heard again")
    assert [entry["event"] for entry in logs][:2] == ["twitch_silent", "twitch_connection_lost"]


async def test_a_quiet_connection_that_answers_is_kept(jump: Jump) -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        for _ in range(10):
            await ear.asks_and_hears(jump)
    assert ear.told.all.count(("connected",)) == 1


async def test_a_ping_that_comes_every_four_minutes_is_answered(jump: Jump) -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        for _ in range(60):
            await ear.asks_and_hears(jump)
    assert ear.told.all.count(("connected",)) == 1


async def test_a_door_that_is_shut_is_knocked_at_again() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        with capture_logs() as logs:
            twitch.fault("unplug")
            await until(lambda: any(entry["event"] == "twitch_unreachable" for entry in logs))
        assert not ear.listener.ready.is_set()
        twitch.fault("plug")
        await ear.ready()


# Coming and going


async def test_a_channel_is_joined_and_parted_while_the_bot_runs() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        bob = Channel(twitch.id_of("bob"), "bob")
        ear.listener.part(bob)
        await until(lambda: connections(twitch) == [["ada"]])
        ear.listener.join(bob)
        await until(lambda: connections(twitch) == [["ada", "bob"]])
        twitch.say("bob", user="vera", text="back again")
        await ear.hears("back again")
    assert ear.joined.count("bob") == 2


class Jumping:
    """The time of day, which jumps with the event loop."""

    def time(self) -> float:
        return 1_800_000_000 + asyncio.get_running_loop().time()


async def test_many_channels_break_no_limit(jump: Jump) -> None:
    names = tuple(f"channel{number}" for number in range(103))
    async with (
        Sandbox(names, bot_rank="everyone", clock=Jumping()) as twitch,
        listening_to(twitch) as ear,
    ):
        for rooms in (20, 40, 60, 80, 100):
            await until(lambda rooms=rooms: len(ear.joined) == rooms)  # type: ignore[misc]
            jump(11.1)
        await ear.ready()
        assert len(ear.joined) == 100
        refused = [told for told in ear.told.all if told[0] == "refused"]
        assert len(refused) == 3
        assert "100 chats" in refused[0][3]
        assert twitch.state()["counters"]["violations"] == {}


async def test_a_channel_that_does_not_exist_is_told_and_the_others_are_heard(jump: Jump) -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.ready()
        ear.listener.join(Channel("99", "gone"))
        await until(lambda: not ear.listener.ready.is_set())
        jump(10.5)
        await until(lambda: any(told[:2] == ("refused", "99") for told in ear.told.all))
        await ear.ready()
        twitch.say("ada", user="vera", text="hello")
        await ear.hears("hello")


# Logging in


class Renewing:
    """A login whose token is refused, and what it is renewed to."""

    def __init__(self, login: Login, newer: Login) -> None:
        self.latest, self._newer = login, newer
        self.renewals = 0

    async def login(self) -> Login:
        return self.latest

    async def renewed(self, refused: Login) -> Login:
        self.renewals += 1
        self.latest = self._newer
        return self._newer


async def test_a_token_that_is_refused_is_renewed() -> None:
    async with Sandbox(("ada",)) as twitch:
        old = Login(slot=BOT, client_id="c", user_id="1", login="kissbot", token="old-secret")
        source = Renewing(old, login_of(twitch))
        async with listening(source, twitch.urls.irc, channels_of(twitch)) as ear:
            await ear.ready()
        assert source.renewals == 1


async def test_a_login_that_is_refused_again_is_renewed_once_and_told_without_its_token() -> None:
    async with Sandbox(("ada",)) as twitch:
        newer = login_of(twitch, "user:read:chat")
        source = Renewing(
            Login(slot=BOT, client_id="c", user_id="1", login="kissbot", token="old-secret"), newer
        )
        with capture_logs() as logs:
            async with listening(source, twitch.urls.irc, channels_of(twitch)) as ear:
                await until(lambda: sum(told[0] == "refused" for told in ear.told.all) == 3)
        assert source.renewals == 1
        why = ear.told.all[0][3]
        assert "Login authentication failed" in why
        assert "chat:read" in why
        for secret in ("old-secret", newer.token):
            assert secret not in str(logs) + str(ear.told.all)


async def test_without_a_login_it_waits_for_one() -> None:
    class Later(Renewing):
        async def login(self) -> Login:
            self.renewals += 1
            if self.renewals < 3:
                raise BadLogin("Log in with: kissbot login --bot")
            return self.latest

    async with Sandbox(("ada",)) as twitch:
        login = login_of(twitch)
        async with listening(Later(login, login), twitch.urls.irc, channels_of(twitch)) as ear:
            await ear.ready()
    assert [told[0] for told in ear.told.all[:3]] == ["refused", "refused", "connected"]


# TLS


def certificate(folder: Path) -> Path:
    """A key and a certificate for loopback that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        builder.not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "sandbox.pem"
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + signed.public_bytes(pem))
    return file


@asynccontextmanager
async def behind_tls(twitch: Sandbox, file: Path) -> AsyncIterator[str]:
    """The sandbox's plain socket, with TLS in front."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    host, port = twitch.irc_address.removeprefix("irc://").split(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1_000):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(carry(reader, inner_writer), carry(inner_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"ircs://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_plain_socket_with_tls(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    async with Sandbox(("ada",)) as twitch, behind_tls(twitch, file) as url:
        trusting = ssl.create_default_context(cafile=str(file))
        source = FixedLogin(login_of(twitch))
        async with listening(source, url, channels_of(twitch), trusting) as ear:
            await ear.ready()
            twitch.say("ada", user="vera", text="in secret")
            await ear.hears("in secret")


async def test_a_certificate_that_nobody_trusts_gets_no_token(tmp_path: Path) -> None:
    async with Sandbox(("ada",)) as twitch, behind_tls(twitch, certificate(tmp_path)) as url:
        with capture_logs() as logs:
            async with listening(FixedLogin(login_of(twitch)), url, channels_of(twitch)):
                await until(lambda: any(entry["event"] == "twitch_unreachable" for entry in logs))
        assert twitch.state()["irc"]["connections"] == []
    assert any("CERTIFICATE_VERIFY_FAILED" in str(entry.get("error")) for entry in logs)


# Speaking


@asynccontextmanager
async def speaking(**options: object) -> AsyncIterator[tuple[Sandbox, Ear, IrcMouth, Channel]]:
    async with Sandbox(("ada",), **options) as twitch, listening_to(twitch) as ear:  # type: ignore[arg-type]
        await ear.ready()
        yield twitch, ear, IrcMouth(ear.listener), ear.listener.channels[0]


async def test_a_line_is_said_in_reply_and_not_heard_again() -> None:
    async with speaking() as (twitch, ear, mouth, ada):
        asked = twitch.say("ada", user="vera", text="!ping")
        row = await mouth.send(ada, "Pong! 🏓", asked)
        twitch.say("ada", user="vera", text="thanks")
        await ear.hears("thanks")
        (sent,) = twitch.sent
    assert (sent.text, sent.reply_to, sent.is_sent) == ("Pong! 🏓", asked, True)
    assert (row.is_sent, row.message_id) == (True, sent.id)
    assert sent.latency_ms is not None
    assert ear.texts == ["!ping", "thanks"]


async def test_a_line_is_said_while_the_connection_moves() -> None:
    async with speaking() as (twitch, ear, mouth, ada):
        rows = list[SentRow]()
        twitch.fault("irc_reconnect")
        while connections(twitch) != [["ada"], ["ada"]]:
            rows.append(await mouth.send(ada, f"line {len(rows)}"))
        assert ear.listener.ready.is_set()
        rows.append(await mouth.send(ada, "moved"))
    assert all(row.is_sent for row in rows)
    assert [sent.id for sent in twitch.sent] == [row.message_id for row in rows]


async def test_a_line_that_is_dropped_says_why() -> None:
    async with speaking(bot_rank="everyone") as (twitch, _, mouth, ada):
        twitch.fault("drop_reason", code="msg_slowmode")
        slow = await mouth.send(ada, "hello")
        await mouth.send(ada, "once")
        fast = await mouth.send(ada, "twice")
    for row, code in ((slow, "msg_slowmode"), (fast, "msg_ratelimit")):
        assert row.drop_reason
        assert (row.is_sent, row.message_id, row.drop_reason.code) == (False, "", code)
    assert twitch.state()["counters"]["violations"] == {"channel": 1}


async def test_without_an_answer_nobody_knows_what_became_of_a_line(jump: Jump) -> None:
    async with speaking() as (twitch, _, mouth, ada):
        twitch.fault("silence", seconds=60)
        saying = asyncio.ensure_future(mouth.send(ada, "hello?"))
        await until(lambda: bool(twitch.sent))
        jump(3)
        row = await saying
    assert row.drop_reason
    assert row.drop_reason.code == "network"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_line_without_a_connection_is_dropped_at_once(when: str) -> None:
    async with speaking() as (twitch, ear, mouth, ada):
        twitch.fault("silence", seconds=60)
        saying = mouth.send(ada, "hello?")
        if when == "before":
            twitch.fault("unplug")
            await until(lambda: ear.listener.link(ada) is None)
            row = await saying
        else:
            row = await _with(saying, lambda: twitch.fault("unplug"), until(lambda: bool(twitch.sent)))
    assert row.drop_reason
    assert row.drop_reason.code == "network"


async def _with(work: Awaitable[SentRow], act: Callable[[], object], after: Awaitable[None]) -> SentRow:
    """The result of some work, during which something happens."""
    running = asyncio.ensure_future(work)
    await after
    act()
    return await running
