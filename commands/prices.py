"""Price rules: floor prices, how little stacked discounts may leave, and how long before a launch test coupons wait.

A price or a coupon that trips one is asked for all the same, but in red: two people must agree, and each is told first.
How that is checked is in price_checks.py; here are the sentences that set the rules, and where red shows.
"""

from collections.abc import Sequence
from typing import Final

from commands.approval_cards import row
from commands.core.arguments import Prose
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.errors import Refused, Wanting
from commands.core.facts import on
from commands.core.reply import Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.decisions import ApprovalAltered, ApprovalClosed, ApprovalFact, ApprovalReopened, ApprovalVoted
from commands.grammar.money import Money
from commands.grammar.offers import parse_days, parse_share, product_key
from commands.price_checks import WATCHED_DAYS, kept_of, note_trips, red_of, trip_line
from commands.roles import Reach
from commands.settings import Switch
from commands.tasks import TaskFinished
from commands.words.money import amount as amount_words
from storage.approvals import Approval
from storage.chats import Project
from storage.prices import PriceRule, RuleKind, last_price_of, pending_prices, rules_for, tripped_in
from storage.tasks import Task

FLOORS_AT_MOST: Final = 1000
"""In one place: each is read with every price that is asked for."""
NAME_CHARS: Final = 80
LISTED: Final = 40
SHOWN: Final = 5


@command(
    "price floor",
    may="price.edit",
    examples=("底价 保温杯 ¥59", "floor price mug $8", "底价 保温杯 取消"),
)
def floor(
    ctx: Context,
    product: Prose | None = None,
    amount: Money | None = None,
    reach: Reach = Reach.HERE,
    state: Switch | None = None,
) -> Reply:
    """Say below which price a product takes two people: in this project, or everywhere."""
    if not (product or amount or state):
        return rules(ctx)
    place = _place(ctx, reach, _example(ctx).text)
    name = " ".join((product or "").split())[:NAME_CHARS]
    key = product_key(name)
    if not key:
        raise Wanting("product", ctx.line("Which product or SKU is it? Example: {example}", example=_example(ctx)))
    if amount is None and state is None:
        raise Wanting("amount", ctx.line("How much is it at least? Example: {example}", example=_example(ctx)))
    if amount is None:
        return _removed(ctx, _rule(ctx, place, "floor", key), Strong(name))
    known = [rule for rule in rules_for(ctx.unit, place) if rule.kind == "floor"]
    if len(known) >= FLOORS_AT_MOST and all(rule.key != key for rule in known):
        raise Refused(ctx.line("There are {count} floor prices already. Remove one first: {list}", count=len(known),
                               list=Code(ctx.say("price list"))))  # fmt: skip
    _set(ctx, place, "floor", key=key, product=name, amount_minor=amount.minor, currency=amount.currency)
    line = ctx.line("Below {amount} {product} takes two people.", amount=Strong(amount_words(amount)), product=name)
    return _done(ctx, line, place)


@command(
    "price stacking",
    may="price.edit",
    examples=("叠加底线 60%", "stacking floor 60% everywhere", "叠加底线 关闭"),
)
def stacking(ctx: Context, share: Prose | None = None, reach: Reach = Reach.HERE, state: Switch | None = None) -> Reply:
    """Say how much of the price stacked discounts must leave, or else two people must agree."""
    if share is None and state is None:
        return rules(ctx)
    place = _place(ctx, reach, ctx.say("price stacking", "60%"))
    if share is None:
        return _removed(ctx, _rule(ctx, place, "stacking"), ctx.t("stacking floor"))
    percent = parse_share(share)
    if percent is None:
        raise Wanting("share", ctx.line("I cannot read {words} as a share of the price, 1% to 99%. Example: {example}",
                                        words=Strong(share),
                                        example=Code(ctx.say("price stacking", "60%"))))  # fmt: skip
    _set(ctx, place, "stacking", percent=percent)
    line = ctx.line("Discounts that stacked leave less than {share} of the price take two people.",
                    share=Strong(f"{percent}%"))  # fmt: skip
    return _done(ctx, line, place)


