"""A reply as DingTalk shows it: Markdown in one or several messages, or the variables of a card. Pure.

What its Markdown does not have is told by what it has: a table becomes a list, small print a quote, a
stroke nothing (the words say it too), the health a coloured dot. What is escaped is told in escape.py.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.carry import pack
from adapters.dingtalk.escape import escape, escape_code, escape_start
from adapters.markup import tells
from adapters.spans import Span, Spans, bold, cut_spans, shown, spans_of
from adapters.text import clean, cut
from commands.core.reply import Button, Fields, Health, Image, Item, Line, Listing, Note, Part, Reply, Table, Text

STAFF: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What DingTalk calls a person of the organisation; whatever looks otherwise is never made a mention."""
MESSAGE_BYTES: Final = 14_500
"""Of `msgParam`, which may have 15,000."""
TITLE_CHARS: Final = 60
"""Of what the list of chats shows."""
LABEL_CHARS: Final = 20
CARRY_CHARS: Final = 1_000
CELL_CHARS: Final = 300
TYPED_CHARS: Final = 300
"""What is longer is not typed by anybody."""
DOT: Final[Mapping[Health, str]] = {"green": "🟢", "yellow": "🟡", "red": "🔴"}
BREAK: Final = "  \n"
"""How Markdown breaks a line inside a paragraph."""

_PARENTHESES: Final = str.maketrans({"(": "%28", ")": "%29"})


@dataclass(frozen=True, slots=True)
class Markdown:
    """Hold a message, in as many pieces as DingTalk takes it in."""

    title: str
    """For the list of chats and for notifications; plain words."""
    texts: tuple[str, ...]
    at: tuple[str, ...] = ()
    """Whom it notifies, by staff id; only where mentions were allowed."""


@dataclass(frozen=True, slots=True)
class Template:
    """Name the card template, and its variables as they are called in the console."""

    id: str
    title: str = "title"
    body: str = "body"
    colour: str = "colour"
    button: str = "button"
    """Followed by a number from 1: the label; empty where there is no such button."""
    carry: str = "carry"
    """Followed by the same number: what the button sends back."""
    buttons: int = 6


def markdown(
    reply: Reply, *, language: str, images: Mapping[int, str] | None = None, mentions: bool = False
) -> Markdown:
    """Draw a message in which nothing can be pressed.

    `images` gives the media ids of uploaded pictures by their place in `reply.parts`; a picture
    without one is told in words. With `mentions` people are named by their ids, which only the
    session webhook turns into names. The words are in their reader's language already, so `language`
    changes nothing here.
    """
    drawing = _Drawing(images or {}, mentions=mentions)
    paragraphs = drawing.all_of(reply)
    return Markdown(_headline(reply), tuple(_messages(paragraphs)) or ("—",), tuple(drawing.at))


def card(
    reply: Reply, template: Template, *, language: str, images: Mapping[int, str] | None = None
) -> dict[str, str] | None:
    """Draw the variables of a card; None where it is too long, or a button carries too much.

    Every variable is given, also when it is empty: an update keeps what is left out.
    """
    drawing = _Drawing(images or {}, mentions=False)
    body = "\n\n".join(drawing.parts_of(reply))
    carried = [pack(one.command, one.args, one.version, one.mac, most=CARRY_CHARS) for one in reply.buttons]
    if len(carried) > template.buttons or any(each is None for each in carried):
        return None
    variables = {
        template.title: _dotted(reply, shown(_spans(reply.title)).strip()),
        template.body: body,
        template.colour: reply.health or "",
    }
    for number in range(1, template.buttons + 1):
        drawn = number <= len(carried)
        variables[f"{template.button}{number}"] = _label(reply.buttons[number - 1]) if drawn else ""
        variables[f"{template.carry}{number}"] = (carried[number - 1] or "") if drawn else ""
    return variables if _bytes(json.dumps(variables, ensure_ascii=False)) <= MESSAGE_BYTES else None


def pinged(reply: Reply) -> dict[str, str]:
    """Give whom a reply notifies: staff ids with their names."""
    lines = [reply.title, *(line for part in reply.parts for line in _lines(part))]
    return {span.account: span.text.removeprefix("@") for line in lines for span in _spans(line) if span.account}


