"""Renewals over real processes and a real database; logins that the configuration brings."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from kissbot.app.logins.renewal import ChildRenewer, adopt, login_service, mark_as_taken
from kissbot.chat.logins import APP, BOT, Login, channel_slot
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.tokens import BOT_SCOPES, Credentials
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.oauth import BadLogin, OutOfReach

from .place import Place, ended

PATIENCE = 20.0
RACING = str(Path(__file__).with_name("racing.py"))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Sandbox(("ada", "bob")) as twitch:
        found = Place(tmp_path, twitch)
        found.configure()
        yield found


async def log_in(place: Place, user: str = "kissbot", slot: str = BOT) -> Login:
    async with login_service(place.settings) as oauth:
        return await place.keep(oauth, user, slot or channel_slot(place.twitch.id_of(user)))


async def kept(place: Place, slot: str = BOT) -> Login:
    async with place.store() as store:
        login = await store.logins.get(slot)
    assert login
    return login


async def racing(place: Place, calls: int, where: str) -> asyncio.subprocess.Process:
    """A process that waits for the start."""
    process = await place.starts(str(place.config), str(calls), where, command=(RACING,))
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"ready\n"
    return process


async def go(process: asyncio.subprocess.Process) -> None:
    assert process.stdin
    process.stdin.write(b"go\n")
    await process.stdin.drain()


async def slow_refresh_begins(place: Place) -> None:
    """Wait until the sandbox has been asked for tokens, and takes its time to answer."""
    async with asyncio.timeout(PATIENCE):
        while place.twitch.state()["faults"]:
            await asyncio.sleep(0.005)


# One refresh


@pytest.mark.parametrize("where", ["inside", "child"])
async def test_four_processes_with_25_calls_each_refresh_once(place: Place, where: str) -> None:
    await log_in(place)
    place.twitch.expire("kissbot")
    processes = [await racing(place, 25, where) for _ in range(4)]
    await asyncio.gather(*map(go, processes))
    for process in processes:
        assert (await ended(process))[:2] == (0, "25\n")
    assert place.twitch.refreshes("kissbot") == 1
    assert place.twitch.reused == 0


# kill −9


async def test_a_bot_that_is_killed_while_it_refreshes_loses_no_login(place: Place) -> None:
    old = await log_in(place)
    place.twitch.expire("kissbot")
    place.twitch.fault("slow", seconds=0.5, path="/token")
    bot = await racing(place, 1, "child")
    await go(bot)
    await slow_refresh_begins(place)
    bot.kill()
    await bot.wait()
    assert place.twitch.refreshes("kissbot") == 0
    async with asyncio.timeout(PATIENCE):
        while (await kept(place)).generation == old.generation:
            await asyncio.sleep(0.05)
    after = await racing(place, 25, "child")
    await go(after)
    assert (await ended(after))[:2] == (0, "25\n")
    assert (place.twitch.refreshes("kissbot"), place.twitch.reused) == (1, 0)


async def test_a_bot_that_stops_while_it_refreshes_leaves_that_alone(place: Place) -> None:
    old = await log_in(place)
    place.twitch.fault("slow", seconds=0.5, path="/token")
    async with Tasks() as tasks:
        tasks.start(ChildRenewer(place.config, tasks, nowhere).renew(BOT, old.generation), "renew")
        await slow_refresh_begins(place)
    assert place.twitch.refreshes("kissbot") == 0
    async with asyncio.timeout(PATIENCE):
        while (await kept(place)).generation == old.generation:
            await asyncio.sleep(0.05)
    assert place.twitch.reused == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_renewal_that_is_told_to_stop_finishes_first(place: Place, stop: signal.Signals) -> None:
    old = await log_in(place)
    place.twitch.fault("slow", seconds=0.3, path="/token")
    renewing = await place.starts("renew", f"{BOT}@{old.generation}")
    await slow_refresh_begins(place)
    renewing.send_signal(stop)
    assert await ended(renewing) == (0, "", "")
    assert (await kept(place)).generation == old.generation + 1


# The process that renews


async def nowhere(slot: str, generation: int) -> None:
    raise AssertionError(f"{slot} is to be renewed in a process of its own")


async def test_logins_that_are_due_together_go_into_one_process(place: Place) -> None:
    bot, ada = await log_in(place), await log_in(place, "ada", "")
    seen: set[int] = set()

    async def watch() -> None:
        while True:
            seen.update(child.pid for child in psutil.Process().children())
            await asyncio.sleep(0.01)

    before = {child.pid for child in psutil.Process().children()}
    async with Tasks() as tasks:
        tasks.start(watch(), "watch")
        renewer = ChildRenewer(place.config, tasks, nowhere)
        await asyncio.gather(*(renewer.renew(login.slot, login.generation) for login in (bot, ada)))
        await renewer.renew(BOT, bot.generation)  # gone already: nothing to do
    assert len(seen - before) == 2
    assert (await kept(place)).generation == bot.generation + 1
    assert (await kept(place, ada.slot)).generation == ada.generation + 1


async def test_the_application_needs_no_process(place: Place) -> None:
    asked: list[tuple[str, int]] = []

    async def here(slot: str, generation: int) -> None:
        asked.append((slot, generation))

    async with Tasks() as tasks:
        await ChildRenewer(place.config, tasks, here).renew(APP, 7)
    assert asked == [(APP, 7)]


async def test_trouble_in_that_process_is_told_without_a_secret(place: Place) -> None:
    old = await log_in(place)
    place.twitch.fault("refuse", status=500, path="/token")
    async with Tasks() as tasks:
        with pytest.raises(OutOfReach, match="/token answered 500"):
            await ChildRenewer(place.config, tasks, nowhere).renew(BOT, old.generation)
        (place.folder / "kissbot.db").rename(place.folder / "elsewhere.db")
        with pytest.raises(OutOfReach, match="there is no database"):
            await ChildRenewer(place.config, tasks, nowhere).renew(BOT, old.generation)
        with pytest.raises(OutOfReach, match="there is no such file"):
            await ChildRenewer(place.folder / "missing.yaml", tasks, nowhere).renew(BOT, old.generation)


async def test_its_words_hold_no_secret(place: Place) -> None:
    old = await log_in(place)
    place.twitch.fault("slow", seconds=0.3, path="/token")
    renewing = await place.starts("renew", f"{BOT}@{old.generation}")
    await slow_refresh_begins(place)
    words = " ".join(psutil.Process(renewing.pid).cmdline())
    environment = psutil.Process(renewing.pid).environ()
    await ended(renewing)
    assert words.endswith(f"-m kissbot renew {BOT}@{old.generation}")
    assert old.token not in f"{words} {environment}"
    assert old.refresh_token not in f"{words} {environment}"


async def test_nonsense_is_no_login(place: Place) -> None:
    assert (await place.runs("renew", "bot")).err == "kissbot: 'bot' is no SLOT@GENERATION.\n"


# The login of the configuration


async def adopted(place: Place, given: Credentials | None = None, **changes: str) -> Login:
    """The bot's login after a start with these words in the configuration."""
    words = {"token": given.token, "refresh_token": given.refresh_token} if given else {}
    place.configure(**words | changes)
    settings = place.settings
    async with place.store() as store, login_service(settings) as oauth:
        await adopt(settings, store.database, store.logins, store.notes, oauth)
        login = await store.logins.get(BOT)
    assert login
    return login


