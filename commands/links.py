"""Links of tasks: where the pictures, sheets and documents lie, edition by edition."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from commands.core.arguments import Prose, Url
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.hits import section
from commands.core.reply import Code, Item, Line, Link, Listing, Part, Reply, Strong, Text
from commands.grammar.tokens import bare
from storage.links import Linked, NamedLink, editions_of, links_of, links_with, newest_edition
from storage.search import Sought, rows_with
from storage.tasks import Task

NAME_CHARS: Final = 80
ON_A_CARD: Final = 5
_EDITION = re.compile(r"(?P<name>.*?)[\s_-]*[vV](?P<edition>\d{1,4})", re.DOTALL)


@command(
    "link add",
    may="task.edit",
    examples=("链接 T-1 https://pan.example.com/zhutu 主图", "link T-1 https://pan.example.com/banner Banner"),
)
def add(ctx: Context, task: Task, url: Url, name: Prose | None = None) -> Reply:
    """Link something to a task; the same name again makes the next version."""
    address = _checked(ctx, url)
    named, edition = _named(ctx, task, bare(name or "") or _host(address))
    ctx.unit.add(NamedLink, task_id=task.id, name=named, edition=edition, url=address, author_id=ctx.me.id)
    ctx.unit.touch("task", task.id)
    what = Strong(f"{named} v{edition}")
    line = ctx.line("Linked {link} to {task}.", link=what, task=Strong(ctx.ref(task).label))
    return Reply(parts=(Text(line),), about=ctx.ref(task))


@command("link list", may="task.view", reads=True, examples=("链接列表 T-1", "links T-1"))
def list_(ctx: Context, task: Task) -> Reply:
    """List the links of a task with all their versions."""
    found = links_of(ctx.unit, task.id)
    title = (ctx.t("Links of {task}", task=f"{ctx.ref(task).label} {task.title}"),)
    if not found:
        example = Code(ctx.say("link add", ctx.ref(task).label, "https://…", ctx.t("Banner")))
        nothing = ctx.line("No links yet. Add one: {example}", example=example)
        return Reply(title=title, parts=(Text(nothing),), to="private", about=ctx.ref(task))
    names = list(dict.fromkeys(each.name for each in found))
    ordered = sorted(found, key=lambda each: names.index(each.name))  # stable: newest first under each name
    rows = tuple(Item(_line(ctx, each)) for each in ordered)
    return Reply(title=title, parts=(Listing(rows),), to="private", about=ctx.ref(task))


@command("link remove", may="task.edit", examples=("去掉链接 T-1 主图", "unlink T-1 Banner"))
def remove(ctx: Context, task: Task, name: Prose) -> Reply:
    """Take the newest version of a link off a task; the one before shows again."""
    found = editions_of(ctx.unit, task.id, name) or editions_of(ctx.unit, task.id, _split(name)[0])
    if not found:
        raise Refused(
            ctx.line(
                "{task} has no link called {name}. See what there is: {list}",
                task=Strong(ctx.ref(task).label),
                name=Strong(name),
                list=Code(ctx.say("link list", ctx.ref(task).label)),
            )
        )
    wanted = _split(name)[1]
    gone = next((each for each in found if each.edition == wanted), found[0])
    ctx.unit.archive(gone)
    ctx.unit.touch("task", task.id)
    what = Strong(f"{gone.name} v{gone.edition}")
    line = ctx.line("Took {link} off {task}.", link=what, task=Strong(ctx.ref(task).label))
    return Reply(parts=(Text(line),), about=ctx.ref(task))


@panel("task", order=50)
def links_on_card(view: View, task: Task) -> Sequence[Part]:
    """Show the newest version of each link."""
    newest: dict[str, Linked] = {}
    for each in links_of(view.unit, task.id):
        newest.setdefault(each.name, each)
    if not newest:
        return ()
    shown = tuple(Item(_line(view, each)) for each in list(newest.values())[:ON_A_CARD])
    older = view.say("link list", view.ref(task).label) if len(newest) > ON_A_CARD else ""
    return (Text((Strong(view.t("Links")),)), Listing(shown, more=older))


@panel("search", order=30)
def found_links(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the links whose name holds a text, newest first."""
    found = links_with(view.unit, rows_with(view.unit, "link", wanted))
    items = [
        Item((Strong(f"T-{number}"), " ", *_line(view, each))) for number, each in found if wanted.is_in(each.name)
    ]
    return section(view, view.t("Links"), items, most=ON_A_CARD)


def _line(view: View, link: Linked) -> Line:
    """Write a link; what is pressed names its host, for the name was typed by somebody."""
    by = f" · {link.author or '—'} {link.at.astimezone(view.zone):%m-%d} · "
    return (f"{link.name} v{link.edition}{by}", Link(link.url, _host(link.url)))


def _checked(ctx: Context, url: str) -> str:
    """Give an address that is safe to press; a form may hold any text."""
    address = url.strip()
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_safe = False
    if not is_safe or any(sign.isspace() for sign in address):
        raise Refused(
            ctx.line(
                "{url} is no web address to show: it must begin with https:// or http://, without a user name.",
                url=Strong(address),
            )
        )
    return address


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _split(name: str) -> tuple[str, int | None]:
    """Part 主图v2 into its name and the edition that was typed."""
    met = _EDITION.fullmatch(name.strip())
    return (met["name"], int(met["edition"])) if met and met["name"] else (name.strip(), None)


def _named(ctx: Context, task: Task, said: str) -> tuple[str, int]:
    name, edition = _split(" ".join(said.split())[:NAME_CHARS])
    newest = newest_edition(ctx.unit, task.id, name)
    if edition is None:
        return name, newest + 1
    if edition <= newest:
        raise Refused(
            ctx.line(
                "{name} has {newest} already. Leave the number out, and it becomes {next}.",
                name=Strong(name),
                newest=Strong(f"v{newest}"),
                next=Strong(f"v{newest + 1}"),
            )
        )
    return name, edition
