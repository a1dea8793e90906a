"""What one turn writes down for people: its answer, the cards that it changed, and what rides in the ack.

Everything goes through the outbox, in the transaction of the turn; what people are told directly is in directs.py.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.directs import Directs
from bot.drawing import dress, said_once
from bot.house import Answered, House
from bot.readers import Readers
from commands.core.context import RECENT_S, Context, View, zone_of
from commands.core.event import BySystem, Event
from commands.core.gate import quiet_here
from commands.core.quiet import HEARD, Severity
from commands.core.reply import (
    Answer,
    Button,
    CardNow,
    FormErrors,
    Inline,
    Line,
    Note,
    Ref,
    Reply,
    Text,
    Toast,
    Who,
)
from commands.core.wire import encode
from commands.quiet import SEND_NOW
from commands.welcome import welcome
from commands.why import explained
from commands.words.catalog import Words
from storage import mail
from storage.cards import card_at, cards_of, hang_card
from storage.chats import Chat, chats_of
from storage.columns import AnyRow
from storage.people import Person
from storage.schedules import Schedule
from storage.settings import wishes_of_chat
from storage.workspaces import Workspace

HANDLE_LIFE: Final = timedelta(seconds=3)
"""How long a platform's trigger opens a form."""


class Letters:
    """Write what one turn leaves. Made for each."""

    def __init__(
        self,
        ctx: Context,
        house: House,
        workspace: Workspace,
        event: Event,
        *,
        call: str,
        entered: int,
        thread: str | None,
        schedule: Schedule | None,
        posts_at: datetime | None,
    ) -> None:
        self._ctx = ctx
        self._house = house
        self._workspace = workspace
        self._event = event
        self._call = call
        self._entered = entered
        """How many rows were written to enter the person and the chat."""
        self._thread = thread
        """In which to answer."""
        self._schedule = schedule
        """What makes the clock come here; None where a person acts."""
        self._posts_at = posts_at
        """When what is posted in the chat may be read; None for now."""
        self._body: tuple[Reply, Any] | None = None
        self._here = Readers(ctx.unit, house.registry, chat=ctx.chat)
        """Who reads what is posted in the chat."""
        self._me = Readers(ctx.unit, house.registry, person=ctx.me.id or None, chat=ctx.chat)

    def directs(self) -> Directs | None:
        """Decide on what is written to people directly; None where there is nothing."""
        ctx = self._ctx
        if not (ctx.told or ctx.sent or ctx.hung):
            return None
        house = self._house
        return Directs(
            ctx,
            self._workspace,
            self._schedule,
            languages=house.languages,
            limits=house.limits,
            lease_token=house.lease_token,
        )

    def with_when(self, reply: Reply, directs: Directs | None) -> Reply:
        """Tell who acts when those read of it who have their quiet hours now; a lead may have it sent at once."""
        ctx = self._ctx
        when = directs.when if directs is not None else ()
        if not when or isinstance(ctx.call.actor, BySystem):
            return reply
        buttons: tuple[Button, ...] = ()
        if ctx.may(ctx.registry.commands[SEND_NOW].may):
            buttons = (Button(ctx.t("Send now"), SEND_NOW, {"call": self._call}, ctx.say(SEND_NOW)),)
        about = reply.about if reply.to == "here" else None
        if about is not None and self._hangs_new(about):  # a card is drawn from its object, and tells this not
            ctx.replies.append(Reply(parts=(Note(when),), buttons=buttons, to="private"))
            return reply
        return replace(reply, parts=(*reply.parts, Note(when)), buttons=(*reply.buttons, *buttons))

    def encoded(self, reply: Reply) -> Any:
        """Encode a reply once, for the outbox and for the inbox."""
        if self._body is None or self._body[0] is not reply:
            self._body = reply, encode(reply)
        return self._body[1]

    def redraw(self) -> list[mail.Letter]:
        """Have every card drawn again whose object changed, wherever it hangs."""
        ctx = self._ctx
        letters = []
        new = {(each.kind, each.id) for each in ctx.unit.changed if each.is_new}
        for kind, id in dict.fromkeys((each.kind, each.id) for each in ctx.unit.changed):
            if kind not in self._house.registry.cards or (kind, id) in new:  # what is new hangs nowhere yet
                continue
            letters += [self._update(hung.id, hung) for hung in cards_of(ctx.unit, kind, id)]
        return letters

    def _update(self, card: int, where: Chat | AnyRow, *, not_before: datetime | None = None) -> mail.Letter:
        """Have one card drawn again, now or at an instant."""
        return mail.post(
            self._ctx.unit,
            lease_token=None if not_before else self._lease(where.platform),
            platform=where.platform,
            operation="update",
            chat_id=where.id if isinstance(where, Chat) else where.chat_id,
            lane=None if not_before else mail.card_lane(card),
            card_id=card,
            language=where.language or self._workspace.language,
            not_before=not_before or self._ctx.unit.now,
        )

    def _lease(self, platform: str) -> str | None:
        return self._house.lease_token if platform in self._house.limits else None

    def with_undo(self, answered: Answered, reply: Reply) -> Reply:
        """Offer to take back what was done, if it wrote anything that can be."""
        ctx = self._ctx
        command = answered.command
        undoable = answered.result == "done" and command is not None and command.undo is not None
        if (
            not undoable
            or command is None
            or command.reads
            or len(ctx.unit.changed) == self._entered
            or "undo" not in ctx.registry.commands
        ):
            return reply
        button = Button(ctx.t("Undo"), "undo", {"call": self._call}, ctx.say("undo"))
        return replace(reply, buttons=(*reply.buttons, button))

    def post(self, reply: Reply, *, is_first: bool = True) -> list[mail.Letter]:
        """Post a reply: as the card of its object where none hangs here yet, else as it is.

        What not all in the chat may see is said to the person who acted alone.
        """
        if reply.to == "here" and not self._here.may_read(reply):
            reply = replace(reply, to="private")
        if not is_first and not self._me.may_read(reply):  # a reaction sees everything
            return []
        about = reply.about if reply.to == "here" else None
        if about is not None and (self._hangs_new(about) if is_first else self._is_new(about)):
            return [self._hang(reply, about), *self._hang_elsewhere(about)]
        whispers = reply.about is not None or reply.to == "private"
        return [self._say(reply, private=whispers)]

    def _hangs_new(self, about: Ref) -> bool:
        """Tell whether this reply is the object's first card here; else it is a confirmation."""
        ctx = self._ctx
        if about.kind not in ctx.registry.cards:
            return False
        written = [each for each in ctx.unit.changed if each.kind == about.kind and each.is_written]
        if len(written) == 1 and written[0].id == about.id and written[0].is_new:
            return True
        record_class = ctx.registry.record_of(about.kind)
        record = ctx.unit.get(record_class, about.id) if record_class else None
        if len({each.id for each in written} | {about.id}) > 1 or record is None or record.archived_at is not None:
            return False
        return not any(hung.chat_id == ctx.chat.id for hung in cards_of(ctx.unit, about.kind, about.id))

    def _is_new(self, about: Ref) -> bool:
        """Tell whether this call made the object, which then hangs nowhere yet."""
        made = {(each.kind, each.id) for each in self._ctx.unit.changed if each.is_new}
        return about.kind in self._ctx.registry.cards and (about.kind, about.id) in made

    def _hang(self, reply: Reply, about: Ref) -> mail.Letter:
        ctx = self._ctx
        thread = self._thread
        card = hang_card(ctx.unit, kind=about.kind, object_id=about.id, chat_id=ctx.chat.id, thread=thread)
        undo = [button for button in reply.buttons if button.command == "undo"]
        limits = self._house.limits.get(ctx.chat.platform)
        can_edit = limits is None or limits.can_edit
        if undo and can_edit:  # drawn once more when it lapses; outside the lane, which would wait for it
            self._update(card, ctx.chat, not_before=ctx.unit.now + timedelta(seconds=RECENT_S))
        return mail.post(
            ctx.unit,
            lease_token=self._lease(ctx.chat.platform),
            platform=ctx.chat.platform,
            operation="post",
            chat_id=ctx.chat.id,
            thread=thread,
            lane=f"chat:{ctx.chat.id}:{thread or ''}",
            card_id=card,
            payload={"by": ctx.me.id, "extra": encode(tuple(undo))},
            language=ctx.chat.language or self._workspace.language,
        )

    def _hang_elsewhere(self, about: Ref) -> list[mail.Letter]:
        """Hang the card of something new in the chats of its project on other platforms, whose people do not see this.

        Nobody is notified there who has an account here: they are notified by the first card.
        """
        ctx = self._ctx
        record_class = self._house.registry.record_of(about.kind)
        if record_class is None or not record_class.__everywhere__ or not self._is_new(about):
            return []
        project = getattr(ctx.unit.get(record_class, about.id), "project_id", None)
        if project is None or ctx.chat.kind != "group" or len(self._house.limits) < 2:
            return []
        elsewhere = (each for each in chats_of(ctx.unit, project) if each.platform != ctx.chat.platform)
        return [
            self._post_card(about, chat)
            for chat in elsewhere
            if chat.platform in self._house.limits and self._readers_of(chat).may_see(about.kind, about.id)
        ]

    def _readers_of(self, chat: Chat) -> Readers:
        return self._here if chat.id == self._ctx.chat.id else Readers(self._ctx.unit, self._house.registry, chat=chat)

    def _post_card(self, about: Ref, chat: Chat) -> mail.Letter:
        ctx = self._ctx
        card = hang_card(ctx.unit, kind=about.kind, object_id=about.id, chat_id=chat.id, thread=None)
        return mail.post(
            ctx.unit,
            lease_token=self._lease(chat.platform),
            platform=chat.platform,
            operation="post",
            chat_id=chat.id,
            lane=f"chat:{chat.id}:",
            card_id=card,
            payload={"by": ctx.me.id, "told_on": ctx.chat.platform},
            language=chat.language or self._workspace.language,
        )

    def _say(self, reply: Reply, *, private: bool) -> mail.Letter:
        ctx = self._ctx
        platform, event = ctx.chat.platform, self._event
        limits = self._house.limits.get(platform)
        operation, chat, expires = "post", ctx.chat.id, None
        if reply.form is not None and event.trigger and (limits is None or limits.can_ask):
            operation, expires = "form", ctx.unit.now + HANDLE_LIFE
        elif event.kind == "opened_home":
            operation = "home"
        elif reply.to == "direct":
            operation = "direct"
        elif private and ctx.chat.kind == "group":
            operation = "private" if limits is None or limits.can_whisper else "direct"
        thread = self._thread
        letter = mail.post(
            ctx.unit,
            lease_token=self._lease(platform),
            platform=platform,
            operation=operation,
            chat_id=chat,
            person_id=None if operation == "post" else ctx.me.id,
            thread=thread,
            lane=f"chat:{ctx.chat.id}:{thread or ''}" if operation in ("post", "private") else None,
            payload=self.encoded(reply),
            language=ctx.words.language,
            trigger=event.trigger if operation in ("form", "private") else None,
            expires_at=expires,
            state="held" if self._posts_at else "pending",
            not_before=self._posts_at or ctx.unit.now,
        )
        spoken = said_once(reply)
        return letter if spoken is reply else replace(letter, payload=encode(spoken))

    def remark(
        self,
        about: Ref,
        message: str,
        values: dict[str, Inline | Line | int],
        severity: Severity,
        in_chat: int | None,
    ) -> list[mail.Letter]:
        """Say a line in the thread of every card of an object that was posted, or only of that in one chat."""
        ctx = self._ctx
        letters = []
        for hung in cards_of(ctx.unit, about.kind, about.id):
            thread = hung.thread or hung.message
            if thread is None or in_chat not in (None, hung.chat_id):
                continue
            if severity not in HEARD[wishes_of_chat(ctx.unit, hung.chat_id).level or "normal"]:
                continue
            words = self._house.languages[hung.language or self._workspace.language]
            said = Reply(parts=(Text(words.line(message, **values)),), about=about)
            if self._readers_of(ctx.unit.must_get(Chat, hung.chat_id)).without_secrets(said) is None:
                continue
            reply, until = self._in_its_time(hung.chat_id, words, replace(said, about=None))
            letter = mail.post(
                ctx.unit,
                lease_token=self._lease(hung.platform),
                platform=hung.platform,
                operation="post",
                chat_id=hung.chat_id,
                thread=thread,
                lane=f"chat:{hung.chat_id}:{thread}",
                payload=encode(reply),
                language=words.language,
                state="held" if until > ctx.unit.now else "pending",
                not_before=until,
            )
            letters.append(letter)
        return letters

    def _in_its_time(self, chat_id: int, words: Words, reply: Reply) -> tuple[Reply, datetime]:
        """Give a line for a chat, and when it goes: by the clock, not in quiet hours.

        What somebody just caused goes at once; what comes by itself says why it does.
        """
        ctx = self._ctx
        now = ctx.unit.now
        if self._schedule is None:
            return reply, now
        chat = ctx.unit.must_get(Chat, chat_id)
        zone = zone_of(chat.timezone, self._workspace.timezone)
        view = View(unit=ctx.unit, registry=ctx.registry, words=words, zone=zone, now=now, pings=False, place=chat)
        return explained(view, self._schedule, reply), quiet_here(view, chat).opening(now)

    def first_words(self, answered: Answered) -> list[mail.Letter]:
        """Tell somebody new how to begin: once ever, beside the first answer, and not where a whole chat is greeted."""
        ctx = self._ctx
        is_answer = answered.result not in ("ignored", "failed") and self._event.kind != "joined"
        if not ctx.me.awaits_hello or not is_answer:
            return []
        ctx.unit.call = None  # no act of theirs, and not undone with it
        ctx.unit.change(ctx.unit.must_get(Person, ctx.me.id), awaits_hello=False)
        ctx.unit.call = self._call
        is_here = ctx.chat.kind == "direct" and self._event.kind != "opened_home"
        letter = mail.post(
            ctx.unit,
            lease_token=self._lease(ctx.chat.platform),
            platform=ctx.chat.platform,
            operation="post" if is_here else "direct",
            chat_id=ctx.chat.id if is_here else None,
            person_id=None if is_here else ctx.me.id,
            lane=f"chat:{ctx.chat.id}:" if is_here else None,
            payload=encode(welcome(ctx)),
            language=ctx.words.language,
        )
        return [letter]

    def in_the_ack(self, answered: Answered) -> Answer | None:
        """Choose what rides in the acknowledgement of a press or a form."""
        ctx = self._ctx
        if answered.errors:
            return FormErrors(dict(answered.errors))
        if self._event.kind != "pressed" or answered.reply is None or answered.reply.form is not None:
            return None
        said = _said_first(answered.reply)
        hung = card_at(ctx.unit, chat=ctx.chat.id, message=self._event.message) if self._event.message else None
        changes_nothing = answered.command is None or answered.command.reads
        if hung is None or answered.result != "done" or changes_nothing:
            return Toast(said)
        view = View(
            unit=ctx.unit,
            registry=ctx.registry,
            words=self._house.languages[ctx.chat.language or self._workspace.language],
            zone=zone_of(ctx.chat.timezone, self._workspace.timezone),
            now=ctx.unit.now,
            pings=False,
            place=ctx.chat,
        )
        card = self._here.card(view, hung.kind, hung.object_id)
        limits = self._house.limits.get(ctx.chat.platform)
        if card is None or limits is None:
            return Toast(said)
        return CardNow(
            dress(ctx.unit, self._workspace, card, platform=ctx.chat.platform, limits=limits, words=view.words), said
        )


def _said_first(reply: Reply) -> str:
    """Say the first paragraph without its marks, for a toast."""
    line = next((part.line for part in reply.parts if isinstance(part, Text)), reply.title)
    return "".join(
        each if isinstance(each, str) else each.name if isinstance(each, Who) else each.text for each in line
    )
