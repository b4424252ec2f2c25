"""Logins stay fresh, are renewed once whoever wants it, and are lost only when Twitch says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import stamina
from msgspec.structs import replace
from structlog.testing import capture_logs

from kissbot.chat.logins import APP, BOT, Login, channel_slot
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.tokens import BOT_SCOPES, LoginTiming
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.memory import MemoryLogins, MemoryNotes
from kissbot.testing.clock import ManualClock
from kissbot.transports.twitch.helix import Helix, HelixError, NoLogin
from kissbot.transports.twitch.oauth import BadLogin, OAuth, OutOfReach
from kissbot.transports.twitch.tokens import LEASE, Renewal, Renewer, Tokens

from .login import LOGIN
from .server import Answer, Server, says, serving

PATIENCE = 5.0
LIFE = 14_400.0
TEN_MINUTES = 600
Jump = Callable[[float], None]


class World:
    """A Twitch, a database and a clock; the network may be led astray."""

    def __init__(self, twitch: Sandbox, clock: ManualClock, http: aiohttp.ClientSession) -> None:
        self.twitch, self.clock, self.http = twitch, clock, http
        self.logins, self.notes = MemoryLogins(), MemoryNotes(clock)
        self.told: list[str] = []
        self.oauth_url = twitch.urls.oauth

    @property
    def oauth(self) -> OAuth:
        known = self.twitch.credentials
        return OAuth(self.http, self.oauth_url, known.client_id, known.client_secret, self.clock)

    def renewal(self) -> Renewal:
        return Renewal(self.logins, self.notes, self.oauth, self.clock)

    @asynccontextmanager
    async def process(self, renewer: Renewer | None = None) -> AsyncIterator[Tokens]:
        async with Tasks() as tasks:
            yield Tokens(
                self.logins,
                self.notes,
                self.oauth,
                self.clock,
                tasks,
                renewer or self.renewal().renew,
                lambda login, why: self.told.append(f"{login.login}: {why}"),
            )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Tokens]:
        async with self.process() as tokens, Tasks() as tasks:
            tasks.start(tokens.run(), "tokens")
            yield tokens

    async def log_in(self, user: str, slot: str = "", scopes: Sequence[str] = BOT_SCOPES) -> Login:
        """A login in the database, as the sandbox gives them."""
        given = self.twitch.log_in(user, scopes)
        login = await self.oauth.validate(given.token, slot or channel_slot(self.twitch.id_of(user)))
        return await self.logins.put(replace(login, refresh_token=given.refresh_token))

    def helix(self, tokens: Tokens, slot: str = BOT) -> Helix:
        urls = self.twitch.urls
        return Helix(self.http, tokens.of(slot), url=urls.helix, subscriptions_url=urls.subscriptions)

    async def is_good(self, login: Login) -> bool:
        found = await self.logins.get(login.slot)
        return bool(found and not found.retired)


async def until(happened: Callable[[], object]) -> None:
    """Wait for something, whatever the loop believes of the time."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def knows(tokens: Tokens, slot: str) -> bool:
    """Whether a process has read its logins."""
    try:
        return bool(tokens.latest(slot))
    except BadLogin:
        return False


@pytest.fixture
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = ManualClock()
    async with Sandbox(("ada", "bob"), clock=clock) as twitch, aiohttp.ClientSession() as http:
        yield World(twitch, clock, http)


# One refresh


async def test_fifty_calls_on_an_expired_token_refresh_it_once(world: World) -> None:
    await world.log_in("kissbot", BOT)
    async with world.process() as tokens:
        helix = world.helix(tokens)
        await tokens.reload()
        await world.clock.push(LIFE + 1)
        found = await asyncio.gather(*(helix.users(["ada"]) for _ in range(50)))
    assert [users[0].login for users in found] == ["ada"] * 50
    assert world.twitch.refreshes("kissbot") == 1
    assert world.twitch.reused == 0


