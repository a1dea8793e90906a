"""The coach: a private word when a title says nothing, once a day at most, and never in the way."""

from enum import StrEnum
from functools import cache

from commands.core.command import command
from commands.core.context import Context
from commands.core.facts import on
from commands.core.reply import Code, Reply, Text
from commands.grammar.tokens import bare, normal
from commands.tasks import TaskAdded
from storage.hints import hint_of, note_hint


class Switch(StrEnum):
    """Choose whether something is on."""

    ON = "on"
    OFF = "off"


@on(TaskAdded)
def hint(ctx: Context, fact: TaskAdded) -> None:
    """Ask whoever made a task of a vague title what shall come of it."""
    if ctx.call.command != "task add" or normal(bare(fact.task.title)) not in _folded(ctx.words.forms("vague titles")):
        return
    before = hint_of(ctx.unit, ctx.me.id)
    if before is not None and (before.is_off or before.given_on == ctx.today):
        return
    note_hint(ctx.unit, ctx.me.id, given_on=ctx.today)
    ref = ctx.ref(fact.task).label
    line = ctx.line(
        "Say what {task} delivers and how one sees that it is done, such as: {example}",
        task=ref,
        example=Code(ctx.t("Product page draft: 3 main pictures and 1 scene")),
    )
    renames = ctx.button(ctx.t("Rename…"), "task rename", {"task": ref}, typed=ctx.say("task rename", ref, "…"))
    ends = ctx.button(ctx.t("No more hints"), "hints", {"switch": Switch.OFF.value})
    ctx.also(Reply(parts=(Text(line),), buttons=(renames, ends), to="private"))


@cache
def _folded(titles: tuple[str, ...]) -> frozenset[str]:
    """Fold the titles that say nothing once per language, for this is asked at every new task."""
    return frozenset(normal(each) for each in titles)


@command("hints", may="own.settings", undo=None, examples=("提示 关", "hints off"))
def hints(ctx: Context, switch: Switch) -> Reply:
    """Get hints on vague titles, or none."""
    note_hint(ctx.unit, ctx.me.id, given_on=None, is_off=switch is Switch.OFF)
    text = ctx.t("No more hints.") if switch is Switch.OFF else ctx.t("Hints are on.")
    return Reply(parts=(Text((text,)),), to="private")
