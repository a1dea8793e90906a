"""Law: every command, by nine kinds of people, on their own object, another's and an absent one.

`tests/house/golden/access.txt` is the matrix as people meet it, one line for each action and relation; all commands of
an action must agree, so that a new subject is held to it without being named there. What is denied writes nothing,
reaches nobody else, and is answered as if the object were not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.markup import plain
from bot.house import Done, House
from bot.seal import is_sealed, seal
from bot.turn import Turn
from commands.core.access import MATRIX
from commands.core.command import Command
from commands.core.event import Carried, Event, Place, Sender
from commands.core.reply import Button, Reply
from commands.core.wire import decode
from storage.chats import all_chats
from storage.columns import Record
from storage.people import Person, people_called
from storage.roles import give_role
from storage.store import Store
from storage.unit import Unit
from storage.workspaces import Workspace, all_workspaces
from tests.fakes.memory import APP, ROOMY, TENANT
from tests.support.golden import Golden
from tests.support.house import ACCOUNTS, ROOMS, WAR_ROOM, house_template, house_url, shipped, shipped_reader
from tests.support.store import WEDNESDAY, HandClock

__all__ = ["house_template", "house_url"]

GOLDEN: Final = Path(__file__).parent / "golden"
HERE: Final = "here"
"""Instead of a relation, where no object is named."""
WHO: Final = "李四"
OTHER: Final = "王五"
ELSEWHERE: Final = "日常运营"
KINDS: Final = (
    "admin", "lead", "member", "finance", "own-only", "budget-only", "guest", "lead elsewhere", "left",
)  # fmt: skip
"""`lead elsewhere` leads another project, and is a guest in this one."""
RELATIONS: Final = ("own", "other's", "absent")
NUMBERS: Final = {"own": 901, "other's": 902, "absent": 999}
TITLE: Final = "Zeppelin"
"""Stands in every object, so that a leak is seen."""
REGISTRY, LANGUAGES = shipped()
_REF: Final = re.compile(rf"\b([{''.join(REGISTRY.finders)}])-\d+\b")
_PLAIN: Final[dict[Any, Any]] = {int: 1, str: TITLE, bool: True, date: WEDNESDAY.date(), datetime: WEDNESDAY}


SHAPES: Final[dict[str, dict[str, Any]]] = {
    "schedule": {
        "kind": "reminder",
        "rule": "FREQ=DAILY",
        "times": ["09:30"],
        "zone": "UTC",
        "options": {"text": TITLE},
    },
    "approval": {"kind": "plan", "mode": "any", "quorum": 1},
}
"""What an object of a kind must hold beside what can be made up."""


WHOSE: Final = ("owner_id", "creator_id", "requester_id", "editor_id")
"""The columns that make an object somebody's own."""


class Enough(Exception):
    """Take everything back."""


@dataclass(frozen=True)
class Cell:
    """What became of one call."""

    done: Done
    text: str
    changed: int
    entered: int

    def verdict(self, relation: str) -> str:
        """Say whether it was open: `yes`, `no`, or `absent` where the object is not there."""
        if self.done.result == "refused" and "在这里不能用" in self.text:
            return "no"
        is_absent = relation != HERE and self.done.result == "refused" and "这里没有" in self.text
        return "absent" if is_absent else "yes"


@dataclass(frozen=True)
class Desk:
    store: Store
    workspace: Workspace
    house: House

    def call(self, kind: str, event: Event) -> Cell:
        """Do a call as a kind of person, and take it back."""
        cells: list[Cell] = []

        def work(unit: Unit) -> None:
            _become(unit, kind)
            turn = Turn(self.house, self.workspace, event, self._reading(event))
            turn.profiles = {}
            before = len(unit.changed)
            done = turn.write(unit)
            assert isinstance(done, Done)
            replies = [decode(each.payload) for each in done.letters if each.card_id is None]
            text = "\n".join(plain(each) for each in replies if isinstance(each, Reply))
            cells.append(Cell(done, text, len(unit.changed) - before, turn.entered - before))
            raise Enough

        with pytest.raises(Enough):
            self.store.write_now(self.workspace.id, work)
        return cells[0]

    def _reading(self, event: Event) -> Any:
        reader = self.house.reader
        return reader.read(reader.tokens(event.text)) if event.kind == "said" else None

    def said(self, kind: str, text: str) -> Cell:
        """Say something."""
        return self.call(kind, _event("said", text=(text,)))

    def pressed(self, kind: str, command: str, args: Any) -> Cell:
        """Press a button that carries a call."""
        sealed = seal(self.workspace, Reply(buttons=(Button("", command, args, ""),))).buttons[0]
        carried = Carried(command, args, None, sealed.mac)
        assert is_sealed(self.workspace, carried)
        return self.call(kind, _event("pressed", carried=carried))


def _event(kind: Any, **values: Any) -> Event:
    place = Place(ROOMS[WAR_ROOM], "group", WAR_ROOM)
    return Event("key", "memory", APP, TENANT, kind, Sender(ACCOUNTS[WHO], WHO), place, WEDNESDAY, **values)


