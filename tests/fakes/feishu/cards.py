"""A card (JSON 2.0) as Feishu takes it and as people see it; knows nothing of who drew it.

`faults` says what Feishu would refuse: properties that a component has not, sizes, names that are not alone.
`seen` reads what stands there, with what is alive in it: who is notified, where links lead, what became
a list or a heading. Markdown is read as CommonMark with Feishu's tags, on the strict side.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CARD_BYTES: Final = 30 * 1024
ELEMENTS: Final = 200
TABLES: Final = 5

_COMMON: Final = {"tag", "element_id", "margin"}
PROPERTIES: Final[Mapping[str, set[str]]] = {
    "div": {"text", "icon", "width"},
    "markdown": {"content", "text_size", "text_align", "icon"},
    "img": {"img_key", "alt", "title", "scale_type", "size", "preview", "corner_radius", "transparent"},
    "hr": set(),
    "table": {"page_size", "row_height", "row_max_height", "header_style", "columns", "rows", "freeze_first_column"},
    "column_set": {"flex_mode", "columns", "horizontal_spacing", "horizontal_align", "background_style", "action"},
    "column": {"width", "weight", "elements", "vertical_align", "vertical_spacing", "padding", "background_style"},
    "button": {
        *("text", "type", "size", "width", "behaviors", "name", "form_action_type", "confirm", "icon", "disabled"),
        *("disabled_tips", "required", "hover_tips"),
    },
    "form": {"name", "elements", "direction", "padding", "vertical_spacing", "horizontal_spacing", "confirm"},
    "input": {
        *("name", "required", "placeholder", "default_value", "width", "max_length", "input_type", "rows", "label"),
        *("label_position", "auto_resize", "max_rows", "show_icon", "behaviors", "confirm", "disabled", "value"),
    },
    "select_static": {"name", "required", "placeholder", "options", "initial_option", "width", "type", "behaviors"},
    "plain_text": {"content", "text_size", "text_color", "text_align", "lines", "i18n_content"},
    "lark_md": {"content", "text_size", "text_color", "text_align", "lines"},
}  # fmt: skip
INSIDE_FORM: Final = {"div", "markdown", "img", "hr", "column_set", "column", "button", "input", "select_static"}
TEMPLATES: Final = {
    *("blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple", "indigo"),
    *("grey", "default"),
}
KINDS: Final = {
    *(
        "default",
        "primary",
        "danger",
        "text",
        "primary_text",
        "danger_text",
        "primary_filled",
        "danger_filled",
        "laser",
    ),
}


# -- what Feishu refuses -------------------------------------------------------------------------


def faults(card: Any) -> list[str]:
    """Say what Feishu would refuse a card for; nothing for a good one."""
    if not isinstance(card, dict) or card.get("schema") != "2.0":
        return ["the schema is not 2.0"]
    wrong = [f"the card has {name}" for name in set(card) - {"schema", "config", "header", "body", "card_link"}]
    if (card.get("config") or {}).get("update_multi") is not True:
        wrong.append("update_multi is not true")
    header = card.get("header")
    if header is not None:
        wrong += [f"the header has {name}" for name in set(header) - {"title", "subtitle", "template", "icon"}]
        wrong += _text_faults(header.get("title"))
        wrong += [] if header.get("template") in TEMPLATES else [f"template {header.get('template')}"]
    elements = list(walk(card.get("body")))
    wrong += [fault for element in elements for fault in _element_faults(element)]
    names = [
        each["name"]
        for each in elements
        if each["tag"] in ("input", "select_static", "button", "form") and "name" in each
    ]
    wrong += ["two components have one name"] if len(names) != len(set(names)) else []
    wrong += [f"{len(elements)} elements"] if len(elements) > ELEMENTS else []
    wrong += ["no elements"] if not (card.get("body") or {}).get("elements") else []
    wrong += ["too many tables"] if sum(each["tag"] == "table" for each in elements) > TABLES else []
    for element in (card.get("body") or {}).get("elements") or ():
        wrong += _nesting_faults(element, depth=1)
    size = len(json.dumps(json.dumps(card, ensure_ascii=False), ensure_ascii=False).encode())
    return wrong + ([f"{size} bytes"] if size > CARD_BYTES else [])


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Find everything that has a tag, in reading order."""
    if isinstance(value, dict):
        if "tag" in value:
            yield value
        for name, each in value.items():
            if name not in ("rows", "value"):
                yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def _element_faults(element: Mapping[str, Any]) -> list[str]:
    tag = element["tag"]
    if tag not in PROPERTIES:
        return [f"there is no {tag}"]
    wrong = [f"{tag} has {name}" for name in set(element) - PROPERTIES[tag] - _COMMON]
    if tag in ("plain_text", "lark_md"):
        wrong += _text_faults(element)
    if tag == "markdown" and not str(element.get("content", "")).strip():
        wrong.append("markdown without words")
    if tag == "button":
        wrong += _button_faults(element)
    if tag == "table":
        wrong += _table_faults(element)
    if tag == "img" and not str(element.get("img_key", "")).startswith("img_"):
        wrong.append("an image without a key")
    if tag in ("input", "select_static") and not str(element.get("name", "")).strip():
        wrong.append(f"{tag} without a name")
    if tag == "input" and len(str(element.get("default_value", ""))) > int(element.get("max_length", 1000)) <= 1000:
        wrong.append("input: the value is too long")
    if tag == "select_static" and not element.get("options"):
        wrong.append("a menu without options")
    return wrong


