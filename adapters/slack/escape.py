"""Making text harmless for Slack; it is cleaned already (adapters/text.py), and is escaped last.

Text that a person typed goes into `plain_text` objects and `rich_text` elements, where no sign means
anything. Only where Slack has neither (two columns, small print) it goes into mrkdwn, and there only if
`is_tame`: no sign in it could be read as mark-up. Then `escape` is the last thing done to it.
"""

import re
from typing import Final

from adapters.text import units

ACCOUNT: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
"""What Slack calls a person; whatever looks otherwise is never made a mention."""

_SIGN = re.compile(
    r"[*`]"
    r"|_.*_|~.*~"
    r"|:[^\s\d]|:\S*:|;-?\)"  # emoji by name or as a face, and addresses of pages
    r"|@(?:channel|here|everyone|group)\b"
    r"|^\s*(?:>|&gt;)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def escape(text: str) -> str:
    """Escape the three signs by which mrkdwn is steered; the last act on any text of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_tame(text: str) -> bool:
    """Tell whether no sign of a text, once escaped, could be read as mark-up by mrkdwn.

    >>> is_tame("主图定稿 18:00 ~2d"), is_tame("*urgent*"), is_tame("well :smile:")
    (True, False, False)
    """
    return _SIGN.search(text) is None


def escaped_units(text: str) -> int:
    """Count a text as it will be once escaped."""
    return units(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
