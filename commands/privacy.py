"""What I know of one person: shown on request, and forgotten on request.

Who goes keeps no name and no account here; the work and the decisions are the team's and stay, under a name that tells
nothing. What a chat platform keeps of its own is not ours to take away.
"""

from collections.abc import Mapping
from typing import Any, Final

from commands.core.arguments import Anyone
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import Args
from commands.core.reply import Button, Code, Field, Fields, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.roles import Sure, keep_an_admin
from commands.words.catalog import msg
from storage.approvals import asked_by, pending_of
from storage.columns import Record
from storage.erasure import begin, erasure_of
from storage.people import Person
from storage.personal import counts_about, own_rows
from storage.roles import roles_of
from storage.tasks import list_tasks

NEWEST: Final = 5
"""Rows of one kind that are shown as they are; the others are counted."""
NAMED: Final = 10
"""Objects that are named one by one before somebody goes."""
VALUE_CHARS: Final = 60
COUNTED: Final[Mapping[str, str]] = {
    "task": msg("Tasks"),
    "comment": msg("Comments"),
    "risk": msg("Risks"),
    "approval": msg("Approvals"),
    "vote": msg("Decisions"),
    "checkin": msg("Stand-up answers"),
    "receipt": msg("Confirmed notices"),
    "away": msg("Absences"),
    "feedback": msg("Feedback"),
    "account": msg("Accounts"),
    "preference": msg("Settings"),
    "chat": msg("Direct chats"),
    "membership": msg("Teams"),
    "team": msg("Teams that they lead"),
    "projectrole": msg("Roles in projects"),
    "schedule": msg("Schedules"),
    "participant": msg("Tasks that they follow"),
    "shift": msg("Duty"),
    "notice": msg("Notices"),
    "link": msg("Links"),
    "erasure": msg("Requests to be forgotten"),
    "minutes": msg("Minutes"),
    "inbox": msg("What was said to me"),
}
"""Kinds by the names that people know; any other is called by its table."""


@command("data mine", may="own.data", reads=True, examples=("我的数据", "my data"))
def my_data(ctx: Context) -> Reply:
    """Show what I have stored about you."""
    return _stored(ctx, ctx.me)


@command("data of", may="people.data", reads=True, examples=("导出数据 @李四", "data of @bob"))
def data_of(ctx: Context, person: Anyone) -> Reply:
    """Show what I have stored about somebody, and how to write all of it to a file."""
    return _stored(ctx, person)


@command("data erase mine", may="own.data", undo=None, examples=("删除我的数据", "erase my data"))
def erase_my_data(ctx: Context, sure: Sure | None = None) -> Reply:
    """Have me forget you for good; what that means is shown first."""
    return _erase(ctx, "data erase mine", ctx.me, sure)


@command("data erase of", may="people.data", undo=None, examples=("删除数据 @李四", "erase data of @bob"))
def erase_data_of(ctx: Context, person: Anyone, sure: Sure | None = None) -> Reply:
    """Have me forget somebody for good, who asked you to; what that means is shown first."""
    return _erase(ctx, "data erase of", person, sure)


def _stored(ctx: Context, person: Person) -> Reply:
    whole = Code(f"drumbeat personal-data '{person.name}' FILE")
    erases = ctx.say("data erase mine") if person.id == ctx.me.id else ctx.say("data erase of", f"@{person.name}")
    parts: tuple[Part, ...] = (
        Fields(_profile(ctx, person)),
        Listing(tuple(_own(ctx, each) for each in own_rows(ctx.unit, person, most=NEWEST))),
        Text((Strong(ctx.t("By count:")), f" {_counted(ctx, person)}")),
        Note(ctx.line("All of it as a file, from who runs me: {verb}", verb=whole)),
        Note(ctx.line("To have it forgotten: {erase}", erase=Code(erases))),
    )
    return Reply(title=(ctx.t("What I know of {name}", name=person.name),), parts=parts, to="private")


