"""What happens in a channel besides chat: raids, subscriptions, gifts, cheers, follows, told as Twitch does.

Each is told to whoever subscribed to it, as a notice in the chat, and over IRC.
"""

from itertools import count
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from kissbot.sandbox.irc_words import user_notice
from kissbot.sandbox.payloads import BADGES, Fields, second
from kissbot.sandbox.platform import Name, Platform, Spoken
from kissbot.sandbox.world import Channel, Person, Rank

Kind = Literal["raid", "sub", "resub", "gift", "gift_bomb", "cheer", "follow"]
Some = Annotated[int, Meta(ge=1, le=1_000_000)]
Few = Annotated[int, Meta(ge=1, le=1_000)]

GIVER: Final = "AnAnonymousGifter"
CHEERER: Final = "AnAnonymousCheerer"

_OWN: Final = (
    *("sub", "resub", "sub_gift", "community_sub_gift", "gift_paid_upgrade", "prime_paid_upgrade"),
    *("pay_it_forward", "raid", "announcement", "modiversary"),
)
_NOTICES: Final = (
    *_OWN,
    *("unraid", "bits_badge_tier", "charity_donation", "watch_streak"),
    *(f"shared_chat_{kind}" for kind in _OWN),
)
"""The fields of a notice of which only one is not null."""


class _News(Struct, frozen=True):
    """What is told in the chat, as EventSub calls it and as IRC does."""

    kind: str
    facts: Fields
    words: str
    code: str
    params: dict[str, Any]


