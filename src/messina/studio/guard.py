"""Every request goes through here first: who asks, and with which headers is answered.

The rules are the play server's; here, where things are changed, a token is demanded always.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from messina.play.access import SECURITY_HEADERS, Access

__all__ = ["Guard"]

_GOODBYE: Final = {"Connection": "close"}
"""Who is refused holds no place here."""
_READS: Final = ("GET", "HEAD")
_MEDIA: Final = "media-src blob:"
_OWN_MEDIA: Final = "media-src 'self' blob:; frame-src 'self'"
"""Sounds, and reports within the page."""


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: Any, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets
            return
        refused = self._refusal(scope)

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value.replace(_MEDIA, _OWN_MEDIA))
                message["headers"] = headers.raw
            await send(message)

        await (refused or self._app)(scope, receive, with_headers)

    def _refusal(self, scope: Any) -> Response | None:
        headers = Headers(scope=scope)
        why = self._access.refusal(headers)
        changes = scope["method"] not in _READS
        if changes and headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            why = "another page may not ask here"
        if why is not None:
            return PlainTextResponse(f"{why}\n", 403, _GOODBYE)
        if self._access.knows(headers):
            return None
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if changes or not any(map(self._access.is_token, tokens)):
            return PlainTextResponse("open the whole address that was printed\n", 401, _GOODBYE)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._access.cookie,
            str(self._access.token),
            httponly=True,
            samesite="strict",
            path="/",
        )
        return answer
