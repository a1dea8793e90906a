"""Replies and answers as JSON, for the inbox and the outbox, and back again, unchanged but for what is said once."""

import functools
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final

from commands.core import reply as words_of_reply
from commands.core.reply import Code, Once

_PLAIN: Final = frozenset({"args", "errors"})
"""Fields that hold JSON of their own."""
_ATOMS: Final = frozenset({str, int, bool, float, type(None)})
_TYPES: Final[Mapping[str, type[Any]]] = {
    name: value for name, value in vars(words_of_reply).items() if isinstance(value, type) and is_dataclass(value)
}


@functools.cache
def _fields(record: type[Any]) -> tuple[tuple[str, Any], ...] | None:
    """List the fields of a kind of record with their defaults; None for what is no record."""
    if not is_dataclass(record):
        return None
    return tuple((field.name, field.default) for field in fields(record))


def encode(value: Any) -> Any:
    """Turn a part of a reply into JSON; each record names its type, defaults are left out."""
    if type(value) in _ATOMS:
        return value
    if type(value) is Once:
        return encode(Code(value.text))
    kind: Any = type(value)
    record = _fields(kind)
    if record is not None:
        body: dict[str, Any] = {"type": type(value).__name__}
        for name, default in record:
            held = getattr(value, name)
            if default is MISSING or held != default:
                body[name] = encode(held)
        return body
    if isinstance(value, Mapping):
        return {key: encode(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(each) for each in value]
    return value


def decode(body: Any) -> Any:
    """Turn JSON made by `encode` back into what it was; arguments stay plain JSON."""
    if isinstance(body, Mapping) and body.get("type") in _TYPES:
        held = {key: each if key in _PLAIN else decode(each) for key, each in body.items() if key != "type"}
        return _TYPES[body["type"]](**held)
    if isinstance(body, list):
        return tuple(decode(each) for each in body)
    return body
