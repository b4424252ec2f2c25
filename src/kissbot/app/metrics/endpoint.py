"""The figures and the health of this process over HTTP."""

from aiohttp import web

from kissbot.app.metrics.exposition import CONTENT_TYPE, Figures
from kissbot.app.metrics.health import Health
from kissbot.app.metrics.watched import Watched


class Endpoint:
    """/metrics, /healthz and /readyz. Until there is a bot to watch, it is not ready."""

    def __init__(self) -> None:
        self._figures, self._health = Figures(), Health()
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
            ]
        )

    def watch(self, bot: Watched) -> None:
        """This is the bot."""
        self._figures.bot = self._health.bot = bot

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._figures.text(), headers={"Content-Type": CONTENT_TYPE})

    async def _healthz(self, request: web.Request) -> web.Response:
        """That this is answered says it all: the loop lives."""
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.Response:
        why = await self._health.troubles()
        return web.json_response({"ready": not why, "why": why}, status=503 if why else 200)
