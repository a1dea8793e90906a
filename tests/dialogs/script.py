"""Dialogs as plain text: who says what where, and what everybody is then shown.

A file holds scenes, each with a bot of its own. Lines that begin at the left are acts; what is
indented below one is what it led to, written by `make golden` and then read like code:

    == A task is added and finished
    李四 in 双11作战室: 任务 加 主图定稿 @李四 周五
      ...
    陈晨 in 双11作战室, overheard: T-1 怎么样了
    陈晨 in 双11作战室, in the thread of T-1: 完成
    陈晨 to the bot: 我的任务
    李四 presses 撤销 on T-1
    李四 presses 其他日期…
    李四 fills in 截止日期=周五; 负责人=李四
    李四 on feishu to the bot: 绑定账号 CODE
    11 minutes pass

`→` is a new message, `✎` an edit, `?` a form that opens, `!` a person who is notified by it.
`#` begins a remark.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from tests.fakes.memory import Shown
from tests.support.house import ACCOUNTS, ELSEWHERE, ROOMS, WAR_ROOM, Bot, Heard, NotThere, pinged, told

SCENE = "== "
_NAMES = {account: name for name, account in ACCOUNTS.items()}
_NAMES |= {account: f"{name} on feishu" for name, account in ELSEWHERE.items()}
_TITLES = {native: title for title, native in ROOMS.items()}
_SAYS = re.compile(
    r"(?P<who>\S+)(?: on (?P<platform>feishu))? (?:in (?P<chat>[^,:]+)|to the bot)(?P<overheard>, overheard)?"
    r"(?:, in the thread of (?P<thread>\S+?))?(?:, quoting (?P<quoted>\S+?))?: (?P<text>.*)"
)
_PRESSES = re.compile(
    r"(?P<who>\S+)(?: on (?P<platform>feishu))? presses (?P<label>.+?)"
    r"(?: on (?P<ref>[A-Z]-\d+)(?: in (?P<chat>.+))?)?"
)
_FILLS = re.compile(r"(?P<who>\S+) fills in ?(?P<values>.*)")
_PASSES = re.compile(r"(?P<count>\d+) (?P<unit>seconds|minutes|hours|days) pass")


@dataclass(frozen=True)
class Scene:
    """A title and its acts, as they stand in the file; remarks and blank lines are kept."""

    title: str
    lines: tuple[str, ...]


_TOPICS = re.compile(r"((?<=topics: )|(?<=主题：))[^·\n]*[^·\s]")
"""The topics of help grow with every subject, and are not what a dialog is about."""


CODE = re.compile(r"\b[0-9A-HJ-KM-NP-TV-Z]{4}-[0-9A-HJ-KM-NP-TV-Z]{4}\b")
"""A code, which is another each time; to say it, one writes CODE."""


def scenes(text: str) -> Iterator[Scene]:
    """Cut a file into scenes; what was shown is left out."""
    for block in text.split(f"\n{SCENE}")[1:]:
        title, *lines = block.splitlines()
        yield Scene(title, tuple(line for line in lines if not line.startswith(" ")))


def head(text: str) -> str:
    """Give what stands above the first scene."""
    return text.split(f"\n{SCENE}")[0].rstrip("\n")


async def play(bot: Bot, scene: Scene) -> str:
    """Play a scene and write it down with all that was shown."""
    written = [f"{SCENE}{scene.title}"]
    for line in scene.lines:
        written.append(line)
        if line and not line.startswith("#"):
            try:
                followed = _what_followed(await _act(bot, line))
            except NotThere as error:
                followed = [f"({error})"]
            written += [f"  {each}".rstrip() for each in followed]
    return "\n".join(written).rstrip("\n")


async def _act(bot: Bot, line: str) -> Heard:
    readers: list[tuple[re.Pattern[str], Callable[[Bot, re.Match[str]], Awaitable[Heard]]]] = [
        (_PASSES, _pass),
        (_SAYS, _say),
        (_PRESSES, _press),
        (_FILLS, _fill),
    ]
    for pattern, act in readers:
        match = pattern.fullmatch(line)
        if match:
            return await act(bot, match)
    raise AssertionError(f"this is no act: {line}")


async def _pass(bot: Bot, match: re.Match[str]) -> Heard:
    return await bot.pass_time(timedelta(**{match["unit"]: int(match["count"])}))


async def _say(bot: Bot, match: re.Match[str]) -> Heard:
    return await bot.say(
        match["who"],
        match["text"].replace("\\n", "\n").replace("CODE", _last_code(bot)),
        chat=match["chat"],
        thread=match["thread"],
        replies_to=match["quoted"],
        is_addressed=match["overheard"] is None,
        on=bot.second if match["platform"] else None,
    )


def _last_code(bot: Bot) -> str:
    """Give the newest code that anybody was shown; what one would copy."""
    shown = [each for platform in (bot.platform, bot.second) for each in platform.shown]
    codes = [code for each in shown for code in CODE.findall(told(each.reply))]
    return codes[-1] if codes else "CODE"


async def _press(bot: Bot, match: re.Match[str]) -> Heard:
    at = bot.second if match["platform"] else None
    return await bot.press(match["who"], match["label"], on=match["ref"], chat=match["chat"] or WAR_ROOM, at=at)


async def _fill(bot: Bot, match: re.Match[str]) -> Heard:
    pairs = [pair.split("=", 1) for pair in match["values"].split("; ") if pair]
    return await bot.submit(match["who"], {name.strip(): value.strip() for name, value in pairs})


def _what_followed(heard: Heard) -> list[str]:
    lines = [f"({heard.outcome.ack})"] if heard.outcome.ack != "ok" else []
    if heard.toast:
        lines.append(f"(toast) {heard.toast}")
    lines += [f"(wrong) {name}: {problem}" for name, problem in heard.errors.items()]
    for shown in sorted(heard.shown, key=_order):  # lanes go side by side: what is first is chance
        lines.append(f"{_kind(shown)} {_place(shown)}")
        lines += [f"| {each}" for each in CODE.sub("CODE", _TOPICS.sub("…", told(shown.reply))).splitlines()]
        lines += [f"! {_NAMES[account]}" for account in sorted(pinged([shown]))]
    return lines or ["(nothing)"]


def _order(shown: Shown) -> tuple[object, ...]:
    """Sort by who sees it; what one place is shown stays in order."""
    is_direct = shown.chat.startswith("dm:")
    which = told(shown.reply) if is_direct and shown.kind == "post" else shown.message
    return (is_direct, shown.only_for is not None, shown.kind == "edit", shown.chat, which)


def _kind(shown: Shown) -> str:
    return {"post": "→", "edit": "✎", "form": "?"}[shown.kind]


def _place(shown: Shown) -> str:
    if shown.chat.startswith("dm:"):
        return f"{_NAMES[shown.chat[3:]]} directly"
    place = _TITLES.get(shown.chat, shown.chat)
    thread = ", in a thread" if shown.thread else ""
    return f"{_NAMES[shown.only_for]} alone in {place}{thread}" if shown.only_for else f"{place}{thread}"
