"""What may go wrong in a command, as the person who asked should hear it.

A handler raises one of these; dispatch rolls back, and words.py of this package answers.
Anything else that is raised is a bug of ours, and gets an incident number.
"""

from dataclasses import dataclass, field

from commands.core.event import Args
from commands.core.reply import Button, Line


@dataclass(eq=False)
class Refused(Exception):
    """Refuse an act, with the reason and one thing to do next, in the asker's language."""

    line: Line
    buttons: tuple[Button, ...] = ()


@dataclass(eq=False)
class LeftOver(Refused):
    """Refuse words that the command has no use for; talk among people often has some."""


@dataclass(eq=False)
class Aside(Refused):
    """Refuse an act of somebody who has no part in it; said among people, it is none but talk."""


@dataclass(eq=False)
class Forbidden(Exception):
    """Refuse an act that is open to others; dispatch says to whom."""

    action: str


@dataclass(eq=False)
class Asked(Exception):
    """Ask one short question before acting; each button carries the whole call, completed."""

    line: Line
    buttons: tuple[Button, ...] = ()


@dataclass(eq=False)
class Wanting(Exception):
    """Say that an argument is missing or cannot be read; a form asks for it."""

    argument: str
    line: Line
    buttons: tuple[Button, ...] = ()
    read: Args = field(default_factory=dict)
    """Arguments that the handler read out of others meanwhile, to stand in the form."""
