"""What stands in the fake Feishu: its app, people, chats, messages, and what the app was told. Knows no wire."""

from __future__ import annotations

import json
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.feishu.cards import Seen, faults, seen

Json = dict[str, Any]

SCOPES: Final = frozenset(
    {
        *("im:message", "im:message:send_as_bot", "im:message:update", "im:message:readonly", "im:resource"),
        *("im:chat:readonly", "contact:user.base:readonly"),
    }
)
QPS: Final = 5
"""Posts to one chat or person, and edits of one message, in any second."""
EDIT_S: Final = 14 * 24 * 3600
UUID_S: Final = 3600


class ApiError(Exception):
    """Say no as Feishu does: a code, a status, and heads where there are any."""

    def __init__(self, code: int, message: str, *, status: int = 400, **heads: str) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.heads = code, message, status, heads


@dataclass
class Message:
    """One message as it stands."""

    id: str
    chat: str
    sender: str
    """An account, or `bot`."""
    kind: str
    content: str
    at: float
    root: str = ""
    parent: str = ""
    thread: str = ""
    mentions: list[Json] = field(default_factory=list)
    only_for: str = ""
    edits: int = 0
    is_recalled: bool = False

    @property
    def card(self) -> Json:
        """The card that it is; empty for another kind."""
        return dict(json.loads(self.content)) if self.kind == "interactive" else {}

    @property
    def seen(self) -> Seen:
        """What people see of it."""
        return seen(self.card)


