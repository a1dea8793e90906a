"""Making text harmless for DingTalk's Markdown, which documents no escape; the last thing done to any text.

Backslashes work on some of its clients only. So a sign that could be read as mark-up is written as its
full-width twin, which looks nearly the same, means nothing anywhere, and is read by us as the sign itself.
"""

import re
from typing import Final

_TWIN: Final = 0xFEE0
"""From a sign of ASCII to its full-width twin."""
_ALIVE: Final = re.compile(
    r"[*`\[\]<~\\@]"  # stress, code, links and pictures, tags, strokes, escapes, names
    r"|&(?=#?\w*(?:;|$))"  # entities, also those whose rest is the next piece
    r"|(?<![^\W_])_|_(?![^\W_])"  # but not inside a word: SKU_1 stays as it is
)
_IN_CODE: Final = re.compile(r"[`@]")
_AT_LINE_START: Final = re.compile(r"([#>|+=])|(-)(?![^\W_])|(:)(?=-)|(\d{1,9})([.)])(?=\s|$)")
"""Headings, quotes, tables, lists and rules; a dash before a letter or digit is none."""
_AT_LINE_END: Final = re.compile(r"#+\s*$")


def twin(text: str) -> str:
    """Write every visible sign of ASCII full-width."""
    return "".join(chr(ord(letter) + _TWIN) if "!" <= letter <= "~" else letter for letter in text)


def escape(text: str) -> str:
    """Take the meaning from every sign that means something within a line.

    >>> escape("SKU_1 800x800")
    'SKU_1 800x800'
    """
    return _ALIVE.sub(lambda found: twin(found[0]), text)


def escape_code(text: str) -> str:
    """Take the meaning from what would end a span of code, or name somebody."""
    return _IN_CODE.sub(lambda found: twin(found[0]), text)


def escape_start(line: str) -> str:
    """Take the meaning from what means something where a line starts, or ends a heading.

    Only for a line whose own mark-up begins with none of these signs.
    """
    line = line.strip()
    if (found := _AT_LINE_START.match(line)) is not None:
        sign, dash, colon, number, dot = found.groups(default="")
        line = twin(sign or dash or colon) + number + twin(dot) + line[found.end() :]
    return _AT_LINE_END.sub(lambda end: twin(end[0].rstrip()), line)