def _text_faults(text: Any) -> list[str]:
    is_text = isinstance(text, dict) and isinstance(text.get("content"), str) and text["content"].strip()
    return [] if is_text else ["a text without words"]


def _button_faults(button: Mapping[str, Any]) -> list[str]:
    wrong = [] if button.get("type", "default") in KINDS else [f"button type {button.get('type')}"]
    wrong += _text_faults(button.get("text"))
    for behaviour in button.get("behaviors") or [{}]:
        if behaviour.get("type") != "callback" or not isinstance(behaviour.get("value"), dict):
            wrong.append("a button that does nothing")
    return wrong


def _table_faults(table: Mapping[str, Any]) -> list[str]:
    columns, rows = table.get("columns") or [], table.get("rows") or []
    wrong = [] if 1 <= table.get("page_size", 5) <= 10 else ["page_size"]
    names = [column.get("name") for column in columns]
    wrong += ["columns"] if not names or len(set(names)) != len(names) else []
    wrong += [
        f"data_type {each.get('data_type')}" for each in columns if each.get("data_type") not in ("text", "lark_md")
    ]
    return wrong + ["a cell without a column" for row in rows if not set(row) <= set(names)]


def _nesting_faults(element: Mapping[str, Any], *, depth: int, in_form: bool = False) -> list[str]:
    tag = element["tag"]
    wrong = [f"{tag} inside something"] if tag in ("form", "table") and depth > 1 else []
    wrong += [f"{tag} in a form"] if in_form and tag not in INSIDE_FORM else []
    wrong += [f"{tag} outside a form"] if tag in ("input", "select_static") and not in_form else []
    wrong += ["nested too deep"] if depth > 5 else []
    for name in ("elements", "columns") if tag != "table" else ():
        for each in element.get(name) or ():
            wrong += _nesting_faults(each, depth=depth + 1, in_form=in_form or tag == "form")
    submits = [each for each in walk(element.get("elements")) if each.get("form_action_type") == "submit"]
    return wrong + (["a form without a submit button"] if tag == "form" and not submits else [])


# -- what people see -------------------------------------------------------------------------------


@dataclass
class Words:
    """A text as it is seen, and what is alive in it."""

    where: str
    text: str = ""
    mentions: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    styles: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    """Headings, lists, quotes, rules, tables, code: what a line became by how it begins."""
    tags: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    emoji: list[str] = field(default_factory=list)
    misfits: list[str] = field(default_factory=list)
    """Marks that were meant to stress, and are seen as marks."""


