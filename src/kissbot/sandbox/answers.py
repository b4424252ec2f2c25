"""What every endpoint of the API gives back: rows, or a refusal in Twitch's documented shape."""

from http.client import responses
from typing import Any

from msgspec import Struct


class Answer(Struct, frozen=True):
    """An HTTP status and what goes into the body as JSON; None leaves the body empty."""

    body: object = None
    status: int = 200


class Refused(Exception):
    """The call is refused with an HTTP status and the reason in words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def body(self) -> dict[str, Any]:
        """The error as the API words it."""
        return {"error": responses.get(self.status, ""), "status": self.status, "message": self.message}
