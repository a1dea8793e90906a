"""Feishu's cards as HTML that looks like Feishu, for looking at."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STYLE = (Path(__file__).parent / "feishu.css").read_text("utf-8")


def draw(card: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Draw a card, with the line that the list of chats shows."""
    header = card.get("header")
    head = f'<div class="head {header["template"]}">{_escaped(header["title"]["content"])}</div>' if header else ""
    inside = "".join(_element(each, names) for each in card["body"]["elements"])
    summary = _escaped(card["config"]["summary"]["content"])
    by = f'<div class="by">鼓点 <b>机器人</b><i>{summary}</i></div>'
    framed = f'<div class="card">{head}<div class="in">{inside}</div></div>'
    return f'<div class="fs"><div class="face">鼓</div><div class="body">{by}{framed}</div></div>'


def _element(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    tag = one["tag"]
    if tag == "div":
        text = one["text"]
        small = " small" if text.get("text_size") == "notation" else ""
        return f'<div class="p{small} {text.get("text_color", "")}">{_escaped(text["content"])}</div>'
    if tag == "markdown":
        small = " small" if one.get("text_size") == "notation" else ""
        return f'<div class="p{small}">{_markdown(one["content"], names)}</div>'
    if tag == "column_set":
        flow = " flow" if one["flex_mode"] == "flow" else ""
        columns = "".join(_column(each, names) for each in one["columns"])
        return f'<div class="row{flow}">{columns}</div>'
    if tag == "button":
        return f'<span class="btn {one["type"]}">{_escaped(one["text"]["content"])}</span>'
    if tag == "table":
        return _table(one, names)
    if tag == "img":
        return f'<div class="pic">{_escaped(one["img_key"])} · {_escaped(one["alt"]["content"])}</div>'
    if tag == "form":
        return "".join(_element(each, names) for each in one["elements"])
    return _field(one) if tag in ("input", "select_static") else "<hr>"


def _column(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    wide = ' class="wide"' if one["width"] == "weighted" else ""
    return f"<div{wide}>{''.join(_element(each, names) for each in one['elements'])}</div>"


def _field(one: Mapping[str, Any]) -> str:
    if one["tag"] == "select_static":
        labels = {each["value"]: each["text"]["content"] for each in one["options"]}
        return f'<div class="input">{_escaped(labels.get(one.get("initial_option", ""), ""))} ▾</div>'
    many = " many" if one.get("input_type") == "multiline_text" else ""
    return f'<div class="input{many}">{_escaped(one.get("default_value", ""))}</div>'


def _table(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    head = "".join(f"<th>{_escaped(each['display_name'])}</th>" for each in one["columns"])
    rows = "".join(f"<tr>{_cells(row, one, names)}</tr>" for row in one["rows"])
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cells(row: Mapping[str, str], table: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return "".join(f"<td>{_cell(row[each['name']], each, names)}</td>" for each in table["columns"])


def _cell(text: str, column: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _escaped(text) if column["data_type"] == "text" else _markdown(text, names)


def _markdown(text: str, names: Mapping[str, str]) -> str:
    """Draw what the renderer writes; the entities of the text are HTML's already."""
    text = re.sub(r"<at id=(\w+)></at>", lambda m: f"\0@{names.get(m[1], m[1])}\1", text)
    text = re.sub(r"`([^`\n]+)`", lambda m: f"<code>{_escaped(m[1])}</code>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"~~(.+?)~~", r"<s>\1</s>", text)
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', text)
    return text.replace("\0", '<span class="ping">').replace("\1", "</span>")


def _escaped(text: str) -> str:
    return html.escape(text)
