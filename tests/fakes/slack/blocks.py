"""Block Kit as Slack takes it: what is wrong with blocks, what a person reads in them, what can be pressed.

The limits are those of docs.slack.dev/reference/block-kit. Written apart from the bot's renderer
on purpose, so that one can find the faults of the other. Characters are code points.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

from tests.fakes.record import Json

Surface = Literal["message", "modal", "home"]

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
MESSAGE_BLOCKS_CHARS: Final = 13_200
MARKDOWN_CHARS: Final = 12_000
TABLE_CHARS: Final = 10_000

TEXTS = {"type", "text", "emoji", "verbatim"}
FIELDS: Final[dict[str, set[str]]] = {
    "actions": {"elements"},
    "alert": {"text", "level"},
    "context": {"elements"},
    "context_actions": {"elements"},
    "divider": set(),
    "file": {"external_id", "source"},
    "header": {"text"},
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "dispatch_action", "hint", "optional"},
    "markdown": {"text"},
    "rich_text": {"elements"},
    "section": {"text", "fields", "accessory", "expand"},
    "table": {"rows", "column_settings"},
    "video": {
        "alt_text", "author_name", "description", "provider_icon_url", "provider_name", "thumbnail_url", "title",
        "title_url", "video_url",
    },
}  # fmt: skip
ONLY_IN_MESSAGES: Final = {"markdown", "table", "context_actions", "file"}
PICKS: Final = {"focus_on_load", "confirm", "placeholder"}
ELEMENTS: Final[dict[str, set[str]]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "checkboxes": {"options", "initial_options", "confirm", "focus_on_load"},
    "channels_select": PICKS | {"initial_channel", "response_url_enabled"},
    "conversations_select": PICKS
    | {"initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"},
    "datepicker": PICKS | {"initial_date"},
    "datetimepicker": {"initial_date_time", "confirm", "focus_on_load"},
    "email_text_input": PICKS | {"initial_value", "dispatch_action_config"},
    "external_select": PICKS | {"initial_option", "min_query_length"},
    "feedback_buttons": {"positive_button", "negative_button"},
    "file_input": {"filetypes", "max_files"},
    "icon_button": {"icon", "text", "value", "confirm", "accessibility_label", "visible_to_user_ids"},
    "image": {"image_url", "slack_file", "alt_text"},
    "multi_channels_select": PICKS | {"initial_channels", "max_selected_items"},
    "multi_conversations_select": PICKS
    | {"initial_conversations", "default_to_current_conversation", "max_selected_items", "filter"},
    "multi_external_select": PICKS | {"initial_options", "min_query_length", "max_selected_items"},
    "multi_static_select": PICKS | {"options", "option_groups", "initial_options", "max_selected_items"},
    "multi_users_select": PICKS | {"initial_users", "max_selected_items"},
    "number_input": PICKS | {"is_decimal_allowed", "initial_value", "min_value", "max_value", "dispatch_action_config"},
    "overflow": {"options", "confirm"},
    "plain_text_input": PICKS | {"initial_value", "multiline", "min_length", "max_length", "dispatch_action_config"},
    "radio_buttons": {"options", "initial_option", "confirm", "focus_on_load"},
    "rich_text_input": PICKS | {"initial_value", "dispatch_action_config"},
    "static_select": PICKS | {"options", "option_groups", "initial_option"},
    "timepicker": PICKS | {"initial_time", "timezone"},
    "url_text_input": PICKS | {"initial_value", "dispatch_action_config"},
    "users_select": PICKS | {"initial_user"},
    "workflow_button": {"text", "workflow", "style", "accessibility_label"},
}
TYPED: Final = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
IN_INPUT: Final = set(ELEMENTS) - {
    "button", "image", "overflow", "feedback_buttons", "icon_button", "workflow_button",
}  # fmt: skip
IN_ACTIONS: Final = set(ELEMENTS) - TYPED - {"image", "feedback_buttons", "icon_button", "file_input"}
IN_SECTION: Final = IN_ACTIONS | {"image"}


class Inspector:
    """Goes through one payload and notes every fault with the JSON pointer to it."""

    def __init__(self, surface: Surface, *, has_file: Callable[[str], bool] = lambda _: True) -> None:
        self.surface = surface
        self.faults: list[str] = []
        self._has_file = has_file
        self._block_ids: set[str] = set()
        self._action_ids: set[str] = set()
        self._markdown_chars = 0
        self._tables = 0
        self._focused = 0

    def blame(self, fault: str, at: str) -> None:
        """Note a fault in Slack's words."""
        self.faults.append(f"[ERROR] {fault} [json-pointer:{at}]")

    def inspect(self, blocks: object, at: str = "/blocks") -> None:
        """Go through a list of blocks."""
        if not isinstance(blocks, list):
            self.blame("must be an array", at)
            return
        most = MESSAGE_BLOCKS if self.surface == "message" else VIEW_BLOCKS
        if len(blocks) > most:
            self.blame(f"no more than {most} items allowed", at)
        for index, block in enumerate(blocks):
            self._block(block, f"{at}/{index}")
        if self._focused > 1:
            self.blame("only one element may have focus_on_load", at)

    def _block(self, block: object, at: str) -> None:
        if not isinstance(block, dict):
            self.blame("must be an object", at)
            return
        kind = block.get("type")
        if kind not in FIELDS or (self.surface != "message" and kind in ONLY_IN_MESSAGES):
            self.blame(f"unsupported type: {kind}", f"{at}/type")
            return
        self._only(block, FIELDS[kind] | {"type", "block_id"}, at)
        block_id = block.get("block_id")
        if block_id is not None:
            self._string(block_id, f"{at}/block_id", most=255)
            if block_id in self._block_ids:
                self.blame(f'block_id "{block_id}" already exists', f"{at}/block_id")
            self._block_ids.add(block_id)
        self._action_ids = set()
        inspect = getattr(self, f"_{kind}", None)
        if inspect is not None:
            inspect(block, at)

    # The blocks, one method each, named after the type.

    def _section(self, block: Json, at: str) -> None:
        if "text" not in block and not block.get("fields"):
            self.blame("missing required field: text or fields", at)
        if "text" in block:
            self._text(block["text"], f"{at}/text", most=3_000)
        for index, field in enumerate(self._items(block, "fields", at, most=10)):
            self._text(field, f"{at}/fields/{index}", most=2_000)
        if "accessory" in block:
            self._element(block["accessory"], f"{at}/accessory", IN_SECTION)

    def _header(self, block: Json, at: str) -> None:
        self._plain(block.get("text"), f"{at}/text", most=150)

    def _markdown(self, block: Json, at: str) -> None:
        text = block.get("text")
        self._string(text, f"{at}/text", most=MARKDOWN_CHARS)
        self._markdown_chars += len(text) if isinstance(text, str) else 0
        if self._markdown_chars > MARKDOWN_CHARS:
            self.blame(f"markdown blocks hold at most {MARKDOWN_CHARS} characters together", at)

    def _context(self, block: Json, at: str) -> None:
        for index, element in enumerate(self._items(block, "elements", at, most=10, least=1)):
            if isinstance(element, dict) and element.get("type") == "image":
                self._element(element, f"{at}/elements/{index}", {"image"})
            else:
                self._text(element, f"{at}/elements/{index}", most=3_000)

    def _actions(self, block: Json, at: str) -> None:
        for index, element in enumerate(self._items(block, "elements", at, most=25, least=1)):
            self._element(element, f"{at}/elements/{index}", IN_ACTIONS)

    def _context_actions(self, block: Json, at: str) -> None:
        for index, element in enumerate(self._items(block, "elements", at, most=5, least=1)):
            self._element(element, f"{at}/elements/{index}", {"feedback_buttons", "icon_button"})

    def _image(self, block: Json, at: str) -> None:
        if ("image_url" in block) == ("slack_file" in block):
            self.blame("exactly one of image_url and slack_file is required", at)
        if "image_url" in block:
            self._url(block["image_url"], f"{at}/image_url")
        if "slack_file" in block:
            self._slack_file(block["slack_file"], f"{at}/slack_file")
        self._string(block.get("alt_text"), f"{at}/alt_text", most=2_000, least=0)
        if "title" in block:
            self._plain(block["title"], f"{at}/title", most=2_000)

    def _slack_file(self, file: object, at: str) -> None:
        name = file.get("id") or file.get("url") if isinstance(file, dict) else None
        if not isinstance(name, str) or not self._has_file(name):
            self.blame("invalid slack file", at)

    def _input(self, block: Json, at: str) -> None:
        self._plain(block.get("label"), f"{at}/label", most=2_000)
        if "hint" in block:
            self._plain(block["hint"], f"{at}/hint", most=2_000)
        self._element(block.get("element"), f"{at}/element", IN_INPUT)

    def _table(self, block: Json, at: str) -> None:
        self._tables += 1
        if self._tables > 1:
            self.blame("only_one_table_allowed", at)
        for row_index, row in enumerate(self._items(block, "rows", at, most=100, least=1)):
            if not isinstance(row, list) or not 1 <= len(row) <= 20:
                self.blame("a row has 1 to 20 cells", f"{at}/rows/{row_index}")
                continue
            for index, cell in enumerate(row):
                self._cell(cell, f"{at}/rows/{row_index}/{index}")
        if sum(map(len, _strings(block))) > TABLE_CHARS:
            self.blame(f"a table holds at most {TABLE_CHARS} characters", at)
        self._items(block, "column_settings", at, most=20)

    def _cell(self, cell: object, at: str) -> None:
        kind = cell.get("type") if isinstance(cell, dict) else None
        if not isinstance(cell, dict) or kind not in ("raw_text", "rich_text", "raw_number"):
            self.blame(f"unsupported type: {kind}", at)
        elif kind == "raw_text":
            self._string(cell.get("text"), f"{at}/text", most=TABLE_CHARS)
        elif kind == "rich_text":
            self._rich_text(cell, at)

    def _rich_text(self, block: Json, at: str) -> None:
        for index, element in enumerate(self._items(block, "elements", at, most=1_000)):
            self._rich(element, f"{at}/elements/{index}", top=True)

    def _rich(self, element: object, at: str, *, top: bool) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        boxes = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
        leaves = {"text", "user", "channel", "link", "emoji", "date", "broadcast", "usergroup", "color", "team"}
        if not isinstance(element, dict) or kind not in (boxes if top else boxes | leaves):
            self.blame(f"unsupported type: {kind}", f"{at}/type")
        elif kind in boxes:
            for index, inner in enumerate(self._items(element, "elements", at, most=10_000)):
                self._rich(inner, f"{at}/elements/{index}", top=False)
        elif kind == "text":
            self._string(element.get("text"), f"{at}/text", most=40_000)
        elif kind == "link":
            self._string(element.get("url"), f"{at}/url", most=40_000)

    # Elements.

    def _element(self, element: object, at: str, allowed: set[str]) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if not isinstance(element, dict) or kind not in allowed or kind not in ELEMENTS:
            self.blame(f"unsupported type: {kind}", f"{at}/type")
            return
        self._only(element, ELEMENTS[kind] | {"type", "action_id"}, at)
        if kind == "image":
            self._image(element, at)
            return
        self._action_id(element, at)
        self._focused += bool(element.get("focus_on_load"))
        if kind in ("button", "workflow_button"):
            self._button(element, at)
        if "placeholder" in element:
            self._plain(element["placeholder"], f"{at}/placeholder", most=150)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{at}/confirm")
        if "options" in ELEMENTS[kind]:
            self._choices(element, at)
        if kind in TYPED:
            self._typed(element, at)
        if "initial_date" in element and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(element["initial_date"])):
            self.blame("must be a date as YYYY-MM-DD", f"{at}/initial_date")
        if "initial_time" in element and not re.fullmatch(r"\d\d:\d\d", str(element["initial_time"])):
            self.blame("must be a time as HH:mm", f"{at}/initial_time")

    def _action_id(self, element: Json, at: str) -> None:
        action_id = element.get("action_id")
        if action_id is None:
            return
        self._string(action_id, f"{at}/action_id", most=255)
        if action_id in self._action_ids:
            self.blame(f'action_id "{action_id}" already exists in this block', f"{at}/action_id")
        self._action_ids.add(action_id)

    def _button(self, element: Json, at: str) -> None:
        self._plain(element.get("text"), f"{at}/text", most=75)
        if "url" in element:
            self._url(element["url"], f"{at}/url")
        if "value" in element:
            self._string(element["value"], f"{at}/value", most=2_000, least=0)
        if "accessibility_label" in element:
            self._string(element["accessibility_label"], f"{at}/accessibility_label", most=75)
        if element.get("style", "primary") not in ("primary", "danger"):
            self.blame("must be primary or danger", f"{at}/style")

    def _typed(self, element: Json, at: str) -> None:
        shortest, longest = element.get("min_length", 0), element.get("max_length", 3_000)
        if not (isinstance(shortest, int) and isinstance(longest, int) and 0 <= shortest <= longest <= 3_000):
            self.blame("lengths lie between 0 and 3000", at)
        elif element["type"] == "plain_text_input" and len(str(element.get("initial_value", ""))) > longest:
            self.blame(f"must be less than {longest + 1} characters", f"{at}/initial_value")

    def _choices(self, element: Json, at: str) -> None:
        kind = element["type"]
        most = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(kind, 100)
        if ("options" in element) == ("option_groups" in element):
            self.blame("exactly one of options and option_groups is required", at)
        if "options" in element:
            self._options(element, at, kind, most)
        for index, group in enumerate(self._items(element, "option_groups", at, most=100)):
            if isinstance(group, dict):
                self._plain(group.get("label"), f"{at}/option_groups/{index}/label", most=75)
                self._options(group, f"{at}/option_groups/{index}", kind, most)
        known = options_of(element)
        for name in ("initial_option", "initial_options"):
            given = element.get(name, [])
            for option in given if isinstance(given, list) else [given]:
                if option not in known:
                    self.blame("initial option is not among the options", f"{at}/{name}")
        if element.get("initial_options") == []:
            self.blame("no fewer than 1 items allowed", f"{at}/initial_options")

    def _options(self, holder: Json, at: str, kind: str, most: int) -> None:
        rich = kind in ("checkboxes", "radio_buttons")
        values = []
        for index, option in enumerate(self._items(holder, "options", at, most=most, least=1)):
            where = f"{at}/options/{index}"
            if not isinstance(option, dict):
                self.blame("must be an object", where)
                continue
            self._only(option, {"text", "value", "description", "url"}, where)
            (self._text if rich else self._plain)(option.get("text"), f"{where}/text", most=75)
            self._string(option.get("value"), f"{where}/value", most=150)
            if "description" in option:
                (self._text if rich else self._plain)(option["description"], f"{where}/description", most=75)
            values.append(option.get("value"))
        if len(values) != len(set(map(str, values))):
            self.blame("values of options must be unique", f"{at}/options")

    def _confirm(self, confirm: object, at: str) -> None:
        if not isinstance(confirm, dict):
            self.blame("must be an object", at)
            return
        self._plain(confirm.get("title"), f"{at}/title", most=100)
        self._text(confirm.get("text"), f"{at}/text", most=300)
        self._plain(confirm.get("confirm"), f"{at}/confirm", most=30)
        self._plain(confirm.get("deny"), f"{at}/deny", most=30)

    # The smallest parts.

    def _items(self, holder: Json, name: str, at: str, *, most: int, least: int = 0) -> list[object]:
        items = holder.get(name, [])
        if not isinstance(items, list):
            self.blame("must be an array", f"{at}/{name}")
            return []
        if len(items) > most:
            self.blame(f"no more than {most} items allowed", f"{at}/{name}")
        if len(items) < least:
            self.blame(f"no fewer than {least} items allowed", f"{at}/{name}")
        return items

    def _text(self, text: object, at: str, *, most: int) -> None:
        if not isinstance(text, dict):
            self.blame("missing required field: text", at)
            return
        self._only(text, TEXTS, at)
        if text.get("type") not in ("plain_text", "mrkdwn"):
            self.blame(f"unsupported type: {text.get('type')}", f"{at}/type")
        if "emoji" in text and text.get("type") != "plain_text":
            self.blame("invalid additional property: emoji", at)
        if "verbatim" in text and text.get("type") != "mrkdwn":
            self.blame("invalid additional property: verbatim", at)
        self._string(text.get("text"), f"{at}/text", most=most)

    def _plain(self, text: object, at: str, *, most: int) -> None:
        if isinstance(text, dict) and text.get("type") == "mrkdwn":
            self.blame("must be a valid enum value: plain_text", f"{at}/type")
        self._text(text, at, most=most)

    def _url(self, url: object, at: str) -> None:
        self._string(url, at, most=3_000)
        if isinstance(url, str) and not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url):
            self.blame("must be a valid URL", at)

    def _string(self, text: object, at: str, *, most: int, least: int = 1) -> None:
        if not isinstance(text, str):
            self.blame("must be a string", at)
        elif len(text) > most:
            self.blame(f"must be less than {most + 1} characters", at)
        elif len(text) < least:
            self.blame(f"must be more than {least - 1} characters", at)

    def _only(self, holder: Json, allowed: set[str], at: str) -> None:
        for name in holder.keys() - allowed:
            self.blame(f"invalid additional property: {name}", at)


