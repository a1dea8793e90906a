"""A reply as Slack shows it: a message, a form (modal), or the App Home. Pure: shapes in, shapes out.

The health of a card colours a bar beside its last small print, which is the one thing here that
stands in a legacy attachment. Slack may fold attachments away, does not notify whom they mention, and
shows them last; so title, facts and buttons stay blocks, and nothing is lost where no bar is drawn.
What is cut and cleaned is told in escape.py, how lines are written in spans.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.carry import pack
from adapters.markup import tells
from adapters.slack.carry import METADATA_CHARS, carried_of_action, carried_of_view, values_of_action
from adapters.slack.escape import escape, escaped_units
from adapters.slack.page import HEADER_CHARS, MESSAGE, VIEW, Page, Surface, small_block
from adapters.slack.spans import Block, plain, spans_of
from adapters.spans import Span, Spans, cut_spans, needs_rich, shown
from adapters.text import clean, cut, units
from commands.core.event import Json
from commands.core.reply import (
    Choice,
    Fields,
    Form,
    Health,
    Image,
    Input,
    Listing,
    Note,
    Part,
    Reply,
    Table,
    Text,
)

__all__ = ["Rendered", "carried_of_action", "carried_of_view", "home", "message", "modal", "values_of_action"]

COLOUR: Final[Mapping[Health, str]] = {"green": "#2eb67d", "yellow": "#ecb22e", "red": "#e01e5a"}
FALLBACK_CHARS: Final = 3900
"""Slack recommends 4,000 at most."""
MOST_ACTS_CHARS: Final = 8000
MODAL_TITLE_CHARS: Final = 24
LABEL_CHARS: Final = 2000
INPUT_CHARS: Final = 3000
OPTION_CHARS: Final = 75
OPTION_VALUE_CHARS: Final = 150
OPTIONS: Final = 100
MOST_OPTIONS: Final = 1000
"""In groups of a hundred."""
MOST_OPTIONS_CHARS: Final = 15_000
"""Of all labels and values of a menu: a view bears 250 KB."""
ANSWER: Final = "answer"
"""The action_id of every input; its block_id is the input's name, as errors want it."""

