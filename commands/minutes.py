"""Minutes: paste what was agreed in a meeting, look at the tasks found in it, have them made.

Nothing is guessed in silence: what is not certain is marked on its row, and everybody sees the
rows before a task is made. The reading itself is in grammar/minutes.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from enum import StrEnum
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from commands.core.arguments import Prose
from commands.core.command import card, command, finds
from commands.core.context import Context, View
from commands.core.dates import find_dates
from commands.core.errors import Refused
from commands.core.event import Json
from commands.core.reply import Button, Code, Item, Line, Listing, Note, Part, Reply, Strong, Struck, Text
from commands.grammar.minutes import Row as Read
from commands.grammar.minutes import is_minutes, names_in, read_minutes
from commands.grammar.tokens import bare
from commands.grammar.when import When
from commands.tasks import TITLE_CHARS, due_columns, make
from commands.words.catalog import msg
from storage.minutes import Minutes, Row, as_stored, minutes_numbered, newest_minutes, rows_of
from storage.people import Person, name_key, people_called
from storage.unit import Unit
from storage.workspaces import next_number

MOST_ROWS: Final = 50
"""Tasks that one text may give."""
LEFT_SHOWN: Final = 3
LISTED: Final = 10
SHORT: Final = 10
"""A list of so many rows is seen at once everywhere."""


class Decision(StrEnum):
    """Choose what becomes of a row."""

    MAKE = "make it"
    LEAVE = "leave it out"


@finds("minutes", letter="J", record=Minutes)
def find(unit: Unit, number: int) -> Minutes | None:
    """Find minutes by number."""
    return minutes_numbered(unit, number)


@command(
    "minutes add",
    may="minutes.edit",
    pasted=is_minutes,
    examples=(
        "会议纪要 李四：主图定稿，周五前；周涛：核对券规则，明天",
        "minutes Ann: final banner by Friday; Bob: check the coupons tomorrow",
    ),
)
def add(ctx: Context, text: Prose) -> Reply:
    """Find the tasks in the minutes of a meeting, and show them before they are made."""
    known = people_called(ctx.unit, names_in(text))
    found = read_minutes(text, known=known.keys(), dates=partial(find_dates, ctx))
    if not found.rows:
        raise Refused(_nothing_found(ctx, len(text.splitlines())), (_as_one_task(ctx, text),))
    rows = [_stored(each, known) for each in found.rows[:MOST_ROWS]]
    minutes = ctx.unit.add(
        Minutes,
        number=next_number(ctx.unit, "minutes"),
        title=(found.title or ctx.t("Minutes of {day}", day=ctx.due(ctx.today)))[:TITLE_CHARS],
        author_id=ctx.me.id,
        project_id=ctx.project,
        zone=ctx.zone.key,
        rows=as_stored(rows),
        left=[*found.left, *(row.said for row in found.rows[MOST_ROWS:])],
    )
    line = ctx.tn("{count} task found. Nothing is made yet.", "{count} tasks found. Nothing is made yet.", len(rows))
    return Reply(parts=(Text((line,)),), about=ctx.ref(minutes))


@command(
    "minutes change",
    may="minutes.edit",
    examples=("改纪要 J-1 2 主图终稿 @李四 周五", 'change minutes J-1 2 "Final banner" @ann fri'),
)
def change(
    ctx: Context,
    minutes: Minutes,
    row: str,
    title: Prose,
    owner: Person | None = None,
    due: When | None = None,
    decision: Decision = Decision.MAKE,
) -> Reply:
    """Write one row of the minutes anew, or leave it out."""
    _refuse_made(ctx, minutes)
    rows = rows_of(minutes)
    index = _index(ctx, minutes, row, len(rows))
    rows[index] = Row(
        title=title[:TITLE_CHARS],
        owners=[owner.id] if owner else [],
        due_on=due.on if due else None,
        due_at=due.at if due else None,
        is_left_out=decision is Decision.LEAVE,
    )
    ctx.unit.change(minutes, rows=as_stored(rows))
    return Reply(
        parts=(Text(ctx.line("{minutes}: row {row} changed.", minutes=Strong(ctx.ref(minutes).label), row=row)),),
        about=ctx.ref(minutes),
    )


@command("minutes make", may="minutes.edit", examples=("按纪要创建 J-1", "accept minutes J-1"))
def make_all(ctx: Context, minutes: Minutes) -> Reply:
    """Make the tasks of the minutes."""
    _refuse_made(ctx, minutes)
    if ctx.call.version is not None and ctx.call.version != minutes.version:
        raise Refused(ctx.line("Somebody changed the rows meanwhile. Look again, then press once more."))
    rows = rows_of(minutes)
    made = [row if row.is_left_out else row.model_copy(update={"task": _task(ctx, minutes, row)}) for row in rows]
    tasks = [row for row in made if row.task is not None]
    if not tasks:
        raise Refused(ctx.line("No row is left to make. Change one first."))
    ctx.unit.change(minutes, rows=as_stored(made), made_by=ctx.me.id, made_at=ctx.unit.now)
    if ctx.chat.kind == "group":  # in a direct chat the tasks tell their owners themselves
        _tell_owners(ctx, minutes, tasks)
    refs = f"T-{tasks[0].task}" if len(tasks) == 1 else f"T-{tasks[0].task} – T-{tasks[-1].task}"
    line = ctx.tn("{count} task made: {refs}.", "{count} tasks made: {refs}.", len(tasks), refs=refs)
    return Reply(parts=(Text((line,)),), about=ctx.ref(minutes))


@command("minutes dismiss", may="minutes.edit", examples=("不要纪要 J-1", "dismiss minutes J-1"))
def dismiss(ctx: Context, minutes: Minutes) -> Reply:
    """Put the minutes away without making their tasks."""
    _refuse_made(ctx, minutes)
    ctx.unit.archive(minutes)
    line = ctx.line("{minutes} is put away; no task was made.", minutes=Strong(ctx.ref(minutes).label))
    return Reply(parts=(Text(line),), about=ctx.ref(minutes))


@command("minutes show", may="minutes.view", reads=True, examples=("J-1", "show minutes J-1"))
def show(ctx: Context, minutes: Minutes) -> Reply:
    """Show minutes with their rows, and every line that was not taken for a task."""
    drawn = draw(ctx, minutes)
    left = tuple(Item((line,)) for line in minutes.left)
    more: tuple[Part, ...] = (Text((Strong(ctx.t("Not taken for tasks")),)), Listing(left)) if left else ()
    return replace(drawn, parts=(*drawn.parts, *more), to="private")


@command("minutes list", may="minutes.view", reads=True, examples=("纪要列表", "list minutes"))
def list_(ctx: Context) -> Reply:
    """List the minutes that you gave, the newest first."""
    newest = newest_minutes(ctx.unit, author=ctx.me.id, most=LISTED)
    title = (ctx.t("Your minutes"),)
    if not newest:
        example = Code(ctx.t("minutes Ann: final banner by Friday"))
        return Reply(
            title=title, parts=(Text(ctx.line("None yet. Paste some: {example}", example=example)),), to="private"
        )
    items = tuple(Item((Strong(ctx.ref(each).label), f" {each.title}"), (_state(ctx, each),)) for each in newest)
    return Reply(title=title, parts=(Listing(items),), to="private")


@card("minutes")
def draw(view: View, minutes: Minutes) -> Reply:
    """Draw what was found as a list to agree on; then as the record of what was made."""
    ref = view.ref(minutes)
    if minutes.archived_at is not None:
        return Reply(title=(Struck(f"{ref.label} {minutes.title}"),), parts=(Note((view.t("Put away"),)),))
    rows = rows_of(minutes)
    items = tuple(_item(view, minutes, number, row) for number, row in enumerate(rows, 1))
    parts: list[Part] = [
        Text((_state(view, minutes),)),
        Listing(items, more=view.say("minutes show", ref.label) if len(items) > SHORT else ""),
        *_left(view, minutes),
    ]
    return Reply(
        title=(f"{ref.label} {minutes.title}",),
        parts=tuple(parts),
        buttons=() if minutes.made_at else _buttons(view, minutes, rows),
        about=ref,
    )


def _buttons(view: View, minutes: Minutes, rows: Sequence[Row]) -> tuple[Button, ...]:
    count = sum(1 for row in rows if not row.is_left_out)
    args = {"minutes": view.ref(minutes).label}
    label = view.tn("Make {count} task", "Make {count} tasks", count)
    makes = view.button(label, "minutes make", {**args}, style="primary", version=minutes.version)
    away = view.button(view.t("Not needed"), "minutes dismiss", {**args}, version=minutes.version)
    return (makes, away) if count else (away,)


def _item(view: View, minutes: Minutes, number: int, row: Row) -> Item:
    if row.is_left_out:
        return Item((f"{number}. ", Struck(row.title)), (view.t("left out"),))
    detail: list[str] = [_people(view, row), view.due(row.due_on, row.due_at, zone=minutes.zone) if row.due_on else ""]
    detail += _doubts(view, row) if row.task is None else []
    name: Line = (f"{number}. ", Strong(row.title))
    if row.task is not None:
        return Item((Strong(f"T-{row.task}"), f" {row.title}"), (" · ".join(filter(None, detail)),))
    ref = view.ref(minutes).label
    args: dict[str, Json] = {"minutes": ref, "row": str(number), "title": row.title, "?": "title"}
    if row.owners:
        args["owner"] = row.owners[0]
    if row.due_on is not None:
        args["due"] = row.due_at.astimezone(UTC).isoformat() if row.due_at else row.due_on.isoformat()
    typed = view.say("minutes change", ref, number, "…")
    button = view.button(view.t("Change…"), "minutes change", args, version=minutes.version, typed=typed)
    return Item(name, (" · ".join(filter(None, detail)),), button)


def _people(view: View, row: Row) -> str:
    people = [person.name for id in row.owners if (person := view.person(id)) is not None]
    return view.t(", ").join(people) or view.t("nobody")


def _doubts(view: View, row: Row) -> list[str]:
    """Say what must be asked, in words that stand beside what is certain."""
    asked = {
        "stranger": view.t("who? I know nobody called “{names}”", names=row.names),
        "namesakes": view.t("who? There are several called “{names}”", names=row.names),
        "several": view.t("several people: the first one owns it?"),
        "": "",
    }[row.doubt]
    day = view.t("when? “{said}” is no certain day", said=row.date_said) if row.date_said else ""
    return [f"❓ {each}" for each in (asked, day) if each]


def _left(view: View, minutes: Minutes) -> tuple[Part, ...]:
    if not minutes.left or minutes.made_at:
        return ()
    some = " / ".join(line if len(line) <= 24 else line[:23] + "…" for line in minutes.left[:LEFT_SHOWN])
    return (
        Note(
            (
                view.tn(
                    "{count} line was not taken for a task: {some}",
                    "{count} lines were not taken for tasks: {some}",
                    len(minutes.left),
                    some=some if len(minutes.left) <= LEFT_SHOWN else f"{some} / …",
                ),
            )
        ),
    )


def _state(view: View, minutes: Minutes) -> str:
    rows = [row for row in rows_of(minutes) if not row.is_left_out]
    if minutes.made_at is None:
        doubtful = sum(1 for row in rows if row.doubt or row.date_said)
        found = view.tn("{count} task to make", "{count} tasks to make", len(rows))
        return f"{found} · {view.tn('{count} to be checked', '{count} to be checked', doubtful)}" if doubtful else found
    who = view.person(minutes.made_by) if minutes.made_by else None
    return view.tn(
        "✅ {count} task made by {who}, {at}",
        "✅ {count} tasks made by {who}, {at}",
        len(rows),
        who=who.name if who else "—",
        at=view.clock(minutes.made_at),
    )


def _refuse_made(ctx: Context, minutes: Minutes) -> None:
    if minutes.made_at is not None:
        who, at = ctx.who(minutes.made_by), ctx.clock(minutes.made_at)
        ref = Strong(ctx.ref(minutes).label)
        raise Refused(
            ctx.line("The tasks of {minutes} were made by {who} at {at} already.", minutes=ref, who=who, at=at)
        )


def _index(ctx: Context, minutes: Minutes, row: str, count: int) -> int:
    digits = bare(row).lstrip("#")
    if digits.isascii() and digits.isdecimal() and 1 <= int(digits[:9]) <= count:
        return int(digits) - 1
    ref = ctx.ref(minutes).label
    raise Refused(
        ctx.line(
            "{minutes} has rows 1 to {count}. Example: {example}",
            minutes=Strong(ref),
            count=count,
            example=Code(ctx.say("minutes change", ref, 1, "…")),
        )
    )


def _stored(read: Read, known: dict[str, list[Person]]) -> Row:
    """Set the names of a row against the people; what is not one person is marked."""
    people = [known[name_key(name)] for name in read.names]
    owners = list(dict.fromkeys(those[0].id for those in people if len(those) == 1))
    same = next((name for name, those in zip(read.names, people, strict=True) if len(those) > 1), "")
    doubt = "stranger" if read.stranger else "namesakes" if same else "several" if len(owners) > 1 else ""
    return Row(
        title=read.title[:TITLE_CHARS],
        owners=owners,
        due_on=read.when.on if read.when else None,
        due_at=read.when.at if read.when else None,
        doubt=doubt,
        names=read.stranger or same,
        date_said=read.doubtful,
    )


def _task(ctx: Context, minutes: Minutes, row: Row) -> int:
    due = When(row.due_on, row.due_at) if row.due_on else None
    task = make(
        ctx,
        row.title,
        None,
        due,
        project_id=minutes.project_id,
        owner_id=row.owners[0] if row.owners else None,
        source_message=None,
        source_link=None,
        **due_columns(due, ZoneInfo(minutes.zone)),
    )
    return task.number


def _tell_owners(ctx: Context, minutes: Minutes, made: Sequence[Row]) -> None:
    """Tell each owner once, whatever the number of tasks: no card of theirs hangs here."""
    mine: dict[int, list[str]] = {}
    for row in made:
        for owner in row.owners[:1]:
            mine.setdefault(owner, []).append(f"T-{row.task} {row.title}")
    for owner, names in mine.items():
        message = msg("{who} gave you {tasks}, from {minutes}.")
        who, tasks = ctx.who(ctx.me.id), Strong("; ".join(names))
        ctx.tell(owner, message, about=ctx.ref(minutes), who=who, tasks=tasks, minutes=minutes.title)


def _nothing_found(ctx: Context, lines: int) -> Line:
    return ctx.line(
        "I found no task in {lines}. A line like {example} becomes one.",
        lines=ctx.tn("{count} line", "{count} lines", lines),
        example=Code(ctx.t("Ann: final banner by Friday")),
    )


def _as_one_task(ctx: Context, text: str) -> Button:
    first = next((line.strip() for line in text.splitlines() if line.strip()), text)
    return ctx.button(ctx.t("Make it a task"), "task add", {"title": first[:TITLE_CHARS]})
