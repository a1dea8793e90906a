"""What goes out: one neutral reply, drawn by every platform in its own way.

Text is complete alone: a platform without buttons, forms or pictures still tells everything.
Texts are in the reader's language already; an adapter translates shapes, never words.
Nothing here is escaped: that is the renderer's last act.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from commands.core.event import Args


@dataclass(frozen=True, slots=True)
class Strong:
    """Stress a few words."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Show something to type or to copy, letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Once(Code):
    """Show something to type that is written down nowhere; in a `Text` of an answer only.

    It is sent from memory. Stored is `text`, which an answer shows that failed at first, or met a restart.
    """

    words: str = ""


@dataclass(frozen=True, slots=True)
class Struck:
    """Show words that hold no longer."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Lead to a page; only http and https, and never a label that was typed by a user."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Who:
    """Name a person; delivery fills in `account`, where the person has one on that platform."""

    person: int
    name: str
    pings: bool = False
    """True to notify. Dispatch clears it for the person who acted."""
    account: str | None = None


Inline = str | Strong | Code | Struck | Link | Who
Line = tuple[Inline, ...]
Health = Literal["green", "yellow", "red"]
Style = Literal["plain", "primary", "danger"]


@dataclass(frozen=True, slots=True)
class Button:
    """Carry a command; pressed, it is authorised anew against the person who presses."""

    label: str
    command: str
    args: Args
    typed: str
    """The same act as text, for platforms without buttons and for those who prefer to type."""
    style: Style = "plain"
    version: int | None = None
    mac: str = ""
    """Filled in by dispatch or delivery, over workspace, command, args and version."""


@dataclass(frozen=True, slots=True)
class Text:
    """Write one paragraph; a line break inside is kept."""

    line: Line


@dataclass(frozen=True, slots=True)
class Field:
    """Pair a label with its value."""

    label: str
    value: Line


@dataclass(frozen=True, slots=True)
class Fields:
    """List facts about one thing, two to a row where there is room."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Show one row of a list, with a smaller second line."""

    line: Line
    detail: Line = ()
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """List things alike; `fit` cuts it and says how to see the rest."""

    items: tuple[Item, ...]
    more: str = ""
    """What to type for all of them."""


@dataclass(frozen=True, slots=True)
class Table:
    """Compare things in rows; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """Show a picture; delivery draws the PNG. `alt` tells the same in words."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Note:
    """Add small print."""

    line: Line


@dataclass(frozen=True, slots=True)
class Divider:
    """Part what comes before from what comes after."""


Part = Text | Fields | Listing | Table | Image | Note | Divider


@dataclass(frozen=True, slots=True)
class Choice:
    """Offer one value of a list."""

    value: str
    label: str


InputKind = Literal["text", "lines", "choice", "person", "date", "number"]


@dataclass(frozen=True, slots=True)
class Input:
    """Ask for one value of a form."""

    name: str
    label: str
    kind: InputKind = "text"
    value: str = ""
    """What stands in it at first: everything that was typed already."""
    hint: str = ""
    required: bool = True
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Ask for what is missing; submitted, it calls `command` with `args` and the values."""

    title: str
    command: str
    args: Args
    inputs: tuple[Input, ...]
    submit: str
    typed: str
    """How to say the same as text."""
    version: int | None = None
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """Point at one object, such as `T-12`."""

    kind: str
    """The subject's name for it: `task`."""
    id: int
    """The row's id in the store, which people never see."""
    label: str
    """What people type and read: `T-12`."""


Audience = Literal["here", "private", "direct"]


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer; what a handler returns."""

    parts: tuple[Part, ...] = ()
    title: Line = ()
    health: Health | None = None
    """Colours the head of a card, and nothing else; the words say it too."""
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    to: Audience = "here"
    about: Ref | None = None
    """The object spoken of; said `here`, its card is hung in the chat, or edited where it hangs."""


@dataclass(frozen=True, slots=True)
class FormErrors:
    """Refuse a form, telling each input what is wrong; what was filled in stays."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Toast:
    """Answer a press with one passing line."""

    text: str


@dataclass(frozen=True, slots=True)
class CardNow:
    """Answer a press with the card as it is now."""

    reply: Reply
    toast: str = ""


Answer = FormErrors | Toast | CardNow


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tell an adapter what to answer the platform, after the commit."""

    ack: Literal["ok", "again"]
    """`again`: nothing was stored; the platform shall deliver the event once more."""
    answer: Answer | None = field(default=None)
