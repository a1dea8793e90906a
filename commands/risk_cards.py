"""How a risk looks: its one card, all there is to it, a row of a list, and its part in the places shared by all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from commands.core.command import card, command, panel
from commands.core.context import Context, View
from commands.core.hits import marked, section
from commands.core.reply import (
    Button,
    Field,
    Fields,
    Health,
    Item,
    Line,
    Listing,
    Note,
    Part,
    Reply,
    Strong,
    Struck,
    Text,
)
from commands.task_words import named as task_named
from storage.away import Away
from storage.chats import Project
from storage.digests import Edition
from storage.people import Person
from storage.risks import Assessment, Risk, count_scores, history_of, list_risks, risk_of_issue, risks_with
from storage.search import Sought, rows_with
from storage.tasks import Task

FLOORS: Final = (1, 5, 10, 15)
"""From which score on a risk is low, medium, high, severe (product 3.6)."""
HIGH: Final = 10
MARKS: Final = ("🟢", "🟡", "🟠", "🔴")
HEALTH: Final[tuple[Health, ...]] = ("green", "yellow", "yellow", "red")
SHOWN: Final = 3
"""So many risks a shared place names."""
REMEMBERED: Final = 8
"""So many assessments are shown, the newest of all."""
HANDED: Final = 20


def level_of(score: int) -> int:
    """Tell how high a score is: 0 low, 1 medium, 2 high, 3 severe.

    >>> [level_of(score) for score in (1, 4, 5, 9, 10, 14, 15, 25)]
    [0, 0, 1, 1, 2, 2, 3, 3]
    """
    return max(place for place, floor in enumerate(FLOORS) if score >= floor)


def level_words(view: View) -> tuple[str, str, str, str]:
    """Name the levels, from the lowest."""
    return view.t("low risk"), view.t("medium risk"), view.t("high risk"), view.t("severe risk")


def probability_words(view: View) -> tuple[str, ...]:
    """Name the levels of probability, from 1."""
    return view.t("rare"), view.t("unlikely"), view.t("possible"), view.t("likely"), view.t("certain")


def impact_words(view: View) -> tuple[str, ...]:
    """Name the levels of impact, from 1."""
    return view.t("tiny"), view.t("small"), view.t("moderate"), view.t("major"), view.t("grave")


def trend(risk: Risk) -> str:
    """Give the arrow from the assessment before to the last one; nothing where there was none."""
    if risk.score_before is None:
        return ""
    return "→" if risk.score == risk.score_before else "↑" if risk.score > risk.score_before else "↓"


def rated(view: View, score: int, arrow: str = "") -> str:
    """Write a score with its mark, its word and its trend: `🔴 16↑ severe`."""
    return f"{MARKS[level_of(score)]} {score}{arrow} {level_words(view)[level_of(score)]}"


def named(view: View, risk: Risk) -> Line:
    """Name a risk by its ref and its title."""
    return (Strong(view.ref(risk).label), f" {risk.title}")


def is_due(view: View, risk: Risk) -> bool:
    """Tell whether a risk is to be looked at again by now."""
    return risk.is_open and risk.review_on is not None and risk.review_on <= view.today


@command("risk show", may="risk.view", reads=True, examples=("R-1", "看风险 R-1", "show risk R-1"))
def show(ctx: Context, risk: Risk) -> Reply:
    """Show a risk with how it was assessed before."""
    drawn = _drawn(ctx, risk)
    history = history_of(ctx.unit, risk.id, most=REMEMBERED)
    rows = tuple(_assessed(ctx, each, before) for each, before in zip_longest(history, history[1:]))
    told: tuple[Part, ...] = (Text((Strong(ctx.t("Assessments")),)), Listing(rows)) if len(history) > 1 else ()
    return replace(drawn, parts=(*drawn.parts, *told), to="private")


@card("risk")
def draw(view: View, risk: Risk) -> Reply:
    """Draw the one card of a risk."""
    if risk.archived_at is not None:
        title = Struck(f"{view.ref(risk).label} {risk.title}")
        return Reply(title=(title,), parts=(Note((view.t("Put away"),)),))
    return _drawn(view, risk)


def row(view: View, risk: Risk, *, shows_owner: bool = True) -> Item:
    """Show a risk as a row of a list: how high it is, whose, and when it is looked at again."""
    pieces = [f"{view.t('Probability')} {risk.probability} × {view.t('Impact')} {risk.impact}"]
    owner = view.person(risk.owner_id)
    if shows_owner:
        pieces.append(owner.name if owner else view.t("nobody"))
    if not risk.is_open:
        pieces.append(view.t("happened") if risk.issue_id else view.t("risk closed"))
    elif risk.review_on is not None:
        pieces.append(_review_words(view, risk))
    return Item((f"{rated(view, risk.score, trend(risk))} · ", *named(view, risk)), (" · ".join(pieces),))


@panel("task", order=30)
def risk_on_card(view: View, task: Task) -> Sequence[Part]:
    """Show of which risk a task is what happened."""
    risk = risk_of_issue(view.unit, task.id) if task.kind == "issue" else None
    return (Note(view.line("This is {risk}, which happened.", risk=named(view, risk))),) if risk else ()


@panel("home", order=20)
def home_of_risks(view: View, person: Person) -> Sequence[Part]:
    """Show a person the risks that they are to look at again, or that are high."""
    mine = list_risks(view.unit, owner=person.id, today=view.today, most=HANDED)
    pressing = [each for each in mine if is_due(view, each) or each.score >= HIGH]
    return _listed(view, view.t("Your risks"), pressing, shows_owner=False)


@panel("status", order=30)
def status_of_risks(view: View, project: Project) -> Sequence[Part]:
    """Count the open risks by how high they are, and name the highest."""
    counts = count_scores(view.unit, project.id)
    if not counts:
        return ()
    high = [
        each for each in list_risks(view.unit, project=project.id, today=view.today, most=SHOWN) if each.score >= HIGH
    ]
    return (Text(_counted(view, counts)), *((Listing(tuple(_brief(view, each) for each in high)),) if high else ()))


@panel("digest", order=14)
def reviews_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Name the risks whose review day has passed, each with who looks after it."""
    due = list_risks(view.unit, project=edition.project, which="due", today=view.today, most=SHOWN)
    late = [each for each in due if each.review_on is not None and each.review_on < view.today]
    items = [
        Item(
            (
                Strong(view.ref(each).label),
                f" {each.title} · ",
                view.who(each.owner_id),
                f" · {_review_words(view, each)}",
            )
        )
        for each in late
    ]
    return (Text((Strong(view.t("Risks to review")),)), Listing(tuple(items))) if items else ()


