"""A chat connection over IRC logs in, enters rooms no faster than it may, and notices silence."""

from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.messages import Rank
from kissbot.transports.twitch.irc.meaning import Entered, Notice, State
from kissbot.transports.twitch.irc.protocol import PATIENCE, QUIET, Answer, Session, Spoilt
from kissbot.transports.twitch.irc.rooms import (
    ANSWER_WITHIN,
    ASK_AGAIN,
    FULL,
    JOINS,
    ROOMS,
    SILENT,
    WINDOW,
    Barred,
    Pace,
)

WELCOME = b":tmi.twitch.tv 001 kissbot :Welcome, GLHF!\r\n"


def logged_in(pace: Pace | None = None) -> Session:
    session = Session("kissbot", "secret", pace or Pace(), 0)
    session.outgoing()
    session.receive(WELCOME, 0)
    return session


def sent(session: Session) -> list[str]:
    return session.outgoing().decode().splitlines()


def entered(*rooms: str) -> bytes:
    return "".join(f"@room-id=1 :tmi.twitch.tv ROOMSTATE #{room}\r\n" for room in rooms).encode()


def state(room: str, badges: str = "", **tags: str) -> bytes:
    named = ";".join(f"{name.replace('_', '-')}={value}" for name, value in tags.items())
    return f"@badges={badges};{named} :tmi.twitch.tv USERSTATE #{room}\r\n".encode()


def asked(session: Session, now: float) -> list[str]:
    """The rooms that are asked for now."""
    session.tend(now)
    return [line.removeprefix("JOIN #") for line in sent(session) if line.startswith("JOIN")]


# Logging in, and staying alive


def test_it_asks_for_tags_and_commands_and_logs_in() -> None:
    session = Session("kissbot", "secret", Pace(), 0)
    assert sent(session) == [
        "CAP REQ :twitch.tv/tags twitch.tv/commands",
        "PASS oauth:secret",
        "NICK kissbot",
    ]
    assert not session.welcomed
    session.receive(WELCOME, 1)
    assert session.welcomed


def test_no_room_is_asked_for_before_the_welcome() -> None:
    session = Session("kissbot", "secret", Pace(), 0)
    session.rooms.want("ada")
    session.tend(1)
    assert not any(line.startswith("JOIN") for line in sent(session))


def test_a_ping_is_answered_with_its_text() -> None:
    session = logged_in()
    session.receive(b"PING :tmi.twitch.tv\r\n", 1)
    assert sent(session) == ["PONG :tmi.twitch.tv"]


def test_silence_is_asked_about_and_then_counts_as_death() -> None:
    session = logged_in()
    session.tend(QUIET - 0.1)
    assert sent(session) == []
    assert session.next_at(QUIET - 0.1) == QUIET
    session.tend(QUIET)
    assert sent(session) == ["PING :kissbot"]
    session.tend(QUIET + 1)
    assert sent(session) == []
    assert session.next_at(QUIET + 1) == QUIET + PATIENCE
    assert not session.dead(QUIET + PATIENCE - 0.1)
    assert session.dead(QUIET + PATIENCE)


def test_any_answer_is_a_sign_of_life() -> None:
    session = logged_in()
    session.tend(QUIET)
    sent(session)
    assert not session.calls
    session.receive(b":tmi.twitch.tv PONG tmi.twitch.tv :kissbot\r\n", QUIET + 5)
    assert session.calls  # else it would be asked again too late
    assert session.next_at(QUIET + 5) == 2 * QUIET + 5
    assert not session.dead(QUIET + PATIENCE)
    sent(session)
    session.tend(2 * QUIET + 5)
    assert sent(session) == ["PING :kissbot"]


def test_a_line_that_cannot_be_read_leaves_the_others_alone() -> None:
    events = logged_in().receive(b"@broken\r\n@msg-id=slow_on :tmi.twitch.tv NOTICE #ada :slow\r\n", 1)
    assert [type(event) for event in events] == [Spoilt, Notice]


# Rooms


def test_rooms_are_asked_for_no_faster_than_twitch_allows() -> None:
    session = logged_in()
    rooms = [f"room{number}" for number in range(50)]
    for room in rooms:
        session.rooms.want(room)
    assert asked(session, 0) == rooms[:JOINS]
    assert asked(session, WINDOW - 0.1) == []
    session.receive(entered(*rooms[:JOINS]), 5)
    assert session.rooms.next_at(5) == WINDOW
    assert asked(session, WINDOW) == rooms[JOINS : 2 * JOINS]


def test_the_pace_is_the_accounts_and_not_the_connections() -> None:
    pace = Pace()
    first, second = logged_in(pace), logged_in(pace)
    for number in range(JOINS):
        first.rooms.want(f"room{number}")
    second.rooms.want("room0")
    assert len(asked(first, 0)) == JOINS
    assert asked(second, 1) == []
    assert asked(second, WINDOW) == ["room0"]


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 30)), max_size=30))
def test_no_schedule_asks_for_more_than_twenty_rooms_in_ten_seconds(steps: list[tuple[float, int]]) -> None:
    session, now, at, names = logged_in(), 0.0, list[float](), 0
    for pause, wanted in steps:
        now += pause
        for _ in range(wanted):
            names += 1
            session.rooms.want(f"room{names}")
        got = asked(session, now)
        at += [now] * len(got)
        session.receive(entered(*got), now)
    assert all(later - earlier > 10 for earlier, later in zip(at, at[JOINS:], strict=False))
    assert len(at) <= ROOMS


