"""Stand-ups: tell what is done, what is next and what is in the way, by one tap or in free words.

What was told can be changed all day; after the summary was posted it is written into that, and a line in its thread
says so. When stand-ups are held is in standup_windows.py, how they look in standup_cards.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from commands.core.arguments import KEPT, Lines, Prose
from commands.core.command import command, finds
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import Args, Json
from commands.core.facts import WordsSaid, on
from commands.core.reply import Button, Code, Item, Line, Listing, Reply, Strong, Text
from commands.grammar.checkin import LINES, Section, Told, parse_day, parse_told, parse_window
from commands.grammar.when import When
from commands.schedules import timetable_of
from commands.standup_cards import blockers_of, own_buttons, sheet, summary, title_of
from commands.standup_windows import held_on, next_day, no_window, prefilled, windows_here
from commands.task_words import named
from commands.tasks import make
from commands.words.catalog import msg
from storage.people import Person
from storage.schedules import Schedule
from storage.standups import (
    Checkin,
    Standup,
    checkin_of,
    checkins_of,
    standup_numbered,
    standup_on,
    standups_before,
    waiting_for,
)
from storage.unit import Unit

OPEN_FOR: Final = timedelta(hours=24)
"""So long after the question free words are taken for its answer."""
ALL: Final = 100
FEW: Final = 3
"""So many lines under no heading may be one for each section."""
_PICKS: Final = 5
NEW_LINE: Final = "\n"


@finds("standup", letter="U", record=Standup)
def find(unit: Unit, number: int) -> Standup | None:
    """Find a stand-up by number."""
    return standup_numbered(unit, number)


@command(
    "standup answer",
    may="standup.edit",
    undo=None,
    examples=(
        "站会 昨天：主图定稿 今天：切图 卡点：无",
        "standup yesterday: final banner; today: cut it; blockers: none",
        "站会",
    ),
)
def answer(ctx: Context, text: Prose | None = None, standup: Standup | None = None) -> Reply:
    """Tell what is done, what is next and what is in the way; alone, show your own sheet."""
    if text and parse_window(text):
        example = Code(ctx.say("standup add", text))
        raise Refused(ctx.line("To hold a stand-up in a chat, say there: {example}", example=example))
    offset, said = parse_day(text or "")
    meant = standup or _meant(ctx, offset)
    if not said.strip():
        return _own(ctx, meant)
    told = parse_told(said)
    if offset == 0 and told.loose and not told.sections:
        raise Asked(*_which_section(ctx, meant, told))
    if offset and told.loose:
        section: Section = "plan" if offset > 0 else "done"
        before = checkin_of(ctx.unit, meant.id, ctx.me.id)
        kept = getattr(before, section) if before is not None and before.state == "told" else ()
        told = Told({**told.sections, section: (*kept, *told.loose, *told.sections.get(section, ()))}, ())
    return _take(ctx, meant, told)


@command("standup submit", may="standup.edit", undo=None, examples=("照此提交 U-1", "submit U-1"))
def submit(ctx: Context, standup: Standup) -> Reply:
    """Submit your sheet as it is."""
    checkin = _checkin(ctx, standup)
    if checkin.state == "told":
        line = ctx.line("You told this at {at} already.", at=ctx.clock(checkin.told_at or checkin.updated_at))
        return sheet(ctx, standup, checkin, lead=line)
    return _tell(ctx, standup, checkin)


@command("standup skip", may="standup.edit", undo=None, examples=("跳过站会 U-1", "skip standup U-1"))
def skip(ctx: Context, standup: Standup) -> Reply:
    """Tell nothing in one stand-up; nobody asks again."""
    checkin = _checkin(ctx, standup)
    if checkin.state == "told":
        raise Refused(
            ctx.line("You told this at {at} already.", at=ctx.clock(checkin.told_at or checkin.updated_at)),
            own_buttons(ctx, standup, is_told=True),
        )
    ctx.unit.change(checkin, state="skipped")
    ctx.unit.touch("standup", standup.id)
    line = ctx.line(
        "Skipped: {day}. Should something come up: {example}", day=ctx.due(standup.day), example=_example(ctx)
    )
    return Reply(parts=(Text(line),), to="private")


def _fills(ctx: Context, standup: Standup) -> Args:
    """Give what stands in the form at first: what was told, or what the tasks say."""
    checkin = checkin_of(ctx.unit, standup.id, ctx.me.id)
    has_text = checkin is not None and checkin.state != "drafted"
    source = checkin if checkin is not None and has_text else prefilled(ctx, ctx.me, standup)
    return {name: "\n".join(getattr(source, name)) for name in ("done", "plan", "blockers")}


@command("standup change", may="standup.edit", undo=None, examples=("改站会 U-1", "change standup U-1"), fills=_fills)
def change(
    ctx: Context,
    standup: Standup,
    done: Lines | None = KEPT,
    plan: Lines | None = KEPT,
    blockers: Lines | None = KEPT,
) -> Reply:
    """Change your sheet; a line for each thing."""
    given = {"done": done, "plan": plan, "blockers": blockers}
    changes = {name: _listed(value) for name, value in given.items() if value is not KEPT}
    return _tell(ctx, standup, _checkin(ctx, standup), **changes) if changes else _own(ctx, standup)


@command("standup blocker", may="standup.edit", undo=None, examples=("卡点 等样品", "blocker: waiting for the sample"))
def blocker(ctx: Context, text: Prose) -> Reply:
    """Add what is in your way to your stand-up of today."""
    return _take(ctx, _meant(ctx, 0), Told({"blockers": parse_told(text).loose}, ()))


@command(
    "standup assign",
    may="standup.edit",
    examples=("指派卡点 U-1 1 催样品 @李四 周五", "assign blocker U-1 1 Chase the sample @ann fri"),
)
def assign(
    ctx: Context,
    standup: Standup,
    row: str,
    title: Prose | None = None,
    owner: Person | None = None,
    due: When | None = None,
) -> Reply:
    """Make a task of what is in somebody's way."""
    checkin, text = _blocker(ctx, standup, row)
    number = checkin.tasks.get(text)
    if number is not None:
        raise Refused(ctx.line("{task} was made of this already.", task=Strong(f"T-{number}")))
    task = make(ctx, title or text, owner, due, project_id=standup.project_id)
    ctx.unit.change(checkin, tasks={**checkin.tasks, text: task.number})
    ctx.unit.touch("standup", standup.id)
    return Reply(parts=(Text(ctx.line("Added {task}.", task=named(ctx, task))),), about=ctx.ref(task))


