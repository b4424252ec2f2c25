"""The vault: what nobody may read in the database is encrypted here, with keys that lie elsewhere."""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kissbot.chat.errors import Trouble


class Unreadable(Trouble):
    """Something encrypted that cannot be read; the text says why, and what to do."""


class BadKey(Unreadable):
    """The key is missing, broken or another one; the text says which, and what to do."""


def new_key() -> bytes:
    """A key that nobody has had before."""
    return Fernet.generate_key()


def fingerprint(key: bytes) -> str:
    """What a key is called where it must not be shown: `3f2a-91bc`."""
    digits = hashlib.sha256(b"KissBot key " + urlsafe_b64decode(key)).hexdigest()
    return f"{digits[:4]}-{digits[4:8]}"


class Vault:
    """Encrypts with the first of its keys, and opens with any. It has no text form that shows a key.

    `latest` tells the keys as they are now; it is asked when the ones at hand do not fit, so that a running
    bot survives a change of keys.
    """

    def __init__(self, keys: Sequence[bytes], latest: Callable[[], Sequence[bytes]] = tuple) -> None:
        self._latest = latest
        self._take(keys)

    def __repr__(self) -> str:
        return f"Vault({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Of the key that encrypts."""
        return next(iter(self._keys))

    def lead(self, wanted: str) -> None:
        """Encrypt with the key of that fingerprint from now on. Raises `BadKey` when it is not there."""
        if wanted not in self._keys:
            self._look_again()
        if wanted not in self._keys:
            raise BadKey(
                f"The logins want the key {wanted}, but the key here is {self.fingerprint}. "
                "Put that key back; `kissbot key show` says where it belongs."
            )
        if wanted != self.fingerprint:
            self._order({wanted: self._keys[wanted]} | self._keys)

    def encrypt(self, text: str, place: str) -> bytes:
        """The text, to be opened at that place only: what is moved elsewhere is worth nothing there."""
        return self._all.encrypt(msgspec.json.encode((place, text)))

    def decrypt(self, sealed: bytes, place: str) -> str:
        """The text that was encrypted for that place. Raises `Unreadable`."""
        try:
            meant_for, text = msgspec.json.decode(self._open(sealed), type=tuple[str, str])
        except msgspec.MsgspecError:
            raise Unreadable("It was encrypted by another program. Log in again.") from None
        if meant_for != place:
            raise Unreadable(f"It was moved here from {meant_for!r} by somebody. Log in again.")
        return text

    def rotate(self, sealed: bytes) -> bytes:
        """The same, encrypted with the first key. Raises `BadKey`."""
        try:
            return self._all.rotate(sealed)
        except InvalidToken:
            raise self._does_not_fit() from None

    def _open(self, sealed: bytes) -> bytes:
        try:
            return self._all.decrypt(sealed)
        except InvalidToken:
            self._look_again()
        try:
            return self._all.decrypt(sealed)
        except InvalidToken:
            raise self._does_not_fit() from None

    def _does_not_fit(self) -> BadKey:
        return BadKey(
            f"The key {self.fingerprint} does not open it: it was encrypted with another key, or is damaged. "
            "Put that key back, or log in again."
        )

    def _look_again(self) -> None:
        if keys := self._latest():
            self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        try:
            self._order({fingerprint(key): Fernet(key) for key in keys})
        except ValueError:
            raise BadKey("A key must be 32 bytes in base64, as `kissbot` makes them.") from None

    def _order(self, keys: dict[str, Fernet]) -> None:
        self._keys, self._all = keys, MultiFernet(list(keys.values()))
