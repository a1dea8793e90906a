"""Risks: enter them, assess them again and again, plan for them, close them; and one that happened becomes a task.

How they look is in risk_cards.py, how they are listed in risk_lists.py; what comes by itself, such as the question on
the review day, in risk_watch.py.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from commands.core.arguments import KEPT, Labels, Lines, Prose
from commands.core.command import command, finds
from commands.core.context import Context
from commands.core.dates import read_date
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Args, Json
from commands.core.reply import Button, Code, Note, Reply, Strong, Text
from commands.grammar.risk import Told, category_of, parse_risk
from commands.grammar.when import When
from commands.grammar.workdays import Workdays
from commands.risk_cards import (
    FLOORS,
    assess_button,
    named,
    rated,
    strategy_word,
    trend,
)
from commands.risk_lists import list_
from commands.task_words import named as task_named
from commands.tasks import make, title_of
from commands.words.catalog import msg
from storage.people import Person
from storage.risks import Assessment, Risk, risk_numbered
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import next_number

PLAN_CHARS: Final = 400


class Probability(StrEnum):
    """Choose how likely it is; the catalogs say how each is typed."""

    RARE = "probability 1"
    UNLIKELY = "probability 2"
    POSSIBLE = "probability 3"
    LIKELY = "probability 4"
    CERTAIN = "probability 5"


class Impact(StrEnum):
    """Choose how bad it would be; the catalogs say how each is typed."""

    TINY = "impact 1"
    SMALL = "impact 2"
    MODERATE = "impact 3"
    MAJOR = "impact 4"
    GRAVE = "impact 5"


class Category(StrEnum):
    """Choose what kind of risk it is; typed as a label."""

    TECHNICAL = "category technical"
    MARKET = "category market"
    MONEY = "category money"
    PEOPLE = "category people"
    OPERATIONS = "category operations"
    LEGAL = "category legal"
    VENDOR = "category vendor"


class Strategy(StrEnum):
    """Choose how to meet a risk; the catalogs say how each is typed."""

    AVOID = "strategy avoid"
    MITIGATE = "strategy mitigate"
    TRANSFER = "strategy transfer"
    ACCEPT = "strategy accept"


def _last(value: StrEnum) -> str:
    """Give what a choice is called in the store: `vendor`, or the digit of a level."""
    return value.value.rpartition(" ")[2]


@finds("risk", letter="R", record=Risk)
def find(unit: Unit, number: int) -> Risk | None:
    """Find a risk by number."""
    return risk_numbered(unit, number)


@command(
    "risk add",
    may="risk.edit",
    examples=(
        "风险 样品延误 概率4 影响4 @李四 #供应商 计划B 备用供应商 触发 10-29 前没到货 复审 下周五",
        'risk "Samples late" p4 i4 @ann #vendor plan B Ask Hongda if not here by 10-29 review next fri',
    ),
)
def add(
    ctx: Context,
    title: Prose | None = None,
    probability: Probability | None = None,
    impact: Impact | None = None,
    owner: Person | None = None,
    category: Category | None = None,
    strategy: Strategy | None = None,
    plan_b: Lines | None = None,
    trigger: Prose | None = None,
    review: Prose | None = None,
    labels: Labels | None = None,
    task: Task | None = None,
) -> Reply:
    """Enter a risk; without words, list them."""
    if title is None:
        return list_(ctx)
    said: dict[str, Json] = {"category": category, "strategy": strategy, "plan_b": plan_b, "trigger": trigger}
    said |= {"probability": probability, "impact": impact, "review": review, "labels": list(labels or ())}
    draft = _draft(ctx, title, said)
    columns = _columns(ctx, draft)
    risk = ctx.unit.add(
        Risk,
        number=next_number(ctx.unit, "risk"),
        project_id=task.project_id if task is not None else ctx.project,
        owner_id=owner.id if owner else ctx.me.id if ctx.chat.kind == "direct" else None,
        creator_id=ctx.me.id,
        assessed_at=ctx.unit.now,
        assessed_by=ctx.me.id,
        task_id=task.id if task is not None else None,
        **columns,
    )
    _note_assessment(ctx, risk)
    if ctx.chat.kind == "direct" and risk.owner_id is not None:
        _tell_owner(ctx, risk)
    line = ctx.line("Entered {risk}: {rated}.", risk=named(ctx, risk), rated=rated(ctx, risk.score))
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


def assessed(ctx: Context, risk: Risk) -> Args:
    """Give how a risk stands, for the form."""
    return {"probability": f"probability {risk.probability}", "impact": f"impact {risk.impact}"}


@command(
    "risk assess",
    may="risk.edit",
    examples=("评估风险 R-1 概率2 影响4 宏达已确认发货", "assess R-1 p2 i4 Hongda confirmed"),
    fills=assessed,
)
def assess(
    ctx: Context,
    risk: Risk,
    probability: Probability | None = None,
    impact: Impact | None = None,
    note: Prose | None = None,
) -> Reply:
    """Assess a risk anew; the assessments before are kept."""
    _refuse_closed(ctx, risk)
    told = parse_risk(note or "")
    _refuse_wrong(ctx, told, {"note": told.title})
    levels = {"probability": _level(probability) or told.probability, "impact": _level(impact) or told.impact}
    if not any(levels.values()):
        raise Wanting(
            "probability", ctx.line("How likely is {risk} now, and how bad? From 1 to 5 each.", risk=named(ctx, risk))
        )
    new = {name: level or getattr(risk, name) for name, level in levels.items()}
    return _reviewed(ctx, risk, new["probability"], new["impact"], told.title or None)


@command("risk same", may="risk.edit", examples=("风险不变 R-1", "still the same R-1"))
def same(ctx: Context, risk: Risk) -> Reply:
    """Say that a risk stands as it did; the next review follows in its rhythm."""
    _refuse_closed(ctx, risk)
    is_today = risk.assessed_at.astimezone(ctx.zone).date() == ctx.today and risk.assessed_at > risk.created_at
    if is_today and (risk.review_on is None or risk.review_on > ctx.today):
        line = ctx.line(
            "{who} looked at {risk} at {at} already. Next review: {day}.",
            who=ctx.who(risk.assessed_by),
            risk=Strong(ctx.ref(risk).label),
            at=ctx.clock(risk.assessed_at),
            day=ctx.due(risk.review_on),
        )
        raise Refused(line, (assess_button(ctx, risk),))
    return _reviewed(ctx, risk, risk.probability, risk.impact, None)


@command("risk review", may="risk.edit", examples=("复审 R-1 下周五", "review R-1 next fri"))
def review(ctx: Context, risk: Risk, day: When) -> Reply:
    """Choose the day on which its owner is asked how a risk stands, and so the rhythm."""
    _refuse_closed(ctx, risk)
    changed = ctx.unit.change(risk, **_review_columns(ctx, day.on))
    line = ctx.line("{risk}: next review {day}, then every {count} days.", risk=Strong(ctx.ref(risk).label),
                    day=Strong(ctx.due(changed.review_on)), count=changed.review_days or 1)  # fmt: skip
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


@command("risk assign", may="risk.edit", examples=("风险负责人 R-1 @王五", "assign risk R-1 @ann"))
def assign(ctx: Context, risk: Risk, owner: Person) -> Reply:
    """Give a risk to somebody to look after."""
    if risk.owner_id == owner.id:
        raise Refused(ctx.line("{owner} looks after {risk} already.", owner=ctx.who(owner.id), risk=named(ctx, risk)))
    changed = ctx.unit.change(risk, owner_id=owner.id)
    _tell_owner(ctx, changed)
    line = ctx.line("{owner} looks after {risk} now.", owner=ctx.who(owner.id), risk=named(ctx, risk))
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


@command(
    "risk plan",
    may="risk.edit",
    examples=("计划B R-1 换宏达 触发 10-29 前没到货", "plan B R-1 Ask Hongda if not here by 10-29"),
)
def plan(ctx: Context, risk: Risk, plan_b: Prose, trigger: Prose | None = None) -> Reply:
    """Say what is done if a risk happens, and what sets that off."""
    _refuse_closed(ctx, risk)
    told = parse_risk(f"plan B {plan_b}")
    columns = {"plan": told.plan or plan_b, "plan_when": trigger or told.trigger or risk.plan_when}
    for said in columns.values():
        _refuse_long(ctx, said)
    ctx.unit.change(risk, **columns)
    line = ctx.line("{risk}: plan B is {plan}", risk=Strong(ctx.ref(risk).label), plan=columns["plan"] or "")
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


@command("risk strategy", may="risk.edit", examples=("风险策略 R-1 转移", "risk strategy R-1 transfer"))
def set_strategy(ctx: Context, risk: Risk, strategy: Strategy) -> Reply:
    """Choose to avoid, mitigate, transfer or accept a risk."""
    _refuse_closed(ctx, risk)
    ctx.unit.change(risk, strategy=_last(strategy))
    line = ctx.line("{risk}: strategy {strategy}.", risk=Strong(ctx.ref(risk).label),
                    strategy=Strong(strategy_word(ctx, _last(strategy))))  # fmt: skip
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


def present(ctx: Context, risk: Risk) -> Args:
    """Give what a risk is, for the form."""
    return {
        "title": risk.title,
        "owner": risk.owner_id,
        "category": f"category {risk.category}" if risk.category else None,
        "strategy": f"strategy {risk.strategy}" if risk.strategy else None,
        "plan_b": risk.plan,
        "trigger": risk.plan_when,
        "labels": list(risk.labels),
    }


@command(
    "risk edit", may="risk.edit", examples=("编辑风险 R-1 样品晚到", "edit risk R-1 Samples come late"), fills=present
)
def edit(
    ctx: Context,
    risk: Risk,
    title: Prose = KEPT,
    owner: Person | None = KEPT,
    category: Category | None = KEPT,
    strategy: Strategy | None = KEPT,
    plan_b: Lines | None = KEPT,
    trigger: Lines | None = KEPT,
    labels: Labels | None = KEPT,
) -> Reply:
    """Change what a risk is about in one form; how high it is, is assessed."""
    given: dict[str, Any] = {"title": title, "owner": owner, "category": category, "strategy": strategy}
    given |= {"plan_b": plan_b, "trigger": trigger, "labels": labels}
    fields = {name: value for name, value in given.items() if value is not KEPT}
    if not fields.get("title", True) or not fields:
        raise Wanting("title", ctx.line("What shall {risk} be called?", risk=named(ctx, risk)))
    _ask_if_changed_since(ctx, risk)
    changed = ctx.unit.change(risk, **_edited(ctx, fields))
    if changed.owner_id != risk.owner_id and changed.owner_id is not None:
        _tell_owner(ctx, changed)
    return Reply(parts=(Text(ctx.line("Changed {risk}.", risk=named(ctx, changed))),), about=ctx.ref(risk))


@command("risk close", may="risk.edit", examples=("关闭风险 R-1 样品已到", "close risk R-1 the samples are here"))
def close(ctx: Context, risk: Risk, reason: Prose) -> Reply:
    """Close a risk that cannot happen any more, and say why; it stays on record."""
    _refuse_closed(ctx, risk)
    ctx.unit.change(risk, is_open=False, closed_at=ctx.unit.now, closed_by=ctx.me.id, closed_for=reason)
    line = ctx.line("Closed {risk}: {reason}", risk=named(ctx, risk), reason=reason)
    return Reply(parts=(Text(line),), about=ctx.ref(risk))


@command("risk reopen", may="risk.edit", examples=("重开风险 R-1", "reopen risk R-1"))
def reopen(ctx: Context, risk: Risk) -> Reply:
    """Open a risk again that was closed or has happened."""
    if risk.is_open:
        raise Refused(ctx.line("{risk} is open already.", risk=named(ctx, risk)))
    opened = {"is_open": True, "closed_at": None, "closed_by": None, "closed_for": None, "issue_id": None}
    ctx.unit.change(risk, **opened)
    return Reply(parts=(Text(ctx.line("Opened {risk} again.", risk=named(ctx, risk))),), about=ctx.ref(risk))


@command(
    "risk happened",
    may="risk.edit",
    examples=("风险发生 R-1", "风险发生 R-1 供应商说要晚两周", "risk happened R-1 The vendor needs two more weeks"),
)
def happened(ctx: Context, risk: Risk, text: Prose | None = None) -> Reply:
    """Say that a risk has come true: it becomes a task, with plan B in it."""
    _refuse_closed(ctx, risk)
    owner = ctx.person(risk.owner_id)
    plan_b = [ctx.t("Plan B: {plan}", plan=risk.plan)] if risk.plan else []
    task = make(
        ctx,
        risk.title,
        owner if owner is not None and owner.archived_at is None else None,
        None,
        project_id=risk.project_id,
        priority=0 if risk.score >= FLOORS[3] else 1 if risk.score >= FLOORS[2] else 2,
        labels=[ctx.t("came_true")],
        description="\n".join([*([text] if text else []), *plan_b]) or None,
        kind="issue",
    )
    ctx.unit.change(risk, is_open=False, closed_at=ctx.unit.now, closed_by=ctx.me.id, issue_id=task.id)
    line = ctx.line("{risk} has happened: {task}.", risk=named(ctx, risk), task=task_named(ctx, task))
    return Reply(parts=(Text(line),), about=ctx.ref(task))


# -- what was told of a new risk ------------------------------------------------------------------


def _draft(ctx: Context, title: str, said: Mapping[str, Json]) -> dict[str, Json]:
    """Join what the form or the signs told to what stands in the sentence.

    Raises:
        Wanting: a title, a probability or an impact is missing, or none that there is.
    """
    told = parse_risk(title, is_day=lambda words: isinstance(read_date(ctx, words), When))
    read: dict[str, Json] = {"title": told.title, "plan_b": told.plan, "trigger": told.trigger, "review": told.review}
    read |= {name: f"{name} {level}" for name in ("probability", "impact") if (level := getattr(told, name))}
    read |= {"strategy": f"strategy {told.strategy}"} if told.strategy else {}
    kinds = [(str(label), category_of(str(label))) for label in said["labels"] or ()]  # type: ignore[union-attr] # a list
    read |= {"category": next((f"category {kind}" for _, kind in kinds if kind), None)}
    read |= {name: value for name, value in said.items() if value and name != "labels"}
    read["labels"] = [label for label, kind in kinds if kind is None]
    _refuse_wrong(ctx, told, read)
    asked = {
        "title": msg("What may go wrong? Example: {example}"),
        "probability": msg("How likely is it, from 1 to 5? Example: {example}"),
        "impact": msg("How bad would it be, from 1 to 5? Example: {example}"),
    }
    for name, question in asked.items():
        if not read.get(name):
            example = Code(ctx.say("risk add", ctx.t("Samples late p4 i4 @name")))
            raise Wanting(name, ctx.line(question, example=example), read=read)
    return read


def _refuse_wrong(ctx: Context, told: Told, read: Mapping[str, Json]) -> None:
    """Ask for a score that is none of 1 to 5."""
    if told.wrong:
        line = ctx.line("{what} is a number from 1 to 5.", what=Strong(ctx.t(told.wrong[0])))
        raise Wanting(told.wrong[0], line, read=read)


def _columns(ctx: Context, draft: Mapping[str, Json]) -> dict[str, Any]:
    probability, impact = (int(str(draft[name])[-1]) for name in ("probability", "impact"))
    day = _review_day(ctx, draft)
    texts = {"plan": draft["plan_b"], "plan_when": draft["trigger"]}
    for said in texts.values():
        _refuse_long(ctx, said)
    return {
        "title": title_of(ctx, str(draft["title"])),
        "probability": probability,
        "impact": impact,
        "score": probability * impact,
        "labels": draft["labels"],
        **{name: str(said).strip() or None if said else None for name, said in texts.items()},
        **{name: str(draft[name]).rpartition(" ")[2] if draft.get(name) else None for name in ("category", "strategy")},
        **(_review_columns(ctx, day) if day else {}),
    }


def _review_day(ctx: Context, draft: Mapping[str, Json]) -> date | None:
    said = draft.get("review")
    if not said:
        return None
    when = read_date(ctx, str(said))
    if not isinstance(when, When):
        line = ctx.line("I cannot read {day} as a day to come. Try: Friday, 11-03, in two weeks", day=Strong(str(said)))
        raise Wanting("review", line, read=draft)
    return when.on


def _review_columns(ctx: Context, day: date) -> dict[str, Any]:
    """Give the next review and the rhythm that it begins; who was asked before is asked again."""
    return {"review_on": day, "review_days": max((day - ctx.today).days, 1), "asked_on": None}


def _edited(ctx: Context, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was filled in into columns."""
    columns: dict[str, Any] = {}
    if "title" in fields:
        columns["title"] = title_of(ctx, str(fields["title"]))
    if "owner" in fields:
        columns["owner_id"] = fields["owner"].id if fields["owner"] else None
    for name in ("category", "strategy"):
        if name in fields:
            columns[name] = _last(fields[name]) if fields[name] else None
    for name, column in (("plan_b", "plan"), ("trigger", "plan_when")):
        if name in fields:
            _refuse_long(ctx, fields[name])
            columns[column] = fields[name] or None
    if "labels" in fields:
        labels = list(fields["labels"] or ())
        columns["labels"] = [each for each in labels if category_of(each) is None]
        kind = next((kind for each in labels if (kind := category_of(each))), None)
        columns |= {"category": kind} if kind and not columns.get("category") else {}
    return columns


