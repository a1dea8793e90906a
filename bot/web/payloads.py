"""What the page sends, read strictly: the right kinds, storable text, and nothing else."""

import json
import math
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.web.refusals import Refused

DEPTH: Final = 24
"""Lists and objects inside each other; a form's values need three."""
INTEGER: Final = 2**63

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:\-]{1,120}$")]
"""Made by the page for one act, the same at each try."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
MessageId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class MentionNode(_Payload):
    """A person picked from the list of names."""

    mention: Name
    name: Name | None = None


class SayPayload(_Payload):
    """A message; one of `text` and `nodes`."""

    key: Key
    account: Name = Field(alias="as")
    chat: Name
    thread: MessageId | None = None
    text: str | None = None
    nodes: list[str | MentionNode] | None = Field(default=None, max_length=1000)


class ActPayload(_Payload):
    """A button pressed, or a form submitted."""

    key: Key
    account: Name = Field(alias="as")
    message: MessageId
    command: Name
    args: dict[str, Any] = Field(default_factory=dict)
    version: int | None = None
    mac: Annotated[str, StringConstraints(max_length=500)] = ""
    values: dict[str, Any] = Field(default_factory=dict)


class LanguagePayload(_Payload):
    """The language that a person chooses."""

    account: Name = Field(alias="as")
    language: Literal["zh", "en"]
    key: Key | None = None


class ClockPayload(_Payload):
    """Whether a racing clock shall stand still."""

    account: Name = Field(alias="as")
    is_held: bool


class DismissPayload(_Payload):
    """A private message that its one reader has done with."""

    account: Name = Field(alias="as")
    message: MessageId


P = TypeVar("P", bound=_Payload)


async def read_payload(request: web.Request, shape: type[P]) -> P:
    """Read the body of a request.

    Raises:
        Refused: it is not JSON, holds what cannot be stored, or has another shape.
    """
    if request.content_type != "application/json":
        raise Refused("not_json")
    try:
        document = json.loads((await request.read()).decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused("bad_json") from error
    _check(document, DEPTH)
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise Refused("bad_shape", detail=".".join(str(step) for step in error.errors()[0]["loc"][:3])) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check(value: object, depth: int) -> None:
    """Refuse what the store or the wire could not hold: lone surrogates, NUL, huge or endless numbers."""
    if depth == 0:
        raise Refused("bad_json")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, int | float) and not (math.isfinite(value) and -INTEGER <= value < INTEGER):
        raise Refused("bad_json")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise Refused("bad_text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("bad_text") from error