@command("standup show", may="standup.view", reads=True, examples=("看站会 U-1", "show standup U-1"))
def show(ctx: Context, standup: Standup) -> Reply:
    """Show all that was told in a stand-up."""
    return replace(summary(ctx, standup, people=ALL, blockers=ALL), to="private", about=None)


@command("standup missing", may="standup.missing", reads=True, examples=("谁没交 U-1", "who is missing U-1"))
def missing(ctx: Context, standup: Standup) -> Reply:
    """Show who told nothing yet; only you see it."""
    waits = [each for each in checkins_of(ctx.unit, standup.id) if each.state == "asked"]
    title: Line = (f"{ctx.t('Stand-up')} {ctx.due(standup.day)} · {ctx.t('Who is missing')}",)
    if not waits:
        return Reply(title=title, parts=(Text((ctx.t("Nobody is missing."),)),), to="private")
    return Reply(title=title, parts=(Listing(tuple(Item((ctx.who(c.person_id),)) for c in waits)),), to="private")


@on(WordsSaid)
def take_words(ctx: Context, fact: WordsSaid) -> None:
    """Take words, said directly, for the answer to a stand-up that waits; ask if not sure."""
    told = parse_told(fact.text)
    waits = waiting_for(ctx.unit, ctx.me.id, since=ctx.now - OPEN_FOR)
    if not waits or not ctx.may("standup.edit"):
        return
    if len(waits) > 1 and told.sections:
        line, buttons = _which_standup(ctx, [standup for standup, _ in waits], fact.text)
        ctx.also(Reply(parts=(Text(line),), buttons=buttons, to="private"))
    elif told.sections:
        ctx.also(_take(ctx, waits[0][0], told))
    else:
        line, buttons = _which_section(ctx, waits[0][0], told)
        as_task = ctx.button(ctx.t("Make it a task"), "task add", {"title": fact.text[:200]})
        ctx.also(Reply(parts=(Text(line),), buttons=(*buttons, as_task), to="private"))


