"""Who may do what: one matrix, read inside the transaction that acts.

Absent and forbidden look the same. An unknown role or action is refused.
"""

from collections.abc import Mapping
from typing import Final

ALL: Final = frozenset({"admin", "lead", "member", "finance", "guest"})
TEAM: Final = ALL - {"guest"}

MATRIX: Final[Mapping[str, frozenset[str]]] = {
    "help": ALL,
    "own.settings": ALL,
    "own.undo": ALL,
    "task.view": TEAM,
    "task.edit": TEAM,
    "task.comment": TEAM,
    "project.view": TEAM,
    "chat.settings": frozenset({"admin", "lead"}),
}
"""Action -> roles that may."""


def may(role: str, action: str) -> bool:
    """Tell whether a role may do an action; False for whatever is not listed."""
    return role in MATRIX.get(action, frozenset())


def holders(action: str) -> frozenset[str]:
    """Tell which roles may do an action, to say who can help."""
    return MATRIX.get(action, frozenset())
