"""Which subscriptions EventSub allows, and what becomes of them."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.eventsub import EventSub, Order, Transport
from kissbot.sandbox.kinds import KINDS
from kissbot.sandbox.register import Subscription
from kissbot.sandbox.scopes import SCOPES
from kissbot.sandbox.sessions import Session
from kissbot.sandbox.tokens import Token
from kissbot.sandbox.world import Person

BOT = Person("7", "kissbot", "kissbot", "")
TOKEN = Token("t", "client", 1e12, frozenset({"user:read:chat"}), BOT)


class Bench(NamedTuple):
    eventsub: EventSub
    granted: dict[str, frozenset[str]]

    def session(self) -> Session:
        return self.eventsub.open(10, 0.0)

    def order(
        self, session: Session, kind: str = "channel.chat.message", channel: str = "1", token: Token = TOKEN
    ) -> Subscription:
        condition = {"broadcaster_user_id": channel}
        if "user_id" in KINDS[kind].condition:
            condition["user_id"] = "7"
        order = Order(kind, KINDS[kind].version, condition, Transport("websocket", session.id))
        return self.eventsub.subscribe(order, token, 0.0)


@pytest.fixture
def bench() -> Bench:
    granted: dict[str, frozenset[str]] = {}
    return Bench(
        EventSub(lambda user_id: granted.get(user_id, frozenset()), lambda user_id, channel_id: False),
        granted,
    )


def refused(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.status, caught.value.message


def test_three_sockets_and_no_more(bench: Bench) -> None:
    for number in range(3):
        bench.order(bench.session(), channel=f"{number}")
    fourth = bench.session()
    status, message = refused(lambda: bench.order(fourth, channel="9"))
    assert status == 429
    assert "websocket transports" in message


def test_a_socket_without_subscriptions_does_not_count(bench: Bench) -> None:
    for _ in range(5):
        bench.session()
    bench.order(bench.session())


def test_a_socket_that_is_gone_makes_room(bench: Bench) -> None:
    sessions = [bench.session() for _ in range(3)]
    for number, session in enumerate(sessions):
        bench.order(session, channel=f"{number}")
    bench.eventsub.close(sessions[0], "websocket_disconnected", 1.0)
    bench.order(bench.session(), channel="9")


def test_other_users_have_sockets_of_their_own(bench: Bench) -> None:
    for number in range(3):
        bench.order(bench.session(), channel=f"{number}")
    other = Token("o", "client", 1e12, user=Person("8", "other", "other", ""))
    bench.order(bench.session(), "stream.online", "1", other)


def test_one_session_serves_one_user(bench: Bench) -> None:
    session = bench.session()
    bench.order(session)
    other = Token("o", "client", 1e12, user=Person("8", "other", "other", ""))
    assert refused(lambda: bench.order(session, "stream.online", "1", other))[0] == 400


def test_three_hundred_subscriptions_on_a_socket_and_no_more(bench: Bench) -> None:
    session = bench.session()
    for number in range(300):
        bench.order(session, channel=f"{number}")
    assert refused(lambda: bench.order(session, channel="one more"))[0] == 429
    bench.order(bench.session(), channel="one more")


def test_the_same_again_is_a_conflict(bench: Bench) -> None:
    session = bench.session()
    bench.order(session)
    assert refused(lambda: bench.order(session)) == (409, "subscription already exists")
    bench.order(session, channel="2")


def test_events_about_strangers_cost_one_each_and_ten_at_most(bench: Bench) -> None:
    session = bench.session()
    for channel in "12345":
        assert bench.order(session, "stream.online", channel).cost == 1
        assert bench.order(session, "stream.offline", channel).cost == 1
    assert bench.eventsub.register.cost(TOKEN.bucket) == 10
    assert refused(lambda: bench.order(session, "stream.online", "6"))[0] == 429


def test_who_granted_anything_costs_nothing(bench: Bench) -> None:
    bench.granted["1"] = frozenset({"channel:bot"})
    assert bench.order(bench.session(), "stream.online", "1").cost == 0


def test_what_needs_consent_costs_nothing(bench: Bench) -> None:
    assert bench.order(bench.session()).cost == 0


def test_without_the_scope_there_is_no_chat(bench: Bench) -> None:
    bare = Token("b", "client", 1e12, frozenset({"user:bot"}), BOT)
    session = bench.session()
    assert refused(lambda: bench.order(session, token=bare)) == (
        403,
        "subscription missing proper authorization",
    )


CONSENT = [(name, scope) for name, kind in KINDS.items() for scope in kind.scopes]


@pytest.mark.parametrize(("name", "scope"), CONSENT)
def test_each_type_is_open_to_who_granted_one_of_its_scopes(bench: Bench, name: str, scope: str) -> None:
    kind, session = KINDS[name], bench.session()
    condition = {key: "7" if key == kind.subject else "1" for key in kind.condition}
    order = Order(name, kind.version, condition, Transport("websocket", session.id))
    other = Token("o", "client", 1e12, SCOPES - set(kind.scopes), BOT)
    assert refused(lambda: bench.eventsub.subscribe(order, other, 0.0))[0] == 403
    enough = Token("e", "client", 1e12, frozenset({scope}), BOT)
    assert bench.eventsub.subscribe(order, enough, 0.0).cost == 0


def test_every_scope_that_a_type_wants_exists() -> None:
    assert {scope for _, scope in CONSENT} <= SCOPES


def test_nobody_reads_chat_as_somebody_else(bench: Bench) -> None:
    other = Token("o", "client", 1e12, frozenset({"user:read:chat"}), Person("8", "o", "o", ""))
    session = bench.session()
    assert refused(lambda: bench.order(session, token=other))[0] == 403


def test_an_app_token_cannot_use_websockets(bench: Bench) -> None:
    session = bench.session()
    app = Token("a", "client", 1e12)
    assert refused(lambda: bench.order(session, "stream.online", token=app))[0] == 400


@pytest.mark.parametrize(
    ("kind", "version", "condition"),
    [
        ("channel.nonsense", "1", {"broadcaster_user_id": "1"}),
        ("stream.online", "2", {"broadcaster_user_id": "1"}),
        ("channel.update", "1", {"broadcaster_user_id": "1"}),
        ("stream.online", "1", {}),
        ("stream.online", "1", {"broadcaster_user_id": ""}),
        ("stream.online", "1", {"broadcaster_user_id": "1", "more": "2"}),
        ("channel.chat.message", "1", {"broadcaster_user_id": "1"}),
        ("channel.raid", "1", {}),
    ],
)
def test_a_wrong_type_version_or_condition_is_refused(
    bench: Bench, kind: str, version: str, condition: dict[str, str]
) -> None:
    order = Order(kind, version, condition, Transport("websocket", bench.session().id))
    assert refused(lambda: bench.eventsub.subscribe(order, TOKEN, 0.0))[0] == 400


def test_one_end_of_a_raid_is_enough(bench: Bench) -> None:
    transport = Transport("websocket", bench.session().id)
    bench.eventsub.subscribe(
        Order("channel.raid", "1", {"to_broadcaster_user_id": "1"}, transport), TOKEN, 0.0
    )


def test_an_unknown_session_is_refused(bench: Bench) -> None:
    order = Order("stream.online", "1", {"broadcaster_user_id": "1"}, Transport("websocket", "nobody"))
    status, message = refused(lambda: bench.eventsub.subscribe(order, TOKEN, 0.0))
    assert status == 400
    assert "does not exist" in message


def test_subscriptions_end_with_the_socket_and_are_listed_for_a_minute(bench: Bench) -> None:
    session = bench.session()
    bench.order(session)
    bench.eventsub.close(session, "websocket_disconnected", 100.0)
    assert not bench.eventsub.register.listeners("channel.chat.message", "1")
    assert [one.status for one in bench.eventsub.register.listed(TOKEN.bucket, 160.0)] == [
        "websocket_disconnected"
    ]
    assert not bench.eventsub.register.listed(TOKEN.bucket, 161.0)


def test_a_reconnect_carries_the_subscriptions_over(bench: Bench) -> None:
    session = bench.session()
    mine = bench.order(session)
    challenge = bench.eventsub.ask_to_reconnect(session)
    assert bench.eventsub.resume(session.id, challenge) is session
    assert bench.eventsub.register.listeners("channel.chat.message", "1") == [mine]
    assert mine.enabled


def test_a_reconnect_url_works_once_and_only_for_its_session(bench: Bench) -> None:
    session = bench.session()
    challenge = bench.eventsub.ask_to_reconnect(session)
    assert bench.eventsub.resume(session.id, "wrong") is None
    assert bench.eventsub.resume("wrong", challenge) is None
    assert bench.eventsub.resume(session.id, challenge)
    assert bench.eventsub.resume(session.id, challenge) is None
    assert bench.eventsub.resume(session.id, "") is None


def test_nobody_deletes_what_belongs_to_another(bench: Bench) -> None:
    mine = bench.order(bench.session())
    other = Token("o", "client", 1e12, user=Person("8", "o", "o", ""))
    assert refused(lambda: bench.eventsub.unsubscribe(mine.id, other))[0] == 404
    bench.eventsub.unsubscribe(mine.id, TOKEN)
    assert not bench.eventsub.register.listeners("channel.chat.message", "1")
    assert refused(lambda: bench.eventsub.unsubscribe(mine.id, TOKEN))[0] == 404


@pytest.mark.parametrize(("asked", "given_"), [(1, 10), (10, 10), (30, 30), (9999, 600)])
def test_the_keepalive_is_the_nearest_that_is_allowed(bench: Bench, asked: int, given_: int) -> None:
    assert bench.eventsub.open(asked, 0.0).keepalive == given_


@given(
    st.lists(st.tuples(st.sampled_from(["stream.online", "channel.update"]), st.integers(1, 30)), max_size=40)
)
def test_the_cost_never_passes_ten(orders: list[tuple[str, int]]) -> None:
    bench = Bench(EventSub(lambda _: frozenset(), lambda *_: False), {})
    session = bench.session()
    for kind, channel in orders:
        try:
            bench.order(session, kind, f"{channel}")
        except Refused as refusal:
            assert refusal.status in (409, 429)  # noqa: PT017 (no refusal is right, too)
        assert bench.eventsub.register.cost(TOKEN.bucket) <= 10
