"""With the application's token where the channel allows it, for the badge; as the bot's account elsewhere."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from kissbot.chat.logins import APP, Login
from kissbot.chat.messages import Channel, Rank
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.standings import MemoryStandings
from kissbot.testing import ManualClock
from kissbot.transports.twitch.helix import FixedLogin, Helix, HelixError
from kissbot.transports.twitch.oauth import OAuth, OutOfReach
from kissbot.transports.twitch.speaking.mouth import REFUSED_FOR, WITHOUT_LOGIN_FOR, HelixMouth
from kissbot.transports.twitch.speaking.standing import Standing

from ..login import LOGIN, logged_in
from ..server import Answer, Asked, Server, says, serving

ADA = Channel("10", "ada")
SENT = says(200, {"data": [{"message_id": "m", "is_sent": True}]})
BOT_LOGIN = replace(LOGIN, scopes=frozenset({"user:bot", "user:write:chat"}))
APP_LOGIN = Login(slot=APP, client_id="client", token="app-token")
AS_APP, AS_USER = "Bearer app-token", "Bearer secret-token"


class Place:
    """A mouth, what it is told of Ada's channel, and what it asked."""

    def __init__(self, clock: ManualClock, server: Server) -> None:
        self.clock, self._server = clock, server
        self.standing = Standing(BOT_LOGIN.user_id, MemoryStandings())
        self.mouth: HelixMouth

    async def say(self, channel: Channel = ADA) -> list[str]:
        """Send a line; with which tokens that was tried."""
        before = len(self._server.asked)
        row = await self.mouth.send(channel, "hello", None)
        assert row.is_sent
        return [asked.headers["Authorization"] for asked in self._server.asked[before:]]

    @property
    def last(self) -> Asked:
        """The latest request."""
        return self._server.asked[-1]


@asynccontextmanager
async def speaking(
    *answers: Answer,
    bot: Login = BOT_LOGIN,
    granted: Callable[[str], bool] = lambda _: True,
    app: bool = True,
) -> AsyncIterator[Place]:
    """A mouth at a server with these answers."""
    async with serving(*answers) as server, aiohttp.ClientSession() as http:
        place = Place(ManualClock(), server)
        user = Helix(http, FixedLogin(bot), url=server.url, subscriptions_url="")
        application = Helix(http, FixedLogin(APP_LOGIN), url=server.url, subscriptions_url="")
        place.mouth = HelixMouth(user, application if app else None, granted, place.standing, place.clock)
        yield place


async def test_where_the_channel_allows_it_the_application_speaks_for_the_bot() -> None:
    async with speaking(SENT) as place:
        assert await place.say() == [AS_APP]
        body = msgspec.json.decode(place.last.body)
        assert body == {"broadcaster_id": "10", "sender_id": "30", "message": "hello"}


async def test_where_the_bot_moderates_the_application_speaks_too() -> None:
    async with speaking(SENT, granted=lambda _: False) as place:
        assert await place.say() == [AS_USER]
        place.standing.learn(ADA, Rank.VIP)
        assert await place.say() == [AS_USER]
        place.standing.learn(ADA, Rank.MODERATOR)
        assert await place.say() == [AS_APP]


async def test_without_a_secret_or_the_bots_leave_the_account_speaks_itself() -> None:
    async with speaking(SENT, app=False) as place:
        assert await place.say() == [AS_USER]
    async with speaking(SENT, bot=LOGIN) as place:
        assert await place.say() == [AS_USER]


async def test_in_its_own_channel_there_is_no_badge_to_have() -> None:
    async with speaking(SENT) as place:
        assert await place.say(Channel("30", "kissbot")) == [AS_USER]


@pytest.mark.parametrize("refusal", [says(403, {}), says(401, {"message": "Missing scope"})])
async def test_what_the_application_may_not_say_the_account_says_at_once_and_for_an_hour(
    refusal: Answer,
) -> None:
    """Pain 15: a grant that was withdrawn makes nobody mute."""
    async with speaking(refusal, SENT) as place:
        assert await place.say() == [AS_APP, AS_USER]
        await place.clock.push(REFUSED_FOR - 1)
        assert await place.say() == [AS_USER]
        await place.clock.push(1)
        assert await place.say() == [AS_APP]


async def test_any_other_answer_to_the_application_is_the_answer() -> None:
    async with speaking(says(500, {}), SENT) as place:
        with pytest.raises(HelixError):
            await place.say()


async def test_while_the_application_cannot_log_in_the_account_speaks() -> None:
    class Away(FixedLogin):
        async def login(self) -> Login:
            raise OutOfReach("the login service is down")

    async with serving(SENT) as server, aiohttp.ClientSession() as http:
        place = Place(ManualClock(), server)
        user = Helix(http, FixedLogin(BOT_LOGIN), url=server.url, subscriptions_url="")
        application = Helix(http, Away(APP_LOGIN), url=server.url, subscriptions_url="")
        place.mouth = HelixMouth(user, application, lambda _: True, place.standing, place.clock)
        assert await place.say() == [AS_USER]
        await place.clock.push(WITHOUT_LOGIN_FOR)
        assert await place.say() == [AS_USER]


@pytest.mark.parametrize("allows", [True, False])
async def test_the_sandbox_lets_an_application_speak_by_the_same_rules(allows: bool) -> None:
    async with Sandbox(("ada",), bot_rank="everyone") as twitch, logged_in(twitch) as (http, helix):
        if allows:
            twitch.log_in("ada", ["channel:bot"])
        login = twitch.credentials
        oauth = OAuth(http, twitch.urls.oauth, login.client_id, login.client_secret)
        urls = twitch.urls
        source = FixedLogin(await oauth.app_token())
        application = Helix(http, source, url=urls.helix, subscriptions_url=urls.subscriptions)
        standing = Standing(helix.login.user_id, MemoryStandings())
        mouth = HelixMouth(helix, application, lambda _: True, standing, ManualClock())
        row = await mouth.send(Channel(twitch.id_of("ada"), "ada"), "hello", None)
        assert row.is_sent
        assert [sent.text for sent in twitch.sent] == ["hello"]
