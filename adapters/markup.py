"""Text trees as plain text, for terminals, logs of talk, and notifications. Nothing is escaped here."""

import re
from collections.abc import Iterable, Sequence

from commands.core.event import Mention
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
    Table,
    Text,
    Who,
)

_RULE = "—" * 12
_AFTER_NAME = re.compile(r"^[ \t\u3000]*[:,\uff1a\uff0c]?[ \t\u3000]*")


def plain(reply: Reply) -> str:
    """Write a reply as lines of plain text, complete without any button or picture."""
    lines = [plain_line(reply.title)] if reply.title else []
    for part in reply.parts:
        lines += _part(part)
    return "\n".join(lines)


def plain_line(line: Line) -> str:
    """Write one line."""
    return "".join(_inline(each) for each in line)


def tells(reply: Reply, typed: str) -> bool:
    """Tell whether a part says already what to type."""
    lines = [part.line for part in reply.parts if isinstance(part, (Text, Note))]
    return any(isinstance(piece, Code) and piece.text == typed for line in lines for piece in line)


def trimmed(nodes: Sequence[str | Mention]) -> tuple[str | Mention, ...]:
    """Join neighbouring texts of a message, and cut the space at both of its ends."""
    joined: list[str | Mention] = []
    for node in nodes:
        if joined and isinstance(node, str) and isinstance(joined[-1], str):
            joined[-1] += node
        else:
            joined.append(node)
    if joined and isinstance(joined[0], str):
        joined[0] = joined[0].lstrip()
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return tuple(node for node in joined if node != "")


def spoken(pieces: Iterable[str | Mention | None]) -> tuple[tuple[str | Mention, ...], bool]:
    """Take the bot's own mentions, None, out of a message, with the comma after each.

    Returns: the nodes, and whether the bot was named.
    """
    nodes: list[str | Mention] = []
    is_after_own = is_named = False
    for piece in pieces:
        if piece is None:
            is_after_own = is_named = True
            continue
        if is_after_own and isinstance(piece, str):
            piece = _AFTER_NAME.sub("", piece, count=1)
        if is_after_own and _ends_in_a_word(nodes) and (isinstance(piece, Mention) or piece[:1].strip()):
            nodes.append(" ")
        nodes.append(piece)
        is_after_own = is_after_own and piece == ""
    return trimmed(nodes), is_named


def _ends_in_a_word(nodes: Sequence[str | Mention]) -> bool:
    last = nodes[-1] if nodes else ""
    return isinstance(last, str) and bool(last[-1:].strip())


def _inline(inline: Inline) -> str:
    if isinstance(inline, str):
        return inline
    if isinstance(inline, Who):
        return inline.name
    if isinstance(inline, Link):
        return f"{inline.text} ({inline.url})"
    return f"`{inline.text}`" if isinstance(inline, Code) else inline.text


def _part(part: Part) -> list[str]:
    if isinstance(part, (Text, Note)):
        return [plain_line(part.line)]
    if isinstance(part, Fields):
        return [f"{field.label}: {plain_line(field.value)}" for field in part.fields]
    if isinstance(part, Listing):
        return [
            each
            for item in part.items
            for each in (plain_line(item.line), f"   {plain_line(item.detail)}")
            if each.strip()
        ]
    if isinstance(part, Table):
        return [" | ".join(part.columns), *(" | ".join(plain_line(cell) for cell in row) for row in part.rows)]
    return [part.alt] if isinstance(part, Image) else [_RULE]


def _item(item: Item) -> list[str]:
    detail = plain_line(item.detail)
    return [plain_line(item.line), *([f"   {detail}"] if detail else [])]
