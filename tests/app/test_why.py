"""`kissbot why` and `!kiss why`, from what a bot keeps: the first broken link is named."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from kissbot.app.choosing import configured
from kissbot.app.cli import main
from kissbot.app.reasons import StoredReasons, examine
from kissbot.app.settings import Bot as BotSettings
from kissbot.app.settings import Settings, Storage, Twitch
from kissbot.app.store import Store, open_store
from kissbot.bus.memory import MemoryBus
from kissbot.chat.answering import AnswerRole
from kissbot.chat.audit import OPERATOR, Audit
from kissbot.chat.book import Choosing
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Unavailable
from kissbot.chat.hearing import Gap, Listening, Thread
from kissbot.chat.identity import Identity
from kissbot.chat.logins import BOT, Login
from kissbot.chat.messages import Channel, ChatMessage, Outgoing, Rank, Receipt, Viewer
from kissbot.chat.tally import Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import Text, Translations
from kissbot.chat.why import broken, links
from kissbot.features import find_features
from kissbot.features.settings import Reasons
from kissbot.knowledge.truth.truth import Truth
from kissbot.storage.layers import Layers
from kissbot.testing.room import outside
from kissbot.transports.twitch.payloads import CHAT_MESSAGE

ADA = Channel("id-ada", "ada")
TOKENS = "s3cr3t-t0ken", "s3cr3t-refr3sh"
LOGIN = Login(
    slot=BOT,
    client_id="app",
    user_id="30",
    login="kissbot",
    scopes=frozenset(["user:read:chat", "user:write:chat"]),
    token=TOKENS[0],
    refresh_token=TOKENS[1],
)


def moderators() -> Feature:
    feature = Feature("moderators")

    @feature.command("secret", rank=Rank.MODERATOR)
    async def secret(asked: Invocation) -> Reply:
        return "psst"

    return feature


class Bot:
    """A bot that works: it answers what is typed, and keeps all that a real one does."""

    def __init__(self, settings: Settings, store: Store, bus: MemoryBus, layers: Layers) -> None:
        self.settings, self.store, self.layers = settings, store, layers
        self.tally = Tally(time.time())
        self.drop_reason = ""
        self.said: list[str] = []
        self._bus = bus
        bus.subscribe(Outgoing, self._send)

    async def hears(self, text: str, viewer: str = "vera", rank: Rank = Rank.EVERYONE, **details: Any) -> str:
        """Say a line and wait until the bot is done with it; the line's id."""
        done = self.tally.outcomes.total() + 1
        message_id = f"m{done}"
        who = Viewer(f"id-{viewer}", viewer, viewer, rank)
        line = ChatMessage(message_id, ADA, who, text, datetime.now(UTC))
        self.store.state.heard(ADA.id)
        self._bus.publish(msgspec.structs.replace(line, **details), ADA.id)
        async with asyncio.timeout(5):
            while self.tally.outcomes.total() < done:
                await asyncio.sleep(0.001)
        await asyncio.sleep(0)  # the receipt
        return message_id

    async def why(self, message: str = "", user: str = "") -> tuple[str, str]:
        """What another process finds: the first broken link and what it says; empty when all is well."""
        await self.store.trail.flush()
        await self.store.state.flush()
        async with open_store(self.settings, create=False) as store:
            link = broken(links(await examine(self.settings, store, "ada", message, user)))
        return (link.name, english(link.says)) if link else ("", "")

    def _send(self, outgoing: Outgoing) -> None:
        self.said.append(outgoing.text)
        message_id = "" if self.drop_reason else f"sent-{len(self.said)}"
        receipt = Receipt(outgoing.id, outgoing.channel, message_id, self.drop_reason)
        asyncio.get_running_loop().call_soon(self._bus.publish, receipt, ADA.id)


def english(said: Text | str) -> str:
    return Translations().render(said, "en")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    storage = Storage(database=str(tmp_path / "kissbot.db"), key_file=str(tmp_path / ".kissbot.key"))
    twitch = Twitch(client_id="app", channels=["ada", "bob"])
    return Settings(bot=BotSettings(owners=["Olga"]), twitch=twitch, storage=storage)


