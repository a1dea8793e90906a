"""What the web server is given by the composition root. Knows no route."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from adapters.playground import Playground
from bot.web.rooms import StoredRooms
from commands.core.event import Json
from commands.core.ports import Route

Pace = Literal["racing", "held", "over"]
Words = Callable[[str], Callable[[str], str]]
"""Give, for a language (`zh`, `en`), the function that translates an English msgid."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the server listens, and who may come in."""

    host: str = "127.0.0.1"
    port: int = 8420
    password: str | None = None
    """Asked for everywhere but at /healthz, with any user name; needed off loopback."""
    names: tuple[str, ...] = ()
    """Host names under which it is reached, beside loopback and `host`."""
    language: str = "zh"
    """For the page of somebody who has chosen none."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Tell whether the program does its work, and how each part of it is."""

    is_ready: bool
    checks: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class CommandHint:
    """Help to type one command."""

    words: str
    """What is typed, such as `task add`, in the reader's language."""
    help: str
    """One line."""
    example: str = ""


class PageClock(Protocol):
    """A clock that races, to be shown and stopped on the page."""

    @property
    def zone(self) -> str:
        """The IANA zone in which all times on the page are written."""

    @property
    def pace(self) -> Pace:
        """How it goes; held, and once it is over, it keeps the pace of the wall."""

    def now(self) -> datetime:
        """Give the aware instant that it shows."""

    def hold(self, *, is_held: bool) -> None:
        """Stop it, or let it race on; nothing once it is over."""


@dataclass(frozen=True, slots=True)
class PlaygroundDeps:
    """What the playground's page needs."""

    adapter: Playground
    """Its `run(dispatch)` must be under way, else everything said is answered with 503."""
    rooms: StoredRooms
    """The same that the adapter writes to."""
    hints: Callable[[str], Sequence[CommandHint]]
    """Give the commands for a language."""
    workspace: str = "Drumbeat"
    """The name at the head of the page."""
    heartbeat_s: float = 15.0
    clock: PageClock | None = None
    """Rings the bell of the rooms when it moves. None: the real time, in the zone of the browser."""


@dataclass(frozen=True, slots=True)
class WebDeps:
    """All that `server.build` needs."""

    settings: WebSettings
    words: Words
    readiness: Callable[[], Awaitable[Readiness]]
    metrics: Callable[[], bytes]
    """Give the metrics in the text form of Prometheus."""
    hooks: Mapping[str, Sequence[Route]] = field(default_factory=dict)
    """What each adapter serves to its platform, below `/hooks/{platform}`."""
    playground: PlaygroundDeps | None = None
    """None where the playground is off."""
