"""What everything that keeps the truth promises. Fixtures: `truths`, its `audit` and its `clock`."""

from typing import Any

from msgspec.structs import replace

from kissbot.chat.audit import Actor, Audit
from kissbot.knowledge.truth.records import EVAPORATES, Confirmation, Option, Shown, Truths
from kissbot.testing.clock import START, ManualClock

MIA = Actor("chat", "id-mia", "mia")


def confirmation(title: str = "Hades", **changes: Any) -> Confirmation:
    """Mia says in ada's channel what `hades` stands for."""
    said = Confirmation(
        domain="GAME",
        key="hades",
        query="Hades!",
        channel_id="id-ada",
        channel="ada",
        who_id=MIA.id,
        who=MIA.name,
        at=START,
        identity=title.lower(),
        title=title,
        item=f'{{"name":"{title}"}}',
        confidence=0.8,
        told_at=START,
    )
    return replace(said, **changes)


def shown(at: float = START, **changes: Any) -> Shown:
    """A list that ada's channel was shown."""
    options = tuple(Option(title.lower(), title, f"{title} 🏆", "{}", 0.9) for title in ("Hades", "Hades II"))
    made = Shown(domain="GAME", channel_id="id-ada", key="hades", query="hades", options=options, at=at)
    return replace(made, **changes)


class TruthsContract:
    """Whatever was confirmed can be followed by its revision; nothing is half done."""

    async def test_what_was_confirmed_is_told_as_it_was(self, truths: Truths) -> None:
        assert await truths.since() == (0, [])
        assert await truths.confirm(confirmation())
        revision, (said,) = await truths.since()
        assert said == confirmation(id=said.id, revision=revision)
        assert await truths.since(revision) == (revision, [])

    async def test_only_what_is_new_is_told(self, truths: Truths) -> None:
        await truths.confirm(confirmation("Hades"))
        revision, (first,) = await truths.since()
        await truths.confirm(confirmation("Hades II"))
        later, (second,) = await truths.since(revision)
        assert (first.title, second.title) == ("Hades", "Hades II")
        assert second.id > first.id
        assert later > revision

    async def test_the_same_word_of_the_same_person_counts_once(self, truths: Truths) -> None:
        assert await truths.confirm(confirmation())
        assert not await truths.confirm(confirmation(at=START + 5))
        assert await truths.confirm(confirmation(who_id="id-max", at=START + 6))
        assert await truths.confirm(confirmation(channel_id="id-bob"))
        assert await truths.confirm(confirmation(key="hds"))
        assert await truths.confirm(confirmation(domain="MUSIC"))
        assert await truths.confirm(confirmation(same_as="supergiant", at=START + 7))
        assert len((await truths.since())[1]) == 6

    async def test_what_is_undone_is_told_once_more_and_can_be_said_again(self, truths: Truths) -> None:
        await truths.confirm(confirmation())
        revision, (said,) = await truths.since()
        assert await truths.undo(said, MIA)
        assert not await truths.undo(said, MIA), "somebody was faster"
        later, (undone,) = await truths.since(revision)
        assert undone == replace(said, undone=True, revision=undone.revision)
        assert revision < undone.revision <= later
        assert await truths.since(later) == (later, [])
        assert await truths.confirm(confirmation())

    async def test_who_did_it_is_in_the_audit_log(self, truths: Truths, audit: Audit) -> None:
        await truths.confirm(confirmation("Hades"))
        await truths.confirm(confirmation("Hades II", at=START + 1))
        said = (await truths.since())[1][1]
        await truths.undo(said, Actor("chat", "id-max", "max"))
        undone, second, first = await audit.latest("ada")
        assert (first.by, first.what, first.before, first.after) == (MIA, "truth", "", "GAME Hades! = Hades")
        assert (second.before, second.after) == ("Hades", "GAME Hades! = Hades II")
        assert (undone.by.name, undone.before, undone.after) == ("max", "GAME Hades! = Hades II", "undone")

    async def test_newer_data_reaches_every_name_of_a_thing(self, truths: Truths, clock: ManualClock) -> None:
        for key in ("hades", "hds"):
            await truths.confirm(confirmation("Hades", key=key))
        await truths.confirm(confirmation("Hades II", key="hades2"))
        revision, _ = await truths.since()
        await clock.push(100)
        await truths.renew("GAME", "hades", '{"name":"HADES"}')
        _, renewed = await truths.since(revision)
        assert {said.key: (said.item, said.told_at) for said in renewed} == dict.fromkeys(
            ("hades", "hds"), ('{"name":"HADES"}', START + 100)
        )

    async def test_a_list_is_kept_for_its_channel_and_replaced_by_the_next(self, truths: Truths) -> None:
        assert await truths.shown("GAME", "id-ada", "hades") is None
        await truths.keep(shown())
        assert await truths.shown("GAME", "id-ada", "hades") == shown()
        assert await truths.shown("GAME", "id-bob", "hades") is None
        assert await truths.shown("MUSIC", "id-ada", "hades") is None
        newer = shown(START + 5, query="HADES", options=shown().options[:1])
        await truths.keep(newer)
        assert await truths.shown("GAME", "id-ada", "hades") == newer

    async def test_a_list_that_nobody_searches_evaporates(self, truths: Truths, clock: ManualClock) -> None:
        await truths.keep(shown())
        await clock.push(EVAPORATES - 1)
        assert await truths.shown("GAME", "id-ada", "hades"), "and by this it lasts longer"
        await clock.push(EVAPORATES - 1)
        assert await truths.open_keys() == {"GAME": {"hades"}}
        await clock.push(2)
        assert await truths.open_keys() == {}
        assert await truths.shown("GAME", "id-ada", "hades") is None

    async def test_lists_are_dropped_by_name_or_by_age_in_one_channel(self, truths: Truths) -> None:
        for key, at in (("old", START), ("older", START - 5), ("new", START + 5)):
            await truths.keep(shown(at, key=key))
            await truths.keep(shown(at, key=key, channel_id="id-bob"))
            await truths.keep(shown(at, key=key, domain="MUSIC"))
        assert await truths.drop("GAME", "id-ada", before=START + 1) == 2
        assert await truths.drop("GAME", "id-ada", key="new") == 1
        assert await truths.drop("GAME", "id-ada", key="new") == 0
        assert await truths.shown("GAME", "id-bob", "old")
        assert await truths.open_keys() == {domain: {"old", "older", "new"} for domain in ("GAME", "MUSIC")}
