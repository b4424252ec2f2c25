"""The vault: what is encrypted in it, with which key, for which place."""

import pytest
from cryptography.fernet import Fernet

from kissbot.storage.vault import BadKey, Unreadable, Vault, fingerprint, new_key

OLD, NEW, FOREIGN = (new_key() for _ in range(3))
PLACE = "bot token"


@pytest.mark.parametrize("text", ["a token", "", "ünïcode 🎮", '["json", 1]', "x" * 5000])
def test_what_was_encrypted_can_be_read_at_its_place(text: str) -> None:
    vault = Vault([OLD])
    sealed = vault.encrypt(text, PLACE)
    assert text.encode() not in sealed or not text
    assert vault.decrypt(sealed, PLACE) == text


def test_the_same_text_is_never_encrypted_to_the_same_bytes() -> None:
    vault = Vault([OLD])
    assert vault.encrypt("a token", PLACE) != vault.encrypt("a token", PLACE)


def test_what_was_moved_to_another_place_is_not_read_there() -> None:
    vault = Vault([OLD])
    with pytest.raises(Unreadable, match="moved here from 'bot token'"):
        vault.decrypt(vault.encrypt("a token", PLACE), "channel:1 token")


def test_another_key_says_so_and_shows_no_key() -> None:
    with pytest.raises(BadKey) as told:
        Vault([FOREIGN]).decrypt(Vault([OLD]).encrypt("a token", PLACE), PLACE)
    assert fingerprint(FOREIGN) in str(told.value)
    assert "log in again" in str(told.value)
    assert FOREIGN.decode() not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    "sealed", [b"", b"damaged", pytest.param(Fernet(OLD).encrypt(b"of another program"), id="foreign")]
)
def test_what_is_damaged_is_told_so(sealed: bytes) -> None:
    with pytest.raises(Unreadable, match=r"[Ll]og in again"):
        Vault([OLD]).decrypt(sealed, PLACE)


def test_older_keys_open_and_the_newest_encrypts() -> None:
    sealed = Vault([OLD]).encrypt("a token", PLACE)
    both = Vault([NEW, OLD])
    assert both.decrypt(sealed, PLACE) == "a token"
    assert Vault([NEW]).decrypt(both.encrypt("another", PLACE), PLACE) == "another"


def test_a_rotated_text_needs_the_old_key_no_more() -> None:
    rotated = Vault([NEW, OLD]).rotate(Vault([OLD]).encrypt("a token", PLACE))
    assert Vault([NEW]).decrypt(rotated, PLACE) == "a token"
    with pytest.raises(BadKey):
        Vault([OLD]).rotate(rotated)


def test_a_vault_looks_for_newer_keys_when_its_own_do_not_fit() -> None:
    asked = []

    def latest() -> list[bytes]:
        asked.append(True)
        return [NEW]

    vault = Vault([OLD], latest)
    assert vault.decrypt(vault.encrypt("old", PLACE), PLACE) == "old"
    assert not asked
    assert vault.decrypt(Vault([NEW]).encrypt("new", PLACE), PLACE) == "new"
    assert vault.fingerprint == fingerprint(NEW)


def test_keys_that_are_gone_for_a_moment_are_not_forgotten() -> None:
    vault = Vault([OLD], latest=list)
    with pytest.raises(BadKey):
        vault.decrypt(b"damaged", PLACE)
    assert vault.decrypt(vault.encrypt("a token", PLACE), PLACE) == "a token"


def test_the_key_that_is_asked_for_leads() -> None:
    vault = Vault([NEW, OLD])
    vault.lead(fingerprint(OLD))
    assert vault.fingerprint == fingerprint(OLD)
    assert Vault([OLD]).decrypt(vault.encrypt("a token", PLACE), PLACE) == "a token"
    assert vault.decrypt(Vault([NEW]).encrypt("new", PLACE), PLACE) == "new"
    with pytest.raises(BadKey, match=f"want the key {fingerprint(FOREIGN)}, but the key here is"):
        vault.lead(fingerprint(FOREIGN))


@pytest.mark.parametrize(
    "key", [b"", b"short", b"!" * 44, pytest.param(new_key()[:-3], id="cut off"), "ключ".encode()]
)
def test_what_is_no_key_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(BadKey, match="32 bytes in base64") as told:
        Vault([key])
    assert not key or key.decode() not in str(told.value)


def test_a_vault_without_keys_is_none() -> None:
    with pytest.raises(BadKey):
        Vault([])


def test_a_fingerprint_is_short_steady_and_no_part_of_the_key() -> None:
    key = b"A" * 43 + b"="
    assert fingerprint(key) == fingerprint(key) != fingerprint(OLD)
    assert len(fingerprint(key)) == 9
    assert repr(Vault([key, OLD])) == f"Vault({fingerprint(key)})"
