"""What is kept of viewers, and forgotten when they ask for it."""

from collections.abc import Callable

import structlog

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Viewer
from kissbot.chat.texts import text
from kissbot.storage.engine import Database
from kissbot.storage.housekeeping import forget_viewer
from kissbot.storage.trail import SqlTrail
from kissbot.storage.trouble import StorageTrouble

log = structlog.get_logger(__name__)


class SqlMemories:
    """Forgets viewers; what waits to be written of them is written first."""

    def __init__(
        self, database: Database, trail: SqlTrail, in_memory: Callable[[str], None] = lambda viewer_id: None
    ) -> None:
        """`in_memory` forgets what nobody writes down, by the viewer's id."""
        self._database, self._trail, self._in_memory = database, trail, in_memory

    async def forget(self, viewer: Viewer) -> int:
        """Forget a viewer; how many things that were. Raises `Unavailable`."""
        self._in_memory(viewer.id)
        try:
            await self._trail.flush()
            return sum((await forget_viewer(self._database, viewer.id, viewer.login)).values())
        except StorageTrouble as trouble:
            log.error("viewer_not_forgotten", why=str(trouble))
            raise Unavailable(
                text("💾 I cannot write that down right now. Please try again later.")
            ) from trouble
