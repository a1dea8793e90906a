"""Who may do what: one matrix on (role, action, relation), read inside the transaction that acts.

Absent and forbidden look the same: what somebody may not see is not there for them (`sight`). Whatever is not
listed here, a role, an action, an object of a kind without a line, is refused.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from storage.chats import Chat, Project
from storage.columns import Record
from storage.confidential import holds_secrets
from storage.people import ROLES, Person, all_people
from storage.roles import roles_in, roles_of
from storage.sight import NOWHERE, Guard, Sight, is_own, is_seen
from storage.unit import Unit

LEFT: Final = "left"
"""The role of somebody who was here once."""
ORDER: Final = ROLES
ALL: Final = frozenset(ROLES)
TEAM: Final = frozenset({"admin", "lead", "member", "finance"})
LEADS: Final = frozenset({"admin", "lead"})
OUTSIDE: Final = frozenset({"guest", LEFT})
"""Roles of those who are not in, or not any more."""
NOBODY: Final[frozenset[str]] = frozenset()
OWN_ONLY: Final = frozenset({"own-only"})
RESTRICTED: Final = frozenset({"own-only", "budget-only", "guest"})
"""Roles that may less than a member."""
_MOST_FIRST: Final = ("admin", "lead", "finance", "member", "own-only", "budget-only", "guest")
ABOVE_PROJECTS: Final = LEADS
"""Who has these roles in the workspace has them in every project."""


@dataclass(frozen=True, slots=True)
class Open:
    """Say which roles an action is open to."""

    to: frozenset[str]
    """On every object."""
    on_own: frozenset[str] = NOBODY
    """On what is their own: owned, made, or worked on by them."""


MATRIX: Final[Mapping[str, Open]] = {
    "*.view": Open(TEAM),
    "*.edit": Open(TEAM),
    "*.comment": Open(TEAM),
    "task.view": Open(TEAM, on_own=OWN_ONLY),
    "task.edit": Open(TEAM, on_own=OWN_ONLY),
    "task.comment": Open(TEAM, on_own=OWN_ONLY),
    "risk.view": Open(TEAM, on_own=OWN_ONLY),
    "risk.edit": Open(TEAM, on_own=OWN_ONLY),
    "project.view": Open(TEAM | OWN_ONLY),
    "approval.decide": Open(TEAM),
    "approval.limit": Open(LEADS),
    "confidential.edit": Open(TEAM, on_own=OWN_ONLY),
    "project.confide": Open(LEADS),
    "price.edit": Open(LEADS | {"finance"}),
    "calendar.edit": Open(LEADS),
    "audit.view": Open(LEADS),
    "calendar.notice": Open(frozenset({"admin"})),
    "project.roles": Open(LEADS),
    "workspace.roles": Open(frozenset({"admin"})),
    "people.view": Open(TEAM),
    "chat.settings": Open(LEADS),
    "quiet.pass": Open(LEADS),
    "campaign.edit": Open(LEADS),
    "own.settings": Open(ALL),
    "own.accounts": Open(ALL - OUTSIDE),
    "own.undo": Open(ALL),
    "own.leave": Open(ALL),
    "own.help": Open(ALL | {LEFT}),
    "own.feedback": Open(ALL),
    "own.data": Open(ALL | {LEFT}),
    "people.data": Open(frozenset({"admin"})),
    "feedback.list": Open(LEADS),
    "own.request": Open(ALL | {LEFT}),
    "standup.missing": Open(LEADS),
    "budget.view": Open(frozenset({"admin", "lead", "finance", "budget-only"})),
    "budget.edit": Open(frozenset({"admin", "finance"})),
    "budget.spend": Open(frozenset({"admin", "lead", "finance"})),
    "budget.close": Open(frozenset({"admin", "lead", "finance"})),
}
"""Action -> who may. `*.edit` stands for every kind of object that has no line of its own."""
WITHIN: Final = frozenset({"project.confide", "workspace.roles", "approval.decide", "budget.edit"})
"""Actions that one way of a command asks for beside its own."""
TRUSTED: Final[Mapping[str, frozenset[str]]] = {"task": LEADS, "approval": LEADS, "project": frozenset({"admin"})}
"""Who sees the confidential ones of a kind with no part in them, beside those to whom a project gave a role in it."""
PAYING: Final[Mapping[str, frozenset[str]]] = {"approval": frozenset({"finance"})}
"""Who sees of these what has an amount."""
IN_PERSON: Final = frozenset({"approval.limit", "budget.close", "budget.edit", "budget.spend", "price.edit"})
"""What nobody does in somebody else's name; nor do they decide."""
_CLOSED: Final = Open(NOBODY)
_INITIATED: Final = frozenset.intersection(*TRUSTED.values())
"""To whom nothing is confidential."""
_NO_PERSON: Final = 0
"""Owns nothing, and no project knows them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Hold what one person is, here and in each project, at the moment of the act."""

    unit: Unit
    person: Person
    here: int | None
    """The project of the chat that they speak in."""
    given: Mapping[int, str] = field(default_factory=dict)
    """The roles that projects gave them."""

    @property
    def role(self) -> str:
        """The role that counts here."""
        return self.role_in(self.here)

    def role_in(self, project: int | None) -> str:
        """Give the role that counts in a project; None: outside all of them."""
        if project is not None:
            return standing(self.person, self.given.get(project))
        now = standing(self.person, None)
        is_let_in = now == "guest" and any(role != "guest" for role in self.given.values())
        return "own-only" if is_let_in else now

    def roles(self) -> set[str]:
        """List every role that they have somewhere."""
        mine = {self.role_in(project) for project in self.given}
        return mine | {self.role_in(None), self.role_in(self.here)}


