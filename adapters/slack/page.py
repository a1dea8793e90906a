"""The parts of a reply as blocks, nicely where they fit and densely where they do not.

Densely means: all text in few blocks of rich text, buttons of rows as what to type instead, and an
ellipsis where even that is too long. It is needed only for replies far longer than any of ours.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.carry import pack
from adapters.slack.carry import VALUE_CHARS
from adapters.slack.spans import Block, mrkdwn, plain, rich_section, rich_text, spans_of
from adapters.spans import Span, Spans, bold, cut_spans, needs_rich, shown
from adapters.text import clean, cut, units
from commands.core.event import Json
from commands.core.reply import Button, Field, Fields, Image, Item, Listing, Note, Part, Table, Text

HEADER_CHARS: Final = 150
SECTION_CHARS: Final = 3000
FIELD_CHARS: Final = 2000
FIELDS: Final = 10
ALT_CHARS: Final = 2000
BUTTON_CHARS: Final = 75
BUTTONS_IN_A_ROW: Final = 25
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLE_CHARS: Final = 8000
"""Of all cells; Slack's own bound is not written down, but a message bears 12,000 in all."""
PARAGRAPH_CHARS: Final = 2900
CELL_WIDTH: Final = 40

_NUMBER = re.compile(r"[-+]?[¥$€£]?[\d.,]+ ?%?|—")


@dataclass(frozen=True, slots=True)
class Surface:
    """What a message or a view bears in all."""

    blocks: int
    chars: int
    has_tables: bool


MESSAGE: Final = Surface(blocks=50, chars=12_000, has_tables=True)
"""Slack refuses a message somewhere near 13,200 characters (bolt-js#2509)."""
VIEW: Final = Surface(blocks=100, chars=12_000, has_tables=False)


class Page:
    """Collect the blocks of one message or view."""

    def __init__(self, surface: Surface, images: Mapping[int, str], *, is_dense: bool = False) -> None:
        self.blocks: list[Block] = []
        self._surface = surface
        self._images = images
        self._is_dense = is_dense
        self._pressable = 0
        self._has_table = False
        self._paragraph: list[Span] = []
        self._room = surface.chars if is_dense else 1_000_000

    def title(self, spans: Spans) -> None:
        """Head the page: as a header where it is plain and short, else in bold."""
        if not shown(spans).strip():
            return
        is_plain = not needs_rich(spans) and all(span.look != "code" for span in spans)
        if is_plain and units(shown(spans)) <= HEADER_CHARS:
            return self._add({"type": "header", "text": plain(spans, HEADER_CHARS)})
        self._say(bold(spans))
        self._flush()

    def part(self, at: int, part: Part) -> None:
        """Add a part; `at` is its place in the reply, by which its picture is known."""
        if isinstance(part, Text):
            self._say(spans_of(part.line, keeps_breaks=True))
        elif isinstance(part, Note):
            self.small(spans_of(part.line))
        elif isinstance(part, Fields):
            self._fields(part.fields)
        elif isinstance(part, Listing):
            for item in part.items:
                self._item(item)
        elif isinstance(part, Table):
            self._table(part)
        elif isinstance(part, Image):
            self._image(part, self._images.get(at))
        else:
            self._add({"type": "divider"})

    def buttons(self, buttons: Iterable[Button]) -> None:
        """Add a row of buttons; one that carries too much is told as what to type."""
        drawn = [(one, self._button(one)) for one in buttons]
        elements: list[Json] = [element for _, element in drawn if element is not None]
        for start in range(0, len(elements), BUTTONS_IN_A_ROW):
            self._add({"type": "actions", "elements": elements[start : start + BUTTONS_IN_A_ROW]})
        for one, element in drawn:
            if element is None:
                self.typed(one.label, one.typed)

    def typed(self, label: str, typed: str) -> None:
        """Tell in small print what to type for an act."""
        words = (Span(clean(f"{label}: ")), Span(clean(typed), "code"))
        self.small(tuple(span for span in words if span.text.strip()))

    def small(self, spans: Spans) -> None:
        """Add small print."""
        if self._is_dense:
            return self._say(spans)
        if shown(spans).strip():
            self._add(small_block(spans))

    def reserve(self, chars: int) -> None:
        """Keep room for what comes later and may not be cut; less than nothing gives it back."""
        self._room -= chars

    def finish(self) -> list[Block]:
        """Give all blocks."""
        self._flush()
        return self.blocks

    def _add(self, block: Block) -> None:
        self._flush()
        self.blocks.append(block)

    def _say(self, spans: Spans) -> None:
        """Add a paragraph; densely, below the one before, as far as there is room."""
        if not shown(spans).strip():
            return
        if not self._is_dense:
            return self._add(rich_text(rich_section(spans)))
        if self._room < 2:
            return
        spans = cut_spans(spans, min(self._room - 1, PARAGRAPH_CHARS))
        size = units(shown(spans)) + 1
        if units(shown(tuple(self._paragraph))) + size > PARAGRAPH_CHARS:
            self._flush()
        self._room -= size
        self._paragraph += [*([Span("\n")] if self._paragraph else []), *spans]

    def _flush(self) -> None:
        if self._paragraph:
            self.blocks.append(rich_text(rich_section(tuple(self._paragraph))))
            self._paragraph = []

    def _fields(self, fields: Sequence[Field]) -> None:
        """Put facts two to a row; a single one has all of it; one that needs rich text stands alone, where it was."""
        row: list[Json] = []
        for field in fields:
            label = clean(field.label).strip()
            value = spans_of(field.value)
            value = value if shown(value).strip() else (Span("—"),)
            labelled = (*((Span(label, "bold"),) if label else ()), Span("  " if self._is_dense else "\n"), *value)
            labelled = labelled if label else labelled[1:]
            text = None if self._is_dense else _text(labelled, FIELD_CHARS)
            if text is not None and len(fields) == 1:
                return self._add({"type": "section", "text": text})
            if text is not None:
                row.append(text)
            if row and (text is None or len(row) == FIELDS):
                self._add({"type": "section", "fields": row})
                row = []
            if text is None:
                self._say(labelled)
        if row:
            self._add({"type": "section", "fields": row})

    def _item(self, item: Item) -> None:
        line, detail = spans_of(item.line), spans_of(item.detail)
        if self._is_dense:
            typed = clean(item.button.typed).strip() if item.button else ""
            self._say((*line, *((Span("  "), Span(typed, "code")) if typed else ())))
            return self._say(detail)
        button = self._button(item.button) if item.button else None
        text = mrkdwn(line, SECTION_CHARS) or (_text(line, SECTION_CHARS) if button else None)
        if text is not None and shown(line).strip():
            self._add({"type": "section", "text": text, **({"accessory": button} if button else {})})
        else:
            self._say(line)
            if button:
                self._add({"type": "actions", "elements": [button]})
        self.small(detail)
        if item.button and not button:
            self.typed(item.button.label, item.button.typed)

    def _button(self, one: Button) -> Block | None:
        value = pack(one.command, one.args, one.version, one.mac, most=VALUE_CHARS)
        if value is None:
            return None
        self._pressable += 1
        label = clean(one.label)
        drawn: Block = {
            "type": "button",
            "action_id": f"press-{self._pressable}",
            "text": plain((Span(label if label.strip() else clean(one.typed)),), BUTTON_CHARS),
            "value": value,
        }
        if one.style != "plain":
            drawn["style"] = one.style
        return drawn

    def _image(self, image: Image, file: str | None) -> None:
        alt = (Span(clean(image.alt)),)
        if file is None:
            return self.small(alt)
        text = plain(alt, min(ALT_CHARS, max(self._room, 2)) if self._is_dense else ALT_CHARS)["text"]
        self._room -= units(str(text)) if self._is_dense else 0
        self._add({"type": "image", "slack_file": {"id": file}, "alt_text": text})

    def _table(self, table: Table) -> None:
        rows: list[tuple[Spans, ...]] = [tuple((Span(clean(column)),) for column in table.columns)]
        rows += [tuple(spans_of(cell) for cell in row) for row in table.rows]
        width = max(len(row) for row in rows)
        if not width:
            return
        rows = [tuple(_filled(row[at] if at < len(row) else ()) for at in range(width)) for row in rows]
        if self._is_dense:
            for row in rows:
                self._say(_joined(row))
            return
        chars = sum(units(shown(cell)) for row in rows for cell in row)
        is_small = width <= TABLE_COLUMNS and len(rows) <= TABLE_ROWS and chars <= TABLE_CHARS
        if self._surface.has_tables and not self._has_table and is_small:
            self._has_table = True
            return self._add(_table_block(rows))
        text = _monospaced(rows)
        self._add(rich_text({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}))


