"""What every kind of `Logins` promises. Fixture: `logins`, empty."""

import asyncio

from msgspec.structs import replace

from kissbot.chat.logins import APP, BOT, Login, Logins, channel_slot

ACCESS, REFRESH = "an access token", "a refresh token"

MINE = Login(
    slot=BOT,
    client_id="client",
    user_id="1",
    login="kissbot",
    scopes=frozenset({"user:read:chat", "user:write:chat"}),
    token=ACCESS,
    refresh_token=REFRESH,
    expires_at=1_800_014_400.5,
)
ADAS = replace(MINE, slot=channel_slot("2"), user_id="2", login="ada", scopes=frozenset())


def bearing(login: Login, token: str) -> Login:
    """The same with another token."""
    return replace(login, token=token)


class LoginsContract:
    """One login in each slot; of several renewals of one generation, one counts."""

    async def test_an_empty_slot_holds_nothing(self, logins: Logins) -> None:
        assert await logins.get(BOT) is None
        assert await logins.all() == ()

    async def test_what_was_put_is_there(self, logins: Logins) -> None:
        kept = await logins.put(MINE)
        assert kept == replace(MINE, generation=kept.generation)
        assert await logins.get(BOT) == kept
        assert await logins.all() == (kept,)

    async def test_every_slot_holds_a_login_of_its_own(self, logins: Logins) -> None:
        nobodys = Login(slot=APP, client_id="client", token=ACCESS)
        again = replace(MINE, slot=channel_slot("1"))
        kept = [await logins.put(login) for login in (ADAS, MINE, again, nobodys)]
        assert await logins.all() == tuple(sorted(kept, key=lambda login: login.slot))

    async def test_a_slot_can_be_filled_again(self, logins: Logins) -> None:
        first = await logins.put(MINE)
        second = await logins.put(replace(MINE, refresh_token="", expires_at=float("inf")))
        assert second.generation > first.generation
        assert await logins.get(BOT) == second

    async def test_a_renewal_takes_the_place_of_the_login(self, logins: Logins) -> None:
        first = await logins.put(MINE)
        renewed = replace(bearing(first, "new"), refresh_token=ACCESS)
        second = await logins.renew(renewed)
        assert second == replace(renewed, generation=first.generation + 1)
        assert await logins.get(BOT) == second

    async def test_of_many_renewals_at_once_one_wins(self, logins: Logins) -> None:
        first = await logins.put(MINE)
        renewed = await asyncio.gather(
            *(logins.renew(bearing(first, f"token {number}")) for number in range(50))
        )
        (winner,) = (login for login in renewed if login)
        assert await logins.get(BOT) == winner
        assert winner.generation == first.generation + 1

    async def test_whoever_comes_late_changes_nothing(self, logins: Logins) -> None:
        first = await logins.put(MINE)
        second = await logins.renew(bearing(first, "new"))
        assert await logins.renew(bearing(first, "late")) is None
        assert not await logins.retire(first, "late")
        assert await logins.get(BOT) == second

    async def test_a_login_is_retired_once(self, logins: Logins) -> None:
        kept = await logins.put(MINE)
        bystander = await logins.put(ADAS)
        told = await asyncio.gather(*(logins.retire(kept, "Twitch refused it") for _ in range(10)))
        assert told.count(True) == 1
        assert await logins.get(BOT) == replace(kept, retired="Twitch refused it")
        assert await logins.get(ADAS.slot) == bystander

    async def test_a_new_login_is_good_again(self, logins: Logins) -> None:
        first = await logins.put(MINE)
        await logins.retire(first, "Twitch refused it")
        second = await logins.put(MINE)
        await logins.retire(second, "Twitch refused it")
        third = await logins.renew(replace(second, retired="Twitch refused it"))
        assert third
        assert (second.retired, third.retired) == ("", "")
        assert await logins.get(BOT) == third

    async def test_a_slot_can_be_emptied(self, logins: Logins) -> None:
        kept, bystander = await logins.put(MINE), await logins.put(ADAS)
        assert await logins.remove(BOT)
        assert not await logins.remove(BOT)
        assert await logins.all() == (bystander,)
        assert await logins.renew(kept) is None
        assert not await logins.retire(kept, "gone")

    async def test_the_login_after_a_logout_is_not_the_one_before(self, logins: Logins) -> None:
        old = await logins.put(MINE)
        await logins.remove(BOT)
        new = await logins.put(replace(ADAS, slot=BOT))
        assert await logins.renew(bearing(old, "stale")) is None
        assert await logins.get(BOT) == new

    async def test_no_token_is_shown(self, logins: Logins) -> None:
        kept = await logins.put(MINE)
        shown = f"{kept} {kept!r} {await logins.all()}"
        assert "token" not in shown
        assert "kissbot" in shown