@pytest.fixture
async def bot(settings: Settings) -> AsyncIterator[Bot]:
    """Running, logged in, connected, subscribed."""
    async with open_store(settings) as store, Tasks() as tasks:
        await store.logins.put(LOGIN)
        await store.accounts.remember([ADA])
        store.state.begins("1.0")
        store.state.socket(True)
        store.state.wanted(ADA.id, CHAT_MESSAGE)
        store.state.subscribed(ADA.id, CHAT_MESSAGE, "subscription")
        channels, bus = Channels(settings.for_all()), MemoryBus()
        layers = Layers(channels, configured(settings), store.book)
        await layers.load()
        bot = Bot(settings, store, bus, layers)
        role = AnswerRole(
            identity=Identity("kissbot", "1.0"),
            channels=channels,
            bus=bus,
            notes=store.notes,
            clock=time,
            tally=bot.tally,
            tasks=tasks,
            trail=store.trail,
        )
        reasons = StoredReasons(settings, store, time)
        truth = Truth(store.truths, store.notes, time, tasks, channels, settings.learn)
        services = outside(time, tasks) | {
            Choosing: layers,
            Reasons: reasons,
            Audit: store.audit,
            Truth: truth,
        }
        features = [feature for feature in find_features() if feature.name != "birthday"]
        role.play([*features, moderators()], services)
        yield bot


async def test_when_all_is_well_nothing_is_broken(bot: Bot) -> None:
    assert await bot.why() == ("", "")
    await bot.hears("!gi hades")
    assert await bot.why() == ("", "")
    assert await bot.why("!gs hades") == ("", "")


# From Twitch to the bot


async def test_no_login(bot: Bot) -> None:
    await bot.store.logins.remove(BOT)
    assert await bot.why() == ("login", "nobody is logged in as the bot")


async def test_a_login_that_was_retired(bot: Bot) -> None:
    login = await bot.store.logins.get(BOT)
    assert login
    await bot.store.logins.retire(login, "Twitch refused to renew it")
    name, says = await bot.why()
    assert (name, says.endswith("Twitch refused to renew it")) == ("login", True)


async def test_a_missing_scope(bot: Bot) -> None:
    await bot.store.logins.put(msgspec.structs.replace(LOGIN, scopes=frozenset(["user:read:chat"])))
    assert await bot.why() == ("scopes", "the bot's login lacks user:write:chat (to answer)")


async def test_a_bot_that_is_not_running(settings: Settings) -> None:
    async with open_store(settings) as store:
        await store.logins.put(LOGIN)
        await store.accounts.remember([ADA])
        chain = links(await examine(settings, store, "ada"))
    link = broken(chain)
    assert link
    assert (link.name, link.remedy) == ("process", "kissbot run")


async def test_a_bot_that_was_never_logged_in_needs_that_first(settings: Settings) -> None:
    async with open_store(settings) as store:
        link = broken(links(await examine(settings, store, "ada")))
    assert link
    assert (link.name, link.remedy) == ("login", "kissbot login --bot")


async def test_a_channel_that_was_parted(bot: Bot) -> None:
    await bot.store.book.part("ada", OPERATOR)
    assert await bot.why() == ("channel", "the bot was sent away from ada")


async def test_a_channel_that_nobody_named(bot: Bot) -> None:
    link = broken(links(await examine(bot.settings, bot.store, "nobody")))
    assert link
    assert (link.name, link.remedy) == ("channel", "kissbot join nobody")


async def test_a_channel_that_was_joined_but_not_found(bot: Bot) -> None:
    await bot.store.book.join("typo", OPERATOR)
    link = broken(links(await examine(bot.settings, bot.store, "typo")))
    assert link
    assert english(link.says) == "typo was not found on Twitch"


async def test_a_subscription_that_was_refused(bot: Bot) -> None:
    bot.store.state.refused(ADA.id, CHAT_MESSAGE, "Twitch answered 403: no permission")
    name, says = await bot.why()
    assert (name, says) == (
        "subscription",
        "Twitch refuses the chat of ada: Twitch answered 403: no permission",
    )


async def test_a_subscription_that_was_revoked(bot: Bot) -> None:
    bot.store.state.revoked(ADA.id, CHAT_MESSAGE, "chat_user_banned")
    assert await bot.why() == ("subscription", "Twitch has ended the chat of ada: the bot is banned in ada")


