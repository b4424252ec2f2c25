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
    moderated: set[str]
    """The channels in which everybody is a moderator."""

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
    moderated: set[str] = set()
    eventsub = EventSub(
        lambda user_id: granted.get(user_id, frozenset()), lambda _, channel_id: channel_id in moderated
    )
    return Bench(eventsub, granted, moderated)


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
    bench.moderated.add("1")
    assert bench.eventsub.subscribe(order, enough, 0.0).cost == 0


def test_what_moderators_see_is_for_moderators(bench: Bench) -> None:
    condition = {"broadcaster_user_id": "1", "moderator_user_id": "7"}
    order = Order("channel.follow", "2", condition, Transport("websocket", bench.session().id))
    token = Token("m", "client", 1e12, frozenset({"moderator:read:followers"}), BOT)
    assert refused(lambda: bench.eventsub.subscribe(order, token, 0.0))[0] == 403
    bench.moderated.add("1")
    assert bench.eventsub.subscribe(order, token, 0.0).enabled


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


APP = Token("a", "client", 1e12)


def through(bench: Bench, conduit: str, kind: str, **condition: str) -> Subscription:
    order = Order(kind, KINDS[kind].version, condition, Transport("conduit", conduit_id=conduit))
    return bench.eventsub.subscribe(order, APP, 0.0)


def test_an_application_may_spend_ten_thousand(bench: Bench) -> None:
    conduit = bench.eventsub.conduits.create(1, 0.0).id
    for channel in range(10_000):
        assert through(bench, conduit, "stream.online", broadcaster_user_id=f"{channel}").cost == 1
    assert refused(lambda: through(bench, conduit, "stream.online", broadcaster_user_id="more")) == (
        429,
        "maximum total cost exceeded",
    )
    bench.granted["more"] = frozenset({"channel:bot"})
    through(bench, conduit, "stream.online", broadcaster_user_id="more")


def test_the_same_again_is_a_conflict_in_one_conduit_and_allowed_in_three(bench: Bench) -> None:
    conduits = [bench.eventsub.conduits.create(1, 0.0).id for _ in range(4)]
    for conduit in conduits[:3]:
        through(bench, conduit, "stream.online", broadcaster_user_id="1")
    assert refused(lambda: through(bench, conduits[0], "stream.online", broadcaster_user_id="1"))[0] == 409
    assert refused(lambda: through(bench, conduits[3], "stream.online", broadcaster_user_id="1"))[0] == 429


@pytest.mark.parametrize(
    ("reader", "owner", "moderates", "allowed"),
    [
        ("user:read:chat user:bot", "channel:bot", False, True),
        ("user:read:chat user:bot", "", True, True),
        ("user:read:chat user:bot", "", False, False),
        ("user:read:chat", "channel:bot", True, False),
        ("user:bot", "channel:bot", True, False),
    ],
)
def test_an_application_reads_chat_where_both_sides_let_it(
    bench: Bench, reader: str, owner: str, moderates: bool, allowed: bool
) -> None:
    conduit = bench.eventsub.conduits.create(1, 0.0).id
    bench.granted.update({"7": frozenset(reader.split()), "1": frozenset(owner.split())})
    bench.moderated.update({"1"} if moderates else ())

    def subscribe() -> Subscription:
        return through(bench, conduit, "channel.chat.message", broadcaster_user_id="1", user_id="7")

    if allowed:
        assert subscribe().cost == 0
    else:
        assert refused(subscribe)[0] == 403


def test_other_types_want_the_channels_own_consent(bench: Bench) -> None:
    conduit = bench.eventsub.conduits.create(1, 0.0).id
    assert refused(lambda: through(bench, conduit, "channel.cheer", broadcaster_user_id="1"))[0] == 403
    bench.granted["1"] = frozenset({"bits:read"})
    assert through(bench, conduit, "channel.cheer", broadcaster_user_id="1").cost == 0


def test_shards_are_told_of_to_their_own_application_only(bench: Bench) -> None:
    conduit = bench.eventsub.conduits.create(1, 0.0).id
    assert refused(lambda: through(bench, conduit, "conduit.shard.disabled", client_id="other"))[0] == 403
    assert through(bench, conduit, "conduit.shard.disabled", client_id="client", conduit_id=conduit).cost == 0
    order = Order(
        "conduit.shard.disabled", "1", {"client_id": "client"}, Transport("websocket", bench.session().id)
    )
    assert refused(lambda: bench.eventsub.subscribe(order, TOKEN, 0.0))[0] == 403


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
    bench = Bench(EventSub(lambda _: frozenset(), lambda *_: False), {}, set())
    session = bench.session()
    for kind, channel in orders:
        try:
            bench.order(session, kind, f"{channel}")
        except Refused as refusal:
            assert refusal.status in (409, 429)  # noqa: PT017 (no refusal is right, too)
        assert bench.eventsub.register.cost(TOKEN.bucket) <= 10