@dataclass
class Seen:
    """A card as somebody sees it."""

    words: list[Words]
    buttons: dict[str, Any]
    """What each gives back, by its label."""
    form: dict[str, Any] | None = None
    """The inputs by name, under `inputs`, and what its submit button gives back, under `value`."""
    colour: str = ""
    images: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words, in reading order, without those of buttons and menus."""
        return "\n".join(each.text for each in self.words if each.where not in ("button", "option") and each.text)

    @property
    def pings(self) -> list[str]:
        """Who is notified."""
        return [who for each in self.words for who in each.mentions]


def seen(card: Mapping[str, Any]) -> Seen:
    """Read a card."""
    header = card.get("header") or {}
    found = Seen([], {}, colour=header.get("template", ""))
    if header:
        found.words.append(Words("title", header["title"]["content"]))
    _read(card.get("body") or {}, found)
    return found


def _read(value: Any, found: Seen) -> None:
    for each in value.get("elements") or value.get("columns") or ():
        tag = each["tag"]
        if tag == "markdown":
            found.words.append(
                read_markdown(each["content"], "small" if each.get("text_size") == "notation" else "markdown")
            )
        elif tag == "div":
            found.words.append(Words("text", each["text"]["content"]))
        elif tag == "img":
            found.images.append(each["img_key"])
        elif tag == "table":
            _read_table(each, found)
        elif tag == "button":
            found.words.append(Words("button", each["text"]["content"]))
            found.buttons[each["text"]["content"]] = {"value": each["behaviors"][0]["value"], "name": each.get("name")}
        elif tag in ("input", "select_static") and found.form is not None:
            found.form["inputs"][each["name"]] = each
            found.words += [Words("option", one["text"]["content"]) for one in each.get("options") or ()]
        else:
            if tag == "form":
                found.form = {"inputs": {}, "name": each["name"]}
            _read(each, found)


def _read_table(table: Mapping[str, Any], found: Seen) -> None:
    found.words += [Words("cell", column["display_name"]) for column in table["columns"]]
    for row in table["rows"]:
        for column in table["columns"]:
            text = row.get(column["name"], "")
            found.words.append(Words("cell", text) if column["data_type"] == "text" else read_markdown(text, "cell"))


# -- markdown ------------------------------------------------------------------------------------------

_BLOCK: Final = re.compile(
    r" {0,3}(?:(?P<heading>#{1,6}(?=\s|$))|(?P<quote>>)|(?P<list>[-+*](?=\s|$)|\d{1,9}[.)](?=\s|$))"
    r"|(?P<rule>(?:[-*_][ \t]*){3,}$|=+[ \t]*$)|(?P<fence>```|~~~)|(?P<row>\|))|(?P<code>(?: {4}|\t)\s*\S)"
)
_INLINE: Final = re.compile(
    r"(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]+);)"
    r"|<at id=(?P<at>[^>]*)></at>"
    r"|(?P<tag></?[a-zA-Z!?][^>]*>)"
    r"|(?P<code>`+)(?P<inside>.+?)(?P=code)(?!`)"
    r"|(?P<image>!)?\[(?P<label>(?:[^\[\]]|\\.)*)\]\((?P<url>[^)]*)\)"
    r"|(?P<mark>\*{1,3}|~~|_{1,3})"
    r"|(?P<emoji>:[A-Za-z][A-Za-z0-9_+-]*:)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<auto>https?://[^\s<]+|www\.[^\s<]+)"
    r"|(?P<formula>\$[^$]+\$)",
    re.DOTALL,
)  # fmt: skip


def read_markdown(content: str, where: str) -> Words:
    """Read markdown: the words that are seen, and everything in it that is more than words."""
    found = Words(where)
    lines = []
    for line in content.split("\n"):
        block = _BLOCK.match(line)
        if block is not None:
            found.blocks.append(str(block.lastgroup))
        lines.append(line)
    found.text = _inline("\n".join(lines), found)
    return found


def _inline(text: str, found: Words) -> str:
    out: list[str] = []
    opened: list[tuple[str, int, int]] = []
    end = 0
    for piece in _INLINE.finditer(text):
        out.append(text[end : piece.start()])
        end = piece.end()
        kind = piece.lastgroup
        if piece["mark"]:
            _mark(piece, text, out, opened, found)
        elif piece["entity"]:
            out.append(html.unescape(piece["entity"]))
        elif piece["at"] is not None:
            found.mentions.append(piece["at"])
            out.append(f"@{piece['at']}")
        elif piece["tag"]:
            found.tags.append(piece["tag"])
        elif piece["code"]:
            found.styles.append(("code", piece["inside"]))
            out.append(piece["inside"])
        elif piece["image"]:
            found.images.append(piece["url"])
        elif piece["label"] is not None:
            label = _inline(piece["label"], found)
            found.links.append((piece["url"], label))
            out.append(label)
        elif piece["emoji"]:
            found.emoji.append(piece["emoji"])
        elif piece["auto"]:
            found.links.append((piece["auto"], piece["auto"]))
            out.append(piece["auto"])
        else:
            found.tags.append(f"{kind} {piece[0]}")
            out.append(piece[0][1:])
    out.append(text[end:])
    for mark, _, _ in opened:
        found.misfits.append(mark)
    return "".join(out)


def _mark(piece: re.Match[str], text: str, out: list[str], opened: list[tuple[str, int, int]], found: Words) -> None:
    """Open or close a stress, as CommonMark's rule of flanking has it."""
    before, after = text[piece.start() - 1 : piece.start()], text[piece.end() : piece.end() + 1]
    opens = bool(after.strip()) and (not _is_sign(after) or not before.strip() or _is_sign(before))
    closes = bool(before.strip()) and (not _is_sign(before) or not after.strip() or _is_sign(after))
    mark = piece["mark"]
    if closes and opened and opened[-1][0] == mark:
        _, at, _ = opened.pop()
        found.styles.append(({"**": "bold", "~~": "strike"}.get(mark, "italic"), "".join(out[at:])))
    elif opens:
        opened.append((mark, len(out), piece.start()))
    else:
        found.misfits.append(mark)
        out.append(mark)


def _is_sign(letter: str) -> bool:
    return bool(letter) and unicodedata.category(letter)[0] in "PS"
