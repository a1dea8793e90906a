"""Whether a price or a coupon that is asked for trips a rule: below its floor, stacked too low, a test near the launch.

It is read from the stored title and amount each time, in the transaction that asks or decides. Where rules hold and
something cannot be read for certain, that trips as well. Knows no votes; approval_routes.py says what follows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

from commands.approval_words import money_of
from commands.core.context import Context, View, zone_of
from commands.core.reply import Inline, Line
from commands.grammar.money import Money
from commands.grammar.offers import Discount, Offer, left_of, read_offer
from commands.words.catalog import msg
from commands.words.money import amount
from storage.approvals import Approval
from storage.chats import Project
from storage.prices import SHARES, PriceRule, PriceTrip, TripKind, other_offers, rules_for, trips_recorded
from storage.workspaces import workspace_of

STACKED_WITHIN: Final = timedelta(days=30)
"""A coupon is taken to be usable with what was asked for in its project since then."""
WATCHED_DAYS: Final = 14
"""So long before the launch a test coupon takes two people where no rule says otherwise."""
NEARLY_FREE: Final = Fraction(1, 10)
"""A coupon that leaves no more than this share of the price is watched as a test coupon is."""
WORDS_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Trip:
    """A rule that is tripped, and by how much; or what could not be read."""

    kind: TripKind
    subject: str = ""
    """The product, how many coupons it stacks with, or the words."""
    least: int = 0
    """Minor units, ten-thousandths of the price, or days."""
    found: int = 0
    """In the same unit; days are counted to the launch."""
    currency: str | None = None
    rule_id: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: of a stored request, or one that is about to be."""

    project: int | None
    title: str
    money: Money | None
    approval: int = 0
    """The id of the stored one, which is not compared with itself."""


def red_of(view: View, approval: Approval, *, title: str | None = None, money: Money | None = None) -> list[Trip]:
    """List what a request trips, by the rules of this moment and of when it was seen before.

    `title` and `money` stand for what it would be changed to. What is no price trips nothing.
    """
    if approval.kind != "price":
        return []
    asked = Request(approval.project_id, title or approval.title, money or money_of(approval), approval.id)
    recorded = kept_of(view, approval) if title is None and money is None else []
    return _strictest([*trips_of(view, asked), *recorded])


def kept_of(view: View, approval: Approval) -> list[Trip]:
    """List what this edition of a request was seen to trip, as it was then."""
    if approval.kind != "price":
        return []
    return _strictest([_as_kept(row) for row in trips_recorded(view.unit, approval.id, approval.edition)])


def trips_of(view: View, asked: Request) -> list[Trip]:
    """List what is tripped by the rules of this moment."""
    with view.unit.unbounded():  # a rule counts for those as well who may not see all that it compares with
        rules = rules_for(view.unit, asked.project)
        floors = [rule for rule in rules if rule.kind == "floor"]
        shares = [rule for rule in rules if rule.kind == "stacking"]
        offer = read_offer(asked.title, [rule.key for rule in floors])
        found = [*_of_test(view, asked, offer, [rule for rule in rules if rule.kind == "testing"])]
        if floors or shares:
            found += [Trip("words", offer.unread[:WORDS_CHARS])] if offer.unread else []
        if floors:
            found += _of_floors(asked, offer, floors)
        if shares:
            found += _of_stacking(view, asked, offer, max(shares, key=lambda rule: rule.percent or 0))
        return _strictest(found)


def note_trips(ctx: Context, approval: Approval) -> None:
    """Keep what a request trips at this moment, once, in the audit as well."""
    if approval.kind != "price":
        return
    asked = Request(approval.project_id, approval.title, money_of(approval), approval.id)
    known = {_as_kept(row) for row in trips_recorded(ctx.unit, approval.id, approval.edition)}
    for trip in trips_of(ctx, asked):
        if trip not in known:
            ctx.unit.add(PriceTrip, approval_id=approval.id, edition=approval.edition, kind=trip.kind,
                         rule_id=trip.rule_id, subject=trip.subject, least=trip.least, found=trip.found,
                         currency=trip.currency)  # fmt: skip


def _as_kept(row: PriceTrip) -> Trip:
    kind: TripKind = row.kind  # type: ignore[assignment] # written from a TripKind, by note_trips alone
    return Trip(kind, row.subject, row.least, row.found, row.currency, row.rule_id)


def trip_line(view: View, trip: Trip) -> Line:
    """Say in one line which rule is tripped, and by how much."""
    values: dict[str, Inline] = {"subject": trip.subject}
    if trip.kind == "floor":
        floor, price, gap = (amount(Money(minor, trip.currency or ""))
                             for minor in (trip.least, trip.found, trip.least - trip.found))  # fmt: skip
        short = max(round(Fraction(100 * (trip.least - trip.found), trip.least)), 1)
        values |= {"floor": floor, "price": price, "gap": gap, "share": f"{short}%"}
    elif trip.kind == "stacking":
        least, left, gap = (f"{share / 100:g}" for share in (trip.least, trip.found, trip.least - trip.found))
        values |= {"least": f"{least}%", "left": f"{left}%", "gap": gap}
    elif trip.kind == "testing":
        days, least = (view.tn("{count} day", "{count} days", count) for count in (trip.found, trip.least))
        values |= {"days": days, "least": least}
    return view.line(_SAID[trip.kind], **values)


