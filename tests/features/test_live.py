"""What is said when a stream begins or ends."""

from datetime import UTC, datetime

import pytest

from kissbot.chat.airing import FLAPS_WITHIN, LEASE
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.messages import Channel, Priority, Rank
from kissbot.chat.reactions import SAME
from kissbot.features.live import Elsewhere, Show, Shows
from kissbot.testing import Room, room
from kissbot.testing.fakes import FakeShows, Noticeboard

SHOW = Show("One more run", "Hades", 7)


def at(place: Room) -> datetime:
    return datetime.fromtimestamp(place.clock.time(), UTC)


async def goes_live(place: Room, stream: str, channel: str = "ada") -> None:
    """A stream begins."""
    where = Channel(f"id-{channel}", channel)
    await place.happens(StreamOnline(channel=where, id=f"on {stream}", at=at(place), stream_id=stream))


async def is_found(place: Room, stream: str, began: datetime, channel: str = "ada") -> None:
    """A look finds a stream that runs."""
    where = Channel(f"id-{channel}", channel)
    told = f"poll:{stream}:{place.clock.time()}"
    await place.happens(StreamOnline(channel=where, id=told, at=began, stream_id=stream))


async def goes_offline(place: Room, stream: str, channel: str = "ada") -> None:
    """A stream ends."""
    where = Channel(f"id-{channel}", channel)
    await place.happens(StreamOffline(channel=where, id=f"off {stream}", at=at(place), stream_id=stream))


def said(place: Room) -> list[tuple[str, str]]:
    return [(line.channel.login, line.text) for line in place.said]


async def chooses(place: Room, words: str, channel: str = "ada") -> None:
    answer = await place.hears(f"!kiss {words}", viewer="mona", rank=Rank.MODERATOR, channel=channel)
    assert answer
    assert answer.startswith("✅"), answer
    place.said.clear()


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "🔴 @ada is live! 🎮 One more run"),
        ("fr", "🔴 @ada est en live ! 🎮 One more run"),
        ("es", "🔴 ¡@ada está en directo! 🎮 One more run"),
        ("de", "🔴 @ada ist live! 🎮 One more run"),
    ],
)
async def test_a_stream_is_announced_with_its_real_title(language: str, line: str) -> None:
    async with room({Shows: FakeShows(ada=SHOW)}, language=language) as place:
        await goes_live(place, "s1")
        assert said(place) == [("ada", line)]
        assert place.said[0].priority is Priority.ANNOUNCEMENT


@pytest.mark.parametrize("language", ["en", "fr", "es", "de"])
async def test_a_stream_without_a_title_is_announced_without_one(language: str) -> None:
    async with room(language=language) as place:
        await goes_live(place, "s1")
        assert "🎮" not in place.said[0].text
        assert "@ada" in place.said[0].text


async def test_a_stream_that_flaps_is_announced_once() -> None:
    """Pain 29: announced twice, after a restart, on flapping."""
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        for number in range(4):
            await goes_live(place, f"s{number}")
            await place.clock.push(SAME + 1)
            await goes_offline(place, f"s{number}")
            await place.clock.push(30)
        assert said(place) == [("ada", "🔴 @ada is live! 🎮 One more run")]
        await place.clock.push(FLAPS_WITHIN)
        await goes_live(place, "s9")
        assert len(place.said) == 2


async def test_a_channel_words_its_announcement_itself() -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        await chooses(place, "set online {channel} plays {game_name} ({title}) for {viewer_count} people")
        await goes_live(place, "s1")
        assert said(place) == [("ada", "ada plays Hades (One more run) for 7 people")]


async def test_what_nobody_knows_is_not_invented() -> None:
    async with room({Shows: FakeShows(ada=Show("A title"))}) as place:
        await chooses(place, "set online {title} / {viewer_count}")
        await goes_live(place, "s1")
        assert said(place) == [("ada", "A title / ?")]


async def test_a_title_is_data() -> None:
    title = "/ban {viewer_count} {channel.__class__} %s\u202e"
    async with room({Shows: FakeShows(ada=Show(title))}) as place:
        await chooses(place, "set online {title}")
        await goes_live(place, "s1")
        assert said(place) == [("ada", "› /ban {viewer_count} {channel.__class__} %s")]


async def test_a_channel_that_wants_no_announcement_gets_none() -> None:
    shows = FakeShows(ada=SHOW)
    shows.broken = True
    async with room({Shows: shows}) as place:
        await chooses(place, "set online off")
        await goes_live(place, "s1")
        assert said(place) == []