@panel("digest", order=25)
def risks_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Name the high risks, with their trend and what plan B waits for."""
    if edition.rhythm == "daily":
        return ()
    risks = list_risks(view.unit, project=edition.project, today=view.today, most=SHOWN)
    items = tuple(_brief(view, each) for each in risks if each.score >= HIGH)
    return (Text(("⚠️ ", Strong(view.t("Risks")))), Listing(items)) if items else ()


@panel("handover", order=20)
def handover_of_risks(view: View, away: Away) -> Sequence[Part]:
    """Show who stands in which risks are theirs to look after meanwhile."""
    risks = list_risks(view.unit, owner=away.person_id, today=view.today, most=HANDED)
    return _listed(view, view.t("Risks to look after"), risks, shows_owner=False)


@panel("leaving", order=20)
def left_risks(view: View, person: Person) -> Sequence[Part]:
    """Show the risks that somebody leaves behind, to be given to others."""
    risks = list_risks(view.unit, owner=person.id, today=view.today, most=HANDED)
    rows = []
    for each in risks:
        ref = view.ref(each).label
        gives = view.button(
            view.t("Assign…"), "risk assign", {"risk": ref}, typed=view.say("risk assign", ref, view.t("@name"))
        )
        drawn = row(view, each, shows_owner=False)
        rows.append(Item(drawn.line, drawn.detail, gives))
    return (Text((Strong(view.t("Risks")),)), Listing(tuple(rows))) if rows else ()


@panel("search", order=25)
def found_risks(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the risks that hold a text: open ones first, the highest first."""
    found = risks_with(view.unit, rows_with(view.unit, "risk", wanted))
    sure = [each for each in found if wanted.is_in(each.title, each.plan or "", " ".join(each.labels))]
    sure.sort(key=lambda each: (not each.is_open, -each.score, -each.number))
    items = []
    for each in sure:
        drawn = row(view, each)
        line: Line = (
            f"{MARKS[level_of(each.score)]} ",
            Strong(view.ref(each).label),
            " ",
            *marked(each.title, wanted.words),
        )
        items.append(Item(line, drawn.detail))
    return section(view, view.t("Risks"), items, most=5)


