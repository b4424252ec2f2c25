"""Who holds which token, and for how long."""

import pytest

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.api import ENDPOINTS
from kissbot.sandbox.tokens import APP_SECONDS, NEEDS, USER_SECONDS, LoginTiming, Need, Tokens
from kissbot.sandbox.world import Person

VERA = Person("7", "vera", "Vera", "")


def test_a_token_expires() -> None:
    tokens = Tokens()
    value = tokens.log_in(VERA, ["user:bot"], 0.0).token
    assert tokens.find(value, USER_SECONDS - 1)
    assert tokens.find(value, USER_SECONDS) is None
    assert tokens.find(tokens.app_token(0.0).value, APP_SECONDS - 1)


def test_a_refresh_token_works_once() -> None:
    tokens = Tokens()
    first = tokens.log_in(VERA, ["user:bot"], 0.0)
    token, second = tokens.refresh(first.refresh_token, 10.0)
    assert token.value != first.token
    assert token.scopes == {"user:bot"}
    assert second != first.refresh_token
    third, _ = tokens.refresh(second, 20.0)
    assert tokens.find(third.value, 20.0)
    assert tokens.logins["7"].refreshes == tokens.refreshes == 2


def test_a_refresh_token_that_comes_again_ends_the_whole_login() -> None:
    tokens = Tokens()
    over: list[str] = []
    tokens.ended = lambda bucket, user_id: over.append(f"{bucket}/{user_id}")
    first = tokens.log_in(VERA, ["user:bot"], 0.0)
    token, second = tokens.refresh(first.refresh_token, 10.0)
    with pytest.raises(Refused, match="Invalid refresh token"):
        tokens.refresh(first.refresh_token, 20.0)
    assert over == [f"{token.bucket}/7"]
    assert tokens.find(token.value, 20.0) is None
    assert tokens.granted("7") == frozenset()
    with pytest.raises(Refused, match="Invalid refresh token"):
        tokens.refresh(second, 20.0)
    assert (tokens.reused, tokens.logins["7"].status) == (1, "reused")


def test_what_was_used_before_a_new_login_harms_it_no_more() -> None:
    tokens = Tokens()
    old = tokens.log_in(VERA, ["user:bot"], 0.0)
    tokens.end(tokens.logins["7"], "disconnected")
    new = tokens.log_in(VERA, ["user:bot"], 1.0)
    with pytest.raises(Refused):
        tokens.refresh(old.refresh_token, 2.0)
    assert tokens.find(new.token, 2.0)
    assert tokens.reused == 0


def test_one_login_that_ends_leaves_the_others_alone() -> None:
    tokens = Tokens()
    sam = tokens.log_in(Person("8", "sam", "Sam", ""), ["user:bot"], 0.0)
    tokens.log_in(VERA, ["user:bot"], 0.0)
    tokens.end(tokens.logins["7"], "password_changed")
    assert tokens.find(sam.token, 1.0)
    assert tokens.refresh(sam.refresh_token, 1.0)


def test_expired_tokens_are_forgotten_and_used_refresh_tokens_are_not() -> None:
    tokens = Tokens(timing=LoginTiming(user_token=2))
    first = refresh_token = tokens.log_in(VERA, ["user:bot"], 0.0).refresh_token
    for second in range(1, 1000):
        _, refresh_token = tokens.refresh(refresh_token, float(second))
        assert tokens.live(VERA, float(second)) <= 2
    with pytest.raises(Refused):
        tokens.refresh(first, 1000.0)
    assert tokens.reused == 1


def test_the_text_form_of_what_is_secret_does_not_tell_it() -> None:
    tokens = Tokens()
    login = tokens.log_in(VERA, ["user:bot"], 0.0)
    token, _ = tokens.refresh(login.refresh_token, 1.0)
    shown = f"{login!r} {token!r} {tokens.app_token(1.0)!r}"
    for hidden in (login.token, login.refresh_token, login.client_secret, token.value):
        assert hidden not in shown


def test_consent_is_remembered_after_the_token_is_gone() -> None:
    tokens = Tokens()
    value = tokens.log_in(VERA, ["channel:bot"], 0.0).token
    assert tokens.revoke(value)
    assert not tokens.revoke(value)
    assert tokens.find(value, 1.0) is None
    assert tokens.granted("7") == {"channel:bot"}


@pytest.mark.parametrize(
    ("need", "message"),
    [
        (Need(user=False), "Missing App OAUTH Token"),
        (Need(scope="clips:edit"), "Missing scope: clips:edit"),
    ],
)
def test_an_endpoint_gets_the_token_that_it_needs(need: Need, message: str) -> None:
    tokens = Tokens()
    value = tokens.log_in(VERA, ["user:bot"], 0.0).token
    with pytest.raises(Refused, match=message):
        tokens.admit(tokens.client_id, value, need, 1.0)


def test_every_endpoint_says_what_it_needs() -> None:
    assert set(NEEDS) == set(ENDPOINTS)


def test_an_app_is_nobody() -> None:
    tokens = Tokens()
    value = tokens.app_token(0.0).value
    with pytest.raises(Refused, match="Missing User OAUTH Token"):
        tokens.admit(tokens.client_id, value, Need(app=False), 1.0)


def test_client_ids_have_thirty_characters() -> None:
    assert len(Tokens().client_id) == 30
