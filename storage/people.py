"""People, the accounts by which platforms know them, and the names by which people call them."""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import BindParameter, Index, Select, UniqueConstraint, bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, Record, personal, table_of
from storage.unit import Unit, made

ANY = "*"
"""Stands for the app and tenant of an account that an operator named before it was ever seen."""
_AT_ONCE = 64
"""Names that one read looks for; the minutes of a meeting may hold hundreds that might be some."""
ROLES = ("admin", "lead", "member", "finance", "own-only", "budget-only", "guest")


class Person(Record, table=True):
    """Somebody of the team; one row however many accounts they have."""

    __searched__ = ("name",)
    name: str
    role: str = "member"
    """One of ROLES."""
    language: str | None = None
    timezone: str | None = None
    """IANA name; None for the workspace's."""
    awaits_hello: bool | None = None
    """True until somebody who came by themselves was told how to begin."""
    country: str | None = None
    """Whose holidays they keep, as a code of two letters; None to go by the zone."""
    same_as_id: int | None = Field(default=None, foreign_key="person.id")
    """Who they turned out to be, when accounts were linked; such a row is archived and stands in old papers only."""


class Account(Record, table=True):
    """A person as one platform knows them."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "platform", "app", "tenant", "native"),
        Index("ix_account_email", "workspace_id", "email_digest"),
    )
    __personal__ = personal(native="erased-{id}", title=None, email_digest=None, is_chosen=None)
    person_id: int = Field(foreign_key="person.id", index=True)
    platform: str
    app: str
    tenant: str
    native: str
    """The platform's id. Never compared with a name."""
    title: str | None = None
    """The name shown there."""
    is_chosen: bool | None = None
    """True where its person wants to be written to; None for all others."""
    email_digest: str | None = None
    """Of the address that the platform gave, under the workspace's key; compared, never read."""