def _refuse_long(ctx: Context, said: object) -> None:
    if said and len(str(said)) > PLAN_CHARS:
        line = ctx.line("Plan B and its trigger have {most} characters at most each; this one has {count}.",
                        most=PLAN_CHARS, count=len(str(said)))  # fmt: skip
        raise Refused(line)


def _ask_if_changed_since(ctx: Context, risk: Risk) -> None:
    """Ask before a form that was opened earlier overwrites what somebody changed meanwhile."""
    if ctx.call.version is None or ctx.call.version == risk.version:
        return
    again = Button(ctx.t("Look at it again…"), "risk edit", {**ctx.call.args, "?": "title"},
                   ctx.say("risk edit", ctx.ref(risk).label))  # fmt: skip
    line = ctx.line("{task} was changed since you opened the form. Nothing was overwritten.", task=named(ctx, risk))
    raise Asked(line, (again,))


# -- assessing ------------------------------------------------------------------------------------


def _level(value: StrEnum | None) -> int | None:
    return int(_last(value)) if value else None


def _reviewed(ctx: Context, risk: Risk, probability: int, impact: int, note: str | None) -> Reply:
    """Keep an assessment, and plan the next review."""
    changed = ctx.unit.change(
        risk,
        probability=probability,
        impact=impact,
        score=probability * impact,
        score_before=risk.score,
        assessed_at=ctx.unit.now,
        assessed_by=ctx.me.id,
        **_next_review(ctx, risk),
    )
    _note_assessment(ctx, changed, note)
    now = rated(ctx, changed.score, trend(changed))
    told = msg("{risk}: {rated}, before {score}.")
    if (probability, impact) == (risk.probability, risk.impact):
        told = msg("{risk} stands as before: {rated}.")
    line = ctx.line(told, risk=named(ctx, risk), rated=now, score=risk.score)
    coming = ctx.line("Next review: {day}.", day=Strong(ctx.due(changed.review_on))) if changed.review_on else ()
    return Reply(parts=(Text(line), *((Note(coming),) if coming else ())), about=ctx.ref(risk))