def small_block(spans: Spans) -> Block:
    """Make a block of small print; of rich text where small print could not tell the same."""
    text = _text(spans, PARAGRAPH_CHARS)
    return rich_text(rich_section(spans)) if text is None else {"type": "context", "elements": [text]}


def _text(spans: Spans, most: int) -> Block | None:
    """Make a text object: mrkdwn where it is safe, else plain; None where only rich text tells all."""
    text = mrkdwn(spans, most)
    if text is None and not needs_rich(spans) and units(shown(spans)) <= most:
        return plain(spans, most)
    return text


def _filled(cell: Spans) -> Spans:
    return cell if shown(cell).strip() else (Span("—"),)


def _joined(row: Sequence[Spans]) -> Spans:
    return tuple(span for at, cell in enumerate(row) for span in (*((Span(" | "),) if at else ()), *cell))


def _table_block(rows: Sequence[tuple[Spans, ...]]) -> Block:
    cells: list[Json] = [[_cell(bold(cell) if at == 0 else cell) for cell in row] for at, row in enumerate(rows)]
    settings: list[Json] = []
    for column in zip(*rows, strict=True):
        is_number = len(column) > 1 and all(_NUMBER.fullmatch(shown(cell)) for cell in column[1:])
        settings.append({"align": "right"} if is_number else {"is_wrapped": True})
    return {"type": "table", "column_settings": settings, "rows": cells}


def _cell(spans: Spans) -> Json:
    is_plain = all(span.look == "plain" and not needs_rich((span,)) for span in spans)
    if is_plain and units(shown(spans)) <= SECTION_CHARS:
        return {"type": "raw_text", "text": shown(spans)}
    return rich_text(rich_section(spans))


def _monospaced(rows: Sequence[tuple[Spans, ...]]) -> str:
    """Set a table with spaces; a Chinese letter is as wide as two others."""
    texts = [[cut(shown(cell), CELL_WIDTH) for cell in row] for row in rows]
    widths = [max(_width(text) for text in column) for column in zip(*texts, strict=True)]
    lines = ["  ".join(t + " " * (w - _width(t)) for t, w in zip(row, widths, strict=True)).rstrip() for row in texts]
    return cut("\n".join(lines), PARAGRAPH_CHARS)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.category(letter)[0] == "M" else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
