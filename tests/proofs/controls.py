"""What the checker must say when a guard is gone: a control that stays green is a checker that sees nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.proofs.sabotage import ACTS


@dataclass(frozen=True, slots=True)
class Control:
    """One guard taken away."""

    sabotage: str
    """A name of ACTS."""
    kinds: tuple[str, ...]
    """Faults of which at least one must be found: those that this guard, and no other, keeps away."""
    kills: int = 8
    mean_s: float = 0.2
    """How long a process lives on average."""


CONTROLS: Final = (
    Control("inbox-not-asked", ("doubled effect",)),
    Control("acknowledged-first", ("acked but lost",)),
    Control("answered-before-commit", ("acked but lost", "acked but unseen"), mean_s=0.4),
    Control("never-marked-sent", ("not sent",)),
    Control("leases-ignored", ("too many doubled posts",), kills=2, mean_s=3.0),
    Control("outbox-in-memory", ("card missing",)),
)
SLACK_CONTROLS: Final = (Control("slack-acknowledged-first", ("acked but lost",), kills=5),)
"""Guards of the way through Slack, which the rooms of the playground do not take."""
CLOCK_CONTROLS: Final = (Control("slots-not-claimed", ("slot twice",), kills=0, mean_s=600.0),)
"""Guards of the clock, where several processes tick."""
QUARTER_CONTROLS: Final = (
    Control("holidays-ignored", ("ask: missing",)),
    Control("quiet-hours-ignored", ("daily: missing",)),
    Control("second-instant-counts", ("beat Check the orders: missing",)),
    Control("outbox-in-memory", (": missing",)),
)
"""Guards of the simulated quarter; their faults are what it writes."""
ALL: Final = (*CONTROLS, *SLACK_CONTROLS, *CLOCK_CONTROLS, *QUARTER_CONTROLS)
assert {each.sabotage for each in ALL} == set(ACTS), "every sabotage has its control"