# -- which one is meant ----------------------------------------------------------------------------


def _meant(ctx: Context, offset: int) -> Standup:
    """Give the stand-up before today's, today's, or the next."""
    windows = windows_here(ctx)
    if not windows:
        raise Refused(no_window(ctx))
    if offset < 0:
        found = [
            each for window in windows for each in standups_before(ctx.unit, window.id, _today(ctx, window), most=1)
        ]
        if not found:
            raise Refused(ctx.line("No stand-up was held before today. For today's: {example}", example=_example(ctx)))
        return _only(ctx, found)
    if offset > 0:
        days = {each.id: next_day(ctx, each, _today(ctx, each) + timedelta(days=1)) for each in windows}
        first = min(windows, key=lambda each: (days[each.id], each.times[0]))
        return held_on(ctx.unit, first, days[first.id])
    return _of_today(ctx, windows)


def _of_today(ctx: Context, windows: Sequence[Schedule]) -> Standup:
    """Give the stand-up of today that waits for an answer; else the last that was opened; else the first to come."""
    here = {each.id for each in windows}
    waits = [each for each, _ in waiting_for(ctx.unit, ctx.me.id, since=ctx.now - OPEN_FOR) if each.schedule_id in here]
    if waits:
        return _only(ctx, waits)
    held = [window for window in windows if next_day(ctx, window, _today(ctx, window)) == _today(ctx, window)]
    if not held:
        coming = min(next_day(ctx, each, _today(ctx, each)) for each in windows)
        example = Code(ctx.say("standup answer", ctx.t("tomorrow: …")))
        raise Refused(
            ctx.line("No stand-up is held today. The next: {day}. To prepare it: {example}", day=ctx.due(coming),
                     example=example)
        )  # fmt: skip
    opened = [each for window in held if (each := standup_on(ctx.unit, window.id, _today(ctx, window)))]
    newest = max((each for each in opened if each.opened_at), key=lambda each: each.opened_at or ctx.now, default=None)
    if newest is not None:
        return newest
    first = min(held, key=lambda each: each.times[0])
    return held_on(ctx.unit, first, _today(ctx, first))


def _only(ctx: Context, found: Sequence[Standup]) -> Standup:
    if len(found) > 1:
        raise Asked(*_which_standup(ctx, found, str(ctx.call.args.get("text") or "")))
    return found[0]


def _which_standup(ctx: Context, found: Sequence[Standup], text: str) -> tuple[Line, tuple[Button, ...]]:
    buttons = []
    for standup in found[:_PICKS]:
        args: dict[str, Json] = {"text": text, "standup": ctx.ref(standup).label}
        typed = ctx.say("standup answer", ctx.ref(standup).label, text)
        buttons.append(ctx.button(title_of(ctx, standup), "standup answer", args, typed=typed))
    return ctx.line("Several stand-ups wait for you. Which one?"), tuple(buttons)


def _which_section(ctx: Context, standup: Standup, told: Told) -> tuple[Line, tuple[Button, ...]]:
    """Ask what lines under no heading are, each answer one tap."""
    ref = ctx.ref(standup).label
    heads = {"done": ctx.t("yesterday"), "plan": ctx.t("today"), "blockers": ctx.t("blockers")}
    labels = {"done": ctx.t("It is done"), "plan": ctx.t("It is next"), "blockers": ctx.t("It is in the way")}
    texts = {labels[name]: f"{heads[name]}: {NEW_LINE.join(told.loose)}" for name in heads}
    if len(told.loose) == FEW:
        each = "\n".join(f"{head}: {said}" for head, said in zip(heads.values(), told.loose, strict=True))
        texts = {ctx.t("One line each: done, next, in the way"): each, **texts}
    buttons = tuple(
        ctx.button(label, "standup answer", {"text": text, "standup": ref}, typed=ctx.say("standup answer", text))
        for label, text in texts.items()
    )
    what = " / ".join(told.loose)
    return ctx.line("For the stand-up of {day}: what is “{what}”?", day=ctx.due(standup.day), what=what[:80]), buttons


