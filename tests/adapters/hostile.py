"""Strings that try to be more than words, for the proofs that no platform takes them for more."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

PIECES = (
    *("<!channel>", "<!here>", "<!everyone>", "<!subteam^S1|@all>", "<@U0EVIL001>", "<@W0EVIL001|ceo>", "<#C01|x>"),
    *("<https://evil.example|https://bank.example>", "<mailto:a@b.example>", "<!date^1700000000^{date}|now>"),
    *("<", ">", "&", "&lt;", "&gt;", "&amp;", "&lt;!channel&gt;", "&amp;lt;", "|", "<<", ">>", ">>>", "\n>", "&#60;"),
    *("*bold*", "_it_", "~no~", "`code`", "```", "*", "_", "~", "`", " *", "* ", ":smile:", ":", ":)", ":+1:"),
    *(
        "@channel",
        "@here",
        "@everyone",
        "@U0EVIL001",
        "#general",
        "https://evil.example/?a=1&b=<2>",
        "www.evil.example",
    ),
    *("\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\v", "\f", "\t", "\x00", "\x1b[31m", "\nApproved by CFO"),
    *("\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\u2060", "\ufeff", "\u200f", "\u061c", "\u00ad", "\u3164"),
    *(
        "e\u0301\u0302\u0303\u0304",
        "\u0301" * 9,
        "👨\u200d👩\u200d👧",
        "🇨🇳",
        "👍🏽",
        "1\ufe0f\u20e3",
        "\ud800",
        "\udfff",
        "𝕏",
    ),
    *(
        "主图定稿",
        "双11",
        "，",
        "：",
        "（急）",
        "T-12",
        "fri 5pm",
        "18:00",
        "~2d",
        "!high",
        "snake_case_name",
        "a b",
        " ",
    ),
    *("[x](https://evil.example)", "**b**", "# h", "- ", "1. ", "{task}", "%s", "${x}", '"', "'", "\\", "\\n"),
)
LINKS = (
    ("https://shop.example/t?a=1&b=2", "shop.example"),
    ("http://shop.example:8420/x", "shop.example:8420"),
    ("https://bank.example@evil.example/", "evil.example"),
    ("https://аpple.example/", "xn--pple-43d.example"),
    ("https://evil.example/|https://bank.example", None),
    ("https://evil.example/><!channel>", None),
    ("javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("//evil.example", None),
    ("https://", None),
    ("https://evil.example/\u202egro.knab", "evil.example"),
)


def strings(count: int, seed: int, pieces: Sequence[str] = PIECES) -> Iterator[str]:
    """Give strings that try to be more than words."""
    draw = random.Random(seed)
    for _ in range(count):
        made = "".join(draw.choice(pieces) for _ in range(draw.randint(1, 6)))
        if draw.random() < 0.2:
            made += "".join(chr(draw.randint(0, 0x2FFF)) for _ in range(draw.randint(1, 8)))
        anchor = draw.randrange(3)
        yield ("文" if anchor else "") + made + ("文" if anchor != 1 else "")


def try_all(
    look: Callable[[str, int], list[str]], count: int, *, seed: int, pieces: Sequence[str] = PIECES
) -> dict[str, Any]:
    """Have `look` say what is wrong with each of many strings; give how many were wrong, and the first faults."""
    wrong: list[str] = []
    bad = 0
    for at, text in enumerate(strings(count, seed, pieces)):
        found = look(text, at)
        bad += bool(found)
        wrong += [f"{text!r}: {one}" for one in found[: 20 - len(wrong)]]
    return {"strings": count, "bad": bad, "faults": wrong[:20]}


def cleaned(text: str, *, keeps_breaks: bool = False, is_name: bool = False) -> str:
    """Say how a text shall be seen: the rules of the renderer, written a second time and more simply."""
    kept = ""
    for letter in text.replace("\r\n", "\n"):
        if unicodedata.category(letter) == "Cs":
            kept += "\ufffd"
        elif letter in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029":
            kept += "\n"
        elif letter == "\t":
            kept += " "
        elif not is_unseen(letter, is_name=is_name):
            kept += letter
    kept = unicodedata.normalize("NFC", kept)
    shown, marks = "", 0
    for letter in kept:
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Mc", "Me") else 0
        shown += letter if marks <= 2 else ""
    return shown if keeps_breaks else shown.replace("\n", " ")


def is_unseen(letter: str, *, is_name: bool = False) -> bool:
    """Tell a sign without width or sense; joiners are let through except in names."""
    if unicodedata.category(letter) == "Cc":
        return True
    if letter in "\u00ad\u034f\u200c\u200d" or 0xE0000 <= ord(letter) <= 0xE007F:
        return is_name
    if letter in "\u115f\u1160\u17b4\u17b5\u3164\uffa0":
        return is_name
    return (
        letter in "\u061c\u180e\u200b\u200e\u200f\ufeff\ufff9\ufffa\ufffb"
        or 0x202A <= ord(letter) <= 0x202E
        or (0x2060 <= ord(letter) <= 0x206F and letter != "\u2065")
    )
