"""Confidential tasks, approvals and projects: set and lifted, with what follows for the cards that hang already.

Who sees what then is not decided here: commands/core/access.py says it, storage/sight.py and bot/readers.py hold to it.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.facts import on
from commands.core.reply import Code, Inline, Line, Note, Reply, Strong, Text
from commands.tasks import TaskAdded
from storage.approvals import Approval, approvals_about
from storage.cards import cards_of, hung_away_from
from storage.chats import Project
from storage.columns import Record, table_of
from storage.dependencies import linked_behind
from storage.minutes import minutes_naming
from storage.participants import participants_of
from storage.risks import risks_naming
from storage.roles import give_role, roles_in, roles_of
from storage.subtasks import all_below, parts_of
from storage.tasks import Task


class Whole(StrEnum):
    """Name all that belongs to the project of this chat."""

    PROJECT = "project"


@command(
    "confide",
    may="confidential.edit",
    examples=("保密 T-1", "confidential T-1", "保密 A-1", "confidential A-1", "保密 项目", "confidential project"),
)
def confide(
    ctx: Context, tasks: tuple[Task, ...] = (), approval: Approval | None = None, whole: Whole | None = None
) -> Reply:
    """Make tasks, an approval or this chat's project confidential: only those in it see it."""
    if whole is not None:
        return _confide_project(ctx, _project(ctx))
    named = _named(ctx, tasks, approval)
    every = list({(type(each), each.id): each for one in named for each in (one, *_within(ctx, one))}.values())
    for each in every:
        _set(ctx, each, is_confidential=True)
    for each in named:
        _hang(ctx, each)
    line = ctx.line("{what}: confidential now. Its card is with those who have a part in it, in their direct chats.",
                    what=_labels(ctx, every))  # fmt: skip
    note = ctx.line("Who leads the project sees it too. To lift it: {lift}",
                    lift=Code(ctx.say("disclose", ctx.ref(named[0]).label)))  # fmt: skip
    return Reply(parts=(Text(line), Note(note)), to="private", about=ctx.ref(named[0]))


@command(
    "disclose",
    may="confidential.edit",
    examples=("公开 T-1", "disclose T-1", "公开 A-1", "disclose A-1", "公开 项目", "disclose project"),
)
def disclose(
    ctx: Context, tasks: tuple[Task, ...] = (), approval: Approval | None = None, whole: Whole | None = None
) -> Reply:
    """Make tasks, an approval or this chat's project open to the team again."""
    if whole is not None:
        return _disclose_project(ctx, _project(ctx))
    named = _named(ctx, tasks, approval)
    for each in named:
        _set(ctx, each, is_confidential=False)
    line = ctx.line("{what}: open to the team again.", what=_labels(ctx, named))
    return Reply(parts=(Text(line),), about=ctx.ref(named[0]))


@on(TaskAdded)
def bring_card(ctx: Context, fact: TaskAdded) -> None:
    """Bring the card of a task that is confidential from the start to those in it."""
    if fact.task.is_confidential and ctx.chat.kind == "group":
        _hang(ctx, fact.task)


# -- a project ------------------------------------------------------------------------------------


def _confide_project(ctx: Context, project: Project) -> Reply:
    """Keep a project for those to whom it gave a role; who does so and is no admin leads it from now on."""
    ctx.must("project.confide", project)
    if ctx.me.role != "admin" and roles_of(ctx.unit, ctx.me.id).get(project.id) != "lead":
        give_role(ctx.unit, project=project.id, person=ctx.me.id, role="lead")
    ctx.unit.change(project, is_confidential=True)
    _redraw(ctx, project)
    within = [id for id, role in roles_in(ctx.unit, project.id).items() if role != "guest"]
    line = ctx.line("{project} is confidential now, with all that is in it: only {people} and admins see it.",
                    project=Strong(project.name), people=_people(ctx, within))  # fmt: skip
    lets_in = Code(ctx.say("role", ctx.t("@name"), ctx.words.forms("member")[0], project.name))
    note = ctx.line("Who works on a task of it sees that task. To let somebody in: {let} · to lift it: {lift}",
                    let=lets_in, lift=Code(ctx.say("disclose", ctx.words.forms("project")[0])))  # fmt: skip
    return Reply(parts=(Text(line), Note(note)), to="private")


def _disclose_project(ctx: Context, project: Project) -> Reply:
    ctx.must("project.confide", project)
    ctx.unit.change(project, is_confidential=False)
    _redraw(ctx, project)
    line = ctx.line("{project} is open to the team again; what is confidential in itself stays so.",
                    project=Strong(project.name))  # fmt: skip
    return Reply(parts=(Text(line),), to="private")


