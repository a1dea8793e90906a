"""What goes wrong, and when: faults of answers and faults of deliveries, picked by a script with a seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

from tests.fakes.record import Json

AnswerKind = Literal[
    "error",  # 200 with ok:false and `error`
    "status",  # `status` with a JSON body that says so
    "html",  # `status` with a page
    "truncated",  # JSON cut in half, as long as the header says
    "cut",  # the connection closes in the middle of the body
    "not_utf8",
    "not_json",
    "wrong_type",  # good JSON called text/html
    "redirect",  # `status`, 302 if it is no 3xx, to a place that notes who follows
    "ratelimited",  # 429 with `retry_after`
    "close",  # closed without an answer
    "reset",  # RST without an answer
    "hang",  # no answer for `seconds`, then closed
    "drip",  # one byte each `every_s` for `seconds`, then closed
    "flood",  # a body without end, `megabytes` of it
    "endless_header",  # a header without end, `megabytes` of it
    "delay",  # the true answer after `seconds`
]
DeliveryKind = Literal[
    "repeat",  # `copies` more, in the same envelope, or a new one with the same event id
    "delay",  # by `seconds`
    "shuffle",  # gather `window` of them, at most `seconds`, and send them in another order
    "drop",  # it never leaves, and is delivered again when its time is over
    "cut",  # the socket is cut right after it left, with `code`, RST for none
    "forge",  # HTTP: signed with a wrong secret
    "stale",  # HTTP: signed six minutes ago
    "tamper",  # HTTP: the body was changed after it was signed
]
HANGS_AT_MOST_S: Final = 120.0


@dataclass
class Script:
    """When a fault happens: a limited number of `times`, with a `probability`, `after` the first few."""

    times: int | None = None
    probability: float = 1.0
    after: int = 0
    seed: int = 1
    happened: int = 0
    seen: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        """Seed the dice."""
        self._random.seed(self.seed)

    def strikes(self) -> bool:
        """Say whether it happens this time, and count."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.happened >= self.times):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.happened += 1
        return True


@dataclass
class AnswerFault(Script):
    """Something wrong with the answer to a call.

    `method` is that of the Web API, or `socket` (the upgrade), `upload`, `download`, `response_url`; `*` is any.
    With `accepts` the call is carried out before its answer is lost or spoilt.
    """

    kind: AnswerKind = "error"
    method: str = "*"
    channel: str | None = None
    accepts: bool = False
    error: str = "internal_error"
    status: int = 500
    retry_after: str | None = "1"
    sticky: bool = False
    """A 429 stands for this method and channel until `retry_after` is over, whoever asks again."""
    seconds: float = 30.0
    every_s: float = 0.2
    megabytes: int = 64

    def concerns(self, method: str, channel: str | None) -> bool:
        """Say whether it is about such a call."""
        return self.method in ("*", method) and self.channel in (None, channel)


@dataclass
class DeliveryFault(Script):
    """Something wrong on the way to the app. `about` is a type of envelope or event; `*` is any."""

    kind: DeliveryKind = "repeat"
    about: str = "*"
    copies: int = 1
    new_envelope: bool = False
    seconds: float = 0.0
    window: int = 8
    code: int | None = None

    def concerns(self, type_: str, event_type: str) -> bool:
        """Say whether it is about such a delivery."""
        return self.about in ("*", type_, event_type)


class Faults:
    """The script, to be changed at any time."""

    def __init__(self) -> None:
        self.answers: list[AnswerFault] = []
        self.deliveries: list[DeliveryFault] = []
        self.released = asyncio.Event()

    def pick_answer(self, method: str, channel: str | None) -> AnswerFault | None:
        """Give the first fault that strikes this call."""
        return next((one for one in self.answers if one.concerns(method, channel) and one.strikes()), None)

    def pick_deliveries(self, type_: str, event_type: str) -> list[DeliveryFault]:
        """Give all faults that strike this delivery."""
        return [one for one in self.deliveries if one.concerns(type_, event_type) and one.strikes()]

    def clear(self) -> None:
        """Forget all faults, and let go of what hangs."""
        self.answers.clear()
        self.deliveries.clear()
        self.released.set()
        self.released = asyncio.Event()

    async def hang(self, seconds: float) -> None:
        """Wait, until the faults are cleared at the latest."""
        event = self.released
        try:
            async with asyncio.timeout(min(seconds, HANGS_AT_MOST_S)):
                await event.wait()
        except TimeoutError:
            return

    def report(self) -> list[Json]:
        """Say which faults there are, and how often each happened."""
        return [{name: value for name, value in asdict(one).items() if name != "_random"} for one in self._all()]

    def _all(self) -> list[AnswerFault | DeliveryFault]:
        return [*self.answers, *self.deliveries]
