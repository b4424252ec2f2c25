"""Who holds which token, and for how long."""

import pytest

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.tokens import APP_SECONDS, USER_SECONDS, Need, Tokens
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
    with pytest.raises(Refused, match="Invalid refresh token"):
        tokens.refresh(first.refresh_token, 20.0)
    assert tokens.refresh(second, 20.0)


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


def test_an_app_is_nobody() -> None:
    tokens = Tokens()
    value = tokens.app_token(0.0).value
    with pytest.raises(Refused, match="Missing User OAUTH Token"):
        tokens.admit(tokens.client_id, value, Need(app=False), 1.0)


def test_client_ids_have_thirty_characters() -> None:
    assert len(Tokens().client_id) == 30
