"""Logins in the database, encrypted."""

from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.logins import Login
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import hub_state, oauth_tokens, users
from kissbot.storage.vault import Unreadable, Vault

KEY_ROW: Final = "key"
"""In `hub_state`: the fingerprint of the key that every login is encrypted with. Its number is not lower than
any generation that was removed."""

_KEY: Final = sa.select(hub_state.c.value).where(hub_state.c.key == KEY_ROW)
_LOGINS: Final = sa.select(oauth_tokens, users.c.login).outerjoin(users)

log = structlog.get_logger(__name__)


class Held(Struct, frozen=True):
    """What the logins of a database want."""

    logins: int
    """How many there are."""
    fingerprint: str
    """Of the key that they are encrypted with; empty when there never was one."""


async def held(database: Database) -> Held:
    """How many logins a database holds, and the key that they want. Raises `StorageTrouble`."""
    async with database.reading() as connection:
        return await _held(connection)


async def filled_slots(database: Database) -> frozenset[str]:
    """Which slots hold a login; needs no key. Raises `StorageTrouble`."""
    async with database.reading() as connection:
        return frozenset(await connection.scalars(sa.select(oauth_tokens.c.slot)))


async def lock_key(database: Database, connection: AsyncConnection) -> Held:
    """The same, and neither the key nor a login changes until the transaction ends, except by it."""
    blank = database.insert(hub_state).values(key=KEY_ROW).on_conflict_do_nothing()
    await connection.execute(blank)
    await connection.execute(_KEY.with_for_update())
    return await _held(connection)


async def _held(connection: AsyncConnection) -> Held:
    logins = await connection.scalar(sa.select(sa.func.count()).select_from(oauth_tokens))
    value = await connection.scalar(_KEY)
    return Held(logins or 0, msgspec.json.decode(value, type=str) if value else "")


async def mark_key(connection: AsyncConnection, fingerprint: str) -> None:
    """From now on this is the key that every login is encrypted with; the row is locked already."""
    value = msgspec.json.encode(fingerprint).decode()
    await connection.execute(sa.update(hub_state).where(hub_state.c.key == KEY_ROW).values(value=value))


async def reseal(connection: AsyncConnection, vault: Vault) -> list[str]:
    """Encrypt every login with the vault's first key; those that none of its keys opens stay, by slot."""
    columns = oauth_tokens.c.slot, oauth_tokens.c.token, oauth_tokens.c.refresh_token
    unreadable, changes = [], []
    for slot, *sealed in await connection.execute(sa.select(*columns)):
        try:
            token, refresh_token = (vault.rotate(each) if each else None for each in sealed)
            changes.append({"at": slot, "token": token, "refresh_token": refresh_token})
        except Unreadable:
            unreadable.append(slot)
    if changes:
        await connection.execute(
            sa.update(oauth_tokens).where(oauth_tokens.c.slot == sa.bindparam("at")), changes
        )
    await mark_key(connection, vault.fingerprint)
    return unreadable


