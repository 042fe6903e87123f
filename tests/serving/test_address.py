"""What is told of a port that another program has."""

from __future__ import annotations

import socket

import pytest

from messina.errors import MessinaError
from messina.serving.address import Address


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(MessinaError, match=rf"port {taken}: .*; give another port, or none"):
            Address(usual=taken, port=taken)
        free = Address(usual=taken)
        try:
            assert free.access.port != taken
        finally:
            free.close()
