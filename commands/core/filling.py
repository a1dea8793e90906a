"""From what was filled into a form to arguments; each doubt is said beside its field."""

import re

from commands.core.arguments import AIMS, KEPT, Parameter, minutes_of, when_to_json
from commands.core.binding import ID_DIGITS, QUESTIONS, level_of, loose_ref, number_in, usual_currency
from commands.core.command import Command
from commands.core.context import Context
from commands.core.dates import read_date
from commands.core.event import Args, Json
from commands.grammar.money import Money, parse_money
from commands.grammar.recurrence import parse_recurrence
from commands.grammar.tokens import clean, folded_marks, normal
from commands.grammar.when import Uncertain, When
from commands.words.catalog import Languages
from storage.people import name_key, people_called
from storage.teams import members_of, team_called


def fill(
    ctx: Context, command: Command, args: Args, values: Args, languages: Languages
) -> tuple[dict[str, Json], dict[str, str]]:
    """Join a form's values, which are text, to the arguments it carried.

    Returns: the arguments, and what is wrong in the form, by input.
    """
    joined: dict[str, Json] = {name: value for name, value in args.items() if name != "?"}
    errors: dict[str, str] = {}
    for name, value in values.items():
        parameter = command.parameter(name)
        if parameter is None or not isinstance(value, str):
            continue
        text = clean(value).strip()
        if not text:
            joined.pop(name, None)
            if parameter.default is KEPT:
                joined[name] = None
            if parameter.required:
                errors[name] = ctx.t("This is needed.")
            continue
        read = _read_value(ctx, parameter, text, languages)
        if read is None:
            errors[name] = _hint(ctx, parameter, text)
        else:
            joined[name] = read
    return joined, errors


def _read_value(ctx: Context, parameter: Parameter, text: str, languages: Languages) -> Json:
    if parameter.kind == "when":
        when = read_date(ctx, text)
        return when_to_json(when) if isinstance(when, When) else None
    if parameter.kind == "person":
        if text.isascii() and text.isdecimal():
            return int(text) if len(text) <= ID_DIGITS and ctx.person(int(text)) else None
        name = folded_marks(text).lstrip("@")
        people = people_called(ctx.unit, [name]).get(name_key(name), [])
        return people[0].id if len(people) == 1 else None
    if parameter.kind == "people":
        return _ids_called(ctx, text) or None
    if parameter.kind == "team":
        teams = team_called(ctx.unit, [text.lstrip("@")]).get(name_key(text.lstrip("@")), [])
        return teams[0].id if len(teams) == 1 else None
    if parameter.kind == "priority":
        return int(text) if text in ("0", "1", "2", "3") else level_of(normal(text).lstrip("!"), languages)
    if parameter.kind == "labels":
        labels: list[Json] = [word.lstrip("#") for word in re.split(r"[\s,]+", folded_marks(text)) if word.lstrip("#")]
        return labels or None
    if parameter.kind == "estimate":
        return minutes_of(normal(text).lstrip("~"))
    if parameter.kind == "number":
        return number_in(text)
    if parameter.kind == "money":
        money = parse_money(text, default=usual_currency(ctx))
        return money.canonical() if isinstance(money, Money) else None
    if parameter.kind == "repeat":
        rule = parse_recurrence(text)
        return rule.canonical() if rule else None
    if parameter.kind in ("ref", "refs", *AIMS):
        letter = ctx.registry.finder_of(parameter.type).letter
        refs: list[Json] = [ref for word in text.split() if (ref := loose_ref(word.lstrip("^>"), letter))]
        return (refs if parameter.kind in ("refs", "after") else refs[0]) if refs else None
    if parameter.kind == "word":
        return next((each.value for each in parameter.type if normal(text) in _words_for(each, languages)), None)
    return text


def _ids_called(ctx: Context, text: str) -> list[Json]:
    """Find everybody who is named in a form, people and whole teams; nobody where one name is not clear."""
    names = [word.lstrip("@") for word in re.split(r"[\s,]+", folded_marks(text)) if word.lstrip("@")]
    people, teams = people_called(ctx.unit, names), team_called(ctx.unit, names)
    found: dict[int, None] = {}
    for key in map(name_key, names):
        those = people.get(key) or [p for team in teams.get(key, ()) for p in members_of(ctx.unit, team)]
        if not those or (key in people and len(those) > 1):
            return []
        found |= dict.fromkeys(person.id for person in those)
    return list(found)


def _words_for(choice: str, languages: Languages) -> set[str]:
    return {normal(each) for each in (choice, *languages.forms(choice))}


def _hint(ctx: Context, parameter: Parameter, text: str) -> str:
    if parameter.kind == "when":
        when = read_date(ctx, text)
        if isinstance(when, Uncertain):
            return ctx.t(QUESTIONS[when.doubt], said=text)
        return ctx.t("I cannot read this as a day to come. Try: Friday, 11-03, tomorrow 18:00")
    if parameter.kind == "person":
        return ctx.t("I know nobody by exactly this name.")
    if parameter.kind == "people":
        return ctx.t("Write their full names, such as: {names}", names=f"@{ctx.me.name}")
    if parameter.kind == "team":
        return ctx.t("I know no team by exactly this name.")
    if parameter.kind == "repeat":
        return ctx.t("Write it as every Monday, every 2 weeks or the last workday of every month.")
    if parameter.kind == "estimate":
        return ctx.t("Write it as 2d, 3h or 30m.")
    if parameter.kind == "money":
        return ctx.t("Write it with its currency and commas between thousands: ¥30,000, USD 1,200.50")
    if parameter.kind in ("ref", "refs", *AIMS):
        return ctx.t("Write refs, such as T-12.")
    return ctx.t("I cannot read this.")
