"""What buttons and forms carry through a platform and back: a command, its arguments, the version, the seal.

Written as JSON in letters that platforms hand back unchanged: Slack escapes `&<>` in what it returns. What
comes back is only read here; that it is ours is shown by the seal, which dispatch looks at.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from adapters.text import units
from commands.core.event import Args, Carried, Json

_written = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_OUTSIDE: Final = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})


def pack(command: str, args: Args, version: int | None, mac: str, *, most: int) -> str | None:
    """Write what is carried in at most `most` characters; None where it does not fit."""
    body = {"c": command, "a": _plain(args), "v": version, "m": mac}
    packed = _written(body).translate(_OUTSIDE)
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


def _plain(value: Json) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