# -- the card -------------------------------------------------------------------------------------


def _drawn(view: View, risk: Risk) -> Reply:
    parts: list[Part] = [Fields(tuple(_facts(view, risk)))]
    if risk.plan:
        parts.append(Text((Strong(view.t("Plan B")), f" {risk.plan}")))
    if risk.plan_when:
        parts.append(Text((Strong(view.t("Trigger")), f" {risk.plan_when}")))
    parts.append(Note(_origin(view, risk)))
    return Reply(
        title=(f"{view.ref(risk).label} {risk.title}",),
        health=HEALTH[level_of(risk.score)] if risk.is_open else None,
        parts=tuple(parts),
        buttons=tuple(_buttons(view, risk)),
        about=view.ref(risk),
    )


def _facts(view: View, risk: Risk) -> Iterator[Field]:
    """Give the rows of facts, each only where there is something to say."""
    if not risk.is_open:
        yield Field(view.t("Status"), _closed_words(view, risk))
    before = view.line(" (was {score})", score=str(risk.score_before)) if trend(risk) in ("↑", "↓") else ()
    yield Field(view.t("Risk score"), (rated(view, risk.score, trend(risk)), *before))
    yield Field(view.t("Probability"), (f"{risk.probability} {probability_words(view)[risk.probability - 1]}",))
    yield Field(view.t("Impact"), (f"{risk.impact} {impact_words(view)[risk.impact - 1]}",))
    yield Field(view.t("Owner"), (view.who(risk.owner_id, pings=True),))
    if risk.category or risk.labels:
        category = [view.words.forms(f"category {risk.category}")[0]] if risk.category else []
        yield Field(view.t("Category"), (" ".join([*category, *(f"#{each}" for each in risk.labels)]),))
    if risk.strategy:
        yield Field(view.t("Strategy"), (strategy_word(view, risk.strategy),))
    if risk.is_open:
        yield Field(view.t("Review"), (_review_words(view, risk, is_labelled=False),))
    task = view.unit.get(Task, risk.task_id) if risk.task_id is not None else None
    if task is not None:
        yield Field(view.t("Threatens"), task_named(view, task))


def strategy_word(view: View, strategy: str) -> str:
    """Name a strategy."""
    return view.words.forms(f"strategy {strategy}")[0].lstrip("!")


def _closed_words(view: View, risk: Risk) -> Line:
    issue = view.unit.get(Task, risk.issue_id) if risk.issue_id is not None else None
    if issue is not None:
        return (f"⛔ {view.t('happened')} → ", *task_named(view, issue))
    return (f"⬜ {view.t('risk closed')}", *((f" · {risk.closed_for}",) if risk.closed_for else ()))


def _review_words(view: View, risk: Risk, *, is_labelled: bool = True) -> str:
    written = view.due(risk.review_on)
    said = view.t("review {day}", day=written) if is_labelled else written
    if not is_due(view, risk) or risk.review_on is None:
        return said
    late = (view.today - risk.review_on).days
    return (
        f"{said} · {view.tn('{count} day late', '{count} days late', late) if late else view.t('to be reviewed now')}"
    )


def _origin(view: View, risk: Risk) -> Line:
    line = view.line("from {who}, {at}", who=view.who(risk.creator_id), at=view.clock(risk.created_at))
    if risk.assessed_at > risk.created_at:
        assessed = view.line("assessed by {who}, {at}", who=view.who(risk.assessed_by), at=view.clock(risk.assessed_at))
        line = (*line, " · ", *assessed)
    if not risk.is_open and risk.closed_at is not None:
        closed = view.line("closed by {who}, {at}", who=view.who(risk.closed_by), at=view.clock(risk.closed_at))
        line = (*line, " · ", *closed)
    return line


