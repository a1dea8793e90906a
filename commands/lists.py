"""Lists of tasks: whose, which and of what, by any filters together, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from commands.core.arguments import Labels, Number, Priority
from commands.core.command import command
from commands.core.context import Context
from commands.core.reply import Button, Code, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import retyped
from commands.task_lists import row, shared_rows
from commands.task_words import priority_word, status_word
from storage.lists import COUNTED, Filter, count_filtered, list_filtered
from storage.participants import list_shared
from storage.people import Person

ON_A_PAGE: Final = 15
WIDENINGS: Final = 3
"""So many filters are offered to be left out."""


class Which(StrEnum):
    """Choose tasks of a list; the catalogs say how each is typed."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "finished"
    ALL = "open and closed"


class Within(StrEnum):
    """Choose when the tasks of a list are due."""

    TODAY = "due today"
    WEEK = "this week"
    NEXT_WEEK = "next week"


class InStatus(StrEnum):
    """Choose the status of the tasks of a list."""

    TODO = "status todo"
    DOING = "status doing"
    WAITING = "status waiting"
    BLOCKED = "status blocked"
    CANCELLED = "status cancelled"


class OfKind(StrEnum):
    """Choose what kind of tasks a list holds."""

    BUG = "only defects"


class Scope(StrEnum):
    """Choose whose tasks to list."""

    MINE = "mine"
    PROJECT = "everyone's"


@command(
    "task list",
    may="task.view",
    reads=True,
    examples=("任务 逾期", "我的任务", "任务 本周 @李四 !高 #设计", "tasks overdue @ann", "list"),
)
def list_(
    ctx: Context,
    which: Which = Which.OPEN,
    within: Within | None = None,
    scope: Scope | None = None,
    owner: Person | None = None,
    status: InStatus | None = None,
    kind: OfKind | None = None,
    priority: Priority | None = None,
    labels: Labels | None = None,
    page: Number | None = None,
) -> Reply:
    """List tasks: whose, and which, by any of status, due time, priority and labels."""
    of_project = scope is Scope.PROJECT and owner is None and ctx.project is not None
    whose = None if of_project else owner or ctx.me
    asked = Asked(ctx, which, within, whose, status, kind, priority, labels or ())
    skip = ((page or 1) - 1) * ON_A_PAGE
    tasks = list_filtered(ctx.unit, asked.filter, most=ON_A_PAGE, skip=skip)
    is_full = len(tasks) == ON_A_PAGE or (skip and not tasks)
    total = count_filtered(ctx.unit, asked.filter) if is_full else skip + len(tasks)
    shared = _shared(ctx, asked) if skip == 0 else ()
    if not tasks and not total and not shared:
        return Reply(title=asked.title, to="private", parts=(Text(asked.nothing),), buttons=asked.widenings)
    parts: list[Part] = [Listing(tuple(row(ctx, task, shows_owner=whose is None) for task in tasks))] if tasks else []
    parts += [*(Note(line) for line in _paging(ctx, skip + len(tasks), total)), *shared]
    return Reply(
        title=(*asked.title, f" · {_counted(total)}"), to="private", parts=tuple(parts), buttons=asked.widenings
    )


def _shared(ctx: Context, asked: "Asked") -> Sequence[Part]:
    """Show beside a person's open or late tasks those on which they work with others."""
    which = {Which.OPEN: "open", Which.OVERDUE: "overdue"}.get(asked.which or Which.ALL)
    if which is None or asked.owner is None or asked.within or asked.status or asked.kind:
        return ()
    if asked.priority is not None or asked.labels:
        return ()
    tasks = list_shared(ctx.unit, asked.owner.id, which, most=ON_A_PAGE)
    return (Text((Strong(ctx.t("With others")),)), shared_rows(ctx, tasks)) if tasks else ()


