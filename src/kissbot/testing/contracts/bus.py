"""What every kind of `Bus` promises. Fixture: `bus`. Delivery may take a moment: `settle` waits for it."""

from kissbot.chat.messages import Channel, Joined, Outgoing, Receipt
from kissbot.chat.ports import Bus
from kissbot.testing.clock import settle

ADA, BOB = Channel("1", "ada"), Channel("2", "bob")


class BusContract:
    """At least once, in order within a channel, to everybody who wants that kind of value."""

    async def test_a_subscriber_gets_what_is_published(self, bus: Bus) -> None:
        got: list[Joined] = []
        bus.subscribe(Joined, got.append)
        bus.publish(Joined(ADA), ADA.id)
        await settle()
        assert Joined(ADA) in got

    async def test_every_subscriber_gets_it(self, bus: Bus) -> None:
        first: list[Joined] = []
        second: list[Joined] = []
        bus.subscribe(Joined, first.append)
        bus.subscribe(Joined, second.append)
        bus.publish(Joined(ADA), ADA.id)
        await settle()
        assert first
        assert second

    async def test_nobody_gets_another_kind(self, bus: Bus) -> None:
        got: list[Joined] = []
        bus.subscribe(Joined, got.append)
        bus.publish(Receipt("x", ADA), ADA.id)
        await settle()
        assert got == []

    async def test_a_channel_keeps_its_order(self, bus: Bus) -> None:
        got: list[str] = []
        bus.subscribe(Outgoing, lambda line: got.append(line.id))
        for number in range(50):
            bus.publish(
                Outgoing(str(number), ADA if number % 2 else BOB, "hi"), ADA.id if number % 2 else BOB.id
            )
        await settle()
        first_seen = list(dict.fromkeys(got))
        assert [number for number in first_seen if int(number) % 2] == [str(n) for n in range(1, 50, 2)]
        assert [number for number in first_seen if not int(number) % 2] == [str(n) for n in range(0, 50, 2)]

    async def test_a_receiver_that_fails_spoils_nothing_for_the_others(self, bus: Bus) -> None:
        got: list[Joined] = []

        def fail(value: Joined) -> None:
            raise RuntimeError(value)

        bus.subscribe(Joined, fail)
        bus.subscribe(Joined, got.append)
        bus.publish(Joined(ADA), ADA.id)
        await settle()
        assert got
