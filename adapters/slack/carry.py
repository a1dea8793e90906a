"""What buttons and forms carry through Slack and back: a command, its arguments, the version, the seal.

Written as JSON in letters that Slack hands back unchanged: it escapes `&<>` in what it returns. What
comes back is only read here; that it is ours is shown by the seal, which dispatch looks at.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from adapters.slack.escape import units
from commands.core.event import Args, Carried, Json

VALUE_CHARS: Final = 2000
"""Of a button's `value`."""
METADATA_CHARS: Final = 3000
"""Of a view's `private_metadata`."""

_OUTSIDE = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})


def pack(command: str, args: Args, version: int | None, mac: str, *, most: int) -> str | None:
    """Write what is carried in at most `most` characters; None where it does not fit."""
    body = {"c": command, "a": _plain(args), "v": version, "m": mac}
    packed = json.dumps(body, separators=(",", ":"), allow_nan=False).translate(_OUTSIDE)
    if len(packed) <= most:
        return packed
    packed = json.dumps(body, separators=(",", ":"), allow_nan=False, ensure_ascii=False).translate(_OUTSIDE)
    is_text = not any("\ud800" <= letter <= "\udfff" for letter in packed)
    return packed if is_text and units(packed) <= most else None


def unpack(packed: object, *, most: int) -> Carried | None:
    """Read what was carried; None if it was not written by `pack`."""
    if not isinstance(packed, str) or len(packed) > most:
        return None
    try:
        body = json.loads(packed, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or set(body) != {"c", "a", "v", "m"}:
        return None
    command, args, version, mac = body["c"], body["a"], body["v"], body["m"]
    if not isinstance(command, str) or not isinstance(args, dict) or not isinstance(mac, str):
        return None
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        return None
    return Carried(command, args, version, mac)


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


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
