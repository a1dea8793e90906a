"""Cutting a reply down to what a platform can carry, once, so that renderers stay simple.

What is cut is always named, with what to type for the rest: nothing disappears in silence.
"""

import unicodedata
from dataclasses import replace

from commands.core.ports import Limits
from commands.core.reply import (
    Code,
    Field,
    Fields,
    Form,
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
    if reply.form is not None and not limits.can_ask:
        reply = _asked_in_words(reply, reply.form)
    parts = [fitted for part in reply.parts for fitted in _part(part, limits, words)]
    typed = _typed(reply, limits, words)
    if len(parts) + len(typed) > limits.parts:  # what to type stays, whatever else must go
        typed = typed[: limits.parts - 1]
        rest = Note(cut((words.t("The rest does not fit here."),), limits.text_chars))
        parts = [*parts[: limits.parts - len(typed) - 1], rest]
    return replace(
        reply,
        title=cut(reply.title, limits.text_chars),
        parts=(*parts, *typed),
        buttons=reply.buttons[: limits.buttons],
        form=reply.form if limits.can_ask else None,
    )


def _asked_in_words(reply: Reply, form: Form) -> Reply:
    """Have the form's title head a reply whose form cannot be shown; what to type is told once, below."""
    told = Code(form.typed)
    parts = tuple(part for part in reply.parts if not (isinstance(part, Text) and told in part.line))
    return replace(reply, title=reply.title or (form.title,), parts=parts)


def _part(part: Part, limits: Limits, words: Words) -> list[Part]:
    most = limits.text_chars
    if isinstance(part, Text):
        return [Text(cut(part.line, most))]
    if isinstance(part, Note):
        return [Note(cut(part.line, most))]
    if isinstance(part, Fields):
        return [Fields(tuple(Field(_cut(f.label, most), cut(f.value, most)) for f in part.fields))]
    if isinstance(part, Image):
        alt = _cut(part.alt, most)
        return [replace(part, alt=alt) if limits.can_picture else Text((alt,))]
    if isinstance(part, Listing):
        return _listing(part, limits, words)
    return _table(part, limits, words) if isinstance(part, Table) else [part]


def _listing(part: Listing, limits: Limits, words: Words) -> list[Part]:
    items = tuple(_item(item, limits) for item in part.items[: limits.items])
    left = len(part.items) - len(items)
    if not left:
        return [replace(part, items=items)]
    more: Line = (words.tn("{count} more", "{count} more", left),)
    if part.more:
        more = (*more, ": ", Code(part.more))
    return [replace(part, items=items), Note(cut(more, limits.text_chars))]


def _table(part: Table, limits: Limits, words: Words) -> list[Part]:
    rows = tuple(tuple(cut(cell, limits.text_chars) for cell in row) for row in part.rows[: limits.items])
    fitted = Table(tuple(_cut(column, limits.text_chars) for column in part.columns), rows)
    left = len(part.rows) - len(rows)
    return [fitted, Note((words.tn("{count} more", "{count} more", left),))] if left else [fitted]


def _item(item: Item, limits: Limits) -> Item:
    most = limits.text_chars
    line, detail = cut(item.line, most), cut(item.detail, most)
    if limits.buttons or item.button is None:
        return Item(line, detail, item.button)
    typed = item.button.typed
    if not typed or len(typed) > most // 2:
        return Item(line, detail)
    start: Line = (*cut(item.detail, most - len(typed) - 3), " · ") if item.detail else ()
    return Item(line, (*start, Code(typed)))


def _typed(reply: Reply, limits: Limits, words: Words) -> list[Part]:
    """Say what to type for the buttons and the form that there is no room for, in as many lines as it takes."""
    left = [button.typed for button in reply.buttons[limits.buttons :]]
    if reply.form is not None and not limits.can_ask:
        left.append(reply.form.typed)
    lines: list[list[Inline]] = []
    room = 0
    for each in filter(None, left):
        if not lines or len(each) + 3 > room:
            lines.append([])
            room = limits.text_chars - len(words.t("Type: {typed}", typed=""))
        lines[-1] += [*([" · "] if lines[-1] else []), Code(each)]
        room -= len(each) + 3
    return [Note(cut(words.line("Type: {typed}", typed=tuple(line)), limits.text_chars)) for line in lines]


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


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{_head(text, most - 1)}…"


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
    while 0 < end < len(text) and (
        unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f" or text[end - 1] == "\u200d"
    ):
        end -= 1
    return text[:end]
