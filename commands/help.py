"""Help: five things to do here, with your role; then a topic in ten lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commands.core.access import OUTSIDE, people_who_may
from commands.core.arguments import Prose
from commands.core.command import Command, command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Button, Code, Inline, Item, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import example_of
from commands.grammar.suggest import nearest
from commands.grammar.tokens import normal
from commands.words.catalog import language_of, msg

FIRST: Final = ("task add", "task done", "task due", "task list", "status")
"""What most people do most."""
ANYBODYS: Final = ("access", "language")
"""What is open to those who may do nothing else."""
WHO: Final = 3
"""People who are named as those to ask."""
IN_FULL: Final = 4
"""Commands of a topic that are shown with their example; the others are named."""

GROUPS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "task": {
        msg("make"): (
            "task add",
            "task capture",
            "task describe",
            "task check",
            "task comment",
            "task repeat",
            "task repeat stop",
        ),
        msg("adjust"): (
            "task due",
            "task priority",
            "task estimate",
            "task label",
            "task rename",
            "task edit",
            "task move",
            "task detach",
        ),
        msg("progress"): ("task start", "task done", "task cancel", "task reopen", "task archive"),
        msg("people"): (
            "task assign",
            "task take",
            "task collaborate",
            "task withdraw",
            "task follow",
            "task unfollow",
        ),
        msg("waiting"): ("task block", "task wait", "task resume", "task nudge", "task after", "task unlink"),
        msg("look"): (),
    },
    "approval": {
        msg("asking"): ("approval add", "approval amend", "approval urge", "approval withdraw", "approval reopen"),
        msg("deciding"): (
            "approval approve",
            "approval reject",
            "approval return",
            "approval counter",
            "approval retract",
        ),
        msg("people"): ("approval ask", "approval transfer", "approval signer", "approval unsign"),
        msg("look"): (),
    },
}
"""A topic with many commands shows them by what they are for; those that are named nowhere stand in the last group."""
HEADS: Final = (*FIRST, *(names[0] for groups in GROUPS.values() for names in groups.values() if names))
"""Commands that come first in their topic."""


@command("help", may="own.help", reads=True, examples=("帮助", "help", "help task"))
def help_(ctx: Context, topic: Prose | None = None) -> Reply:
    """Show what you can do here."""
    return _overview(ctx) if topic is None else _about(ctx, topic)


def _overview(ctx: Context) -> Reply:
    mine = [each for name in FIRST if ctx.may((each := ctx.registry.commands[name]).may)]
    topics = list(dict.fromkeys(ctx.words.forms(each.name.split()[0])[0] for each in _allowed(ctx) if " " in each.name))
    parts: list[Part]
    if not mine:
        outside = ctx.rights.role in OUTSIDE
        asks = (Button(ctx.t("Ask to be let in"), "join", {}, ctx.say("join"), style="primary"),) if outside else ()
        parts = [_for_outsiders(ctx), Listing(tuple(_item(ctx, ctx.registry.commands[name]) for name in ANYBODYS))]
        return Reply(title=(ctx.t("What you can do here"),), parts=tuple(parts), buttons=asks, to="private")
    parts = [
        Listing(tuple(_item(ctx, each) for each in mine)),
        Note(
            ctx.line(
                "More: {help} · topics: {topics} · take back: {undo}",
                help=Code(ctx.say("help", ctx.words.forms("task")[0])),
                topics=ctx.t(", ").join(topics),
                undo=Code(ctx.say("undo")),
            )
        ),
    ]
    return Reply(title=(ctx.t("What you can do here"),), parts=tuple(parts), to="private")


def _about(ctx: Context, topic: str) -> Reply:
    wanted = _folded(topic)
    group = next((each for each in _groups(ctx) if wanted in each.names), None)
    if group is not None:
        items = tuple(Item((Code(example_of(ctx, each)), f"  {ctx.t(each.help)}")) for each in group.commands)
        return Reply(title=(ctx.t("Help: {topic}", topic=topic),), parts=(Listing(items),), to="private")
    found = [each for each in _allowed(ctx) if wanted in _names(ctx, each)]
    found.sort(key=lambda each: HEADS.index(each.name) if each.name in HEADS else len(HEADS))
    if not found:
        raise _no_topic(ctx, topic)
    if len(found) == 1:
        return _about_one(ctx, topic, found[0])
    noun = found[0].name.split()[0]
    if noun in GROUPS and all(each.name.split()[0] == noun for each in found):
        return _by_groups(ctx, topic, noun, found)
    parts: list[Part] = [Listing(tuple(_item(ctx, each) for each in found[:IN_FULL]))]
    if len(found) > IN_FULL:
        others: list[Inline] = []
        for each in found[IN_FULL:]:
            others += [*([" · "] if others else []), Code(ctx.say(each.name))]
        example = Code(ctx.say("help", ctx.words.forms(found[-1].name)[0]))
        parts.append(Note(ctx.line("Also: {others}. One of them: {help}", others=tuple(others), help=example)))
    return Reply(title=(ctx.t("Help: {topic}", topic=topic),), parts=tuple(parts), to="private")


@dataclass(frozen=True, slots=True)
class _Group:
    """Commands of one topic that are for the same thing."""

    noun: str
    label: str
    names: frozenset[str]
    """What is asked to see it in full, folded."""
    commands: tuple[Command, ...]


def _groups(ctx: Context) -> Iterator[_Group]:
    """Give the groups of the large topics, as far as they are open to this person."""
    allowed = {each.name: each for each in _allowed(ctx)}
    for noun, groups in GROUPS.items():
        placed = {name for names in groups.values() for name in names}
        others = [name for name in allowed if name.split()[0] == noun and name not in placed]
        for number, (label, names) in enumerate(groups.items(), start=1):
            wanted = (*names, *others) if number == len(groups) else names
            commands = tuple(allowed[name] for name in wanted if name in allowed)
            asked = (f"{form} {of}" for form in (noun, *ctx.words.forms(noun)) for of in (label, ctx.t(label), number))
            if commands:
                yield _Group(noun, ctx.t(label), frozenset(map(_folded, asked)), commands)


def _by_groups(ctx: Context, topic: str, noun: str, found: Sequence[Command]) -> Reply:
    """Show two examples, and what else there is in a line for each group."""
    groups = [group for group in _groups(ctx) if group.noun == noun]
    rows: list[Inline] = []
    for group in groups:
        rows += ["\n" if rows else "", Strong(group.label), ": "]
        for at, each in enumerate(group.commands):
            rows += [*([" · "] if at else []), ctx.say(each.name)]
    full = Code(ctx.say("help", ctx.words.forms(noun)[0], groups[0].label))
    one = Code(ctx.say("help", ctx.words.forms(found[-1].name)[0]))
    parts = (
        Listing(tuple(Item((Code(example_of(ctx, each)),)) for each in found[:2])),
        Text(tuple(rows)),
        Note(ctx.line("A group with examples: {group} · one command: {one}", group=full, one=one)),
    )
    return Reply(title=(ctx.t("Help: {topic}", topic=topic),), parts=parts, to="private")


def _about_one(ctx: Context, topic: str, one: Command) -> Reply:
    """Show a single command with all its examples, and what else may be typed for it."""
    examples = [e for e in one.examples if (language_of(e) == "zh") == (ctx.words.language == "zh")] or one.examples
    parts: list[Part] = [Text((ctx.t(one.help),)), Listing(tuple(Item((Code(each),)) for each in examples[:IN_FULL]))]
    others = ctx.words.forms(one.name)[1:IN_FULL]
    if others:
        parts.append(Note(ctx.line("Also understood: {forms}", forms=ctx.t(", ").join(others))))
    return Reply(title=(ctx.t("Help: {topic}", topic=topic),), parts=tuple(parts), to="private")


def _no_topic(ctx: Context, topic: str) -> Refused:
    """Say that there is no such topic, and offer those that are spelled nearly so."""
    nouns = (form for each in _allowed(ctx) for form in ctx.words.forms(each.name.split()[0]))
    names = dict.fromkeys((*nouns, *(form for each in _allowed(ctx) for form in ctx.words.forms(each.name))))
    buttons = tuple(ctx.button(name, "help", {"topic": name}) for name in nearest(topic, names))
    line = ctx.line("There is no topic {topic}. All of them: {help}", topic=Strong(topic), help=Code(ctx.say("help")))
    return Refused(line, buttons)


def _for_outsiders(ctx: Context) -> Part:
    """Tell somebody who may do nothing with tasks why, and whom to ask."""
    if ctx.rights.role == "budget-only":
        return Text(ctx.line("Your role sees budgets and nothing else: {budget}", budget=Code(ctx.say("budget"))))
    people = people_who_may(ctx.rights, "project.roles")[:WHO]
    line = ctx.line(
        "As a {role} you see no tasks here. To be let in, ask: {people}.",
        role=ctx.t(ctx.rights.role),
        people=ctx.t(", ").join(person.name for person in people) or "—",
    )
    return Text(line)


def _names(ctx: Context, one: Command) -> set[str]:
    """Give what a command is found by: its noun, and every form of it."""
    noun = one.name.split()[0]
    return {_folded(each) for each in (noun, *ctx.words.forms(noun), *ctx.words.forms(one.name))}


def _folded(name: str) -> str:
    return "".join(normal(name).split())


def _allowed(ctx: Context) -> list[Command]:
    return [each for each in ctx.registry.commands.values() if ctx.may(each.may)]


def _item(ctx: Context, one: Command) -> Item:
    return Item((Code(example_of(ctx, one)),), (ctx.t(one.help),))
