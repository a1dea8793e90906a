"""Defects: tasks of a kind of their own, with a severity, counted by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from commands.core.arguments import Labels, Priority, Prose
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Code, Field, Fields, Inline, Item, Listing, Note, Part, Reply, Strong, Text
from commands.grammar.when import When
from commands.task_lists import row
from commands.tasks import make
from storage.bugs import count_severities
from storage.chats import Project
from storage.digests import Edition
from storage.lists import Filter, count_filtered, list_filtered
from storage.people import Person
from storage.tasks import Listed, Task

ON_A_PAGE: Final = 15
NORMAL: Final = 3
"""The severity from which on a defect can wait."""
GRAVE: Final = 3
"""So many grave defects a digest names."""
MARK: Final = {1: "🔴", 2: "🟠", 3: "🟡", 4: "🟢"}


class Severity(StrEnum):
    """Choose how bad a defect is; the catalogs say how each is typed."""

    FATAL = "severity 1"
    SERIOUS = "severity 2"
    NORMAL = "severity 3"
    MINOR = "severity 4"

    @property
    def level(self) -> int:
        """Give the number, 1 to 4."""
        return int(self.value[-1])


@command(
    "bug add",
    may="task.edit",
    examples=("bug 支付页白屏 !s1 @张伟(技术)", 'bug "Checkout page stays blank" !s2 @ann'),
)
def add(
    ctx: Context,
    title: Prose | None = None,
    severity: Severity | None = None,
    owner: Person | None = None,
    task: Task | None = None,
    due: When | None = None,
    priority: Priority | None = None,
    labels: Labels | None = None,
) -> Reply:
    """Report a defect, of a task's result or alone; without a title, list them."""
    if title is None:
        return list_(ctx)
    level = severity.level if severity else 3 if priority is None else priority + 1
    bug = make(
        ctx,
        title,
        owner,
        due,
        priority=level - 1 if priority is None else priority,
        labels=list(labels or ()),
        kind="bug",
        severity=level,
        found_at=ctx.now,
        concerns_id=task.id if task else None,
        is_confidential=task is not None and task.is_confidential,
    )
    line = ctx.line("Reported {bug}.", bug=(Strong(ctx.ref(bug).label), f" {bug.title}"))
    return Reply(parts=(Text(line),), about=ctx.ref(bug))


@command("bug list", may="task.view", reads=True, examples=("缺陷列表", "bugs"))
def list_(ctx: Context, owner: Person | None = None) -> Reply:
    """List the open defects, the worst first."""
    of_project = ctx.project is not None and owner is None
    wanted = Filter(
        kind="bug", project=ctx.project if of_project else None, owner=None if of_project else (owner or ctx.me).id
    )
    found = list_filtered(ctx.unit, wanted, most=ON_A_PAGE)
    title = (ctx.t("Open defects"), " · ", ctx.t("whole project") if of_project else (owner or ctx.me).name)
    if not found:
        example = Code(ctx.say("bug add", ctx.t("Checkout page stays blank"), "!s2"))
        nothing = ctx.line("No open defects. Report one: {example}", example=example)
        return Reply(title=title, parts=(Text(nothing),), to="private")
    total = count_filtered(ctx.unit, wanted) if len(found) == ON_A_PAGE else len(found)
    rows: list[Part] = [Listing(tuple(_row(ctx, each) for each in found))]
    if total > len(found):
        rows.append(Note((ctx.tn("{count} more", "{count} more", total - len(found)),)))
    return Reply(title=(*title, f" · {total}"), parts=tuple(rows), to="private")


@command("bug severity", may="task.edit", examples=("严重程度 T-1 !致命", "severity T-1 !s1"))
def set_severity(ctx: Context, tasks: tuple[Task, ...], severity: Severity) -> Reply:
    """Say how bad a defect is; a task becomes a defect by it."""
    for task in tasks:
        if not task.is_open:
            raise Refused(ctx.line("{task} is closed. Open it again first.", task=Strong(ctx.ref(task).label)))
        found_at = task.found_at or ctx.now
        ctx.unit.change(task, kind="bug", severity=severity.level, found_at=found_at)
    names: list[Inline] = []
    for task in tasks:
        names += [*([ctx.t(", ")] if names else []), Strong(ctx.ref(task).label)]
    written = Strong(severity_word(ctx, severity.level))
    line = ctx.line("{tasks}: severity {severity}.", tasks=tuple(names), severity=written)
    return Reply(parts=(Text(line),), about=ctx.ref(tasks[0]))


@panel("task", order=10)
def defect_on_card(view: View, task: Task) -> Sequence[Part]:
    """Show how bad a defect is, when it was found, and in what."""
    if task.severity is None:
        return ()
    facts = [Field(view.t("Severity"), (severity_word(view, task.severity),))]
    if task.found_at is not None:
        facts.append(Field(view.t("Found at"), (view.clock(task.found_at),)))
    concerns = view.unit.get(Task, task.concerns_id) if task.concerns_id is not None else None
    if concerns is not None:
        facts.append(Field(view.t("Found in"), (f"{view.ref(concerns).label} {concerns.title}",)))
    return (Fields(tuple(facts)),)


@panel("status", order=20)
def status_of_bugs(view: View, project: Project) -> Sequence[Part]:
    """Count the open defects by severity."""
    return _counted(view, count_severities(view.unit, project.id))


@panel("digest", order=12)
def grave_bugs_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Name the worst of the open defects, where any is fatal or serious."""
    wanted = Filter(project=edition.project, kind="bug", is_open=True)
    grave = [each for each in list_filtered(view.unit, wanted, most=GRAVE) if (each.severity or NORMAL) < NORMAL]
    items = []
    for bug in grave:
        said = (
            f"{MARK[bug.severity or NORMAL]} ",
            Strong(f"T-{bug.number}"),
            f" {bug.title} · {bug.owner or view.t('nobody')}",
        )
        items.append(Item(said))
    return (Text((f"{MARK[1]} ", Strong(view.t("Grave defects")))), Listing(tuple(items))) if items else ()


@panel("digest", order=42)
def bugs_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Count the open defects by severity."""
    return _counted(view, count_severities(view.unit, edition.project))


def _counted(view: View, counts: Mapping[int, int]) -> Sequence[Part]:
    if not counts:
        return ()
    each = " · ".join(f"{severity_word(view, level)} {count}" for level, count in sorted(counts.items()))
    total = view.tn("{count} open defect", "{count} open defects", sum(counts.values()))
    return (Text(view.line("{what}: {each}", what=Strong(total), each=each)),)


def _row(view: View, bug: Listed) -> Item:
    item = row(view, bug, shows_owner=True)
    return replace(item, detail=(f"{severity_word(view, bug.severity or 3)} · ", *item.detail))


def severity_word(view: View, level: int) -> str:
    """Name a severity, with its mark."""
    word = (view.t("S1 fatal"), view.t("S2 serious"), view.t("S3 normal"), view.t("S4 minor"))[level - 1]
    return f"{MARK[level]} {word}"
