"""Reading what goes to Slack as Slack reads it, written from its documentation and not from our renderer.

`read` gives every text that is seen, in reading order, with all that is alive in it; `faults` holds a
payload against each documented limit. Where the documentation leaves room this parser is the more
suspicious: any two marks on a line count as formatting, any `:word:` as an emoji.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.adapters.hostile import cleaned, is_unseen

__all__ = ["Seen", "cleaned", "faults", "is_unseen", "read", "read_mrkdwn", "read_object"]

Payload = Mapping[str, Any]
Styled = tuple[str, str]

TOKEN = re.compile(r"<([^<>\n]*)>")
EMOJI = re.compile(r":[^\s:<>]+:")
BARE_ADDRESS = re.compile(r"\bhttps?://\S+|\bwww\.\S+|\b\S+@\S+\.\w+", re.IGNORECASE)
BARE_BROADCAST = re.compile(r"@(?:channel|here|everyone)\b", re.IGNORECASE)
FORMATS = {"bold": r"\*([^*\n]+)\*", "strike": r"~([^~\n]+)~", "italic": r"_([^_\n]+)_", "code": r"`([^`\n]+)`"}


@dataclass
class Seen:
    """One text as it is seen, and what is alive in it."""

    where: str
    text: str = ""
    """What the reader sees; a mention as `@` and the account."""
    mentions: list[str] = field(default_factory=list)
    broadcasts: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """Address and label."""
    emoji: list[str] = field(default_factory=list)
    styles: list[Styled] = field(default_factory=list)
    misfits: list[str] = field(default_factory=list)
    """Formatting that Slack would show as marks, because it touches another letter."""
    quotes: int = 0

    @property
    def lines(self) -> list[str]:
        """What is seen, line by line."""
        return re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", self.text)

    @property
    def is_inert(self) -> bool:
        """Tell whether nothing in it is more than words."""
        return not any(
            (
                self.mentions,
                self.broadcasts,
                self.channels,
                self.dates,
                self.links,
                self.emoji,
                self.styles,
                self.quotes,
            )
        )


def read(payload: Payload) -> Iterator[Seen]:
    """Read a message (`text`, `blocks`, `attachments`) or a view, in the order of the eye."""
    for key in ("title", "submit", "close"):
        if key in payload:
            yield read_object(payload[key], key)
    yield from read_blocks(payload.get("blocks") or ())
    for attachment in payload.get("attachments") or ():
        yield from read_blocks(attachment["blocks"])
    if payload.get("type") not in ("modal", "home"):
        yield read_mrkdwn(payload["text"], "fallback", is_formatted=False)


def read_blocks(blocks: Sequence[Payload]) -> Iterator[Seen]:
    """Read the texts of blocks."""
    for block in blocks:
        kind = block["type"]
        if kind == "rich_text":
            yield from (read_rich(element) for element in block["elements"])
        elif kind == "table":
            yield from (_cell(cell) for row in block["rows"] for cell in row)
        elif kind == "image":
            yield Seen("alt", block["alt_text"])
        elif kind == "input":
            yield from _input(block)
        else:
            yield from _plain_block(block)


def _plain_block(block: Payload) -> Iterator[Seen]:
    if "text" in block:
        yield read_object(block["text"], block["type"])
    for one in block.get("fields", ()):
        yield read_object(one, "field")
    for element in (*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])):
        yield read_object(element["text"], "button") if element["type"] == "button" else read_object(element, "context")


def _cell(cell: Payload) -> Seen:
    return Seen("cell", cell["text"]) if cell["type"] == "raw_text" else read_rich(cell["elements"][0], "cell")


def _input(block: Payload) -> Iterator[Seen]:
    yield read_object(block["label"], "label")
    element = block["element"]
    groups = element.get("option_groups", ())
    for option in (*element.get("options", ()), *(option for group in groups for option in group["options"])):
        yield read_object(option["text"], "option")
    if "hint" in block:
        yield read_object(block["hint"], "hint")


def read_object(text: Payload, where: str) -> Seen:
    """Read a text object, by its type."""
    if text["type"] == "mrkdwn":
        return read_mrkdwn(text["text"], where, is_verbatim=text.get("verbatim", False))
    assert text["type"] == "plain_text", text
    emoji = EMOJI.findall(text["text"]) if text.get("emoji", True) else []
    return Seen(where, text["text"], emoji=emoji)


def read_rich(element: Payload, where: str = "rich") -> Seen:
    """Read one element of rich text: a section, or something set off."""
    seen = Seen(where if element["type"] == "rich_text_section" else element["type"])
    for one in element["elements"]:
        kind = one["type"]
        if kind == "text":
            seen.text += one["text"]
            seen.styles += [(style, one["text"]) for style, on in one.get("style", {}).items() if on]
        elif kind == "user":
            seen.text += f"@{one['user_id']}"
            seen.mentions.append(one["user_id"])
        elif kind == "link":
            seen.text += one.get("text") or one["url"]
            seen.links.append((one["url"], one.get("text") or one["url"]))
        elif kind == "emoji":
            seen.emoji.append(one["name"])
        elif kind == "channel":
            seen.channels.append(one["channel_id"])
        elif kind == "date":
            seen.dates.append(one["format"])
        else:
            seen.broadcasts.append(kind)
    return seen


def read_mrkdwn(text: str, where: str, *, is_verbatim: bool = True, is_formatted: bool = True) -> Seen:
    """Read mrkdwn: steering between angle brackets, entities, and formatting if it is on."""
    seen = Seen(where)
    bare: list[str] = []
    at = 0
    for token in TOKEN.finditer(text):
        bare.append(text[at : token.start()])
        bare.append(_steer(token.group(1), seen))
        at = token.end()
    bare.append(text[at:])
    words = "".join(bare)
    if not is_verbatim:
        seen.links += [(found, found) for found in BARE_ADDRESS.findall(words)]
        seen.broadcasts += BARE_BROADCAST.findall(words)
    if is_formatted:
        seen.emoji += EMOJI.findall(words)
        seen.quotes = sum(bool(re.match(r"\s*(>|&gt;)", line)) for line in words.split("\n"))
        for style, pattern in FORMATS.items():
            words = re.sub(pattern, lambda found, style=style: _format(found, style, seen), words)  # type: ignore[misc]
    seen.text = _decoded(words)
    return seen


def _steer(token: str, seen: Seen) -> str:
    target, _, label = token.partition("|")
    if re.fullmatch(r"@[UW]\w+", target):
        seen.mentions.append(target[1:])
        return target
    if target.startswith("#"):
        seen.channels.append(target[1:])
    elif target.startswith("!date"):
        seen.dates.append(token)
    elif target.startswith(("!", "@")):
        seen.broadcasts.append(token)
    else:
        seen.links.append((_decoded(target), _decoded(label or target)))
    return label or target


def _format(found: re.Match[str], style: str, seen: Seen) -> str:
    inside = found.group(1)
    seen.styles.append((style, _decoded(inside)))
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if inside != inside.strip() or not all(not side or side.isspace() or side in ",.;!?" for side in (before, after)):
        seen.misfits.append(inside)
    return inside


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# What deceives the eye, told letter by letter.


# Limits.

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}


class Faults(list[str]):
    """Collect what is wrong."""

    def length(self, what: str, text: Any, most: int, *, least: int = 1) -> None:
        """Note a text that is no text, too long, too short, or that no wire can carry."""
        if not isinstance(text, str):
            self.append(f"{what} is no text: {text!r}")
            return
        size = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if not least <= size <= most:
            self.append(f"{what} has {size} units, not {least} to {most}")
        if least and not text.strip():
            self.append(f"{what} shows nothing")
        if re.search("[\ud800-\udfff]", text):
            self.append(f"{what} has half a letter")

    def many(self, what: str, things: Any, most: int, *, least: int = 1) -> None:
        """Note too many things, or too few."""
        if not least <= len(things) <= most:
            self.append(f"{what}: {len(things)}, not {least} to {most}")

    def text(self, what: str, value: Any, most: int, *, is_plain: bool = False) -> None:
        """Note a text object out of bounds."""
        if value.get("type") not in (("plain_text",) if is_plain else ("plain_text", "mrkdwn")):
            self.append(f"{what} may not be {value.get('type')}")
        self.length(what, value.get("text"), most)


def faults(payload: Payload, surface: Surface = "message") -> list[str]:
    """Hold a payload against every documented limit, and give what is wrong."""
    found = Faults()
    blocks = list(payload["blocks"])
    for attachment in payload.get("attachments") or ():
        if not re.fullmatch(r"#[0-9a-f]{6}", attachment["color"]):
            found.append("colour")
        found.many("blocks of an attachment", attachment["blocks"], 5)
        blocks += attachment["blocks"]
    found.many("blocks", blocks, MOST_BLOCKS[surface], least=0)
    if surface == "message":
        found.length("fallback text", payload["text"], 4_000)
        if sum(block["type"] == "table" for block in blocks) > 1:
            found.append("two tables")
    if surface == "modal":
        found.text("title", payload["title"], 24, is_plain=True)
        found.text("submit", payload["submit"], 24, is_plain=True)
        found.length("private_metadata", payload["private_metadata"], 3000)
        found.length("callback_id", payload["callback_id"], 255)
    for block in blocks:
        _block(block, surface, found)
    total = sum(_weigh(block) for block in blocks)
    if surface == "message" and total > 13_200:
        found.append(f"{total} characters in all blocks")
    if surface != "message" and len(json.dumps(payload)) > 250_000:
        found.append("a view of more than 250 KB")
    for name in ("action_id", "block_id"):
        ids = [one for one in _values(blocks, name) if surface != "modal" or name == "block_id"]
        if len(set(ids)) < len(ids):
            found.append(f"{name} twice")
        for one in ids:
            found.length(name, one, 255)
    return found


def _block(block: Payload, surface: Surface, found: Faults) -> None:
    kind = block["type"]
    if kind == "header":
        found.text("header", block["text"], 150, is_plain=True)
    elif kind == "section":
        _section(block, found)
    elif kind == "context":
        found.many("context", block["elements"], 10)
        for one in block["elements"]:
            found.text("context text", one, 3000)
    elif kind == "actions":
        found.many("actions", block["elements"], 25)
        for one in block["elements"]:
            _button(one, found)
    elif kind == "image":
        found.length("alt_text", block["alt_text"], 2000)
        found.length("file id", block["slack_file"]["id"], 3000)
    elif kind == "rich_text":
        found.many("rich text", block["elements"], 100)
        for one in block["elements"]:
            _rich(one, found)
    elif kind == "table" and surface == "message":
        _table(block, found)
    elif kind == "input" and surface == "modal":
        _asked(block, found)
    elif kind != "divider":
        found.append(f"{kind} in a {surface}")


def _section(block: Payload, found: Faults) -> None:
    if "text" not in block and "fields" not in block:
        found.append("a section without text")
    if "text" in block:
        found.text("section", block["text"], 3000)
    if "fields" in block:
        found.many("fields", block["fields"], 10)
        for one in block["fields"]:
            found.text("field", one, 2000)
    if "accessory" in block:
        _button(block["accessory"], found)


def _button(button: Payload, found: Faults) -> None:
    found.text("button", button["text"], 75, is_plain=True)
    found.length("value", button["value"], 2000)
    if button.get("style", "primary") not in ("primary", "danger"):
        found.append("style")
    if "action_id" not in button:
        found.append("a button without action_id")


def _rich(element: Payload, found: Faults) -> None:
    found.many("pieces of rich text", element["elements"], 1000)
    for one in element["elements"]:
        if one["type"] in ("text", "link"):
            text = one["text"]
            if not text or re.search("[\ud800-\udfff]", text):
                found.append(f"a piece of rich text: {text!r}")
        if one["type"] == "link":
            found.length("address", one["url"], 3000)


def _table(block: Payload, found: Faults) -> None:
    found.many("rows", block["rows"], 100)
    found.many("column_settings", block.get("column_settings", [{}]), 20)
    for row in block["rows"]:
        found.many("columns", row, 20)
        for cell in row:
            if cell["type"] == "raw_text":
                found.length("cell", cell["text"], 3000)
            else:
                _rich(cell["elements"][0], found)
    if len({len(row) for row in block["rows"]}) > 1:
        found.append("a ragged table")


def _asked(block: Payload, found: Faults) -> None:
    found.text("label", block["label"], 2000, is_plain=True)
    if "hint" in block:
        found.text("hint", block["hint"], 2000, is_plain=True)
    element = block["element"]
    groups = element.get("option_groups", [])
    options = element.get("options", [])
    if element["type"] == "static_select":
        found.many("options", groups or options, 100)
    for group in groups:
        found.text("group", group["label"], 75, is_plain=True)
        found.many("options of a group", group["options"], 100)
    every = [*options, *(option for group in groups for option in group["options"])]
    for option in every:
        found.text("option", option["text"], 75, is_plain=True)
        found.length("option value", option["value"], 150)
    if "initial_option" in element and element["initial_option"] not in every:
        found.append("an initial option that is none")
    if "initial_value" in element:
        found.length("initial value", element["initial_value"], 3000, least=0)


def _weigh(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(
            len(each) if key in ("text", "alt_text") and isinstance(each, str) else _weigh(each)
            for key, each in value.items()
        )
    return sum(_weigh(each) for each in value) if isinstance(value, list) else 0


def _values(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if name in value:
            yield value[name]
        for each in value.values():
            yield from _values(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each, name)
