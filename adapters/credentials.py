"""Credentials and addresses that cannot be ones are refused before anything is sent; never shown."""

import re
from typing import Final
from urllib.parse import urlsplit

from adapters.wire import LOOPBACK

SECRET_CHARS: Final = 16

_PLACEHOLDER: Final = re.compile(r"change-?me.*|(.)\1*|<.*>|(xox.|xapp)-(your|token|x{3}|\.).*", re.IGNORECASE)


def demand_secrets(**secrets: str | None) -> None:
    """Refuse what cannot be a credential; None stands for one that is not used.

    Raises:
        ValueError: with the name of the field, never with its value.
    """
    for name, secret in secrets.items():
        if secret is None:
            continue
        if len(secret) < SECRET_CHARS or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValueError(f"{name}: is empty, shorter than {SECRET_CHARS} characters, or not plain letters")
        if _PLACEHOLDER.fullmatch(secret):
            raise ValueError(f"{name}: is a placeholder")


def demand_address(name: str, url: str) -> None:
    """Refuse an address to which no token may be sent.

    Raises:
        ValueError: it is neither https nor on loopback.
    """
    parts = urlsplit(url)
    is_fine = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_fine or not parts.hostname or parts.username or parts.password:
        raise ValueError(f"{name}: must be https, or http on loopback, without a user in it")