async def test_a_subscription_that_was_not_made_yet(bot: Bot) -> None:
    await bot.store.accounts.remember([Channel("id-bob", "bob")])
    bot.store.state.wanted("id-bob", CHAT_MESSAGE)
    link = broken(links(await examine(bot.settings, bot.store, "bob")))
    assert link
    assert link.name == "subscription"


async def test_a_connection_that_is_down(bot: Bot) -> None:
    bot.store.state.socket(False)
    assert (await bot.why())[0] == "socket"


# A line, and a message


async def test_a_cooldown_tells_the_seconds_left(bot: Bot) -> None:
    await bot.hears("!gi hades")
    name, says = await bot.why("!gi hades")
    assert name == "cooldown"
    assert says.startswith("!gi again in ")
    assert says.endswith(", for whoever asked last")


async def test_a_cooldown_is_the_viewers_own(bot: Bot) -> None:
    await bot.store.accounts.remember([Channel("id-vera", "vera"), Channel("id-bea", "bea")])
    await bot.hears("!gi hades")
    assert (await bot.why("!gi hades", "Vera"))[1].endswith("seconds")
    assert await bot.why("!gi hades", "bea") == ("", "")
    assert await bot.why("!gi hades", "olga") == ("", "")


async def test_who_asked_too_soon_and_was_told_before_met_silence(bot: Bot) -> None:
    for _ in range(2):
        await bot.hears("!gi hades")
    assert await bot.why() == ("", "")
    silent = await bot.hears("!gi hades")
    expected = "cooldown", "!gi was asked again too soon"
    assert await bot.why() == await bot.why(silent) == expected


async def test_a_command_that_is_off(bot: Bot) -> None:
    await bot.hears("!kiss off gi", rank=Rank.MODERATOR)
    silent = await bot.hears("!gi hades")
    expected = "switched off", "!gi is switched off here"
    assert await bot.why() == await bot.why(silent) == await bot.why("!gi hades") == expected


async def test_a_known_bot(bot: Bot) -> None:
    silent = await bot.hears("!gi hades", viewer="nightbot")
    assert (await bot.why())[0] == (await bot.why(silent))[0] == "known bot"
    assert await bot.why("!gs hades", "nightbot") == (
        "known bot",
        "nightbot is a known bot; those are not answered",
    )


async def test_a_shared_chat(bot: Bot) -> None:
    silent = await bot.hears("!gi hades", source="id-bob")
    expected = "shared chat", "!gi was typed in another channel of the shared chat"
    assert await bot.why() == await bot.why(silent) == expected


async def test_a_command_for_others(bot: Bot) -> None:
    told = await bot.hears("!secret")
    assert (await bot.why(told))[0] == "rank"


async def test_another_prefix(bot: Bot) -> None:
    await bot.hears("!kiss set prefix ?", rank=Rank.MODERATOR)
    assert await bot.why("!gi hades") == (
        "command",
        "!gi hades asks the bot for nothing: commands begin with ?",
    )
    assert await bot.why("?gi hades") == ("", "")


@pytest.mark.parametrize(
    "drop_reason",
    """msg_banned msg_bad_characters msg_channel_blocked msg_channel_suspended msg_duplicate msg_emoteonly
    msg_followersonly msg_followersonly_followed msg_followersonly_zero msg_r9k msg_ratelimit msg_rejected
    msg_rejected_mandatory msg_requires_verified_phone_number msg_slowmode msg_subsonly msg_suspended
    msg_timedout msg_verified_email msg_something_new""".split(),  # noqa: SIM905 (reads best as words)
)
async def test_an_answer_that_twitch_dropped(bot: Bot, drop_reason: str) -> None:
    bot.drop_reason = drop_reason
    dropped = await bot.hears("!gi hades")
    name, says = await bot.why()
    assert (name, says) == await bot.why(dropped)
    assert name == "sending"
    assert (drop_reason in says) is (drop_reason == "msg_something_new")


async def test_a_message_that_asked_for_nothing(bot: Bot) -> None:
    assert (await bot.why("11111111-2222-3333-4444-555555555555"))[0] == "command"


# In chat


async def test_the_chat_hears_that_all_is_well(bot: Bot) -> None:
    await bot.hears("!kiss why", rank=Rank.MODERATOR)
    assert bot.said == ["✅ All is well: I hear this chat and may answer."]


