"""kissbot demo: the whole bot on an embedded Twitch, with a page to play on."""

import asyncio
import errno
import os
import sys
import webbrowser
from collections.abc import Mapping

import click

from kissbot.app.cli import Failure, run_until_stopped

CHANNELS = {"ada": "en", "chloe": "fr"}
STORM_SECONDS = 3600.0


@click.command()
@click.option("--port", default=8420, show_default=True, help="Where the page is served; 0: anywhere.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--no-browser", is_flag=True, help="Do not open the page, only say where it is.")
@click.option("--chaos", type=int, metavar="SEED", help="Let a storm of faults rage; each seed is another.")
@click.option("--endpoint", metavar="URL", help="A model server for !ask, such as http://127.0.0.1:1234/v1.")
@click.option("--model", metavar="NAME", default="", help="Which of its models.")
def command(
    port: int, host: str, no_browser: bool, chaos: int | None, endpoint: str | None, model: str
) -> None:
    """Try the whole bot without an account, a key or a network: an embedded Twitch and a chat page."""
    llm = {"llm": {"model_endpoint": endpoint, "model_name": model}} if endpoint else {}
    run_until_stopped(_demo(port, host, chaos, llm, browser=not no_browser and _has_screen()))


async def _demo(
    port: int, host: str, chaos: int | None, more: Mapping[str, Mapping[str, str]], browser: bool
) -> None:
    from kissbot.app.child import Stopped, bot_in
    from kissbot.sandbox.chaos import storm
    from kissbot.sandbox.twitch import Sandbox

    choices = [{"name": name, "language": language} for name, language in CHANNELS.items()]
    try:
        async with Sandbox(tuple(CHANNELS), port=port, host=host, languages=CHANNELS) as twitch:
            twitch.set_stream("ada", live=True, title="One more run", game="Hades")
            async with bot_in(twitch, choices, more) as bot:
                click.echo(f"KissBot is chatting at {twitch.url} (Ctrl-C ends it)")
                if browser:
                    await asyncio.to_thread(webbrowser.open, twitch.url)
                clouds = storm(chaos or 0, STORM_SECONDS if chaos is not None else 0, twitch.channels)
                await asyncio.gather(bot.ended(), twitch.weather(clouds))
    except Stopped as error:
        raise Failure(str(error)) from None
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise Failure(f"{error.strerror or error}. Choose another: kissbot demo --port 0") from None


def _has_screen() -> bool:
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) or sys.platform in ("darwin", "win32")