def faults_of_view(view: object, *, has_file: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Say what is wrong with a view, in Slack's words."""
    kind = view.get("type") if isinstance(view, dict) else None
    if not isinstance(view, dict) or kind not in ("modal", "home"):
        return [f"[ERROR] unsupported type: {kind} [json-pointer:/view/type]"]
    inspector = Inspector("modal" if kind == "modal" else "home", has_file=has_file)
    inspector.inspect(view.get("blocks"), "/view/blocks")
    limits = {"private_metadata": 3_000, "callback_id": 255, "external_id": 255}
    for name, most in limits.items():
        if len(view.get(name) or "") > most:
            inspector.blame(f"must be less than {most + 1} characters", f"/view/{name}")
    has_input = any(block.get("type") == "input" for block in view.get("blocks") or [] if isinstance(block, dict))
    if kind == "modal":
        inspector._plain(view.get("title"), "/view/title", most=24)
        for name in ("submit", "close"):
            if view.get(name) is not None:
                inspector._plain(view[name], f"/view/{name}", most=24)
        if has_input and view.get("submit") is None:
            inspector.blame("missing required field: submit", "/view")
    return inspector.faults


# What a person sees and can do.


def text_of(message: Json) -> str:
    """Join all text that a person sees: of the blocks, or the fallback where there are none; attachments; files."""
    parts = []
    if message.get("blocks"):
        parts += [text for block in message["blocks"] for text in _strings(block)]
    elif message.get("text"):
        parts.append(message["text"])
    for attachment in message.get("attachments") or []:
        parts += [attachment[name] for name in ("pretext", "title", "text", "footer") if attachment.get(name)]
        parts += [text for block in attachment.get("blocks") or [] for text in _strings(block)]
    parts += [file.get("title") or file.get("name", "") for file in message.get("files") or []]
    return "\n".join(parts)


def text_of_view(view: Json) -> str:
    """Join all text of a view, with its title and the words of its buttons."""
    names = [view[name]["text"] for name in ("title", "submit", "close") if view.get(name)]
    return "\n".join(names + [text for block in view.get("blocks") or [] for text in _strings(block)])


SEEN: Final = ("text", "label", "title", "hint", "placeholder", "description", "alt_text", "initial_value")


def _strings(node: object) -> Iterator[str]:
    """Give the visible strings below a node, in reading order."""
    if isinstance(node, list):
        for item in node:
            yield from _strings(item)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind in LEAVES:
        yield LEAVES[kind](node)
        return
    if kind in RUNS:
        yield "".join(_strings(node.get("elements")))
        return
    for name in SEEN:
        if isinstance(value := node.get(name), str):
            yield value
        elif value is not None:
            yield from _strings(value)
    for name in ("fields", "elements", "rows", "accessory", "element", "options", "option_groups"):
        yield from _strings(node.get(name))


RUNS: Final = {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}
LEAVES: Final[dict[str, Callable[[Json], str]]] = {
    "user": lambda node: f"<@{node.get('user_id')}>",
    "channel": lambda node: f"<#{node.get('channel_id')}>",
    "usergroup": lambda node: f"<!subteam^{node.get('usergroup_id')}>",
    "broadcast": lambda node: f"<!{node.get('range')}>",
    "link": lambda node: str(node.get("text") or node.get("url")),
    "emoji": lambda node: f":{node.get('name')}:",
    "date": lambda node: str(node.get("fallback") or node.get("timestamp")),
}

PING: Final = re.compile(r"<(@[UW][A-Z0-9]+|!channel|!here|!everyone|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>")


def pings_of(message: Json) -> list[str]:
    """Name whom a message pings: `@U…`, `!channel`, `!here`, `!everyone`, `!subteam^S…`, in order, each once.

    Read from everything that Slack parses: the fallback text, mrkdwn, Slack's markdown, and the nodes of rich text.
    """
    texts = [message.get("text") or ""]
    texts += [
        text for part in message.get("attachments") or [] for text in (part.get("text"), part.get("pretext")) if text
    ]
    found: list[str] = []
    for text in texts + list(_parsed(message.get("blocks"))):
        found += PING.findall(text)
    return list(dict.fromkeys(found))


def _parsed(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _parsed(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind in ("user", "usergroup", "broadcast"):
            yield LEAVES[kind](node)
        elif kind in ("mrkdwn", "markdown") and isinstance(node.get("text"), str):
            yield node["text"]
        elif kind not in ("plain_text", "raw_text"):
            for value in node.values():
                yield from _parsed(value)


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Give each interactive element with its block, in reading order."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in ELEMENTS and element["type"] != "image":
                yield block, element


def options_of(element: Json) -> list[Json]:
    """Give the options of a select, those of its groups included."""
    groups = element.get("option_groups") or []
    options = list(element.get("options") or [])
    return options + [option for group in groups if isinstance(group, dict) for option in group.get("options") or []]


def label_of(block: Json, element: Json) -> str:
    """Give what a person would call this element."""
    for holder, name in ((element, "text"), (block, "label"), (element, "placeholder"), (block, "text")):
        if block.get("type") != "input" and holder is block and name == "label":
            continue
        if isinstance(text := holder.get(name), dict):
            return str(text.get("text", ""))
    return ""


def has_state(element: Json) -> bool:
    """Say whether something can be typed or chosen in it, so that it stands among the values of the state."""
    return element["type"] in TYPED or (element["type"] in SELECTED and element["type"] != "overflow")


def state_of(element: Json) -> Json:
    """Give the state of an element that nobody touched."""
    kind = element["type"]
    if kind in TYPED:
        return {"type": kind, "value": element.get("initial_value")}
    for name in ("option", "options", "user", "users", "channel", "channels", "conversation", "conversations"):
        if f"initial_{name}" in element:
            return {"type": kind, f"selected_{name}": element[f"initial_{name}"]}
    for name in ("date", "time", "date_time"):
        if f"initial_{name}" in element:
            return {"type": kind, f"selected_{name}": element[f"initial_{name}"]}
    return {"type": kind, SELECTED[kind]: [] if SELECTED[kind].endswith("s") else None}


SELECTED: Final = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}


class CannotChoose(Exception):
    """Say what a person would have to do otherwise."""


def chosen(element: Json, value: object) -> Json:
    """Give the state of an element once a person chose or typed this; options by label or by value.

    Raises:
        CannotChoose: with what there is to choose from, or what Slack's client would not take.
    """
    kind = element["type"]
    if kind in TYPED:
        text = str(value)
        if len(text) > element.get("max_length", 3_000) or len(text) < element.get("min_length", 0):
            raise CannotChoose(f"the client takes no {len(text)} characters here")
        return {"type": kind, "value": text or None}
    slot = SELECTED[kind]
    if slot == "selected_option":
        return {"type": kind, slot: None if value is None else _option(element, value)}
    if slot == "selected_options":
        return {"type": kind, slot: [_option(element, one) for one in value] if isinstance(value, list) else []}
    return {"type": kind, slot: value}


def _option(element: Json, wanted: object) -> Json:
    options = options_of(element)
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return option
    raise CannotChoose(f"no option {wanted!r} among {[option['text']['text'] for option in options]}")


def is_empty(state: Json) -> bool:
    """Say whether an input was left empty."""
    return not any(value for name, value in state.items() if name != "type")
