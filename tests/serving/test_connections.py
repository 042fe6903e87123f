"""Clients that dawdle, break off or come in crowds, beside the person at the page."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.running import Studio, studio


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio(tmp_path_factory.mktemp("home")) as one:
        yield one


def connected(one: Studio, begun: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", one.port), timeout=60)
    if begun:
        client.sendall(begun)
    return client


def is_closed(client: socket.socket) -> bool:
    """Waits for the end of a connection, a minute at most."""
    with contextlib.suppress(ConnectionError):
        while client.recv(4096):
            pass
    return True


def test_a_head_that_trickles_in_is_not_waited_for(running: Studio) -> None:
    client = connected(running)
    end_s = time.monotonic() + 60
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < end_s:
            client.sendall(b"G")
            time.sleep(0.2)
    assert time.monotonic() < end_s, "a byte now and then holds a place for ever"
    client.close()


def test_a_second_head_that_trickles_in_is_not_waited_for_either(running: Studio) -> None:
    head = f"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
    client = connected(running, f"{head}Cookie: {running.cookie}\r\n\r\n".encode())
    assert client.recv(65_536).startswith(b"HTTP/1.1 200")
    client.sendall(b"GET /api")
    assert is_closed(client)


def test_crowds_that_dawdle_push_out_each_other(running: Studio) -> None:
    clients = [connected(running, b"GET / HTTP/1.1\r\nHo") for _ in range(200)]
    assert running.ask("GET", "/api/state")["projects"] == []
    for client in clients:
        client.close()
    clients = [connected(running) for _ in range(200)]
    assert running.ask("GET", "/api/state")["projects"] == []
    for client in clients:
        client.close()


def test_who_is_refused_holds_no_place(running: Studio) -> None:
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode()
    clients = [connected(running, head) for _ in range(100)]
    assert all(is_closed(client) for client in clients)
    assert running.ask("GET", "/api/state")["projects"] == []


def test_an_upload_of_a_stranger_is_refused_before_it_is_read(running: Studio) -> None:
    head = (
        f"PUT /api/import?name=x.messina HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
        "Content-Length: 1000000000000\r\n\r\n"
    )
    client = connected(running, head.encode())
    assert client.recv(4096).startswith(b"HTTP/1.1 401")
    assert is_closed(client)
    assert not list((running.home / "arriving").glob("*"))


def test_uploads_that_break_off_leave_nothing(running: Studio) -> None:
    project = running.ask("POST", "/api/projects", {"name": "broken off"})["id"]
    head = (
        f"PUT /api/projects/{project}/files?name=NAME.wav HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{running.port}\r\nCookie: {running.cookie}\r\n"
        "Content-Length: 100000\r\n\r\n"
    )
    for number in range(20):
        with connected(running, head.replace("NAME", str(number)).encode()) as client:
            client.sendall(b"RIFF" * 100)
    sounds = running.home / "projects" / project / "sounds"
    end_s = time.monotonic() + 60
    while True:  # the name is free again once the break is noticed
        try:
            running.upload(project, "0.wav", b"RIFF")
            break
        except ValueError:
            assert time.monotonic() < end_s, list(sounds.iterdir())
            time.sleep(0.05)
    while [path.name for path in sounds.iterdir()] != ["0.wav"]:
        assert time.monotonic() < end_s, list(sounds.iterdir())
        time.sleep(0.05)


def test_crowds_that_ask_are_all_answered(running: Studio) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: running.ask("GET", "/api/state"), range(300)))
    assert all("projects" in answer for answer in answers)


@pytest.mark.parametrize(
    "odd",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        b"GET http://stranger.example/ HTTP/1.1\r\nHost: stranger.example\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"\0\xff" * 500 + b"\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_what_is_no_request_is_no_harm(running: Studio, odd: bytes) -> None:
    client = connected(running)
    with contextlib.suppress(ConnectionError):
        client.sendall(odd)
        answer = client.recv(4096)
        assert not answer.startswith(b"HTTP/1.1 2")
    client.close()
    assert "projects" in running.ask("GET", "/api/state")
