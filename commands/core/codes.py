"""Codes that people read in one place and say in another; only their digests are kept."""

import hashlib
import hmac
import secrets
from typing import Final

from commands.grammar.tokens import normal
from storage.unit import Unit
from storage.workspaces import workspace_of

SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two that are not mistaken for each other: five bits each."""
GROUP: Final = 4


def made_code(groups: int) -> str:
    """Make a code of so many groups, of 20 bits each."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(GROUP)) for _ in range(groups))


def code_digest(unit: Unit, code: str) -> str:
    """Give the digest of a code, however it was typed."""
    return digest(unit, "".join(sign for sign in normal(code).upper() if sign in SIGNS))


def digest(unit: Unit, text: str) -> str:
    """Give the digest of a text under the workspace's own key.

    A copy of the table that holds it alone tests no guesses.
    """
    return hmac.new(bytes.fromhex(workspace_of(unit).seal_key), text.encode(), hashlib.sha256).hexdigest()
