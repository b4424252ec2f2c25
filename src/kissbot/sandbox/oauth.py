"""Twitch's identity service: app tokens, refreshing, validating and revoking."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.api import hold_up, interrupt, respond
from kissbot.sandbox.platform import Platform

Form = Mapping[str, str]
SCHEMES: Final = ("oauth", "bearer")


class OAuth:
    """The endpoints under `/oauth2`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._tokens = platform.tokens
        self._grants: dict[str, Callable[[Form], dict[str, Any]]] = {
            "client_credentials": self._app_token,
            "refresh_token": self._refresh,
        }

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one call; parameters may be in the query or in the form."""
        await hold_up(self._platform, request.path)
        form = dict(request.query) | dict(parse_qsl(await request.text()))
        called = request.method, request.match_info["path"].strip("/")
        try:
            interrupt(self._platform, request.path)
            answer = self._answer(called, form, request.headers.get("Authorization", ""))
        except Refused as refused:
            answer = Answer({"status": refused.status, "message": refused.message}, refused.status)
        return respond(answer)

    def _answer(self, called: tuple[str, str], form: Form, authorization: str) -> Answer:
        match called:
            case "POST", "token":
                return Answer(self._token(form))
            case "GET", "validate":
                return Answer(self._validate(authorization))
            case "POST", "revoke":
                self._revoke(form)
                return Answer()
            case _:
                raise Refused(404, "not found")

    def _token(self, form: Form) -> dict[str, Any]:
        grant = self._grants.get(form.get("grant_type", ""))
        if grant is None:
            known = ", ".join(self._grants)
            raise Refused(400, f"missing or unknown grant type; this sandbox knows: {known}")
        self._check_client(form)
        return grant(form)

    def _check_client(self, form: Form) -> None:
        if not form.get("client_id"):
            raise Refused(400, "missing client id")
        if form["client_id"] != self._tokens.client_id:
            raise Refused(400, "invalid client")
        if not form.get("client_secret"):
            raise Refused(400, "missing client secret")
        if form["client_secret"] != self._tokens.client_secret:
            raise Refused(403, "invalid client secret")

    def _app_token(self, form: Form) -> dict[str, Any]:
        now = self._platform.clock.time()
        token = self._tokens.app_token(now)
        return {
            "access_token": token.value,
            "expires_in": int(token.expires_at - now),
            "token_type": "bearer",
        }

    def _refresh(self, form: Form) -> dict[str, Any]:
        if not form.get("refresh_token"):
            raise Refused(400, "missing refresh token")
        now = self._platform.clock.time()
        token, refresh_token = self._tokens.refresh(form["refresh_token"], now)
        return {
            "access_token": token.value,
            "refresh_token": refresh_token,
            "expires_in": int(token.expires_at - now),
            "scope": sorted(token.scopes),
            "token_type": "bearer",
        }

    def _validate(self, authorization: str) -> dict[str, Any]:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() not in SCHEMES or not value:
            raise Refused(401, "missing authorization token")
        now = self._platform.clock.time()
        token = self._tokens.find(value.strip(), now)
        if token is None:
            raise Refused(401, "invalid access token")
        return {
            "client_id": token.client_id,
            "login": token.user.login if token.user else None,
            "scopes": sorted(token.scopes),
            "user_id": token.user.id if token.user else None,
            "expires_in": int(token.expires_at - now),
        }

    def _revoke(self, form: Form) -> None:
        if form.get("client_id") != self._tokens.client_id:
            raise Refused(400, f"Invalid client_id: {form.get('client_id', '')}")
        if not form.get("token"):
            raise Refused(400, "missing oauth token")
        if not self._tokens.revoke(form["token"]):
            raise Refused(400, "Invalid token")
