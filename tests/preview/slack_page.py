"""Block Kit as HTML that looks like Slack, for looking at; the texts are read by the tests' own parser."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMES = {"U02LISI01": "李四"}

STYLE = (Path(__file__).parent / "slack.css").read_text("utf-8")


def draw(payload: Mapping[str, Any], *, is_dark: bool) -> str:
    """Draw a message or a modal."""
    if payload.get("type") == "modal":
        return f'<div class="sl{" dark" if is_dark else ""}">{_modal(payload)}</div>'
    inside = "".join(_block(block) for block in payload["blocks"])
    for bar in payload.get("attachments") or ():
        inside += f'<div class="bar" style="border-color:{bar["color"]}">{"".join(map(_block, bar["blocks"]))}</div>'
    return (
        f'<div class="sl{" dark" if is_dark else ""}"><div class="face">鼓</div><div class="body">'
        f'<div class="by">Drumbeat<b>APP</b><i>10:00</i></div>{inside}</div></div>'
    )


def _modal(view: Mapping[str, Any]) -> str:
    inside = "".join(_block(block) for block in view["blocks"])
    foot = f'<span class="btn">Cancel</span><span class="btn primary">{html.escape(view["submit"]["text"])}</span>'
    return (
        f'<div class="modal"><header>{html.escape(view["title"]["text"])}</header>'
        f'<div class="in">{inside}</div><footer>{foot}</footer></div>'
    )


def _block(block: Mapping[str, Any]) -> str:
    kind = block["type"]
    if kind == "header":
        return f'<div class="b header">{_text(block["text"])}</div>'
    if kind == "divider":
        return "<hr>"
    if kind == "section":
        fields = "".join(f'<div class="b" style="margin:0">{_text(one)}</div>' for one in block.get("fields", ()))
        text = f"<div>{_text(block['text'])}</div>" if "text" in block else ""
        button = _button(block["accessory"]) if "accessory" in block else ""
        return f'<div class="b row">{text}{button}</div>' if text else f'<div class="b fields">{fields}</div>'
    if kind == "context":
        return f'<div class="b context">{"".join(_text(one) for one in block["elements"])}</div>'
    if kind == "actions":
        return f'<div class="actions">{"".join(_button(one) for one in block["elements"])}</div>'
    if kind == "image":
        return f'<div class="b pic">{html.escape(block["slack_file"]["id"])} · {html.escape(block["alt_text"])}</div>'
    if kind == "table":
        rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in block["rows"])
        return f"<table>{rows}</table>"
    if kind == "input":
        return _input(block)
    return "".join(_rich(element) for element in block["elements"])


def _cell(cell: Mapping[str, Any]) -> str:
    inside = html.escape(cell["text"]) if cell["type"] == "raw_text" else _pieces(cell["elements"][0])
    return f"<td>{inside}</td>"


def _input(block: Mapping[str, Any]) -> str:
    element = block["element"]
    value = element.get("initial_value") or element.get("initial_option", {}).get("text", {}).get("text", "")
    shown = html.escape(value) + (" ▾" if element["type"] == "static_select" else "")
    optional = " <i>(optional)</i>" if block["optional"] else ""
    hint = f'<div class="hint">{_text(block["hint"])}</div>' if "hint" in block else ""
    many = " many" if element.get("multiline") else ""
    return f'<div class="label">{_text(block["label"])}{optional}</div><div class="input{many}">{shown}</div>{hint}'


def _button(button: Mapping[str, Any]) -> str:
    return f'<span class="btn {button.get("style", "")}">{html.escape(button["text"]["text"])}</span>'


def _rich(element: Mapping[str, Any]) -> str:
    if element["type"] == "rich_text_preformatted":
        return f"<pre>{_pieces(element)}</pre>"
    return f'<div class="b">{_pieces(element)}</div>'


def _pieces(element: Mapping[str, Any]) -> str:
    return "".join(_piece(one) for one in element["elements"])


def _piece(one: Mapping[str, Any]) -> str:
    if one["type"] == "user":
        return f'<span class="ping">@{NAMES.get(one["user_id"], one["user_id"])}</span>'
    text = html.escape(one["text"])
    if one["type"] == "link":
        return f'<a href="{html.escape(one["url"])}">{text}</a>'
    for style, tag in (("bold", "b"), ("strike", "s"), ("code", "code")):
        if one.get("style", {}).get(style):
            text = f"<{tag}>{text}</{tag}>"
    return text


def _text(text: Mapping[str, Any]) -> str:
    if text["type"] == "plain_text":
        return html.escape(text["text"])
    written = re.sub(r"<@(\w+)>", lambda m: f"\0{NAMES.get(m.group(1), m.group(1))}\1", text["text"])
    written = re.sub(r"(?:^|(?<=[\s(]))\*([^*\n]+)\*(?=[\s,.;!?]|$)", r"<b>\1</b>", written, flags=re.MULTILINE)
    written = re.sub(r"(?:^|(?<=[\s(]))`([^`\n]+)`(?=[\s,.;!?]|$)", r"<code>\1</code>", written, flags=re.MULTILINE)
    return written.replace("\0", '<span class="ping">@').replace("\1", "</span>")
