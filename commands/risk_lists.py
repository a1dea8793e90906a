"""Lists of risks, and the map of where they lie."""

from collections.abc import Mapping, Sequence
from typing import Final

from commands.charts.heat import HeatMap, Key, heat
from commands.core.arguments import Labels, Number
from commands.core.command import command
from commands.core.context import Context
from commands.core.reply import Code, Line, Listing, Note, Part, Reply, Text
from commands.core.retyping import retyped
from commands.grammar.risk import category_of
from commands.lists import Which
from commands.risk_cards import FLOORS, impact_words, level_words, probability_words, row, trend
from storage.people import Person
from storage.risks import Which as Kept
from storage.risks import list_risks

ON_A_PAGE: Final = 12
LISTED: Final = 400
"""So many risks of one project, or of one person, are looked at for a list or a map."""
COLOURS: Final = (("#e4f1ea", "#1d1c1d"), ("#ffe9a8", "#1d1c1d"), ("#f0973c", "#1d1c1d"), ("#a3232c", "#ffffff"))
_ASKED: Final[Mapping[Which, Kept]] = {
    Which.OPEN: "open", Which.OVERDUE: "due", Which.DONE: "closed", Which.ALL: "all",
}  # fmt: skip


@command(
    "risk list",
    may="risk.view",
    reads=True,
    examples=("风险列表", "风险列表 #供应商 @李四", "risks", "risks overdue", "risk list #vendor"),
)
def list_(
    ctx: Context,
    which: Which = Which.OPEN,
    owner: Person | None = None,
    labels: Labels | None = None,
    page: Number | None = None,
) -> Reply:
    """List the risks of the project, the highest first; by owner, category or tag."""
    whose = owner or (ctx.me if ctx.project is None else None)
    found = list_risks(
        ctx.unit,
        project=ctx.project,
        owner=whose.id if whose else None,
        which=_ASKED[which],
        today=ctx.today,
        most=LISTED,
    )
    wanted = [(label, category_of(label)) for label in labels or ()]
    risks = [
        each for each in found if all(each.category == kind if kind else label in each.labels for label, kind in wanted)
    ]
    title: Line = (" · ".join([_titles(ctx)[which], whose.name if whose else ctx.t("whole project"),
                               *(f"#{label}" for label, _ in wanted)]),)  # fmt: skip
    if not risks:
        return Reply(
            title=title, parts=(Text(_nothing(ctx, is_narrow=bool(found) or which is not Which.OPEN)),), to="private"
        )
    skip = ((page or 1) - 1) * ON_A_PAGE
    rows: list[Part] = [
        Listing(tuple(row(ctx, each, shows_owner=whose is None) for each in risks[skip : skip + ON_A_PAGE]))
    ]
    rows += [Note(line) for line in _paging(ctx, skip, len(risks))]
    maps = ctx.button(ctx.t("Risk map"), "risk map", {})
    return Reply(title=(*title, f" · {len(risks)}"), parts=tuple(rows), buttons=(maps,), to="private")


@command("risk map", may="risk.view", reads=True, examples=("风险图", "risk map"))
def map_(ctx: Context) -> Reply:
    """Draw where the open risks lie, by probability and impact."""
    whose = None if ctx.project is not None else ctx.me.id
    risks = list_risks(ctx.unit, project=ctx.project, owner=whose, today=ctx.today, most=LISTED)
    if not risks:
        return Reply(title=(ctx.t("Risk map"),), parts=(Text(_nothing(ctx, is_narrow=False)),), to="private")
    refs: dict[tuple[int, int], list[str]] = {}
    for each in risks:
        refs.setdefault((each.probability, each.impact), []).append(f"{ctx.ref(each).label}{trend(each)}")
    bounds = [*FLOORS[1:], 26]
    labels = [
        f"{word} {floor}-{bound - 1}" for word, floor, bound in zip(level_words(ctx), FLOORS, bounds, strict=True)
    ]
    drawn = heat(
        HeatMap(
            title=ctx.t("Risk map"),
            count=ctx.tn("{count} open risk", "{count} open risks", len(risks)),
            probability=ctx.t("Probability"),
            probabilities=probability_words(ctx),
            impact=ctx.t("Impact"),
            impacts=impact_words(ctx),
            keys=[Key(floor, label, *colours) for floor, label, colours in zip(FLOORS, labels, COLOURS, strict=True)],
            refs=refs,
        )
    )
    lists = ctx.button(ctx.t("List of risks"), "risk list", {})
    return Reply(title=(ctx.t("Risk map"),), parts=(drawn,), buttons=(lists,), to="private")


def _titles(ctx: Context) -> Mapping[Which, str]:
    return {
        Which.OPEN: ctx.t("Open risks"),
        Which.OVERDUE: ctx.t("Risks to review"),
        Which.DONE: ctx.t("Closed risks"),
        Which.ALL: ctx.t("All risks"),
    }


def _nothing(ctx: Context, *, is_narrow: bool) -> Line:
    if is_narrow:
        return ctx.line("No risk is like this. All open ones: {list}", list=Code(ctx.say("risk list")))
    example = Code(ctx.say("risk add", ctx.t("Samples late p4 i4 @name")))
    return ctx.line("No open risks. Enter one: {example}", example=example)


def _paging(ctx: Context, skip: int, total: int) -> Sequence[Line]:
    """Say how many more there are, and what to type for them."""
    left = total - skip - ON_A_PAGE
    if left <= 0 and skip < total:
        return ()
    page = skip // ON_A_PAGE + 2 if left > 0 else 1
    more = Code(retyped(ctx, "risk list", {**ctx.call.args, "page": page}))
    if left > 0:
        return (ctx.line("{count} more: {list}", count=left, list=more),)
    return (ctx.line("There is no such page. From the first: {list}", list=more),)
