"""JSON of any shape is read without a fault: what is not there, or is something else, gives nothing."""

from __future__ import annotations

import pytest

from adapters.shapes import list_at, map_at, object_in, text_at

BODY = object_in(b'{"event": {"text": "hi", "who": {"id": 1}, "files": [1]}}')


def test_what_stands_at_a_path_is_given() -> None:
    assert text_at(BODY, "event", "text") == "hi"
    assert map_at(BODY, "event", "who") == {"id": 1}
    assert list_at(BODY, "event", "files") == [1]


@pytest.mark.parametrize("path", [(), ("event",), ("event", "who", "id"), ("no",), ("event", "text", "no")])
def test_what_is_something_else_gives_nothing(path: tuple[str, ...]) -> None:
    assert text_at(BODY, *path) == "" and text_at(BODY, *path, otherwise="?") == "?"
    assert list_at(BODY, *path) == ()
    assert map_at(BODY, "event", "text", *path) == {} == map_at("text", *path)


@pytest.mark.parametrize("raw", ["", "[]", "null", '"x"', b"\xff", "[" * 200_000])
def test_what_is_no_object_is_refused(raw: str | bytes) -> None:
    with pytest.raises(ValueError):
        object_in(raw)
