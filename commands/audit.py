"""The trail, for those who answer for a team: who changed what, when, from what to what."""

from datetime import UTC, date, datetime
from typing import Any, Final

from commands.core.command import command
from commands.core.context import Context
from commands.core.reply import Code, Item, Line, Listing, Note, Reply, Strong, Text
from storage.audit import newest_traces, traces_of
from storage.columns import AnyRow, Record, table_of
from storage.people import Person
from storage.redaction import ACTION as ERASED
from storage.tasks import Task

SHOWN: Final = 15
VALUES: Final = 4
"""Columns of one write that are shown; the others are counted."""
VALUE_CHARS: Final = 24
HIDDEN: Final = frozenset({"number", "key", "code", "secret", "digest"})
"""Columns that say nothing new, or that nobody should read."""


@command("audit", may="audit.view", reads=True, examples=("审计", "audit", "审计 T-1", "audit T-1"))
def audit(ctx: Context, task: Task | None = None) -> Reply:
    """Show who changed what: the newest changes of all, or those of one task."""
    if task is None:
        rows, title = newest_traces(ctx.unit, most=SHOWN), (ctx.t("Who changed what"),)
    else:
        rows = traces_of(ctx.unit, "task", task.id, most=SHOWN)
        title = (f"{ctx.ref(task).label} {ctx.t('Who changed what')}",)
    items = tuple(Item(_head(ctx, row), _values(ctx, row)) for row in rows)
    if not items:
        return Reply(title=title, parts=(Text((ctx.t("Nothing was written yet."),)),), to="private")
    all_of_it = Note(ctx.line("The newest {count}. All of it, and its seals: {verb}", count=len(items),
                              verb=Code("drumbeat verify-audit --csv FILE")))  # fmt: skip
    return Reply(title=title, parts=(Listing(items), all_of_it), to="private")


def _head(ctx: Context, row: AnyRow) -> Line:
    did = {
        "add": ctx.t("made"),
        "change": ctx.t("changed"),
        "archive": ctx.t("put away"),
        "restore": ctx.t("took back"),
        ERASED: ctx.t("blanked on request"),
    }[row.action]
    who = ctx.who(row.actor_id) if row.actor_id else "Drumbeat"
    at = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
    return (f"{ctx.clock(at)} ", who, f" {did} ", Strong(_what(ctx, row)))


def _what(ctx: Context, row: AnyRow) -> str:
    """Name what was written: by its ref, or by its kind and number in the store."""
    record_class = ctx.registry.record_of(row.kind)
    record = ctx.unit.get(record_class, row.object_id) if record_class else None
    return ctx.ref(record).label if record is not None else f"{row.kind} {row.object_id}"


def _values(ctx: Context, row: AnyRow) -> Line:
    if row.action == ERASED:
        return (ctx.tn("{count} row of the trail", "{count} rows of the trail", len(row.after.get("rows", ()))),)
    people = _person_columns(row.kind)
    names = [name for name in row.after if name not in HIDDEN and (row.after[name] or row.before.get(name))]
    told = []
    for name in names[:VALUES]:
        pair = [_value(ctx, values.get(name), name in people) for values in (row.before, row.after)]
        said = name.removesuffix("_id").replace("_", " ")
        told.append(f"{said} {pair[1]}" if row.action == "add" else f"{said} {pair[0]} → {pair[1]}")
    left = len(names) - VALUES
    blanked = [ctx.t("blanked on request")] if row.erased_leaf is not None else []
    return (" · ".join([*told, *([f"+{left}"] if left > 0 else []), *blanked]),)


def _value(ctx: Context, value: Any, is_person: bool) -> str:
    if is_person and isinstance(value, int):
        person = ctx.person(value)
        return person.name if person is not None else "—"
    if isinstance(value, str):
        value = _local(ctx, value)
    text = "—" if value in (None, "", []) else " ".join(str(value).split())
    return text if len(text) <= VALUE_CHARS else f"{text[: VALUE_CHARS - 1]}…"


def _local(ctx: Context, text: str) -> str:
    """Write an instant as the reader's clock shows it; any other text stays."""
    try:
        at = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.astimezone(ctx.zone):%m-%d %H:%M}" if isinstance(at, datetime) and at.tzinfo else f"{at:%m-%d}"


def _person_columns(kind: str) -> frozenset[str]:
    record = next((each for each in Record.__subclasses__() if each.__tablename__ == kind), None)
    columns = table_of(record).columns if record is not None else ()
    target = f"{Person.__tablename__}.id"
    return frozenset(each.name for each in columns if any(key.target_fullname == target for key in each.foreign_keys))
