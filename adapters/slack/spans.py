"""A line of a reply as cleaned pieces, and the three ways in which Slack writes them.

`rich` takes everything, and no sign in it means anything; `mrkdwn` takes tame text only; `plain` keeps
the words alone. Cleaning happens in `spans_of`, escaping in `mrkdwn`, and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from adapters.slack.escape import ACCOUNT, escape, is_tame
from adapters.text import clean, clean_name, cut, safe_link, units
from commands.core.event import Json
from commands.core.reply import Code, Inline, Line, Link, Strong, Struck, Who

Block: TypeAlias = dict[str, Json]
Look = Literal["plain", "bold", "strike", "code"]
_MARK: dict[Look, str] = {"plain": "", "bold": "*", "code": "`", "strike": "~"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text that is clean, and how it looks."""

    text: str
    look: Look = "plain"
    url: str | None = None
    account: str | None = None
    """The person to notify, who is shown instead of the text."""


Spans: TypeAlias = tuple[Span, ...]


def spans_of(line: Line, *, keeps_breaks: bool = False) -> Spans:
    """Clean a line, piece by piece; what is empty then is left out."""
    return tuple(span for each in line for span in _spans(each, keeps_breaks=keeps_breaks) if span.text)


def _spans(inline: Inline, *, keeps_breaks: bool) -> Sequence[Span]:
    if isinstance(inline, str):
        return (Span(clean(inline, keeps_breaks=keeps_breaks)),)
    if isinstance(inline, Who):
        name = clean_name(inline.name) or "—"
        if inline.pings and inline.account is not None and ACCOUNT.fullmatch(inline.account):
            return (Span(f"@{name}", account=inline.account),)
        return (Span(name, "bold"),)
    text = clean(inline.text, keeps_breaks=keeps_breaks and isinstance(inline, Strong | Struck))
    if isinstance(inline, Strong):
        return (Span(text, "bold"),)
    if isinstance(inline, Code):
        return (Span(text, "code"),)
    if isinstance(inline, Struck):
        return (Span(text, "strike"),)
    return _link(inline, text)


def _link(link: Link, label: str) -> Sequence[Span]:
    """Show beside the label where a link leads, so that no label can lie."""
    safe = safe_link(link.url)
    if safe is None:
        return (Span(label),)
    url, host = safe
    if not label.strip() or label == host:
        return (Span(host, url=url),)
    return (Span(label, url=url), Span(f" ({host})"))


def shown(spans: Spans) -> str:
    """Give the words that are seen."""
    return "".join(span.text for span in spans)


def cut_spans(spans: Spans, most: int, *, count: Callable[[str], int] = units) -> Spans:
    """Cut to at most `most` units, between two letters, and mark the cut."""
    if count(shown(spans)) <= most:
        return spans
    kept: list[Span] = []
    room = most
    for span in spans:
        size = count(span.text)
        if size < room:
            kept.append(span)
            room -= size
            continue
        kept.append(Span("…") if span.account else replace(span, text=cut(span.text + "…", room, count=count)))
        break
    return tuple(kept)


def bold(spans: Spans) -> Spans:
    """Stress what is not set off already."""
    return tuple(replace(span, look="bold") if span.look == "plain" else span for span in spans)


def needs_rich(spans: Spans) -> bool:
    """Tell whether plain words would lose a mention, a link, or that it holds no longer."""
    return any(span.url or span.account or span.look == "strike" for span in spans)


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
