"""DingTalk's messages and cards as HTML that looks like DingTalk, for looking at."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.dingtalk.render import Markdown, Template

STYLE = (Path(__file__).parent / "dingtalk.css").read_text("utf-8")
COLOUR = {"green": "#15bc83", "yellow": "#ffb020", "red": "#ff5219", "": "#007fff"}


def draw(message: Markdown, names: Mapping[str, str]) -> str:
    """Draw a message, each of its pieces in a bubble."""
    bubbles = "".join(f'<div class="bubble">{_markdown(text, message.at, names)}</div>' for text in message.texts)
    return _frame(bubbles, f"<i>{html.escape(message.title)}</i>")


def draw_card(variables: Mapping[str, str] | None, template: Template) -> str:
    """Draw a card as the template of the documents shows it."""
    if variables is None:
        return '<div class="dt none">—</div>'
    numbers = range(1, template.buttons + 1)
    labels = [html.escape(label) for n in numbers if (label := variables[f"{template.button}{n}"])]
    buttons = "".join(f'<span class="btn">{label}</span>' for label in labels)
    bar = f'<div class="bar" style="background:{COLOUR[variables[template.colour]]}"></div>'
    title = f'<div class="title">{html.escape(variables[template.title])}</div>'
    body = _markdown(variables[template.body], (), {})
    return _frame(f'<div class="bubble card">{bar}{title}{body}<div class="buttons">{buttons}</div></div>', "")


def _frame(inside: str, headline: str) -> str:
    head = f'<div class="by">鼓点 <b>机器人</b>{headline}</div>'
    return f'<div class="dt"><div class="face">鼓</div><div class="body">{head}{inside}</div></div>'


def _markdown(text: str, at: Sequence[str], names: Mapping[str, str]) -> str:
    return "".join(_block(block, at, names) for block in re.split(r"\n{2,}", text) if block.strip())


def _block(block: str, at: Sequence[str], names: Mapping[str, str]) -> str:
    if block == "---":
        return "<hr>"
    if heading := re.match(r"(#{1,6}) ", block):
        return f"<h3>{_inline(block[heading.end() :], at, names)}</h3>"
    if block.startswith("> "):
        return f"<blockquote>{_inline(block[2:], at, names)}</blockquote>"
    if block.startswith("- "):
        rows = re.split(r"\n(?=- )", block)
        return f"<ul>{''.join(f'<li>{_inline(row[2:], at, names)}</li>' for row in rows)}</ul>"
    return f"<p>{_inline(block, at, names)}</p>"


def _inline(text: str, at: Sequence[str], names: Mapping[str, str]) -> str:
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{html.escape(piece[1:-1])}</code>" if piece.startswith("`") else _words(piece, at, names)
        for piece in pieces
    )


def _words(text: str, at: Sequence[str], names: Mapping[str, str]) -> str:
    text = html.escape(text, quote=False).replace("  \n", "<br>")
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r'<span class="pic">\1</span>', text)
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    for account in at:
        text = text.replace(f"@{account}", f'<span class="ping">@{html.escape(names.get(account, account))}</span>')
    return text
