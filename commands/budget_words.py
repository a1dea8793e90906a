"""How budgets are spoken of: their categories, how much of a line is used, and who is told of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from commands.core.access import may, rights_of, standing
from commands.core.arguments import Prose
from commands.core.context import Context, View
from commands.core.reply import Line, Strong
from commands.grammar.money import Money
from commands.grammar.tokens import bare, normal
from commands.words.money import amount
from storage.approvals import Approval
from storage.budgets import BudgetLine
from storage.chats import Project
from storage.people import Person, all_people
from storage.roles import roles_in

LEVELS: Final = (80, 100)
"""Percentages of a plan at which people are warned."""
CELLS: Final = 10
"""Of a bar that is written in signs."""


class Category(StrEnum):
    """Choose what money is spent on; typed as a label, or at the head of the words."""

    PEOPLE = "budget people"
    EQUIPMENT = "budget equipment"
    SOFTWARE = "budget software"
    OUTSOURCING = "budget outsourcing"
    MARKETING = "budget marketing"
    LOGISTICS = "budget logistics"
    OTHER = "budget other"

    @property
    def stored(self) -> str:
        """The word that the tables hold."""
        return self.value.rpartition(" ")[2]

    @classmethod
    def of(cls, line: BudgetLine) -> "Category":
        """Give the category of a line."""
        return cls(f"budget {line.category}")


def category_word(view: View, category: Category) -> str:
    """Name a category."""
    return view.words.forms(category.value)[0].lstrip("#")


def line_word(view: View, line: BudgetLine) -> str:
    """Name a line by its category."""
    return category_word(view, Category.of(line))


def category_in(ctx: Context, said: Prose | None) -> tuple[Category | None, str]:
    """Take a category off the head of some words; give the rest of them."""
    head, _, rest = (said or "").strip().partition(" ")
    word = normal(bare(head)).lstrip("#")
    for each in Category:
        if word in {normal(form).lstrip("#") for form in ctx.forms(each.value)}:
            return each, rest.strip()
    return None, (said or "").strip()


def minor(value: int, currency: str) -> str:
    """Write an amount in minor units, which may be none at all or below zero."""
    return f"{'-' if value < 0 else ''}{amount(Money(abs(value), currency))}"


def percent(used: int, plan: int) -> int:
    """Give a share in whole percent, rounded down: 80 is written when it is reached."""
    return used * 100 // plan


def level_of(used: int, plan: int) -> int:
    """Give the highest of LEVELS that is reached; 0 for none."""
    return max((level for level in LEVELS if used * 100 >= level * plan), default=0)


def mark(level: int) -> str:
    """Give the sign of a level."""
    return {80: "🟡", 100: "🔴"}.get(level, "🟢")


def bar(before: int, after: int) -> str:
    """Write how much is used, then what is added, then what is left: `██████▒▒░░`."""
    full, more = (min(max(round(each * CELLS / 100), 0), CELLS) for each in (min(before, after), after))
    return "█" * full + "▒" * (more - full) + "░" * (CELLS - more)


def state_line(view: View, line: BudgetLine) -> Line:
    """Say what a level of a line means, in words."""
    name, used = Strong(line_word(view, line)), minor(line.used_minor, line.currency)
    plan = minor(line.plan_minor, line.currency)
    if line.left_minor < 0:
        over = minor(-line.left_minor, line.currency)
        return view.line("🔴 {line} is over its budget by {over}: {used} of {plan}.", line=name, over=over, used=used,
                         plan=plan)  # fmt: skip
    if line.left_minor == 0:
        return view.line("🔴 {line}: the whole budget of {plan} is used.", line=name, plan=plan)
    left = minor(line.left_minor, line.currency)
    share = f"{percent(line.used_minor, line.plan_minor)}%"
    return view.line("{mark} {line}: {share} of the budget is used, {used} of {plan}; {left} is left.", line=name,
                     mark=mark(level_of(line.used_minor, line.plan_minor)), share=share, used=used, plan=plan,
                     left=left)  # fmt: skip


def guardians(ctx: Context, about: Project | Approval, roles: Sequence[str], action: str) -> list[Person]:
    """List who is to hear of money, but for who acts: of these roles, admins where nobody is.

    Who may not do this action there, or for whom it is confidential, is left out.
    """
    project = about.id if isinstance(about, Project) else about.project_id
    given = roles_in(ctx.unit, project) if project is not None else {}
    standings = [(standing(person, given.get(person.id)), person) for person in all_people(ctx.unit)]
    found = [person for role, person in standings if role in roles]
    found = found or [person for role, person in standings if role == "admin"]
    rights = [rights_of(ctx.unit, person, here=project) for person in found if person.id != ctx.me.id]
    return [each.person for each in rights if may(each, action, about)]
