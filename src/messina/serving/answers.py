"""Answers: what was found, packed where that is worth it, or a sentence why not."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Callable
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from messina.errors import MessinaError
from messina.serving.files import Item

__all__ = ["READS", "Portions", "body_of", "given", "read_away", "said"]

READS: Final = ("GET", "HEAD")

_PORTION: Final = 1 << 18
"""Bytes handed over at once: what a client has to take in before it is thought to be gone."""
_BODY_S: Final = 30.0
_READ_AWAY_S: Final = 2.0
"""What is refused is let come for so long."""


class Portions(Response):
    """An answer that is in memory, handed over bit by bit."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del receive
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        data = memoryview(self.body) if scope["method"] != "HEAD" else memoryview(b"")
        for start in range(0, len(data), _PORTION):
            portion = bytes(data[start : start + _PORTION])
            await send({"type": "http.response.body", "body": portion, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def said(status: int, sentence: str, *, close: bool = False) -> Response:
    """A response of one sentence. close: whether the connection ends with it."""
    headers = {"Connection": "close"} if close else None
    return PlainTextResponse(f"{sentence}\n", status, headers)


async def given(request: Request, find: Callable[[], Item | None]) -> Response:
    """A response with the item that `find`, run in a thread, returns.

    Not Found where that is None.
    """
    accepts = _accepts_gzip(request.headers.get("Accept-Encoding", ""))

    def found() -> tuple[Item, bytes] | None:
        item = find()
        if item is None:
            return None
        return item, gzip.compress(item.data, 6, mtime=0) if item.packs and accepts else item.data

    one = await run_in_threadpool(found)
    if one is None:
        return said(404, "nothing here")
    item, data = one
    headers = {"Content-Type": item.kind}
    if item.packs:
        headers["Vary"] = "Accept-Encoding"
        if accepts:
            headers["Content-Encoding"] = "gzip"
    return Portions(data, headers=headers)


async def body_of(request: Request, *, most: int, sentence: str) -> bytes:
    """The body of a request.

    Raises MessinaError with the sentence when that is more bytes than `most`, and when it takes too
    long.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for chunk in request.stream():
                data += chunk
                if len(data) > most:
                    raise MessinaError(sentence)
    except TimeoutError:
        raise MessinaError("this took too long to come; try again") from None
    return bytes(data)


async def read_away(request: Request, *, most: int) -> None:
    """Reads and drops the body of a refused request, or its client would not come to hear why.

    What announces more than `most` bytes is not waited for.
    """
    length = request.headers["Content-Length"]
    if len(length) > 12 or int(length) > most:  # digits: what reads the head refuses others
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_READ_AWAY_S):
            async for _ in request.stream():
                pass


def _accepts_gzip(accepted: str) -> bool:
    """Whether a client that accepts these encodings can be sent what is packed.

    >>> _accepts_gzip("br, gzip;q=0.8"), _accepts_gzip("gzip; q=0"), _accepts_gzip("")
    (True, False, False)
    """
    for name in accepted.split(","):
        coding, _, weight = name.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
