"""Two transactions on PostgreSQL, stepped statement by statement: every order in which they can meet is played.

Each side is cut into STEPS steps, which begin at its statements on approvals, signers and votes and at its commit.
A step that waits for a lock of the other side is left waiting, as in life, and the other goes on.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text

from storage.unit import Unit
from tests.support.office import ACTS, Office, faults_of, outcomes

T = TypeVar("T")
Start = tuple[str, int]
"""A statement, and how many of its kind were there before it."""
Starts = dict[str, frozenset[Start]]
Order = tuple[int, ...]
"""Whose turn each step is: of the one, 0, or of the other, 1."""
STEPS: Final = 6
"""Of each side, so that there are C(12, 6) = 924 orders."""
LOOK_S: Final = 0.002
STUCK_S: Final = 30.0
FIRST: Final = (r"^COMMIT", r"^(?:UPDATE (?:approval|signer|budget)|INSERT INTO vote)\b", r"FROM (?:signer|vote)\b")
"""What begins a step before all else does."""
COMMIT: Final = "COMMIT"
_BLOCKED: Final = text("SELECT cardinality(pg_blocking_pids(:process)) > 0")


class Pair(NamedTuple):
    """What meets: two acts on one approval, on which any of two decides, or both must."""

    one: str
    other: str
    mode: str = "any"

    @property
    def told(self) -> str:
        """Write it: `approve ‖ reject`."""
        return f"{self.one} ‖ {self.other}" + ("" if self.mode == "any" else f" ({self.mode})")

    def ends(self) -> set[tuple[str, tuple[bool, bool]]]:
        """Give what may become of it, and which of the two is done: as when one acts after the other."""
        if self.mode == "all" or self.other == "approve beside":
            return {("approved", (True, True))}
        there, back = outcomes(self.one, self.other), outcomes(self.other, self.one)
        return {(there[0], (True, there[1])), (back[0], (back[1], True))}


OTHERS: Final = ("approve", "approve too", "reject", "edit amount", "remove approver", "expire", "withdraw")
PAIRS: Final = (
    *(Pair("approve", other) for other in OTHERS),
    Pair("approve", "approve too", "all"),
    Pair("approve", "approve beside"),
)
"""The last decide on two approvals, which count on one budget line."""


class Stuck(Exception):
    """Say that neither side goes on."""


@dataclass
class Side:
    """One of the two: what it has said so far, and whether it may go on."""

    name: str
    starts: frozenset[Start] = frozenset()
    """Which of its statements begin a step."""
    said: list[Start] = field(default_factory=list)
    state: str = "running"
    """`running`, `waiting` for its turn, or `done`."""
    tries: int = 0
    process: int = 0
    """Of its connection, on the server."""
    was_blocked: bool = False
    """True once it had to wait for a lock of the other."""


class Stage:
    """Where two sides play: it lets one go on at a time, from one step to the next."""

    def __init__(self, engine: Engine, monitor: Connection) -> None:
        self._monitor = monitor
        self._condition = threading.Condition()
        self._own = threading.local()
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "commit", self._before_commit)
        event.listen(engine, "rollback", self._before_rollback)

    def enter(self, side: Side, unit: Unit) -> None:
        """Begin a try of a side, in the thread that writes."""
        self._own.side = side
        side.tries += 1
        driver: Any = unit.connection.connection.driver_connection
        side.process = driver.info.backend_pid

    def play(self, sides: Sequence[Side], work: Sequence[Callable[[], T]], order: Iterable[int]) -> list[T]:
        """Play both in an order; it names the side whose turn it is."""
        with ThreadPoolExecutor(len(sides)) as pool:
            playing = [pool.submit(each) for each in work]
            for side, future in zip(sides, playing, strict=True):
                future.add_done_callback(lambda _, side=side: self._end(side))  # type: ignore[misc] # bound at once
            self._settle(sides)
            for turn in order:
                self._let_on(sides, sides[turn])
            while waiting := [side for side in sides if side.state == "waiting"]:
                self._let_on(sides, waiting[0])
            return [self._result(sides, future) for future in playing]

    def _result(self, sides: Sequence[Side], future: Future[T]) -> T:
        while not future.done():
            self._settle(sides)
            for side in sides:
                self._let_on(sides, side)
        return future.result()

    def _let_on(self, sides: Sequence[Side], side: Side) -> None:
        """Let a side go on to its next step; one that waits for a lock, or is done, has no turn."""
        with self._condition:
            if side.state != "waiting":
                return
            side.state = "running"
            self._condition.notify_all()
        self._settle(sides)

    def _settle(self, sides: Sequence[Side]) -> None:
        """Wait until each is at its next step, done, or waits for a lock."""
        until = time.monotonic() + STUCK_S
        with self._condition:
            while running := [side for side in sides if side.state == "running"]:
                if self._condition.wait(LOOK_S):
                    continue
                if all(self._is_blocked(side) for side in running) and len(running) < len(sides):
                    for side in running:
                        side.was_blocked = True
                    return
                if time.monotonic() > until:
                    raise Stuck(f"{[(side.name, side.state, side.said[-1:]) for side in sides]}")

    def _is_blocked(self, side: Side) -> bool:
        return bool(side.process and self._monitor.execute(_BLOCKED, {"process": side.process}).scalar())

    def _end(self, side: Side) -> None:
        with self._condition:
            side.state = "done"
            self._condition.notify_all()

    def _before_statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self._arrive(statement)

    def _before_commit(self, _connection: object) -> None:
        self._arrive(COMMIT)
        self._own.side = None

    def _before_rollback(self, _connection: object) -> None:
        self._own.side = None

    def _arrive(self, statement: str) -> None:
        """Wait for the turn, where a step begins; a second try is one step."""
        side: Side | None = getattr(self._own, "side", None)
        if side is None or side.tries > 1:
            return
        side.said.append((statement, sum(said == statement for said, _ in side.said)))
        if side.said[-1] in side.starts:
            with self._condition:
                side.state = "waiting"
                self._condition.notify_all()
                if not self._condition.wait_for(lambda: side.state != "waiting", STUCK_S):
                    raise Stuck(f"{side.name} was never let on")


@dataclass
class Stepped(Office):
    """An office in which one side acts, each statement in its turn."""

    stage: Stage | None = None
    side: Side | None = None

    def write(self, work: Callable[[Unit], Any]) -> Any:
        """Have the stage know the thread in which it is written."""

        def staged(unit: Unit) -> Any:
            if self.stage is not None and self.side is not None:
                self.stage.enter(self.side, unit)
            return work(unit)

        return super().write(staged)


@dataclass
class Met:
    """What came of playing orders."""

    ends: dict[str, Counter[str]] = field(default_factory=dict)
    """What became of the approvals, by pair."""
    retried: int = 0
    blocked: int = 0
    faults: list[str] = field(default_factory=list)


def all_orders() -> Iterator[Order]:
    """Give each order of the steps of two sides."""
    for places in itertools.combinations(range(2 * STEPS), STEPS):
        yield tuple(0 if place in places else 1 for place in range(2 * STEPS))


def some_orders(count: int, seed: int) -> list[Order]:
    """Give some of them, the same for a seed."""
    return random.Random(seed).sample(list(all_orders()), count)


def meet(office: Office, orders: Sequence[Order]) -> Met:
    """Have every pair meet in each of the orders."""
    met = Met()
    watching = create_engine(office.store.engine.url, isolation_level="AUTOCOMMIT")
    with watching.connect() as monitor:
        stage = Stage(office.store.engine, monitor)
        starts = {act: _steps_of(office, stage, act) for act in ACTS}
        for pair in PAIRS:
            met.ends[pair.told] = Counter()
            for order in orders:
                _meet_once(office, stage, met, pair, starts, order)
    watching.dispose()
    return met


def _meet_once(office: Office, stage: Stage, met: Met, pair: Pair, starts: Starts, order: Order) -> None:
    number = office.ask("Ann", "Bob", mode=pair.mode)
    if pair.other == "approve beside":
        office.ask("Ann", "Bob")
    sides = [Side(act, starts[act]) for act in (pair.one, pair.other)]
    done = tuple(said == "" for said in stage.play(sides, [_act(office, stage, side, number) for side in sides], order))
    state = office.approval(number).state
    told = f"{pair.told} {''.join('AB'[turn] for turn in order)}"
    if (state, done) not in pair.ends():
        met.faults.append(f"{told}: {state}, {done} is no order of the two")
    met.faults += [f"{told}: {fault}" for fault in faults_of(office, number)]
    booked, agreed = office.booked()
    if booked != agreed:
        met.faults.append(f"{told}: {booked} booked, {agreed} agreed to")
    met.ends[pair.told][state] += 1
    met.blocked += sum(side.was_blocked for side in sides)
    met.retried += sum(side.tries > 1 for side in sides)


def _act(office: Office, stage: Stage, side: Side, number: int) -> Callable[[], str]:
    one = Stepped(**vars(office), stage=stage, side=side)
    return lambda: ACTS[side.name](one, number)


def _steps_of(office: Office, stage: Stage, act: str) -> frozenset[Start]:
    """Learn where the steps of an act begin, by having it done alone."""
    side, number = Side(act), office.ask("Ann", "Bob")
    office.ask("Ann", "Bob")
    stage.play([side], [_act(office, stage, side, number)], ())

    def weight(start: Start) -> int:
        return next((place for place, each in enumerate(FIRST) if re.search(each, start[0])), len(FIRST))

    return frozenset((side.said[0], *sorted(side.said[1:], key=weight)[: STEPS - 1]))
