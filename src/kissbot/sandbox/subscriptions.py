"""The EventSub endpoints: create, list and delete subscriptions."""

from typing import Final

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.eventsub import max_cost, ordered
from kissbot.sandbox.helix import Call, page
from kissbot.sandbox.platform import Platform
from kissbot.sandbox.register import Subscription
from kissbot.sandbox.tokens import Token

FILTERS: Final = ("status", "type", "user_id", "subscription_id", "conduit_id")


def subscribe(platform: Platform, call: Call) -> Answer:
    """Create EventSub Subscription."""
    order = ordered(call.body)
    for key, value in order.condition.items():
        if key.endswith("user_id") and platform.world.person_of(value) is None:
            raise Refused(400, f"invalid condition: there is no user with the {key} {value!r}")
    subscription = platform.eventsub.subscribe(order, call.token, platform.clock.time())
    platform.link_changed()
    return Answer({"data": [subscription.row()], **_totals(platform, call.token)}, 202)


def subscriptions(platform: Platform, call: Call) -> Answer:
    """Get EventSub Subscriptions: a token's own, with one filter at most."""
    filters = {name: call.query[name] for name in FILTERS if name in call.query}
    if len(filters) > 1:
        raise Refused(
            400,
            "The request may specify only one filter query parameter. "
            "For example, either type or status or user_id.",
        )
    now = platform.clock.time()
    platform.eventsub.conduits.tidy(now)
    found = [
        one
        for one in platform.eventsub.register.listed(call.token.bucket, now)
        if filters.get("status", one.status) == one.status
        and filters.get("type", one.type) == one.type
        and filters.get("subscription_id", one.id) == one.id
        and filters.get("conduit_id", one.conduit_id) == one.conduit_id
        and ("user_id" not in filters or filters["user_id"] in one.condition.values())
    ]
    return page(call, found, 100, Subscription.row, _totals(platform, call.token))


def _totals(platform: Platform, token: Token) -> dict[str, int]:
    register = platform.eventsub.register
    return {
        "total": register.total(token.bucket),
        "total_cost": register.cost(token.bucket),
        "max_total_cost": max_cost(token),
    }


def unsubscribe(platform: Platform, call: Call) -> Answer:
    """Delete EventSub Subscription."""
    if "id" not in call.query:
        raise Refused(400, 'Missing required parameter "id"')
    platform.eventsub.unsubscribe(call.query["id"], call.token)
    platform.link_changed()
    return Answer(None, 204)
