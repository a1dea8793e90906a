"""What turns need and leave: the parts of the house that none of them changes, and what became of an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.drawing import Drawn
from commands.core.command import Command, Registry
from commands.core.event import Args
from commands.core.ports import Limits
from commands.core.reading import Reader
from commands.core.reply import Outcome, Reply
from commands.words.catalog import Languages
from storage import mail

Result = Literal["done", "refused", "asked", "not_understood", "ignored", "failed"]


@dataclass(frozen=True, slots=True)
class House:
    """What every turn needs and none changes."""

    registry: Registry
    languages: Languages
    reader: Reader
    limits: Mapping[str, Limits]
    """By platform; one that is not served here has none."""
    lease_token: str | None
    """Under which new messages are born leased to this process; None where nothing sends."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an event, once its transaction commits."""

    outcome: Outcome
    result: Result
    call: str | None = None
    """The id of the call; None where nothing was stored."""
    command: str | None = None
    args: Args = field(default_factory=dict)
    ref: str | None = None
    letters: tuple[mail.Letter, ...] = ()
    drawn: Mapping[int, Drawn] = field(default_factory=dict)
    """Those of the letters that were drawn already, by number."""
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What was decided, before it is written."""

    result: Result
    reply: Reply | None
    command: Command | None = None
    args: Args = field(default_factory=dict)
    errors: Mapping[str, str] | None = None
    """What is wrong in a form, by input."""


IGNORED: Final = Done(Outcome("ok"), "ignored")
