"""Nothing that a person typed is alive in Feishu: generated strings, rendered, and read back by another parser."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from adapters.feishu.render import message
from commands.core.reply import (
    Button,
    Choice,
    Code,
    Field,
    Fields,
    Form,
    Input,
    Item,
    Link,
    Listing,
    Note,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)
from tests.adapters.hostile import LINKS, PIECES, cleaned, try_all
from tests.fakes.feishu.cards import faults, seen, walk

pytestmark = pytest.mark.slow

QUICK, SLOW = 400, 20_000
MEANT = "ou_meant000"
ACCOUNTS = ("all", "ou_evil000></at><at id=all>", "ou_x", "", "ou_evil 000", "ou_evil000\n", "*", "U0EVIL001")
FEISHU = (
    *("<at id=all></at>", "<at id=ou_evil000></at>", '<at user_id="all">x</at>', "<at ids=ou_a,ou_b></at>", "</at>"),
    *(
        "<person id='ou_evil000'></person>",
        "<link url='https://evil.example'>x</link>",
        "<a href='https://evil.example'></a>",
    ),
    *("<font color='red'>x</font>", "<text_tag color='red'>x</text_tag>", "<br>", "<hr>", "<number_tag>1</number_tag>"),
    *(
        "[bank](https://evil.example)",
        "![x](img_v3_1)",
        "[a]: https://evil.example",
        "[a][b]",
        "$urlVal",
        "$x$",
        ":OK:",
    ),
    *(
        "~~no~~",
        "**b**",
        "__b__",
        "***",
        "---",
        "===",
        "# h",
        "> q",
        "- l",
        "+ l",
        "1. n",
        "1) n",
        "| a | b |",
        "```",
        "    c",
    ),
    *(
        "&#42;",
        "&amp;",
        "&lt;at id=all&gt;",
        "&#60;at id=all&#62;",
        "\\*",
        "\\",
        "`",
        "``",
        "\n- l",
        "\n# h",
        "\n    c",
        "\n1. n",
    ),
)
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def reply_of(text: str, at: int) -> tuple[Reply, list[str], str | None]:
    """Put a string everywhere; with the words that shall be seen, and the address that shall be led to."""
    url, host = LINKS[at % len(LINKS)]
    pressed = Button(text, "task add", {"title": text}, text, style="primary", mac="m")
    impostor = Who(1, text, pings=True, account=ACCOUNTS[at % len(ACCOUNTS)])
    inputs = (Input("a", text, hint=text, value=text), Input("b", text, "choice", "1", choices=(Choice("1", text),)))
    reply = Reply(
        title=(text,),
        parts=(
            Text((text, Who(2, "李四", pings=True, account=MEANT), Strong(text))),
            Fields((Field(text, (text,)), Field("Owner", (impostor, Who(2, text, account=MEANT))))),
            Listing((Item((Strong("T-1"), " ", text), (text,), pressed), Item((Code(text), text, Struck(text))))),
            Table(("A", text), (((Strong("b"),), (text,)), (("c",), (Strong(text),)))),
            Text((Link(url, text),)),
            Note(("by ", text)),
        ),
        buttons=(pressed,),
        health="red",
        form=Form(text, "task add", {"title": text}, inputs, text, typed="typed", mac="m"),
    )
    one, many = cleaned(text), cleaned(text, keeps_breaks=True)
    name = cleaned(cleaned(text, is_name=True), is_name=True)
    name = name if name.strip() else "—"
    link = one if host is None else f"{one} ({host})" if one.strip() and one != host else host
    words = [one, f"{many}@{MEANT}{many}", f"{one.strip()}{one or '—'}", f"Owner{name}{name}", f"T-1{one}", one]
    words += [one * 3, "A", one, "b", one, "c", one, link, f"by{one}", one, one, one, f"{one}:typed"]
    return reply, words, url if host else None


def look_at(text: str, at: int, spoil: Spoil) -> list[str]:
    """Render one string everywhere and say what is not as it was meant."""
    reply, words, url = reply_of(text, at)
    card = spoil(dict(message(reply, language="zh")))
    wrong = faults(card)
    shown = seen(card)
    if shown.pings != [MEANT]:
        wrong.append(f"notified: {shown.pings}")
    links = [link for each in shown.words for link, _ in each.links]
    if len(links) != (url is not None) or any(not link.startswith(("http://", "https://")) for link in links):
        wrong.append(f"links {links}, meant {url}")
    for each in shown.words:
        for kind in ("blocks", "tags", "images", "emoji", "misfits"):
            wrong += [f"{kind} {found!r} in {each.text!r}" for found in getattr(each, kind)]
        wrong += [f"italic {styled!r}" for style, styled in each.styles if style == "italic"]
    said = [squeezed(each.text) for each in shown.words if each.where not in ("button", "option")]
    meant = [squeezed(each) for each in words]
    lacks = [each for each in meant if each and not any(each in one or _is_cut(one, each) for one in said)]
    wrong += [f"lacks {each!r} in {said}" for each in lacks]
    return wrong


def _is_cut(said: str, meant: str) -> bool:
    return said.endswith("…") and meant.startswith(said[:-1])


def squeezed(text: str) -> str:
    """Leave out spaces, of which markdown needs some beside stressed words, and the mark of what is required."""
    return re.sub(r"\s+", "", text).removesuffix("*")


def unspoilt(card: dict[str, Any]) -> dict[str, Any]:
    """Leave a card as it is."""
    return card


def run(count: int, *, seed: int = 1, spoil: Spoil = unspoilt) -> dict[str, Any]:
    """Render strings everywhere and read them back; `spoil` takes a guard away, to see this turn red."""
    return try_all(lambda text, at: look_at(text, at, spoil), count, seed=seed, pieces=(*PIECES, *FEISHU, *FEISHU))


def test_generated_strings_are_words_and_nothing_else() -> None:
    assert run(QUICK)["faults"] == []


@pytest.mark.parametrize("seed", range(2, 2 + SLOW // 4000))
def test_twenty_thousand_strings_are_words_and_nothing_else(seed: int) -> None:
    assert run(4000, seed=seed)["faults"] == []


# Each guard taken away turns it red.


def without_escaping(card: dict[str, Any]) -> dict[str, Any]:
    """Undo the entities of markdown."""
    card = copy.deepcopy(card)
    for each in walk(card):
        if each["tag"] == "markdown":
            each["content"] = re.sub(r"&#(\d+);", lambda sign: chr(int(sign[1])), each["content"])
    return card


def without_plain_text(card: dict[str, Any]) -> dict[str, Any]:
    """Take every plain text for markdown."""
    card = copy.deepcopy(card)
    for each in walk(card):
        if each["tag"] == "div":
            each.update({"tag": "markdown", "content": each.pop("text")["content"]})
    return card


@pytest.mark.parametrize("spoil", [without_escaping, without_plain_text])
def test_each_guard_is_needed(spoil: Spoil) -> None:
    assert run(QUICK, spoil=spoil)["bad"] > QUICK / 10