def test_beyond_a_hundred_rooms_the_rest_is_refused_and_said_once() -> None:
    session, now, barred = logged_in(), 0.0, list[Barred]()
    for number in range(ROOMS + 2):
        session.rooms.want(f"room{number}")
    for _ in range(8):
        barred += session.tend(now)
        got = [line.removeprefix("JOIN #") for line in sent(session) if line.startswith("JOIN")]
        session.receive(entered(*got), now)
        now += WINDOW
    assert barred == [Barred("room100", FULL), Barred("room101", FULL)]
    assert session.rooms.settled
    session.leave("room7")
    assert sent(session) == ["PART #room7"]
    assert asked(session, now) == ["room100"]


def test_rooms_where_the_bot_moderates_and_its_own_take_no_place() -> None:
    session, now = logged_in(), 0.0
    rooms = ["kissbot", *(f"room{number}" for number in range(ROOMS + 20))]
    for room in rooms:
        session.rooms.want(room)
    got = list[str]()
    for _ in range(10):
        news = asked(session, now)
        for room in news:
            session.receive(state(room, "moderator/1", mod="1") + entered(room), now)
        got += news
        now += WINDOW
    assert got == rooms


def test_a_room_that_does_not_answer_is_told_once_and_asked_for_again_later() -> None:
    session = logged_in()
    session.rooms.want("gone")
    assert asked(session, 0) == ["gone"]
    assert not session.rooms.settled
    assert session.tend(ANSWER_WITHIN) == [Barred("gone", SILENT)]
    assert session.rooms.settled
    assert asked(session, ANSWER_WITHIN + ASK_AGAIN) == ["gone"]
    assert session.tend(2 * ANSWER_WITHIN + ASK_AGAIN) == []
    assert session.rooms.next_at(100) == 2 * ANSWER_WITHIN + 3 * ASK_AGAIN


def test_a_suspended_channel_is_barred_until_something_is_mended() -> None:
    session = logged_in()
    session.rooms.want("ada")
    asked(session, 0)
    line = b"@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #ada :It is suspended.\r\n"
    events = session.receive(line, 1)
    assert events == [
        Notice("ada", "msg_channel_suspended", "It is suspended."),
        Barred("ada", "It is suspended."),
    ]
    assert asked(session, 1_000) == []
    session.rooms.again()
    assert asked(session, 1_001) == ["ada"]


def test_entering_is_told_once_and_only_of_ourselves() -> None:
    session = logged_in()
    session.rooms.want("ada")
    assert session.receive(b":vera!vera@vera.tmi.twitch.tv JOIN #ada\r\n", 1) == []
    assert session.receive(b":kissbot!kissbot@x JOIN #ada\r\n" + entered("ada"), 1) == [
        Entered("ada", "kissbot")
    ]
    assert session.receive(entered("elsewhere"), 1) == []


# Saying something


def test_a_line_is_shown_when_the_state_says_so() -> None:
    session = logged_in()
    session.rooms.want("ada")
    session.say("ada", "hello", "n1", "m0")
    assert sent(session) == ["@client-nonce=n1;reply-parent-msg-id=m0 PRIVMSG #ada :hello"]
    assert session.receive(state("ada"), 1) == [State("ada", Rank.EVERYONE)]  # on entering
    assert Answer("n2") not in session.receive(state("ada", client_nonce="n2"), 1)
    assert session.receive(state("ada", "vip/1", client_nonce="n1", id="m1"), 1) == [
        State("ada", Rank.VIP, "m1", "n1"),
        Answer("n1", "m1"),
    ]
    assert session.receive(state("ada"), 2) == [State("ada", Rank.EVERYONE)]


def test_a_line_is_not_shown_for_the_reason_in_the_notice() -> None:
    session = logged_in()
    session.say("ada", "hello", "n1")
    other = b"@msg-id=slow_on :tmi.twitch.tv NOTICE #ada :This room is now in slow mode.\r\n"
    assert [type(event) for event in session.receive(other, 1)] == [Notice]
    line = b"@msg-id=msg_duplicate :tmi.twitch.tv NOTICE #ada :Identical.\r\n"
    assert session.receive(line, 1)[1:] == [Answer("n1", code="msg_duplicate", text="Identical.")]
    assert [type(event) for event in session.receive(line, 2)] == [Notice]


def test_a_text_cannot_become_another_command() -> None:
    session = logged_in()
    session.say("ada", "hello\r\nQUIT", "n1")
    assert sent(session) == ["@client-nonce=n1 PRIVMSG #ada :hello  QUIT"]
