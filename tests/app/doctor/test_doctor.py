"""`kissbot doctor`: each line is OK, or what to do; and none is a secret."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import stamina
from click.testing import CliRunner, Result

import kissbot
from kissbot.app.cli import main
from kissbot.app.doctor.examination import diagnose, examined
from kissbot.app.doctor.patient import Patient
from kissbot.app.report import Finding
from kissbot.app.settings import Settings, Storage, Twitch, Urls
from kissbot.app.store import Store, open_store
from kissbot.chat.audit import OPERATOR
from kissbot.chat.logins import BOT, Login, channel_slot
from kissbot.sandbox.tokens import BOT_SCOPES
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.open import open_database
from kissbot.storage.vault import fingerprint, new_key
from kissbot.testing import ManualClock

SECRETS = "s3cr3t-t0ken", "s3cr3t-refr3sh", "s3cr3t-cl1ent"
LOGIN = Login(
    slot=BOT,
    client_id="app",
    user_id="30",
    login="kissbot",
    scopes=frozenset(BOT_SCOPES),
    token=SECRETS[0],
    refresh_token=SECRETS[1],
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A bot that keeps its things in a folder of its own."""
    storage = Storage(
        database=str(tmp_path / "kissbot.db"),
        key_file=str(tmp_path / ".kissbot.key"),
        backups=str(tmp_path / "backups"),
    )
    return Settings(twitch=Twitch(client_id="app", channels=["ada", "bob"]), storage=storage)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(settings) as store:
        yield store


async def at_home(settings: Settings, **options: Any) -> dict[str, Finding]:
    """What is found without asking Twitch."""
    return by_name(await diagnose(settings, offline=True, **options))


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def put(file: Path, content: bytes) -> None:
    """Write a file anew; without content, it is gone."""
    file.unlink()
    if content:
        file.write_bytes(content)


def spoil(file: Path) -> None:
    """Overwrite a part in the middle."""
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"\xff" * 8192 + content[16384:])


def backed_up(settings: Settings, days: int) -> None:
    """Leave a nightly backup of some days ago."""
    backup = Path(settings.storage.backups) / f"kissbot-2026-11-{20 - days}.kissbot"
    backup.parent.mkdir(exist_ok=True)
    backup.touch()
    os.utime(backup, (time.time() - days * 86_400 - 60,) * 2)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    for finding in findings:
        assert finding.ok is not False or finding.remedy or "." in finding.says, finding
    return {finding.name: finding for finding in findings}


# At home


async def test_before_the_first_start_a_login_is_all_that_is_missing(settings: Settings) -> None:
    found = await at_home(settings)
    assert [name for name, finding in found.items() if finding.ok is False] == ["login bot"]
    assert found["login bot"].remedy == "kissbot login --bot"
    assert found["database"].says.startswith("none yet")


async def test_examining_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    await at_home(settings)
    assert files_in(tmp_path) == []


