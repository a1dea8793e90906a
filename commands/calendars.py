"""The working calendar: what is worked and what is off, the company's own days, the State Council's notice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from babel import Locale

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.dates import find_dates, read_date, read_range
from commands.core.errors import Refused, Wanting
from commands.core.reply import Button, Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import example_of
from commands.core.workcalendar import WorkCalendar, calendar_of, country_year, is_known_country, name_of_rest
from commands.grammar.notice import Clause, Fault, Notice, Unreadable, parse_notice, spans, written
from commands.grammar.ranges import Range
from commands.grammar.suggest import nearest
from commands.grammar.tokens import bare, normal
from commands.grammar.when import Uncertain, When
from commands.words import dates
from commands.words.catalog import msg
from storage.calendars import COMPANY, DayRule, choose_country, clear_days, set_days, take_notice
from storage.chats import Project

MOST_DAYS: Final = 31
"""The longest rest that is entered at once."""
ON_A_PAGE: Final = 14
NEXT_YEAR_FROM: Final = 11
"""The month in which people begin to plan with the next year's calendar, and in which it is announced."""
_ALSO: Final = {"US": msg("USA"), "GB": msg("UK"), "HK": msg("Hong Kong"), "MO": msg("Macao"), "TW": msg("Taiwan")}
_FAULTS: Final = {
    Fault.NOTHING: msg("I find no days off in this. Paste the notice as it reads: {example}"),
    Fault.NO_YEAR: msg("I cannot tell which year this is for. Write the year before it, such as: {example}"),
    Fault.WEEKDAY: msg("“{quote}”: {day} is a {weekday}. Nothing was stored; check the notice."),
    Fault.COUNT: msg("“{quote}”: I count {days} days. Nothing was stored; check the notice."),
    Fault.BACKWARD: msg("“{quote}”: this ends before it begins, or takes over a month. Nothing was stored."),
    Fault.NO_SUCH_DAY: msg("“{quote}”: there is no such day. Nothing was stored; check the notice."),
    Fault.OTHER_YEAR: msg("“{quote}”: {day} is not in the year of this notice. Nothing was stored."),
    Fault.BOTH: msg("“{quote}”: {day} is given as a day off and as a workday. Nothing was stored; check the notice."),
}


class Reach(StrEnum):
    """Choose for whom a country's calendar counts; the catalogs say how each is typed."""

    CHAT = "this chat"
    COMPANY = "whole company"


@dataclass(frozen=True, slots=True)
class _Rest:
    """Some days off in a row, or a weekend day that is worked."""

    days: tuple[date, ...]
    name: str
    is_worked: bool = False


@command("calendar", may="calendar.view", reads=True, examples=("日历", "calendar"))
def calendar(ctx: Context) -> Reply:
    """Show the working days of this month, and the days off and make-up workdays to come."""
    country = _country_name(ctx, ctx.workdays.country)
    parts: list[Part] = [Text(_this_month(ctx))]
    rests = list(_rests(ctx, ctx.today, _horizon(ctx.today)))
    if rests:
        parts.append(Listing(tuple(Item(_rest_line(ctx, rest)) for rest in rests[:ON_A_PAGE])))
    parts.append(Note(_how_to_change(ctx, country)))
    return Reply(title=(f"📅 {ctx.due(ctx.today)} · {country}",), parts=tuple(parts), to="private")


@command("calendar off", may="calendar.edit", examples=("公司放假 12-31 年会", "calendar off 12-31 party"))
def off(ctx: Context, days: Prose) -> Reply:
    """Give the whole company a day off, or several."""
    return _enter(ctx, days, is_workday=False)


@command("calendar work", may="calendar.edit", examples=("公司上班 12-26", "calendar work 12-26"))
def work(ctx: Context, days: Prose) -> Reply:
    """Have the whole company work on a day that is off else, or on several."""
    return _enter(ctx, days, is_workday=True)


