"""A line of a reply as cleaned pieces, for platforms to write each in its own way.

Cleaning happens in `spans_of` and nowhere else; escaping is each platform's own, and the last thing done.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from adapters.text import clean, clean_name, cut, safe_link, units
from commands.core.reply import Code, Inline, Line, Link, Strong, Struck, Who

Look = Literal["plain", "bold", "strike", "code"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text that is clean, and how it looks."""

    text: str
    look: Look = "plain"
    url: str | None = None
    account: str | None = None
    """The person to notify, who is shown instead of the text."""


Spans: TypeAlias = tuple[Span, ...]


def spans_of(line: Line, accounts: re.Pattern[str], *, keeps_breaks: bool = False) -> Spans:
    """Clean a line, piece by piece; what is empty then is left out.

    `accounts` is what the platform calls a person; whatever looks otherwise is never made a mention.
    """
    return tuple(span for each in line for span in _spans(each, accounts, keeps_breaks=keeps_breaks) if span.text)


def _spans(inline: Inline, accounts: re.Pattern[str], *, keeps_breaks: bool) -> Sequence[Span]:
    if isinstance(inline, str):
        return (Span(clean(inline, keeps_breaks=keeps_breaks)),)
    if isinstance(inline, Who):
        name = clean_name(inline.name) or "—"
        if inline.pings and inline.account is not None and accounts.fullmatch(inline.account):
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
