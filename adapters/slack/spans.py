"""The three ways in which Slack writes a line of cleaned pieces.

`rich` takes everything, and no sign in it means anything; `mrkdwn` takes tame text only; `plain` keeps
the words alone. Cleaning happens in adapters/spans.py, escaping in `mrkdwn`, and nowhere else.
"""

from typing import TypeAlias

from adapters import spans
from adapters.slack.escape import ACCOUNT, escape, is_tame
from adapters.spans import Look, Span, Spans, shown
from adapters.text import cut, units
from commands.core.event import Json
from commands.core.reply import Line

Block: TypeAlias = dict[str, Json]
_MARK: dict[Look, str] = {"plain": "", "bold": "*", "code": "`", "strike": "~"}


def spans_of(line: Line, *, keeps_breaks: bool = False) -> Spans:
    """Clean a line, piece by piece, for a platform whose people are called as Slack's are."""
    return spans.spans_of(line, ACCOUNT, keeps_breaks=keeps_breaks)


def plain(spans: Spans, most: int) -> Block:
    """Write the words alone, as a text object in which no sign means anything."""
    text = cut(shown(spans), most)
    return {"type": "plain_text", "text": text if text.strip() else "—", "emoji": False}


def mrkdwn(spans: Spans, most: int) -> Block | None:
    """Write as mrkdwn; None if a sign could be misread, or if it would be too long.

    Beside a stressed word that touches another letter a space is put: without it Slack shows the
    mark itself, which happens in Chinese all the time.
    """
    if not is_tame(shown(spans)) or any(span.url or span.look == "strike" for span in spans):
        return None
    text = ""
    for at, span in enumerate(spans):
        mark = _MARK[span.look]
        if span.account is not None:
            text += f"<@{span.account}>"
            continue
        if mark and (not span.text.strip() or span.text != span.text.strip() or "\n" in span.text):
            return None
        before = " " if mark and text and not _parts(text[-1]) else ""
        after = shown(spans[at + 1 : at + 2])[:1]
        text += f"{before}{mark}{escape(span.text)}{mark}" + (" " if mark and after and not _parts(after) else "")
    if not text.strip() or units(text) > most:
        return None
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _parts(letter: str) -> bool:
    return letter.isspace() or letter in ",.;!?"


def rich(spans: Spans) -> list[Json]:
    """Write as the elements of rich text."""
    return [_element(span) for span in spans]


def _element(span: Span) -> Block:
    if span.account is not None:
        return {"type": "user", "user_id": span.account}
    if span.url is not None:
        return {"type": "link", "url": span.url, "text": span.text}
    element: Block = {"type": "text", "text": span.text}
    if span.look != "plain":
        element["style"] = {span.look: True}
    return element


def rich_text(*elements: Block) -> Block:
    """Make a block of rich text."""
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(spans: Spans) -> Block:
    """Make one paragraph of rich text."""
    return {"type": "rich_text_section", "elements": rich(spans)}