@command("calendar clear", may="calendar.edit", examples=("日历 清除 12-31", "calendar clear 12-31"))
def clear(ctx: Context, days: Prose) -> Reply:
    """Let days be again what they are in the country's calendar."""
    wanted, _ = _days(ctx, days)
    cleared = clear_days(ctx.unit, COMPANY, wanted)
    if not cleared:
        line = ctx.line("No day of the company was entered for {days}.", days=Strong(_span_words(ctx, wanted)))
        return Reply(parts=(Text(line),), to="private")
    line = ctx.line("{days}: as in the country's calendar again.", days=Strong(_span_words(ctx, cleared)))
    return Reply(parts=(Text(line),), to="private")


@command("calendar country", may="calendar.edit", examples=("日历 国家 美国", "calendar country US"))
def choose(ctx: Context, nation: Prose, reach: Reach | None = None) -> Reply:
    """Choose whose holidays count in this chat, or in the whole company."""
    code = _country_called(ctx, "calendar country", nation)
    name = Strong(_country_name(ctx, code))
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if reach is Reach.COMPANY or project is None:
        choose_country(ctx.unit, code)
        line = ctx.line(
            "The company keeps the holidays of {country} from now on, where nothing else is set.", country=name
        )
    else:
        ctx.unit.change(project, country=code)
        line = ctx.line("This chat keeps the holidays of {country} from now on.", country=name)
    return Reply(parts=(Text(line),), to="private")


@command("country", may="own.settings", examples=("我的国家 英国", "my country UK"))
def my_country(ctx: Context, nation: Prose) -> Reply:
    """Choose whose holidays you keep yourself."""
    code = _country_called(ctx, "country", nation)
    ctx.unit.change(ctx.me, country=code)
    line = ctx.line("You keep the holidays of {country} from now on.", country=Strong(_country_name(ctx, code)))
    return Reply(parts=(Text(line),), to="private")


@command(
    "calendar notice",
    may="calendar.notice",
    reads=True,
    examples=(
        "放假安排 2027年元旦：1月1日（周五）至3日（周日）放假，共3天。",
        "calendar notice 2027-01-01 to 2027-01-03 off, 2027-01-09 work",
    ),
)
def notice(ctx: Context, text: Prose) -> Reply:
    """Read the State Council's notice of days off, pasted as it is; you confirm it then."""
    return _preview(ctx, _read(ctx, text))


@command(
    "calendar confirm",
    may="calendar.notice",
    examples=(
        "确认放假安排 2027年元旦：1月1日放假。",
        "calendar confirm 2027-01-01 to 2027-01-03 off, 2027-01-09 work",
    ),
)
def confirm(ctx: Context, text: Prose) -> Reply:
    """Store the State Council's notice of days off, in place of an earlier one of that year."""
    read = _read(ctx, text)
    rules = [DayRule(day, False, name or None) for day, name in read.off]
    rules += [DayRule(day, True, name or None) for day, name in read.worked]
    take_notice(ctx.unit, "CN", read.year, rules)
    line = ctx.line("Stored for {year}: {counts}.", year=str(read.year), counts=_counts(ctx, read))
    return Reply(parts=(Text(line),), to="private")


# -- showing ------------------------------------------------------------------------------------


def _this_month(ctx: Context) -> Line:
    first = ctx.today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    whole, left = ctx.workdays.count(first, last), ctx.workdays.count(ctx.today, last)
    return ctx.line("This month has {count} working days, {left} are left with today.", count=whole, left=left)


def _how_to_change(ctx: Context, country: str) -> Line:
    if not ctx.may("calendar.edit"):
        return ctx.line("By the holidays of {country}.", country=country)
    return ctx.line(
        "By the holidays of {country}. Another country: {change} · a day off of the company: {off}",
        country=country,
        change=Code(ctx.say("calendar country", "…")),
        off=Code(ctx.say("calendar off", "12-31")),
    )


def _horizon(today: date) -> date:
    return date(today.year + (today.month >= NEXT_YEAR_FROM), 12, 31)


def _rests(view: View, first: date, last: date) -> Iterator[_Rest]:
    """Give what is not like its weekday, in order: rests that are more than a weekend, and weekend days worked."""
    run: list[date] = []
    weekend = country_year(view.workdays.country, first.year).weekend
    for number in range(first.toordinal(), last.toordinal() + 2):
        day = date.fromordinal(number)
        if day <= last and not view.workdays.is_workday(day):
            run.append(day)
            continue
        if any(each.weekday() not in weekend or view.workdays.told(each) is not None for each in run):
            yield _Rest(tuple(run), name_of_rest([_name(view, each) for each in run]))
        run = []
        if day <= last and day.weekday() in weekend:
            yield _Rest((day,), _name(view, day), is_worked=True)


