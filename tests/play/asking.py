"""Requests as clients send them, good and bad: raw bytes over a socket."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field

from messina.play.server import PageServer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def send(server: PageServer, data: bytes, *, timeout_s: float = 60.0) -> bytes:
    """Everything the server answers to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.access.port), timeout_s) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
            connection.sendall(data)
        parts = []
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                parts.append(part)
        return b"".join(parts)


def ask(server: PageServer, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request; header names are written with _ for -. Host is the server's own unless given."""
    sent = {"Host": f"127.0.0.1:{server.access.port}", "Connection": "close"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    return parsed(send(server, "\r\n".join([*lines, "", ""]).encode()))


def parsed(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return Answer(int(first.split()[1]), {name.title(): value for name, _, value in pairs}, body)
