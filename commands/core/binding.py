"""From the words behind a command to its arguments, inside the transaction.

Words become JSON arguments (`bind`), which buttons and forms carry as well; values.py turns those into what the
handler's signature asks for. What is not certain is asked about; what no parameter takes is never dropped in silence.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from commands.core.arguments import FREE, Parameter, minutes_of, when_to_json
from commands.core.command import Command
from commands.core.context import Context
from commands.core.dates import find_dates, split_date
from commands.core.errors import Asked, LeftOver
from commands.core.event import Json
from commands.core.naming import called
from commands.core.reply import Button, Code, Strong
from commands.core.retyping import example_of, listed, retyped, typed_words
from commands.core.values import MANY, SURE, require
from commands.grammar.money import Money, Unsure, find_money, parse_money
from commands.grammar.recurrence import find_recurrence
from commands.grammar.suggest import namesakes, nearest
from commands.grammar.tokens import Kind, Token, bare, join, normal, tokenize
from commands.grammar.when import Doubt, Uncertain, When
from commands.words.catalog import Languages, msg
from commands.words.money import amount_with_code
from storage.people import Person, all_people, name_key, people_called, person_of
from storage.teams import Team, all_teams, members_of, team_called

_LEVELS = {"p0": 0, "p1": 1, "p2": 2, "p3": 3, "!!": 0}
_ADDRESS = re.compile(r"https?://[^\s/][^\s]{0,2000}")
_LOOSE_REF = re.compile(r"([a-z])-?(\d{1,9})")
_REF = re.compile(r"([A-Z])-(\d{1,9})")
_PICKS = 5
_WORDED = FREE | frozenset({"token", "word", "when"})
"""Kinds of parameters that read plain words, which then name no team for certain."""
_FREE_WORDS = FREE | frozenset({"token", "labels"})
"""Kinds of parameters that take any words, of which none then can name an object."""
_NAME_CHARS = 24
_NAME_WORDS = 4
ID_DIGITS = 9
"""Of the greatest id that every database holds."""
NUMBER_DIGITS = 3
QUESTIONS = {
    Doubt.PAST: msg("{said} has passed already. Which day is meant?"),
    Doubt.AMBIGUOUS: msg("{said} can be two days. Which one?"),
    Doubt.VAGUE: msg("{said} is not a day yet. Which day is meant?"),
    Doubt.IMPOSSIBLE: msg("There is no such day as {said}. Which day is meant?"),
    Doubt.NO_LAUNCH: msg("{said} counts from the launch day, and this project has none yet. Which day is meant?"),
    Doubt.TASK_REF: msg("{said} is a task, not a date. Which day is meant?"),
    Doubt.UNPUBLISHED: msg("{said} counts working days of a year whose days off are not published yet. Which day?"),
}


@dataclass
class Bound:
    """Arguments as far as they were read; an exception may leave with some still missing."""

    args: dict[str, Json] = field(default_factory=dict)


def bind(ctx: Context, command: Command, tokens: Sequence[Token], languages: Languages, bound: Bound) -> None:
    """Read the arguments of a command into `bound`.

    Raises:
        Asked: something can be meant in several ways, or is not known.
        Wanting: something is missing.
        Refused: words are left over that the command has no use for.
    """
    _Binder(ctx, command, list(tokens), languages, bound).run()


class _Binder:
    def __init__(self, ctx: Context, command: Command, tokens: list[Token], languages: Languages, bound: Bound) -> None:
        self.ctx = ctx
        self.command = command
        self.tokens = [_as_word(token) for token in tokens]
        self.languages = languages
        self.args = bound.args
        self.questions: list[Callable[[], None]] = []
        self.unnamed: Parameter | None = None
        """The object that no word was read for yet."""

    def run(self) -> None:
        readers = {
            "refs": self._refs,
            "ref": self._refs,
            "parent": self._aim,
            "after": self._aim,
            "priority": self._priority,
            "labels": self._labels,
            "estimate": self._estimate,
            "team": self._team,
            "person": self._person,
            "people": self._several_people,
            "url": self._url,
            "money": self._money,
            "word": self._word,
            "number": self._number,
            "repeat": self._repeat,
            "when": self._when,
            "token": self._token,
            "prose": self._prose,
            "lines": self._prose,
        }
        asked = {parameter.kind for parameter in self.command.parameters}
        for kind in (kind for kind in readers if kind in asked):  # prose, last, takes all that is left
            for parameter in self.command.parameters:
                if parameter.kind == kind:
                    readers[kind](parameter)
        if self.unnamed is not None:
            self._find_unnamed(self.unnamed)
        for question in self.questions:  # asked only now, so that each carries all that was read
            question()
        self._refuse_left_over()
        require(self.ctx, self.command, self.args)

    def _refs(self, parameter: Parameter) -> None:
        letter = self.ctx.registry.finder_of(parameter.type).letter
        mine = [t for t in self.tokens if t.kind is Kind.REF and t.value.startswith(letter + "-")]
        if not mine:
            mine = [t for t in self.tokens if t.kind is Kind.WORD and loose_ref(t.raw, letter)]
        if parameter.kind == "ref" or any(p.kind in FREE for p in self.command.parameters):
            mine = mine[:1]
        if mine:
            refs: list[Json] = list(dict.fromkeys(loose_ref(t.raw, letter) or t.value for t in mine))
            self.args[parameter.name] = refs if parameter.kind == "refs" else refs[0]
            self._drop(mine)
            self._sure(len(refs))
            return
        by_words = [t for t in self.tokens if t.kind is Kind.NAMED]
        self._drop(by_words)
        if by_words:
            self._call_by_words(parameter, by_words[0].value)
        elif parameter.required:  # what may be left out is not filled in unasked
            self.unnamed = parameter

    def _find_unnamed(self, parameter: Parameter) -> None:
        """Read the words left over as the object's, or take the one that was shown here last."""
        words = self._left_over()
        takes_words = any(p.kind in _FREE_WORDS for p in self.command.parameters)
        if words and not takes_words and all(t.kind in (Kind.WORD, Kind.QUOTED) for t in words):
            said = words[0].value if len(words) == 1 else join(words)
            found = called(self.ctx, self.ctx.registry.finder_of(parameter.type), bare(said))
            if found is not None and found.fitting:
                self._drop(words)
                self._call_by_words(parameter, said)
                return
        letter = self.ctx.registry.finder_of(parameter.type).letter
        here = self.ctx.here()
        if here is not None and here.label.startswith(letter + "-"):
            self.args[parameter.name] = [here.label] if parameter.kind == "refs" else here.label

    def _sure(self, count: int) -> None:
        """Take the last word for the consent to an act on many objects."""
        words = [t for t in self.tokens if t.kind is Kind.WORD]
        if count > MANY and words and normal(bare(words[-1].raw)) in self.languages.forms("sure"):
            self.args[SURE] = True
            self._drop(words[-1:])

    def _aim(self, parameter: Parameter) -> None:
        """Read `^T-8` or `>T-9`; where one is needed, a ref that is left over does as well."""
        mine = [t for t in self.tokens if t.kind.value == parameter.kind]
        if not mine and parameter.required:
            mine = [t for t in self.tokens if t.kind is Kind.REF]
        mine = mine[:1] if parameter.kind == "parent" else mine
        if mine:
            refs: list[Json] = list(dict.fromkeys(t.value for t in mine))
            self.args[parameter.name] = refs[0] if parameter.kind == "parent" else refs
            self._drop(mine)

    def _call_by_words(self, parameter: Parameter, words: str) -> None:
        """Take the one object that is called by some words, or note a question."""
        finder = self.ctx.registry.finder_of(parameter.type)
        found = called(self.ctx, finder, words)
        if found is not None and len(found.fitting) == 1:
            ref = found.fitting[0][0]
            self.args[parameter.name] = [ref] if parameter.kind == "refs" else ref
            return
        near = () if found is None else found.fitting or found.alike

        def ask() -> None:
            question = (
                self.ctx.line("{count} fit “{words}”. Which one is meant?", count=len(near), words=words)
                if found is not None and found.fitting
                else self.ctx.line(
                    "Nothing open here is called “{words}”. See what there is: {list}",
                    words=words,
                    list=Code(self.ctx.say(f"{finder.kind} list")),
                )
            )
            picks: list[tuple[str, Json]] = [
                (f"{ref} {title}", [ref] if parameter.kind == "refs" else ref) for ref, title in near[:_PICKS]
            ]
            raise Asked(question, self._picks(parameter, picks))

        self.questions.append(ask)

    def _priority(self, parameter: Parameter) -> None:
        for token in [t for t in self.tokens if t.kind is Kind.PRIORITY]:
            level = level_of(token.value, self.languages)
            if level is not None:
                self.args[parameter.name] = level
                self._drop([token])
        if parameter.name not in self.args and parameter.required:
            for token in [t for t in self.tokens if t.kind is Kind.WORD]:
                level = level_of(token.raw, self.languages)
                if level is not None:
                    self.args[parameter.name] = level
                    self._drop([token])
                    return

    def _labels(self, parameter: Parameter) -> None:
        mine = [t for t in self.tokens if t.kind is Kind.LABEL]
        if not mine and parameter.required:
            mine = [t for t in self.tokens if t.kind in (Kind.WORD, Kind.QUOTED)]
        if mine:
            self.args[parameter.name] = list(dict.fromkeys(t.value for t in mine))
            self._drop(mine)

    def _estimate(self, parameter: Parameter) -> None:
        for token in [t for t in self.tokens if t.kind is Kind.ESTIMATE]:
            minutes = minutes_of(token.value)
            if minutes is not None:
                self.args[parameter.name] = minutes
                self._drop([token])
        words = [t for t in self.tokens if t.kind is Kind.WORD]
        if parameter.name not in self.args and parameter.required and words:
            said = tokenize(["~" + "".join(word.raw for word in words)])
            minutes = minutes_of(said[0].value) if len(said) == 1 and said[0].kind is Kind.ESTIMATE else None
            if minutes is not None:
                self.args[parameter.name] = minutes
                self._drop(words)

    def _person(self, parameter: Parameter) -> None:
        self._settle_names()
        tokens = [t for t in self.tokens if t.kind is Kind.PERSON]
        if not tokens and not any(p.kind in FREE for p in self.command.parameters):
            tokens = self._bare_names()[:1]
        found: list[Person] = []
        for token in tokens:
            one = self._one_person(parameter, token)
            if one is not None and one.id not in [each.id for each in found]:
                found.append(one)
        if len(found) == 1:
            self.args[parameter.name] = found[0].id
        elif len(found) > 1:
            self.questions.append(
                lambda: self._ask(
                    msg("Several people are named. Who owns it?"), parameter, [(p.name, p.id) for p in found[:_PICKS]]
                )
            )

    def _settle_names(self) -> None:
        """Take what may be a name for one, if somebody has it; else it is among the words."""
        for index, token in enumerate(self.tokens):
            if token.kind is Kind.NAME:
                is_known = self._is_me(token.value) or people_called(self.ctx.unit, [token.value])
                self.tokens[index] = replace(token, kind=Kind.PERSON if is_known else Kind.WORD)

    def _bare_names(self) -> list[Token]:
        words = [t for t in self.tokens if t.kind is Kind.WORD]
        known = people_called(self.ctx.unit, [t.raw for t in words])
        return [t for t in words if name_key(t.raw) in known or self._is_me(t.raw)]

    def _is_me(self, name: str) -> bool:
        return normal(name) in self.languages.forms("me")

    def _one_person(self, parameter: Parameter, token: Token) -> Person | None:
        """Find who is meant, or note a question; what is glued behind the name goes back to the words."""
        if token.mention is not None:
            self._drop([token])
            person = _by_account(self.ctx, token.mention.account)
            if person is None:
                self._unknown_person(parameter, token.mention.name or token.mention.account)
            return person
        if self._is_me(token.value):
            self._drop([token])
            return self.ctx.me
        people, teams = self._called(token)
        if len(people) == 1 and not teams:
            return people[0]
        if teams:
            self._one_of_team(parameter, teams[0], people)
        elif people:
            self._which_person(parameter, people)
        else:
            self._unknown_person(parameter, token.value)
        return None

    def _called(self, token: Token) -> tuple[Sequence[Person], Sequence[Team]]:
        """Find whom the longest part of a typed name calls; what is glued behind it goes back to the words."""
        raw = token.value
        parts = [raw[:end] for end in range(1, min(len(raw), _NAME_CHARS) + 1)]
        people, teams = people_called(self.ctx.unit, parts), team_called(self.ctx.unit, parts)
        end = _longest(raw, {*people, *teams})
        if end == 0:
            self._drop([token])
            return (), ()
        self._put_back(token, raw[end:])
        key = name_key(raw[:end])
        return people.get(key, ()), teams.get(key, ())

    def _several_people(self, parameter: Parameter) -> None:
        """Read everybody who is named; a team stands for all who are in it."""
        found: list[Person] = []
        unknown: list[str] = []
        for token in [t for t in self.tokens if t.kind is Kind.PERSON] or self._bare_names():
            if token.mention is not None or self._is_me(token.value):
                one = self._one_person(parameter, token)
                found += [one] if one is not None else []
                continue
            people, teams = self._called(token)
            if len(people) + len(teams) > 1:
                self._which_person(
                    parameter, [*people, *(p for team in teams for p in members_of(self.ctx.unit, team))]
                )
            elif not people and not teams:
                unknown.append(token.value)
            found += people if len(people) + len(teams) == 1 else ()
            found += members_of(self.ctx.unit, teams[0]) if teams and not people else ()
        if found:
            self.args[parameter.name] = list(dict.fromkeys(person.id for person in found))
        if len(unknown) == 1:
            self._unknown_person(parameter, unknown[0])
        elif unknown:
            self._unknown_people(parameter, unknown)

    def _unknown_people(self, parameter: Parameter, names: Sequence[str]) -> None:
        def ask() -> None:
            raise Asked(
                self.ctx.line("I know nobody called {name}. Who is meant?", name=Strong(self.ctx.t(", ").join(names))),
                self._without(parameter) + self._by_form(parameter),
            )

        self.questions.append(ask)

    def _one_of_team(self, parameter: Parameter, team: Team, people: Sequence[Person]) -> None:
        def ask() -> None:
            members = {person.name: person.id for person in (*people, *members_of(self.ctx.unit, team))}
            line = self.ctx.line("{team} is a team; this takes one person. Who of it?", team=Strong(team.name))
            picks = self._picks(parameter, list(members.items())[:_PICKS])
            is_all = 0 < len(members) <= _PICKS
            raise Asked(line, picks + self._without(parameter) + (() if is_all else self._by_form(parameter)))

        self.questions.append(ask)

    def _team(self, parameter: Parameter) -> None:
        """Read a team: `@客服组`, or its bare name."""
        said = [t for t in self.tokens if t.kind is Kind.PERSON and t.mention is None]
        runs = [*([token] for token in said), *self._word_runs()]
        known = team_called(self.ctx.unit, [part for run in runs for part in _parts(run)])
        for run in runs:
            raw = _raw(run)
            end = _longest(raw, known)
            if end == 0 or (len(run) > 1 and end < len(raw)):
                continue
            teams = known[name_key(raw[:end])]
            self._drop(run[1:])
            self._put_back(run[0], raw[end:])
            if len(teams) == 1:
                self.args[parameter.name] = teams[0].id
            else:
                self._which_team(parameter, teams)
            return
        self._unknown_team(parameter, said)

    def _word_runs(self) -> list[list[Token]]:
        """Give the runs of words that may be a bare name, longest first; before free words it comes first."""
        words = [t for t in self.tokens if t.kind in (Kind.WORD, Kind.QUOTED)]
        is_first = any(p.kind in FREE and p.required for p in self.command.parameters)
        starts = range(1 if is_first else len(words))
        lengths = range(min(_NAME_WORDS, len(words)), 0, -1)
        return [run for n in lengths for at in starts if len(run := words[at : at + n]) == n]

    def _which_team(self, parameter: Parameter, teams: Sequence[Team]) -> None:
        choices = [(team.name, team.id) for team in teams[:_PICKS]]
        self.questions.append(lambda: self._ask(msg("Which team is meant?"), parameter, choices))

    def _unknown_team(self, parameter: Parameter, said: Sequence[Token]) -> None:
        others = {p.kind for p in self.command.parameters if p is not parameter}
        words = [t for t in self.tokens if t.kind in (Kind.WORD, Kind.QUOTED)]
        named = list(() if others & {"person", "people"} else said) or ([] if others & _WORDED else words)
        teams = all_teams(self.ctx.unit) if named or parameter.required else []
        if not named:
            if teams:
                self._which_team(parameter, teams)
            return
        name = join(named).lstrip("@")
        self._drop(named)
        near = nearest(name, [team.name for team in teams]) or [team.name for team in teams]
        choices = [(team.name, team.id) for team in teams if team.name in near[:_PICKS]]

        def ask() -> None:
            if choices:
                line = self.ctx.line("There is no team {name}. Which one is meant?", name=Strong(name))
            else:
                example = Code(example_of(self.ctx, self.ctx.registry.commands["team add"]))
                line = self.ctx.line("There is no team {name}. Make one: {example}", name=Strong(name), example=example)
            raise Asked(line, self._picks(parameter, choices))

        self.questions.append(ask)

    def _which_person(self, parameter: Parameter, people: Sequence[Person]) -> None:
        choices = [(person.name, person.id) for person in people[:_PICKS]]
        question = msg("There are several people of that name. Who is meant?")
        self.questions.append(lambda: self._ask(question, parameter, choices))

    def _unknown_person(self, parameter: Parameter, name: str) -> None:
        def ask() -> None:
            people = {person.name: person.id for person in all_people(self.ctx.unit)}
            names = namesakes(name, people)[:_PICKS] or nearest(name, people, limit=3)
            near = [(each, people[each]) for each in names]
            raise Asked(
                self.ctx.line("I know nobody called {name}. Who is meant?", name=Strong(name)),
                self._picks(parameter, near) + self._without(parameter) + (() if near else self._by_form(parameter)),
            )

        self.questions.append(ask)

    def _url(self, parameter: Parameter) -> None:
        words = [t for t in self.tokens if t.kind is Kind.WORD and _ADDRESS.fullmatch(t.raw)]
        if words:
            self.args[parameter.name] = words[0].raw
            self._drop(words[:1])

    def _money(self, parameter: Parameter) -> None:
        """Read the amount wherever it stands; one with its currency counts before one without."""
        default = usual_currency(self.ctx)
        segments = _segments(self.tokens)
        found = [(s, run) for s in segments for run in find_money([t.raw for t in s], default=default)]
        found = [one for one in found if one[1].is_marked] or found
        if len(found) > 1:
            certain = [run.money for _, run in found if isinstance(run.money, Money)]
            self._ask_amount(parameter, certain, msg("Several amounts are named. Which one is meant?"), "")
        elif found:
            segment, run = found[0]
            self._take_amount(parameter, segment[run.start : run.stop], run.rest, run.money)
        elif parameter.required:
            words = [t for t in self.tokens if t.kind is Kind.WORD and t.raw[:1].isdecimal()]
            money = parse_money(words[0].raw, default=default) if len(words) == 1 else None
            if money is not None:
                self._take_amount(parameter, words, "", money)

    def _take_amount(self, parameter: Parameter, run: Sequence[Token], rest: str, money: Money | Unsure) -> None:
        """Take an amount out of the words, or note a question; what is glued behind it stays."""
        said = join(run)
        self._drop(run[1:])
        self._put_back(run[0], rest)
        if isinstance(money, Money):
            self.args[parameter.name] = money.canonical()
        else:
            question = msg("I cannot read {said} as an amount for certain. Which one is meant?")
            self._ask_amount(parameter, money.candidates, question, said)

    def _ask_amount(self, parameter: Parameter, candidates: Iterable[Money], question: str, said: str) -> None:
        choices: list[tuple[str, Json]] = [(amount_with_code(each), each.canonical()) for each in candidates]

        def ask() -> None:
            more = self._by_form(parameter)
            raise Asked(self.ctx.line(question, said=Strong(said)), self._picks(parameter, choices[:_PICKS]) + more)

        self.questions.append(ask)

    def _number(self, parameter: Parameter) -> None:
        words = [t for t in self.tokens if t.kind is Kind.WORD and number_in(t.raw)]
        if words:
            self.args[parameter.name] = number_in(words[-1].raw)
            self._drop(words[-1:])

    def _word(self, parameter: Parameter) -> None:
        forms = {normal(form): each.value for each in parameter.type for form in self.languages.forms(each.value)}
        if parameter.required:  # where nothing else can be meant, the sign may be left out: 致命 for !致命
            forms |= {form.lstrip("!#"): value for form, value in forms.items()}
        words = [t for t in self.tokens if t.kind in (Kind.WORD, Kind.LABEL)]
        for length in (2, 1):
            for start in range(len(words) - length + 1):
                run = words[start : start + length]
                value = forms.get(normal(" ".join(token.raw for token in run)))
                if value is not None:
                    self.args[parameter.name] = value
                    self._drop(run)
                    return

    def _repeat(self, parameter: Parameter) -> None:
        """Read what comes again where it stands at an edge of the words; inside a title it is part of it."""
        for segment in _segments(self.tokens):
            found = find_recurrence([token.raw for token in segment])
            if found is not None and (found[0] == 0 or found[1] == len(segment)):
                self.args[parameter.name] = found[2].canonical()
                self._drop_run(segment[found[0] : found[1]])
                return

    def _when(self, parameter: Parameter) -> None:
        found = self._dates()
        certain = [one for one in found if isinstance(one[1], When)]
        if len(certain) == 1 and len(found) == 1:
            self.args[parameter.name] = when_to_json(certain[0][1])  # type: ignore[arg-type] # certain holds only When
            self._drop_run(certain[0][0])
        elif len(certain) > 1:
            choices = [one[1] for one in certain if isinstance(one[1], When)]
            for run, _when in certain:
                self._drop_run(run)
            self.questions.append(
                lambda: self._ask_date(msg("Several dates are named. Which one?"), parameter, choices)
            )
        elif found:
            run, doubt = found[0]
            self._drop_run(run)
            if isinstance(doubt, Uncertain):
                said = join(run)
                self.questions.append(lambda: self._doubt(parameter, doubt, said))
        elif parameter.required:
            self._ref_for_date(parameter)

    def _ref_for_date(self, parameter: Parameter) -> None:
        """Ask about a ref that stands where a day is needed: T-7 is a task, D-7 a countdown."""
        refs = [
            ref for p in self.command.parameters if p.kind == "refs" for ref in map(str, listed(self.args.get(p.name)))
        ]
        here = self.ctx.thread.label if self.ctx.thread is not None else None
        if len(refs) > 1 or (refs and here not in (None, *refs)):
            self.questions.append(lambda: self._doubt(parameter, Uncertain(Doubt.TASK_REF), refs[-1]))

    def _dates(self) -> list[tuple[tuple[Token, ...], When | Uncertain]]:
        """Find the dates that stand at an edge of their run of words; inside a title a date is part of it."""
        found: list[tuple[tuple[Token, ...], When | Uncertain]] = []
        for segment in _segments(self.tokens):
            words = [token.raw for token in segment]
            runs = find_dates(self.ctx, words)
            starts, stops = {run.start for run in runs}, {run.stop for run in runs}
            for run in runs:
                if run.start == 0 or run.stop == len(words) or run.stop in starts or run.start in stops:
                    found.append((tuple(segment[run.start : run.stop]), run.when))
        if not found:
            found = self._glued_date()
        return found

    def _glued_date(self) -> list[tuple[tuple[Token, ...], When | Uncertain]]:
        for segment in reversed(_segments(self.tokens)):
            last = segment[-1]
            split = split_date(self.ctx, last.raw)
            if split is None:
                continue
            title, when = split
            tail = replace(last, raw=last.raw[len(title) :], value=last.raw[len(title) :], gap="")
            index = self.tokens.index(last)
            self.tokens[index : index + 1] = [replace(last, raw=title, value=title), tail]
            return [((tail,), when)]
        return []

    def _doubt(self, parameter: Parameter, doubt: Uncertain, said: str) -> None:
        picks = self._date_picks(parameter, doubt.candidates) + self._other_date(parameter)
        if doubt.doubt is Doubt.NO_LAUNCH:
            picks += self._launch_form()
        raise Asked(self.ctx.line(QUESTIONS[doubt.doubt], said=Strong(said)), picks)

    def _ask_date(self, question: str, parameter: Parameter, choices: Iterable[When]) -> None:
        raise Asked(self.ctx.line(question), self._date_picks(parameter, choices) + self._other_date(parameter))

    def _date_picks(self, parameter: Parameter, choices: Iterable[When]) -> tuple[Button, ...]:
        return self._picks(parameter, [(self.ctx.due(w.on, w.at), when_to_json(w)) for w in list(choices)[:_PICKS]])

    def _other_date(self, parameter: Parameter) -> tuple[Button, ...]:
        """Offer the form with all that was typed, and, where a date is not needed, to go on without."""
        form = Button(self.ctx.t("Another day…"), self.command.name, {**self.args, "?": parameter.name}, "")
        return (replace(form, typed=self._retype(parameter)), *self._without(parameter))

    def _launch_form(self) -> tuple[Button, ...]:
        """Offer to name the launch day that a date counts from, where there is a project to be launched."""
        launches = self.ctx.registry.commands.get("launch")
        if launches is None or self.ctx.project is None or not self.ctx.may(launches.may):
            return ()
        typed = example_of(self.ctx, launches)
        return (Button(self.ctx.t("Set the launch day…"), launches.name, {"?": "day"}, typed),)

    def _token(self, parameter: Parameter) -> None:
        words = [t for t in self.tokens if t.kind in (Kind.WORD, Kind.QUOTED, Kind.REF)]
        if words:
            self.args[parameter.name] = words[0].value
            self._drop(words[:1])

    def _prose(self, parameter: Parameter) -> None:
        if not self.tokens:
            return
        quoted = [t for t in self.tokens if t.kind is Kind.QUOTED]
        text = quoted[0].value if len(quoted) == len(self.tokens) == 1 else join(self.tokens)
        text = bare(text)
        if text:
            self.args[parameter.name] = text
        self.tokens.clear()

    def _left_over(self) -> list[Token]:
        joining = self.languages.folded("joining words") | {""}
        return [t for t in self.tokens if t.kind is not Kind.WORD or normal(bare(t.raw)) not in joining]

    def _refuse_left_over(self) -> None:
        left_over = self._left_over()
        if left_over:
            left = join(left_over)
            raise LeftOver(
                self.ctx.line(
                    "I do not know what to do with {words} here. Example: {example}",
                    words=Strong(left),
                    example=Code(example_of(self.ctx, self.command)),
                ),
                self._as_read(),
            )

    def _as_read(self) -> tuple[Button, ...]:
        """Offer the command without the words that were not understood, if it is whole without them."""
        if any(p.required and p.name not in self.args for p in self.command.parameters):
            return ()
        typed = retyped(self.ctx, self.command.name, self.args)
        return (Button(typed, self.command.name, dict(self.args), typed),)

    def _ask(self, question: str, parameter: Parameter, choices: Sequence[tuple[str, Json]]) -> None:
        raise Asked(self.ctx.line(question), self._picks(parameter, choices))

    def _picks(self, parameter: Parameter, choices: Sequence[tuple[str, Json]]) -> tuple[Button, ...]:
        buttons = []
        before = listed(self.args.get(parameter.name)) if parameter.kind == "people" else None
        for label, value in choices:
            args = {**self.args, parameter.name: value if before is None else [*before, value]}
            typed = retyped(self.ctx, self.command.name, args)
            buttons.append(Button(label, self.command.name, args, typed))
        return tuple(buttons)

    def _without(self, parameter: Parameter) -> tuple[Button, ...]:
        if parameter.kind == "people" and parameter.name in self.args:
            typed = retyped(self.ctx, self.command.name, self.args)
            return (Button(self.ctx.t("Only those known"), self.command.name, dict(self.args), typed),)
        if parameter.required:
            return ()
        args = {name: value for name, value in self.args.items() if name != parameter.name}
        typed = retyped(self.ctx, self.command.name, args)
        label = self.ctx.t("Without a date") if parameter.kind == "when" else self.ctx.t("Nobody yet")
        return (Button(label, self.command.name, args, typed),)

    def _by_form(self, parameter: Parameter) -> tuple[Button, ...]:
        args = {**self.args, "?": parameter.name}
        return (Button(self.ctx.t("Fill in the form…"), self.command.name, args, self._retype(parameter)),)

    def _retype(self, parameter: Parameter) -> str:
        kept = [p for p in self.command.parameters if p is not parameter or p.kind == "people"]
        pieces = [typed_words(self.ctx, p, self.args) for p in kept]
        return self.ctx.say(self.command.name, *pieces, "…")

    def _drop(self, tokens: Iterable[Token]) -> None:
        gone = {id(token) for token in tokens}
        self.tokens[:] = [token for token in self.tokens if id(token) not in gone]

    def _drop_run(self, run: Sequence[Token]) -> None:
        self._drop(run)

    def _put_back(self, token: Token, rest: str) -> None:
        """Leave in a name's place the words that were glued to it."""
        index = next(i for i, each in enumerate(self.tokens) if each is token)
        left = bare(rest)
        word = [Token(Kind.WORD, left, left, gap=token.gap)] if left else []
        self.tokens[index : index + 1] = word