class _Drawing:
    """Draw the parts of one reply as paragraphs of Markdown."""

    def __init__(self, images: Mapping[int, str], *, mentions: bool) -> None:
        self.at: list[str] = []
        self._images = images
        self._mentions = mentions

    def all_of(self, reply: Reply) -> list[str]:
        """Draw the title, the parts, and what to type for each button and form."""
        title = self._line(_spans(reply.title))
        drawn = [f"### {escape_start(_dotted(reply, title))}"] if title else []
        drawn += self.parts_of(reply)
        typed = [one.typed for one in reply.buttons] + ([reply.form.typed] if reply.form else [])
        told = [self._line((Span(clean(each), "code"),)) for each in typed if each.strip() and not tells(reply, each)]
        return [*drawn, *(["> " + " · ".join(told)] if told else [])]

    def parts_of(self, reply: Reply) -> list[str]:
        """Draw the parts."""
        return [paragraph for at, part in enumerate(reply.parts) for paragraph in self._part(at, part)]

    def _part(self, at: int, part: Part) -> Iterable[str]:
        if isinstance(part, Text):
            return filter(None, [self._broken(_spans(part.line, keeps_breaks=True))])
        if isinstance(part, Note):
            note = self._line(_spans(part.line))
            return [f"> {escape_start(note)}"] if note else []
        if isinstance(part, Fields):
            lines = [self._labelled(each.label, each.value) for each in part.fields]
            return [BREAK.join(lines)] if lines else []
        if isinstance(part, Listing):
            return _listed(self._item(each) for each in part.items)
        if isinstance(part, Table):
            return _listed(self._row(part, row) for row in part.rows)
        if isinstance(part, Image):
            return self._image(part, self._images.get(at))
        return ["---"]

    def _broken(self, spans: Spans) -> str:
        lines = (self._line(line) for line in _lines_of(spans))
        return BREAK.join(escape_start(line) for line in lines if line)

    def _labelled(self, label: str, value: Line) -> str:
        said = self._line(_spans(value)) or "—"
        name = clean(label).strip()
        return f"{self._line((Span(name, 'bold'),))} {said}" if name else escape_start(said)

    def _item(self, item: Item) -> str:
        """Draw a row; its button is told as what to type, for a row cannot be pressed."""
        detail = self._line(_spans(item.detail))
        typed = clean(item.button.typed).strip() if item.button else ""
        typed = typed if len(typed) <= TYPED_CHARS else ""
        tail = [detail, self._line((Span(typed, "code"),)) if typed else ""]
        lines = [self._line(_spans(item.line)), " · ".join(filter(None, tail))]
        return f"{BREAK}  ".join(escape_start(line) for line in lines if line)

    def _row(self, table: Table, row: Sequence[Line]) -> str:
        """Draw a row of a table: its name, and its cells under their headings."""
        name = self._line(bold(cut_spans(_spans(row[0] if row else ()), CELL_CHARS)))
        cells = [
            f"{self._line((Span(cut(clean(column), LABEL_CHARS)),))} {self._cell(cell) or '—'}".strip()
            for column, cell in zip(table.columns[1:], row[1:], strict=False)
        ]
        return escape_start(f"{name} {' · '.join(cells)}".strip())

    def _cell(self, cell: Line) -> str:
        return self._line(cut_spans(_spans(cell), CELL_CHARS))

    def _image(self, image: Image, media: str | None) -> list[str]:
        alt = self._line((Span(clean(image.alt)),)) or "—"
        if media is None or not re.fullmatch(r"[@\w-]{1,256}", media):
            return [f"> {escape_start(alt)}"]
        return [f"![{alt}]({media})"]

    def _line(self, spans: Spans) -> str:
        """Write pieces one after the other, with the space that Markdown's stress needs around it."""
        text = ""
        for at, span in enumerate(spans):
            piece = self._piece(span)
            if not piece:
                continue
            after = shown(spans[at + 1 : at + 2])[:1]
            is_apart = piece[0] in "[@"  # after a "!" a link would be a picture, after a letter a name an address
            is_marked = is_apart or piece[0] in "*`"
            text += (" " if is_marked and text and _touches(text[-1], is_apart=is_apart) else "") + piece
            text += " " if is_marked and after and _touches(after, is_apart=is_apart) else ""
        return text.strip()

    def _piece(self, span: Span) -> str:
        if span.account is not None and self._mentions:
            self.at += [span.account] if span.account not in self.at else []
            return f"@{span.account}"
        if span.url is not None:
            return f"[{escape(span.text)}]({span.url.translate(_PARENTHESES)})"
        if span.account is not None or span.look == "bold":
            inside = escape(span.text.removeprefix("@") if span.account else span.text).strip()
            return f"**{inside}**" if inside else span.text
        if span.look == "code":
            inside = escape_code(span.text).strip()
            return f"`{inside}`" if inside else span.text
        return escape(span.text)


