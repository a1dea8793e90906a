"""Payloads in the shapes of Feishu's documentation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from adapters.feishu.receive import Own

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
OWN = Own("cli_app", "ou_bot00")
LI = "ou_lisi0"
HEADS = {"event_id": "e1", "create_time": "1795309200000", "token": "t", "app_id": "cli_app", "tenant_key": "shop"}


def body(kind: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"schema": "2.0", "header": {**HEADS, "event_type": kind}, "event": event}


def message(text: str = "帮助", *, kind: str = "text", content: Any = None, **changes: Any) -> dict[str, Any]:
    told = {"message_id": "om_1", "chat_id": "oc_war", "chat_type": "group", "create_time": "1795309199123"}
    told |= {"message_type": kind, "content": json.dumps(content or {"text": text}), **changes}
    sender = {"sender_id": {"open_id": LI}, "sender_type": "user", "tenant_key": "shop"}
    return body("im.message.receive_v1", {"sender": sender, "message": told})
