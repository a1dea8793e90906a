"""Nothing that a person typed is alive in DingTalk: generated strings, rendered, and read back by another parser.

`run` takes any number of strings: a few hundred here, and 20,000 besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from adapters.dingtalk.render import Template, card, markdown
from commands.core.reply import (
    Button,
    Code,
    Divider,
    Field,
    Fields,
    Image,
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
from tests.adapters.hostile import LINKS, cleaned, try_all
from tests.fakes.dingtalk.markdown import Seen, read

pytestmark = pytest.mark.slow

QUICK, SLOW = 400, 20_000
MEANT = "staff1"
CUT = "\ue000"
"""Stands for what is left of a text that was cut."""
ACCOUNTS = ("$:LWCP_v1:$x", "@ALL", "", "staff 1", "staff1)", "a" * 65, "staff\n")
Spoil = Callable[[str], str]


def reply_of(text: str, at: int) -> tuple[Reply, list[str], str | None]:
    """Put a string everywhere; with the lines that shall be seen, and the address that shall be led to."""
    url, host = LINKS[at % len(LINKS)]
    button = Button(text, "task add", {"title": text}, text, mac="m")
    impostor = Who(1, text, pings=True, account=ACCOUNTS[at % len(ACCOUNTS)])
    reply = Reply(
        title=(text,),
        parts=(
            Text((text, Who(2, "李四", pings=True, account=MEANT), Strong(text))),
            Fields((Field(text, (text,)), Field("Owner", (impostor, Who(2, text, account=MEANT))))),
            Listing((Item((Strong("T-1"), " ", text), (text,), button), Item((Code(text), text, Struck(text))))),
            Divider(),
            Table(("A", text), ((("b",), (text,)),)),
            Text((Link(url, text),)),
            Image("<svg/>", text),
            Note(("by ", text)),
        ),
        health="red",
    )
    one, name = cleaned(text), cleaned(cleaned(text, is_name=True), is_name=True)
    name = name if name.strip() else "—"
    link = f"{one}({host})" if host else one
    link = (host or "") if host and (not one.strip() or one == host) else link
    lines = [f"🔴{one}" if one.strip() else ""]
    lines += f"{cleaned(text, keeps_breaks=True)}@{MEANT}{cleaned(text, keeps_breaks=True)}".split("\n")
    lines += [f"{one}{one if squeezed(one) else '—'}", f"Owner{name}{name}", f"T-1{one}"]
    lines += ["·".join(filter(None, (squeezed(one), squeezed(one)))), f"{one}{one}{one}"]
    lines += [f"b{cut(one, 20)}{one if squeezed(one) else '—'}", link, one if squeezed(one) else "—", f"by{one}"]
    return reply, [each for each in map(squeezed, lines) if each], url if host else None


def cut(text: str, most: int) -> str:
    """Cut a heading as the renderer does, when it is long."""
    return text if len(text.encode("utf-16-le", "replace")) // 2 <= most else CUT


def look_at(text: str, at: int, spoil: Spoil) -> list[str]:
    """Render one string everywhere and say what is not as it was meant."""
    reply, lines, url = reply_of(text, at)
    drawn = markdown(reply, language="zh", mentions=True)
    wrong = _look(drawn.texts, drawn.at, lines, url, spoil)
    if not drawn.title.strip() or "\n" in drawn.title:
        wrong.append(f"title {drawn.title!r}")
    variables = card(reply, Template("t"), language="zh")
    if variables is None:
        return wrong
    body = [line.replace(f"@{MEANT}", "李四") for line in lines]
    body = body[1:] if squeezed(cleaned(text)) else body
    return wrong + _look((variables["body"],), (), body, url, spoil)


def _look(texts: Sequence[str], at: Sequence[str], lines: list[str], url: str | None, spoil: Spoil) -> list[str]:
    seen = [read(spoil(each), at) for each in texts]
    wrong = [each for one in seen for each in one.odd]
    mentions = [each for one in seen for each in one.mentions]
    links = [each for one in seen for each, _ in one.links]
    wrong += [] if mentions == list(at) else [f"mentions {mentions}"]
    if len(links) != (url is not None) or any(not each.startswith(("http://", "https://")) for each in links):
        wrong.append(f"links {links}, meant {url}")
    wrong += [f"images {one.images}" for one in seen if one.images]
    blocks = [sum(getattr(one, name) for one in seen) for name in ("rules", "quotes", "bullets")]
    if blocks[0] != 1 or blocks[1] != 2 or not 2 <= blocks[2] <= 3:
        wrong.append(f"rules, quotes, bullets: {blocks}")
    said = [each for one in seen for line in one.lines if (each := squeezed(line))]
    if not agree(said, lines):
        wrong.append(f"seen {said}, meant {lines}")
    return wrong + [f"unseen signs in {line!r}" for one in seen for line in one.lines if _is_deceptive(line)]


def _is_deceptive(line: str) -> bool:
    return any(each in line for each in "\u202e\u2066\u200b\u2060\ufeff\x00")


def squeezed(text: str) -> str:
    """Take twins for their signs, and leave out spaces, of which Markdown needs some."""
    return unicodedata.normalize("NFKC", re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))


def agree(said: list[str], meant: list[str]) -> bool:
    """Compare line by line; a heading inside a row may be cut."""
    return len(said) == len(meant) and all(_is_same(one, other) for one, other in zip(said, meant, strict=True))


def _is_same(one: str, other: str) -> bool:
    before, is_cut, after = other.partition(CUT)
    return one == other or bool(is_cut and one.startswith(before) and one.endswith(after))


def unspoilt(text: str) -> str:
    """Leave a text as it is."""
    return text


def run(count: int, *, seed: int = 1, spoil: Spoil = unspoilt) -> dict[str, Any]:
    """Render strings everywhere and read them back; `spoil` takes a guard away, to see this turn red."""
    return try_all(lambda text, at: look_at(text, at, spoil), count, seed=seed)


def test_generated_strings_are_words_and_nothing_else() -> None:
    assert run(QUICK)["faults"] == []


@pytest.mark.parametrize("seed", range(2, 2 + SLOW // 4000))
def test_twenty_thousand_strings_are_words_and_nothing_else(seed: int) -> None:
    assert run(4000, seed=seed)["faults"] == []


# Each guard taken away turns it red.


def without_twins(text: str) -> str:
    """Write every full-width sign as the sign itself."""
    return "".join(chr(ord(each) - 0xFEE0) if "\uff01" <= each <= "\uff5e" else each for each in text)


def without_line_starts(text: str) -> str:
    """Do so where a line starts."""
    return re.sub(r"(^|\n(?:- |> |### 🔴 )?)([\uff01-\uff5e])", lambda one: one[1] + without_twins(one[2]), text)


def without_code(text: str) -> str:
    """Let nothing be code."""
    return text.replace("`", "")


@pytest.mark.parametrize("spoil", [without_twins, without_line_starts, without_code])
def test_each_guard_is_needed(spoil: Spoil) -> None:
    assert run(QUICK, spoil=spoil)["bad"] > QUICK / 100


# The parser itself, on what CommonMark and DingTalk document.


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("## 标题", {"headings": ["标题"]}),
        ("> 引用", {"quotes": 1}),
        ("- 一\n- 二", {"bullets": 2}),
        ("1. 一", {"bullets": 1}),
        ("**粗**", {"strong": ["粗"]}),
        ("a **（粗）**b", {"odd": ["a mark that is seen"]}),
        ("800*800 和 750*1000", {"odd": ["stress by one sign"]}),
        ("SKU_1_2", {}),
        ("_x_", {"odd": ["stress by one sign"]}),
        ("[店](https://a.example)", {"links": [("https://a.example", "店")]}),
        ("![图](@lAD1)", {"images": ["@lAD1"]}),
        ("`a*b*`", {"codes": ["a*b*"]}),
        ("<font color=red>x</font>", {"odd": ["a tag"]}),
        ("a&lt;b", {"odd": ["an entity"]}),
        ("a\nb", {"odd": ["a line that runs into the next"]}),
        ("a  \nb", {}),
        ("a\n---", {"odd": ["an underlined heading"]}),
        ("a\n\n---", {"rules": 1}),
        ("~~x~~", {"odd": ["a stroke"]}),
        ("a | b  \n--- | ---", {"odd": ["a table"]}),
        ("[x]: https://a.example", {"odd": ["a reference"]}),
    ],
)
def test_parser_sees_what_is_alive(text: str, alive: dict[str, Any]) -> None:
    seen = vars(read(text))
    assert {name: value for name, value in seen.items() if value and name != "lines"} == alive


def test_parser_counts_a_mention_only_where_the_envelope_names_it() -> None:
    assert read("请 @staff1 看 @staff2", ["staff1"]).mentions == ["staff1"]
    assert read("@all", []).mentions == ["all"]


def test_seen_joins_its_lines() -> None:
    assert Seen(lines=["一", "二"]).text == "一\n二"
