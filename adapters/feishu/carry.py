"""What a button or a form of a card hands back: what was carried, in which language, and what was filled in.

A callback gives the button's `value` back as it was. The text that `adapters.carry` packs stands in it
as one string, so that nothing on the way can turn a number into another.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.carry import pack, unpack
from adapters.shapes import map_at, text_at
from commands.core.event import Args, Carried, Json

VALUE_CHARS: Final = 2000
"""Feishu names no limit of its own; a card bears 30 KB in all."""
CARRIED: Final = "drumbeat"
LANGUAGE: Final = "language"
TITLE: Final = "title"
"""Of a form, so that it can be closed under its name."""
SUBMIT: Final = "drumbeat_submit"
"""The name of the button that submits a form, and of no input."""

_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2}) [+-]\d{4}")


def value_of(
    command: str, args: Args, version: int | None, mac: str, *, language: str, title: str = ""
) -> dict[str, Json] | None:
    """Make the `value` of a button; None where it would be too long."""
    packed = pack(command, args, version, mac, most=VALUE_CHARS)
    if packed is None:
        return None
    return {CARRIED: packed, LANGUAGE: language, **({TITLE: title} if title else {})}


def carried_of(action: Mapping[str, Any]) -> Carried | None:
    """Read the command of a pressed button; None if it is not ours."""
    return unpack(map_at(action, "value").get(CARRIED), most=VALUE_CHARS)


def is_submitted(action: Mapping[str, Any]) -> bool:
    """Tell whether a form was submitted, rather than a button pressed."""
    return isinstance(action.get("form_value"), Mapping) or text_at(action, "name") == SUBMIT


def values_of(action: Mapping[str, Any]) -> dict[str, str]:
    """Read what was filled into a form, by input name; what was left empty gives "".

    A day that was picked comes with an offset, `2026-11-23 +0800`, which is left out.
    """
    return {str(name): _said(value) for name, value in map_at(action, "form_value").items()}


def _said(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_said(each) for each in value)
    if not isinstance(value, str):
        return "" if value is None or isinstance(value, Mapping) else str(value)
    picked = _DAY.fullmatch(value)
    return picked[1] if picked else value
