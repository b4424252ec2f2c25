"""Whose channel a login is, also after accounts changed their names."""

from kissbot.chat.messages import Channel
from kissbot.storage.accounts import Accounts
from kissbot.storage.engine import Database
from kissbot.testing import ManualClock


async def test_an_account_is_found_by_its_login(database: Database, clock: ManualClock) -> None:
    accounts = Accounts(database, clock)
    await accounts.remember([Channel("1", "ada"), Channel("2", "bob")])
    assert await accounts.find("bob") == Channel("2", "bob")
    assert await accounts.find("nobody") is None


async def test_remembering_nobody_is_nothing(database: Database, clock: ManualClock) -> None:
    await Accounts(database, clock).remember([])


async def test_a_new_name_takes_the_place_of_the_old_one(database: Database, clock: ManualClock) -> None:
    accounts = Accounts(database, clock)
    await accounts.remember([Channel("1", "ada")])
    await accounts.remember([Channel("1", "ada_lovelace")])
    assert await accounts.find("ada") is None
    assert await accounts.find("ada_lovelace") == Channel("1", "ada_lovelace")


async def test_a_name_belongs_to_whom_it_was_seen_with_last(database: Database, clock: ManualClock) -> None:
    accounts = Accounts(database, clock)
    await accounts.remember([Channel("1", "ada")])
    await clock.push(60)
    await accounts.remember([Channel("2", "ada")])
    assert await accounts.find("ada") == Channel("2", "ada")
