"""What of Slack's posts is let in: signed by Slack, not long ago, for our app and from our workspace.

`is_signed` comes first, over the raw bytes; then `payload_of` and `is_foreign`, and receive.py reads the rest.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from adapters.shapes import list_at, object_in, text_at
from adapters.slack.receive import Body, Own

BODY_BYTES: Final = 1_000_000
WINDOW_S: Final = 300
_STAMP: Final = re.compile(r"[0-9]{9,11}", re.ASCII)


def is_signed(headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> bool:
    """Tell whether Slack signed these bytes within five minutes of `now`. Never raises."""
    stamp = headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "")
    if not secret or not _STAMP.fullmatch(stamp) or abs(now.timestamp() - int(stamp)) > WINDOW_S:
        return False
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode("ascii") + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={digest}".encode("ascii"), given.encode("utf-8", "replace"))


def payload_of(body: bytes, content_type: str) -> Body:
    """Read a post of Slack's: JSON, a form, or JSON in a form's field.

    Raises:
        ValueError: it is none of these.
    """
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return object_in(body)
    fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    return object_in(fields["payload"]) if "payload" in fields else fields


def is_foreign(body: Body, own: Own) -> bool:
    """Tell whether a payload is for another app, or from a workspace that is not ours."""
    app = text_at(body, "api_app_id")
    if own.app and app != own.app:
        return True
    teams = {text_at(body, "team_id"), text_at(body, "team", "id"), text_at(body, "context_team_id")}
    teams |= {text_at(body, "enterprise_id"), text_at(body, "enterprise", "id")}
    teams |= {text_at(body, "view", "app_installed_team_id")}
    for each in list_at(body, "authorizations"):
        teams |= {text_at(each, "team_id"), text_at(each, "enterprise_id")}
    return not (teams - {""}) & ({own.team, own.enterprise} - {""})
