"""The addresses of the page for playing: its files, its instruments, news, and takes.

What is asked for is looked up in a catalogue. Nothing a client sends is kept, run or joined to a
path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from messina.errors import MessinaError
from messina.play.catalogue import Catalogue
from messina.play.recorded_takes import KEY_HEADER, LARGEST_TAKE, TAKE_ROUTE, BusyError, Takes
from messina.serving.answers import body_of, given, read_away, said
from messina.serving.connections import ENDLESS
from messina.serving.event_stream import Events

__all__ = ["Page", "page_routes"]

_TOO_LARGE: Final = f"the take is too large; {LARGEST_TAKE >> 20} MB are allowed, about a minute"
_READ_AWAY: Final = 4 * LARGEST_TAKE
"""Bytes: a take that is larger than this is not let come to hear that it is too large."""


@dataclass(frozen=True)
class Page:
    """What one page for playing is given. events: news of an instrument that is being learnt."""

    catalogue: Catalogue
    events: Events | None


def page_routes(page_of: Callable[[Request], Page], prefix: str = "") -> list[Route]:
    """Everything the page asks for beneath a prefix; `page_of` is called in a thread."""

    async def get(request: Request) -> Response:
        route = "/" + request.path_params["path"]
        return await given(request, lambda: page_of(request).catalogue.get(route))

    async def news(request: Request) -> Response:
        events = (await run_in_threadpool(page_of, request)).events
        if events is None or request.method == "HEAD":
            return said(404, "nothing here")
        if not events.has_room:
            return said(503, "too many pages are open", close=True)
        request.scope[ENDLESS] = True
        return StreamingResponse(events.stream(), media_type="text/event-stream")

    async def take(request: Request) -> Response:
        return await _heard(request, await run_in_threadpool(page_of, request))

    return [
        Route(f"{prefix}/events", news),
        Route(f"{prefix}{TAKE_ROUTE}", take, methods=["POST"]),
        Route(f"{prefix}/{{path:path}}", get),
    ]


async def _heard(request: Request, page: Page) -> Response:
    """What a take holds that was recorded on the page."""
    takes = page.catalogue.takes
    if takes is None:
        return said(405, "not in this way", close=True)
    refusal = _refusal(request, takes)
    if refusal is not None:
        if refusal.status_code == 413:
            await read_away(request, most=_READ_AWAY)
        return refusal
    instrument = page.catalogue.hits_at(request.query_params.get("instrument", ""))
    if instrument is None:
        return said(404, "there is no such instrument", close=True)
    try:
        data = await body_of(request, most=LARGEST_TAKE, sentence=_TOO_LARGE)
        heard = await run_in_threadpool(takes.heard, data, instrument)
    except BusyError as error:
        return said(503, str(error))
    except MessinaError as error:
        return said(422, str(error))
    return Response(msgspec.json.encode(heard), media_type="application/json")


def _refusal(request: Request, takes: Takes) -> Response | None:
    """Why a take is not listened to: who asks has to be the page itself, and say how long it is."""
    if "Origin" not in request.headers:
        return said(403, "another page may not ask here", close=True)
    if not takes.knows(request.headers.get(KEY_HEADER, "")):
        return said(403, "reload the page: it does not know this server", close=True)
    if request.headers.get("Content-Type", "") != "audio/wav":
        return said(415, "a take is audio/wav", close=True)
    length = request.headers.get("Content-Length", "")
    if not length:
        return said(411, "say how long the take is", close=True)
    if len(length) > 12 or int(length) > LARGEST_TAKE:
        return said(413, _TOO_LARGE, close=True)
    return None
