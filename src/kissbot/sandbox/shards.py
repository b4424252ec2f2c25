"""The endpoints of conduits and shards."""

from msgspec import Struct

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.conduits import Conduit, Shard, ShardOrder
from kissbot.sandbox.helix import Call, page
from kissbot.sandbox.platform import Platform


class NewConduit(Struct):
    """The body of Create Conduits."""

    shard_count: int


class Resized(Struct):
    """The body of Update Conduits."""

    id: str
    shard_count: int


class Attached(Struct):
    """The body of Update Conduit Shards."""

    conduit_id: str
    shards: list[ShardOrder]


def conduits(platform: Platform, call: Call) -> Answer:
    """Get Conduits."""
    platform.eventsub.conduits.tidy(platform.clock.time())
    return Answer({"data": [conduit.fields() for conduit in platform.eventsub.conduits.all.values()]})


def create(platform: Platform, call: Call) -> Answer:
    """Create Conduits."""
    count = call.read(NewConduit).shard_count
    return _one(platform.eventsub.conduits.create(count, platform.clock.time()))


def resize(platform: Platform, call: Call) -> Answer:
    """Update Conduits."""
    order, now = call.read(Resized), platform.clock.time()
    conduit = platform.eventsub.conduits.find(order.id, now)
    platform.eventsub.conduits.resize(conduit, order.shard_count, now)
    return _one(conduit)


def delete(platform: Platform, call: Call) -> Answer:
    """Delete Conduit."""
    conduit = platform.eventsub.conduits.find(_given(call, "id"), platform.clock.time())
    platform.eventsub.conduits.delete(conduit)
    return Answer(None, 204)


def shards(platform: Platform, call: Call) -> Answer:
    """Get Conduit Shards."""
    conduit = platform.eventsub.conduits.find(_given(call, "conduit_id"), platform.clock.time())
    status = call.query.get("status", "")
    found = [shard for shard in conduit.shards if status in ("", shard.status)]
    return page(call, found, 100, Shard.fields)


def attach(platform: Platform, call: Call) -> Answer:
    """Update Conduit Shards: some may fail while others do not."""
    order, now = call.read(Attached), platform.clock.time()
    conduit = platform.eventsub.conduits.find(order.conduit_id, now)
    done, errors = platform.eventsub.conduits.attach(conduit, order.shards, call.token.bucket, now)
    platform.link_changed()
    return Answer({"data": [shard.fields() for shard in done], "errors": errors}, 202)


def _one(conduit: Conduit) -> Answer:
    return Answer({"data": [conduit.fields()]})


def _given(call: Call, name: str) -> str:
    if name not in call.query:
        raise Refused(400, f'Missing required parameter "{name}"')
    return call.query[name]