@command(
    "price testing",
    may="price.edit",
    examples=("测试券规则 上线前14天", "test coupon rule 14 days", "测试券规则 关闭"),
)
def testing(ctx: Context, days: Prose | None = None, reach: Reach = Reach.HERE, state: Switch | None = None) -> Reply:
    """Say from how many days before the launch on a test coupon takes two people."""
    if days is None and state is None:
        return rules(ctx)
    example = ctx.say("price testing", ctx.t("14 days"))
    place = _place(ctx, reach, example)
    count = parse_days(days) if days is not None else WATCHED_DAYS if state is Switch.USUAL else 0
    if count is None:
        raise Wanting("days", ctx.line("I cannot read {words} as days before the launch, 1 to 365. Example: {example}",
                                       words=Strong(days or ""), example=Code(example)))  # fmt: skip
    _set(ctx, place, "testing", days=count)
    return _done(ctx, (_watched(ctx, count),), place)


@command("price list", may="price.view", reads=True, examples=("价格规则", "price rules"))
def rules(ctx: Context) -> Reply:
    """List the price rules that hold here."""
    known = rules_for(ctx.unit, ctx.project)
    items = [_row(ctx, rule) for rule in known]
    if not any(rule.kind == "testing" for rule in known):
        items.append(Item((_watched(ctx, WATCHED_DAYS),), (ctx.t("unless a rule says otherwise"),)))
    hint = ctx.line("To set one: {floor}, {stacking}", floor=_example(ctx), stacking=Code(
        ctx.say("price stacking", "60%")))  # fmt: skip
    listed = Listing(tuple(items[:LISTED]))
    more = [Note((ctx.tn("{count} more", "{count} more", len(items) - LISTED),))] if len(items) > LISTED else []
    return Reply(title=(ctx.t("Price rules"),), parts=(listed, *more, Note(hint)), to="private")


@on(ApprovalAltered, ApprovalReopened, ApprovalVoted, ApprovalClosed)
def after_a_decision(ctx: Context, fact: ApprovalFact) -> None:
    """Keep what tripped at the moment of each vote and change."""
    note_trips(ctx, ctx.unit.must_get(Approval, fact.approval.id))


@on(TaskFinished)
def keep_shut(ctx: Context, fact: TaskFinished) -> None:
    """Refuse to finish what a price is for that trips a rule, and that nobody has agreed to.

    Raises:
        Refused: it waits, or was rejected; another one can be asked for in its place.
    """
    approval = last_price_of(ctx.unit, fact.task.id)
    if approval is None or approval.state == "approved":
        return
    red = red_of(ctx, approval) if approval.state == "pending" else kept_of(ctx, approval)
    if red:
        ref = ctx.ref(fact.task).label
        another = Code(ctx.say("approval add", ctx.words.forms("a price")[0], "…", ref))
        why: Line = (ctx.t("a price that is not for you to see"),)  # nor its number: it may be confidential
        if ctx.may("approval.view", approval):
            why = (Strong(ctx.ref(approval).label), " ", *trip_line(ctx, red[0]))
        raise Refused(ctx.line("{task} cannot be finished: what trips a price rule is not agreed to: {why}. Ask for "
                               "another in its place: {another}", task=Strong(ref), why=why,
                               another=another))  # fmt: skip


@panel("approval", order=5)
def rules_on_approval(view: View, approval: Approval) -> Sequence[Part]:
    """Say in red which rules a price trips; of what is closed, those that it tripped then."""
    if approval.kind != "price":
        return ()
    red = red_of(view, approval) if approval.state == "pending" else kept_of(view, approval)
    if not red:
        return ()
    lines = [Text(("🔴 ", Strong("".join(map(str, trip_line(view, trip)))))) for trip in red]
    asks = [Note((view.t("Two people must agree."),))] if approval.state == "pending" else []
    return (*lines, *asks)


@panel("status", order=14)
def status_of_prices(view: View, project: Project) -> Sequence[Part]:
    """Show in red what trips a rule and is open, or was rejected and keeps a task open."""
    items = [_tripped(view, each) for each in tripped_in(view.unit, project.id, most=LISTED) if _blocks(view, each)]
    if not items:
        return ()
    return (Text(("🔴 ", Strong(view.t("Trips a price rule")))), Listing(tuple(items[:SHOWN])))


