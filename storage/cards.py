"""Where the cards hang: at most one for each object and conversation.

Not audited: it says where a drawing is, not what is true.
"""

import functools
from typing import Any

from sqlalchemy import Index, Select, Table, UniqueConstraint, bindparam, select
from sqlmodel import Field, SQLModel

from storage.chats import CHAT
from storage.columns import WORKSPACE, AnyRow, table_of
from storage.unit import Unit


class Card(SQLModel, table=True):
    """One card in one chat."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "object_id", "chat_id"),
        Index("ix_card_message", "workspace_id", "chat_id", "message"),
        {"sqlite_autoincrement": True},  # a letter to a dropped card must not meet another one
    )
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    kind: str
    object_id: int
    chat_id: int = Field(foreign_key="chat.id")
    thread: str | None = None
    """The thread it was posted in; None when it stands in the chat itself."""
    message: str | None = None
    """The platform's id, known once it was posted."""


CARD = table_of(Card)
_OF_OBJECT = (
    select(
        CARD,
        CHAT.c.platform,
        CHAT.c.native,
        CHAT.c.language,
        CHAT.c.kind.label("chat_kind"),
        CHAT.c.project_id,
        CHAT.c.person_id,
    )
    .join(CHAT, CHAT.c.id == CARD.c.chat_id)
    .where(
        CARD.c.workspace_id == WORKSPACE,
        CARD.c.kind == bindparam("kind"),
        CARD.c.object_id == bindparam("object"),
    )
)
_BY_ID = select(CARD).where(CARD.c.workspace_id == WORKSPACE, CARD.c.id == bindparam("of_card"))
_AT_MESSAGE = select(CARD).where(
    CARD.c.workspace_id == WORKSPACE, CARD.c.chat_id == bindparam("chat"), CARD.c.message == bindparam("at_message")
)
_PLACE = (
    CARD.update()
    .where(CARD.c.workspace_id == WORKSPACE, CARD.c.id == bindparam("of_card"))
    .values(message=bindparam("as_message"))
)
_DROP = CARD.delete().where(CARD.c.workspace_id == WORKSPACE, CARD.c.id == bindparam("of_card"))
_HANG = CARD.insert()


def cards_of(unit: Unit, kind: str, object_id: int) -> list[AnyRow]:
    """List the cards of one object.

    Each with its chat's platform, native id, language, kind (`chat_kind`), project and, where it is direct, reader.
    """
    return list(unit.rows(_OF_OBJECT, kind=kind, object=object_id))


def hung_away_from(unit: Unit, objects: Table, project: int) -> list[int]:
    """Give the ids of a project's objects whose cards hang in chats that do not work on it."""
    return [row.object_id for row in unit.rows(_away_from(objects), of_kind=objects.name, of_project=project)]


@functools.cache
def _away_from(objects: Table) -> Select[Any]:
    return (
        select(CARD.c.object_id)
        .distinct()
        .join(objects, objects.c.id == CARD.c.object_id)
        .join(CHAT, CHAT.c.id == CARD.c.chat_id)
        .where(
            CARD.c.workspace_id == WORKSPACE,
            CARD.c.kind == bindparam("of_kind"),
            objects.c.project_id == bindparam("of_project"),
            CHAT.c.project_id.is_distinct_from(objects.c.project_id),
        )
    )


def card(unit: Unit, id: int) -> AnyRow | None:
    """Read one card."""
    return unit.row(_BY_ID, of_card=id)


def card_at(unit: Unit, *, chat: int, message: str) -> AnyRow | None:
    """Find the card that a message of a chat is."""
    return unit.row(_AT_MESSAGE, chat=chat, at_message=message)


def hang_card(unit: Unit, *, kind: str, object_id: int, chat_id: int, thread: str | None) -> int:
    """Reserve the one card of an object in a chat, before it is posted; give its id."""
    return unit.insert(_HANG, kind=kind, object_id=object_id, chat_id=chat_id, thread=thread, message=None)


def place_card(unit: Unit, card_id: int, message: str) -> None:
    """Note the platform's id of a card that was posted."""
    unit.do(_PLACE, of_card=card_id, as_message=message)


def drop_card(unit: Unit, card_id: int) -> None:
    """Forget a card that could not be posted, or whose message is gone."""
    unit.do(_DROP, of_card=card_id)
