"""Everything that the bot keeps, opened in one place: for the bot itself, and for each command."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from kissbot.app.logins.keys import open_vault
from kissbot.app.settings import Settings
from kissbot.storage.accounts import Accounts
from kissbot.storage.audit import SqlAudit
from kissbot.storage.catalogue import SqlCatalogue
from kissbot.storage.choices import SqlBook
from kissbot.storage.engine import Database
from kissbot.storage.leases import SqlLeases
from kissbot.storage.ledgers import SqlLedgers
from kissbot.storage.logins import SqlLogins
from kissbot.storage.notes import SqlNotes
from kissbot.storage.open import open_database
from kissbot.storage.pages import SqlPages
from kissbot.storage.routes import SqlExperience
from kissbot.storage.spendings import SqlSpendings
from kissbot.storage.standings import SqlStandings
from kissbot.storage.state import State
from kissbot.storage.trail import SqlTrail
from kissbot.storage.truths import SqlTruths
from kissbot.storage.vault import Vault


@dataclass(frozen=True)
class Store:
    """One database, and what is in it."""

    database: Database
    vault: Vault
    accounts: Accounts
    logins: SqlLogins
    notes: SqlNotes
    leases: SqlLeases
    book: SqlBook
    audit: SqlAudit
    trail: SqlTrail
    state: State
    ledgers: SqlLedgers
    standings: SqlStandings
    truths: SqlTruths
    pages: SqlPages
    catalogue: SqlCatalogue
    experience: SqlExperience
    spendings: SqlSpendings


@asynccontextmanager
async def open_store(settings: Settings, *, create: bool = True) -> AsyncIterator[Store]:
    """What is kept where the settings say; on leaving, everything is written. `create`: if it is not there.

    Raises `StorageTrouble` and `BadKey`.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.storage.database, create=create))
        vault = await open_vault(settings.storage, database)
        yield Store(
            database=database,
            vault=vault,
            accounts=Accounts(database, time),
            logins=SqlLogins(database, vault, time),
            notes=SqlNotes(database, time),
            leases=SqlLeases(database, time),
            book=SqlBook(database, time),
            audit=SqlAudit(database, time),
            trail=await stack.enter_async_context(SqlTrail(database)),
            state=await stack.enter_async_context(State(database, time)),
            ledgers=SqlLedgers(database, time),
            standings=await stack.enter_async_context(SqlStandings(database, time)),
            truths=SqlTruths(database, time),
            pages=await stack.enter_async_context(SqlPages(database)),
            catalogue=SqlCatalogue(database),
            experience=await stack.enter_async_context(SqlExperience(database)),
            spendings=await stack.enter_async_context(SqlSpendings(database)),
        )
