"""No test reaches beyond this machine. Held by an audit hook of the interpreter, which nothing can take off again."""

from __future__ import annotations

import ipaddress
import sys

NAMES = {"localhost", ""}


class BeyondLoopback(RuntimeError):
    """A test tried to reach another machine."""


def allow_loopback_only() -> None:
    """Let this process connect to, and look up, nothing but loopback from now on."""
    sys.addaudithook(_refuse_others)


def _refuse_others(event: str, args: tuple[object, ...]) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket's address is a path
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and not _is_loopback(host):
        raise BeyondLoopback(f"a test tried to reach {host!r}; tests reach only fakes of ours on loopback")


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in NAMES
    return address.is_loopback or address.is_unspecified