class SqlLogins:
    """Keeps the logins of `chat.logins.Logins` in a database. Every write is safe on disk on return.

    Every method raises `StorageTrouble`; `put` and `renew` raise `BadKey`, too.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._told: set[tuple[str, int]] = set()

    async def all(self) -> tuple[Login, ...]:
        """Every login there is, by slot. One that cannot be read is there as retired, without a token."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_LOGINS)).all()
        return tuple(sorted((self._opened(row) for row in rows), key=lambda login: login.slot))

    async def marks(self) -> dict[str, tuple[int, str]]:
        """What tells one state of each slot from the next: its generation, and why it is retired."""
        columns = oauth_tokens.c.slot, oauth_tokens.c.generation, oauth_tokens.c.retired
        async with self._database.reading() as connection:
            return {
                slot: (number, why) for slot, number, why in await connection.execute(sa.select(*columns))
            }

    async def get(self, slot: str) -> Login | None:
        """The newest login of a slot."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_LOGINS.where(oauth_tokens.c.slot == slot))).one_or_none()
        return self._opened(row) if row else None

    async def put(self, login: Login) -> Login:
        """Fill a slot, whatever was in it; the login with its new generation."""
        async with self._database.writing(durable=True) as connection:
            await self._agree_on_key(connection)
            values = await self._written(connection, login)
            first = sa.select(hub_state.c.number + 1).where(hub_state.c.key == KEY_ROW).scalar_subquery()
            upsert = (
                self._database.insert(oauth_tokens)
                .values(slot=login.slot, generation=first, retired=login.retired, **values)
                .on_conflict_do_update(
                    index_elements=["slot"],
                    set_={**values, "retired": login.retired, "generation": oauth_tokens.c.generation + 1},
                )
                .returning(oauth_tokens.c.generation)
            )
            generation = (await connection.execute(upsert)).scalar_one()
        return msgspec.structs.replace(login, generation=generation)

    async def renew(self, login: Login) -> Login | None:
        """Replace the generation that `login` carries by its next; None when somebody else was faster."""
        async with self._database.writing(durable=True) as connection:
            await self._agree_on_key(connection)
            values = await self._written(connection, login)
            change = sa.update(oauth_tokens).where(*_generation_of(login))
            change = change.values(retired="", generation=oauth_tokens.c.generation + 1, **values)
            generation = await connection.scalar(change.returning(oauth_tokens.c.generation))
        if generation is None:
            return None
        return msgspec.structs.replace(login, generation=generation, retired="")

    async def retire(self, login: Login, why: str) -> bool:
        """Mark that generation as of no use; False when it is retired already, or no longer the newest."""
        change = sa.update(oauth_tokens).where(*_generation_of(login), oauth_tokens.c.retired == "")
        change = change.values(retired=why, changed_at=self._clock.time())
        async with self._database.writing(durable=True) as connection:
            return await connection.scalar(change.returning(oauth_tokens.c.slot)) is not None

    async def remove(self, slot: str) -> bool:
        """Empty a slot; False when it was empty."""
        gone = sa.delete(oauth_tokens).where(oauth_tokens.c.slot == slot).returning(oauth_tokens.c.generation)
        async with self._database.writing(durable=True) as connection:
            await lock_key(self._database, connection)
            generation = await connection.scalar(gone)
            if generation is not None:
                # A later login of the slot must not be taken for this one by whoever still holds it.
                beyond = hub_state.c.number + generation
                await connection.execute(
                    sa.update(hub_state).where(hub_state.c.key == KEY_ROW).values(number=beyond)
                )
        return generation is not None

    async def _agree_on_key(self, connection: AsyncConnection) -> None:
        """All logins are encrypted with one key, so that no change of keys leaves one behind."""
        now = await lock_key(self._database, connection)
        if now.logins and now.fingerprint:
            self._vault.lead(now.fingerprint)
        elif now.fingerprint != self._vault.fingerprint:
            await mark_key(connection, self._vault.fingerprint)

    async def _written(self, connection: AsyncConnection, login: Login) -> dict[str, object]:
        """The columns that change whenever a slot is filled; the account is there before they are."""
        now = self._clock.time()
        if login.user_id:
            account = self._database.insert(users).values(id=login.user_id, login=login.login, seen_at=now)
            known = {"login": login.login, "seen_at": now} if login.login else {"seen_at": now}
            await connection.execute(account.on_conflict_do_update(index_elements=["id"], set_=known))
        refresh = login.refresh_token
        return {
            "user_id": login.user_id or None,
            "client_id": login.client_id,
            "scopes": " ".join(sorted(login.scopes)),
            "token": self._vault.encrypt(login.token, _place(login.slot, "token")),
            "refresh_token": self._vault.encrypt(refresh, _place(login.slot, "refresh")) if refresh else None,
            "expires_at": None if login.expires_at == float("inf") else login.expires_at,
            "changed_at": now,
        }

    def _opened(self, row: sa.Row[Any]) -> Login:
        token = refresh_token = ""
        retired = row.retired
        try:
            token = self._vault.decrypt(row.token, _place(row.slot, "token"))
            if row.refresh_token:
                refresh_token = self._vault.decrypt(row.refresh_token, _place(row.slot, "refresh"))
        except Unreadable as error:
            token = refresh_token = ""
            retired = str(error)
            self._tell(row.slot, row.generation, retired)
        return Login(
            slot=row.slot,
            client_id=row.client_id,
            user_id=row.user_id or "",
            login=row.login or "",
            scopes=frozenset(row.scopes.split()),
            token=token,
            refresh_token=refresh_token,
            expires_at=float("inf") if row.expires_at is None else row.expires_at,
            generation=row.generation,
            retired=retired,
        )

    def _tell(self, slot: str, generation: int, why: str) -> None:
        if (slot, generation) not in self._told:
            self._told.add((slot, generation))
            log.error("login_unreadable", slot=slot, why=why)


def _place(slot: str, column: str) -> str:
    return f"{slot} {column}"


def _generation_of(login: Login) -> tuple[sa.ColumnElement[bool], ...]:
    return oauth_tokens.c.slot == login.slot, oauth_tokens.c.generation == login.generation
