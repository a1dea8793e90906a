"""The rule that tests stay on this machine, tried from outside and from inside."""

from __future__ import annotations

import socket

import pytest

from tests.support.network import BeyondLoopback


def test_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as client, pytest.raises(BeyondLoopback, match=r"192\.0\.2\.1"):
        client.connect(("192.0.2.1", 80))


def test_lookup_of_another_machine_is_refused() -> None:
    with pytest.raises(BeyondLoopback, match=r"slack\.example"):
        socket.getaddrinfo("slack.example", 443)


def test_connection_to_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername() == server.getsockname()
