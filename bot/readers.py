"""Whoever reads a message: what they may see of it, and what stands there instead of the rest.

The last door before anything leaves, whoever wrote it and whenever: a card is drawn from what its readers may see, a
line that names what they may not is left out, a message about such a thing is not sent. Where nothing is confidential
in the workspace, all this is one question, and nothing is narrowed (storage/confidential.py).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from commands.core.access import rights_of, sight, sight_of_all
from commands.core.command import Registry
from commands.core.context import View
from commands.core.reply import (
    Divider,
    Fields,
    Image,
    Inline,
    Line,
    Listing,
    Note,
    Part,
    Reply,
    Table,
    Text,
    Who,
)
from storage.chats import Chat
from storage.confidential import holds_secrets
from storage.people import Person
from storage.sight import Sight, is_seen
from storage.unit import Unit


class Readers:
    """Know what the readers of one message may see; made for each."""

    def __init__(self, unit: Unit, registry: Registry, *, person: int | None = None, chat: Chat | None = None) -> None:
        self._unit = unit
        self._registry = registry
        self._sight = _sight_of(unit, registry, person, chat) if holds_secrets(unit) else None
        self._known: dict[tuple[str, int], bool] = {}

    def may_see(self, kind: str, id: int) -> bool:
        """Tell whether all who read this may know of an object."""
        record = self._registry.record_of(kind)
        return record is None or self._sight is None or is_seen(self._unit, self._sight, record, id)

    def may_read(self, reply: Reply) -> bool:
        """Tell whether there is nothing in a message that they may not see."""
        return self._sight is None or self.without_secrets(reply) == reply

    def card(self, view: View, kind: str, id: int) -> Reply | None:
        """Draw the card of an object for them; without its title where it is confidential, None where it is gone."""
        record_class = self._registry.record_of(kind)
        if record_class is None:
            return None
        with self._unit.seen_as(self._sight):
            record = self._unit.get(record_class, id)
            if record is not None:
                drawn: Reply = self._registry.cards[kind](view, record)
                return self.without_secrets(drawn)
        with self._unit.unbounded():
            return _stub(view) if self._unit.get(record_class, id) is not None else None

    def answer(self, reply: Reply) -> Reply | None:
        """Give what somebody is answered, who may be told again what they typed; None where its object is hidden.

        It was written with their eyes: what they may not see is not in it, but for a ref that they named themselves.
        """
        about = reply.about
        return reply if about is None or self.may_see(about.kind, about.id) else None

    def without_secrets(self, reply: Reply) -> Reply | None:
        """Leave out each line that names what they may not see; None where nothing is left to say."""
        if self._sight is None:
            return reply
        if (reply.about is not None and not self.may_see(reply.about.kind, reply.about.id)) or not self._may_read(
            reply.title
        ):
            return None
        parts = tuple(each for part in reply.parts if (each := self._kept(part)) is not None)
        if reply.parts and not any(not isinstance(each, Divider) for each in parts):
            return None
        return replace(
            reply,
            parts=parts,
            buttons=tuple(each for each in reply.buttons if self._may_read((each.label, " ", each.typed))),
        )

    def _kept(self, part: Part) -> Part | None:
        if isinstance(part, (Text, Note)):
            return part if self._may_read(part.line) else None
        if isinstance(part, Fields):
            fields = tuple(each for each in part.fields if self._may_read(each.value))
            return Fields(fields) if fields else None
        if isinstance(part, Listing):
            items = tuple(each for each in part.items if self._may_read((*each.line, " ", *each.detail)))
            return replace(part, items=items) if items else None
        if isinstance(part, Table):
            rows = tuple(row for row in part.rows if all(map(self._may_read, row)))
            return replace(part, rows=rows) if rows else None
        if isinstance(part, Image):
            return part if self._may_read((part.alt, " ", part.svg)) else None
        return part

    def _may_read(self, line: Line) -> bool:
        return all(self._may_name(*each) for each in _refs_in(self._registry, line))

    def _may_name(self, letter: str, number: int) -> bool:
        """Tell whether they may read of a ref: they may, of one that there is not."""
        if (letter, number) not in self._known:
            finder = self._registry.finders[letter]
            with self._unit.unbounded():
                record = finder.read(self._unit, number)
            self._known[letter, number] = record is None or self.may_see(finder.kind, record.id)
        return self._known[letter, number]


def _sight_of(unit: Unit, registry: Registry, person: int | None, chat: Chat | None) -> Sight | None:
    """Give what the readers of a message may see: one person, else all in the chat."""
    alone = person if person is not None else chat.person_id if chat is not None and chat.kind == "direct" else None
    reader = unit.get(Person, alone) if alone is not None else None
    if reader is not None and reader.same_as_id is not None:
        reader = unit.get(Person, reader.same_as_id)
    if reader is not None:
        return sight(rights_of(unit, reader, here=None), registry.guarded, chat=chat)
    return sight_of_all(unit, registry.guarded, chat)


def _stub(view: View) -> Reply:
    return Reply(title=(f"🔒 {view.t('Confidential')}",))


def _refs_in(registry: Registry, line: Sequence[Inline]) -> list[tuple[str, int]]:
    said = "".join(
        each if isinstance(each, str) else each.name if isinstance(each, Who) else each.text for each in line
    )
    found = re.findall(rf"(?<![A-Za-z0-9])([{''.join(registry.finders)}])-(\d{{1,9}})(?!\d)", said)
    return [(letter, int(number)) for letter, number in dict.fromkeys(found)]