async def test_the_login_of_the_configuration_is_taken(place: Place) -> None:
    given = place.twitch.credentials
    login = await adopted(place, given)
    assert (login.login, login.token, login.refresh_token) == ("kissbot", given.token, given.refresh_token)
    assert login.scopes >= {"user:read:chat"}


async def test_what_was_renewed_since_wins_over_the_configuration(place: Place) -> None:
    given = place.twitch.credentials
    old = await adopted(place, given)
    assert (await place.runs("renew", f"{BOT}@{old.generation}")).code == 0
    for _ in range(2):
        assert (await adopted(place, given)).token != old.token
    assert place.twitch.reused == 0


async def test_a_configuration_that_was_edited_wins_over_the_database(place: Place) -> None:
    await adopted(place, place.twitch.credentials)
    newer = place.twitch.log_in("kissbot", BOT_SCOPES)
    assert (await adopted(place, newer)).token == newer.token


async def test_whoever_logged_in_since_wins_over_the_configuration(place: Place) -> None:
    given = place.twitch.credentials
    place.configure(token=given.token, refresh_token=given.refresh_token)
    login = await log_in(place)
    async with place.store() as store:
        await mark_as_taken(place.settings, store.database)
    assert await adopted(place, given) == login


async def test_of_many_that_start_at_once_one_takes_it(place: Place) -> None:
    given = place.twitch.credentials
    place.configure(token=given.token, refresh_token=given.refresh_token)
    settings = place.settings
    async with place.store() as store, login_service(settings) as oauth:
        for _ in range(8):
            await asyncio.gather(
                *(adopt(settings, store.database, store.logins, store.notes, oauth) for _ in range(8))
            )
        login = await store.logins.get(BOT)
    assert login
    assert login.generation == 1


async def test_an_expired_token_of_the_configuration_is_renewed_at_its_first_use(place: Place) -> None:
    given = place.twitch.credentials
    place.twitch.expire("kissbot")
    login = await adopted(place, given)
    assert login.expires_at == 0
    assert (await place.runs("renew", f"{BOT}@{login.generation}")).code == 0
    assert (await kept(place)).login == "kissbot"


async def test_a_refresh_token_alone_will_do(place: Place) -> None:
    given = replace(place.twitch.credentials, token="")
    login = await adopted(place, given)
    assert (await place.runs("renew", f"{BOT}@{login.generation}")).code == 0
    assert (await kept(place)).login == "kissbot"


async def test_a_login_of_the_configuration_that_is_of_no_use_is_explained(place: Place) -> None:
    with pytest.raises(BadLogin, match=r"twitch\.token: Twitch refuses the token"):
        await adopted(place, token="s3cr3t")
    stranger = place.twitch.log_in("ada", BOT_SCOPES)
    with pytest.raises(BadLogin, match=r"belongs to the account 'ada', but bot\.name says 'kissbot'"):
        await adopted(place, stranger)


async def test_a_stale_token_in_the_configuration_does_not_stop_a_bot_that_is_logged_in(place: Place) -> None:
    login = await log_in(place)
    with capture_logs() as logs:
        assert await adopted(place, token="stale") == login
        assert await adopted(place, token="stale") == login
    assert [entry["event"] for entry in logs] == ["config_login_not_used"]


async def test_no_login_in_the_configuration_changes_nothing(place: Place) -> None:
    login = await log_in(place)
    assert await adopted(place) == login


async def test_the_configuration_is_kept_as_a_hash_only(place: Place) -> None:
    given = place.twitch.credentials
    await adopted(place, given)
    secrets = [given.token.encode(), given.refresh_token.encode()]
    assert not [secret for secret in secrets if secret in place.everything()]