async def test_a_bot_at_home_in_good_health(settings: Settings, store: Store) -> None:
    await store.logins.put(LOGIN)
    backed_up(settings, 0)
    found = await at_home(settings)
    assert [finding for finding in found.values() if finding.ok is False] == []
    assert found["key"].says == f"{store.vault.fingerprint}, in {settings.storage.key_file}"
    assert found["login bot"].says == "the bot's login (kissbot) is good, and renewed by itself"
    assert "revision" in found["database"].says
    assert "GB free" in found["data folder"].says


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
async def test_files_with_secrets_that_others_can_read(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.touch(mode=0o644)
    settings.twitch.client_secret = SECRETS[2]
    os.chmod(settings.storage.database, 0o640)
    found = by_name(await diagnose(settings, config, offline=True))
    assert found["configuration"].remedy == f"chmod 600 {config}"
    assert "others can read it (mode 640)" in found["database"].says


async def test_a_configuration_without_secrets_may_be_read(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.touch(mode=0o644)
    assert by_name(await diagnose(settings, config, offline=True))["configuration"].ok


async def test_a_folder_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    settings.storage.database = str(tmp_path / "nowhere" / "kissbot.db")
    assert (await at_home(settings))["data folder"].remedy == f"mkdir -p {tmp_path / 'nowhere'}"


async def test_a_damaged_database_is_told_once_and_the_rest_is_examined(settings: Settings) -> None:
    async with open_database(settings.storage.database):
        pass
    spoil(Path(settings.storage.database))
    found = await at_home(settings)
    assert found["database"].ok is False
    assert "damaged" in found["database"].says
    assert "kissbot restore" in found["database"].says
    assert found["database"].remedy == ""
    assert found["games"].ok


async def test_a_database_of_a_newer_kissbot(settings: Settings, store: Store) -> None:
    import sqlalchemy as sa

    async with store.database.writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    found = (await at_home(settings))["database"]
    assert (found.ok, "9999" in found.says) == (False, True)
    assert "update KissBot" in found.remedy


async def test_an_address_that_cannot_be_understood(settings: Settings) -> None:
    settings.storage.database = f"mysql://kiss:{SECRETS[2]}@host/kissbot"
    found = await at_home(settings)
    assert found["database"].ok is False
    assert found["running"].ok is None
    assert_no_secret(found)


@pytest.mark.parametrize("lost", [True, False])
async def test_a_key_that_is_lost_or_another_one(settings: Settings, store: Store, lost: bool) -> None:
    await store.logins.put(LOGIN)
    key_file, other = Path(settings.storage.key_file), b"" if lost else new_key()
    put(key_file, other)
    found = await at_home(settings)
    assert found["key"].ok is False
    assert store.vault.fingerprint in found["key"].says
    assert lost or fingerprint(other) in found["key"].says
    assert found["logins"].ok is False
    assert lost is not (key_file in files_in(key_file.parent))


async def test_every_login_is_judged(settings: Settings, store: Store) -> None:
    clock = ManualClock()
    now = clock.time()
    await store.logins.put(LOGIN)
    cases: dict[str, dict[str, Any]] = {
        "31": {"refresh_token": "", "expires_at": now + 7200},
        "32": {"refresh_token": "", "expires_at": now - 1},
        "33": {"retired": "Twitch refused to renew it"},
        "34": {"expires_at": now - 1},
        "35": {"scopes": frozenset()},
    }
    for user, changes in cases.items():
        login = msgspec.structs.replace(LOGIN, slot=channel_slot(user), user_id=user, login=f"c{user}")
        granted = {"scopes": frozenset(["channel:bot"])} | changes
        await store.logins.put(msgspec.structs.replace(login, **granted))
    found = await at_home(settings, clock=clock)
    judged = {name: finding.ok for name, finding in found.items() if name.startswith("login ")}
    assert judged == {
        "login bot": True,
        "login channel:31": True,
        "login channel:32": False,
        "login channel:33": False,
        "login channel:34": True,
        "login channel:35": False,
    }
    assert found["login channel:31"].says.endswith("is good for 2 h, and cannot be renewed")
    assert found["login channel:33"].says.endswith("of no use any more: Twitch refused to renew it")
    assert found["login channel:33"].remedy == "kissbot login --channel c33"
    assert "lacks channel:bot" in found["login channel:35"].says
    assert_no_secret(found)


async def test_a_scope_without_which_nothing_works(settings: Settings, store: Store) -> None:
    await store.logins.put(msgspec.structs.replace(LOGIN, scopes=frozenset(["user:read:chat"])))
    found = (await at_home(settings))["login bot"]
    assert (found.ok, found.remedy) == (False, "kissbot login --bot")
    assert "user:write:chat (to answer)" in found.says


async def test_a_token_of_the_configuration_is_a_login_to_be(settings: Settings) -> None:
    settings.twitch.token = SECRETS[0]
    found = await at_home(settings)
    assert found["login bot"].ok
    assert_no_secret(found)


@pytest.mark.parametrize(("days", "ok"), [(0, True), (1, True), (3, False)])
async def test_the_age_of_the_newest_backup(settings: Settings, store: Store, days: int, ok: bool) -> None:
    for age in (days, days + 5):
        backed_up(settings, age)
    assert (await at_home(settings))["backups"].ok is ok


async def test_no_backup_at_all(settings: Settings, store: Store) -> None:
    found = (await at_home(settings))["backups"]
    assert (found.ok, "kissbot backup FILE" in found.remedy) == (False, True)
    store.state.begins("1.0")
    await store.state.flush()
    assert (await at_home(settings))["backups"].ok is None
    settings.storage.backups = ""
    assert (await at_home(settings))["backups"].ok


async def test_the_processes_that_run(settings: Settings, store: Store) -> None:
    assert (await at_home(settings))["running"].ok is None
    store.state.begins(kissbot.__version__)
    await store.state.flush()
    found = (await at_home(settings))["running"]
    assert (found.ok, f"process {os.getpid()} on " in found.says) == (True, True)
    store.state.begins("0.0.1")
    await store.state.flush()
    assert "KissBot 0.0.1" in (await at_home(settings))["running"].says


# Each check stands alone


async def test_a_check_that_fails_is_a_line(settings: Settings) -> None:
    async def fails(patient: Patient) -> list[Finding]:
        raise LookupError(SECRETS[0])

    [found] = await examined("strange", fails, patient_of(settings), 1)
    assert (found.name, found.ok, found.remedy) == ("strange", False, "please report this")
    assert SECRETS[0] not in found.says


async def test_a_check_that_hangs_is_a_line(settings: Settings) -> None:
    async def hangs(patient: Patient) -> list[Finding]:
        await asyncio.Event().wait()
        return []

    [found] = await examined("endless", hangs, patient_of(settings), 0.01)
    assert (found.ok, found.says) == (False, "no answer within 0.01 seconds")


def patient_of(settings: Settings) -> Patient:
    nobody: Any = None
    return Patient(settings, None, time, None, None, nobody, nobody)


# At Twitch


@pytest.fixture
async def twitch() -> AsyncIterator[Sandbox]:
    async with Sandbox(("ada", "bob")) as sandbox:
        yield sandbox


@pytest.fixture
async def live(settings: Settings, twitch: Sandbox) -> Settings:
    """The settings of a bot in the sandbox."""
    credentials = twitch.credentials
    settings.twitch.client_id = credentials.client_id
    settings.twitch.client_secret = credentials.client_secret
    settings.twitch.urls = msgspec.convert(msgspec.to_builtins(twitch.urls), Urls)
    return settings


async def logged_in(live: Settings, twitch: Sandbox) -> None:
    """Keep the bot's login."""
    async with open_store(live) as store:
        credentials = twitch.credentials
        login = msgspec.structs.replace(
            LOGIN,
            client_id=credentials.client_id,
            token=credentials.token,
            refresh_token=credentials.refresh_token,
        )
        await store.logins.put(login)


async def at_twitch(live: Settings, **options: Any) -> dict[str, Finding]:
    with stamina.set_testing(True, attempts=1):
        return by_name(await diagnose(live, **options))


async def test_a_bot_on_twitch_in_good_health(live: Settings, twitch: Sandbox) -> None:
    await logged_in(live, twitch)
    found = await at_twitch(live)
    for name in ("application", "helix", "oauth", "subscriptions", "eventsub", "clock", "channels"):
        assert found[name].ok, found[name]
    assert found["channels"].says == "Twitch knows ada, bob"
    for secret in (*SECRETS, twitch.credentials.token, twitch.credentials.client_secret):
        assert secret not in repr(found)


async def test_a_secret_that_twitch_refuses(live: Settings) -> None:
    live.twitch.client_secret = SECRETS[2]
    found = (await at_twitch(live))["application"]
    assert found.ok is False
    assert "twitch.client_secret" in found.says
    assert SECRETS[2] not in repr(found)


async def test_no_application(live: Settings) -> None:
    live.twitch.client_id = ""
    assert "client id" in (await at_twitch(live))["application"].remedy


async def test_channels_are_not_asked_for_without_a_login(live: Settings) -> None:
    assert (await at_twitch(live))["channels"].ok is None


async def test_a_channel_that_twitch_does_not_know(live: Settings, twitch: Sandbox) -> None:
    await logged_in(live, twitch)
    async with open_store(live) as store:
        await store.book.join("nobody_of_this_name", OPERATOR)
    found = (await at_twitch(live))["channels"]
    assert (found.ok, found.says) == (False, "Twitch knows no nobody_of_this_name")


async def test_no_channel_at_all(live: Settings) -> None:
    live.twitch.channels = []
    assert "kissbot join" in (await at_twitch(live))["channels"].remedy


@pytest.mark.parametrize("name", ["helix", "oauth", "subscriptions", "eventsub"])
async def test_an_address_that_is_not_twitchs(live: Settings, twitch: Sandbox, name: str) -> None:
    setattr(live.twitch.urls, name, f"{twitch.url}/elsewhere")
    found = (await at_twitch(live))[name]
    assert found.ok is False
    assert found.remedy


async def test_a_network_that_is_not_there(live: Settings) -> None:
    async with Sandbox(()) as gone:
        live.twitch.urls = msgspec.convert(msgspec.to_builtins(gone.urls), Urls)
    found = await at_twitch(live)
    for name in ("application", "helix", "oauth", "subscriptions", "eventsub", "clock"):
        assert found[name].ok is False, found[name]
    assert found["games"].ok


async def test_twitch_in_trouble(live: Settings, twitch: Sandbox) -> None:
    twitch.fault("refuse", status=503, path="/users", count=9)
    found = (await at_twitch(live))["helix"]
    assert (found.ok, "passes by itself" in found.remedy) == (False, True)


@pytest.mark.parametrize(("now", "word"), [(0, "slow"), (2e9, "fast")])
async def test_a_clock_that_is_wrong(live: Settings, now: float, word: str) -> None:
    found = (await at_twitch(live, clock=ManualClock(now)))["clock"]
    assert (found.ok, word in found.says) == (False, True)


# As it is typed


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ("doctor", *words))


def test_the_command_line_shows_what_to_do_and_fails(typed: Callable[..., Result]) -> None:
    result = typed("--offline")
    assert result.exit_code == 1
    assert "OK games " in result.stdout
    assert "✗  login bot" in result.stdout
    assert "→ kissbot login --bot" in result.stdout


def test_the_command_line_speaks_json(typed: Callable[..., Result]) -> None:
    found = json.loads(typed("--offline", "--json").stdout)
    assert {tuple(sorted(finding)) for finding in found} == {("name", "ok", "remedy", "says")}


def test_a_configuration_that_is_not_right_is_the_only_line(
    typed: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text("langage: fr")
    result = typed("--json")
    assert result.exit_code == 1
    [found] = json.loads(result.stdout)
    assert (found["name"], found["ok"]) == ("configuration", False)
    assert "did you mean 'language'?" in found["says"]


def assert_no_secret(found: dict[str, Finding]) -> None:
    for secret in SECRETS:
        assert secret not in repr(found)
