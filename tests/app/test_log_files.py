"""What is logged, in files."""

import json
from pathlib import Path
from typing import Any

import pytest
import structlog

from kissbot.app.log_files import write_chat, writing
from kissbot.app.logs import set_up_logs
from kissbot.app.settings import Settings
from kissbot.app.watching import Logs
from kissbot.bus.memory import MemoryBus
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Outgoing, Priority
from kissbot.testing import room

log = structlog.get_logger(__name__)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(logs=Logs(folder=str(tmp_path / "logs")))


def lines(settings: Settings, name: str) -> list[dict[str, Any]]:
    path = Path(settings.logs.folder) / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_files_have_everything_and_the_console_what_people_need(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(verbose=False)
    with writing(settings):
        log.info("twitch_connected", connection="socket 1")
        log.warning("line_dropped", channel="ada", reason="msg_duplicate")
    log.info("nobody_hears_this")
    written = lines(settings, "kissbot.log")
    assert [(line["level"], line["event"]) for line in written] == [
        ("info", "twitch_connected"),
        ("warning", "line_dropped"),
    ]
    assert written[0]["connection"] == "socket 1"
    assert written[0]["at"].endswith("Z")
    assert lines(settings, "ada.log") == written[1:]
    console = capsys.readouterr().err
    assert "line_dropped" in console
    assert "twitch_connected" not in console


def test_no_folder_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with writing(Settings(logs=Logs(folder=""))):
        log.error("only_on_the_console")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("channel", ["../../etc/passwd", "a/b", "", "a" * 26, None, 7, ".."])
def test_a_name_is_no_path(settings: Settings, channel: object) -> None:
    with writing(settings):
        log.warning("odd", channel=channel)
    assert [file.name for file in Path(settings.logs.folder).iterdir()] == ["kissbot.log"]


def test_a_bug_is_one_line_with_its_traceback(settings: Settings) -> None:
    with writing(settings):
        try:
            {"": ""}["two\nlines \ud800"]
        except LookupError as error:
            log.exception("by_the_way")
            log.error("failed", exc_info=error, what={"any": object()}, when={1, 2})
    first, second = lines(settings, "kissbot.log")
    for line in (first, second):
        assert line["level"] == "error"
        assert r"KeyError: 'two\nlines" in line["exception"]
    assert "exc_info" not in second


def test_whatever_is_logged_fails_nobody(settings: Settings) -> None:
    endless: list[object] = []
    endless.append(endless)
    with writing(settings):
        log.warning("endless", it=endless)
    assert [line["event"] for line in lines(settings, "kissbot.log")] == ["endless"]


def test_a_disk_that_is_full_is_told_once_and_everything_goes_on(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(settings.logs.folder)
    folder.mkdir()
    (folder / "kissbot.log").symlink_to("/dev/full")
    with writing(settings) as writer:
        for number in range(20):
            log.info("something", number=number)
    assert writer.unwritten == 20
    assert capsys.readouterr().err.count("cannot be written: No space left on device") == 1


def tried() -> Feature:
    """Commands that log."""
    feature = Feature("tried")

    @feature.command("tell")
    async def tell(asked: Invocation) -> Reply:
        log.warning("deep_inside")
        return "told"

    @feature.command("fail")
    async def fail(asked: Invocation) -> Reply:
        raise LookupError("a bug")

    return feature


async def test_every_line_about_a_message_says_which_and_where(settings: Settings) -> None:
    with writing(settings):
        async with room(features=[tried()]) as place:
            await place.hears("!tell")
            await place.hears("!fail")
        log.warning("afterwards")
    deep, failed, afterwards = lines(settings, "kissbot.log")
    assert deep["event"] == "deep_inside"
    assert deep["channel"] == failed["channel"]
    assert deep["message"]
    assert failed["message"] not in ("", deep["message"])
    assert "message" not in afterwards
    assert lines(settings, f"{deep['channel']}.log") == [deep, failed]


@pytest.mark.parametrize("chat", [True, False])
async def test_chat_is_written_down_only_where_that_is_wanted(settings: Settings, chat: bool) -> None:
    settings.logs.chat = chat
    bus = MemoryBus()
    async with room() as place:
        message = place.message("good evening")
    with writing(settings) as writer:
        write_chat(settings, writer, bus)
        bus.publish(message, "1")
        bus.publish(Outgoing("answer:1", message.channel, "hello", None, Priority.ANSWER, 0), "1")
    told = [(line["event"], line["text"]) for line in lines(settings, "ada.log")]
    assert told == ([("heard", "good evening"), ("said", "hello")] if chat else [])
    assert lines(settings, "kissbot.log") == []