@pytest.mark.parametrize("reason", ["network", "http_503", "http_429", "expired", "msg_ratelimit"])
async def test_an_announcement_that_was_not_shown_is_tried_again_by_the_next_look(reason: str) -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        began, place.drop_reason = at(place), reason
        await goes_live(place, "s1")
        place.drop_reason = ""
        for _ in range(3):
            await place.clock.push(SAME + 1)
            await is_found(place, "s1", began)
        assert len(place.said) == 2


async def test_an_announcement_whose_receipt_is_lost_is_not_said_again_when_the_chat_heard_it() -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        began, place.drop_reason, place.echo = at(place), "network", True
        await goes_live(place, "s1")
        for _ in range(3):
            await place.clock.push(SAME + 1)
            await is_found(place, "s1", began)
        assert len(place.said) == 1


@pytest.mark.parametrize("reason", ["msg_banned", "msg_followersonly", "msg_duplicate", "http_403"])
async def test_an_announcement_that_will_never_be_shown_is_not_tried_again(reason: str) -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        began, place.drop_reason = at(place), reason
        await goes_live(place, "s1")
        for _ in range(3):
            await place.clock.push(SAME + 1)
            await is_found(place, "s1", began)
        assert len(place.said) == 1


async def test_when_nobody_knows_what_is_on_the_announcement_waits_for_the_next_look() -> None:
    shows = FakeShows(ada=SHOW)
    shows.broken = True
    async with room({Shows: shows}) as place:
        began = at(place)
        await goes_live(place, "s1")
        assert said(place) == []
        shows.broken = False
        await place.clock.push(SAME + 1)
        await is_found(place, "s1", began)
        assert said(place) == [("ada", "🔴 @ada is live! 🎮 One more run")]


async def test_what_waits_to_be_shown_is_not_said_twice() -> None:
    """A line may wait long for its turn; whoever looks meanwhile finds the stream taken."""
    shows = FakeShows(ada=SHOW)
    async with room({Shows: shows}) as place:
        began, place.silent = at(place), True
        await goes_live(place, "s1")
        await place.clock.push(LEASE - 1)
        await is_found(place, "s1", began)
        assert len(place.said) == 1


# Other targets


async def test_a_channel_may_announce_the_streams_of_others() -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        await chooses(place, "set streams +ada", "bob")
        await goes_live(place, "s1")
        assert sorted(said(place)) == [
            ("ada", "🔴 @ada is live! 🎮 One more run"),
            ("bob", "🔴 @ada is live! 🎮 One more run → https://twitch.tv/ada"),
        ]


async def test_a_channel_where_the_bot_is_not_hears_nothing_of_others() -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        await chooses(place, "set streams +ada", "eve")
        await goes_live(place, "s1")
        assert [login for login, _ in said(place)] == ["ada"]


async def test_others_announce_even_what_the_channel_itself_does_not() -> None:
    async with room({Shows: FakeShows(ada=SHOW)}) as place:
        await chooses(place, "set online off")
        await chooses(place, "set online Go! {channel}: {title}", "bob")
        await chooses(place, "set streams +ada", "bob")
        await goes_live(place, "s1")
        assert said(place) == [("bob", "Go! ada: One more run")]


async def test_another_attempt_is_made_where_it_failed_only() -> None:
    board = Noticeboard()
    async with room({Shows: FakeShows(ada=SHOW), Elsewhere: board}) as place:
        await chooses(place, "set streams +ada", "bob")
        began, place.drop_reasons["ada"] = at(place), "network"
        await goes_live(place, "s1")
        await place.clock.push(SAME + 1)
        await is_found(place, "s1", began)
        assert sorted(login for login, _ in said(place)) == ["ada", "ada", "bob"]
        assert len(board.pinned) == 1


async def test_a_webhook_is_told_in_the_language_of_the_channel() -> None:
    board = Noticeboard()
    async with room({Shows: FakeShows(ada=SHOW), Elsewhere: board}, language="fr") as place:
        await goes_live(place, "s1")
        assert board.pinned == ["🔴 @ada est en live ! 🎮 One more run → https://twitch.tv/ada"]


# The end