async def test_the_chat_hears_why_the_last_command_got_silence(bot: Bot) -> None:
    await bot.hears("!kiss off gi", rank=Rank.MODERATOR)
    await bot.hears("!gi hades")
    await bot.hears("!kiss why", rank=Rank.MODERATOR)
    assert bot.said[-1] == "🔎 switched off: !gi is switched off here: !kiss on gi"


async def test_a_database_that_does_not_work_is_told_politely(bot: Bot) -> None:
    class Broken:
        async def get(self, slot: str) -> Login | None:
            from kissbot.storage.trouble import StorageTrouble

            raise StorageTrouble("the disk is full")

    logins: Any = Broken()
    reasons = StoredReasons(bot.settings, replace(bot.store, logins=logins), time)
    viewer = Viewer("1", "mo", "Mo", Rank.MODERATOR)
    message = ChatMessage("m", ADA, viewer, "!kiss why", datetime.now(UTC))
    command = moderators().commands[0]
    asked = Invocation(command, message, "why", bot.settings.for_all())
    with capture_logs() as logs, pytest.raises(Unavailable):
        await reasons.explain(asked)
    assert [entry["event"] for entry in logs] == ["why_unknown"]


# As it is typed


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("twitch: {client_id: app, channels: [ada]}")
    return lambda *words: CliRunner().invoke(main, ("why", *words))


@pytest.fixture
def made(typed: Callable[..., Result]) -> None:
    """There is a database, and a login in it."""

    async def make() -> None:
        async with open_store(Settings()) as store:
            await store.logins.put(LOGIN)

    asyncio.run(make())


@pytest.mark.usefixtures("made")
def test_the_command_line_shows_every_link_and_the_first_remedy(typed: Callable[..., Result]) -> None:
    result = typed("ada", "!gi hades")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "✗ process       KissBot is not running"
    assert lines[1].split() == ["→", "kissbot", "run"]
    assert "✓ login         logged in as kissbot" in lines
    assert result.stdout.count("→") == 1
    assert not any(token in result.output for token in TOKENS)


@pytest.mark.usefixtures("made")
def test_the_command_line_speaks_json(typed: Callable[..., Result]) -> None:
    found = json.loads(typed("#Ada", "--json").stdout)
    assert [link["name"] for link in found][:3] == ["process", "login", "scopes"]
    assert {tuple(sorted(link)) for link in found} == {("name", "ok", "remedy", "says")}


def test_before_the_first_start_there_is_nothing_to_examine(typed: Callable[..., Result]) -> None:
    result = typed("ada")
    assert result.exit_code == 1
    assert "there is no database yet" in result.stderr


def test_a_name_that_cannot_be_one_is_told_so(typed: Callable[..., Result]) -> None:
    assert "no Twitch login" in typed("not a name").stderr


# By which way


async def test_a_channel_is_heard_as_long_as_its_own_way_is_open(bot: Bot) -> None:
    state = bot.store.state
    state.subscribed(ADA.id, CHAT_MESSAGE, "subscription", "conduit")
    shard = Thread(name="shard 0", way="conduit", up=True, since=1)
    socket = Thread(name="socket 1", way="websocket", up=True, since=1)
    state.listening(Listening(way="conduit", why="", threads=(shard, socket)))
    assert await bot.why() == ("", "")
    down = msgspec.structs.replace(shard, up=False)
    state.listening(Listening(way="conduit", why="", threads=(down, socket)))
    assert await bot.why() == ("socket", "the connection to Twitch is down")
    state.subscribed(ADA.id, CHAT_MESSAGE, "subscription", "websocket")
    assert await bot.why() == ("", "")


async def test_a_gap_of_a_channel_is_told_to_those_who_ask(bot: Bot) -> None:
    now = time.time()
    bot.store.state.gap(Gap(from_at=now - 9, to_at=now - 7, channels=("other", ADA.id), why="unplugged"))
    bot.store.state.gap(Gap(from_at=now - 5, to_at=now - 4, channels=("other",), why="unplugged"))
    await bot.store.state.flush()
    async with open_store(bot.settings, create=False) as store:
        evidence = await examine(bot.settings, store, "ada")
    assert evidence.gap
    assert abs(evidence.gap.from_at - (now - 9)) < 0.001
