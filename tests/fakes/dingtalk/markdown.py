"""DingTalk's Markdown as its clients read it: CommonMark with GFM's strokes and tables.

It knows nothing of how ours is written. Wider than any one client: what is alive on some of them counts as alive.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_BULLET: Final = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?=\s|$)")
_HEADING: Final = re.compile(r"#{1,6}")
_RULE: Final = re.compile(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_UNDERLINE: Final = re.compile(r"(?:=+|-+)[ \t]*$")
_DELIMITERS: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_REFERENCE: Final = re.compile(r"\[[^\]]+\]:\s*\S")
_TAG: Final = re.compile(r"<(?:[A-Za-z/!?][^<>]*)>")
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]\\]|\\.)*)\]\(\s*<?([^\s()<>]*)>?\s*\)")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@dataclass
class Seen:
    """What a person finds in one message."""

    lines: list[str] = field(default_factory=list)
    """All words in reading order, without marks; one for each line that is shown."""
    mentions: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """Address and label."""
    images: list[str] = field(default_factory=list)
    strong: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    quotes: int = 0
    bullets: int = 0
    rules: int = 0
    odd: list[str] = field(default_factory=list)
    """Marks that no message of ours should hold: tags, stress by one sign, strokes, tables, underlined headings, …"""

    @property
    def text(self) -> str:
        """All words, line by line."""
        return "\n".join(self.lines)


def read(text: str, at: Sequence[str] = ()) -> Seen:
    """Read a message; `at` are the ids that its envelope says it calls."""
    seen = Seen()
    was_paragraph = False
    lines = text.split("\n")
    for number, raw in enumerate(lines):
        is_broken = raw.endswith("  ") and not raw.isspace()
        line = raw.rstrip()
        if not line:
            was_paragraph = False
            continue
        if raw.startswith(("    ", "\t")) and not was_paragraph:
            seen.odd.append("indented code")
        was_paragraph = _block(line.lstrip(), seen, at, was_paragraph=was_paragraph)
        follows = number + 1 < len(lines) and bool(lines[number + 1].strip())
        if was_paragraph and follows and not is_broken and not _begins(lines[number + 1].lstrip()):
            seen.odd.append("a line that runs into the next")
    return seen


def _begins(line: str) -> bool:
    return bool(_BULLET.match(line) or _HEADING.match(line) or line.startswith(">") or _RULE.match(line))


def _block(line: str, seen: Seen, at: Sequence[str], *, was_paragraph: bool, depth: int = 0) -> bool:
    """Read one line; True when the next may belong to its paragraph."""
    if was_paragraph and _UNDERLINE.match(line):
        seen.odd.append("an underlined heading")
        return False
    if _RULE.match(line):
        seen.rules += 1
        return False
    if _DELIMITERS.match(line) and "|" in line:
        seen.odd.append("a table")
    if line.startswith(("```", "~~~")):
        seen.odd.append("a fence")
    if _REFERENCE.match(line):
        seen.odd.append("a reference")
    heading = _HEADING.match(line)
    if heading is not None:  # clients differ on whether a space must follow
        words = re.sub(r"\s#+\s*$", "", line[heading.end() :]).strip()
        seen.headings.append(_inline(words, seen, at))
        seen.lines.append(seen.headings[-1])
        return False
    if line.startswith(">"):
        seen.quotes += 1
        return _nested(line[1:].lstrip(), seen, at, depth)
    bullet = _BULLET.match(line)
    if bullet is not None:
        seen.bullets += 1
        return _nested(line[bullet.end() :].lstrip(), seen, at, depth)
    seen.lines.append(_inline(line, seen, at))
    return True


def _nested(rest: str, seen: Seen, at: Sequence[str], depth: int) -> bool:
    if depth:
        seen.odd.append("a block in a block in a block")
    return _block(rest, seen, at, was_paragraph=False, depth=depth + 1) if rest else True


def _inline(text: str, seen: Seen, at: Sequence[str]) -> str:
    """Read what stands in one line, and give its words."""
    words = ""
    pieces = re.split(r"(`+)", text)
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        if piece.startswith("`"):
            end = next((n for n in range(index + 2, len(pieces), 2) if pieces[n] == piece), None)
            if end is not None:
                code = "".join(pieces[index + 1 : end]).strip()
                seen.codes.append(code)
                _call(code, seen, at)
                words += code
                index = end + 1
                continue
            seen.odd.append("a lonely backtick")
        words += _spans(piece, seen, at)
        index += 1
    return words


def _spans(text: str, seen: Seen, at: Sequence[str]) -> str:
    words, end = "", 0
    for found in _LINK.finditer(text):
        words += _stressed(text[end : found.start()], seen, at)
        label = _stressed(found[2], seen, at)
        if found[1]:
            seen.images.append(found[3])
        else:
            seen.links.append((found[3], label))
        words += label
        end = found.end()
    return words + _stressed(text[end:], seen, at)


def _stressed(text: str, seen: Seen, at: Sequence[str]) -> str:
    if _TAG.search(text):
        seen.odd.append("a tag")
    if re.search(r"~[^~\s](?:[^~]*[^~\s])?~", text):
        seen.odd.append("a stroke")
    text = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", lambda found: _strong(found, text, seen), text)
    if _is_emphasis(text, "*") or _is_emphasis(text, "_"):
        seen.odd.append("stress by one sign")
    if re.search(r"\\[!-/:-@\[-`{-~]", text):
        seen.odd.append("a backslash")
    if _ENTITY.search(text):
        seen.odd.append("an entity")
    _call(text, seen, at)
    return html.unescape(text)


def _strong(found: re.Match[str], text: str, seen: Seen) -> str:
    """Take away the marks if CommonMark would: they must stand at the edge of words."""
    before, after = text[: found.start()][-1:], text[found.end() :][:1]
    inside = found[1]
    opens = not _is_mark(inside[0]) or not before or before.isspace() or _is_mark(before)
    closes = not _is_mark(inside[-1]) or not after or after.isspace() or _is_mark(after)
    if not (opens and closes):
        seen.odd.append("a mark that is seen")
        return found[0]
    seen.strong.append(inside)
    return inside


def _is_mark(letter: str) -> bool:
    return letter in _PUNCTUATION or unicodedata.category(letter)[0] in "PS"


def _is_emphasis(text: str, sign: str) -> bool:
    """Tell whether a sign opens and closes stress."""
    opened = False
    for found in re.finditer(re.escape(sign) + "+", text):
        before, after = text[: found.start()][-1:] or " ", text[found.end() :][:1] or " "
        left = not after.isspace() and (not _is_mark(after) or before.isspace() or _is_mark(before))
        right = not before.isspace() and (not _is_mark(before) or after.isspace() or _is_mark(after))
        if sign == "_":
            left, right = left and (not right or _is_mark(before)), right and (not left or _is_mark(after))
        if opened and right:
            return True
        opened = opened or left
    return False


def _call(text: str, seen: Seen, at: Sequence[str]) -> None:
    """Note who is called: an id counts where the envelope names it, and wherever it stands."""
    seen.mentions += [each for each in re.findall(r"@([A-Za-z0-9_$:-]+)", text) if each in at or each.lower() == "all"]