def _today(ctx: Context, window: Schedule) -> date:
    zone = ctx.zone if window.options["own"] else timetable_of(window).zone
    return ctx.now.astimezone(zone).date()


# -- what is told ----------------------------------------------------------------------------------


def _checkin(ctx: Context, standup: Standup) -> Checkin:
    """Give what somebody tells, begun from their tasks where they were not asked yet."""
    found = checkin_of(ctx.unit, standup.id, ctx.me.id)
    if found is not None and found.state != "drafted":
        return found
    filled = prefilled(ctx, ctx.me, standup)
    values = {"done": filled.done, "plan": filled.plan, "blockers": filled.blockers}
    if found is not None:
        return ctx.unit.change(found, **values)
    return ctx.unit.add(Checkin, standup_id=standup.id, person_id=ctx.me.id, state="drafted", **values)


def _own(ctx: Context, standup: Standup) -> Reply:
    checkin = _checkin(ctx, standup)
    lead = {
        "told": ctx.line("You told this at {at}.", at=ctx.clock(checkin.told_at or checkin.updated_at)),
        "skipped": ctx.line("You skipped this one. It can still be told."),
    }
    return sheet(ctx, standup, checkin, lead=lead.get(checkin.state, (ctx.t("Is this right? One tap submits it."),)))


def _take(ctx: Context, standup: Standup, told: Told) -> Reply:
    """Write free words over the sections that they name; a blocker by itself is one more."""
    checkin = _checkin(ctx, standup)
    changes = {section: list(said) for section, said in told.sections.items()}
    if set(changes) == {"blockers"} and changes["blockers"]:
        new = [each for each in changes["blockers"] if each not in checkin.blockers]
        changes["blockers"] = [*checkin.blockers, *new][:LINES]
    elif told.loose:
        changes["done"] = [*told.loose, *changes.get("done", ())]
    return _tell(ctx, standup, checkin, **changes)


def _tell(ctx: Context, standup: Standup, checkin: Checkin, **changes: list[str]) -> Reply:
    """Enter what somebody told; where the summary hangs already, write it in, and say so below it."""
    is_first = checkin.state != "told"
    told = ctx.unit.change(checkin, state="told", told_at=checkin.told_at or ctx.unit.now, **changes)
    ctx.unit.touch("standup", standup.id)
    if standup.closed_at is not None and is_first:
        ctx.remark(ctx.ref(standup), msg("{who} told theirs, too."), who=ctx.who(ctx.me.id))
    line = ctx.line("Submitted.") if is_first else ctx.line("Changed.")
    return sheet(ctx, standup, told, lead=line)


def _blocker(ctx: Context, standup: Standup, row: str) -> tuple[Checkin, str]:
    """Find a blocker: by its number in the summary, or as its button names it."""
    checkins = checkins_of(ctx.unit, standup.id)
    found = blockers_of(checkins)
    for number, (checkin, index) in enumerate(found, 1):
        if row in (str(number), f"{checkin.id}.{index}"):
            return checkin, checkin.blockers[index]
    show = Code(ctx.say("standup show", ctx.ref(standup).label))
    raise Refused(ctx.line("There is no blocker {row} any more. All of them: {show}", row=Strong(row), show=show))


def _listed(text: str | None) -> list[str]:
    told = [line.strip(" ·-•\t") for line in (text or "").splitlines()]
    return [line[:200] for line in told if line][:LINES]


def _example(ctx: Context) -> Code:
    return Code(ctx.say("standup answer", ctx.t("today: …")))
