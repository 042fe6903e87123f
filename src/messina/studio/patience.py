"""How long the server waits for a client to ask, and who has to go when too many dawdle.

uvicorn bounds how large a request's head may be and how long a connection may rest between two
requests, but not how long a head may take: a byte now and then would hold a place for ever, and a
few dozen of them all places. Here a head has to be whole within seconds, and of connections that
have never asked for anything the oldest go when there are many: clients that connect and dawdle
push out each other, not the person at the page.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]

_MOST_CONNECTIONS: Final = 64
_MOST_STRANGERS: Final = 16
_HEAD_S: Final = 5.0


class PatientProtocol(H11Protocol):
    """One connection. Everything here runs in the server's loop."""

    _patience: asyncio.TimerHandle | None = None
    _since_s = 0.0
    _is_over = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._since_s = self.loop.time()
        self._be_patient()
        here = [
            one for one in self.connections if isinstance(one, PatientProtocol) and not one._is_over
        ]
        strangers = [one for one in here if one.cycle is None]
        if len(strangers) > _MOST_STRANGERS:
            min(strangers, key=lambda one: one._since_s)._leave()
        elif len(here) > _MOST_CONNECTIONS:
            waiting = [one for one in here if one._waits()]  # this one, if no other
            min(waiting, key=lambda one: one._since_s)._leave()

    def data_received(self, data: bytes) -> None:
        if self._waits() and self._patience is None:
            self._be_patient()
        super().data_received(data)
        if not self._waits():
            self._since_s = self.loop.time()
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        """Whether it is the client's turn: a head is not there yet, or not whole."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _leave(self) -> None:
        self._is_over = True
        self.transport.abort()

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(_HEAD_S, self._leave)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
