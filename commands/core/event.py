"""What comes in: one neutral event, and the call of a command that it means.

Adapters build an Event out of a platform's own shape; dispatch turns it into a Call.
Knows no platform, no task and no database. See reply.py for what goes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Json: TypeAlias = "str | int | float | bool | None | Sequence[Json] | Mapping[str, Json]"
Args = Mapping[str, Json]

Kind = Literal[
    "said",
    "pressed",
    "submitted",
    "opened_home",
    "joined",
    "left",
    "reacted",
    "shared_file",
    "edited",
    "deleted",
    "ticked",
]
"""`reacted`: somebody marked a message to be made a task (an emoji, a menu); `text` is the message's,
`message` its id, `values` tell its `author`, by account, and `link`. `joined`, `left`: the bot itself.
`ticked`: a slot of a schedule came; made by the clock, by no adapter."""
ChatKind = Literal["direct", "group"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Name somebody inside a message; the bot's own mention is never one."""

    account: str
    """The platform's id of the person mentioned."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Tell who acted, in the platform's words; a name is a hint, never an identity."""

    account: str
    name: str | None = None
    is_bot: bool = False
    is_guest: bool = False
    is_spoken_for: bool = False
    """Somebody else says it in their name, such as an operator at a terminal; they decide and spend nothing so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Tell where it happened."""

    chat: str
    """The platform's id of the conversation."""
    kind: ChatKind
    title: str | None = None
    thread: str | None = None
    """The platform's id of the thread's first message; None outside a thread."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Give back the command that a button or a form carried, with its seal."""

    command: str
    args: Args
    version: int | None
    """The version of the object when the card was drawn; None where no object is meant."""
    mac: str


@dataclass(frozen=True, slots=True)
class SharedFile:
    """Name a file that came with a message; its bytes stay on the platform."""

    id: str
    name: str
    mime: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Event:
    """Say that something happened on a platform, once per `key`."""

    key: str
    """The same for every delivery of one act: see design 3, "Keys"."""
    platform: str
    app: str
    tenant: str
    kind: Kind
    sender: Sender
    place: Place
    sent_at: datetime
    """Aware; relative dates in the text count from here, not from the moment of receipt."""
    text: tuple[str | Mention, ...] = ()
    """Unescaped, mentions as nodes, without the bot's own mention."""
    is_addressed: bool = True
    """True when it was said to the bot: direct chat, mention or slash command."""
    carried: Carried | None = None
    """Set for `pressed` and `submitted`."""
    values: Args = field(default_factory=dict)
    """What was filled into a form, by input name; a pressed menu gives its choice here too."""
    message: str | None = None
    """The platform's id of the message said, or of the message whose button was pressed."""
    link: str | None = None
    """Leads to the message said, where the platform gives such a link."""
    replies_to: str | None = None
    """The platform's id of the message quoted or answered."""
    files: tuple[SharedFile, ...] = ()
    trigger: str | None = None
    """A short-lived handle that lets a form open or a private answer be given."""


@dataclass(frozen=True, slots=True)
class ByPerson:
    """Act as the person with this id."""

    person: int
    is_spoken_for: bool = False
    """Somebody else says it in their name."""


@dataclass(frozen=True, slots=True)
class BySystem:
    """Act by the clock, with the rights that `on_behalf_of` has at that moment."""

    on_behalf_of: int


Actor = ByPerson | BySystem


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for one command with its arguments, whoever or whatever asks."""

    command: str
    args: Args
    """JSON values only: refs as `T-12`, days as ISO text, people by id."""
    actor: Actor
    cause: str
    """The key of the event or occurrence that it came from."""
    now: datetime
    """Aware; the instant from which relative dates count."""
    version: int | None = None
    """The object's version on the card that was pressed; None for typed calls."""