def rights_of(unit: Unit, person: Person, *, here: int | None) -> Rights:
    """Read what a person is now."""
    is_fixed = person.archived_at is not None or person.role in ABOVE_PROJECTS
    return Rights(unit, person, here, {} if is_fixed else roles_of(unit, person.id))


def standing(person: Person, given: str | None) -> str:
    """Decide what somebody is in a project, from their own role and the one that it gave them."""
    if person.archived_at is not None:
        return LEFT
    if person.role in ABOVE_PROJECTS:
        return person.role
    return given or person.role


def may(rights: Rights, action: str, object: Record | None = None) -> bool:
    """Tell whether a person may do an action: on an object, or here where none is meant."""
    line = line_of(action)
    if object is None:
        return rights.role in line.to | line.on_own
    role = rights.role_in(_project_of(object))
    is_open = role in line.to or (role in line.on_own and is_own(rights.unit, object, rights.person.id))
    return is_open and knows_of(rights, object)


def knows_of(rights: Rights, object: Record) -> bool:
    """Tell whether an object is there for a person: what is confidential may be absent."""
    if not holds_secrets(rights.unit):
        return True
    own = sight(rights, (type(object),))
    return own is None or is_seen(rights.unit, own, type(object), object.id)


def may_in(rights: Rights, action: str, project: int | None) -> bool:
    """Tell whether a person may do an action on all of a project; None: of no project."""
    return rights.role_in(project) in line_of(action).to


def may_somewhere(rights: Rights, action: str) -> bool:
    """Tell whether a person may do an action on anything at all; `may` decides on what."""
    line = line_of(action)
    return not rights.roles().isdisjoint(line.to | line.on_own)