def _next_review(ctx: Context, risk: Risk) -> dict[str, Any]:
    """Move a review day that has come on by its rhythm; one that is still to come stays."""
    if risk.review_on is None or risk.review_on > ctx.today:
        return {}
    return {"review_on": next_review(ctx.today, risk.review_days or 1, ctx.workdays), "asked_on": None}


def next_review(today: date, days: int, workdays: Workdays) -> date:
    """Give the first working day from so many days on.

    >>> from commands.grammar.workdays import WEEKDAYS
    >>> next_review(date(2026, 11, 20), 8, WEEKDAYS)  # a Saturday follows
    datetime.date(2026, 11, 30)
    """
    day = today + timedelta(days=days)
    while not workdays.is_workday(day):
        day += timedelta(days=1)
    return day


def _note_assessment(ctx: Context, risk: Risk, note: str | None = None) -> None:
    how = {"probability": risk.probability, "impact": risk.impact, "score": risk.score}
    ctx.unit.add(Assessment, risk_id=risk.id, note=note, author_id=ctx.me.id, **how)


def _refuse_closed(ctx: Context, risk: Risk) -> None:
    """Refuse to go on with a risk that is closed or happened: tell by whom, and offer to open it again."""
    if risk.is_open:
        return
    closed = msg("{risk} was closed by {who} at {at} already.")
    line = ctx.line(closed if risk.issue_id is None else msg("{risk} has happened, said {who} at {at}."),
                    risk=Strong(ctx.ref(risk).label), who=ctx.who(risk.closed_by),
                    at=ctx.clock(risk.closed_at or risk.updated_at))  # fmt: skip
    raise Refused(line, (ctx.button(ctx.t("Open again"), "risk reopen", {"risk": ctx.ref(risk).label}),))


def _tell_owner(ctx: Context, risk: Risk) -> None:
    """Tell who looks after a risk, whom no edit of a card notifies."""
    if risk.owner_id is not None:
        ctx.tell(risk.owner_id, msg("{who} gave you {risk} to look after: {rated}."), about=ctx.ref(risk),
                 who=ctx.who(ctx.me.id), risk=named(ctx, risk), rated=str(risk.score))  # fmt: skip