async def test_fifty_calls_that_are_refused_refresh_once(world: World) -> None:
    await world.log_in("kissbot", BOT)
    async with world.process() as tokens:
        world.twitch.expire("kissbot")
        helix = world.helix(tokens)
        await asyncio.gather(*(helix.users(["ada"]) for _ in range(50)))
    assert world.twitch.refreshes("kissbot") == 1


async def test_of_many_processes_one_refreshes(world: World) -> None:
    await world.log_in("kissbot", BOT)
    world.twitch.expire("kissbot")

    async def process() -> set[str]:
        async with world.process() as tokens:
            helix = world.helix(tokens)
            await asyncio.gather(*(helix.users(["ada"]) for _ in range(25)))
            return {tokens.latest(BOT).token}

    seen = set.union(*await asyncio.gather(*(process() for _ in range(8))))
    assert len(seen) == 1
    assert world.twitch.refreshes("kissbot") == 1


async def test_what_another_process_has_renewed_is_used(world: World) -> None:
    await world.log_in("kissbot", BOT)
    async with world.process() as ours, world.process() as theirs:
        old = await ours.login(BOT)
        assert await theirs.login(BOT) == old
        new = await theirs.renewed(old)
        assert await ours.login(BOT) == old
        await ours.reload()
        assert await ours.login(BOT) == new
        assert await ours.renewed(old) == new
    assert world.twitch.refreshes("kissbot") == 1


async def test_a_process_that_died_while_refreshing_is_waited_for_and_no_longer(
    world: World, jump: Jump
) -> None:
    old = await world.log_in("kissbot", BOT)
    await world.notes.claim(f"refresh:{BOT}", LEASE)
    renewing = asyncio.create_task(world.renewal().renew(BOT, old.generation))
    for _ in range(20):
        jump(1)
        await asyncio.sleep(0.002)
    assert world.twitch.refreshes("kissbot") == 0
    await world.clock.push(LEASE)
    jump(1)
    await asyncio.wait_for(renewing, PATIENCE)
    assert world.twitch.refreshes("kissbot") == 1


async def test_a_generation_that_is_gone_is_not_renewed(world: World) -> None:
    old = await world.log_in("kissbot", BOT)
    for _ in range(3):
        await world.renewal().renew(BOT, old.generation)
    assert world.twitch.refreshes("kissbot") == 1


# Committed before it is used


