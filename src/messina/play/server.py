"""The server behind `messina play`: a page, its instruments, and news while one is learnt.

GET and HEAD, looked up on a shelf; on this machine alone a take, too, which is listened to. Nothing
a client sends is kept, run or joined to a path.
Each connection has a thread of its own, few at once, with a limit on what it may send and on how
long a request may take as a whole: a broken client costs one thread for a few seconds.
"""

from __future__ import annotations

import io
import os
import queue
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from messina.errors import MessinaError
from messina.play.access import SECURITY_HEADERS, Access, is_loopback
from messina.play.connections import Connection, Connections
from messina.play.events import BEAT, Events
from messina.play.shelf import Item, Shelf
from messina.play.takes import KEY_HEADER, LARGEST_TAKE, TAKE_ROUTE, BusyError, Takes

__all__ = ["PORT", "PageServer"]

PORT: Final = 8424
"""Tried first, so that what the browser keeps for a page is found again."""

_REQUEST_BYTES: Final = 16_384
_HEAD_S: Final = 5.0
"""A request's head has to be here within so long, however it trickles in."""
_IDLE_S: Final = 20.0
"""Between two requests of one connection, and to take in an answer."""
_TAKE_S: Final = 30.0
"""To send a take in."""
_BEAT_S: Final = 10.0
_MOST_CONNECTIONS: Final = 48
_MOST_STRANGERS: Final = 16
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  only named here, to be replaced


class _Limited(io.RawIOBase):
    """What a client sends, as long as it keeps to the limits of a request.

    Then ConnectionError or TimeoutError, which end the connection.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw = connection.socket.makefile("rb", buffering=0)
        self.expect(within_s=_HEAD_S)

    def expect(self, *, within_s: float) -> None:
        """A request, whose first byte is here within so long and the rest _HEAD_S later."""
        self._left = _REQUEST_BYTES
        self._until_s = time.monotonic() + within_s
        self._has_begun = False

    def expect_more(self, count: int, *, within_s: float) -> None:
        """What belongs to the request, beside its head."""
        self._left += count
        self._until_s = time.monotonic() + within_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self._until_s - time.monotonic()
        if self._left <= 0 or left_s <= 0:
            raise ConnectionError("more than a request may be")
        self._connection.socket.settimeout(left_s)
        self._connection.waits = True
        count = self._raw.readinto(memoryview(buffer)[: self._left]) or 0
        self._connection.waits = False
        self._left -= count
        if not self._has_begun:
            self._has_begun = True
            self._until_s = min(self._until_s, time.monotonic() + _HEAD_S)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version = "messina"
    sys_version = ""
    error_message_format = "%(message)s\n"
    error_content_type = "text/plain; charset=utf-8"

    def __init__(self, connection: Connection, client_address: Any, server: PageServer) -> None:
        self._client = connection
        super().__init__(connection.socket, client_address, server)

    def setup(self) -> None:
        super().setup()
        self._limited = _Limited(self._client)
        self.rfile = io.BufferedReader(self._limited, 2048)

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self._limited.expect(within_s=_IDLE_S)

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks for do_METHOD; whatever the method, there is one answer.
        if name.startswith("do_"):
            return self._refuse_method
        raise AttributeError(name)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_POST(self) -> None:
        self.connection.settimeout(_IDLE_S)
        url = urlsplit(self.path)
        refusal = self._refusal_of_take(url.path)
        if refusal is not None:
            return self._say(*refusal)
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or "Transfer-Encoding" in self.headers:
            return self._say(HTTPStatus.LENGTH_REQUIRED, "say how long the take is")
        if int(length[:12]) > LARGEST_TAKE or len(length) > 12:
            most_mb = LARGEST_TAKE >> 20
            sentence = f"the take is too large; {most_mb} MB are allowed, about a minute"
            return self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        self._client.admit()
        self._limited.expect_more(int(length), within_s=_TAKE_S)
        return self._hear(self.rfile.read(int(length)), url.query)

    def _refusal_of_take(self, path: str) -> tuple[HTTPStatus, str] | None:
        """Why no take is listened to: who asks has to be the page itself, on this machine."""
        access, takes = self.server.access, self.server.shelf.takes
        if path != TAKE_ROUTE or takes is None:
            return HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD"
        refusal = access.refusal(self.headers)
        if refusal is None and "Origin" not in self.headers:
            refusal = "another page may not ask here"
        if refusal is not None:
            return HTTPStatus.FORBIDDEN, refusal
        if not takes.knows(self.headers.get(KEY_HEADER, "")):
            return HTTPStatus.FORBIDDEN, "reload the page: it does not know this server"
        if self.headers.get("Content-Type", "") != "audio/wav":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a take is audio/wav"
        return None

    def _hear(self, data: bytes, query: str) -> None:
        """Answers what a take holds for the instrument that the address names."""
        shelf = self.server.shelf
        instrument = shelf.hits_at(parse_qs(query).get("instrument", [""])[0])
        if instrument is None or shelf.takes is None:
            return self._say(HTTPStatus.NOT_FOUND, "there is no such instrument", close=False)
        try:
            heard = shelf.takes.heard(data, instrument)
        except BusyError as error:
            return self._say(HTTPStatus.SERVICE_UNAVAILABLE, str(error), close=False)
        except MessinaError as error:
            return self._say(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), close=False)
        item = Item(kind="application/json", data=msgspec.json.encode(heard))
        return self._give(item, with_body=True)

    def _refuse_method(self) -> None:
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD")

    def _answer(self, *, with_body: bool) -> None:
        self.connection.settimeout(_IDLE_S)
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            return self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "nothing is taken in here")
        if self.request_version == "HTTP/0.9":
            self.close_connection = True
            return None
        access = self.server.access
        refusal = access.refusal(self.headers)
        if refusal:
            return self._say(HTTPStatus.FORBIDDEN, refusal)
        url = urlsplit(self.path)
        if not access.knows(self.headers):
            return self._admit(url.query)
        self._client.admit()
        if url.path == "/events" and with_body:
            return self._tell()
        item = self.server.shelf.get(url.path)
        if item is None:
            return self._say(HTTPStatus.NOT_FOUND, "nothing here", close=False)
        return self._give(item, with_body=with_body)

    def _admit(self, query: str) -> None:
        """Exchanges a token in the address for a cookie, so that it does not stay there."""
        access = self.server.access
        if not any(access.is_token(token) for token in parse_qs(query).get("token", [])):
            return self._say(HTTPStatus.UNAUTHORIZED, "open the whole address that was printed")
        self.send_response(HTTPStatus.SEE_OTHER)
        secure = "; Secure" if self.server.encrypted else ""
        self.send_header(
            "Set-Cookie",
            f"{access.cookie}={access.token}; HttpOnly; SameSite=Strict; Path=/{secure}",
        )
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _give(self, item: Item, *, with_body: bool) -> None:
        data = item.data
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", item.kind)
        if item.packed is not None:
            self.send_header("Vary", "Accept-Encoding")
            if _takes_gzip(self.headers.get("Accept-Encoding", "")):
                data = item.packed
                self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def _tell(self) -> None:
        """News for as long as the page listens."""
        with self.server.events.listening() as news:
            if news is None:
                return self._say(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open")
            self.close_connection = True
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(BEAT)
            while not self.server.closing.is_set():
                try:
                    event = news.get(timeout=_BEAT_S)
                except queue.Empty:
                    event = BEAT
                self.wfile.write(event)
        return None

    def _say(self, status: HTTPStatus, sentence: str, *, close: bool = True) -> None:
        data = f"{sentence}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def end_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what a client does is not the player's concern."""