class Happen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is to happen. Without a user, nobody knows who gives or cheers."""

    channel: str
    kind: Kind
    user: Name | None = None
    viewers: Some = 1
    months: Some = 1
    count: Few = 1
    bits: Some = 100
    tier: Annotated[int, Meta(ge=1, le=3)] = 1
    to: Name = "lucky"
    """Who gets a gift."""
    text: str = ""
    """What is said along with it."""
    rank: Rank = "everyone"


class Happenings:
    """Makes things happen."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._gifts = count(8_800_000_000_000_000_001)

    def make(self, happen: Happen) -> str:
        """Let it happen; the id of what is in the chat then. Raises `LookupError` and `ValueError`."""
        channel = self._platform.world.channel(happen.channel)
        person = self._platform.world.person(happen.user) if happen.user else None
        match happen.kind:
            case "cheer":
                return self._cheer(happen, channel, person)
            case "gift":
                return self._gift(happen, channel, person)
            case "gift_bomb":
                return self._bomb(happen, channel, person)
        if person is None:
            raise ValueError(f"A {happen.kind} needs a user.")
        match happen.kind:
            case "raid":
                return self._raid(happen, channel, person)
            case "follow":
                return self._follow(channel, person)
            case _:
                return self._subscribe(happen, channel, person)

    def _tell(self, kind: str, channel: Channel, event: Fields) -> None:
        self._platform.sockets.notify(kind, channel.owner.id, event)

    def _raid(self, happen: Happen, channel: Channel, raider: Person) -> str:
        event = {
            **_named("from_broadcaster", raider),
            **_named("to_broadcaster", channel.owner),
            "viewers": happen.viewers,
        }
        self._tell("channel.raid", channel, event)
        facts = {
            **_named("", raider),
            "viewer_count": happen.viewers,
            "profile_image_url": "https://static-cdn.jtvnw.net/jtv_user_pictures/none.png",
        }
        params = {"displayName": raider.name, "login": raider.login, "viewerCount": happen.viewers}
        words = f"{happen.viewers} raiders from {raider.name} have joined!"
        return self._notice(happen, channel, raider, _News("raid", facts, words, "raid", params))

    def _follow(self, channel: Channel, person: Person) -> str:
        at = second(self._platform.clock.time())
        event = {**_named("", person), **_named("broadcaster", channel.owner), "followed_at": at}
        self._tell("channel.follow", channel, event)
        return ""

    def _subscribe(self, happen: Happen, channel: Channel, person: Person) -> str:
        plan, again = f"{happen.tier}000", happen.kind == "resub"
        who = {**_named("", person), **_named("broadcaster", channel.owner), "tier": plan}
        if again:
            months: Fields = {"cumulative_months": happen.months, "streak_months": None, "duration_months": 0}
            message = {"text": happen.text, "emotes": None}
            self._tell("channel.subscription.message", channel, {**who, "message": message, **months})
            gifter = dict.fromkeys(
                ("gifter_is_anonymous", "gifter_user_id", "gifter_user_name", "gifter_user_login")
            )
            facts = {**months, "sub_tier": plan, "is_prime": False, "is_gift": False, **gifter}
        else:
            self._tell("channel.subscribe", channel, {**who, "is_gift": False})
            facts = {"sub_tier": plan, "is_prime": False, "duration_months": 1}
        params = {
            "cumulative-months": happen.months if again else 1,
            "months": 0,
            "should-share-streak": 0,
            "sub-plan-name": f"Channel Subscription ({channel.owner.login})",
            "sub-plan": plan,
        }
        words = f"{person.name} subscribed at Tier {happen.tier}."
        return self._notice(happen, channel, person, _News(happen.kind, facts, words, happen.kind, params))

    def _gift(self, happen: Happen, channel: Channel, giver: Person | None) -> str:
        self._tell_gift(happen, channel, giver, 1)
        return self._give(happen, channel, giver, self._platform.world.person(happen.to), "")

    def _bomb(self, happen: Happen, channel: Channel, giver: Person | None) -> str:
        """The bomb is told first, and then each gift in it."""
        gift_id, plan = str(next(self._gifts)), f"{happen.tier}000"
        self._tell_gift(happen, channel, giver, happen.count)
        facts = {
            "id": gift_id,
            "total": happen.count,
            "sub_tier": plan,
            "cumulative_total": happen.count if giver else None,
        }
        params = {
            "community-gift-id": gift_id,
            "mass-gift-count": happen.count,
            "origin-id": gift_id,
            "sub-plan": plan,
        }
        words = f"{giver.name if giver else 'An anonymous user'} is gifting {happen.count} Subs!"
        told = self._notice(
            happen, channel, giver, _News("community_sub_gift", facts, words, "submysterygift", params)
        )
        for number in range(1, happen.count + 1):
            self._give(happen, channel, giver, self._platform.world.person(f"{happen.to}{number}"), gift_id)
        return told

    def _tell_gift(self, happen: Happen, channel: Channel, giver: Person | None, total: int) -> None:
        event = {
            **_named("", giver),
            **_named("broadcaster", channel.owner),
            "total": total,
            "tier": f"{happen.tier}000",
            "cumulative_total": total if giver else None,
            "is_anonymous": giver is None,
        }
        self._tell("channel.subscription.gift", channel, event)

    def _give(
        self, happen: Happen, channel: Channel, giver: Person | None, lucky: Person, gift_id: str
    ) -> str:
        plan = f"{happen.tier}000"
        got = {**_named("", lucky), **_named("broadcaster", channel.owner), "tier": plan, "is_gift": True}
        self._tell("channel.subscribe", channel, got)
        facts = {
            "duration_months": 1,
            "cumulative_total": None,
            **_named("recipient", lucky),
            "sub_tier": plan,
            "community_gift_id": gift_id or None,
        }
        params = {
            **({"community-gift-id": gift_id} if gift_id else {}),
            "gift-months": 1,
            "months": 1,
            "origin-id": gift_id or next(self._gifts),
            "recipient-display-name": lucky.name,
            "recipient-id": lucky.id,
            "recipient-user-name": lucky.login,
            "sub-plan": plan,
        }
        words = f"{giver.name if giver else 'An anonymous user'} gifted a Sub to {lucky.name}!"
        return self._notice(happen, channel, giver, _News("sub_gift", facts, words, "subgift", params))

    def _cheer(self, happen: Happen, channel: Channel, person: Person | None) -> str:
        """It is a line in the chat, and told besides."""
        text = f"Cheer{happen.bits} {happen.text}".strip()
        user = person.login if person else CHEERER
        line = self._platform.say(Spoken(channel=channel.owner.login, user=user, text=text, rank=happen.rank))
        event = {**_named("", person), **_named("broadcaster", channel.owner), "bits": happen.bits}
        self._tell("channel.cheer", channel, {"is_anonymous": person is None, **event, "message": text})
        used = {"type": "cheer", "power_up": None, "message": {"text": text, "fragments": []}}
        self._tell("channel.bits.use", channel, {**event, **used})
        return line.id

    def _notice(self, happen: Happen, channel: Channel, person: Person | None, news: _News) -> str:
        """The notice in the chat, by EventSub and over IRC, under one id."""
        notice_id = self._platform.world.ids.next()
        event = {
            **_named("broadcaster", channel.owner),
            **_named("chatter", person),
            "chatter_is_anonymous": person is None,
            "color": person.color if person else "",
            "badges": BADGES[happen.rank] if person else [],
            "system_message": news.words,
            "message_id": notice_id,
            "message": {"text": happen.text, "fragments": []},
            "notice_type": news.kind,
            **dict.fromkeys(_NOTICES),
            **_named("source_broadcaster", None),
            "source_message_id": None,
            "source_badges": None,
            "is_source_only": None,
        }
        self._tell("channel.chat.notification", channel, {**event, news.kind: news.facts})
        tags = {
            "id": notice_id,
            "msg-id": news.code,
            **{f"msg-param-{name}": value for name, value in news.params.items()},
            "system-msg": news.words,
            "tmi-sent-ts": int(self._platform.clock.time() * 1000),
        }
        who = person or self._platform.world.person(GIVER)
        told = user_notice(channel, who, tags, rank=happen.rank, text=happen.text)
        self._platform.irc.happened(channel, *told)
        return notice_id


def _named(prefix: str, person: Person | None) -> Fields:
    start = f"{prefix}_user" if prefix else "user"
    return {
        f"{start}_id": person.id if person else None,
        f"{start}_login": person.login if person else None,
        f"{start}_name": person.name if person else None,
    }
