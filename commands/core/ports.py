"""The border to a platform: what it can do, what it is asked to send, how it may fail.

An adapter implements `Adapter`, six methods, and no more as features grow. It knows the
words of event.py and reply.py, and nothing of tasks, the store or the languages.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from commands.core.event import Event
from commands.core.reply import Outcome, Reply

Operation = Literal["post", "update", "direct", "private", "form", "home"]
Dispatch = Callable[[Event], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Limits:
    """State what a platform can carry; `fit` cuts a Reply down to it."""

    text_chars: int
    """Characters of one text part, title, field or item."""
    parts: int
    """Parts of one message."""
    items: int
    """Rows of one list or table."""
    buttons: int
    """Buttons of one message; 0 where there are none that call back."""
    can_edit: bool
    can_whisper: bool
    """Has messages that one person of a group sees; otherwise they go to the direct chat."""
    can_ask: bool
    """Has forms."""
    can_thread: bool
    can_picture: bool
    posts_per_minute: int
    """For one conversation."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Ask an adapter to send one message. `id` is the same at each attempt."""

    id: str
    operation: Operation
    reply: Reply
    """Fit to the adapter's limits, mentions resolved, buttons sealed."""
    language: str
    chat: str | None = None
    """Native id; None for `direct` and `home`, which go to `account`."""
    thread: str | None = None
    account: str | None = None
    """Native id of the one reader of `private`, `direct`, `form` and `home`."""
    message: str | None = None
    """Native id of the message to edit, for `update`."""
    trigger: str | None = None
    pictures: tuple[str, ...] = ()
    """What `upload` gave for the Image parts of the reply, in their order; empty where they could not be drawn."""
    attempt: int = 1
    first_tried_at: datetime | None = None
    """Aware UTC; set when an earlier attempt may have reached the platform."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Tell where the message now stands."""

    message: str | None = None
    """Native id, by which it can be edited; None where the platform gives none."""
    chat: str | None = None
    """Native id of the conversation, where it was opened only now (a direct chat)."""


class Misconfigured(Exception):
    """Say that a platform refuses these credentials, and what to do; stops the start."""


class SendError(Exception):
    """Say that a message was not certainly sent. The tree: Retry, Gone, Unsure."""


class Retry(SendError):
    """Ask to try again; nothing was sent.

    With `after_s`, just that many seconds from now, as the platform or its pace demands, which
    counts as no attempt; without it, later and later.
    """

    def __init__(self, reason: str, *, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Gone(SendError):
    """Refuse for good: the chat, person or message is not there, or the content is refused."""


class Unsure(SendError):
    """Admit that the platform may have taken the message: the answer was lost."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Describe a person as the platform knows them."""

    name: str
    timezone: str | None = None
    """IANA name."""
    email: str | None = None
    is_bot: bool = False
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Report one thing that the doctor looked at."""

    subject: str
    is_fine: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Carry what a platform posted, unread: signatures are over these bytes."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Carry the answer to a platform's post."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """Serve one path below `/hooks/{platform}`."""

    path: str
    handler: Callable[[HttpRequest], Awaitable[HttpResponse]]


class Adapter(Protocol):
    """Join one platform to the house."""

    name: str
    limits: Limits

    @property
    def trouble(self) -> str | None:
        """Why the platform refuses us now, for an operator to mend; None while it does not."""

    async def run(self, dispatch: Dispatch) -> None:
        """Receive events and hand each to `dispatch`, until cancelled.

        The platform is acknowledged after `dispatch` returned `ok`, and never before.
        """

    def routes(self) -> Sequence[Route]:
        """Give the HTTP routes to serve; none where the platform calls by socket."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message within 10 seconds.

        Raises:
            Retry: nothing was sent; try again later.
            Gone: it can never be sent.
            Unsure: it may have been sent.
        """

    async def upload(self, png: bytes) -> str:
        """Hand a picture to the platform and return its native handle."""

    async def profile(self, account: str) -> Profile | None:
        """Ask who an account is; None when the platform does not know or is not asked."""

    async def check(self) -> Sequence[Finding]:
        """Try each capability once for the doctor."""
