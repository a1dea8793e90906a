"""Moving a workspace: `drumbeat export` and `drumbeat import`, and documents written by hand.

What `export` writes is put in as it was (storage/transfer.py). What somebody wrote by hand is added
row by row through the unit, as if the house had entered it; docs/operating.md tells how to write it.
"""

import contextlib
import itertools
import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Final, cast
from zoneinfo import ZoneInfo

from bot.app import App, prepare
from bot.config import ConfigError, Settings
from bot.observe import utc_now
from commands.core.command import Registry
from commands.quiet import SEND_NOW
from storage import transfer
from storage.chats import Chat, Project
from storage.columns import Record, table_of
from storage.engine import RunLock, beside, file_of, is_sqlite
from storage.people import ANY, add_account, add_person, name_key
from storage.tasks import OPEN, Task
from storage.teams import add_team
from storage.transfer import Document, Moved, Problem, Problems, Row, TransferError, allowed, typed
from storage.unit import Unit
from storage.workspaces import Workspace

HAND_PRIORITIES: Final = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
PLACES: Final = {"demo": ("playground", "demo", "demo"), "main": ("terminal", "local", "local")}
"""Where people and chats are that a document puts nowhere: platform, app and tenant."""
_OWN: Final = frozenset({"id", "workspace_id", "version", "updated_at", "archived_at"})
_REF: Final = re.compile(r"([A-Z])-([1-9][0-9]{0,8})")
Handle = tuple[str, int]
"""A row of a document by hand: its kind and its line."""


# -- the verbs --------------------------------------------------------------------------------


def export_to(settings: Settings, *, workspace: str | None, target: str) -> tuple[str, dict[str, int]]:
    """Write a workspace to a file or, for `-`, to standard output; give its name and the rows.

    Without a name it is `main`, or `demo` where `main` was never used. A file takes its name only
    when it is whole; only its owner can read it, for it holds the key of the buttons.

    Raises:
        StorageError: nothing was written.
    """
    if is_sqlite(settings.database_url) and not file_of(settings.database_url).exists():
        raise TransferError([Problem(0, f"there is no database at {file_of(settings.database_url)}")])
    prepare(settings, now=utc_now())
    app = App(settings, serves=False)
    try:
        name = workspace or _used(app)
        with _opened(target) as stream:
            counts = app.store.read_now(app.by_name[name].id, lambda unit: transfer.export(unit, stream.write))
    finally:
        app.close()
    return name, counts


def import_from(settings: Settings, *, workspace: str | None, source: str, dry_run: bool) -> tuple[str, dict[str, int]]:
    """Read a document into an empty workspace, whole or not at all; give name and rows.

    Raises:
        TransferError: nothing was imported; with every problem by its line.
        AlreadyRunning: a bot serves the database.
    """
    with contextlib.ExitStack() as stack:
        stream = sys.stdin.buffer if source == "-" else stack.enter_context(_readable(source))
        document = Document(stream)
        stack.callback(document.close)
        stack.enter_context(RunLock(settings.database_url))
        prepare(settings, now=utc_now())
        app = App(settings, serves=False)
        stack.callback(app.close)
        name = workspace or document.header.workspace or "main"
        if name not in app.by_name:
            raise TransferError(
                [Problem(1, f"there is no workspace {name!r} here: name one of {', '.join(app.by_name)} (--workspace)")]
            )
        return name, put_into(app, app.by_name[name], document, dry_run=dry_run)


def put_into(app: App, workspace: Workspace, document: Document, *, dry_run: bool = False) -> dict[str, int]:
    """Check a document and import it into an empty workspace; give the rows.

    Raises:
        TransferError: nothing was imported.
    """
    languages = sorted(app.languages.by_code)
    if document.header.language is not None and document.header.language not in languages:
        document.problems.add(1, f"language must be one of {', '.join(languages)}")
    if document.header.schema is not None:
        redrawing = _Redrawing(app.registry)
        checked = transfer.check(document, languages=languages)
        return transfer.bring_in(
            app.store,
            workspace.id,
            lambda unit: transfer.put_in(unit, document, checked, redraw=redrawing),
            dry_run=dry_run,
        )
    hand = ByHand(document, app.registry, languages=languages, place=PLACES[workspace.name], zone=workspace.timezone)
    return transfer.bring_in(app.store, workspace.id, hand.put_in, dry_run=dry_run)


