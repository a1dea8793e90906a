"""What goes wrong, and when: faults of answers and of deliveries, picked by a script with a seed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Final, Literal

from tests.fakes.record import Json
from tests.fakes.slack.faults import Script

AnswerKind = Literal[
    "error",  # `status` with `code`, in the way of the new API
    "errcode",  # 200 with `errcode`, in the way of the old one
    "html",  # `status` with a page
    "reset",  # RST without an answer
    "hang",  # no answer for `seconds`, then closed
    "delay",  # the true answer after `seconds`
]
DeliveryKind = Literal[
    "repeat",  # `copies` more, in the same frame, or with another messageId
    "delay",  # by `seconds`
    "shuffle",  # gather `window` of them, and send them in reverse
    "drop",  # it never leaves, and is delivered again when its time is over
    "cut",  # the socket is cut right after it left
]
HANGS_AT_MOST_S: Final = 60.0


@dataclass
class AnswerFault(Script):
    """Something wrong with the answer to a call: its path, `token`, `gateway`, `socket` or `webhook`; `*` is any.

    With `accepts` the call is carried out before its answer is lost.
    """

    kind: AnswerKind = "error"
    call: str = "*"
    accepts: bool = False
    status: int = 500
    code: str = "ServiceUnavailable"
    errcode: int = -1
    seconds: float = 30.0

    def concerns(self, call: str) -> bool:
        """Say whether it is about such a call."""
        return self.call in ("*", call)


@dataclass
class DeliveryFault(Script):
    """Something wrong on the way to the app."""

    kind: DeliveryKind = "repeat"
    copies: int = 1
    new_frame: bool = False
    seconds: float = 0.0
    window: int = 4


class Faults:
    """The script, to be changed at any time."""

    def __init__(self) -> None:
        self.answers: list[AnswerFault] = []
        self.deliveries: list[DeliveryFault] = []
        self.released = asyncio.Event()

    def pick_answer(self, call: str) -> AnswerFault | None:
        """Give the first fault that strikes this call."""
        return next((one for one in self.answers if one.concerns(call) and one.strikes()), None)

    def pick_deliveries(self) -> list[DeliveryFault]:
        """Give all faults that strike this delivery."""
        return [one for one in self.deliveries if one.strikes()]

    def clear(self) -> None:
        """Forget all faults, and let go of what hangs."""
        self.answers.clear()
        self.deliveries.clear()
        self.released.set()
        self.released = asyncio.Event()

    async def hang(self, seconds: float) -> None:
        """Wait, until the faults are cleared at the latest."""
        waiting = asyncio.ensure_future(self.released.wait())
        await asyncio.wait({waiting}, timeout=min(seconds, HANGS_AT_MOST_S))
        waiting.cancel()

    def report(self) -> list[Json]:
        """Say which faults there are, and how often each happened."""
        every: list[AnswerFault | DeliveryFault] = [*self.answers, *self.deliveries]
        return [{name: value for name, value in asdict(one).items() if name != "_random"} for one in every]