def _name(view: View, day: date) -> str:
    told = view.workdays.told(day)
    if told is not None and told.note:
        return told.note
    return country_year(view.workdays.country, day.year, view.words.language).off.get(day, "")


def _rest_line(view: View, rest: _Rest) -> Line:
    days = Strong(_span_words(view, rest.days))
    if rest.is_worked:
        name = f" · {rest.name}" if rest.name else ""
        return (*view.line("{days}: a workday", days=days), name)
    count = view.tn("{count} day off", "{count} days off", len(rest.days))
    return (days, " ", rest.name, " · " if rest.name else "", count)


def _span_words(view: View, days: Sequence[date]) -> str:
    today = view.today
    written = []
    for first, last in spans(days):
        ends = (first,) if first == last else (first, last)
        written.append(" ~ ".join(dates.day(view.words, end, today=today) for end in ends))
    return view.t(", ").join(written)


# -- the company's days -------------------------------------------------------------------------


def _enter(ctx: Context, said: str, *, is_workday: bool) -> Reply:
    days, note = _days(ctx, said)
    set_days(ctx.unit, COMPANY, [DayRule(day, is_workday, note or None) for day in days])
    text = msg("The company works on {days}{note}.") if is_workday else msg("The company is off on {days}{note}.")
    what = f" ({note})" if note else ""
    return Reply(parts=(Text(ctx.line(text, days=Strong(_span_words(ctx, days)), note=what)),), to="private")


def _days(ctx: Context, said: str) -> tuple[list[date], str]:
    """Read a day or a range, and what stands beside it.

    Raises:
        Wanting: there is no such day, or no day at all.
    """
    first, last, note = _ends(ctx, said)
    if first is None or last is None or not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        line = ctx.line(
            "I cannot read {said} as a day to come, or as up to {most} days. Examples: {day}, {days}",
            said=Strong(said),
            most=MOST_DAYS,
            day=Code("12-31"),
            days=Code("12-30~12-31"),
        )
        raise Wanting("days", line)
    return [first + timedelta(days=each) for each in range((last - first).days + 1)], bare(note)


def _ends(ctx: Context, said: str) -> tuple[date | None, date | None, str]:
    """Read the first and the last day, which may be one, and the words beside them."""
    words = said.split()
    for count in range(len(words), 0, -1):
        found = read_range(ctx, " ".join(words[:count]))
        if isinstance(found, Range):
            return found.start.on, found.end.on, " ".join(words[count:])
    first, note = _day_and_rest(ctx, said)
    return first, first, note


def _day_and_rest(ctx: Context, said: str) -> tuple[date | None, str]:
    """Read a day, at the head or else anywhere, and give the words that are not it."""
    words = said.split()
    for count in range(len(words), 0, -1):
        read = read_date(ctx, " ".join(words[:count]))
        if isinstance(read, When):
            return read.on, " ".join(words[count:])
    found = find_dates(ctx, words)
    if len(found) != 1 or isinstance(found[0].when, Uncertain):
        return None, said
    return found[0].when.on, " ".join((*words[: found[0].start], *words[found[0].stop :]))


# -- countries ----------------------------------------------------------------------------------