class PageServer(TCPServer):
    """Serves a shelf until closed; use it as a context, which starts and stops it.

    port 0: any that is free. host: beyond loopback a token is demanded, and certificate and key
    are wanted, since browsers make sound on secure pages only. Raises MessinaError.
    """

    allow_reuse_address = os.name != "nt"  # where it would let two servers share a port
    request_queue_size = 64

    def __init__(
        self,
        shelf: Shelf,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.shelf = shelf
        self.events = Events()
        self.closing = threading.Event()
        self.encrypted = certificate is not None
        self._context = _tls(certificate) if certificate else None
        self._connections = Connections(most=_MOST_CONNECTIONS, most_strangers=_MOST_STRANGERS)
        self._host = host
        if ":" in host:
            self.address_family = socket.AF_INET6
        self._bind(port)
        token = None if is_loopback(host) else secrets.token_urlsafe(18)
        self.access = Access(port=int(self.server_address[1]), token=token)
        if token is None:
            shelf.takes = Takes()

    def _bind(self, port: int | None) -> None:
        """Binds to the port asked for; to the usual one or else any, when none was."""
        wanted = (PORT, 0) if port is None else (port,)
        for number in wanted:
            try:
                return super().__init__((self._host, number), _Handler)
            except OSError as error:
                why = error.strerror or str(error)
        raise MessinaError(f"cannot serve on {self._host}, port {port or PORT}: {why.lower()}")

    @property
    def url(self) -> str:
        """What to open; with the token where there is one."""
        name = self._host
        if name in _EVERYWHERE:
            name = socket.gethostname()
        elif ":" in name:
            name = f"[{name}]"
        scheme = "https" if self.encrypted else "http"
        query = f"?token={self.access.token}" if self.access.token else ""
        return f"{scheme}://{name}:{self.access.port}/{query}"

    def __enter__(self) -> PageServer:
        serve = partial(self.serve_forever, poll_interval=0.05)
        threading.Thread(target=serve, name="page server", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        # A connection too many is dropped; browsers try again.
        connection = Connection(request, client_address[0])
        if not self._connections.enter(connection):
            return self.shutdown_request(request)
        serve = threading.Thread(
            target=self._serve, args=(connection, client_address), name="page client", daemon=True
        )
        try:
            serve.start()
        except RuntimeError:  # the system has no thread left
            self._connections.leave(connection)
            raise

    def _serve(self, connection: Connection, client_address: Any) -> None:
        try:
            connection.socket.settimeout(_HEAD_S)
            if self._context:
                connection.socket = self._context.wrap_socket(
                    connection.socket, server_side=True, do_handshake_on_connect=False
                )
                connection.waits = True
                connection.socket.do_handshake()
            _Handler(connection, client_address, self)
        except Exception:
            self.handle_error(connection.socket, client_address)
        finally:
            self.shutdown_request(connection.socket)
            self._connections.leave(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is no news."""


def _takes_gzip(accepted: str) -> bool:
    """Whether a client that accepts these encodings can be sent what is packed.

    >>> _takes_gzip("br, gzip;q=0.8"), _takes_gzip("gzip; q=0"), _takes_gzip("")
    (True, False, False)
    """
    for name in accepted.split(","):
        coding, _, weight = name.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*certificate)
    except (OSError, ssl.SSLError) as error:
        raise MessinaError(f"{certificate[0]} and its key cannot be used: {error}") from None
    return context
