"""Reading JSON of any shape: what is not there gives nothing, and breaks nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def object_in(raw: bytes | str) -> Mapping[str, Any]:
    """Read JSON that must be an object.

    Raises:
        ValueError: it is no JSON, no object, or nested too deep.
    """
    try:
        read = json.loads(raw)
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None
    if not isinstance(read, dict):
        raise ValueError("the JSON is not an object")
    return read


def at_path(body: object, path: Sequence[str]) -> object:
    """Give what stands at a path into JSON of any shape; None where nothing does."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def text_at(body: object, *path: str, otherwise: str = "") -> str:
    """Give the text at a path into JSON of any shape, or `otherwise`."""
    found = at_path(body, path)
    return found if isinstance(found, str) and found else otherwise


def map_at(body: object, *path: str) -> Mapping[str, Any]:
    """Give the object at a path into JSON of any shape, or an empty one."""
    found = at_path(body, path)
    return found if isinstance(found, dict) else {}


def list_at(body: object, *path: str) -> Sequence[Any]:
    """Give the list at a path into JSON of any shape, or an empty one."""
    found = at_path(body, path)
    return found if isinstance(found, list) else ()