class World:
    """Everything together. Times are seconds since 1970."""

    def __init__(self) -> None:
        self.app_id = f"cli_{secrets.token_hex(8)}"
        self.app_secret = secrets.token_hex(16)
        self.encrypt_key = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(16)
        self.tenant = "tenant_shop"
        self.bot = f"ou_{secrets.token_hex(16)}"
        self.bot_name = "Drumbeat"
        self.scopes = set(SCOPES)
        self.people: dict[str, Json] = {}
        self.chats: dict[str, Json] = {}
        self.messages: dict[str, Message] = {}
        self.images: dict[str, int] = {}
        """Sizes of pictures, by key."""
        self.tokens: set[str] = set()
        self.token_s = 7200
        self.violations: list[str] = []
        self.pending_presses: set[str] = set()
        """Messages whose press was not answered yet: they may not be edited by a call."""
        self.calls: list[Json] = []
        self.age_s = 0.0
        """How much older everything is than it was made."""
        self._uuids: dict[str, tuple[float, str]] = {}
        self._paces: dict[str, list[float]] = defaultdict(list)

    def now(self) -> float:
        """Tell the time here."""
        return time.time()

    # -- people and chats -------------------------------------------------------------------------

    def add_person(self, name: str, *, is_here: bool = True, **about: Any) -> str:
        """Let somebody in, with a direct chat with the bot."""
        account = f"ou_{secrets.token_hex(16)}"
        direct = f"oc_{secrets.token_hex(16)}"
        self.people[account] = {"name": name, "open_id": account, "direct": direct, "is_here": is_here, **about}
        self.chats[direct] = {"chat_id": direct, "name": "", "chat_mode": "p2p", "members": [account], "has_bot": True}
        return account

    def add_chat(self, name: str, members: list[str], *, has_bot: bool = True, is_topics: bool = False) -> str:
        """Open a group."""
        id = f"oc_{secrets.token_hex(16)}"
        mode = "topic" if is_topics else "group"
        self.chats[id] = {"chat_id": id, "name": name, "chat_mode": mode, "members": list(members), "has_bot": has_bot}
        return id

    def direct(self, account: str) -> str:
        """Give somebody's chat with the bot."""
        return str(self.people[account]["direct"])

    def sees(self, account: str, chat: str) -> list[Message]:
        """Give what stands in a chat for one person, oldest first."""
        if account not in self.chats[chat]["members"]:
            return []
        found = [each for each in self.messages.values() if each.chat == chat and each.only_for in ("", account)]
        return [each for each in found if not each.is_recalled]

    def write(self, chat: str, sender: str, kind: str, content: str, **values: Any) -> Message:
        """Put a message where it belongs."""
        message = Message(f"om_{secrets.token_hex(16)}", chat, sender, kind, content, self.now(), **values)
        if self.chats[chat]["chat_mode"] == "topic" and not message.thread:
            message.thread = f"omt_{secrets.token_hex(8)}"
        self.messages[message.id] = message
        return message

    # -- what the app asks ---------------------------------------------------------------------------

    def token(self, body: Json) -> Json:
        """Give a token for the app's own credentials."""
        if (body.get("app_id"), body.get("app_secret")) != (self.app_id, self.app_secret):
            raise ApiError(10014, "app secret invalid", status=200)
        token = f"t-{secrets.token_hex(16)}"
        self.tokens.add(token)
        return {"tenant_access_token": token, "expire": self.token_s}

    def must(self, scope: str) -> None:
        """Look at the permission, which Feishu does before anything else."""
        if scope not in self.scopes:
            raise ApiError(99991672, f"Access denied. One of the following scopes is required: [{scope}].")

    def create(self, kind: str, body: Json) -> Json:
        """Post to a chat or a person."""
        self.must("im:message:send_as_bot")
        to = str(body.get("receive_id", ""))
        if kind == "open_id":
            if to not in self.people:
                raise ApiError(230001, "Your request contains an invalid request parameter: receive_id")
            if not self.people[to]["is_here"]:
                raise ApiError(230013, "Bot has NO availability to this user.")
        elif kind != "chat_id" or to not in self.chats:
            raise ApiError(230001, "Your request contains an invalid request parameter: receive_id")
        chat = self.direct(to) if kind == "open_id" else to
        return self._post(chat, body, lane=to)

    def reply(self, id: str, body: Json) -> Json:
        """Answer a message, in its thread if asked to."""
        self.must("im:message:send_as_bot")
        root = self._message(id)
        if root.is_recalled:
            raise ApiError(230011, "The message is recalled.")
        if body.get("reply_in_thread") is not True:
            return self._post(root.chat, body, root=root.root or root.id, parent=root.id)
        begun = self.messages[root.root] if root.root and root.thread else root
        begun.thread = begun.thread or f"omt_{secrets.token_hex(8)}"
        return self._post(root.chat, body, root=begun.id, parent=root.id, thread=begun.thread)

    def _post(self, chat: str, body: Json, *, lane: str = "", **values: str) -> Json:
        if not self.chats[chat]["has_bot"]:
            raise ApiError(230002, "The bot can not be outside the group.")
        uuid = body.get("uuid")
        if not isinstance(uuid, str) or not 0 < len(uuid) <= 50:
            self.violations.append(f"a post without a uuid: {uuid!r}")
        known = self._uuids.get(str(uuid))
        if known is not None and self.now() - known[0] < UUID_S:
            return self._shown(self.messages[known[1]])
        self._keep_pace(lane or chat)
        card = self._card(body)
        message = self.write(chat, "bot", "interactive", json.dumps(card, ensure_ascii=False), **values)
        self._uuids[str(uuid)] = (self.now(), message.id)
        return self._shown(message)

    def patch(self, id: str, body: Json) -> Json:
        """Edit a card."""
        self.must("im:message:update")
        message = self._message(id)
        if message.sender != "bot" or message.only_for:
            raise ApiError(230001, "This message can not be edited.")
        if message.is_recalled:
            raise ApiError(230011, "The message is recalled.")
        if self.now() + self.age_s - message.at > EDIT_S:
            raise ApiError(230031, "Message can only be modified within 14 days after sending.")
        if id in self.pending_presses:
            self.violations.append("a card was edited before its press was answered")
        self._keep_pace(id)
        message.content = json.dumps(self._card(body), ensure_ascii=False)
        message.edits += 1
        return {}

    def whisper(self, body: Json) -> Json:
        """Show a card to one person of a group."""
        self.must("im:message")
        chat, account = self.chats.get(str(body.get("chat_id"))), str(body.get("open_id"))
        if chat is None or body.get("msg_type") != "interactive":
            raise ApiError(230001, "invalid chat_id")
        if chat["chat_mode"] != "group" or not chat["has_bot"] or account not in chat["members"]:
            raise ApiError(18053, "the user or the bot is not in this group, or it is no ordinary one")
        if not self.people[account]["is_here"]:
            raise ApiError(18054, "the user is not online")
        self._keep_pace(chat["chat_id"])
        wrong = faults(body.get("card"))
        if wrong:
            raise self._refused(wrong)
        content = json.dumps(body["card"], ensure_ascii=False)
        message = self.write(chat["chat_id"], "bot", "interactive", content, only_for=account)
        return {"message_id": message.id}

    def image(self, fields: Json) -> Json:
        """Take a picture."""
        self.must("im:resource")
        content = fields.get("image", b"")
        if fields.get("image_type") != "message" or not isinstance(content, bytes) or not content:
            raise ApiError(234001, "Invalid request param.")
        if len(content) > 10 << 20:
            raise ApiError(234006, "The file size exceed the max value.")
        key = f"img_v3_{secrets.token_hex(8)}"
        self.images[key] = len(content)
        return {"image_key": key}

    def message(self, id: str) -> Json:
        """Give one message."""
        self.must("im:message:readonly")
        message = self._message(id)
        sender_type = "app" if message.sender == "bot" else "user"
        sender = {"id": self.app_id if message.sender == "bot" else message.sender, "sender_type": sender_type}
        mentions = [{**each, "id": each["id"]["open_id"], "id_type": "open_id"} for each in message.mentions]
        shown = {**self._shown(message), "sender": sender, "mentions": mentions, "deleted": message.is_recalled}
        return {"items": [shown]}

    def chat(self, id: str) -> Json:
        """Tell about a chat."""
        self.must("im:chat:readonly")
        chat = self.chats.get(id)
        if chat is None or not chat["has_bot"]:
            raise ApiError(232006, "Invalid chat_id.")
        return {"name": chat["name"], "chat_mode": chat["chat_mode"], "external": False}

    def user(self, id: str) -> Json:
        """Tell about a person."""
        self.must("contact:user.base:readonly")
        if id not in self.people:
            raise ApiError(41050, "no user authority error")
        about = self.people[id]
        return {
            "user": {
                name: about[name] for name in ("name", "open_id", "en_name", "email", "time_zone") if name in about
            }
        }

    def _message(self, id: str) -> Message:
        if id not in self.messages:
            raise ApiError(230001, "Your request contains an invalid request parameter: message_id")
        return self.messages[id]

    def _card(self, body: Json) -> Json:
        if body.get("msg_type", "interactive") != "interactive" or not isinstance(body.get("content"), str):
            raise ApiError(230001, "invalid msg_type or content")
        try:
            card: Json = json.loads(body["content"])
        except ValueError:
            raise ApiError(230001, "content is no JSON") from None
        wrong = faults(card)
        wrong += [f"no picture {key}" for key in (seen(card).images if not wrong else ()) if key not in self.images]
        if wrong:
            raise self._refused(wrong)
        return card

    def _refused(self, wrong: list[str]) -> ApiError:
        if not all(each.startswith("no picture") for each in wrong):
            self.violations.append(f"a card that is refused: {'; '.join(wrong)}")
        return ApiError(230099, f"Failed to create card content: {wrong[0]}")

    def _keep_pace(self, lane: str) -> None:
        now = self.now()
        times = self._paces[lane] = [at for at in self._paces[lane] if now - at < 1.0]
        if len(times) >= QPS:
            raise ApiError(230020, "This operation triggers the frequency limit.")
        times.append(now)

    def _shown(self, message: Message) -> Json:
        shown: Json = {"message_id": message.id, "chat_id": message.chat, "msg_type": message.kind}
        shown |= {"create_time": str(int(message.at * 1000)), "body": {"content": message.content}}
        links = {"root_id": message.root, "parent_id": message.parent, "thread_id": message.thread}
        return shown | {name: value for name, value in links.items() if value}
