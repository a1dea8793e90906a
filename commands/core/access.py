"""Who may do what: one matrix, read inside the transaction that acts.

Absent and forbidden look the same. An unknown role or action is refused.
"""

from collections.abc import Mapping
from typing import Final

ALL: Final = frozenset({"admin", "lead", "member", "finance", "guest"})
TEAM: Final = ALL - {"guest"}

LEADS: Final = frozenset({"admin", "lead"})

MATRIX: Final[Mapping[str, frozenset[str]]] = {
    "*.view": TEAM,
    "*.edit": TEAM,
    "*.comment": TEAM,
    "chat.settings": LEADS,
    "own.settings": ALL,
    "own.undo": ALL,
    "own.help": ALL,
}
"""Action -> roles that may. `*.edit` stands for every kind of object that has no line of its own."""


def is_known(action: str) -> bool:
    """Tell whether the matrix has a line for an action."""
    return bool(holders(action))


def may(role: str, action: str) -> bool:
    """Tell whether a role may do an action; False for whatever is not listed."""
    return role in holders(action)


def holders(action: str) -> frozenset[str]:
    """Tell which roles may do an action, to say who can help."""
    _, _, verb = action.partition(".")
    return MATRIX.get(action, MATRIX.get(f"*.{verb}", frozenset()))
