"""A line of cleaned pieces as a Feishu card writes it: plain text where it can be, else its markdown.

In `plain_text` no sign means anything, so what a person typed goes there whenever nothing in the line is
stressed, linked or notified. Else it is markdown, with every sign that could steer it written as an HTML
entity: so the card documentation has it (rich-text component, "special characters"). Escaping is last.
"""

import re
from typing import Final
from urllib.parse import quote

from adapters import spans
from adapters.spans import Look, Span, Spans, needs_rich, shown
from commands.core.reply import Line

ACCOUNT: Final = re.compile(r"ou_[A-Za-z0-9]{5,64}")
"""What Feishu calls a person of an app (open_id); whatever looks otherwise is never made a mention."""

_SIGN = re.compile(
    r"[&<>*_~`\[\]\\#|$@!^{}]"
    r"|:(?!\d)|(?<!\d):|(?<=[wW]{3})\."  # emoji by name and addresses of pages, but not the time of day
    r"|^[-+=.)]|(?<=^[ \t])[-+=]|(?<=\d)[.)](?=\s|$)"  # lists, also numbered ones, and headings underlined
    r"|^[ \t](?=[ \t])",  # code by indentation
    re.MULTILINE,
)
_MARK: Final[dict[Look, str]] = {"plain": "", "bold": "**", "code": "`", "strike": "~~"}
_IN_CODE = re.compile(r"[^`<>&\\$\n]*")
_OUTSIDE_URL: Final = "%/:?#@!&+,;=-._~"


def spans_of(line: Line, *, keeps_breaks: bool = False) -> Spans:
    """Clean a line, piece by piece, for a platform whose people are called as Feishu's are."""
    return spans.spans_of(line, ACCOUNT, keeps_breaks=keeps_breaks)


def escape(text: str) -> str:
    """Write every sign that could be mark-up as an entity; the last act on any text.

    >>> escape("主图 18:00, 12-31 & <at id=all></at>")
    '主图 18:00, 12-31 &#38; &#60;at id=all&#62;&#60;/at&#62;'
    >>> escape("- no list"), escape("1. no list")
    ('&#45; no list', '1&#46; no list')
    """
    return _SIGN.sub(lambda sign: f"&#{ord(sign[0])};", text)


def is_bare(line: Spans) -> bool:
    """Tell whether words alone tell all of a line."""
    return not needs_rich(line) and all(span.look == "plain" for span in line)


def markdown(line: Spans) -> str:
    """Write a line as the card's markdown.

    Beside a stressed word that touches another letter a space is put: without it the mark itself is
    shown, which happens in Chinese all the time.
    """
    text, ends_marked = "", False
    for span in line:
        written = _written(span)
        is_marked = span.account is None and span.url is None and span.look != "plain"
        touches = text and not text[-1].isspace() and not written[:1].isspace()
        text += (" " if touches and (is_marked or ends_marked) else "") + written
        ends_marked = is_marked
    return text


def _written(span: Span) -> str:
    if span.account is not None:
        return f"<at id={span.account}></at>"
    if span.url is not None:
        return f"[{escape(span.text)}]({quote(span.url, safe=_OUTSIDE_URL)})"
    if span.look == "plain" or not span.text.strip():
        return escape(span.text)
    if span.look == "code" and (not _IN_CODE.fullmatch(span.text) or span.text != span.text.strip()):
        return escape(span.text)
    return "\n".join(_marked(one, span.look) for one in span.text.split("\n"))


def _marked(text: str, look: Look) -> str:
    """Put marks around the words of one line; around spaces they would be shown."""
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: text.index(inner)], text[text.index(inner) + len(inner) :]
    return f"{escape(before)}{_MARK[look]}{inner if look == 'code' else escape(inner)}{_MARK[look]}{after}"


def words(line: Spans) -> str:
    """Give the words alone; of a mention, the name."""
    return shown(line)