def _country_called(ctx: Context, command: str, said: str) -> str:
    """Find a country by its name in Chinese or English, or by its code.

    Raises:
        Refused: there is none of that name; with those that are called much the same.
    """
    names = {**_countries(), **{normal(form): code for code, name in _ALSO.items() for form in ctx.words.forms(name)}}
    name = normal(bare(said))
    if name in names:
        return names[name]
    buttons = []
    for code in dict.fromkeys(names[near] for near in nearest(name, names, limit=3)):
        label = _country_name(ctx, code)
        buttons.append(Button(label, command, {"nation": code}, ctx.say(command, label)))
    raise Refused(
        ctx.line(
            "I know no country called {name}. Its code of two letters works too: {example}",
            name=Strong(said),
            example=Code(ctx.say(command, "US")),
        ),
        tuple(buttons),
    )


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Give the codes of all countries whose holidays are known, by their names in both languages."""
    codes = [str(code) for code in Locale("en").territories if is_known_country(str(code))]
    found = {normal(code): code for code in codes}
    for language in ("en", "zh"):
        names = Locale(language).territories
        found |= {normal(names[code]): code for code in codes}
    return found | {"usa": "US", "uk": "GB"}


def _country_name(view: View, code: str) -> str:
    return str(Locale(view.words.language).territories.get(code, code))


# -- the notice ---------------------------------------------------------------------------------


def _read(ctx: Context, said: str) -> Notice:
    try:
        return parse_notice(said, today=ctx.today)
    except Unreadable as fault:
        raise Refused(_fault_line(ctx, fault)) from fault


def _preview(ctx: Context, read: Notice) -> Reply:
    parts: list[Part] = [
        Text(_counts(ctx, read)),
        Listing(tuple(Item(_clause_line(ctx, clause)) for clause in read.clauses)),
    ]
    parts += [Note(line) for line in _doubts(ctx, read)]
    text = written(read)
    button = Button(
        ctx.t("Store the notice of {year}", year=read.year),
        "calendar confirm",
        {"text": text},
        ctx.say("calendar confirm", text),
        style="primary",
    )
    title = ctx.line("📅 Days off in {year}: right so?", year=str(read.year))
    return Reply(title=title, parts=tuple(parts), buttons=(button,), to="private")


def _counts(ctx: Context, read: Notice) -> Line:
    off = ctx.tn("{count} day off", "{count} days off", len(read.off))
    worked = ctx.tn("{count} make-up workday", "{count} make-up workdays", len(read.worked))
    return (off, ctx.t(", "), worked)


def _clause_line(ctx: Context, clause: Clause) -> Line:
    count = ctx.tn("{count} day off", "{count} days off", len(clause.off))
    off = f"{_span_words(ctx, clause.off)} {count}" if clause.off else ""
    worked = ctx.t("{days}: a workday", days=_span_words(ctx, clause.worked)) if clause.worked else ""
    return (Strong(clause.name or "?"), " ", " · ".join(filter(None, (off, worked))))


def _doubts(ctx: Context, read: Notice) -> Iterator[Line]:
    if read.missing:
        yield ctx.line("⚠ Not in it: {names}. Is it whole?", names=ctx.t(", ").join(read.missing))
    odd = [day for day, _ in read.worked if day.weekday() < 5]
    if odd:
        yield ctx.line("⚠ {days} would be worked anyway.", days=_span_words(ctx, odd))
    for sentence in read.unread:
        yield ctx.line("⚠ Left out, as it neither gives a day off nor calls to work: “{quote}”", quote=sentence)
    differing = _differing(ctx, read)
    if differing:
        yield ctx.line(
            "Unlike what I knew of {year} so far: {days}", year=str(read.year), days=_span_words(ctx, differing)
        )


def _differing(ctx: Context, read: Notice) -> list[date]:
    """List the days that the notice changes, where the year's days off were known before."""
    known: WorkCalendar = calendar_of(ctx.unit, lambda: "CN")
    if not known.is_published(read.year):
        return []
    off, worked = {day for day, _ in read.off}, {day for day, _ in read.worked}
    first, last = date(read.year, 1, 1).toordinal(), date(read.year, 12, 31).toordinal()
    days = [date.fromordinal(number) for number in range(first, last + 1)]
    return [day for day in days if known.is_workday(day) != (day in worked or (day not in off and day.weekday() < 5))]


def _fault_line(ctx: Context, fault: Unreadable) -> Line:
    example = example_of(ctx, ctx.registry.commands["calendar notice"])
    day = "" if fault.day is None else dates.day(ctx.words, fault.day, today=ctx.today)
    weekday = "" if fault.day is None else dates.weekday(ctx.words, fault.day)
    return ctx.line(
        _FAULTS[fault.fault], quote=fault.quote, day=day, weekday=weekday, days=fault.days, example=Code(example)
    )
