"""What the web server is given by the composition root. Knows no route."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.playground import Playground
from bot.web.rooms import StoredRooms
from commands.core.event import Json
from commands.core.ports import Route

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
