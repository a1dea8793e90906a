"""What comes back of Slack's buttons, menus and forms; written and read as every platform does it."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.carry import unpack
from commands.core.event import Carried

VALUE_CHARS: Final = 2000
"""Of a button's `value`."""
METADATA_CHARS: Final = 3000
"""Of a view's `private_metadata`."""


def carried_of_action(action: Mapping[str, Any]) -> Carried | None:
    """Read the command of a pressed button, one of a payload's `actions`.

    None if it is not ours.
    """
    return unpack(action.get("value"), most=VALUE_CHARS)


def values_of_action(action: Mapping[str, Any]) -> dict[str, str]:
    """Read what was chosen in a menu, by the menu's name; nothing for a button."""
    chosen = _chosen(action) if action.get("type") != "button" else None
    return {} if chosen is None else {str(action.get("action_id", "")): chosen}


def carried_of_view(view: Mapping[str, Any]) -> tuple[Carried, dict[str, str]]:
    """Read the command of a submitted form, and what was filled in, by input name.

    An input left empty gives "".

    Raises:
        ValueError: the form is not ours.
    """
    carried = unpack(view.get("private_metadata"), most=METADATA_CHARS)
    if carried is None:
        raise ValueError("the view carries no command")
    state = view.get("state")
    blocks = state.get("values") if isinstance(state, Mapping) else None
    values: dict[str, str] = {}
    for name, elements in (blocks if isinstance(blocks, Mapping) else {}).items():
        for element in elements.values() if isinstance(elements, Mapping) else ():
            values[str(name)] = (_chosen(element) if isinstance(element, Mapping) else None) or ""
    return carried, values


def _chosen(element: Mapping[str, Any]) -> str | None:
    """Give the value of an element, whatever its kind."""
    for key in ("selected_option", "value", "selected_date", "selected_user"):
        found = element.get(key)
        if isinstance(found, Mapping):
            found = found.get("value")
        if isinstance(found, str):
            return found
    return None