# -- setting the rules -------------------------------------------------------------------------------------


def _place(ctx: Context, reach: Reach, example: str) -> int | None:
    """Give the project that a rule is for, None for everywhere.

    Raises:
        Refused: this chat has no project.
    """
    if reach is Reach.HERE and ctx.project is None:
        said = f"{example} {ctx.words.forms(Reach.EVERYWHERE.value)[0]}"
        raise Refused(ctx.line("Say it in the project's chat, or: {everywhere}", everywhere=Code(said)))
    return ctx.project if reach is Reach.HERE else None


def _rule(ctx: Context, place: int | None, kind: RuleKind, key: str = "") -> PriceRule | None:
    found = rules_for(ctx.unit, place)
    return next((rule for rule in found if (rule.project_id, rule.kind, rule.key) == (place, kind, key)), None)


def _set(ctx: Context, place: int | None, kind: RuleKind, *, key: str = "", **values: object) -> None:
    known = _rule(ctx, place, kind, key)
    if known is None:
        known = ctx.unit.add(PriceRule, project_id=place, kind=kind, key=key, **values)
    else:
        known = ctx.unit.change(known, **values)
    ctx.must("price.edit", known)  # a rule for everywhere, with their role outside of any project


def _removed(ctx: Context, known: PriceRule | None, what: str | Strong) -> Reply:
    if known is None:
        raise Refused(ctx.line("There is no such rule here. Those that there are: {list}",
                               list=Code(ctx.say("price list"))))  # fmt: skip
    ctx.must("price.edit", known)
    ctx.unit.archive(known)
    return Reply(parts=(Text(ctx.line("The rule holds no longer: {rule}.", rule=what)),), to="private")


def _done(ctx: Context, line: Line, place: int | None) -> Reply:
    """Confirm a rule, and say which open requests it catches; their cards turn red."""
    parts: list[Part] = [Text((*line, " ", ctx.t("In this project.") if place is not None else ctx.t("Everywhere.")))]
    caught = []
    for approval in pending_prices(ctx.unit):
        if place in (None, approval.project_id):
            ctx.unit.touch("approval", approval.id)
            note_trips(ctx, approval)
            caught += [approval] if red_of(ctx, approval) else []
    if caught:
        refs = ctx.t(", ").join(f"{ctx.ref(each).label} {each.title}" for each in caught[:SHOWN])
        parts.append(Text(ctx.line("🔴 Open requests that trip a rule now: {refs}", refs=refs)))
    return Reply(parts=tuple(parts), to="private")


def _watched(ctx: Context, days: int) -> str:
    """Say from when on test coupons are watched."""
    if days == 0:
        return ctx.t("Test coupons take one person, however near the launch is.")
    return ctx.tn("Test coupons take two people from {count} day before the launch on.",
                  "Test coupons take two people from {count} days before the launch on.", days)  # fmt: skip


def _example(ctx: Context) -> Code:
    return Code(ctx.t("floor price mug $8"))


def _row(ctx: Context, rule: PriceRule) -> Item:
    """Write a rule as one row, with where it holds."""
    if rule.kind == "floor":
        money = Money(rule.amount_minor or 0, rule.currency or "")
        line = ctx.line("{product}: not below {amount}", product=Strong(rule.product or ""), amount=amount_words(money))
    elif rule.kind == "stacking":
        line = ctx.line("Stacked discounts leave at least {share} of the price", share=Strong(f"{rule.percent}%"))
    else:
        line = (_watched(ctx, rule.days or 0),)
    return Item(line, (ctx.words.forms((Reach.HERE if rule.project_id is not None else Reach.EVERYWHERE).value)[0],))


# -- where red shows ---------------------------------------------------------------------------------------


def _blocks(view: View, approval: Approval) -> bool:
    """Tell whether something still waits for it: open, or rejected with a task that was not finished otherwise."""
    if approval.state == "pending":
        return True
    task = view.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    return task is not None and task.archived_at is None and task.is_open


def _tripped(view: View, approval: Approval) -> Item:
    said = row(view, approval)
    why = kept_of(view, approval)[:1]
    return Item(said.line, tuple(part for trip in why for part in trip_line(view, trip)))
