"""What every kind of `Trail` promises. Fixture: `trail`."""

from kissbot.chat.trail import Step, Trail


def step(number: int, channel_id: str = "ada") -> Step:
    """A step that can be told from others by its message."""
    return Step(float(number), channel_id, str(number), "vera", "gi", "command", "answered")


class TrailContract:
    """What is noted can be read at once, by channel, newest first; what is old goes."""

    async def test_at_first_there_is_nothing(self, trail: Trail) -> None:
        assert await trail.latest("ada") == []

    async def test_what_was_noted_a_moment_ago_is_there(self, trail: Trail) -> None:
        trail.note(step(1))
        assert await trail.latest("ada") == [step(1)]

    async def test_the_newest_come_first(self, trail: Trail) -> None:
        for number in range(5):
            trail.note(step(number))
        assert await trail.latest("ada", 3) == [step(4), step(3), step(2)]

    async def test_steps_of_one_moment_keep_their_order(self, trail: Trail) -> None:
        first, second = (Step(7.0, "ada", name, "vera", "gi", "send", "") for name in ("first", "second"))
        trail.note(first)
        trail.note(second)
        assert await trail.latest("ada") == [second, first]

    async def test_channels_do_not_see_each_other(self, trail: Trail) -> None:
        trail.note(step(1, "ada"))
        trail.note(step(2, "bob"))
        assert await trail.latest("bob") == [step(2, "bob")]

    async def test_any_text_comes_back_as_it_was(self, trail: Trail) -> None:
        strange = Step(1.5, "ada", "'; drop table x --", "🎮", "@", "send", "msg_rejected %s {x} \\")
        trail.note(strange)
        assert await trail.latest("ada") == [strange]

    async def test_the_newest_two_hundred_of_a_channel_are_kept(self, trail: Trail) -> None:
        trail.note(step(0, "bob"))
        for number in range(450):
            trail.note(step(number))
        steps = await trail.latest("ada", 1000)
        assert [found.message_id for found in steps] == [str(number) for number in range(449, 249, -1)]
        assert await trail.latest("bob") == [step(0, "bob")]