def _profile(ctx: Context, person: Person) -> tuple[Field, ...]:
    roles = [ctx.t(person.role), *(ctx.t(role) for role in sorted(set(roles_of(ctx.unit, person.id).values())))]
    return (
        Field(ctx.t("Name"), (person.name,)),
        Field(ctx.t("Role"), (" · ".join(dict.fromkeys(roles)),)),
        Field(ctx.t("Language"), (person.language or "—",)),
        Field(ctx.t("Time zone"), (person.timezone or "—",)),
        Field(ctx.t("Known since"), (ctx.clock(person.created_at),)),
    )


def _own(ctx: Context, row: Record) -> Item:
    """Show one row as it is stored: what of it tells of the person."""
    told = {name: getattr(row, name) for name in ("platform", "day", "first_on", "last_on", *row.__personal__)
            if getattr(row, name, None) not in (None, "", [], {})}  # fmt: skip
    values = " · ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in told.items())
    return Item((Strong(_kind(ctx, str(row.__tablename__))),), (values or "—",))


def _short(value: Any) -> str:
    text = " / ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= VALUE_CHARS else f"{text[: VALUE_CHARS - 1]}…"


def _counted(ctx: Context, person: Person) -> str:
    """Count the rows that name somebody, by kind, the most first."""
    counts = sorted(counts_about(ctx.unit, person).items(), key=lambda each: (-each[1], each[0]))
    return " · ".join(f"{_kind(ctx, kind)} {count}" for kind, count in counts) or "—"


def _kind(ctx: Context, kind: str) -> str:
    return ctx.t(COUNTED[kind]) if kind in COUNTED else kind


def _erase(ctx: Context, name: str, person: Person, sure: Sure | None) -> Reply:
    """Say what goes and what stays; said surely, do it."""
    if erasure_of(ctx.unit, person.id) is not None:
        raise Refused(ctx.line("{who} is forgotten already.", who=ctx.who(person.id)))
    keep_an_admin(ctx, person, "left")
    if sure is None:
        raise Asked(_preview(ctx, person), (_confirm(ctx, name, person),))
    erasure = begin(ctx.unit, person, named=ctx.t("Erased member #{number}", number="{number}"))
    line = ctx.line(
        "Done: only {name} is left. Accounts, settings and messages go in a few minutes, then what the audit trail "
        "holds of them; it will still prove what was done.",
        name=Strong(ctx.t("Erased member #{number}", number=erasure.number)),
    )
    return Reply(parts=(Text(line),), to="private")


def _preview(ctx: Context, person: Person) -> Line:
    line = ctx.line(
        "{who} would be forgotten for good. What goes: name, accounts, time zone and settings, absences, stand-up "
        "answers, feedback, and all messages with me. What stays: tasks, comments, approvals and decisions, with no "
        "name; what others wrote; and what the chat platform itself keeps. This cannot be taken back.",
        who=Strong(person.name),
    )
    left = _left(ctx, person)
    return (
        line
        if not left
        else (
            *line,
            "\n",
            *ctx.line("Still theirs; hand it over first, or it stays without anybody: {refs}", refs=left),
        )
    )


def _left(ctx: Context, person: Person) -> str:
    """Name what waits for somebody: open tasks, and approvals that they asked for or are to decide."""
    tasks = list_tasks(ctx.unit, whose="person", id=person.id, which="open", most=NAMED)
    asked = [each for each in asked_by(ctx.unit, person.id, most=NAMED) if each.closed_at is None]
    waits = [*asked, *pending_of(ctx.unit, [person.id])][:NAMED]
    refs = [*(f"T-{task.number}" for task in tasks), *(ctx.ref(each).label for each in waits)]
    return " ".join(dict.fromkeys(refs))


def _confirm(ctx: Context, name: str, person: Person) -> Button:
    args: Args = {"sure": Sure.SURE.value} if person.id == ctx.me.id else {"person": person.id, "sure": Sure.SURE.value}
    who = "" if name == "data erase mine" else f"@{person.name}"
    typed = ctx.say(name, who, ctx.words.forms(Sure.SURE.value)[0])
    return Button(ctx.t("Erase for good"), name, args, typed, style="danger")