class Asked:
    """The filters of one list: as the store takes them, in words, and each left out in turn."""

    def __init__(
        self,
        ctx: Context,
        which: Which | None,
        within: Within | None,
        owner: Person | None,
        status: InStatus | None,
        kind: OfKind | None,
        priority: int | None,
        labels: Sequence[str],
    ) -> None:
        self.ctx = ctx
        self.which, self.within, self.owner, self.status = which, within, owner, status
        self.kind, self.priority, self.labels = kind, priority, tuple(labels)

    @property
    def filter(self) -> Filter:
        """Give the filters to the store."""
        status = self.status.value.removeprefix("status ") if self.status else None
        closed = {Which.DONE: "done"}.get(self.which) if self.which else None
        is_open = None if self.which in (None, Which.ALL) else self.which is not Which.DONE
        return Filter(
            owner=self.owner.id if self.owner else None,
            project=None if self.owner else self.ctx.project,
            is_open=False if status == "cancelled" else is_open,
            is_late=self.which is Which.OVERDUE,
            span=_span(self.ctx, self.within) if self.within else None,
            status=status or closed,
            priority=self.priority,
            kind="bug" if self.kind else None,
            labels=self.labels,
        )

    def filter_with(self, terms: tuple[str, ...]) -> Filter:
        """Give the filters together with a text."""
        return replace(self.filter, terms=terms)

    @property
    def title(self) -> Line:
        """Say what was filtered."""
        ctx = self.ctx
        what = {
            None: ctx.t("Tasks"),
            Which.OPEN: ctx.t("Open tasks"),
            Which.OVERDUE: ctx.t("Overdue tasks"),
            Which.DONE: ctx.t("Finished tasks"),
            Which.ALL: ctx.t("All tasks"),
        }[self.which]
        whose = ctx.t("whole project")
        if self.owner is not None:
            whose = ctx.t("yours") if self.owner.id == ctx.me.id else self.owner.name
        return (" · ".join([what, whose, *(said for _, said in self._narrowing())]),)

    @property
    def nothing(self) -> Line:
        """Say that the list is empty, and what to type next."""
        ctx, everyone = self.ctx, self.ctx.words.forms(Scope.PROJECT.value)[0]
        if any(True for _ in self._narrowing()):
            return ctx.line(
                "No task is like this. Leave a filter out, or see all: {list}", list=Code(ctx.say("task list"))
            )
        if self.which is Which.OVERDUE:
            everything = ctx.say("task list", everyone if self.owner is None else "")
            return ctx.line("Nothing is overdue. All open ones: {list}", list=Code(everything))
        example = Code(ctx.t('task add "Fix banner" @ann fri 5pm'))
        if self.owner is None:
            return ctx.line("Nothing here. Add one: {add}", add=example)
        return ctx.line(
            "Nothing here. Add one: {add} · the whole project's: {list}",
            add=example,
            list=Code(ctx.say("task list", everyone)),
        )

    @property
    def widenings(self) -> tuple[Button, ...]:
        """Offer the same list without each of its filters."""
        args = {name: value for name, value in self.ctx.call.args.items() if name != "page"}
        found = []
        for name, said in list(self._narrowing())[:WIDENINGS]:
            wider = {other: value for other, value in args.items() if other != name}
            label = self.ctx.t("Without {filter}", filter=said)
            found.append(Button(label, "task list", wider, retyped(self.ctx, "task list", wider)))
        return tuple(found)

    def _narrowing(self) -> Iterator[tuple[str, str]]:
        """Give each filter beyond whose and which: its parameter, and its words."""
        ctx = self.ctx
        if self.within:
            yield "within", ctx.words.forms(self.within.value)[0]
        if self.status:
            yield "status", status_word(ctx, self.status.value.removeprefix("status "))
        if self.kind:
            yield "kind", ctx.words.forms(self.kind.value)[0]
        if self.priority is not None:
            yield "priority", priority_word(ctx, self.priority)
        if self.labels:
            yield "labels", " ".join(f"#{each}" for each in self.labels)


def _span(ctx: Context, within: Within) -> tuple[datetime, datetime]:
    """Give the local day or week, Monday to Sunday, in which tasks are due: after the first, to the second."""
    first, days = ctx.today, 1
    if within is not Within.TODAY:
        first, days = ctx.today - timedelta(days=ctx.today.weekday()), 7
    if within is Within.NEXT_WEEK:
        first += timedelta(days=7)
    return _midnight(ctx, first), _midnight(ctx, first + timedelta(days=days))


def _midnight(ctx: Context, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ctx.zone).astimezone(UTC)


def _paging(ctx: Context, shown: int, total: int) -> Iterator[Line]:
    """Say how many more there are, and what to type for them."""
    args = {name: value for name, value in ctx.call.args.items() if name != "page"}
    if shown > total:
        yield ctx.line("There is no such page. From the first: {list}", list=Code(retyped(ctx, "task list", args)))
    elif shown < total:
        page = (shown + ON_A_PAGE - 1) // ON_A_PAGE + 1
        following = Code(retyped(ctx, "task list", {**args, "page": page}))
        yield ctx.line("{count} more: {list}", count=_counted(total - shown), list=following)


def _counted(total: int) -> str:
    return f"{total}" if total < COUNTED else f"{COUNTED}+"
