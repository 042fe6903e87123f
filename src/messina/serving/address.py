"""Where a server is reached: a bound port, its address, and who may ask there."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import ssl
from pathlib import Path
from typing import Final

from messina.errors import MessinaError
from messina.serving.access import Access, is_loopback

__all__ = ["HERE", "Address"]

HERE: Final = "127.0.0.1"

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  only named here, to be replaced
_WAITING: Final = 64
"""Connections the system keeps until the server is there to accept them."""


class Address:
    """A port that is bound and listened to: who connects is answered as soon as one serves.

    port: 0 is any that is free; None tries the usual one first, so that what a browser keeps for a
    page is found again. token: whether one is demanded on this machine, too; beyond it one is
    always. certificate: that and its key, to be served by https. Raises MessinaError.
    """

    def __init__(
        self,
        *,
        usual: int,
        port: int | None = None,
        host: str = HERE,
        token: bool = False,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.tls = None if certificate is None else _tls(certificate)
        self._host = host
        self.socket = _bound(host, (usual, 0) if port is None else (port,))
        demanded = token or not is_loopback(host)
        self.access = Access(
            port=int(self.socket.getsockname()[1]),
            token=secrets.token_urlsafe(18) if demanded else None,
        )

    @property
    def encrypted(self) -> bool:
        return self.tls is not None

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

    def close(self) -> None:
        self.socket.close()


def _bound(host: str, ports: tuple[int, ...]) -> socket.socket:
    """The first of these ports that can be had. Raises MessinaError when there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        # Named, since asyncio sends at once (TCP_NODELAY) only where it is: 40 ms an answer.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name != "nt":  # where it would let two servers share a port
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
            bound.listen(_WAITING)
            return bound
        except OSError as error:
            bound.close()
            why = (error.strerror or str(error)).lower()
            if error.errno == errno.EADDRINUSE:
                why += "; give another port, or none for any that is free"
    raise MessinaError(f"cannot serve on {host}, port {ports[0]}: {why}")


def _tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*certificate)
    except (OSError, ssl.SSLError) as error:
        raise MessinaError(f"{certificate[0]} and its key cannot be used: {error}") from None
    return context