class Reluctant(MemoryLogins):
    """A database that is busy until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.willing, self.failures = asyncio.Event(), 0

    async def renew(self, login: Login) -> Login | None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        await self.willing.wait()
        return await super().renew(login)


async def test_a_new_token_is_stored_before_it_is_used(world: World) -> None:
    world.logins = logins = Reluctant()
    old = await world.log_in("kissbot", BOT)
    world.twitch.expire("kissbot")
    async with world.process() as tokens:
        call = asyncio.create_task(world.helix(tokens).users(["ada"]))
        await until(lambda: world.twitch.refreshes("kissbot"))
        await asyncio.sleep(0.01)
        assert not call.done()
        assert tokens.latest(BOT) == old
        logins.willing.set()
        assert await asyncio.wait_for(call, PATIENCE)


async def test_a_new_pair_is_not_lost_because_it_could_not_be_stored_at_once(world: World) -> None:
    world.logins = logins = Reluctant()
    old = await world.log_in("kissbot", BOT)
    logins.failures = 3
    logins.willing.set()
    await world.renewal().renew(BOT, old.generation)
    async with world.process() as tokens:
        assert await world.helix(tokens).users(["ada"])
    assert (world.twitch.refreshes("kissbot"), world.twitch.reused) == (1, 0)


# Trouble that passes


class Trouble:
    """Something that is wrong with the login service, until it is mended."""

    def __init__(self, world: World, kind: str, **details: Any) -> None:
        self.world, self.kind, self.details = world, kind, details

    async def strike(self) -> None:
        if self.kind == "refused connections":
            async with Sandbox(()) as gone:
                self.world.oauth_url = gone.urls.oauth
        else:
            self.world.twitch.fault(self.kind, path="/token", count=100_000, **self.details)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("refuse", {"status": 500}),
        ("refuse", {"status": 503}),
        ("refuse", {"status": 403}),
        ("refuse", {"status": 429}),
        ("hangup", {}),
        ("slow", {"seconds": 1e9}),
        ("refused connections", {}),
    ],
    ids=lambda value: str(value) if value else "",
)
async def test_no_trouble_of_ten_minutes_costs_a_login(
    world: World, jump: Jump, kind: str, details: dict[str, Any]
) -> None:
    kept = [await world.log_in("kissbot", BOT), await world.log_in("ada"), await world.log_in("bob")]
    await Trouble(world, kind, **details).strike()
    with capture_logs() as logs:
        async with world.running() as tokens:
            await world.clock.push(LIFE - 300)
            assert await tokens.login(BOT) == kept[0]  # the old one is good for as long as it lives
            for _ in range(TEN_MINUTES // 5):
                jump(5)
                await world.clock.push(5)
                await asyncio.sleep(0.003)
            with pytest.raises(OutOfReach):
                await tokens.login(BOT)
            assert [await world.is_good(login) for login in kept] == [True] * 3
            attempts = [entry for entry in logs if entry["event"] == "login_trouble"]
            assert 9 <= len(attempts) <= 200
            assert world.told == []
    world.oauth_url = world.twitch.urls.oauth
    world.twitch.fault("clear")
    async with world.process() as tokens:
        for login in kept:
            assert (await tokens.login(login.slot)).generation > login.generation
    assert world.twitch.reused == 0
    assert_no_token_in(logs, kept)


@pytest.mark.usefixtures("at_once")
async def test_calls_fail_as_a_network_does_while_the_login_service_is_down(world: World) -> None:
    await world.log_in("kissbot", BOT)
    world.twitch.fault("refuse", status=500, path="/token", count=100)
    async with world.process() as tokens:
        world.twitch.expire("kissbot")
        with pytest.raises(aiohttp.ClientConnectionError, match=r"cannot be renewed .* answered 500"):
            await world.helix(tokens).send(world.twitch.id_of("ada"), "hello")


async def test_those_who_want_a_token_during_trouble_do_not_make_more_of_it(world: World) -> None:
    await world.log_in("kissbot", BOT)
    world.twitch.expire("kissbot")
    attempts = []

    async def failing(slot: str, generation: int) -> None:
        attempts.append(slot)
        raise OutOfReach("no")

    async with world.process(failing) as tokens:
        old = await tokens.login(BOT)
        for _ in range(100):
            with pytest.raises(OutOfReach):
                await tokens.renewed(old)
    assert len(attempts) == 1


async def test_a_wrong_setting_costs_no_login(world: World) -> None:
    old = await world.log_in("kissbot", BOT)
    known = world.twitch.credentials
    for secret in ("", "mistyped"):
        oauth = OAuth(world.http, world.oauth_url, known.client_id, secret, world.clock)
        with pytest.raises(BadLogin, match="client_secret"):
            await Renewal(world.logins, world.notes, oauth, world.clock).renew(BOT, old.generation)
    assert await world.logins.get(BOT) == old


# The end of a login


async def test_one_refusal_retires_exactly_that_login(world: World, jump: Jump) -> None:
    bot, ada, bob = await world.log_in("kissbot", BOT), await world.log_in("ada"), await world.log_in("bob")
    async with world.running() as ours, world.running() as theirs:
        await until(lambda: knows(ours, BOT) and knows(theirs, BOT))
        world.twitch.disconnect("ada")
        await world.clock.push(LIFE - 60)
        jump(60)
        await until(lambda: world.told and world.twitch.refreshes("bob"))
        for tokens in (ours, theirs):
            await tokens.reload()
            with pytest.raises(BadLogin, match="kissbot login --channel ada"):
                await tokens.login(ada.slot)
            assert (await tokens.login(bob.slot)).generation > bob.generation
            assert (await tokens.login(BOT)).generation > bot.generation
            assert await world.helix(tokens).users(["ada"])
    assert world.told == ["ada: Twitch refused to renew it (Invalid refresh token)"]


async def test_a_broadcaster_is_told_once_whoever_starts_again(world: World) -> None:
    ada = await world.log_in("ada")
    world.twitch.change_password("ada")
    async with world.process() as tokens:
        with pytest.raises(BadLogin):
            await tokens.renewed(await tokens.login(ada.slot))
        await until(lambda: world.told)
    for _ in range(3):
        async with world.process() as tokens:
            await tokens.reload()
            await asyncio.sleep(0.01)
    assert len(world.told) == 1


async def test_whoever_logs_in_again_is_served_again(world: World) -> None:
    old = await world.log_in("kissbot", BOT)
    world.twitch.change_password("kissbot")
    async with world.running() as tokens:
        with pytest.raises(NoLogin, match="kissbot login --bot"):
            await world.helix(tokens).send(world.twitch.id_of("ada"), "hello")
        await world.log_in("kissbot", BOT)
        await tokens.reload()
        assert (await world.helix(tokens).send(world.twitch.id_of("ada"), "hello")).is_sent
        assert (await tokens.login(BOT)).generation > old.generation


async def test_a_login_that_cannot_be_renewed_ends_when_it_expires_and_says_why(world: World) -> None:
    ada = await world.logins.put(replace(await world.log_in("ada"), refresh_token=""))
    async with world.process() as tokens:
        assert await tokens.login(ada.slot) == ada
        await world.clock.push(LIFE + 1)
        with pytest.raises(BadLogin, match="came without a refresh token"):
            await tokens.login(ada.slot)


async def test_a_login_that_cannot_be_renewed_is_not_given_up_while_twitch_is_away(world: World) -> None:
    ada = await world.logins.put(replace(await world.log_in("ada"), refresh_token=""))
    world.twitch.fault("refuse", status=503, path="/validate", count=10)
    async with world.process() as tokens:
        await tokens.reload()
        await world.clock.push(LIFE + 1)
        with pytest.raises(OutOfReach):
            await tokens.login(ada.slot)
    assert await world.is_good(ada)


async def test_a_slot_that_is_empty_says_how_to_fill_it(world: World) -> None:
    async with world.process() as tokens:
        with pytest.raises(BadLogin, match="kissbot login --bot"):
            await tokens.login(BOT)
        with pytest.raises(BadLogin, match="kissbot login --channel"):
            await tokens.login(channel_slot("10"))


async def test_a_login_that_was_removed_is_not_used_any_more(world: World) -> None:
    await world.log_in("kissbot", BOT)
    async with world.process() as tokens:
        await tokens.login(BOT)
        await world.logins.remove(BOT)
        await tokens.reload()
        with pytest.raises(BadLogin, match="kissbot login --bot"):
            await tokens.login(BOT)


async def test_another_client_id_in_the_configuration_costs_no_login(world: World) -> None:
    await world.logins.put(LOGIN)
    async with world.process() as tokens:
        with pytest.raises(BadLogin, match="another application"):
            await tokens.login(BOT)
    with pytest.raises(BadLogin, match="another application"):
        await world.renewal().renew(BOT, 1)
    assert await world.is_good(LOGIN)
    assert world.told == []


# In time


async def test_a_login_is_renewed_before_it_ends(world: World, jump: Jump) -> None:
    await world.log_in("kissbot", BOT)
    async with world.running() as tokens:
        await until(lambda: knows(tokens, BOT))
        await world.clock.push(LIFE - 700)
        jump(60)
        await asyncio.sleep(0.02)
        assert world.twitch.refreshes("kissbot") == 0
        await world.clock.push(101)
        jump(60)
        await until(lambda: world.twitch.refreshes("kissbot"))


async def test_tokens_of_two_seconds_can_be_lived_with(jump: Jump) -> None:
    clock, timing = ManualClock(), LoginTiming(user_token=2)
    async with (
        Sandbox(("ada",), clock=clock, login_timing=timing) as twitch,
        aiohttp.ClientSession() as http,
    ):
        world = World(twitch, clock, http)
        await world.log_in("kissbot", BOT)
        async with world.running() as tokens:
            await until(lambda: knows(tokens, BOT))
            for generation in range(2, 12):
                await clock.push(1.5)
                jump(1.5)
                await until(lambda: tokens.latest(BOT).generation == generation)  # noqa: B023 (called at once)
                assert await world.helix(tokens).users(["ada"])
    assert twitch.refreshes("kissbot") == 10


class Counted:
    """A login service that counts the questions whether a token is good."""

    def __init__(self) -> None:
        self.server: Server

    @property
    def questions(self) -> int:
        return sum(asked.path.endswith("/validate") for asked in self.server.asked)


GOOD = {"client_id": "client", "login": "kissbot", "scopes": [], "user_id": "30", "expires_in": 9000}


@asynccontextmanager
async def watched(count: int, answer: Answer, clock: ManualClock) -> AsyncIterator[tuple[Counted, Tokens]]:
    """A process with so many logins that never expire, and what it asks."""
    logins, counted = MemoryLogins(), Counted()
    for number in range(count):
        await logins.put(replace(LOGIN, slot=channel_slot(str(number))))
    async with serving(answer) as counted.server, aiohttp.ClientSession() as http, Tasks() as tasks:
        notes, oauth = MemoryNotes(clock), OAuth(http, counted.server.url, "client", "s3cr3t", clock)
        renewer = Renewal(logins, notes, oauth, clock).renew
        tokens = Tokens(logins, notes, oauth, clock, tasks, renewer, lambda login, why: None)
        tasks.start(tokens.run(), "tokens")
        yield counted, tokens


async def test_twitch_is_asked_about_every_login_at_the_start_and_within_each_hour(jump: Jump) -> None:
    clock = ManualClock()
    async with watched(20, says(200, GOOD), clock) as (counted, _):
        await until(lambda: counted.questions >= 20)
        asked = []
        for _ in range(60):
            await clock.push(60)
            jump(60)
            await asyncio.sleep(0.005)
            asked.append(counted.questions)
    assert asked[28] == 20
    assert 40 <= asked[-1] <= 60
    assert len(set(asked)) > 10  # spread over the hour, not all at once


async def test_a_question_that_gets_no_answer_costs_nothing(jump: Jump) -> None:
    clock = ManualClock()
    async with watched(1, says(503), clock) as (counted, tokens):
        for attempt in range(1, 4):
            await until(lambda: counted.questions == attempt)  # noqa: B023 (called at once)
            await asyncio.sleep(0.01)
            await clock.push(61)
            jump(61)
        assert await tokens.login(channel_slot("0"))


async def test_a_token_that_twitch_disowns_is_renewed(world: World) -> None:
    await world.log_in("kissbot", BOT)
    world.twitch.expire("kissbot")
    async with world.running() as tokens:
        await until(lambda: world.twitch.refreshes("kissbot"))
        await until(lambda: tokens.latest(BOT).generation == 2)
    assert world.told == []


# Calls


async def test_a_token_that_expires_in_mid_flight_is_replaced_and_the_call_repeated(world: World) -> None:
    await world.log_in("kissbot", BOT)
    async with world.process() as tokens:
        helix = world.helix(tokens)
        await helix.users(["ada"])
        world.twitch.expire("kissbot")
        assert (await helix.send(world.twitch.id_of("ada"), "hello")).is_sent
        assert [sent.text for sent in world.twitch.sent] == ["hello"]
    assert world.twitch.refreshes("kissbot") == 1


async def test_a_missing_scope_is_no_reason_to_renew(world: World) -> None:
    await world.log_in("kissbot", BOT, scopes=("user:read:chat",))
    async with world.process() as tokens:
        with pytest.raises(HelixError, match="Missing scope"):
            await world.helix(tokens).send(world.twitch.id_of("ada"), "hello")
    assert world.twitch.refreshes("kissbot") == 0


async def test_a_second_refusal_is_told(world: World) -> None:
    await world.log_in("kissbot", BOT)
    world.twitch.fault("refuse", status=401, path="/users", count=5)
    async with world.process() as tokens:
        with pytest.raises(HelixError, match="401 to /helix/users"):
            await world.helix(tokens).users(["ada"])
    assert world.twitch.refreshes("kissbot") == 1


# The application's own login


async def test_the_applications_login_is_asked_for_once_and_kept(world: World) -> None:
    async with world.process() as ours, world.process() as theirs:
        found = await asyncio.gather(*(tokens.login(APP) for tokens in (ours, theirs) for _ in range(10)))
        assert len({login.token for login in found}) == 1
        assert await world.helix(ours, APP).users(["ada"])
        await world.clock.push(found[0].expires_at - world.clock.time())
        assert (await ours.login(APP)).token != found[0].token
    assert (await world.logins.get(APP)) == ours.latest(APP)


async def test_the_applications_login_is_never_lost(world: World) -> None:
    world.twitch.fault("refuse", status=400, path="/token")
    async with world.process() as tokens:
        with pytest.raises(OutOfReach):
            await tokens.login(APP)
        await world.clock.push(2)
        assert (await tokens.login(APP)).token


# A login that is nobody's yet


async def test_a_login_without_a_name_is_named_when_it_is_renewed(world: World) -> None:
    given = world.twitch.credentials
    nameless = Login(
        slot=BOT, client_id=given.client_id, token="", refresh_token=given.refresh_token, expires_at=0
    )
    await world.logins.put(nameless)
    async with world.process() as tokens:
        login = await tokens.login(BOT)
    assert (login.login, login.user_id) == ("kissbot", world.twitch.id_of("kissbot"))


async def test_a_login_whose_name_could_not_be_asked_for_is_not_lost(world: World) -> None:
    given = world.twitch.credentials
    await world.logins.put(
        Login(slot=BOT, client_id=given.client_id, token="", refresh_token=given.refresh_token, expires_at=0)
    )
    world.twitch.fault("refuse", status=503, path="/validate")
    async with world.process() as tokens:
        with pytest.raises(OutOfReach):
            await world.renewal().renew(BOT, 1)
        assert (await tokens.login(BOT)).login == "kissbot"
    assert (world.twitch.refreshes("kissbot"), world.twitch.reused) == (2, 0)


# Secrets


def assert_no_token_in(shown: object, logins: Sequence[Login]) -> None:
    for login in logins:
        assert login.token not in str(shown)
        assert login.refresh_token not in str(shown)


async def test_no_token_is_logged_or_shown(world: World) -> None:
    logins = [await world.log_in("kissbot", BOT), await world.log_in("ada")]
    world.twitch.disconnect("ada")
    world.twitch.fault("refuse", status=500, path="/token")
    with capture_logs() as logs:
        async with world.process() as tokens:
            shown = [repr(tokens), repr(world.oauth), repr(tokens.of(BOT))]
            for login in (*logins, *logins):
                try:
                    shown.append(repr(await tokens.renewed(login)))
                except (BadLogin, aiohttp.ClientError) as error:
                    shown.append(f"{error} {error!r}")
            logins += await world.logins.all()
    assert_no_token_in((shown, logs, world.told), logins)
