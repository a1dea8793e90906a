"""What the adapter needs of Feishu, each tried once for the doctor, with what people lose without it.

A call with an id that cannot be tells whether it is allowed: Feishu looks at the permission before it looks
at the id. Nothing is sent to anybody; one picture of one dot is uploaded.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.feishu.client import BadSecret, Client, Refused
from adapters.feishu.render import content_of
from adapters.shapes import map_at, text_at
from commands.core.ports import Finding, Gone, SendError

APP: Final = "feishu app"
LINE: Final = "feishu long connection"
FORBIDDEN: Final = frozenset({99991672, 99991679, 230027})
"""A permission is missing, or was granted in a version of the app that is not released yet."""
NOBODY: Final = "ou_00000000000000000000000000000000"
NOWHERE: Final = "oc_00000000000000000000000000000000"
NOTHING: Final = "om_00000000000000000000000000000000"
DOT: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

_CREDENTIALS: Final = "Credentials & Basic Info in the app's console has App ID and App Secret; copy both anew"
_RELEASE: Final = "add it under Permissions & Scopes, then release a new version of the app: only then it applies"


@dataclass(frozen=True, slots=True)
class Need:
    """Say which permission a call takes, and what people lose without it."""

    scope: str
    serves: str
    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    files: Mapping[str, str | bytes] | None = None


_CARD: Final = content_of({"schema": "2.0", "body": {"elements": []}})
_POST: Final = {"msg_type": "interactive", "content": _CARD}
NEEDS: Final[Sequence[Need]] = (
    Need(
        "im:message:send_as_bot", "posting", "POST", "im/v1/messages", {"receive_id_type": "open_id"},
        {"receive_id": NOBODY, **_POST},
    ),
    Need("im:message:send_as_bot", "answers in threads", "POST", f"im/v1/messages/{NOTHING}/reply", None, _POST),
    Need(
        "im:message:update", "keeping cards up to date", "PATCH", f"im/v1/messages/{NOTHING}", None, {"content": _CARD}
    ),
    Need(
        "im:message", "private answers in a group", "POST", "ephemeral/v1/send", None,
        {"chat_id": NOWHERE, "open_id": NOBODY, "msg_type": "interactive", "card": {}},
    ),
    Need("im:message:readonly", "messages marked by a reaction, or recalled", "GET", f"im/v1/messages/{NOTHING}"),
    Need("im:resource", "pictures", "POST", "im/v1/images", None, None, {"image_type": "message", "image": DOT}),
    Need("im:chat:readonly", "names of groups", "GET", f"im/v1/chats/{NOWHERE}"),
    Need(
        "contact:user.base:readonly", "names and time zones of people", "GET", f"contact/v3/users/{NOBODY}",
        {"user_id_type": "open_id"},
    ),
)  # fmt: skip
UNSEEN: Final = (
    "feishu events",
    "cannot be checked from here: whether the events and the card callback are subscribed shows only when one comes",
)


async def check_app(client: Client) -> list[Finding]:
    """Try the credentials, the bot, and each capability."""
    try:
        told = await client.call("GET", "bot/v3/info")
    except BadSecret as error:
        return [Finding(APP, is_fine=False, detail=f"paused, Feishu refuses it: {error}", remedy=_CREDENTIALS)]
    except Refused as error:
        remedy = "switch on Bot under Add Features, then release a version of the app"
        return [Finding(APP, is_fine=False, detail=str(error), remedy=remedy)]
    except SendError as error:
        return [Finding(APP, is_fine=False, detail=str(error), remedy="see whether this machine reaches Feishu")]
    name = text_at(map_at(told, "bot"), "app_name")
    found = [Finding(APP, is_fine=True, detail=f"{name} ({text_at(told, 'bot', 'open_id')})")]
    found += [await _tried(client, need) for need in NEEDS]
    return [*found, Finding(UNSEEN[0], is_fine=True, detail=UNSEEN[1])]


async def _tried(client: Client, need: Need) -> Finding:
    subject = f"feishu {need.serves}"
    try:
        await client.call(need.method, need.path, query=need.query, body=need.body, files=need.files)
    except Refused as error:
        if error.code not in FORBIDDEN:  # it looked at the id, so it is allowed
            return Finding(subject, is_fine=True, detail="allowed")
        return Finding(subject, is_fine=False, detail=f"missing {need.scope}: {error}", remedy=_RELEASE)
    except SendError as error:
        return Finding(subject, is_fine=False, detail=f"cannot be checked now: {error}", remedy="try once more")
    return Finding(subject, is_fine=True, detail="allowed")


async def check_line(client: Client) -> Finding:
    """Try whether the app is given a long connection; none is opened."""
    remedy = "in the console: Events & Callbacks, Subscription mode, long connection; at most 50 for one app"
    try:
        await client.endpoint()
    except Gone as error:
        return Finding(LINE, is_fine=False, detail=str(error), remedy=remedy)
    except SendError as error:
        return Finding(LINE, is_fine=False, detail=str(error), remedy="see whether this machine reaches Feishu")
    return Finding(LINE, is_fine=True, detail="is given")
