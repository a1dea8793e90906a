"""What people do in the fake Feishu, and the events that tell the app of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from tests.fakes.feishu.cards import seen
from tests.fakes.feishu.delivery import Deliveries, Delivery
from tests.fakes.feishu.world import Json, Message, World


class CannotDo(Exception):
    """Say why a person cannot do that."""


class People:
    """The hands of everybody."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries

    def say(
        self,
        account: str,
        chat: str,
        text: str,
        *,
        mentions: list[str] | None = None,
        under: str = "",
        quoting: str = "",
        kind: str = "text",
        content: Json | None = None,
        hears_all: bool = False,
    ) -> Delivery | None:
        """Say something; `{0}` in the text is the first of those mentioned, `{bot}` the bot.

        The app hears what is said in a direct chat or mentions it; all else only with `hears_all`, the sensitive
        permission. `under` puts it in the thread of a message, `quoting` quotes one.
        Without a chat it is said directly.
        """
        chat = chat or self._world.direct(account)
        named = [*(mentions or [])]
        is_bot_named = "{bot}" in text
        accounts = [*named, *([self._world.bot] if is_bot_named else [])]
        keys = {who: f"@_user_{number}" for number, who in enumerate(accounts, 1)}
        text = text.replace("{bot}", keys.get(self._world.bot, ""))
        for number, who in enumerate(named):
            text = text.replace(f"{{{number}}}", keys[who])
        places = [self._mention(who, key) for who, key in keys.items()]
        above: Json = {"mentions": places}
        if under or quoting:
            root = self._world.messages[under or quoting]
            above |= {"root": root.root or root.id, "parent": root.id}
            if under:
                root.thread = root.thread or f"omt_{secrets.token_hex(8)}"
                above["thread"] = root.thread
        written = json.dumps(content if content is not None else {"text": text}, ensure_ascii=False)
        message = self._world.write(chat, account, kind, written, **above)
        is_direct = self._world.chats[chat]["chat_mode"] == "p2p"
        return self._tell(message) if is_direct or is_bot_named or hears_all else None

    def _mention(self, account: str, key: str) -> Json:
        is_bot = account == self._world.bot
        name = self._world.bot_name if is_bot else self._world.people[account]["name"]
        ids = {"open_id": account, "union_id": f"on_{account[3:]}", "user_id": ""}
        return {"key": key, "id": ids, "name": name, "tenant_key": self._world.tenant}

    def _tell(self, message: Message) -> Delivery:
        sender = {
            "sender_id": self._ids(message.sender),
            "sender_type": "user",
            "tenant_key": self._tenant(message.sender),
        }
        stamp = str(int(message.at * 1000))
        is_direct = self._world.chats[message.chat]["chat_mode"] == "p2p"
        told: Json = {"message_id": message.id, "create_time": stamp, "update_time": stamp, "chat_id": message.chat}
        told |= {"chat_type": "p2p" if is_direct else "group", "message_type": message.kind, "content": message.content}
        links = {"root_id": message.root, "parent_id": message.parent, "thread_id": message.thread}
        told |= {name: value for name, value in links.items() if value}
        told |= {"mentions": message.mentions} if message.mentions else {}
        return self._deliver("im.message.receive_v1", {"sender": sender, "message": told})

    def press(self, account: str, message_id: str, label: str) -> Delivery:
        """Press a button of a card."""
        message = self._pressable(account, message_id)
        buttons = seen(message.card).buttons
        if label not in buttons:
            raise CannotDo(f"there is no {label!r}; there are {list(buttons)}")
        return self._act(account, message, {"tag": "button", "value": buttons[label]["value"]})

    def submit(self, account: str, message_id: str, values: Mapping[str, str]) -> Delivery:
        """Fill in a form and submit it; a menu's choice is given by its label."""
        message = self._pressable(account, message_id)
        card = seen(message.card)
        if card.form is None:
            raise CannotDo("there is no form")
        filled: dict[str, str] = {}
        for name, field in card.form["inputs"].items():
            value = values.get(name, field.get("default_value", field.get("initial_option", "")))
            labels = {each["text"]["content"]: each["value"] for each in field.get("options", ())}
            value = labels.get(value, value)
            if field.get("required") and not value:
                raise CannotDo(f"{name} is required")
            if labels and value and value not in labels.values():
                raise CannotDo(f"{name} offers {list(labels)}")
            filled[name] = value
        submit = next(one for one in card.buttons.values() if one["name"])
        action = {"tag": "button", "name": submit["name"], "value": submit["value"], "form_value": filled}
        return self._act(account, message, action)

    def _pressable(self, account: str, message_id: str) -> Message:
        message = self._world.messages[message_id]
        if account not in self._world.chats[message.chat]["members"] or message.only_for not in ("", account):
            raise CannotDo("that card is not before this person")
        return message

    def _act(self, account: str, message: Message, action: Json) -> Delivery:
        operator = {**self._ids(account), "tenant_key": self._tenant(account)}
        context = {"open_message_id": message.id, "open_chat_id": message.chat}
        token = f"c-{secrets.token_hex(16)}"
        self._world.pending_presses.add(message.id)
        told = {"operator": operator, "token": token, "action": action, "host": "im_message", "context": context}
        return self._deliver("card.action.trigger", told, message=message.id, retries=0)

    def recall(self, message_id: str) -> Delivery:
        """Take a message back."""
        message = self._world.messages[message_id]
        message.is_recalled = True
        told = {"message_id": message.id, "chat_id": message.chat, "recall_type": "message_owner"}
        return self._deliver("im.message.recalled_v1", {**told, "recall_time": str(int(self._world.now() * 1000))})

    def react(self, account: str, message_id: str, emoji: str) -> Delivery:
        """Give a reaction."""
        told: Json = {"message_id": message_id, "reaction_type": {"emoji_type": emoji}, "operator_type": "user"}
        told |= {"user_id": self._ids(account), "action_time": str(int(self._world.now() * 1000))}
        return self._deliver("im.message.reaction.created_v1", told)

    def invite_bot(self, account: str, chat: str) -> Delivery:
        """Add the bot to a group."""
        self._world.chats[chat]["has_bot"] = True
        return self._moved("im.chat.member.bot.added_v1", account, chat)

    def remove_bot(self, account: str, chat: str) -> Delivery:
        """Take the bot out of a group."""
        self._world.chats[chat]["has_bot"] = False
        return self._moved("im.chat.member.bot.deleted_v1", account, chat)

    def _moved(self, type_: str, account: str, chat: str) -> Delivery:
        name = self._world.chats[chat]["name"]
        told = {"chat_id": chat, "operator_id": self._ids(account), "external": False, "name": name}
        return self._deliver(type_, {**told, "operator_tenant_key": self._world.tenant})

    def enter(self, account: str) -> Delivery:
        """Open the direct chat with the bot."""
        told = {"chat_id": self._world.direct(account), "operator_id": self._ids(account)}
        return self._deliver("im.chat.access_event.bot_p2p_chat_entered_v1", told)

    def choose(self, account: str, key: str) -> Delivery:
        """Use the bot's menu, which is in the direct chat."""
        operator = {"operator_name": self._world.people[account]["name"], "operator_id": self._ids(account)}
        told = {"operator": operator, "event_key": key, "timestamp": int(self._world.now())}
        return self._deliver("application.bot.menu_v6", told)

    def other(self, type_: str) -> Delivery:
        """Let something happen that the app did not ask for."""
        return self._deliver(type_, {"chat_id": "oc_other"})

    def _ids(self, account: str) -> Json:
        return {"open_id": account, "union_id": f"on_{account[3:]}", "user_id": None}

    def _tenant(self, account: str) -> str:
        return str(self._world.people[account].get("tenant", self._world.tenant))

    def _deliver(self, type_: str, event: Json, *, message: str = "", retries: int | None = None) -> Delivery:
        id = secrets.token_hex(16)
        header = {"event_id": id, "event_type": type_, "create_time": str(int(self._world.now() * 1000))}
        header |= {
            "token": self._world.verification_token,
            "app_id": self._world.app_id,
            "tenant_key": self._world.tenant,
        }
        body: dict[str, Any] = {"schema": "2.0", "header": header, "event": event}
        return self._deliveries.add(Delivery(id, type_, body, message=message, retries=retries))
