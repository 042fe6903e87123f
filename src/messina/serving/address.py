"""Where a server is reached: a bound port, its address, and who may ask there for anything.

A page of a stranger, open in the same browser, can send requests to 127.0.0.1, and can give its
own name our address (DNS rebinding). Both show in headers a page cannot forge: Host is the name it
was reached by, Origin and Sec-Fetch-Site say who asks. Beyond this machine a token is needed too.
"""

from __future__ import annotations

import errno
import hmac
import ipaddress
import os
import secrets
import socket
import ssl
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Final, Protocol

from messina.errors import MessinaError

__all__ = ["HERE", "SECURITY_HEADERS", "Access", "Address", "Headers", "is_loopback"]


_LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")

_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "media-src blob:",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def is_loopback(host: str) -> bool:
    """Whether an address to bind to can be reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Headers(Protocol):
    """The headers of a request, whatever their case."""

    def __contains__(self, name: str, /) -> bool: ...

    def get(self, name: str, otherwise: str, /) -> str:
        """The value of a header, or `otherwise`."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access rules of one server. A token is demanded where there is one."""

    port: int
    token: str | None = None

    def refusal(self, headers: Headers) -> str | None:
        """Why a request is refused, or None. The token is looked at apart."""
        host = headers.get("Host", "")
        if not self._is_ours(host):
            return "this address is not one of mine"
        if "Origin" in headers and headers.get("Origin", "").partition("://")[2] != host:
            return "another page may not ask here"
        site = headers.get("Sec-Fetch-Site", "none")
        navigates = headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if site not in ("none", "same-origin") and not navigates:
            return "another page may not ask here"
        return None

    def _is_ours(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        if name.lower() in _LOOPBACK_NAMES:
            return True
        return self.token is not None and _names_this_machine(name.lower())

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies are shared between the ports of a machine."""
        return f"messina-{self.port}"

    def is_token(self, given: str) -> bool:
        """Whether this is the token, in constant time."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def knows(self, headers: Headers) -> bool:
        """Whether the token came along as a cookie, or none is needed."""
        if self.token is None:
            return True
        try:
            morsel = SimpleCookie(headers.get("Cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return morsel is not None and self.is_token(morsel.value)


def _names_this_machine(name: str) -> bool:
    """An address as such, or this machine's own name: what no rebinding can make up."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        own = socket.gethostname().lower()
        return name in (own, f"{own.partition('.')[0]}.local")
    return True


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
        """Whether it is served by https."""
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
        """Closes the port."""
        self.socket.close()


_ADVICE: Final = {
    errno.EADDRINUSE: "; give another port, or none for any that is free",
    errno.EACCES: "; give a port from 1024 up, or none for any that is free",
    errno.EADDRNOTAVAIL: "; give an address of this machine, or 0.0.0.0 for all it has",
}


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
            why += _ADVICE.get(error.errno or 0, "")
    raise MessinaError(f"cannot serve on {host}, port {ports[0]}: {why}")


def _tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*certificate)
    except (OSError, ssl.SSLError) as error:
        raise MessinaError(f"{certificate[0]} and its key cannot be used: {error}") from None
    return context
