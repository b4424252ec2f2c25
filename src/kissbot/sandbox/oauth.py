"""Twitch's login service: device codes, app tokens, refreshing, validating and revoking."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.api import interrupt, lose_answer, nobody_waits, respond
from kissbot.sandbox.platform import Platform
from kissbot.sandbox.tokens import Token

Form = Mapping[str, str]
SCHEMES: Final = ("oauth", "bearer")
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class OAuth:
    """The endpoints under `/oauth2`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._tokens = platform.tokens
        self._grants: dict[str, Callable[[Form], dict[str, Any]]] = {
            "client_credentials": self._app_token,
            "refresh_token": self._refresh,
            DEVICE_CODE: self._redeem,
        }

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one call; parameters may be in the query or in the form."""
        form = dict(request.query) | dict(parse_qsl(await request.text()))
        if await nobody_waits(self._platform, request):
            return web.Response()
        try:
            interrupt(self._platform, request)
            answer = self._answer(request, form)
        except Refused as refused:
            answer = Answer({"status": refused.status, "message": refused.message}, refused.status)
        lose_answer(self._platform, request)
        return respond(answer)

    def _answer(self, request: web.Request, form: Form) -> Answer:
        match request.method, request.match_info["path"].strip("/"):
            case "POST", "device":
                return Answer(self._device(form, f"{request.scheme}://{request.host}"))
            case "POST", "token":
                return Answer(self._token(form))
            case "GET", "validate":
                return Answer(self._validate(request.headers.get("Authorization", "")))
            case "POST", "revoke":
                self._revoke(form)
                return Answer()
            case _:
                raise Refused(404, "not found")

    @property
    def _now(self) -> float:
        return self._platform.clock.time()

    def _device(self, form: Form, origin: str) -> dict[str, Any]:
        self._check_client(form)
        device = self._platform.devices.ask(form.get("scopes", ""), self._now)
        return {
            "device_code": device.device_code,
            "expires_in": round(device.expires_at - self._now),
            "interval": device.interval,
            "user_code": device.user_code,
            "verification_uri": f"{origin}/activate?device-code={device.user_code}",
        }

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

    def _check_secret(self, form: Form) -> None:
        if not form.get("client_secret"):
            raise Refused(400, "missing client secret")
        if form["client_secret"] != self._tokens.client_secret:
            raise Refused(403, "invalid client secret")

    def _app_token(self, form: Form) -> dict[str, Any]:
        if self._tokens.client == "public":
            raise Refused(400, "a public client has no client credentials")
        self._check_secret(form)
        token = self._tokens.app_token(self._now)
        return {
            "access_token": token.value,
            "expires_in": self._seconds_left(token),
            "token_type": "bearer",
        }

    def _refresh(self, form: Form) -> dict[str, Any]:
        if self._tokens.client == "confidential":
            self._check_secret(form)
        if not form.get("refresh_token"):
            raise Refused(400, "missing refresh token")
        return self._pair(*self._tokens.refresh(form["refresh_token"], self._now))

    def _redeem(self, form: Form) -> dict[str, Any]:
        if not form.get("device_code"):
            raise Refused(400, "missing device_code")
        user, scopes = self._platform.devices.redeem(form["device_code"], self._now)
        return self._pair(*self._tokens.grant(user, scopes, self._now))

    def _pair(self, token: Token, refresh_token: str) -> dict[str, Any]:
        return {
            "access_token": token.value,
            "refresh_token": refresh_token,
            "expires_in": self._seconds_left(token),
            "scope": sorted(token.scopes),
            "token_type": "bearer",
        }

    def _seconds_left(self, token: Token) -> int:
        return round(token.expires_at - self._now)

    def _validate(self, authorization: str) -> dict[str, Any]:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() not in SCHEMES or not value:
            raise Refused(401, "missing authorization token")
        token = self._tokens.find(value.strip(), self._now)
        if token is None:
            raise Refused(401, "invalid access token")
        return {
            "client_id": token.client_id,
            "login": token.user.login if token.user else None,
            "scopes": sorted(token.scopes),
            "user_id": token.user.id if token.user else None,
            "expires_in": self._seconds_left(token),
        }

    def _revoke(self, form: Form) -> None:
        if form.get("client_id") != self._tokens.client_id:
            raise Refused(400, f"Invalid client_id: {form.get('client_id', '')}")
        if not form.get("token"):
            raise Refused(400, "missing oauth token")
        if not self._tokens.revoke(form["token"]):
            raise Refused(400, "Invalid token")
