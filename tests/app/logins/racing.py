"""A process of the bot that makes calls with a login when it is told to; run by the tests of renewals."""

import asyncio
import sys
import time
from pathlib import Path

import aiohttp

from kissbot.app.configuration import anchored, load
from kissbot.app.logins.renewal import ChildRenewer, login_service
from kissbot.app.store import open_store
from kissbot.chat.logins import BOT
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.tokens import Renewal, Tokens


async def main(config: Path, calls: int, where: str) -> None:
    """Say `ready`, wait for a line, call, and say how many calls succeeded."""
    settings = anchored(load(config, {}), config.parent)
    urls = settings.twitch.urls
    async with (
        open_store(settings) as store,
        login_service(settings) as oauth,
        aiohttp.ClientSession() as http,
        Tasks() as tasks,
    ):
        renewal = Renewal(store.logins, store.notes, oauth, time)
        renewer = ChildRenewer(config, tasks, renewal.renew).renew if where == "child" else renewal.renew
        tokens = Tokens(store.logins, store.notes, oauth, time, tasks, renewer, lambda login, why: None)
        await tokens.reload()
        helix = Helix(http, tokens.of(BOT), url=urls.helix, subscriptions_url=urls.subscriptions)
        print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        found = await asyncio.gather(*(helix.users(["ada"]) for _ in range(calls)))
        print(sum(len(users) for users in found), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