_SAID: Final[Mapping[TripKind, str]] = {
    "floor": msg("{subject} at {price} is below the floor price {floor}, by {gap} ({share})"),
    "stacking": msg("Stacked it leaves {left} of the price at worst, below {least}, by {gap} points"),
    "testing": msg("A test coupon, or one of nearly full value, {days} before the launch: watched from {least} on"),
    "launched": msg("A test coupon, or one of nearly full value, after the launch"),
    "launch": msg("A test coupon, or one of nearly full value, and no launch day is known"),
    "product": msg("It names no product that has a floor price, so it cannot be compared"),
    "price": msg("What {subject} costs in the end cannot be told for certain"),
    "currency": msg("{subject} has its floor price in another currency"),
    "discount": msg("How much is left of the price, stacked with others, cannot be told for certain"),
    "words": msg("Not understood for certain: {subject}"),
}


def _of_floors(asked: Request, offer: Offer, floors: Sequence[PriceRule]) -> Iterator[Trip]:
    """Compare each product that is named with its floors, after all that is taken off."""
    prices = [*offer.prices, *([asked.money] if asked.money else [])]
    if not offer.products:
        yield Trip("product")
    elif not prices or offer.is_coupon:  # the amount of a coupon may be what it takes off
        yield from (Trip("price", rule.product or "") for rule in floors if rule.key in offer.products)
    else:
        for rule in floors:
            if rule.key in offer.products:
                yield from _of_floor(rule, offer, prices)


def _of_floor(rule: PriceRule, offer: Offer, prices: Sequence[Money]) -> Iterator[Trip]:
    product, least = rule.product or "", rule.amount_minor or 0
    if any(price.currency != rule.currency for price in prices):
        yield Trip("currency", product, rule_id=rule.id)
        return
    price = min(prices)
    left = left_of(offer.discounts, price)
    if left is None:
        yield Trip("price", product, rule_id=rule.id)
    elif price.minor * left < least:
        yield Trip("floor", product, least, int(price.minor * left), rule.currency, rule.id)


def _of_stacking(view: View, asked: Request, offer: Offer, rule: PriceRule) -> Iterator[Trip]:
    """Compare what is left where everything is used at once that can be."""
    if not offer.discounts:
        if offer.is_coupon or not (asked.money or offer.prices):
            yield Trip("discount", rule_id=rule.id)
        return
    if offer.stacks is False:
        return
    least = SHARES * (rule.percent or 0) // 100
    left = left_of([*offer.discounts, *_others(view, asked, offer)])
    if left is None:
        yield Trip("discount", rule_id=rule.id)
    elif left * SHARES < least:
        yield Trip("stacking", "", least, int(left * SHARES), None, rule.id)


def _others(view: View, asked: Request, offer: Offer) -> Iterator[Discount]:
    """Give the discounts that may be used beside this one: of its project, lately, on the same products."""
    since = view.now - STACKED_WITHIN
    known = offer.products
    for other in other_offers(view.unit, asked.project, since=since, but=asked.approval):
        beside = read_offer(other.title, known)
        if beside.stacks is not False:
            yield from beside.discounts


def _of_test(view: View, asked: Request, offer: Offer, rules: Sequence[PriceRule]) -> Iterator[Trip]:
    """Look at a test coupon, or one that leaves next to nothing: how near is the launch?"""
    left = offer.share_left(asked.money)
    if not offer.is_test and (left is None or left > NEARLY_FREE):
        return
    rule = min(rules, key=lambda each: each.project_id is None, default=None)  # the project's own first
    days = rule.days if rule is not None and rule.days is not None else WATCHED_DAYS
    project = view.unit.get(Project, asked.project) if asked.project is not None else None
    if days == 0:
        return
    if project is None or project.launch_on is None:
        yield Trip("launch", rule_id=rule.id if rule else None)
        return
    today = view.now.astimezone(zone_of(workspace_of(view.unit).timezone)).date()
    left_days = (project.launch_on - today).days
    if left_days <= days:
        kind: TripKind = "testing" if left_days >= 0 else "launched"
        yield Trip(kind, "", days, max(left_days, 0), None, rule.id if rule else None)


def _strictest(trips: Sequence[Trip]) -> list[Trip]:
    """Keep one of those that say the same of the same, the one that falls short by most."""
    kept: dict[tuple[str, str], Trip] = {}
    for trip in trips:
        key = (trip.kind, trip.subject)
        if key not in kept or trip.least - trip.found > kept[key].least - kept[key].found:
            kept[key] = trip
    return sorted(kept.values(), key=lambda trip: _ORDER.index(trip.kind))


_ORDER: Final = tuple(_SAID)
