"""Search: find anything by two characters of it; every subject adds its part."""

from collections.abc import Sequence
from typing import Final

from commands.core.arguments import Labels, Priority, Prose
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.hits import marked, section
from commands.core.reply import Button, Code, Item, Listing, Note, Part, Reply, Strong, Text
from commands.lists import Asked, Scope, Which, Within
from commands.task_lists import row
from commands.task_words import STATUS_MARK
from storage.lists import COUNTED, list_filtered
from storage.people import Person
from storage.search import Sought, rows_titled, rows_with, sought
from storage.tasks import Listed, comments_with, tasks_with

ON_A_PAGE: Final = 15


@command("find", may="task.view", reads=True, examples=("搜 主图", "搜 主图 @李四 逾期", "find banner"))
def find(
    ctx: Context,
    text: Prose,
    which: Which | None = None,
    within: Within | None = None,
    owner: Person | None = None,
    priority: Priority | None = None,
    labels: Labels | None = None,
) -> Reply:
    """Find tasks, comments, links, projects and people by any two characters."""
    wanted = sought(text)
    title = (ctx.t("Found"), " · ", Strong(text))
    if not wanted.terms:
        line = ctx.line(
            "To search, type two characters at least, such as {example}.",
            example=Code(ctx.say("find", ctx.t("Banner"))),
        )
        return Reply(title=title, parts=(Text(line),), to="private")
    if any(each is not None for each in (which, within, owner, priority, labels)):
        return _find_among(ctx, wanted, Asked(ctx, which, within, owner, None, None, priority, labels or ()))
    parts = [part for each in ctx.registry.panels.get("search", ()) for part in each.draw(ctx, wanted)]
    if not parts:
        line = ctx.line(
            "Nothing holds {text}. Try fewer words, or see all tasks: {list}",
            text=Strong(text),
            list=Code(ctx.say("task list", ctx.words.forms(Scope.PROJECT.value)[0])),
        )
        parts = [Text(line)]
    return Reply(title=title, parts=tuple(parts), to="private")


def _find_among(ctx: Context, wanted: Sought, asked: Asked) -> Reply:
    found = list_filtered(ctx.unit, asked.filter_with(wanted.terms), most=COUNTED)
    sure = [task for task in found if wanted.is_in(task.title)] or found
    rows = tuple(_hit(ctx, task, wanted) for task in sure[:ON_A_PAGE])
    title = (ctx.t("Found"), " · ", Strong(wanted.text), " · ", *asked.title, f" · {len(sure)}")
    if not rows:
        text = Text(ctx.line("No task like this holds {text}.", text=Strong(wanted.text)))
        wider = Button(ctx.t("Search everything"), "find", {"text": wanted.text}, ctx.say("find", wanted.text))
        return Reply(title=title, parts=(text,), buttons=(wider,), to="private")
    more = len(sure) - len(rows)
    notes = [Note((ctx.tn("{count} more", "{count} more", more),))] if more else []
    return Reply(title=title, parts=(Listing(rows), *notes), to="private")


@panel("search", order=10)
def found_tasks(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the tasks that hold a text: the whole title first, then open ones, then the newest."""
    exact = rows_titled(view.unit, "task", wanted, most=ON_A_PAGE)
    ids = list(dict.fromkeys([*exact, *rows_with(view.unit, "task", wanted)]))
    found = [task for task, labels in tasks_with(view.unit, ids) if wanted.is_in(task.title, " ".join(labels))]
    found.sort(key=lambda task: (task.id not in exact, task.status in ("done", "cancelled"), -task.id))
    return section(view, view.t("Tasks"), [_hit(view, task, wanted) for task in found], most=ON_A_PAGE)


@panel("search", order=20)
def found_comments(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the comments that hold a text, newest first."""
    rows = [
        each for each in comments_with(view.unit, rows_with(view.unit, "comment", wanted)) if wanted.is_in(each.text)
    ]
    items = [
        Item(
            (Strong(f"T-{each.number}"), " ", *marked(each.text, wanted.words)),
            (f"{each.title} · {each.author or '—'} · {view.clock(each.at)}",),
        )
        for each in rows
    ]
    return section(view, view.t("Comments"), items, most=5)


def _hit(view: View, task: Listed, wanted: Sought) -> Item:
    drawn = row(view, task, shows_owner=True)
    mark = STATUS_MARK[task.status]
    return Item((f"{mark} ", Strong(f"T-{task.number}"), " ", *marked(task.title, wanted.words)), drawn.detail)