class Alias(SQLModel, table=True):
    """A name that finds a person; several people may share one, then the bot asks."""

    __table_args__ = (
        Index("ix_alias_key", "workspace_id", "key"),
        Index("ix_alias_person", "workspace_id", "person_id"),
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    person_id: int = Field(foreign_key="person.id")
    key: str
    """In the form of `name_key`."""


PERSON = table_of(Person)
ACCOUNT = table_of(Account)
ALIAS = table_of(Alias)
_MINE = ACCOUNT.alias("mine")
_IN_APP = (
    select(PERSON)
    .join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
    .where(
        ACCOUNT.c.workspace_id == WORKSPACE,
        ACCOUNT.c.platform == bindparam("platform"),
        ACCOUNT.c.app.in_((bindparam("app"), ANY)),
        ACCOUNT.c.tenant.in_((bindparam("tenant"), ANY)),
    )
)
_BY_ACCOUNT = _IN_APP.where(ACCOUNT.c.native == bindparam("native"))
_WITH_ACCOUNT = (
    select(PERSON)
    .join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
    .where(
        ACCOUNT.c.workspace_id == WORKSPACE,
        ACCOUNT.c.platform == bindparam("platform"),
        ACCOUNT.c.native == bindparam("native"),
    )
)
_ON_PLATFORM = select(ACCOUNT).where(
    ACCOUNT.c.workspace_id == WORKSPACE,
    ACCOUNT.c.platform == bindparam("platform"),
    ACCOUNT.c.archived_at.is_(None),
)
_ACCOUNTS_OF = _ON_PLATFORM.where(ACCOUNT.c.person_id == bindparam("person"))
_ALL_ACCOUNTS = (
    select(ACCOUNT)
    .where(
        ACCOUNT.c.workspace_id == WORKSPACE, ACCOUNT.c.person_id == bindparam("person"), ACCOUNT.c.archived_at.is_(None)
    )
    .order_by(ACCOUNT.c.id)
)
_ALL = select(PERSON).where(PERSON.c.workspace_id == WORKSPACE, PERSON.c.archived_at.is_(None)).order_by(PERSON.c.id)
_NAMES = select(PERSON.c.id, PERSON.c.name).where(PERSON.c.workspace_id == WORKSPACE)
_BY_EMAIL = (
    select(PERSON)
    .join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
    .where(
        ACCOUNT.c.workspace_id == WORKSPACE,
        ACCOUNT.c.email_digest.in_(
            select(_MINE.c.email_digest).where(
                _MINE.c.workspace_id == WORKSPACE,
                _MINE.c.person_id == bindparam("of_person"),
                _MINE.c.email_digest.is_not(None),
                _MINE.c.archived_at.is_(None),
            )
        ),
        ACCOUNT.c.person_id != bindparam("of_person"),
        ACCOUNT.c.archived_at.is_(None),
        PERSON.c.archived_at.is_(None),
    )
    .order_by(PERSON.c.id)
)
_KEYS = select(ALIAS.c.id, ALIAS.c.key).where(
    ALIAS.c.workspace_id == WORKSPACE, ALIAS.c.person_id == bindparam("of_person")
)
_GIVE_ALIAS = (
    ALIAS.update()
    .where(ALIAS.c.workspace_id == WORKSPACE, ALIAS.c.id == bindparam("of_alias"))
    .values(person_id=bindparam("to_person"))
)
_DROP_ALIAS = ALIAS.delete().where(
    ALIAS.c.workspace_id == WORKSPACE, ALIAS.c.person_id == bindparam("of_person"), ALIAS.c.key == bindparam("of_key")
)
_ADD_ALIAS = ALIAS.insert().values(workspace_id=WORKSPACE, person_id=bindparam("of_person"), key=bindparam("of_key"))


def name_key(name: str) -> str:
    """Fold a name for comparison: width, case and white space do not matter."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    return unicodedata.normalize("NFKC", folded)  # the steps before may leave an accent beside its letter


def person_of(unit: Unit, *, platform: str, app: str, tenant: str, native: str) -> Person | None:
    """Find who an account belongs to."""
    key = (platform, app, tenant, native)
    return unit.find(Person, key, _BY_ACCOUNT, platform=platform, app=app, tenant=tenant, native=native)


def people_of(unit: Unit, natives: Collection[str], *, platform: str, app: str, tenant: str) -> dict[str, Person]:
    """Find who several accounts belong to, in one read; those that are not known are missing."""
    found: dict[str, Person] = {}
    named = {f"native{index}": native for index, native in enumerate(natives)}
    for row in unit.rows(_by_accounts(len(named)), platform=platform, app=app, tenant=tenant, **named):
        values = dict(row._mapping)
        native = values.pop("native")
        found[native] = made(Person, values)
        unit.note(found[native], (platform, app, tenant, native))
    return found


def people_with(unit: Unit, *, platform: str, native: str) -> list[Person]:
    """Find who has this account, under whatever app and tenant; for the operator only."""
    return unit.records(Person, _WITH_ACCOUNT, platform=platform, native=native)


def account_on(unit: Unit, person: int, platform: str) -> Account | None:
    """Find the account of a person on a platform; the oldest where there are several."""
    return unit.find(Account, (person, platform), _ACCOUNTS_OF, person=person, platform=platform)


def accounts_on(unit: Unit, people: Collection[int], platform: str) -> dict[int, Account]:
    """Find the accounts of several people on a platform, in one read; the oldest of each."""
    found: dict[int, Account] = {}
    if people:
        named = {f"person{index}": person for index, person in enumerate(sorted(people))}
        for account in unit.records(Account, _accounts_of(len(named)), platform=platform, **named):
            found.setdefault(account.person_id, account)
    return found


def accounts_of(unit: Unit, person: int) -> list[Account]:
    """List the accounts of a person, on every platform, the oldest first."""
    return unit.records(Account, _ALL_ACCOUNTS, person=person)


def all_people(unit: Unit) -> list[Person]:
    """List everybody of the workspace, oldest first."""
    return unit.records(Person, _ALL)


def names_of_all(unit: Unit) -> dict[int, str]:
    """Give the name of everybody by id, also of those who are not here any more."""
    return {row.id: row.name for row in unit.rows(_NAMES)}


def people_called(unit: Unit, names: Iterable[str]) -> dict[str, list[Person]]:
    """Find people by any of several names; keys in the form of `name_key`."""
    keys = sorted({name_key(name) for name in names} - {""})
    found: dict[str, list[Person]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        for row in unit.rows(_by_keys(len(some)), **{f"key{index}": key for index, key in enumerate(some)}):
            values = dict(row._mapping)
            found.setdefault(values.pop("key"), []).append(Person.model_construct(**values))
    return found


@functools.cache
def _by_keys(count: int) -> Select[Any]:
    """Build the read for so many keys: a list that expands is written anew at each execution."""
    keys: list[BindParameter[str]] = [bindparam(f"key{index}") for index in range(count)]
    return (
        select(ALIAS.c.key, *PERSON.c)
        .join(PERSON, PERSON.c.id == ALIAS.c.person_id)
        .where(ALIAS.c.workspace_id == WORKSPACE, ALIAS.c.key.in_(keys), PERSON.c.archived_at.is_(None))
        .order_by(PERSON.c.id)
    )


@functools.cache
def _by_accounts(count: int) -> Select[Any]:
    natives: list[BindParameter[str]] = [bindparam(f"native{index}") for index in range(count)]
    return _IN_APP.add_columns(ACCOUNT.c.native).where(ACCOUNT.c.native.in_(natives))


@functools.cache
def _accounts_of(count: int) -> Select[Any]:
    people: list[BindParameter[int]] = [bindparam(f"person{index}") for index in range(count)]
    return _ON_PLATFORM.where(ACCOUNT.c.person_id.in_(people)).order_by(ACCOUNT.c.id)


def add_person(
    unit: Unit,
    *,
    name: str,
    role: str = "member",
    language: str | None = None,
    timezone: str | None = None,
    aliases: Iterable[str] = (),
    awaits_hello: bool | None = None,
) -> Person:
    """Add a person, to be found by name, by the name without its bracket, and by the aliases."""
    person = unit.add(Person, name=name, role=role, language=language, timezone=timezone, awaits_hello=awaits_hello)
    for key in sorted(_keys_of(name).union(map(name_key, aliases)) - {""}):
        unit.do(_ADD_ALIAS, of_person=person.id, of_key=key)
    return person


def _keys_of(name: str) -> set[str]:
    """Give the keys that a name is found by: whole, and without its bracket."""
    return {name_key(name), name_key(re.sub(r"\(.*\)\s*$", "", unicodedata.normalize("NFKC", name)))}


def give_names(unit: Unit, person: Person, to: Person) -> None:
    """Have all names that find a person find another one instead."""
    theirs = {row.key for row in unit.rows(_KEYS, of_person=to.id)}
    for row in unit.rows(_KEYS, of_person=person.id):
        if row.key not in theirs:
            unit.do(_GIVE_ALIAS, of_alias=row.id, to_person=to.id)


def forget_name(unit: Unit, person: Person, name: str) -> None:
    """Have a name find a person no longer, unless it is their own."""
    for key in sorted(_keys_of(name) - _keys_of(person.name)):
        unit.do(_DROP_ALIAS, of_person=person.id, of_key=key)


def people_of_same_email(unit: Unit, person: int) -> list[Person]:
    """List the others for whom a platform told an e-mail address that is a person's, too."""
    return list({each.id: each for each in unit.records(Person, _BY_EMAIL, of_person=person)}.values())


def add_account(
    unit: Unit,
    person: Person,
    *,
    platform: str,
    app: str,
    tenant: str,
    native: str,
    title: str | None = None,
    email_digest: str | None = None,
) -> Account:
    """Join an account to a person."""
    return unit.add(
        Account, person_id=person.id, platform=platform, app=app, tenant=tenant, native=native, title=title,
        email_digest=email_digest,
    )  # fmt: skip
