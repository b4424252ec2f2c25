"""The terminal is a room like any other."""

import io
from collections.abc import Iterator

import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.chat.messages import ChatMessage, Outgoing, Rank, Receipt
from kissbot.transports.console import ROOM, Console


async def test_every_line_of_the_input_is_heard_in_order() -> None:
    bus, heard = MemoryBus(), list[ChatMessage]()
    bus.subscribe(ChatMessage, heard.append)
    await Console(bus, io.StringIO("!ping\n\nno newline at the end")).run()
    assert [message.text for message in heard] == ["!ping", "", "no newline at the end"]
    assert len({message.id for message in heard}) == 3
    assert {(message.channel, message.viewer.rank) for message in heard} == {(ROOM, Rank.BROADCASTER)}


async def test_no_input_is_no_trouble() -> None:
    bus, heard = MemoryBus(), list[ChatMessage]()
    bus.subscribe(ChatMessage, heard.append)
    await Console(bus, io.StringIO("")).run()
    assert heard == []


async def test_what_the_bot_says_is_printed_and_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    bus, receipts = MemoryBus(), list[Receipt]()
    bus.subscribe(Receipt, receipts.append)
    Console(bus, ())
    bus.publish(Outgoing("answer:1", ROOM, "🏓 pong"), ROOM.id)
    assert capsys.readouterr().out == "🏓 pong\n"
    (receipt,) = receipts
    assert (receipt.outgoing_id, receipt.drop_reason) == ("answer:1", "")
    assert receipt.message_id


async def test_nobody_streams_in_a_terminal() -> None:
    assert await Console(MemoryBus(), ()).now(ROOM) is None


async def test_a_source_that_breaks_ends_the_room() -> None:
    class Broken:
        def __iter__(self) -> Iterator[str]:
            yield "!ping\n"
            raise OSError("the terminal is gone")

    bus, heard = MemoryBus(), list[ChatMessage]()
    bus.subscribe(ChatMessage, heard.append)
    await Console(bus, Broken()).run()
    assert [message.text for message in heard] == ["!ping"]
