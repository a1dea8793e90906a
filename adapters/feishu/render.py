"""A reply as a Feishu card, JSON 2.0. Pure: shapes in, shapes out.

One card carries everything: title and health as its head, then the parts, the buttons and the form, for
Feishu has no modal. What is cut and cleaned is told in adapters/text.py, how lines are written in
markdown.py, and how parts become elements in card.py.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from adapters.feishu.card import TITLE_CHARS, Body, Room
from adapters.feishu.markdown import spans_of, words
from adapters.spans import bold
from adapters.text import cut
from commands.core.event import Json
from commands.core.reply import Code, Health, Note, Reply, Text

Card: TypeAlias = dict[str, Json]

TEMPLATE: Final[Mapping[Health, str]] = {"green": "green", "yellow": "yellow", "red": "red"}
CARD_BYTES: Final = 28_000
"""Of a card inside its request, where 30 KB are the most; the rest is for what surrounds it."""
ELEMENTS: Final = 180
"""Feishu refuses more than 200 (300305), counted with all that stands inside others."""
SUMMARY_CHARS: Final = 100
ROOMS: Final = (
    Room(4000),
    Room(1000),
    Room(400),
    Room(200),
    Room(400, is_dense=True),
    Room(120, is_dense=True),
    Room(60, is_dense=True),
)


def message(
    reply: Reply,
    *,
    language: str,
    images: Mapping[int, str] | None = None,
    filled: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Card:
    """Draw a message.

    `images` gives the keys of uploaded pictures by their place in `reply.parts`; a picture without one is
    told in words. `filled` and `errors` draw the form once more as it was filled in, with what is wrong.
    The words are in their reader's language already; `language` comes back with what is pressed.

    Raises:
        ValueError: the form carries more than comes back.
    """
    card: Card = {}
    for room in ROOMS:
        card = _card(reply, room, language, images or {}, filled, errors or {})
        if fits(card):
            return card
    parts = len(reply.parts)
    while parts and not fits(card):  # the acts stay, whatever else must go
        parts = parts * 3 // 4
        shorter = replace(reply, parts=(*reply.parts[:parts], Note(("…",))))
        card = _card(shorter, ROOMS[-1], language, images or {}, filled, errors or {})
    return card


def fits(card: Card) -> bool:
    """Tell whether Feishu takes a card of this size."""
    return len(content_of(content_of(card)).encode()) <= CARD_BYTES and _count(card.get("body")) <= ELEMENTS


def content_of(value: Json) -> str:
    """Write a card as the text that a message's `content` is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _card(
    reply: Reply,
    room: Room,
    language: str,
    images: Mapping[int, str],
    filled: Mapping[str, str] | None,
    errors: Mapping[str, str],
) -> Card:
    body = Body(room, images, language=language)
    form = reply.form
    title = spans_of(reply.title or ((form.title,) if form else ()))
    has_head = is_plain_title = bool(words(title).strip())
    if any(span.url or span.account or span.look == "strike" for span in title):
        is_plain_title = has_head = False
        body.say(bold(title))
    for at, part in enumerate(reply.parts):
        body.part(at, part)
    body.buttons(reply.buttons)
    if form is not None:
        body.form(form, filled=filled, errors=errors)
        if not _is_told(reply, form.typed):
            body.typed(form.title, form.typed)
    if not body.elements:
        body.say(spans_of(("—",)) if not has_head else title)
    card: Card = {"schema": "2.0", "config": {"update_multi": True, "summary": {"content": _summary(reply)}}}
    if is_plain_title:
        head: Card = {"title": {"tag": "plain_text", "content": cut(words(title), TITLE_CHARS)}}
        card["header"] = {**head, "template": TEMPLATE[reply.health] if reply.health else "default"}
    return {**card, "body": {"elements": list(body.elements)}}


def _summary(reply: Reply) -> str:
    """Say it in one line, for the list of chats and for notifications; plain text."""
    title = reply.title or ((reply.form.title,) if reply.form else ())
    lines = [title, *(part.line for part in reply.parts if isinstance(part, Text | Note))]
    said = [each for line in lines if (each := words(spans_of(line)).strip())]
    return cut(" · ".join(said[:2]) or "—", SUMMARY_CHARS)


def _is_told(reply: Reply, typed: str) -> bool:
    """Tell whether a part says already what to type."""
    lines = [part.line for part in reply.parts if isinstance(part, Text | Note)]
    return any(isinstance(piece, Code) and piece.text == typed for line in lines for piece in line)


def _count(value: Json) -> int:
    """Count the elements, with those inside others; a text inside an element counts too."""
    if isinstance(value, Mapping):
        return ("tag" in value) + sum(_count(each) for each in value.values())
    return sum(_count(each) for each in value) if isinstance(value, list) else 0
