"""Every request goes through here first: who asks, and with which headers is answered."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from messina.serving.address import SECURITY_HEADERS, Access
from messina.serving.answers import READS, said

__all__ = ["LARGEST_HEAD", "Guard", "guarded"]

LARGEST_HEAD: Final = 16_384
"""Bytes of a request before its body. What reads it takes more that comes at once."""

_LOG: Final = logging.getLogger(__name__)


def guarded(
    routes: Sequence[Route],
    access: Access,
    *,
    encrypted: bool = False,
    headers: Mapping[str, str] = SECURITY_HEADERS,
    complaints: Mapping[Any, Any] | None = None,
) -> Any:
    """These routes as an ASGI application that answers those who may ask.

    encrypted: whether it is served by https. headers: what every answer is sent with. complaints:
    what is answered to errors, by type.
    """
    handlers = {405: _not_so, ClientDisconnect: _gone, Exception: _broken, **(complaints or {})}
    app = Starlette(routes=list(routes), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Guard(app, access, encrypted=encrypted, headers=headers)


class Guard:
    """An ASGI application around another one."""

    def __init__(
        self, app: Any, access: Access, *, encrypted: bool, headers: Mapping[str, str]
    ) -> None:
        self._app = app
        self._access = access
        self._encrypted = encrypted
        self._headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":  # no web sockets
            return
        refused = self._refusal(scope)

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                message["headers"] = headers.raw
            await send(message)

        try:
            await (refused or self._app)(scope, receive, with_headers)
        except Exception:
            _LOG.exception("%s could not be answered", scope["method"])
            raise

    def _refusal(self, scope: Any) -> Response | None:
        """What is answered instead. Who is refused holds no place here: it is closed."""
        if scope["http_version"] not in ("1.0", "1.1"):
            return said(505, "only version 1.1 of HTTP is spoken here", close=True)
        length = sum(len(name) + len(value) for name, value in scope["headers"])
        if length + len(scope["raw_path"]) + len(scope["query_string"]) > LARGEST_HEAD:
            return said(431, "that is too much to ask at once", close=True)
        headers = Headers(scope=scope)
        why = self._access.refusal(headers)
        changes = scope["method"] not in READS
        if changes and headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            why = "another page may not ask here"
        if why is not None:
            return said(403, why, close=True)
        if not changes and (
            headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in headers
        ):
            return said(413, "nothing is taken in here", close=True)
        if self._access.knows(headers):
            return None
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if changes or not any(map(self._access.is_token, tokens)):
            return said(401, "open the whole address that was printed", close=True)
        return self._admission()

    def _admission(self) -> Response:
        """Exchanges a token in the address for a cookie, so that it does not stay there."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._access.cookie,
            str(self._access.token),
            httponly=True,
            samesite="strict",
            secure=self._encrypted,
            path="/",
        )
        return answer


async def _not_so(request: Request, error: Exception) -> Response:
    del request, error
    return said(405, "not in this way", close=True)


async def _gone(request: Request, error: Exception) -> Response:
    del request, error
    return Response(status_code=400)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of ours, whose traceback goes to where the server runs, and not to the client."""
    del request, error
    return said(500, "this failed; where the server runs it is said why", close=True)
