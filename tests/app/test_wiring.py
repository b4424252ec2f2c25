"""The whole bot in this process, on the embedded Twitch."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import stamina
from structlog.testing import capture_logs

from kissbot import features
from kissbot.app.configuration import BadSettings
from kissbot.app.listening import Listens
from kissbot.app.settings import ChannelChoice, Settings, Twitch, Urls
from kissbot.app.store import open_store
from kissbot.app.watching import Logs, Metrics
from kissbot.app.wiring import twitch_bot
from kissbot.chat.audit import OPERATOR
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.platform import Sent
from kissbot.sandbox.tokens import BOT_SCOPES, Credentials
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.oauth import BadLogin, OAuth

PATIENCE = 5.0


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a bot keeps is kept where it is started."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def twitch() -> AsyncIterator[Sandbox]:
    async with Sandbox(("ada", "bob")) as sandbox:
        yield sandbox


def settings_for(
    twitch: Sandbox, *channels: str | ChannelChoice, login: Credentials | None = None
) -> Settings:
    """What a person would have written to let the bot into the sandbox."""
    login = login or twitch.credentials
    return Settings(
        twitch=Twitch(
            client_id=login.client_id,
            token=login.token,
            channels=list(channels or twitch.channels),
            urls=msgspec.convert(msgspec.to_builtins(twitch.urls), Urls),
        ),
        logs=Logs(folder=""),
        metrics=Metrics(samples=""),
    )


class Bot:
    """The bot at work in the sandbox."""

    def __init__(self, twitch: Sandbox, listener: Listens, tally: Tally) -> None:
        self._twitch, self.listener, self.tally = twitch, listener, tally

    async def answers(self, count: int = 1) -> list[Sent]:
        """Wait until so many lines were sent."""
        async with asyncio.timeout(PATIENCE):
            while len(self._twitch.sent) < count:
                await asyncio.sleep(0.001)
        return self._twitch.sent

    async def has(self, outcome: Outcome) -> None:
        """Wait until a command ended so."""
        async with asyncio.timeout(PATIENCE):
            while not self.tally.outcomes[outcome]:
                await asyncio.sleep(0.001)


@asynccontextmanager
async def bot_in(twitch: Sandbox, settings: Settings | None = None) -> AsyncIterator[Bot]:
    """The bot, hearing every channel that it can."""
    tally = Tally(time.time())
    async with twitch_bot(settings or settings_for(twitch), tally, None) as bot, Tasks() as tasks:
        tasks.start(bot.run(), "run")
        await asyncio.wait_for(bot.listener.ready.wait(), PATIENCE)
        yield Bot(twitch, bot.listener, tally)


async def no_start(settings: Settings) -> str:
    """Why the bot does not start."""
    with pytest.raises((BadLogin, BadSettings)) as caught:
        async with twitch_bot(settings, Tally(0), None):
            pass
    assert not settings.twitch.token or settings.twitch.token not in str(caught.value)
    return str(caught.value)


# Answers


async def test_a_question_in_chat_is_answered_in_its_thread(twitch: Sandbox) -> None:
    async with bot_in(twitch) as bot:
        question = twitch.say("ada", user="vera", text="!gi hades")
        (answer,) = await bot.answers()
    assert (answer.channel, answer.reply_to, answer.is_sent) == ("ada", question, True)
    assert "Hades (2020)" in answer.text


async def test_each_channel_is_answered_as_it_chose(twitch: Sandbox) -> None:
    bob = ChannelChoice(name="Bob", language="fr", prefix="?", reply="mention")
    async with bot_in(twitch, settings_for(twitch, "ada", bob)) as bot:
        twitch.say("bob", user="vera", text="!gc")
        twitch.say("bob", user="vera", text="?gc")
        (answer,) = await bot.answers()
        twitch.say("ada", user="vera", text="!gc")
        await bot.answers(2)
    assert answer.channel == "bob"
    assert answer.reply_to is None
    assert answer.text.lower().startswith("@vera ")
    assert twitch.sent[1].text not in answer.text


async def test_what_twitch_delivers_twice_is_answered_once(twitch: Sandbox) -> None:
    async with bot_in(twitch) as bot:
        twitch.fault("duplicate", count=3)
        question = twitch.say("ada", user="vera", text="!gi hades")
        await bot.has(Outcome.REPEATED)
        await bot.answers()
        await bot.has(Outcome.ANSWERED)
    assert [sent.reply_to for sent in twitch.sent] == [question]


async def test_a_line_heard_on_both_sockets_of_a_reconnect_is_answered_once(twitch: Sandbox) -> None:
    async with bot_in(twitch) as bot:
        questions = []
        for number in range(30):
            if number in (5, 15, 25):
                twitch.fault("reconnect")
            questions.append(twitch.say("ada", user=f"viewer{number}", text="!gi hades", rank="moderator"))
            await asyncio.sleep(0.002)
        answers = await bot.answers(30)
    assert sorted(str(sent.reply_to) for sent in answers) == sorted(questions)


async def test_the_bot_does_not_answer_itself(twitch: Sandbox) -> None:
    async with bot_in(twitch) as bot:
        twitch.say("ada", user="vera", text="!help")
        await bot.answers()
        twitch.say("bob", user="vera", text="!gi hades")
        await bot.answers(2)
    assert len(twitch.sent) == 2


# Channels


async def test_an_unknown_channel_leaves_the_others_alone(twitch: Sandbox) -> None:
    with capture_logs() as logs:
        async with bot_in(twitch, settings_for(twitch, "ada", "nobody_of_this_name")) as bot:
            assert [channel.login for channel in bot.listener.channels] == ["ada"]
            twitch.say("ada", user="vera", text="!gi hades")
            await bot.answers()
    (unknown,) = [entry for entry in logs if entry["event"] == "no_such_channel"]
    assert (unknown["channel"], unknown["log_level"]) == ("nobody_of_this_name", "error")


async def test_a_bot_without_a_channel_waits_for_one(twitch: Sandbox) -> None:
    tally = Tally(time.time())
    async with Tasks() as tasks, twitch_bot(settings_for(twitch, "nobody_of_this_name"), tally, None) as bot:
        tasks.start(bot.run(), "run")
        async with open_store(Settings()) as store:
            await store.book.join("ada", OPERATOR)
        await asyncio.wait_for(bot.listener.ready.wait(), PATIENCE)
    assert [joined.login for joined in bot.listener.channels] == ["ada"]


# Permissions


@pytest.fixture
def one_more_feature() -> Iterator[None]:
    """Features are found in folders; here is another one."""
    folder = str(Path(__file__).with_name("planted"))
    features.__path__.append(folder)
    yield
    features.__path__.remove(folder)


@pytest.mark.usefixtures("one_more_feature")
async def test_a_missing_permission_switches_off_one_feature_by_its_name(twitch: Sandbox) -> None:
    with capture_logs() as logs:
        async with bot_in(twitch) as bot:
            twitch.say("ada", user="vera", text="!shout")
            question = twitch.say("ada", user="vera", text="!ping")
            (answer,) = await bot.answers()
    assert answer.reply_to == question
    (off,) = [entry for entry in logs if entry["event"] == "feature_disabled"]
    assert (off["feature"], off["lacks"]) == ("shouting", ["moderator:manage:shoutouts"])


@pytest.mark.usefixtures("one_more_feature")
async def test_a_feature_with_its_permission_works(twitch: Sandbox) -> None:
    login = twitch.log_in("kissbot", [*BOT_SCOPES, "moderator:manage:shoutouts"])
    async with bot_in(twitch, settings_for(twitch, login=login)) as bot:
        twitch.say("ada", user="vera", text="!shout")
        (answer,) = await bot.answers()
    assert answer.text == "shouted"


# Logins


async def test_without_an_application_nothing_begins() -> None:
    assert "twitch.client_id: is needed to go live" in await no_start(Settings())


async def test_a_bot_that_never_logged_in_says_how(twitch: Sandbox) -> None:
    settings = settings_for(twitch)
    settings.twitch.token = ""
    assert "Log in with: kissbot login --bot" in await no_start(settings)


@pytest.mark.parametrize(
    ("user", "scopes", "why"),
    [
        ("somebody", BOT_SCOPES, "belongs to the account 'somebody', but bot.name says 'kissbot'"),
        ("kissbot", ("user:read:chat",), "lacks scopes: user:write:chat (to answer)"),
        (
            "kissbot",
            ("user:bot",),
            "lacks scopes: user:read:chat (to read chat), user:write:chat (to answer)",
        ),
    ],
)
async def test_a_login_that_will_not_do_is_explained(
    twitch: Sandbox, user: str, scopes: Sequence[str], why: str
) -> None:
    assert why in await no_start(settings_for(twitch, login=twitch.log_in(user, scopes)))


async def test_a_wrong_token_is_explained(twitch: Sandbox) -> None:
    login = msgspec.structs.replace(twitch.credentials, token="s3cr3t")
    assert "expired, was revoked, or is mistyped" in await no_start(settings_for(twitch, login=login))


# A network that is not there


Sabotage = Callable[[Sandbox], object]


@pytest.mark.parametrize(
    "sabotage",
    [
        lambda twitch: twitch.fault("unplug"),
        lambda twitch: twitch.fault("refuse", status=503, path="/validate", count=3),
        lambda twitch: twitch.fault("refuse", status=500, path="/users", count=3),
    ],
    ids=["unplugged", "at the door", "on the way to the channels"],
)
async def test_trouble_at_the_start_is_sat_out_and_told(twitch: Sandbox, sabotage: Sabotage) -> None:
    sabotage(twitch)
    with capture_logs() as logs:
        starting = asyncio.create_task(answered_once(twitch))
        async with asyncio.timeout(PATIENCE):
            while not troubles(logs):
                await asyncio.sleep(0.001)
        assert not starting.done()
        twitch.fault("plug")
        await starting


async def answered_once(twitch: Sandbox) -> None:
    async with bot_in(twitch) as bot:
        twitch.say("ada", user="vera", text="!gi hades")
        await bot.answers()


@pytest.mark.parametrize("place", ["oauth", "helix"])
async def test_a_start_where_nothing_listens_goes_on_trying(twitch: Sandbox, place: str) -> None:
    async with Sandbox(()) as gone:
        dead = gone.url
    settings = settings_for(twitch)
    setattr(settings.twitch.urls, place, dead)
    with capture_logs() as logs:
        starting = asyncio.create_task(no_start(settings))
        async with asyncio.timeout(PATIENCE):
            while len(troubles(logs)) < 2:
                await asyncio.sleep(0.001)
        assert not starting.done()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    first, second = [entry["again_in_seconds"] for entry in troubles(logs)[:2]]
    assert first <= 0.2 <= second <= 0.4
    assert "Cannot connect" in troubles(logs)[0]["error"]


def troubles(logs: Sequence[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    """What was said of the network."""
    return [entry for entry in logs if entry["event"] == "twitch_trouble"]


# Through a conduit


async def with_secret(twitch: Sandbox) -> Settings:
    """And with a login of the application, which another process would get."""
    settings, login = settings_for(twitch), twitch.credentials
    settings.twitch.client_secret = login.client_secret
    async with open_store(settings) as store, aiohttp.ClientSession() as http:
        oauth = OAuth(http, twitch.urls.oauth, login.client_id, login.client_secret)
        await store.logins.put(await oauth.app_token())
    return settings


async def test_with_a_client_secret_it_listens_through_a_conduit(twitch: Sandbox) -> None:
    settings = await with_secret(twitch)
    with capture_logs() as logs:
        async with bot_in(twitch, settings) as bot:
            question = twitch.say("ada", user="vera", text="!gi hades")
            (answer,) = await bot.answers()
            assert len(twitch.state()["conduits"]) == 1
            async with open_store(Settings(), create=False) as store:
                ((_, how),) = await store.state.hearing()
    assert answer.reply_to == question
    assert how.way == "conduit"
    (told,) = [entry for entry in logs if entry["event"] == "listening"]
    assert (told["way"], told["log_level"]) == ("conduit", "info")
    assert "client secret" in told["reason"]


async def test_a_bot_that_starts_again_finds_its_conduit_and_its_subscriptions(twitch: Sandbox) -> None:
    settings = await with_secret(twitch)
    for _ in range(3):
        async with bot_in(twitch, settings) as bot:
            said = len(twitch.sent)
            twitch.say("bob", user="vera", text=f"!gi hades {said}")
            await bot.answers(said + 1)
    assert len(twitch.state()["conduits"]) == 1


async def test_who_wants_no_conduit_gets_none(twitch: Sandbox) -> None:
    settings = await with_secret(twitch)
    settings.twitch.conduit = "off"
    async with bot_in(twitch, settings) as bot:
        twitch.say("ada", user="vera", text="!gi hades")
        await bot.answers()
    assert twitch.state()["conduits"] == []
