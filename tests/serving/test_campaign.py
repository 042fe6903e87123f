"""What strangers send, to the page for playing on this machine alone and beyond it."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator

import pytest

from messina.play.catalogue import Catalogue
from messina.play.server import PageServer
from messina.serving import connections
from play.asking import ask, send

PATHS = [
    up.replace("/", separator) + name
    for up, separator, name in itertools.product(
        (
            "/../",
            "/style/../../",
            "/%2e%2e/",
            "/.%2e/",
            "/..%00/",
            "/%c0%ae%c0%ae/",
            "/%ff/",
            "/%/",
        ),
        ("/", "\\", "%2f", "%5c"),
        ("catalogue.py", "etc/passwd", "main.js%00.py"),
    )
]
HEADS = [
    "GET / HTTP/1.1\r\n{host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "GET / HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    "GET / HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}Content-Length: 99999999999\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}{host}\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}A : b\r\n\r\n",
    "GET / HTTP/9.9\r\n{host}\r\n",
    "GET /\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\n{host}Connection: close\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\n{host}Connection: close\r\n\r\n",
    "TRACE / HTTP/1.1\r\n{host}Connection: close\r\n\r\n",
    "PUT / HTTP/1.1\r\n{host}Content-Length: 10000000000\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}Origin: http://stranger.example\r\n\r\n",
    "GET / HTTP/1.1\r\n{host}X: " + "y" * 20_000 + "\r\n\r\n",
]


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def page(request: pytest.FixtureRequest) -> Iterator[PageServer]:
    with PageServer(Catalogue(), host=request.param, port=0) as server:
        yield server


def cookie(page: PageServer) -> dict[str, str]:
    return {"Cookie": f"{page.access.cookie}={page.access.token}"} if page.access.token else {}


def test_no_path_leads_out_of_the_page(page: PageServer) -> None:
    answers = {path: ask(page, path, **cookie(page)).status for path in PATHS}
    assert {path: status for path, status in answers.items() if status not in (400, 404)} == {}
    assert ask(page, "/main.js", **cookie(page)).status == 200


@pytest.mark.parametrize("head", HEADS)
def test_what_is_no_proper_request_is_refused_and_closed(page: PageServer, head: str) -> None:
    known = "".join(f"{name}: {value}\r\n" for name, value in cookie(page).items())
    text = head.replace("{host}", f"Host: 127.0.0.1:{page.access.port}\r\n{known}")
    answer = send(page, text.encode())
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer.startswith(b"HTTP/1.1 2")
    assert b"access-control" not in answer.lower()
    assert ask(page, "/main.js", **cookie(page)).status == 200


def test_the_cookie_of_another_port_is_no_cookie_of_ours() -> None:
    with PageServer(Catalogue(), host="0.0.0.0", port=0) as page:
        token = page.access.token
        assert ask(page, "/", Cookie=f"messina-1={token}").status == 401
        assert ask(page, "/", Cookie=f"{page.access.cookie}=%C3%A4").status == 401


def test_a_fault_of_ours_is_said_where_the_server_runs_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Catalogue):
        def get(self, route: str) -> None:
            raise ValueError(f"{route}: broken on purpose")

    with PageServer(Broken(), port=0) as page:
        answer = ask(page, "/main.js")
    assert answer.status == 500
    assert b"purpose" not in answer.body
    assert "broken on purpose" in caplog.text


def test_who_takes_nothing_in_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_STALL_S", 0.5)
    with PageServer(Catalogue(), port=0) as page, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", page.access.port))
        one = f"GET /main.js HTTP/1.1\r\nHost: 127.0.0.1:{page.access.port}\r\n\r\n".encode()
        slow.settimeout(60)  # a hang, not a busy machine
        with pytest.raises(ConnectionError):
            _pour(slow, one * 100)
        assert ask(page, "/main.js").status == 200


def _pour(client: socket.socket, data: bytes) -> None:
    while True:
        client.sendall(data)