def _become(unit: Unit, kind: str) -> None:
    """Give the person who speaks the rights of a kind."""
    person = people_called(unit, [WHO])[WHO][0]
    if kind == "left":
        unit.archive(person)
    elif kind == "lead elsewhere":
        unit.change(person, role="guest")
        project = next(chat.project_id for chat in all_chats(unit) if chat.title == ELSEWHERE)
        give_role(unit, project=project or 0, person=person.id, role="lead")
    else:
        unit.change(person, role=kind)


def _make_objects(unit: Unit) -> None:
    """Make an object of each kind that is his own, and one that is another's, in the project of the chat."""
    project = next(chat.project_id for chat in all_chats(unit) if chat.title == WAR_ROOM)
    people = people_called(unit, [WHO, OTHER])
    for finder in REGISTRY.finders.values():
        for relation, name in (("own", WHO), ("other's", OTHER)):
            unit.add(finder.record, **_filled(finder.record, project, people[name][0], NUMBERS[relation]))


def _filled(record: type[Record], project: int | None, person: Person, number: int) -> dict[str, Any]:
    given = {"number": number, "project_id": project} | dict.fromkeys(WHOSE, person.id)
    fields = record.model_fields.items()
    known = {name: given[name] for name, _ in fields if name in given}
    own = set(Record.model_fields)
    plain = _PLAIN | {date: WEDNESDAY.date() + timedelta(days=number)}  # of some things there is one a day
    lacking = {n: plain.get(f.annotation, []) for n, f in fields if f.is_required() and n not in known and n not in own}
    return known | lacking | SHAPES.get(str(record.__tablename__), {})


@pytest.fixture
def desk(house_url: str) -> Any:
    store = Store(house_url, clock=HandClock())
    workspace = next(each for each in store.read_now(0, all_workspaces) if each.name == "main")
    store.write_now(workspace.id, _make_objects)
    yield Desk(store, workspace, House(REGISTRY, LANGUAGES, shipped_reader(), {"memory": ROOMY}, None))
    store.close()


def _examples(command: Command) -> dict[str, str]:
    """Give an example for each relation; one alone where no object is named."""
    example = next((each for each in command.examples if _REF.search(each)), command.examples[0])
    if not _REF.search(example):
        return {HERE: example}
    return {relation: _REF.sub(rf"\1-{NUMBERS[relation]}", example) for relation in RELATIONS}


def _is_denied_without_a_trace(cell: Cell) -> bool:
    """Tell whether a denial wrote nothing, told nobody else and named nothing."""
    to = [(each.operation, each.card_id) for each in cell.done.letters]
    return (
        cell.changed == cell.entered
        and [card for _, card in to] == [None]
        and to[0][0] in ("private", "direct")
        and TITLE not in cell.text
    )


def _line_of(action: str) -> str:
    """Name the line of the matrix that decides on an action."""
    return action if action in MATRIX else f"*.{action.partition('.')[2]}"


def _written(met: dict[tuple[str, str], dict[str, set[str]]]) -> str:
    lines = ["action and relation".ljust(28) + "".join(kind.rjust(15) for kind in KINDS)]
    for (line, relation), row in sorted(met.items(), key=lambda one: (one[0][0], (HERE, *RELATIONS).index(one[0][1]))):
        cells = ("/".join(sorted(row[kind])) for kind in KINDS)
        lines.append(f"{line} {relation}".ljust(28) + "".join(cell.rjust(15) for cell in cells))
    return "\n".join(lines) + "\n"


@pytest.mark.slow
def test_the_matrix_is_as_declared_and_what_is_denied_leaves_no_trace(desk: Desk, pytestconfig: pytest.Config) -> None:
    met: dict[tuple[str, str], dict[str, set[str]]] = {}
    for name, command in REGISTRY.commands.items():
        args: dict[str, Any] = {}
        for kind in KINDS:
            denials: dict[str, str] = {}
            for relation, example in _examples(command).items():
                cell = desk.said(kind, example)
                assert cell.done.command == name, (name, kind, cell.text)
                verdict = cell.verdict(relation)
                met.setdefault((_line_of(command.may), relation), {}).setdefault(kind, set()).add(verdict)
                if kind == KINDS[0]:
                    args[relation] = cell.done.args
                if verdict != "yes":
                    pressed = desk.pressed(kind, name, args[relation])
                    assert pressed.verdict(relation) == verdict, (name, relation, kind, pressed.text)
                    for each in (cell, pressed):
                        assert _is_denied_without_a_trace(each), (name, kind, relation, each.text)
                    denials[relation] = _REF.sub("…", cell.text)
            if "other's" in denials:
                assert denials["other's"] == denials["absent"], (name, kind)
    Golden(GOLDEN, rewrite=pytestconfig.getoption("--golden")).check("access.txt", _written(met))
