"""Text cleaned of what deceives the eye, cut between letters, and addresses that may be led to.

For every platform alike; how a text is then escaped is each platform's own, and the last thing done to it.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

ELLIPSIS: Final = "…"
URL_CHARS: Final = 2000

_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction
    "\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]"  # no width, or no sense here
)
_UNSEEN_IN_NAMES = re.compile(r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u3164\uffa0\U000e0000-\U000e007f]")
_MARKS_IN_A_ROW = 2


@lru_cache(maxsize=500)  # the words of a card are the same in every card, and a title stands there twice
def clean(text: str, *, keeps_breaks: bool = False) -> str:
    r"""Take out what would deceive the reader, and write the rest in its usual form (NFC).

    Gone are controls, marks of writing direction and signs without width, except the joiners that
    emoji and some scripts need. At most two combining marks follow each other. Line breaks become one
    space, or `\n` where they may stay.

    >>> clean("paid\r\n  Approved\u202e by\u200b CFO")
    'paid Approved by CFO'
    """
    text = _SURROGATE.sub("\ufffd", text)
    text = _UNSEEN.sub("", _BREAK.sub("\n", text).replace("\t", " "))
    text = _few_marks(unicodedata.normalize("NFC", text))
    return text if keeps_breaks else re.sub(r" *\n\s*", " ", text)


def clean_name(name: str) -> str:
    """Clean a person's name, in which nothing without width may hide."""
    return " ".join(clean(_UNSEEN_IN_NAMES.sub("", name)).split())


def _few_marks(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    row = 0
    for letter in text:
        row = row + 1 if unicodedata.category(letter)[0] == "M" else 0
        if row <= _MARKS_IN_A_ROW:
            kept.append(letter)
    return "".join(kept)


def units(text: str) -> int:
    """Count a text as JavaScript does, the stricter of the two ways that a platform may count."""
    is_wide = not text.isascii() and max(text) > "\uffff"
    return len(text) + (sum(letter > "\uffff" for letter in text) if is_wide else 0)


def cut(text: str, most: int, *, count: Callable[[str], int] = units) -> str:
    """Cut a text to at most `most` units, between two letters, and mark the cut.

    A letter is what a reader takes for one: marks, joined emoji and flags stay whole.

    >>> cut("主图定稿", 3), cut("no cut", 6)
    ('主图…', 'no cut')
    """
    if count(text) <= most:
        return text
    room, end = most - count(ELLIPSIS), 0
    while end < len(text) and (room := room - count(text[end])) >= 0:
        end += 1
    while end > 0 and _are_one(text, end):
        end -= 1
    return text[:end] + ELLIPSIS


def _are_one(text: str, at: int) -> bool:
    """Tell whether a reader takes the letters on both sides of a place for one."""
    if at >= len(text):
        return False
    left, right = text[at - 1], text[at]
    if unicodedata.category(right)[0] == "M" or right in "\u200c\u200d" or left == "\u200d":
        return True
    if "\U0001f3fb" <= right <= "\U0001f3ff" or "\U000e0020" <= right <= "\U000e007f":
        return True  # skin tones, and the letters inside a flag
    if "\u1160" <= right <= "\u11ff":
        return "\u1100" <= left <= "\u11ff" or "\uac00" <= left <= "\ud7a3"
    flags = 0
    while flags < at and "\U0001f1e6" <= text[at - 1 - flags] <= "\U0001f1ff":
        flags += 1
    return "\U0001f1e6" <= right <= "\U0001f1ff" and flags % 2 == 1


def safe_link(url: str) -> tuple[str, str] | None:
    """Give an address to lead to and the host to show; None if it may not be a link.

    The host is written as it is on the wire, so that no letter can pass for another.

    >>> safe_link("https://аррle.example/sale?a=1")
    ('https://xn--le-6kc8da.example/sale?a=1', 'xn--le-6kc8da.example')
    >>> safe_link("javascript:alert(1)") is None
    True
    """
    if len(url) > URL_CHARS or re.search(r"[\s\x00-\x20\x7f<>|\"\\^`{}]", url) or _SURROGATE.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
        return None
    shown = host if port is None else f"{host}:{port}"
    return quote(parts._replace(netloc=shown).geturl(), safe="%/:?#[]@!$&'()*+,;=~-._"), shown
