"""Feedback: people tell those who run the bot what does not work; admins read it."""

from datetime import timedelta
from typing import Final

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Item, Listing, Reply, Strong, Text
from commands.words.catalog import msg
from storage.feedback import Feedback, count_feedback, count_feedback_of, newest_feedback
from storage.people import all_people
from storage.workspaces import next_number

A_DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 10
ON_A_PAGE: Final = 15


@command("feedback", may="own.feedback", examples=("反馈 日期老是读错", "feedback I cannot find my tasks"))
def feedback(ctx: Context, text: Prose) -> Reply:
    """Tell those who run me what does not work, or what you miss."""
    since = ctx.unit.now - A_DAY
    if count_feedback_of(ctx.unit, ctx.me.id, after=since) >= MOST_A_DAY:
        line = ctx.line(
            "I pass on {most} remarks a day. Tomorrow again; yours: {text}", most=MOST_A_DAY, text=Code(text)
        )
        raise Refused(line)
    is_first = count_feedback(ctx.unit, after=since) == 0
    remark = ctx.unit.add(Feedback, number=next_number(ctx.unit, "feedback"), person_id=ctx.me.id, text=text)
    if is_first:  # the admins are written to once a day at most; the list has the rest
        _tell_admins(ctx)
    line = ctx.line("Thank you. Those who run me will read it: number {number}.", number=Strong(str(remark.number)))
    return Reply(parts=(Text(line),), to="private")


@command("feedback list", may="feedback.list", reads=True, examples=("反馈列表", "feedback list"))
def list_(ctx: Context) -> Reply:
    """Read what people wrote about me, newest first."""
    rows = newest_feedback(ctx.unit, most=ON_A_PAGE)
    if not rows:
        line = ctx.line(
            "Nobody has written anything yet. How it is done: {example}", example=Code(ctx.say("feedback", "…"))
        )
        return Reply(parts=(Text(line),), to="private")
    items = (
        Item((Strong(f"#{number}"), f" {text}"), (f"{name} · {ctx.clock(at)}",)) for number, text, at, name in rows
    )
    return Reply(title=(ctx.t("Feedback"),), parts=(Listing(tuple(items)),), to="private")


def _tell_admins(ctx: Context) -> None:
    for person in all_people(ctx.unit):
        if person.role == "admin":
            shows = Code("feedback list")
            message = msg("{who} wrote feedback on me. Read it: {list}")
            ctx.tell(person.id, message, severity="news", who=ctx.me.name, list=shows)
