"""Cutting a reply down to what a platform can carry, once, so that renderers stay simple.

What is cut is always named, with what to type for the rest: nothing disappears in silence.
"""

import unicodedata
from dataclasses import replace

from commands.core.ports import Limits
from commands.core.reply import (
    Code,
    Fields,
    Image,
    Inline,
    Item,
    Line,
    Link,
    Listing,
    Note,
    Part,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
)
from commands.words.catalog import Words


def fit(reply: Reply, limits: Limits, words: Words) -> Reply:
    """Give the reply as this platform can show it; a reply that fits comes back unchanged."""
    parts = [fitted for part in reply.parts for fitted in _part(part, limits, words)]
    parts += _typed_buttons(reply, limits, words)
    if reply.form is not None and not limits.can_ask:
        parts.append(Note(words.line("Type: {typed}", typed=Code(reply.form.typed))))
    if len(parts) > limits.parts:
        parts = [*parts[: limits.parts - 1], Note((words.t("The rest does not fit here."),))]
    return replace(
        reply,
        title=cut(reply.title, limits.text_chars),
        parts=tuple(parts),
        buttons=reply.buttons[: limits.buttons],
        form=reply.form if limits.can_ask else None,
    )


def _part(part: Part, limits: Limits, words: Words) -> list[Part]:
    if isinstance(part, Text):
        return [Text(cut(part.line, limits.text_chars))]
    if isinstance(part, Note):
        return [Note(cut(part.line, limits.text_chars))]
    if isinstance(part, Fields):
        return [Fields(tuple(replace(f, value=cut(f.value, limits.text_chars)) for f in part.fields))]
    if isinstance(part, Image) and not limits.can_picture:
        return [Text((part.alt,))]
    if isinstance(part, Listing):
        return _listing(part, limits, words)
    if isinstance(part, Table) and len(part.rows) > limits.items:
        left = len(part.rows) - limits.items
        return [replace(part, rows=part.rows[: limits.items]), Note((words.tn("{count} more", "{count} more", left),))]
    return [part]


def _listing(part: Listing, limits: Limits, words: Words) -> list[Part]:
    items = tuple(_item(item, limits) for item in part.items[: limits.items])
    left = len(part.items) - len(items)
    if not left:
        return [replace(part, items=items)]
    more: Line = (words.tn("{count} more", "{count} more", left),)
    if part.more:
        more = (*more, ": ", Code(part.more))
    return [replace(part, items=items), Note(more)]


def _item(item: Item, limits: Limits) -> Item:
    return Item(
        cut(item.line, limits.text_chars),
        cut(item.detail, limits.text_chars),
        item.button if limits.buttons else None,
    )


def _typed_buttons(reply: Reply, limits: Limits, words: Words) -> list[Part]:
    """Say in one line what to type for the buttons that do not fit."""
    left = [button.typed for button in reply.buttons[limits.buttons :] if button.typed]
    if not left:
        return []
    typed: list[Inline] = []
    for each in left:
        typed += [*([" · "] if typed else []), Code(each)]
    return [Note(words.line("Type: {typed}", typed=tuple(typed)))]


def cut(line: Line, most: int) -> Line:
    """Cut a line to at most `most` characters, never before a mark that joins the one cut."""
    total = sum(len(_shown(inline)) for inline in line)
    if total <= most:
        return line
    kept: list[Inline] = []
    room = most - 1
    for inline in line:
        text = _shown(inline)
        if len(text) <= room:
            kept.append(inline)
            room -= len(text)
            continue
        kept += [_shortened(inline, room)] if room > 0 else []
        break
    return (*kept, "…")


def _shown(inline: Inline) -> str:
    if isinstance(inline, str):
        return inline
    if isinstance(inline, (Strong, Code, Struck, Link)):
        return inline.text
    return f"@{inline.name}"


def _shortened(inline: Inline, room: int) -> Inline:
    if isinstance(inline, str):
        return _head(inline, room)
    if isinstance(inline, (Strong, Code, Struck, Link)):
        return replace(inline, text=_head(inline.text, room))
    return _head(f"@{inline.name}", room)


def _head(text: str, room: int) -> str:
    end = room
    while end > 0 and end < len(text) and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return text[:end]