def _project(ctx: Context) -> Project:
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        raise Refused(ctx.line("This chat has no project. Say it in the group of the project that you mean."))
    return project


def _redraw(ctx: Context, project: Project) -> None:
    """Have each card drawn again that hangs where others than the people of the project read it."""
    for record in ctx.registry.guarded:
        if "project_id" in table_of(record).c:
            for id in hung_away_from(ctx.unit, table_of(record), project.id):
                ctx.unit.touch(str(record.__tablename__), id)


# -- tasks and approvals --------------------------------------------------------------------------


def _named(ctx: Context, tasks: Sequence[Task], approval: Approval | None) -> list[Task | Approval]:
    """Give what is meant, each theirs to keep or lift: by its ref, else what this thread is about."""
    named: list[Task | Approval] = [*tasks, *([approval] if approval is not None else [])]
    here = ctx.here() if not named else None
    if here is not None and here.kind in ("task", "approval"):
        meant = ctx.unit.get(Task if here.kind == "task" else Approval, here.id)
        named += [meant] if isinstance(meant, (Task, Approval)) else []
    if not named:
        raise Refused(ctx.line("What is confidential? Name it, such as: {example}",
                               example=Code(ctx.say("confide", "T-12"))))  # fmt: skip
    for each in named:
        ctx.must("confidential.edit", each)
        if ctx.me.id not in _masters(each) and not ctx.may("project.confide", each):
            raise Refused(ctx.line("Only whose {what} is, and who leads, may do that: {people}.",
                                   what=Strong(ctx.ref(each).label), people=_people(ctx, _masters(each))))  # fmt: skip
    return named


def _set(ctx: Context, record: Task | Approval, *, is_confidential: bool) -> None:
    """Keep or lift it, and have each card drawn again that names it."""
    ctx.unit.change(record, is_confidential=is_confidential)
    if not isinstance(record, Task):
        return
    shown: list[tuple[str, int | None]] = [("task", record.parent_id), ("task", record.concerns_id)]
    shown += [("task", each.id) for each in parts_of(ctx.unit, record.id)]
    shown += [("task", each.task.id) for each in linked_behind(ctx.unit, record.id)]
    shown += [("approval", each.id) for each in approvals_about(ctx.unit, record.id)]
    shown += [("risk", each.id) for each in risks_naming(ctx.unit, record.id)]
    shown += [("minutes", each.id) for each in minutes_naming(ctx.unit, record.project_id, record.number)]
    for kind, id in shown:
        if id is not None:
            ctx.unit.touch(kind, id)


def _masters(record: Task | Approval) -> tuple[int | None, ...]:
    """Give who may keep or lift it beside those who lead."""
    return (record.owner_id, record.creator_id) if isinstance(record, Task) else (record.requester_id,)


def _within(ctx: Context, record: Task | Approval) -> Iterable[Task | Approval]:
    """Give what tells of it: the parts of a task, and the approvals that are asked for it."""
    if isinstance(record, Task):
        below = all_below(ctx.unit, record.id)
        yield from below
        for task in (record, *below):
            yield from approvals_about(ctx.unit, task.id)


def _hang(ctx: Context, record: Task | Approval) -> None:
    """Hang the card with those who have a part in it, where it cannot hang in the chat."""
    shared = participants_of(ctx.unit, record.id) if isinstance(record, Task) else ()
    parts = [*_masters(record), *(each.person_id for each in shared if each.part == "collaborator")]
    kind = str(record.__tablename__)
    known = {each.person_id for each in cards_of(ctx.unit, kind, record.id)}  # whose card is edited in place
    for id in dict.fromkeys(parts):
        person = ctx.person(id)
        if person is not None and person.archived_at is None and person.id not in known:
            ctx.hang(person, record, severity="asked" if person.id == ctx.me.id else "news")


def _people(ctx: Context, ids: Iterable[int | None]) -> Line:
    names: list[Inline] = []
    for id in dict.fromkeys(ids):
        names += [*([ctx.t(", ")] if names else []), ctx.who(id)] if id is not None else []
    return tuple(names) or ("—",)


def _labels(ctx: Context, records: Sequence[Record]) -> Line:
    labels: list[Inline] = []
    for each in records:
        labels += [*([ctx.t(", ")] if labels else []), Strong(ctx.ref(each).label)]
    return tuple(labels)