def level_of(word: str, languages: Languages) -> int | None:
    """Read a priority: `p1`, or its word in any language; None for anything else."""
    said = normal(word)
    if said in _LEVELS:
        return _LEVELS[said]
    forms = (languages.forms("urgent"), languages.forms("high"), languages.forms("normal"), languages.forms("low"))
    return next((level for level, those in enumerate(forms) if said in those), None)


def _longest(raw: str, known: Collection[str]) -> int:
    """Tell where the longest name ends that a text begins with; 0 for none. A Latin name ends with its word."""
    for end in range(len(raw), 0, -1):
        is_inside = end < len(raw) and raw[end - 1].isascii() and raw[end].isascii() and raw[end].isalnum()
        if not is_inside and name_key(raw[:end]) in known:
            return end
    return 0


def _raw(run: Sequence[Token]) -> str:
    return run[0].value if len(run) == 1 else join(run)


def _parts(run: Sequence[Token]) -> list[str]:
    """Give what a team's name may be at the head of these words: all of several, any beginning of one."""
    raw = _raw(run)
    return [raw] if len(run) > 1 else [raw[:end] for end in range(1, min(len(raw), _NAME_CHARS) + 1)]


def _as_word(token: Token) -> Token:
    """Take `key=value`, which no command of ours has a use for yet, for the words that they are."""
    return replace(token, kind=Kind.WORD, value=token.raw) if token.kind is Kind.OPTION else token


def _by_account(ctx: Context, account: str) -> Person | None:
    return person_of(ctx.unit, platform=ctx.chat.platform, app=ctx.chat.app, tenant=ctx.chat.tenant, native=account)


def usual_currency(ctx: Context) -> str | None:
    """Give the currency that is meant where none is named; None where it must be asked."""
    return "CNY" if ctx.words.language == "zh" else None


def number_in(word: str) -> int | None:
    """Read a whole number above zero; None for anything else."""
    said = normal(word)
    return int(said) or None if len(said) <= NUMBER_DIGITS and said.isascii() and said.isdecimal() else None


def loose_ref(word: str, letter: str) -> str | None:
    """Read `t12`, `T-12` or full width as a ref of this letter."""
    match = _LOOSE_REF.fullmatch(normal(word).strip(" ,.;:!?"))
    return f"{letter}-{int(match[2])}" if match and match[1] == letter.lower() else None


def _segments(tokens: Sequence[Token]) -> list[list[Token]]:
    """Give the runs of plain words between marks, quotations and names."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is Kind.WORD:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
