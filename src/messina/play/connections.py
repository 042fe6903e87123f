"""Who is connected to the server, and who has to go when there is no room for one more.

A connection is a stranger's until a request of it was admitted (its head whole, its cookie right
where one is demanded). Strangers have few places. When these are taken, or all are, the oldest one
goes that waits for its client to send: first of the address that has most. So clients that connect
and dawdle push out each other, not the player.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Connection", "Connections"]

_PATIENCE_S = 0.2
"""How long a newcomer waits for a place when everybody is being answered: bursts take no longer."""


@dataclass(eq=False)
class Connection:
    """One of them; what the threads that serve it say of themselves."""

    socket: socket.socket
    address: str
    admitted: bool = False
    waits: bool = False
    """Whether its thread waits for the client to send."""
    since_s: float = field(default_factory=time.monotonic)
    """When it came, or was last admitted."""

    def admit(self) -> None:
        self.admitted = True
        self.since_s = time.monotonic()

    def drop(self) -> None:
        """Whoever reads from it or writes to it finds it closed."""
        with contextlib.suppress(OSError):
            # Not ssl's own, which has to be asked by the thread that reads.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class Connections:
    """Those there are: at most `most`, of which no more than `most_strangers` are strangers'."""

    def __init__(self, *, most: int, most_strangers: int) -> None:
        self._most = most
        self._most_strangers = most_strangers
        self._all: set[Connection] = set()
        self._changed = threading.Condition()

    def enter(self, connection: Connection) -> bool:
        """Takes a place, by dropping another connection if need be. False: there is none."""
        until_s = time.monotonic() + _PATIENCE_S
        with self._changed:
            while self._is_full():
                last = self._to_go()
                if last is not None:
                    last.drop()
                    self._all.discard(last)
                elif not self._changed.wait(until_s - time.monotonic()):
                    return False
            self._all.add(connection)
            return True

    def leave(self, connection: Connection) -> None:
        with self._changed:
            self._all.discard(connection)
            self._changed.notify()

    def _is_full(self) -> bool:
        strangers = sum(not one.admitted for one in self._all)
        return strangers >= self._most_strangers or len(self._all) >= self._most

    def _to_go(self) -> Connection | None:
        idle = [one for one in self._all if one.waits]
        strangers = [one for one in idle if not one.admitted]
        return _oldest(strangers) or _oldest(idle)


def _oldest(connections: Iterable[Connection]) -> Connection | None:
    """The oldest of those whose address has most."""
    connections = list(connections)
    count = Counter(one.address for one in connections)
    return min(connections, key=lambda one: (-count[one.address], one.since_s), default=None)