def _used(app: App) -> str:
    is_unused = app.store.read_now(app.by_name["main"].id, transfer.is_empty)
    return "demo" if is_unused else "main"


@contextlib.contextmanager
def _opened(target: str) -> Iterator[IO[str]]:
    if target == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(target)
    if path.exists():
        raise TransferError([Problem(0, f"{path} exists already: name another file")])
    part = beside(path, ".part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(part.unlink, missing_ok=True)
            with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
                stream.flush()
                os.fsync(descriptor)
            on_failure.pop_all()
        part.rename(path)
    except OSError as error:
        raise TransferError([Problem(0, f"{path} could not be written: {error.strerror}")]) from error


def _readable(source: str) -> IO[bytes]:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise ConfigError([f"{source} could not be read: {error.strerror}"]) from error


# -- ids in stored replies ----------------------------------------------------------------------


class _Redrawing:
    """Move the ids in stored replies, and in the arguments of the commands that they carry."""

    def __init__(self, registry: Registry) -> None:
        tables = {"person": "person", "people": "person", "team": "team"}
        self._pointers = {
            name: {each.name: tables[each.kind] for each in command.parameters if each.kind in tables}
            for name, command in registry.commands.items()
        }

    def __call__(self, value: Any, moved: Moved, command: str | None) -> Any:
        if command is not None:
            return self._args(value, moved, command)
        if isinstance(value, list):
            return [self(each, moved, None) for each in value]
        if not isinstance(value, dict):
            return value
        found = {name: self(each, moved, None) for name, each in value.items() if name != "args"}
        if "args" in value:
            found["args"] = self._args(value["args"], moved, value.get("command"))
        kind = str(value.get("type", "")).lower()
        if kind == "who":
            found["person"] = moved.id("person", value.get("person"))
        elif kind == "ref":
            found["id"] = moved.id(str(value.get("kind")), value.get("id"))
        elif kind == "input" and value.get("kind") == "person":
            found = _people_input(found, moved)
        elif "extra" in value and isinstance(value.get("by"), int):
            found["by"] = moved.id("person", value["by"])
        return found

    def _args(self, args: Any, moved: Moved, command: object) -> Any:
        if not isinstance(args, dict):
            return args
        pointers = self._pointers.get(str(command), {})
        found = {name: _moved_ids(value, pointers.get(name), moved) for name, value in args.items()}
        if command in ("undo", SEND_NOW) and isinstance(args.get("call"), str):
            found["call"] = moved.call(args["call"])
        return found


def _moved_ids(value: Any, table: str | None, moved: Moved) -> Any:
    """Move the id, or the list of them, that an argument holds."""
    if isinstance(value, list):
        return [_moved_ids(each, table, moved) for each in value]
    return moved.id(table, value) if table is not None and isinstance(value, int) else value


def _people_input(input: Row, moved: Moved) -> Row:
    def there(text: object) -> object:
        return str(moved.id("person", int(text))) if isinstance(text, str) and text.isdecimal() else text

    choices = [{**each, "value": there(each.get("value"))} for each in input.get("choices") or ()]
    return {**input, "value": there(input.get("value")), "choices": choices}


# -- by hand ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Planned:
    """A row that was read and found good."""

    line: int
    values: Row
    pointers: dict[str, Handle] = field(default_factory=dict)
    at: datetime | None = None
    extras: Row = field(default_factory=dict)


class ByHand:
    """A document that somebody wrote: rows point to each other by name, title or ref."""

    def __init__(
        self,
        document: Document,
        registry: Registry,
        *,
        languages: Sequence[str],
        place: tuple[str, str, str],
        zone: str,
    ) -> None:
        """Read and check it all.

        Raises:
            TransferError: with every problem by its line.
        """
        self._document = document
        self._problems: Problems = document.problems
        self._languages = languages
        self._place = place
        self._zone = document.header.timezone or zone
        self._letters = {finder.letter: finder.kind for finder in registry.finders.values()}
        self._classes = {str(each.__tablename__): each for each in Record.__subclasses__()}
        self._classes.pop("account")  # written inside the person's row
        self._named: dict[tuple[str, str], list[Handle]] = {}
        self._planned: dict[str, list[_Planned]] = {}
        self._taken: dict[tuple[object, ...], int] = {}
        self._numbers: dict[str, int] = {}
        self._learn_names()
        for table in transfer.tables():
            if table.name in self._classes:
                self._planned[table.name] = [
                    self._plan(table.name, line, row) for line, row in document.rows(table.name)
                ]
        self._problems.hold()

    def put_in(self, unit: Unit) -> dict[str, int]:
        """Add every row, audited as written by nobody."""
        ids: dict[Handle, int] = {}
        now = unit.now
        for kind, planned in self._planned.items():
            for at, rows in itertools.groupby(planned, key=lambda each: each.at):
                unit.now = at or now
                those = list(rows)
                values = [each.values | {name: ids[handle] for name, handle in each.pointers.items()} for each in those]
                found = self._add(unit, kind, values, [each.extras for each in those], ids)
                ids |= {(kind, each.line): id for each, id in zip(those, found, strict=True)}
        unit.now = now
        transfer.raise_counters(unit, self._numbers)
        transfer.settle(unit, self._document.header)
        return {kind: len(rows) for kind, rows in self._planned.items() if rows}

    def _add(self, unit: Unit, kind: str, rows: list[Row], extras: list[Row], ids: Mapping[Handle, int]) -> list[int]:
        if kind == "person":
            return [self._person(unit, *each).id for each in zip(rows, extras, strict=True)]
        if kind == "chat":
            return [self._chat(unit, *each).id for each in zip(rows, extras, strict=True)]
        if kind == "team":
            members = [[ids[handle] for handle in each["members"]] for each in extras]
            return [self._team(unit, *each).id for each in zip(rows, members, strict=True)]
        return unit.add_all(self._classes[kind], rows)

    def _person(self, unit: Unit, values: Row, extras: Row) -> Record:
        person = add_person(unit, **values, aliases=extras["aliases"])
        for account in extras["accounts"]:
            add_account(unit, person, **account)
        return person

    def _team(self, unit: Unit, values: Row, members: list[int]) -> Record:
        return add_team(unit, name=values["name"], members=members, lead=values.get("lead_id"))

    def _chat(self, unit: Unit, values: Row, extras: Row) -> Chat:
        """Enter a chat; without a project it gets one of its title, as at its first message."""
        if extras.get("has_no_project"):
            values = values | {"project_id": unit.add(Project, name=values["title"]).id}
        return unit.add(Chat, **values)

    # -- names ------------------------------------------------------------------------------

    def _learn_names(self) -> None:
        for kind in self._document.kinds:
            if kind not in self._classes:
                line = self._document.first_line(kind)
                known = ", ".join(sorted(self._classes))
                self._problems.add(line, f"{kind!r} cannot be written by hand; known: {known}")
                continue
            for line, row in self._document.rows(kind):
                for name in self._names_of(kind, row):
                    self._named.setdefault((kind, name), []).append((kind, line))
                if "id" in row:
                    self._named.setdefault((kind, f"#{row['id']}"), []).append((kind, line))
                number = self._number(kind, row)
                if number is not None:
                    self._numbers[kind] = max(self._numbers.get(kind, 0), number)

    def _names_of(self, kind: str, row: Row) -> set[str]:
        if kind == "person":
            name = row.get("name")
            texts = [name, *_listed(row.get("aliases"))]
            if isinstance(name, str):
                texts.append(re.sub(r"\(.*\)\s*$", "", unicodedata.normalize("NFKC", name)))
            return {name_key(text) for text in texts if isinstance(text, str)}
        number = self._number(kind, row)
        text = row.get("title" if kind == "chat" else "name")
        names = {name_key(text)} if isinstance(text, str) else set()
        return names if number is None else names | {f"={number}"}

    def _number(self, kind: str, row: Row) -> int | None:
        ref = row.get("ref")
        found = _REF.fullmatch(ref) if isinstance(ref, str) else None
        if found is not None and self._letters.get(found[1]) == kind:
            return int(found[2])
        number = row.get("number")
        return number if isinstance(number, int) and 0 < number <= transfer.INT_MAX else None

    def _find(self, kind: str, value: object) -> Handle | str:
        """Find a row by what another one calls it; else say what is wrong."""
        if isinstance(value, int) and not isinstance(value, bool):
            key = f"#{value}"
        elif not isinstance(value, str):
            return "must be a name"
        elif (found := _REF.fullmatch(value)) and self._letters.get(found[1]) == kind:
            key = f"={int(found[2])}"
        else:
            key = name_key(value.removeprefix("@"))
        handles = list(dict.fromkeys(self._named.get((kind, key), ())))
        if len(handles) == 1:
            return handles[0]
        if not handles:
            return f"there is no {kind} {value!r} in the document"
        lines = ", ".join(str(line) for _, line in handles)
        return f"several of {kind} are called {value!r} (lines {lines}): write the full name"

    # -- rows -------------------------------------------------------------------------------

    def _plan(self, kind: str, line: int, row: Row) -> _Planned:
        planned = _Planned(line, {})
        rest = {name: value for name, value in row.items() if name != "id"}
        if rest.pop("version", 1) != 1:
            self._problems.add(line, f"{kind}: a row by hand has version 1")
        at = rest.pop("created_at", None)
        if at is not None:
            planned.at = cast("datetime | None", self._value(kind, "created_at", at, line))
        for step in (self._plan_person, self._plan_team, self._plan_chat, self._plan_number, self._plan_task):
            step(kind, rest, planned)
        columns = table_of(self._classes[kind]).c
        for name, value in rest.items():
            pointer = next((each for each in (f"{name}_id", name) if columns.get(each) is not None), None)
            keys = columns[pointer].foreign_keys if pointer is not None else ()
            if pointer is None or name in _OWN:
                self._problems.add(line, f"{kind} has no {name!r}")
            elif not keys:
                planned.values[name] = self._value(kind, name, value, line)
            elif value is not None:
                target = next(iter(keys)).column.table.name
                handle = self._find(target, value)
                if isinstance(handle, str):
                    self._problems.add(line, f"{kind}: {name}: {handle}")
                else:
                    planned.pointers[pointer] = handle
        self._must_be_whole(kind, planned)
        return planned

    def _value(self, kind: str, name: str, value: object, line: int) -> object:
        """Read one value, or note what is wrong with it."""
        column = table_of(self._classes[kind]).c[name]
        if value is None and column.nullable:
            return None
        try:
            read = typed(column, value)
        except ValueError as error:
            self._problems.add(line, f"{kind}: {name} {error}")
            return None
        fault = allowed(kind, name, read, languages=self._languages)
        if fault or (name in ("name", "title") and not str(read).strip()):
            self._problems.add(line, f"{kind}: {name} {fault or 'is empty'}")
        return read

    def _must_be_whole(self, kind: str, planned: _Planned) -> None:
        fields = self._classes[kind].model_fields
        have = planned.values.keys() | planned.pointers.keys()
        for name in fields.keys() - Record.model_fields.keys() - have:
            if fields[name].is_required():
                self._problems.add(planned.line, f"{kind}: {name.removesuffix('_id')} is missing")

    def _must_be_free(self, line: int, said: str, *key: object) -> None:
        before = self._taken.setdefault(key, line)
        if before != line:
            self._problems.add(line, f"{said} stands in line {before} already")

    def _plan_person(self, kind: str, rest: Row, planned: _Planned) -> None:
        if kind != "person":
            return
        aliases = rest.pop("aliases", [])
        if not isinstance(aliases, list) or not all(isinstance(each, str) for each in aliases):
            self._problems.add(planned.line, "person: aliases must be a list of texts")
            aliases = []
        name = rest.get("name")
        key = name_key(name) if isinstance(name, str) else ""
        platform, app, tenant = self._place
        mine = [{"platform": platform, "app": app, "tenant": tenant, "native": key}]
        accounts = rest.pop("accounts", mine)
        if isinstance(accounts, dict):
            accounts = [{"platform": on, "native": native} for on, native in accounts.items()]
        accounts = _listed(accounts)
        if not any(isinstance(each, dict) and each.get("platform") == platform for each in accounts):
            accounts = [*accounts, *mine]
        planned.extras = {
            "aliases": aliases,
            "accounts": [each for one in accounts if (each := self._account(one, name, planned.line))],
        }

    def _account(self, account: object, title: object, line: int) -> Row | None:
        row = {"app": ANY, "tenant": ANY, "title": title, **(account if isinstance(account, dict) else {})}
        if row.keys() != {"platform", "app", "tenant", "native", "title"} or not all(
            isinstance(each, str) and each for each in row.values()
        ):
            self._problems.add(line, 'person: an account is {"platform": "slack", "native": "U123"}')
            return None
        known = [row[name] for name in ("platform", "app", "tenant", "native")]
        self._must_be_free(line, f"the account {row['platform']}:{row['native']}", "account", *known)
        return row

    def _plan_team(self, kind: str, rest: Row, planned: _Planned) -> None:
        """Take the people of a team out of its row: each gets a row of their own."""
        if kind != "team":
            return
        name = rest.get("name")
        if isinstance(name, str):
            rest["key"] = name_key(name)
            self._must_be_free(planned.line, f"the team {name}", kind, rest["key"])
        members = rest.pop("members", [])
        if not isinstance(members, list):
            self._problems.add(planned.line, "team: members must be a list of names")
        handles = [self._find("person", each) for each in _listed(members)]
        for problem in (each for each in handles if isinstance(each, str)):
            self._problems.add(planned.line, f"team: members: {problem}")
        planned.extras = {"members": [each for each in handles if not isinstance(each, str)]}

    def _plan_chat(self, kind: str, rest: Row, planned: _Planned) -> None:
        if kind != "chat":
            return
        if "platform" not in rest:
            title = rest.get("title")
            native = name_key(title) if isinstance(title, str) else None
            rest |= dict(zip(("platform", "app", "tenant"), self._place, strict=True))
            rest.setdefault("native", native)
        rest.setdefault("kind", "group")
        known = [rest.get(name) for name in ("platform", "app", "tenant", "native")]
        self._must_be_free(planned.line, f"the chat {rest.get('native')}", "chat", *map(str, known))
        if rest.get("project") is None and "project_id" not in rest and rest["kind"] == "group":
            if isinstance(self._find("project", rest.get("title")), tuple):
                rest["project"] = rest["title"]
            elif rest.get("title"):
                planned.extras["has_no_project"] = True

    def _plan_number(self, kind: str, rest: Row, planned: _Planned) -> None:
        if "number" not in self._classes[kind].model_fields:
            return
        number = self._number(kind, rest)
        ref = rest.pop("ref", None)
        if number is None and (ref is not None or "number" in rest):
            letter = next((letter for letter, each in self._letters.items() if each == kind), "?")
            self._problems.add(planned.line, f"{kind}: {ref or rest['number']!r} is no ref such as {letter}-12")
        if number is None:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        rest["number"] = number
        self._must_be_free(planned.line, f"number {number}", kind, number)

    def _plan_task(self, kind: str, rest: Row, planned: _Planned) -> None:
        if self._classes[kind] is not Task:
            return
        if isinstance(rest.get("priority"), str):
            rest["priority"] = HAND_PRIORITIES.get(rest["priority"].strip().lower(), rest["priority"])
        if "chat" in rest:
            rest["source_chat"] = rest.pop("chat")
        labels = rest.get("labels", [])
        if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
            self._problems.add(planned.line, "task: labels must be a list of texts")
        status = rest.get("status", "todo")
        rest["is_open"] = status in OPEN
        due = rest.pop("due", None)
        if due is None:
            return
        zone = rest.setdefault("due_zone", self._zone)
        if not isinstance(zone, str) or not transfer.is_zone(zone):
            return  # told where the column is read
        is_day = isinstance(due, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", due) is not None
        read = self._value(kind, "due_on" if is_day else "due_at", due, planned.line)
        if isinstance(read, datetime):
            rest |= {"due_on": read.astimezone(ZoneInfo(zone)).date().isoformat(), "due_at": due, "due_by": due}
        elif read is not None:
            day = datetime.fromisoformat(str(due)).date()
            end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
            rest |= {"due_on": due, "due_by": end.isoformat()}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def told(name: str, counts: Mapping[str, int]) -> str:
    """Say what was carried."""
    rows = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing"
    return f"{name}: {rows}"
