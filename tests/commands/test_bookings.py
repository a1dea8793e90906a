"""What an approval books: once, on the right line, exactly; and nothing that was not agreed to."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest

from commands import bookings, decisions
from commands.bookings import BookedNowhere, LineCrossed
from commands.budget_words import Category
from commands.core.context import Context
from commands.decisions import ApprovalClosed, ApprovalReopened
from commands.grammar.money import Money
from storage.approvals import Approval
from storage.budgets import BudgetLine, Commitment, PlanChange, Spend, booked_in, commitment_of, unassigned_in
from storage.unit import Unit
from tests.support.office import AMOUNT, Office, found
from tests.support.store import Desk

OF_LINE = AMOUNT.minor
"""What each approval of the office asks for."""


@dataclass
class Books:
    """An office with one line, and what acts on it."""

    office: Office

    @property
    def line(self) -> BudgetLine:
        line: BudgetLine = self.office.write(lambda unit: unit.must_get(BudgetLine, self.office.line or 0))
        return line

    @property
    def sums(self) -> tuple[int, int, int]:
        """What is committed, spent and drawn, in thousandths of what one approval asks for."""
        line = self.line
        return tuple(each * 1000 // OF_LINE for each in (line.committed_minor, line.spent_minor, line.drawn_minor))  # type: ignore[return-value]  # three of them

    def approve(self, **values: Any) -> int:
        """Ask for something that differs in this, and approve it; give its number."""
        number = self.office.ask("Ann")
        self.change(number, **values)
        assert self.office.decide("Ann", number) == ""
        return number

    def change(self, number: int, **values: Any) -> None:
        self.office.write(lambda unit: unit.change(self._approval(unit, number), **values) and None)

    def take_back(self, number: int) -> str:
        return self.office.act("Ann", number, decisions.take_back)

    def spend(self, thousandths: int, number: int | None = None) -> int:
        """Spend on the line, of an approval or of none; give the spend."""

        def work(unit: Unit) -> int:
            ctx, line = self.ctx(unit), unit.must_get(BudgetLine, self.office.line or 0)
            approval = self._approval(unit, number).id if number is not None else None
            money = Money(OF_LINE * thousandths // 1000, "CNY")
            return bookings.enter(ctx, line, money, "x", receipt=None, approval=approval).id

        spent: int = self.office.write(work)
        return spent

    def ctx(self, unit: Unit) -> Context:
        return self.office.context(unit, "Ann", project=self.office.project)

    def booked(self) -> dict[int, int]:
        sums: dict[int, int] = self.office.write(lambda unit: booked_in(unit, self.office.project or 0))
        return sums

    def commitment(self, number: int) -> Commitment | None:
        return self.office.write(lambda unit: commitment_of(unit, self._approval(unit, number).id))  # type: ignore[no-any-return]  # of any work

    def loose(self) -> int:
        return len(self.office.write(lambda unit: unassigned_in(unit, self.office.project or 0)))

    def begin(self, category: Category, plan: int, currency: str = "CNY") -> int:
        """Plan a line; give its id."""

        def work(unit: Unit) -> int:
            return bookings.begin(self.ctx(unit), self.office.project or 0, category, Money(plan, currency)).id

        line: int = self.office.write(work)
        return line

    def _approval(self, unit: Unit, number: int) -> Approval:
        return unit.must_get(Approval, self.office.approval_id(unit, number))


@pytest.fixture
def books(sqlite_desk: Desk) -> Books:
    office = found(sqlite_desk.store, sqlite_desk.workspace, sqlite_desk.clock)
    office.open_budget()
    return Books(office)


def test_a_yes_books_once_and_taking_it_back_takes_it_off(books: Books) -> None:
    books.change(books.office.ask("Ann"), amount_minor=None, currency=None)  # another is open, about no money
    number = books.approve()
    assert books.sums == (1000, 0, 0) and books.booked() == {books.office.line: OF_LINE}

    def again(unit: Unit) -> None:
        approval = unit.must_get(Approval, books.office.approval_id(unit, number))
        bookings.book(books.ctx(unit), ApprovalClosed(approval))

    books.office.write(again)
    assert books.sums == (1000, 0, 0)
    assert books.take_back(number) == "" and books.sums == (0, 0, 0) and books.booked() == {}
    books.office.write(
        lambda unit: bookings.unbook(
            books.ctx(unit), ApprovalReopened(unit.must_get(Approval, books.office.approval_id(unit, number)))
        )
    )
    assert books.sums == (0, 0, 0)
    assert books.office.decide("Ann", number) == "" and books.sums == (1000, 0, 0)


@pytest.mark.parametrize(
    "values", [{"amount_minor": None, "currency": None}, {"project_id": None}, {"kind": "plan"}, {"kind": "price"}]
)
def test_what_is_no_money_of_a_project_books_nothing(books: Books, values: dict[str, Any]) -> None:
    number = books.approve(**values)
    assert books.sums == (0, 0, 0) and books.commitment(number) is None


@pytest.mark.parametrize("end", ["reject", "return", "withdraw", "expire"])
def test_no_other_end_books_anything(books: Books, end: str) -> None:
    number = books.office.ask("Ann")
    if end == "withdraw":
        assert books.office.act("Ria", number, decisions.withdraw) == ""
    elif end == "expire":
        books.change(number, deadline_at=books.office.clock.now)
        assert books.office.act("Ria", number, decisions.expire) == ""
    else:
        assert books.office.decide("Ann", number, end) == ""  # type: ignore[arg-type]  # one of the choices
    assert books.office.approval(number).state != "pending" and books.commitment(number) is None


@pytest.mark.parametrize("values", [{"currency": "USD"}, {"category": "people"}])
def test_what_fits_no_line_is_kept_and_asked_about(books: Books, values: dict[str, Any]) -> None:
    said: list[object] = []

    def decide(ctx: Context, approval: Approval) -> None:
        decisions.decide(ctx, approval, "approve", shown=decisions.Shown())
        said.append(ctx)

    number = books.office.ask("Ann")
    books.change(number, **values)
    assert books.office.act("Ann", number, decide) == ""
    assert books.sums == (0, 0, 0) and books.loose() == 1
    assert [type(fact) for ctx in said for fact in ctx.facts][-1] is BookedNowhere  # type: ignore[attr-defined]  # contexts
    assert books.take_back(number) == "" and books.loose() == 0


def test_a_new_line_takes_what_was_agreed_to_for_it_in_its_currency(books: Books) -> None:
    books.approve(category="people")
    books.approve(category="people", currency="USD")
    books.approve(category=None, currency="USD")
    line = books.begin(Category.PEOPLE, 10**9)
    assert books.booked() == {line: OF_LINE} and books.loose() == 2


def test_of_an_approval_as_much_is_drawn_as_it_agreed_to(books: Books) -> None:
    number = books.approve()
    first = books.spend(400, number)
    assert books.sums == (1000, 400, 400)
    books.spend(900, number)
    assert books.sums == (1000, 1300, 1000) and books.line.used_minor == OF_LINE * 13 // 10
    books.spend(50)
    assert books.sums == (1000, 1350, 1000)

    def remove(unit: Unit) -> None:
        spend = unit.must_get(Spend, first)
        bookings.remove(books.ctx(unit), spend)

    books.office.write(remove)
    assert books.sums == (1000, 950, 900)
    assert books.take_back(number) == "" and books.sums == (0, 950, 0)
    books.spend(10, number)
    assert books.sums == (0, 960, 0)
    assert books.office.decide("Ann", number) == "" and books.sums == (1000, 960, 910)


def test_what_counts_on_another_line_takes_along_what_was_spent_of_it(books: Books) -> None:
    number, other = books.approve(), books.begin(Category.PEOPLE, 10**9)
    books.spend(300, number)
    books.spend(20)

    def assign(unit: Unit, line: int) -> BudgetLine:
        commitment = commitment_of(unit, books.office.approval_id(unit, number))
        assert commitment is not None
        return bookings.assign(books.ctx(unit), commitment, unit.must_get(BudgetLine, line))

    moved = books.office.write(lambda unit: assign(unit, other))
    assert (moved.committed_minor, moved.spent_minor, moved.drawn_minor) == (
        OF_LINE,
        OF_LINE * 3 // 10,
        OF_LINE * 3 // 10,
    )
    assert books.sums == (0, 20, 0)
    assert books.office.write(lambda unit: assign(unit, other)).version == moved.version
    books.office.write(lambda unit: assign(unit, books.office.line or 0))
    assert books.sums == (1000, 320, 300)


def test_a_plan_goes_and_comes_back_with_its_approval_unless_it_was_changed_since(books: Books) -> None:
    def ask_for(plan: int, **values: Any) -> int:
        number = books.office.ask("Ann")
        books.change(number, amount_minor=plan, **values)
        books.office.write(
            lambda unit: unit.add(
                PlanChange, approval_id=books.office.approval_id(unit, number), project_id=books.office.project,
                budget_id=books.office.line,
            )
        )  # fmt: skip
        return number

    first = ask_for(5_000)
    assert books.office.decide("Ann", first) == "" and books.line.plan_minor == 5_000
    assert books.take_back(first) == "" and books.line.plan_minor == 10**15
    assert books.take_back(first) != "" and books.line.plan_minor == 10**15
    assert books.office.decide("Ann", first) == ""
    second = ask_for(6_000)
    assert books.office.decide("Ann", second) == "" and books.line.plan_minor == 6_000
    assert "changed once more since" in books.take_back(first) and books.line.plan_minor == 6_000
    third = ask_for(7_000, currency="USD")
    assert "is in CNY" in books.office.decide("Ann", third) and books.line.plan_minor == 6_000
    assert books.office.approval(third).state == "pending" and books.booked() == {}


def test_a_level_is_told_once_until_it_is_left(books: Books) -> None:
    line = books.begin(Category.PEOPLE, 1_000)

    def spend(amount: int) -> list[int]:
        def work(unit: Unit) -> list[int]:
            ctx = books.ctx(unit)
            bookings.enter(ctx, unit.must_get(BudgetLine, line), Money(amount, "CNY"), "x", receipt=None, approval=None)
            return [fact.line.warned for fact in ctx.facts if isinstance(fact, LineCrossed)]

        told: list[int] = books.office.write(work)
        return told

    assert [spend(each) for each in (799, 1, 100, 100, 1)] == [[], [80], [], [100], []]


@pytest.mark.slow
def test_decisions_at_once_on_one_line_lose_nothing(desk: Desk) -> None:
    """On PostgreSQL they run beside each other; the line is waited for, and no decision fails for it."""
    office = found(desk.store, desk.workspace, desk.clock)
    office.open_budget()
    books = Books(office)
    numbers = [office.ask("Ann") for _ in range(16)]
    heard: list[str] = []
    lots = [numbers[at::4] for at in range(4)]
    threads = [
        threading.Thread(target=lambda lot=lot: heard.extend(office.decide("Ann", n) for n in lot)) for lot in lots
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert heard == [""] * 16
    assert books.sums[0] == 16_000 and office.booked() == (16 * OF_LINE, 16 * OF_LINE)
