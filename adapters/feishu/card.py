"""The parts of a reply as elements of a Feishu card (JSON 2.0), within the room that there is.

A tight room cuts paragraphs shorter, with an ellipsis; a dense one also puts lists, tables and facts into
lines and tells what to type for the buttons of rows. Only replies far longer than any of ours need it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from adapters.feishu.carry import SUBMIT, value_of
from adapters.feishu.markdown import is_bare, markdown, spans_of, words
from adapters.spans import Span, Spans, cut_spans
from adapters.text import clean, cut
from commands.core.event import Json
from commands.core.reply import (
    Button,
    Choice,
    Field,
    Fields,
    Form,
    Image,
    Input,
    Item,
    Listing,
    Note,
    Part,
    Table,
    Text,
)

Element: TypeAlias = dict[str, Json]

TITLE_CHARS: Final = 150
BUTTON_CHARS: Final = 40
INPUT_CHARS: Final = 1000
"""Of an input; the most that its component takes."""
LABEL_CHARS: Final = 200
OPTIONS: Final = 200
TABLES: Final = 3
"""Of one card; a fourth is written as lines. Feishu refuses somewhere above five (11310)."""
TABLE_COLUMNS: Final = 20
PAGE_ROWS: Final = 10
"""Rows of a table that are seen at once; the client turns pages. Ten are the most."""
FORM: Final = "drumbeat_form"

_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Room:
    """Say how much one paragraph may take, in characters."""

    chars: int
    is_dense: bool = False


class Body:
    """Collect the elements of one card."""

    def __init__(self, room: Room, images: Mapping[int, str], *, language: str) -> None:
        self.elements: list[Element] = []
        self._room = room
        self._images = images
        self._language = language
        self._tables = 0

    def part(self, at: int, part: Part) -> None:
        """Add a part; `at` is its place in the reply, by which its picture is known."""
        if isinstance(part, Text):
            self.say(spans_of(part.line, keeps_breaks=True))
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
            self.elements.append({"tag": "hr"})

    def say(self, line: Spans) -> None:
        """Add a paragraph."""
        self._put(self.elements, line)

    def small(self, line: Spans) -> None:
        """Add small print."""
        self._put(self.elements, line, is_small=True)

    def typed(self, label: str, typed: str) -> None:
        """Tell in small print what to type for an act."""
        pieces = (Span(clean(f"{label}: ")), Span(clean(typed), "code"))
        self.small(tuple(piece for piece in pieces if piece.text.strip()))

    def buttons(self, buttons: Iterable[Button]) -> None:
        """Add a row of buttons; one that carries too much is told as what to type."""
        drawn = [(one, self._button(one)) for one in buttons]
        row: list[Json] = [_column([element]) for _, element in drawn if element is not None]
        if row:
            self.elements.append({"tag": "column_set", "flex_mode": "flow", "columns": row})
        for one, element in drawn:
            if element is None:
                self.typed(one.label, one.typed)

    def form(self, form: Form, *, filled: Mapping[str, str] | None, errors: Mapping[str, str]) -> None:
        """Add a form; `filled` is what was typed before, `errors` what was wrong with it, by input.

        Raises:
            ValueError: it carries more than comes back, or its inputs are too many or ill named.
        """
        title = cut(clean(form.title), TITLE_CHARS)
        value = value_of(form.command, form.args, form.version, form.mac, language=self._language, title=title)
        names = [each.name for each in form.inputs]
        if value is None or len({*names, SUBMIT}) <= len(names) or not all(0 < len(name) <= 100 for name in names):
            raise ValueError(f"the form of {form.command!r} carries too much, or inputs without a name of their own")
        elements: list[Element] = []
        for each in form.inputs:
            self._input(elements, each, each.value if filled is None else filled.get(each.name, ""))
            self._error(elements, errors.get(each.name, ""))
        for name, text in errors.items():
            self._error(elements, "" if name in names else text)
        label = cut(clean(form.submit or "OK"), BUTTON_CHARS)
        press: Element = {"tag": "button", "type": "primary", "name": SUBMIT, "form_action_type": "submit"}
        elements.append({**press, "text": _plain(label), "behaviors": [{"type": "callback", "value": value}]})
        self.elements.append({"tag": "form", "name": FORM, "elements": list(elements)})

    # -- the parts --------------------------------------------------------------------------------

    def _put(self, into: list[Element], line: Spans, *, is_small: bool = False) -> None:
        element = self._text(line, is_small=is_small)
        if element is not None:
            into.append(element)

    def _text(self, line: Spans, *, is_small: bool = False) -> Element | None:
        """Write a line: as plain text where that tells it all, else as markdown; None if it is empty."""
        if not words(line).strip():
            return None
        line = cut_spans(line, self._room.chars)
        if is_bare(line):
            look: dict[str, Json] = {"text_size": "notation", "text_color": "grey"} if is_small else {}
            return {"tag": "div", "text": {**_plain(words(line)), **look}}
        return {"tag": "markdown", "content": markdown(line), **({"text_size": "notation"} if is_small else {})}

    def _fields(self, fields: Sequence[Field]) -> None:
        """Put facts two to a row."""
        cells: list[Element] = []
        for field in fields:
            label, value = clean(field.label).strip(), _filled(spans_of(field.value))
            if self._room.is_dense or not label:
                self.say((Span(label, "bold"), Span("  "), *value) if label else value)
                continue
            value = cut_spans(value, self._room.chars)
            name = markdown((Span(cut(label, self._room.chars), "bold"),))
            cells.append({"tag": "markdown", "content": f"{name}\n{markdown(value)}"})
        for start in range(0, len(cells), 2):
            row: list[Json] = [_column([cell], weight=1) for cell in cells[start : start + 2]]
            self.elements.append({"tag": "column_set", "flex_mode": "none", "columns": row})

    def _item(self, item: Item) -> None:
        line, detail = spans_of(item.line), spans_of(item.detail)
        button = self._button(item.button) if item.button and not self._room.is_dense else None
        if button is None:
            self.say(line)
            self.small(detail)
            if item.button:
                self.typed(item.button.label, item.button.typed)
            return
        told: list[Element] = []
        self._put(told, line)
        self._put(told, detail, is_small=True)
        beside: list[Json] = [_column(told, weight=1), _column([button])]
        self.elements.append({"tag": "column_set", "flex_mode": "none", "columns": beside})

    def _button(self, one: Button) -> Element | None:
        value = value_of(one.command, one.args, one.version, one.mac, language=self._language)
        if value is None:
            return None
        label = clean(one.label).strip() or clean(one.typed).strip() or "—"
        behaviour: Json = {"type": "callback", "value": value}
        kind = "default" if one.style == "plain" else one.style
        return {"tag": "button", "text": _plain(cut(label, BUTTON_CHARS)), "type": kind, "behaviors": [behaviour]}

    def _image(self, image: Image, key: str | None) -> None:
        alt = cut_spans(_filled(spans_of((image.alt,))), self._room.chars)
        if key is None:
            return self.small(alt)
        self.elements.append({"tag": "img", "img_key": key, "alt": _plain(words(alt))})

    def _table(self, table: Table) -> None:
        width = max((len(table.columns), *(len(row) for row in table.rows)))
        heads = [clean(each) for each in table.columns] + [""] * (width - len(table.columns))
        rows = [[spans_of(row[at] if at < len(row) else ()) for at in range(width)] for row in table.rows]
        if self._room.is_dense or self._tables == TABLES or not 0 < width <= TABLE_COLUMNS or not rows:
            lines: list[list[Spans]] = [[(Span(head, "bold"),) for head in heads], *rows]
            for cells in lines:
                self.say(_joined([_filled(cell) for cell in cells]))
            return
        self._tables += 1
        is_text = [all(is_bare(row[at]) for row in rows) for at in range(width)]
        columns: list[Json] = [
            {
                "name": f"c{at}",
                "display_name": cut(head, self._room.chars) or "—",
                "data_type": "text" if is_text[at] else "lark_md",
            }
            for at, head in enumerate(heads)
        ]
        cells_of: list[Json] = [
            {f"c{at}": self._cell(cell, is_text=is_text[at]) for at, cell in enumerate(row)} for row in rows
        ]
        shape: Element = {"page_size": min(PAGE_ROWS, len(rows)), "row_height": "middle"}
        self.elements.append({"tag": "table", **shape, "columns": columns, "rows": cells_of})

    def _cell(self, cell: Spans, *, is_text: bool) -> str:
        cell = cut_spans(_filled(cell), self._room.chars)
        return words(cell) if is_text else markdown(cell)

    # -- the parts of a form ------------------------------------------------------------------------

    def _input(self, into: list[Element], each: Input, value: str) -> None:
        menu = _menu(each, value)
        label = cut(clean(each.label or each.name), LABEL_CHARS)
        into.append({"tag": "div", "text": _plain(label + (" *" if each.required else ""))})
        if clean(each.hint).strip():
            hint: dict[str, Json] = {"text_size": "notation", "text_color": "grey"}
            into.append({"tag": "div", "text": {**_plain(cut(clean(each.hint), LABEL_CHARS)), **hint}})
        if menu is not None:
            into.append(menu)
            return
        value = cut(_storable(value), INPUT_CHARS)
        field: Element = {"tag": "input", "name": each.name, "required": each.required, "width": "fill"}
        if each.kind == "lines" or "\n" in value:
            field |= {"input_type": "multiline_text", "rows": 4}
        into.append({**field, "max_length": INPUT_CHARS, **({"default_value": value} if value else {})})

    def _error(self, into: list[Element], text: str) -> None:
        if clean(text).strip():
            into.append({"tag": "div", "text": {**_plain(cut(clean(text), LABEL_CHARS)), "text_color": "red"}})


def _menu(each: Input, value: str) -> Element | None:
    """Draw a menu; None where a card cannot hold its choices, so that it is asked as text."""
    if each.kind not in ("choice", "person") or not 0 < len(each.choices) <= OPTIONS:
        return None
    if not all(choice.value.strip() and choice.value == _storable(choice.value) for choice in each.choices):
        return None
    options: list[Json] = [_option(choice) for choice in each.choices]
    menu: Element = {"tag": "select_static", "name": each.name, "required": each.required, "width": "fill"}
    chosen = any(choice.value == value for choice in each.choices)
    return {**menu, "options": options, **({"initial_option": value} if chosen else {})}


def _option(choice: Choice) -> Json:
    return {"text": _plain(cut(clean(choice.label), BUTTON_CHARS) or "—"), "value": choice.value}


def _plain(text: str) -> dict[str, Json]:
    return {"tag": "plain_text", "content": text if text.strip() else "—"}


def _column(elements: Sequence[Element], *, weight: int | None = None) -> Json:
    width: dict[str, Json] = {"width": "auto"} if weight is None else {"width": "weighted", "weight": weight}
    return {"tag": "column", **width, "elements": list(elements)}


def _filled(cell: Spans) -> Spans:
    return cell if words(cell).strip() else (Span("—"),)


def _joined(row: Sequence[Spans]) -> Spans:
    return tuple(span for at, cell in enumerate(row) for span in (*((Span(" | "),) if at else ()), *cell))


def _storable(text: str) -> str:
    """Keep a person's own text as it was typed, but for what no wire can carry."""
    return _UNSTORABLE.sub("", text)
