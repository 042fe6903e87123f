from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from messina.play.connections import Connection, Connections


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    made: list[socket.socket] = []
    yield made
    for one in made:
        one.close()


def connection(sockets: list[socket.socket], address: str = "a", **facts: object) -> Connection:
    ours, theirs = socket.socketpair()
    sockets += [ours, theirs]
    made = Connection(ours, address)
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def is_open(one: Connection) -> bool:
    try:
        one.socket.settimeout(0.05)
        return one.socket.recv(1) != b""
    except TimeoutError:
        return True


def test_the_oldest_that_waits_goes(sockets: list[socket.socket]) -> None:
    places = Connections(most=3, most_strangers=3)
    busy = connection(sockets, since_s=0.0)
    older = connection(sockets, since_s=1.0, waits=True)
    newer = connection(sockets, since_s=2.0, waits=True)
    assert all(places.enter(one) for one in (newer, busy, older))
    assert places.enter(connection(sockets))
    assert [is_open(one) for one in (busy, older, newer)] == [True, False, True]


def test_strangers_go_before_those_who_were_admitted(sockets: list[socket.socket]) -> None:
    places = Connections(most=3, most_strangers=3)
    known = [connection(sockets, since_s=float(i), waits=True, admitted=True) for i in range(2)]
    stranger = connection(sockets, since_s=9.0, waits=True)
    assert all(places.enter(one) for one in (*known, stranger))
    late = connection(sockets, waits=True, admitted=True)
    assert places.enter(late)
    assert not is_open(stranger)
    assert places.enter(connection(sockets))
    assert [is_open(one) for one in known] == [False, True]


def test_strangers_push_out_strangers_of_the_address_that_has_most(
    sockets: list[socket.socket],
) -> None:
    places = Connections(most=100, most_strangers=4)
    other = connection(sockets, "b", since_s=0.0, waits=True)
    crowd = [connection(sockets, "a", since_s=1.0 + i, waits=True) for i in range(3)]
    assert all(places.enter(one) for one in (other, *crowd))
    assert places.enter(connection(sockets, "a", waits=True))
    assert [is_open(one) for one in (other, *crowd)] == [True, False, True, True]


def test_when_all_are_being_answered_a_newcomer_waits_a_moment(
    sockets: list[socket.socket],
) -> None:
    places = Connections(most=1, most_strangers=1)
    busy = connection(sockets)
    assert places.enter(busy)
    assert not places.enter(connection(sockets))
    threading.Timer(0.05, places.leave, [busy]).start()
    began = time.monotonic()
    assert places.enter(connection(sockets))
    assert time.monotonic() - began < 0.2
    assert is_open(busy)