_SEEN: Final = ("text", "alt_text")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold a message; send all three, also when empty.

    `chat.update` keeps of the old message what is left out.
    """

    text: str
    """For notifications and screen readers; mrkdwn, so send it with `mrkdwn: false`."""
    blocks: list[Block]
    attachments: list[Block] = field(default_factory=list)


def message(reply: Reply, *, language: str, images: Mapping[int, str] | None = None) -> Rendered:
    """Draw a message.

    `images` gives the ids of uploaded pictures by their place in `reply.parts`.
    A picture without an id is told in words. A form is told as what to type: see `modal`. The words
    are in their reader's language already, so `language` changes nothing here.
    """
    tail = _tail(reply)
    blocks = _blocks(reply, MESSAGE, images or {}, tail=tail)
    if blocks is None:
        return Rendered(_fallback(reply), _dense(reply, MESSAGE, images or {}))
    if tail is not None:
        last = small_block(tail)
        if reply.health is not None and not needs_rich(tail):
            return Rendered(_fallback(reply), blocks, [{"color": COLOUR[reply.health], "blocks": [last]}])
        blocks.append(last)
    return Rendered(_fallback(reply), blocks)


def home(reply: Reply, *, images: Mapping[int, str] | None = None) -> dict[str, Json]:
    """Draw the App Home."""
    blocks = _blocks(reply, VIEW, images or {}) or _dense(reply, VIEW, images or {})
    return {"type": "home", "blocks": list(blocks)}


def modal(form: Form, reply: Reply, *, callback_id: str) -> dict[str, Json]:
    """Draw a form, with the parts of its reply above.

    Each input is a block whose block_id is the input's name, which is what `errors` are keyed by.

    Raises:
        ValueError: it carries more than Slack takes back, or its inputs are too many or ill named.
    """
    metadata = pack(form.command, form.args, form.version, form.mac, most=METADATA_CHARS)
    if metadata is None:
        raise ValueError(f"the form of {form.command!r} carries more than {METADATA_CHARS} characters")
    names = [each.name for each in form.inputs]
    if len(set(names)) < len(names) or not all(0 < len(name) <= 255 for name in names):
        raise ValueError(f"the form of {form.command!r} has inputs without a name of their own")
    surface = Surface(VIEW.blocks - len(names), VIEW.chars, has_tables=False)
    if surface.blocks < 50 or len(callback_id) > 255:
        raise ValueError(f"the form of {form.command!r} has too many inputs, or too long a callback_id")
    title = spans_of((form.title,))
    is_cut = units(shown(title)) > MODAL_TITLE_CHARS
    above = Reply(title=(form.title,) if is_cut else (), parts=reply.parts)
    blocks = _blocks(above, surface, {}, typed=reply) or _dense(above, surface, {}, typed=reply)
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, MODAL_TITLE_CHARS),
        "submit": plain(spans_of((form.submit or "OK",)), MODAL_TITLE_CHARS),
        "private_metadata": metadata,
        "blocks": [*blocks, *(_input(each) for each in form.inputs)],
    }


def _tail(reply: Reply) -> Spans | None:
    """Find the small print that closes a card, below its buttons; its colour stands beside it."""
    if not reply.parts or not isinstance(reply.parts[-1], Note):
        return None
    spans = spans_of(reply.parts[-1].line)
    return spans if shown(spans).strip() else None


def _blocks(
    reply: Reply, surface: Surface, images: Mapping[int, str], *, tail: Spans | None = None, typed: Reply | None = None
) -> list[Block] | None:
    """Draw nicely; None where that is too long."""
    page = Page(surface, images)
    _draw(page, reply, parts=reply.parts[:-1] if tail else reply.parts, typed=typed)
    blocks = page.finish()
    most = surface.chars - (escaped_units(shown(tail)) if tail else 0)
    return blocks if len(blocks) <= surface.blocks - bool(tail) and weight(blocks) <= most else None


def _dense(reply: Reply, surface: Surface, images: Mapping[int, str], *, typed: Reply | None = None) -> list[Block]:
    """Draw all in few blocks, cut where it must be."""
    page = Page(surface, images, is_dense=True)
    _draw(page, reply, parts=reply.parts, typed=typed)
    return page.finish()


def _draw(page: Page, reply: Reply, *, parts: tuple[Part, ...], typed: Reply | None) -> None:
    """Draw title, parts and acts; room for the acts is kept from the start, for they are never cut away."""
    acts = sum(units(one.label) + units(one.typed) + 4 for one in (*reply.buttons, *(typed.buttons if typed else ())))
    form = reply.form if reply.form and not tells(reply, reply.form.typed) else None
    acts += units(form.title) + units(form.typed) + 4 if form else 0
    page.reserve(HEADER_CHARS + min(acts, MOST_ACTS_CHARS))
    page.title(spans_of(reply.title))
    for at, part in enumerate(parts):
        page.part(at, part)
    page.reserve(-min(acts, MOST_ACTS_CHARS))
    page.buttons(reply.buttons)
    for button in typed.buttons if typed else ():
        page.typed(button.label, button.typed)
    if form is not None:
        page.typed(form.title, form.typed)


def weight(value: Json) -> int:
    """Count the characters that are seen in blocks."""
    chars, found = 0, [value]
    for each in found:  # grows while it is read
        if isinstance(each, list):
            found += each
        elif isinstance(each, dict):
            chars += sum(units(text) for key in _SEEN if isinstance(text := each.get(key), str))
            found += [inner for inner in each.values() if isinstance(inner, dict | list)]
    return chars


def _fallback(reply: Reply) -> str:
    """Write all as lines, for where blocks are not shown."""
    lines = [spans_of(reply.title), *(line for part in reply.parts for line in _lines(part))]
    if reply.form is not None and not tells(reply, reply.form.typed):
        lines.append(spans_of((reply.form.title, ": ", reply.form.typed)))
    joined: list[Span] = []
    for line in lines:
        if shown(line).strip():
            joined += [*([Span("\n")] if joined else []), *line]
    spans = cut_spans(tuple(joined), FALLBACK_CHARS, count=escaped_units)
    if not any(span.account for span in spans):
        return escape(shown(spans)) or "—"
    return "".join(f"<@{span.account}>" if span.account else escape(span.text) for span in spans)


def _lines(part: Part) -> list[Spans]:
    if isinstance(part, Text | Note):
        return [spans_of(part.line, keeps_breaks=isinstance(part, Text))]
    if isinstance(part, Fields):
        return [spans_of((each.label, ": ", *each.value)) for each in part.fields]
    if isinstance(part, Listing):
        return [
            (*spans_of(item.line), *(spans_of((" · ", *item.detail)) if shown(spans_of(item.detail)).strip() else ()))
            for item in part.items
        ]
    if isinstance(part, Table):
        return [spans_of(tuple(piece for cell in row for piece in (*cell, " | "))[:-1]) for row in _rows(part)]
    return [spans_of((part.alt,))] if isinstance(part, Image) else []


def _rows(table: Table) -> list[tuple[tuple[str, ...], ...]]:
    said = [tuple((shown(spans_of(cell)),) for cell in row) for row in table.rows]
    return [tuple((column,) for column in table.columns), *said]


def _input(each: Input) -> Block:
    element = _select(each) if each.kind in ("choice", "person") else None
    if element is None and each.kind == "number" and (not each.value or _DECIMAL.fullmatch(each.value)):
        element = {"type": "number_input", "is_decimal_allowed": True}
        element.update({"initial_value": each.value} if each.value else {})
    if element is None:
        value = cut(_storable(each.value), INPUT_CHARS)
        element = {"type": "plain_text_input", "multiline": each.kind == "lines" or "\n" in value}
        element.update({"initial_value": value} if value else {})
    block: Block = {
        "type": "input",
        "block_id": each.name,
        "label": plain((Span(clean(each.label or each.name)),), LABEL_CHARS),
        "element": {**element, "action_id": ANSWER},
        "optional": not each.required,
    }
    if clean(each.hint).strip():
        block["hint"] = plain((Span(clean(each.hint)),), LABEL_CHARS)
    return block


def _select(each: Input) -> Block | None:
    """Draw a menu; None where Slack cannot hold its choices, so that it is asked as text."""
    if not 0 < len(each.choices) <= MOST_OPTIONS:
        return None
    if sum(units(choice.label) + units(choice.value) for choice in each.choices) > MOST_OPTIONS_CHARS:
        return None
    if not all(_is_value(choice.value) for choice in each.choices):
        return None
    options: list[Block] = [_option(choice) for choice in each.choices]
    element: Block = {"type": "static_select"}
    if len(options) <= OPTIONS:
        element["options"] = list(options)
    else:
        element["option_groups"] = [_group(options, start) for start in range(0, len(options), OPTIONS)]
    chosen = next((one for one in options if one["value"] == each.value), None)
    return element if chosen is None else {**element, "initial_option": chosen}


def _is_value(text: str) -> bool:
    return bool(text.strip()) and text == _storable(text) and units(text) <= OPTION_VALUE_CHARS


def _option(choice: Choice) -> Block:
    return {"text": plain((Span(clean(choice.label)),), OPTION_CHARS), "value": choice.value}


def _group(options: list[Block], start: int) -> Json:
    some = options[start : start + OPTIONS]
    label: Block = {"type": "plain_text", "text": f"{start + 1}–{start + len(some)}", "emoji": False}
    return {"label": label, "options": list(some)}


def _storable(text: str) -> str:
    """Keep a person's own text as it was typed, but for what no wire can carry."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text)
