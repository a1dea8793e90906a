"""Opening: when quiet hours end, all that was held for one person becomes one message.

One transaction takes what is held and writes what shows it, so that a kill, or another process at the same work, loses
nothing and doubles nothing. Who has quiet hours again by then, such as after changing them, goes on waiting. What was
held for a chat is posted as it is, one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from commands.core.gate import Gate
from commands.core.ports import Limits
from commands.core.quiet import Quiet
from commands.core.reply import Button, Inline, Item, Line, Listing, Note, Reply, Text
from commands.core.wire import decode, encode
from commands.grammar.hours import hours_text
from commands.quiet import WAITED, headline
from commands.words.catalog import Languages, Words
from storage import mail
from storage.mail import Letter, Receiver
from storage.people import Person
from storage.unit import Unit
from storage.workspaces import Workspace

WITH_BUTTON: Final = 3
"""Messages whose first button the joined one keeps; all others have theirs where they are shown in full."""
ROWS: Final = 12
"""Messages that a joined one names; the others are counted, and shown in full with these."""
NAMED: Final = 3
"""Rows of a list that stand for it."""
DETAIL_CHARS: Final = 80


def open_for(
    unit: Unit,
    receivers: Iterable[Receiver],
    *,
    workspace: Workspace,
    languages: Languages,
    limits: Mapping[str, Limits],
    lease_token: str | None,
) -> list[Letter]:
    """Let go what was held for each receiver up to now; give the joined messages."""
    gate = Gate(unit, workspace)
    written = []
    for receiver in receivers:
        person = unit.get(Person, receiver.person_id) if receiver.person_id is not None else None
        is_here = person is not None and person.archived_at is None
        quiet = gate.quiet_of(person) if person is not None and is_here else None
        if quiet is not None and quiet.is_quiet(unit.now):
            mail.hold_on(unit, receiver, until=quiet.opening(unit.now))
            continue
        letters = mail.take_held(unit, receiver)
        if person is None or quiet is None or len(letters) < 2:
            mail.let_go(unit, letters)
            continue
        words = languages[person.language or workspace.language]
        joined = mail.post(
            unit,
            lease_token=lease_token if receiver.platform in limits else None,
            platform=receiver.platform,
            operation="direct",
            person_id=person.id,
            payload=encode(joined_reply(words, [decode(mail.body_of(each)) for each in letters], quiet)),
            language=words.language,
            severity="personal",
        )
        mail.merge_into(unit, letters, joined)
        written.append(joined)
    return written


def let_all_go(unit: Unit, receivers: Iterable[Receiver]) -> None:
    """Have all that was held for some sent as it is, for want of a joined message."""
    for receiver in receivers:
        mail.let_go(unit, mail.take_held(unit, receiver))


def joined_reply(words: Words, replies: Sequence[Reply], quiet: Quiet) -> Reply:
    """Draw one short message of several: a line each, the first ones with a button."""
    items = tuple(_item(reply, has_button=place < WITH_BUTTON) for place, reply in enumerate(replies[:ROWS]))
    full = words.forms(WAITED)[0]
    left = len(replies) - len(items)
    more = words.tn("{count} more: ", "{count} more: ", left) if left > 0 else ""
    title = words.tn("{count} message from your quiet hours", "{count} messages from your quiet hours", len(replies))
    note = words.line(
        "{more}Quiet hours: {hours}, and days of rest.", more=more, hours=hours_text(quiet.since, quiet.until)
    )
    button = Button(words.t("Show all in full"), WAITED, {}, full)
    return Reply(title=(title,), parts=(Listing(items, more=full), Note(note)), buttons=(button,), to="direct")


def _item(reply: Reply, *, has_button: bool) -> Item:
    """Write one message as a row: what it is about, the beginning of what it says, and what can be done."""
    buttons = [each for each in reply.buttons if each.command != "why"]
    buttons += [item.button for part in reply.parts if isinstance(part, Listing) for item in part.items if item.button]
    return Item(headline(reply), _detail(reply), buttons[0] if has_button and buttons else None)


def _detail(reply: Reply) -> Line:
    """Give the rest of a message in short: its texts, and the first rows of its lists."""
    texts = [part.line for part in reply.parts if isinstance(part, Text)][0 if reply.title else 1 :]
    rows = [item.line for part in reply.parts if isinstance(part, Listing) for item in part.items]
    said: list[Inline] = []
    for line in rows[:NAMED] or texts[:1]:
        said += [*([" · "] if said else []), *_cut(line)]
    return (*said, f" +{len(rows) - NAMED}") if len(rows) > NAMED else tuple(said)


def _cut(line: Line) -> Line:
    """Cut the plain text of a line where it is long; people and refs stay whole."""
    return tuple(
        each[: DETAIL_CHARS - 1] + "…" if isinstance(each, str) and len(each) > DETAIL_CHARS else each for each in line
    )
