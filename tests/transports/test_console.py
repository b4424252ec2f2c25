"""The terminal is a room like any other."""

import io
import sys

import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.chat.messages import ChatMessage, Outgoing, Rank, Receipt
from kissbot.transports.console import ROOM, Console, ConsoleStreams


async def test_every_line_of_the_input_is_heard_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, heard = MemoryBus(), list[ChatMessage]()
    bus.subscribe(ChatMessage, heard.append)
    monkeypatch.setattr(sys, "stdin", io.StringIO("!ping\n\nno newline at the end"))
    await Console(bus).run()
    assert [message.text for message in heard] == ["!ping", "", "no newline at the end"]
    assert len({message.id for message in heard}) == 3
    assert {(message.channel, message.viewer.rank) for message in heard} == {(ROOM, Rank.BROADCASTER)}


async def test_no_input_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, heard = MemoryBus(), list[ChatMessage]()
    bus.subscribe(ChatMessage, heard.append)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    await Console(bus).run()
    assert heard == []


async def test_what_the_bot_says_is_printed_and_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    bus, receipts = MemoryBus(), list[Receipt]()
    bus.subscribe(Receipt, receipts.append)
    Console(bus)
    bus.publish(Outgoing("answer:1", ROOM, "🏓 pong"), ROOM.id)
    assert capsys.readouterr().out == "🏓 pong\n"
    (receipt,) = receipts
    assert (receipt.outgoing_id, receipt.drop_reason) == ("answer:1", "")
    assert receipt.message_id


async def test_nobody_streams_in_a_terminal() -> None:
    assert await ConsoleStreams().now(ROOM) is None
