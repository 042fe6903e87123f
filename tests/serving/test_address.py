"""What is told of addresses and ports that cannot be served at."""

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


def test_an_address_of_another_machine_is_told_with_what_to_do() -> None:
    with pytest.raises(MessinaError, match="; give an address of this machine, or"):
        Address(usual=0, port=0, host="192.0.2.1")  # kept for documentation: nobody's