async def test_the_end_of_a_stream_is_not_told_by_default() -> None:
    async with room() as place:
        await goes_live(place, "s1")
        await goes_offline(place, "s1")
        assert len(place.said) == 1


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "⚫ @ada is offline. See you next time!"),
        ("fr", "⚫ @ada n'est plus en live. À la prochaine !"),
        ("es", "⚫ @ada ya no está en directo. ¡Hasta la próxima!"),
        ("de", "⚫ @ada ist offline. Bis zum nächsten Mal!"),
    ],
)
async def test_the_end_of_a_stream_is_told_once_where_that_is_wanted(language: str, line: str) -> None:
    async with room(language=language, lines={"offline": "on", "online": "off"}) as place:
        for number in range(3):
            await goes_live(place, f"s{number}")
            await goes_offline(place, f"s{number}")
            await place.clock.push(SAME + 1)
        assert said(place) == [("ada", line)]


async def test_a_stream_that_nobody_knew_of_does_not_end() -> None:
    async with room(lines={"offline": "on"}) as place:
        await goes_offline(place, "s1")
        assert said(place) == []


async def test_the_end_of_a_stream_is_worded_by_the_channel() -> None:
    lines = {"offline": "{channel} played {game_name}: {title}", "online": "off"}
    async with room({Shows: FakeShows(ada=SHOW)}, lines=lines) as place:
        await goes_live(place, "s1")
        await goes_offline(place, "s1")
        assert said(place) == [("ada", "ada played Hades: One more run")]


async def test_when_nobody_knows_what_was_on_the_end_is_told_in_plain_words() -> None:
    shows = FakeShows(ada=SHOW)
    shows.broken = True
    async with room({Shows: shows}, lines={"offline": "{title} is over", "online": "off"}) as place:
        await goes_live(place, "s1")
        await goes_offline(place, "s1")
        assert said(place) == [("ada", "⚫ @ada is offline. See you next time!")]


# What can be chosen


@pytest.mark.parametrize(
    "line",
    [
        "{title.__class__}",
        "{viewer}",
        "{",
        "}",
        "{}",
        "{0}",
        "{title",
        "{{title}}",
        "{title!r}",
        "{title:>99}",
        "live { title }",
    ],
)
async def test_a_line_with_other_blanks_is_refused_with_the_right_ones(line: str) -> None:
    async with room() as place:
        answer = await place.hears(f"!kiss set online {line}", rank=Rank.MODERATOR)
        blanks = "{channel} {title} {game_name} {viewer_count}"
        assert answer == f"🤷 online can be: on, off, or a line in which {blanks} are filled"
        assert await place.audit.latest() == []


async def test_a_line_has_a_length() -> None:
    async with room() as place:
        answer = await place.hears(f"!kiss set online {'x' * 301}", rank=Rank.MODERATOR)
        assert answer == "🤷 A line may have 300 characters at most."


async def test_a_line_is_chosen_shown_and_reset() -> None:
    async with room() as place:

        async def tells(words: str) -> str | None:
            return await place.hears(f"!kiss {words}".rstrip(), rank=Rank.MODERATOR)

        assert await tells("set raid on") == "✅ raid: off → on"
        assert await tells("set online {title}!") == "✅ online: on → {title}!"
        assert "· lines: online “{title}!” raid ·" in (await tells("") or "")
        assert (await tells("set offline") or "").startswith(
            "🤷 offline can be: on, off, or a line in which {"
        )
        assert await tells("reset online") == "✅ online: {title}! → on"
        assert await tells("set raid OFF") == "✅ raid: on → off"
        assert [record.what for record in await place.audit.latest()] == ["raid", "online", "online", "raid"]


@pytest.mark.parametrize("streams", ["", "ada", "+", "+a b", "+" + "x" * 26, "-"])
async def test_streams_are_named_with_a_sign(streams: str) -> None:
    async with room() as place:
        answer = await place.hears(f"!kiss set streams {streams}", rank=Rank.MODERATOR)
        assert answer == "🤷 Write +name for a channel to announce here, -name for one to leave out."


async def test_streams_are_added_and_taken_away() -> None:
    async with room() as place:

        async def tells(words: str) -> str | None:
            return await place.hears(f"!kiss {words}", rank=Rank.MODERATOR)

        assert await tells("set streams +@Bob +eve") == "✅ streams: – → bob eve"
        assert await tells("set streams -bob") == "✅ streams: bob eve → eve"
        assert await tells("set streams " + " ".join(f"+u{n}" for n in range(60))) == (
            "🤷 That is too many: 50 at most."
        )
        assert await tells("reset streams") == "✅ streams: eve → –"