def _lines_of(spans: Spans) -> list[Spans]:
    """Part a paragraph at its line breaks, also inside what is stressed, for no mark reaches over one."""
    lines: list[list[Span]] = [[]]
    for span in spans:
        first, *rest = span.text.split("\n")
        lines[-1].append(replace(span, text=first))
        lines += [[replace(span, text=each)] for each in rest]
    return [tuple(line) for line in lines]


def _touches(letter: str, *, is_apart: bool) -> bool:
    """Tell whether a mark beside this letter needs a space between: beside a word it would not be read as one."""
    return not letter.isspace() and (is_apart or unicodedata.category(letter)[0] not in "PS")


def _spans(line: Line, *, keeps_breaks: bool = False) -> Spans:
    return spans_of(line, STAFF, keeps_breaks=keeps_breaks)


def _lines(part: Part) -> Iterable[Line]:
    if isinstance(part, Text | Note):
        return [part.line]
    if isinstance(part, Fields):
        return [field.value for field in part.fields]
    if isinstance(part, Listing):
        return [line for item in part.items for line in (item.line, item.detail)]
    return [cell for row in part.rows for cell in row] if isinstance(part, Table) else []


def _headline(reply: Reply) -> str:
    """Choose the words that stand in the list of chats: the title, else the first that are said."""
    lines = (reply.title, *(line for part in reply.parts for line in _lines(part)))
    said = next((text for line in lines if (text := shown(_spans(line)).strip())), "")
    return cut(said, TITLE_CHARS) or "Drumbeat"


def _dotted(reply: Reply, title: str) -> str:
    return f"{DOT[reply.health]} {title}" if reply.health and title else title


def _label(button: Button) -> str:
    return cut(clean(button.label).strip() or clean(button.typed).strip() or "…", LABEL_CHARS)


def _listed(rows: Iterable[str]) -> list[str]:
    """Write rows as one list."""
    lines = [f"- {row}" for row in rows if row]
    return ["\n".join(lines)] if lines else []


def _messages(paragraphs: Sequence[str]) -> Iterable[str]:
    """Join paragraphs into as few messages as will hold them; a long list is parted between its rows."""
    gathered = ""
    for whole, glue in (piece for paragraph in paragraphs for piece in _parted(paragraph)):
        piece = whole if _weight(whole) <= MESSAGE_BYTES else cut(whole, MESSAGE_BYTES // 4)
        joined = f"{gathered}{glue}{piece}" if gathered else piece
        if gathered and _weight(joined) > MESSAGE_BYTES:
            yield gathered
            joined = piece
        gathered = joined
    if gathered:
        yield gathered


def _parted(paragraph: str) -> Iterable[tuple[str, str]]:
    """Give the pieces of a paragraph, each with what joins it to the one before."""
    if _weight(paragraph) <= MESSAGE_BYTES // 4:
        return [(paragraph, "\n\n")]
    glue = "\n" if paragraph.startswith("- ") else BREAK
    rows = re.split(r"\n(?=- )", paragraph) if glue == "\n" else paragraph.split(BREAK)
    return [(row, glue if at else "\n\n") for at, row in enumerate(rows)]


def _weight(text: str) -> int:
    """Count a text as it will be inside `msgParam`."""
    return _bytes(json.dumps(text, ensure_ascii=False))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
