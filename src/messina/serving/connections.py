"""How long clients are waited for, and who has to go when there is no room for one more.

uvicorn bounds how large a request's head may be and how long a connection may rest between two
requests, but not how long a head, a body, the handshake of TLS or the taking in of an answer may
last: a byte now and then would hold a place for ever, and a few dozen of them all places. Here a
head has to be whole within seconds, and bodies and answers have to move.

A connection is a stranger's until it has asked for something. Strangers have few places. When these
are taken, the oldest goes, first of the address that has most; when all are, the oldest whose
client it is to go on. So clients that connect and dawdle push out each other, not the person at
the page.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["ENDLESS", "IDLE_S", "PatientProtocol"]

ENDLESS: Final = "messina.endless"
"""Set in a request's scope where its answer goes on until the server ends."""

IDLE_S: Final = 20
"""Between two requests of one connection."""

_MOST_CONNECTIONS: Final = 64
_MOST_STRANGERS: Final = 16
_BURST_S: Final = 1.0
"""Who comes with many others has so long to ask."""
_HEAD_S: Final = 5.0
_STALL_S: Final = 20.0
"""Within so long a client has to take in what was last written, and to send..."""
_LEAST_BYTES: Final = 65_536
"""...so much of a body, or all that is left of it."""


class _Patience:
    """A span of time at whose end something is done, unless it is stopped before."""

    def __init__(self, loop: asyncio.AbstractEventLoop, at_end: Callable[[], None]) -> None:
        self._loop = loop
        self._at_end = at_end
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float) -> None:
        """Begins, unless it has begun."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._at_end)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class PatientProtocol(H11Protocol):
    """One connection. Everything here runs in the server's loop."""

    def __init__(self, *args: Any, tls: ssl.SSLContext | None = None, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self._tls = tls
        self._address = ""
        self._since_s = self.loop.time()
        self._has_begun = False
        self._is_over = False
        self._early = b""
        self._body_bytes = 0
        self._head = _Patience(self.loop, self._leave)
        self._body = _Patience(self.loop, self._ask_for_body)
        self._answer = _Patience(self.loop, self._leave)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._address = str((transport.get_extra_info("peername") or [""])[0])
        self.connections.add(self)
        self._make_room()
        self._head.start(_HEAD_S)
        if self._is_over:
            return
        if self._tls is None:
            self._begin(transport)
        else:
            transport.pause_reading()
            self._greeting = self.loop.create_task(self._greet(transport, self._tls))

    async def _greet(self, transport: Any, tls: ssl.SSLContext) -> None:
        """The handshake, in the time a head has."""
        try:
            inner = await self.loop.start_tls(
                transport, self, tls, server_side=True, ssl_handshake_timeout=_HEAD_S
            )
        except OSError:  # what no handshake is, comes late or breaks off
            inner = None
        if inner is None or self._is_over:
            self._leave()
        else:
            self._head.stop()
            self._head.start(_HEAD_S)
            self._begin(inner)

    def _begin(self, transport: Any) -> None:
        # Paused whenever anything is still to be written: so it is known how long that has been.
        transport.set_write_buffer_limits(high=1, low=0)
        super().connection_made(transport)
        self._has_begun = True
        if self._early:
            self.data_received(self._early)

    def data_received(self, data: bytes) -> None:
        if not self._has_begun:
            self._early += data
            return
        if self._is_idle():
            self._head.start(_HEAD_S)
        self._body_bytes += len(data)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer.start(_STALL_S)

    def resume_writing(self) -> None:
        self._answer.stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        for patience in (self._head, self._body, self._answer):
            patience.stop()
        if self._has_begun:
            super().connection_lost(exc)
        else:
            self.connections.discard(self)

    def shutdown(self) -> None:
        if not self._has_begun or (not self._is_idle() and ENDLESS in self.scope):
            self._leave()
        else:
            super().shutdown()

    def _look(self) -> None:
        """Whose turn it is, and how long it may take."""
        if not self._is_idle():
            self._head.stop()
            self._since_s = self.loop.time()
        if not self._sends_body() or (self._body_bytes >= _LEAST_BYTES and not self._is_idle()):
            self._body.stop()
            self._body_bytes = 0
        if self._sends_body():
            self._body.start(_STALL_S)

    def _ask_for_body(self) -> None:
        self._body.stop()
        if self.flow.read_paused:  # it is we who do not take it
            self._body.start(_STALL_S)
        else:
            self._leave()

    def _is_idle(self) -> bool:
        """Whether no request is being answered: a head is not there yet, or not whole."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _sends_body(self) -> bool:
        return self.cycle is not None and self.conn.their_state is h11.SEND_BODY

    def _waits(self) -> bool:
        """Whether the client has to go on: to send, or to take in."""
        return self.flow.write_paused or (self._sends_body() and not self.flow.read_paused)

    def _leave(self) -> None:
        self._is_over = True
        self.connections.discard(self)
        self.transport.abort()

    def _make_room(self) -> None:
        """Shows one out when this one is one too many."""
        here = self._here()
        if len(here) > _MOST_CONNECTIONS:
            others = [one for one in here if one is not self]
            idle = [one for one in others if one._is_idle()]
            new = [one for one in idle if one.cycle is None]
            dawdling = [one for one in others if not one._is_idle() and one._waits()]
            _oldest(new or idle or dawdling or [self])._leave()
        self.loop.call_later(_BURST_S, self._show_out_strangers)

    def _show_out_strangers(self) -> None:
        strangers = [one for one in self._here() if one.cycle is None]
        if len(strangers) > _MOST_STRANGERS:
            _oldest(strangers)._leave()

    def _here(self) -> list[PatientProtocol]:
        everyone: set[Any] = self.connections
        return [one for one in everyone if not (one._is_over or one.transport.is_closing())]


def _oldest(connections: list[PatientProtocol]) -> PatientProtocol:
    """The oldest of those whose address has most."""
    count = Counter(one._address for one in connections)
    return min(connections, key=lambda one: (-count[one._address], one._since_s))
