"""What of Feishu's posts is let in: signed and encrypted with our key, not long ago, and for our app.

For HTTP mode; the long connection is authenticated as a whole. receive.py reads what has passed.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from Crypto.Cipher import AES

from adapters.feishu.receive import Body, Own
from adapters.shapes import object_in, text_at

BODY_BYTES: Final = 1_000_000
WINDOW_S: Final = 300
_STAMP: Final = re.compile(r"[0-9]{9,11}", re.ASCII)


def is_signed(headers: Mapping[str, str], body: bytes, *, key: str, now: datetime) -> bool:
    """Tell whether these bytes were signed with the key within five minutes of `now`.

    Never raises.
    """
    stamp, nonce = headers.get("x-lark-request-timestamp", ""), headers.get("x-lark-request-nonce", "")
    if not key or not _STAMP.fullmatch(stamp) or abs(now.timestamp() - int(stamp)) > WINDOW_S:
        return False
    digest = hashlib.sha256((stamp + nonce + key).encode("utf-8", "replace") + body).hexdigest()
    return hmac.compare_digest(digest.encode("ascii"), headers.get("x-lark-signature", "").encode("utf-8", "replace"))


def payload_of(body: bytes, *, key: str) -> Body:
    """Read an encrypted post; with a key set Feishu encrypts all, so all else is refused.

    Raises:
        ValueError: it is none.
    """
    return object_in(_decrypted(text_at(object_in(body), "encrypt"), key))


def _decrypted(text: str, key: str) -> bytes:
    """Undo AES-256-CBC with PKCS7; the first block is the start value."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) < 2 * AES.block_size or len(raw) % AES.block_size:
        raise ValueError("the encrypted text is cut")
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, raw[: AES.block_size])
    plain = cipher.decrypt(raw[AES.block_size :])
    pad = plain[-1]
    if not 1 <= pad <= AES.block_size or plain[-pad:] != bytes([pad]) * pad:
        raise ValueError("the encrypted text was made with another key")
    return plain[:-pad]


def has_token(body: Body, token: str) -> bool:
    """Tell whether a payload carries our verification token."""
    given = text_at(body, "header", "token") or text_at(body, "token")
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def is_foreign(body: Body, own: Own) -> bool:
    """Tell whether a payload is for another app."""
    return text_at(body, "header", "app_id") != own.app