def sight(rights: Rights, records: Iterable[type[Record]], *, chat: Chat | None = None) -> Sight | None:
    """Give what a person may see of objects of these classes; None for everything.

    The chat that they speak in, and the project of a group, are there for them in any case.
    """
    unit, person, hides = rights.unit, rights.person, holds_secrets(rights.unit)
    guards = _guards(tuple(records), hides)
    if person.archived_at is not None:
        return Sight(_NO_PERSON, LEFT, LEFT, guards, hides=hides, day=unit.now.date())
    roles = rights.roles() | {person.role}
    is_whole = all(roles <= guard.whole for guard in guards)
    if is_whole and (not hides or person.role in _INITIATED):
        return None
    here, hall = _place(chat)
    return Sight(
        person.id,
        person.role,
        rights.role_in(None),
        guards,
        hides=hides,
        is_above=person.role in ABOVE_PROJECTS,
        here=here,
        hall=hall,
        day=unit.now.date(),
    )


def sight_of_all(unit: Unit, records: Iterable[type[Record]], chat: Chat | None) -> Sight | None:
    """Give what everybody in a group may see; None where nothing is confidential.

    The same where nobody knows who reads.
    """
    if not holds_secrets(unit):
        return None
    guards, (here, hall) = _guards(tuple(records), True), _place(chat)
    day = unit.now.date()
    return Sight(
        _NO_PERSON, LEFT, LEFT, guards, hides=True, sees_all=True, is_aloud=True, here=here, hall=hall, day=day
    )


def sight_aloud(rights: Rights, records: Iterable[type[Record]], chat: Chat) -> Sight | None:
    """Give what a person may say aloud in their group; None where nothing is confidential.

    It is what they see, and everybody there may see, too.
    """
    whole = sight_of_all(rights.unit, records, chat) if chat.kind == "group" else None
    own = sight(rights, records, chat=chat) if whole is not None else None
    return whole if own is None else replace(own, is_aloud=True)


def _place(chat: Chat | None) -> tuple[int, int]:
    """Give a chat, and the project that a group is for."""
    project = chat.project_id if chat is not None and chat.kind == "group" else None
    return NOWHERE if chat is None else chat.id, NOWHERE if project is None else project


def is_known(action: str) -> bool:
    """Tell whether the matrix has a line for an action."""
    return line_of(action) is not _CLOSED


def holders(action: str) -> frozenset[str]:
    """Tell which roles may do an action on every object, to say who can help."""
    return line_of(action).to


def people_who_may(rights: Rights, action: str) -> list[Person]:
    """List who may do here what this person may not: leads first, for it is their project."""
    given = roles_in(rights.unit, rights.here) if rights.here is not None else {}
    roles = [(standing(each, given.get(each.id)), each) for each in all_people(rights.unit)]
    found = [(role, each) for role, each in roles if role in line_of(action).to and each.id != rights.person.id]
    return [each for _, each in sorted(found, key=lambda one: (one[0] != "lead", rank(one[0]), one[1].id))]


def best_role(*roles: str) -> str:
    """Give the role that may most: what somebody is who is each of them."""
    return min(roles, key=_MOST_FIRST.index)


def rank(role: str) -> int:
    """Give the place of a role among all, from the one that may most."""
    return ORDER.index(role) if role in ORDER else len(ORDER)


def line_of(action: str) -> Open:
    """Find the line of an action; one that is closed to all where there is none."""
    _, _, verb = action.partition(".")
    return MATRIX.get(action) or MATRIX.get(f"*.{verb}") or _CLOSED


def _project_of(object: Record) -> int | None:
    if object.__tablename__ == "project":
        return object.id
    project = getattr(object, "project_id", None)
    return project if isinstance(project, int) else None


@functools.cache
def _guards(records: tuple[type[Record], ...], hides: bool) -> tuple[Guard, ...]:
    """Say who sees the objects of each class, by the matrix; projects only where something is confidential."""
    guards = []
    for record in (each for each in records if each is not Project):
        kind = str(record.__tablename__)
        line = line_of(f"{kind}.view")
        guards.append(
            Guard(record, line.to, line.on_own, TRUSTED.get(kind, NOBODY), PAYING.get(kind, NOBODY))
        )  # fmt: skip
    whole = Guard(Project, ALL | {LEFT}, NOBODY, TRUSTED["project"])
    return (*guards, whole) if hides else tuple(guards)