def _buttons(view: View, risk: Risk) -> Iterator[Button]:
    """Give what is done with a risk; what it lacks is offered first."""
    ref = view.ref(risk).label
    one = {"risk": ref}
    if not risk.is_open:
        yield view.button(view.t("Open again"), "risk reopen", {**one})
        return
    if is_due(view, risk):
        yield view.button(view.t("Still the same"), "risk same", {**one}, style="primary")
    yield assess_button(view, risk)
    if risk.owner_id is None:
        yield view.button(
            view.t("Assign…"), "risk assign", {**one}, typed=view.say("risk assign", ref, view.t("@name"))
        )
    if not risk.plan:
        yield view.button(view.t("Plan B…"), "risk plan", {**one}, typed=view.say("risk plan", ref, "…"))
    if risk.review_on is None:
        yield view.button(
            view.t("Review day…"), "risk review", {**one}, typed=view.say("risk review", ref, view.t("fri"))
        )
    yield view.button(view.t("Edit…"), "risk edit", {**one, "?": "title"}, typed=view.say("risk edit", ref))
    yield view.button(view.t("It happened"), "risk happened", {**one})
    yield close_button(view, risk)


def assess_button(view: View, risk: Risk) -> Button:
    """Offer the form in which a risk is assessed anew."""
    ref = view.ref(risk).label
    typed = view.say("risk assess", ref, *(view.words.forms(f"{name} {level}")[0] for name, level in (
        ("probability", risk.probability), ("impact", risk.impact))))  # fmt: skip
    return view.button(view.t("Reassess…"), "risk assess", {"risk": ref, "?": "probability"}, typed=typed)


def close_button(view: View, risk: Risk) -> Button:
    """Offer to close a risk; the form asks why."""
    ref = view.ref(risk).label
    return view.button(view.t("Close…"), "risk close", {"risk": ref}, typed=view.say("risk close", ref, "…"))


# -- rows of shared places ------------------------------------------------------------------------


def _assessed(view: View, one: Assessment, before: Assessment | None) -> Item:
    arrow = "" if before is None or before.score == one.score else "↑" if one.score > before.score else "↓"
    line = f"{rated(view, one.score, arrow)} ({one.probability} × {one.impact})"
    detail: Line = (
        view.who(one.author_id),
        f" · {view.clock(one.created_at)}",
        *((f" · {one.note}",) if one.note else ()),
    )
    return Item((line,), detail)


def _listed(view: View, title: str, risks: Sequence[Risk], *, shows_owner: bool) -> Sequence[Part]:
    if not risks:
        return ()
    rows = tuple(row(view, each, shows_owner=shows_owner) for each in risks[:SHOWN])
    more = view.tn("{count} more", "{count} more", len(risks) - SHOWN)
    return (Text((Strong(title),)), Listing(rows), *((Note((more,)),) if len(risks) > SHOWN else ()))


def _brief(view: View, risk: Risk) -> Item:
    """Show a risk in one line: its score and trend, and what plan B waits for."""
    plan = risk.plan_when or risk.plan
    detail: Line = (f"{view.t('Plan B')} {plan}",) if plan else (view.t("no plan B yet"),)
    mark = MARKS[level_of(risk.score)]
    return Item((f"{mark} ", *named(view, risk), f" · {risk.score}{trend(risk)}"), detail)


def _counted(view: View, counts: Mapping[int, int]) -> Line:
    levels = [0] * len(FLOORS)
    for score, count in counts.items():
        levels[level_of(score)] += count
    words = level_words(view)
    each = " · ".join(f"{MARKS[n]} {words[n]} {levels[n]}" for n in reversed(range(len(FLOORS))) if levels[n])
    total = view.tn("{count} open risk", "{count} open risks", sum(levels))
    return view.line("{what}: {each}", what=Strong(total), each=each)
