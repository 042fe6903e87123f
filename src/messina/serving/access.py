"""Who may ask the server for anything.

A page of a stranger, open in the same browser, can send requests to 127.0.0.1, and can give its
own name our address (DNS rebinding). Both show in headers a page cannot forge: Host is the name it
was reached by, Origin and Sec-Fetch-Site say who asks. Beyond this machine a token is needed too.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final, Protocol

__all__ = ["SECURITY_HEADERS", "Access", "Headers", "is_loopback"]

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

    def get(self, name: str, otherwise: str, /) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Access:
    """The rules of one server. A token is demanded where there is one."""

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
