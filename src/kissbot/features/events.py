"""Lines for raids, subscriptions, gifts, cheers and follows: what comes close together is one line."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from kissbot.chat.announcing import fill, wording
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Reply
from kissbot.chat.gathering import Gathering
from kissbot.chat.happenings import Cheered, Followed, Gifted, Happening, Raided, Subscribed
from kissbot.chat.texts import text, texts

GATHERS: Final = 5.0
"""Seconds from the first of several things to the line about all of them."""

NAMED: Final = 2
"""How many people a line names; the others are counted."""

feature = Feature("events", optional_scopes={"moderator:read:followers": "to see who follows"})


@feature.on(Raided)
async def raided(raid: Raided, channels: Channels, gathering: Gathering) -> Reply:
    """Welcomes raiders."""
    raids = await _together(raid, "raid", channels, gathering)
    count = sum(each.viewers for each in raids)
    names = [each.raider.name for each in raids]

    def words(who: Reply) -> Reply:
        return texts(
            "⚔️ {count} viewer comes along with {viewer}. Welcome!",
            "⚔️ {count} viewers come along with {viewer}. Welcome!",
            count,
            viewer=who,
        )

    return _line(raid, "raid", channels, names, words, {"count": count})


@feature.on(Subscribed)
async def subscribed(sub: Subscribed, channels: Channels, gathering: Gathering) -> Reply:
    """Thanks for subscriptions."""
    subs = await _together(sub, "sub", channels, gathering)
    names = [each.viewer.name for each in subs]
    values = {
        "count": len(subs),
        "months": max((each.months for each in subs), default=1),
        "tier": max((each.tier for each in subs), default=1),
    }

    def words(who: Reply) -> Reply:
        if len(subs) == 1 and sub.months > 1:
            return text(
                "⭐ {viewer} has subscribed for {months} months now. Thank you!", viewer=who, **values
            )
        return texts(
            "⭐ {viewer} has subscribed. Thank you!",
            "⭐ {viewer} have subscribed. Thank you!",
            len(subs),
            viewer=who,
        )

    return _line(sub, "sub", channels, names, words, values)


@feature.on(Gifted)
async def gifted(gift: Gifted, channels: Channels, gathering: Gathering) -> Reply:
    """Thanks for gifts; a gift bomb is one of them."""
    gifts = await _together(gift, "gift", channels, gathering)
    count = sum(each.count for each in gifts)
    names = [each.giver.name if each.giver else "" for each in gifts]
    values = {"count": count, "tier": max((each.tier for each in gifts), default=1)}

    def words(who: Reply) -> Reply:
        return texts(
            "🎁 {count} subscription as a gift from {viewer}. Thank you!",
            "🎁 {count} subscriptions as a gift from {viewer}. Thank you!",
            count,
            viewer=who,
        )

    return _line(gift, "gift", channels, names, words, values)


@feature.on(Cheered)
async def cheered(cheer: Cheered, channels: Channels, gathering: Gathering) -> Reply:
    """Thanks for bits."""
    cheers = await _together(cheer, "cheer", channels, gathering)
    bits = sum(each.bits for each in cheers)
    names = [each.viewer.name for each in cheers]

    def words(who: Reply) -> Reply:
        return texts(
            "💎 {count} bit from {viewer}. Thank you!",
            "💎 {count} bits from {viewer}. Thank you!",
            bits,
            viewer=who,
        )

    return _line(cheer, "cheer", channels, names, words, {"bits": bits})


@feature.on(Followed)
async def followed(follow: Followed, channels: Channels, gathering: Gathering) -> Reply:
    """Welcomes those who follow."""
    follows = await _together(follow, "follow", channels, gathering)
    names = [each.viewer.name for each in follows]
    count = len(dict.fromkeys(names))

    def words(who: Reply) -> Reply:
        return texts("💜 {viewer} follows. Welcome!", "💜 {viewer} follow. Welcome!", count, viewer=who)

    return _line(follow, "follow", channels, names, words, {"count": count})


async def _together(first: Happening, kind: str, channels: Channels, gathering: Gathering) -> Sequence[Any]:
    """All that comes within a few seconds of the first; nothing for the others, and where nobody wants it."""
    if wording(channels.of(first.channel).lines, kind) is None:
        return ()
    key = kind, first.channel.id
    if not gathering.add(key, first):
        return ()
    await asyncio.sleep(GATHERS)
    return gathering.take(key)


def _line(
    about: Happening,
    kind: str,
    channels: Channels,
    names: Sequence[str],
    words: Callable[[Reply], Reply],
    values: dict[str, int],
) -> Reply:
    """The line in the channel's own words, else in the bot's; None when there is nothing to tell."""
    template = wording(channels.of(about.channel).lines, kind)
    if not names or template is None:
        return None
    people = list(dict.fromkeys(names))
    if not template:
        return words(_people(people))
    return fill(template, {**values, "channel": about.channel.login, "viewer": _short(people)})


def _people(names: Sequence[str]) -> Reply:
    """`ada`, `ada and bob`, `ada, bob and 3 more`."""
    shown = [name or text("somebody") for name in names[:NAMED]]
    if len(names) == 1:
        return shown[0]
    if len(names) == NAMED:
        return text("{one} and {other}", one=shown[0], other=shown[1])
    more = len(names) - NAMED
    return texts(
        "{one}, {other} and {count} more",
        "{one}, {other} and {count} more",
        more,
        one=shown[0],
        other=shown[1],
    )


def _short(names: Sequence[str]) -> str:
    """The same where a channel has its own words, in whatever language: `ada, bob +3`."""
    shown = ", ".join(name or "?" for name in names[:NAMED])
    return f"{shown} +{len(names) - NAMED}" if len(names) > NAMED else shown
