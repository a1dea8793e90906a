"""One event inside one transaction: who, where, what is meant, may they, do it, write the answer.

Plain and synchronous: dispatch.py opens the transaction, and acknowledges after its commit.
"""

import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.house import IGNORED, Answered, Done, House, Result
from bot.letters import Letters
from bot.seal import is_sealed
from commands.core import answers
from commands.core.access import IN_PERSON, may_somewhere, rights_of, sight, sight_aloud, sight_of_all
from commands.core.arguments import FREE, Secret
from commands.core.binding import Bound, bind
from commands.core.codes import digest
from commands.core.command import Command, More
from commands.core.context import Context, zone_of
from commands.core.errors import Aside, Asked, Forbidden, LeftOver, Refused, Wanting
from commands.core.event import Args, ByPerson, Call, Event, Json, Mention
from commands.core.facts import MessageDeleted, MessageEdited, WordsSaid
from commands.core.filling import fill
from commands.core.gate import quiet_here
from commands.core.ports import Profile
from commands.core.reading import COMMAND_CHARS, Reading, chars_of
from commands.core.reply import (
    Outcome,
    Ref,
    Reply,
)
from commands.core.values import confirm_many, typed
from commands.core.wire import decode, encode
from commands.grammar.sentences import Mood
from commands.grammar.tokens import clean
from commands.words.catalog import Words, language_of
from storage import mail
from storage.cards import card_at
from storage.chats import Chat, chat_at, open_chat
from storage.columns import Record
from storage.confidential import holds_secrets
from storage.people import Person, add_account, add_person, people_of, person_of
from storage.schedules import Schedule
from storage.settings import default_project
from storage.sight import is_seen
from storage.unit import Unit
from storage.workspaces import Workspace

REACTIONS: Final = 100
"""Facts that one call may set off before it is taken for a loop."""
WORDS: Final = FREE | {"labels", "token"}
"""Kinds of parameters that take any words."""
OBJECTS: Final = frozenset({"ref", "refs", "project"})
"""Kinds of parameters that name objects, on each of which the right is decided."""
BLANK: Final = "\u00ad\u200b\u200c\u200d\u2060"
"""Signs that show nothing, beside white space."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Say whose profiles must be asked for first; nothing was written."""

    accounts: tuple[str, ...]


MENTIONS: Final = 10
"""People whom one message may make known."""


class Turn:
    """Take one event through one transaction. Made for each event."""

    def __init__(
        self,
        house: House,
        workspace: Workspace,
        event: Event,
        reading: Reading | None,
        schedule: Schedule | None = None,
    ) -> None:
        self.house = house
        self.workspace = workspace
        self.event = event
        self.reading = reading
        self.schedule = schedule
        """What makes the clock come here; None where a person acts."""
        self.profiles: Mapping[str, Profile | None] | None = None
        """Who the accounts are that were not known here; None until they were asked for."""
        self.call = secrets.token_hex(16)
        self.entered = 0
        """How many rows were written to enter the person and the chat: no act of theirs, and never undone."""
        self._attempted: tuple[Command, Args] | None = None
        """What was begun, to be tried again by a press if a bug ended it."""
        self._posts_at: datetime | None = None
        """Until when the quiet hours of the chat hold what is posted; None where they do not."""
        self._met: dict[str, Person] = {}
        """The people found in this transaction, by account."""
        self._newcomers: list[Person] = []
        """Those of them who were mentioned and not known before."""
        self.text = clean("".join(n if isinstance(n, str) else f"@{n.name or n.account}" for n in event.text))

    def write(self, unit: Unit) -> Done | Unmet:
        """Do it all: for calls that may write. Unmet, when people are new and `profiles` is None."""
        repeated = self._seen(unit)
        if repeated is not None:
            return repeated
        if self.profiles is None and (strangers := self._strangers(unit)):
            return Unmet(strangers)
        ctx = self._enter(unit)
        return self._store(ctx, self._noted(ctx, self._answer(ctx)))

    def read(self, unit: Unit) -> Answered | Done | None:
        """Answer from a snapshot; None when a person or the chat is new, which takes a write."""
        repeated = self._seen(unit)
        if repeated is not None:
            return repeated
        if self._strangers(unit):
            return None
        person, chat = self._person(unit), self._chat(unit)
        if person is None or chat is None:
            return None
        ctx = self._context(unit, person, chat)
        return self._noted(ctx, self._answer(ctx))

    def store(self, unit: Unit, answered: Answered) -> Done:
        """Write what `read` answered."""
        repeated = self._seen(unit)
        return repeated or self._store(self._enter(unit), answered)

    def fail(self, unit: Unit, incident: str) -> Done:
        """Write that a bug of ours kept the call from being done."""
        repeated = self._seen(unit)
        if repeated is not None:
            return repeated
        ctx = self._enter(unit)
        return self._store(ctx, Answered("failed", answers.failed(ctx, incident, self.text, self._attempted)))

    # -- who and where ------------------------------------------------------------------------

    def _seen(self, unit: Unit) -> Done | None:
        self._met.clear()  # each transaction begins here, and looks anew
        self._newcomers.clear()
        row = mail.seen(unit, self.event.key)
        if row is None:
            return None
        outcome = Outcome("ok", decode(row.answer) if row.answer else None)
        return Done(outcome, row.result, row.call, row.command, row.args, row.ref_label, is_repeat=True)

    def _person(self, unit: Unit, account: str | None = None) -> Person | None:
        """Find who an account belongs to; the sender's if none is named."""
        event = self.event
        native = account if account is not None else event.sender.account
        if native not in self._met:
            person = person_of(unit, platform=event.platform, app=event.app, tenant=event.tenant, native=native)
            if person is None:
                return None
            self._met[native] = person
        return self._met[native]

    def _mentioned(self) -> dict[str, str | None]:
        """Give the accounts that the event names beside its sender, with the names hinted at."""
        named = {node.account: node.name for node in self.event.text if isinstance(node, Mention)}
        author = self.event.values.get("author")
        if self.event.kind == "reacted" and isinstance(author, str) and author:
            named.setdefault(author, None)
        named.pop(self.event.sender.account, None)
        return dict(list(named.items())[:MENTIONS])

    def _strangers(self, unit: Unit) -> tuple[str, ...]:
        """List the accounts of the event that are not known here yet."""
        event = self.event
        accounts = (event.sender.account, *self._mentioned())
        self._met |= people_of(unit, accounts, platform=event.platform, app=event.app, tenant=event.tenant)
        return tuple(account for account in accounts if account not in self._met)

    def _chat(self, unit: Unit) -> Chat | None:
        event = self.event
        return chat_at(unit, platform=event.platform, app=event.app, tenant=event.tenant, native=event.place.chat)

    def _enter(self, unit: Unit) -> Context:
        """Find the person and the chat, and enter those that are new."""
        unit.call = None
        sender = self.event.sender
        person = self._person(unit) or self._welcome(unit, sender.account, sender.name, is_guest=sender.is_guest)
        chat = self._suited(unit, self._chat(unit) or self._open(unit, person), person)
        for account, name in self._mentioned().items():
            profile = (self.profiles or {}).get(account)
            is_nameable = (profile is not None and not profile.is_bot) or (profile is None and name is not None)
            if is_nameable and self._person(unit, account) is None:
                self._newcomers.append(self._welcome(unit, account, name))
        return self._context(unit, person, chat)

    def _context(self, unit: Unit, person: Person, chat: Chat) -> Context:
        unit.call, unit.actor = self.call, person.id
        self.entered = len(unit.changed)
        project = default_project(unit, person.id) if chat.kind == "direct" else chat.project_id
        rights = rights_of(unit, person, here=project)
        unit.sight = sight(rights, self.house.registry.guarded, chat=chat)
        return Context(
            unit=unit,
            registry=self.house.registry,
            words=self._words(person, chat),
            zone=self._zone(person, chat),
            call=Call(
                command=self.reading.command.name if self.reading else "",
                args={},
                actor=ByPerson(person.id, self.event.sender.is_spoken_for),
                cause=self.event.key,
                now=self.event.sent_at,
                version=self.event.carried.version if self.event.carried else None,
            ),
            rights=rights,
            languages=self.house.languages,
            chat=chat,
            project=project,
            thread=self._thread(unit, chat),
            source=self.event.message,
            source_link=self.event.link,
        )

    def _welcome(self, unit: Unit, account: str, hint: str | None, *, is_guest: bool = False) -> Person:
        """Enter a person met for the first time, as the platform knows them."""
        profile, event = (self.profiles or {}).get(account), self.event
        name = clean((profile.name if profile else None) or hint or account)[:80] or account
        role = "guest" if is_guest or (profile is not None and profile.is_guest) else "member"
        zone = profile.timezone if profile else None
        person = add_person(unit, name=name, role=role, timezone=zone, awaits_hello=True)
        email = profile.email if profile else None
        add_account(
            unit, person, platform=event.platform, app=event.app, tenant=event.tenant, native=account, title=name,
            email_digest=digest(unit, email.strip().casefold()) if email else None,
        )  # fmt: skip
        is_bot = profile is not None and profile.is_bot  # such as ourselves, where nobody invited us
        return unit.archive(person) if is_bot else person

    def _open(self, unit: Unit, person: Person) -> Chat:
        event, place = self.event, self.event.place
        title = clean(place.title or "")[:80] or (self._words(None, None).t("New project"))
        if place.kind == "direct":
            title = clean(event.sender.name or "") or event.sender.account
        return open_chat(
            unit,
            project_name=title if place.kind == "group" else None,
            platform=event.platform,
            app=event.app,
            tenant=event.tenant,
            native=place.chat,
            kind=place.kind,
            title=title,
            person_id=person.id if place.kind == "direct" else None,
            awaits_digest=place.kind == "group",
        )

    def _suited(self, unit: Unit, chat: Chat, person: Person) -> Chat:
        """Keep in a direct chat, whose cards others have drawn again, the language and zone of its one reader."""
        if chat.kind != "direct":
            return chat
        return unit.change(
            chat,
            language=person.language or chat.language,
            timezone=person.timezone or chat.timezone,
            person_id=person.id,
        )

    def _words(self, person: Person | None, chat: Chat | None) -> Words:
        """Choose the language: that of the request, else the person's, the chat's, the workspace's."""
        said = language_of("".join(n for n in self.event.text if isinstance(n, str)))
        code = said or (person.language if person else None) or (chat.language if chat else None)
        return self.house.languages[code or self.workspace.language]

    def _zone(self, person: Person, chat: Chat) -> ZoneInfo:
        if chat.kind == "direct":
            return zone_of(person.timezone, self.workspace.timezone)
        return zone_of(chat.timezone, person.timezone, self.workspace.timezone)

    def _thread(self, unit: Unit, chat: Chat) -> Ref | None:
        """Find the object whose card begins this thread, or is quoted, or was pressed."""
        event = self.event
        for message in (event.place.thread, event.replies_to, event.message if event.kind == "pressed" else None):
            hung = card_at(unit, chat=chat.id, message=message) if message else None
            record_class = self.house.registry.record_of(hung.kind) if hung else None
            record = unit.get(record_class, hung.object_id) if hung and record_class else None
            if record is not None:
                finder = self.house.registry.finder_of(type(record))
                return Ref(finder.kind, record.id, f"{finder.letter}-{record.number}")  # type: ignore[attr-defined] # every record with a finder has a number
        return None

    # -- what is meant, and doing it ----------------------------------------------------------

    def _answer(self, ctx: Context) -> Answered:
        if self.event.kind in ("pressed", "submitted"):
            return self._answer_carried(ctx)
        if self.event.kind != "said":
            return self._answer_notice(ctx)
        chars = chars_of(self.event.text)
        if chars > COMMAND_CHARS:
            return self._unless_overheard(Answered("refused", answers.too_long(ctx, chars, COMMAND_CHARS)))
        pasted = self._pasted() if self.event.is_addressed else None
        if (pasted or self.reading is None) and (heard := self._heard(ctx)) is not None:
            return heard
        if pasted is not None:
            return self._act(ctx, pasted, {pasted.parameters[0].name: self.text})
        if self.reading is None:
            return self._unless_overheard(self._answer_unread(ctx))
        command, bound = self.reading.command, Bound()
        if not self._is_meant(ctx, command):
            return Answered("ignored", None)
        if not may_somewhere(ctx.rights, command.may):
            return self._forbidden(ctx, command, self._as_said(ctx, command), command.may)
        try:
            bind(ctx, command, self.reading.rest, self.house.languages, bound)
        except (Asked, Wanting, Refused) as error:
            problem = self._problem(ctx, command, bound.args, error)
            if isinstance(error, LeftOver) and (near := self._near(ctx)):  # 任务 家 主图 is no list
                problem = Answered("not_understood", answers.not_understood(ctx, self.text, near))
            return self._unless_overheard(problem, is_talk=isinstance(error, LeftOver))
        if self.reading.mood is not Mood.DO:
            return self._ask_first(ctx, command, bound.args, self.reading.mood)
        return self._act(ctx, command, bound.args)

    def _pasted(self) -> Command | None:
        """Find what a pasted text is meant for, unless a command stands before it that takes words."""
        takes_words = self.reading is not None and any(each.kind in FREE for each in self.reading.command.parameters)
        return None if takes_words else self.house.registry.pasted(self.text)

    def _heard(self, ctx: Context) -> Answered | None:
        """Offer what was said directly, and is no command, to whoever waits for free words."""
        if ctx.chat.kind != "direct" or not self.text.strip():
            return None
        ctx.state(WordsSaid(self.text))
        self._react(ctx)
        return Answered("done", ctx.replies[0]) if ctx.replies else None

    def _noted(self, ctx: Context, answered: Answered) -> Answered:
        """Add who is new by it, and which years it rests on whose working days are not known for certain."""
        reply, notes = answered.reply, answers.notes(ctx)
        if reply is None or answered.result == "failed":
            return answered
        newcomers = answers.newcomers(ctx, [each for each in self._newcomers if each.archived_at is None])
        if newcomers and reply.to == "here":  # a card, or what all may read
            ctx.also(Reply(parts=newcomers, to="private"))
        else:
            notes = (*notes, *newcomers)
        return replace(answered, reply=replace(reply, parts=(*reply.parts, *notes))) if notes else answered

    def _ask_first(self, ctx: Context, command: Command, args: dict[str, Json], mood: Mood) -> Answered:
        """Ask before an act that may not be meant, or the others who wants to do it."""
        if mood is Mood.ASK:
            return Answered("asked", answers.unsure(ctx, command, args), command, args)
        try:
            values = typed(ctx, command, args)
        except Forbidden as error:
            return self._forbidden(ctx, command, args, error.action)
        except (Refused, Wanting) as error:
            return self._problem(ctx, command, args, error)
        objects = [each for value in values.values() if isinstance(value, tuple) for each in value]
        offered = answers.offered(ctx, command, args, objects)
        return Answered("asked", _hushed(offered) if self._is_to_be_hushed(ctx, values) else offered, command, args)

    def _answer_unread(self, ctx: Context) -> Answered:
        """Answer a text in which there is no command."""
        reader = self.house.reader
        tokens = reader.tokens(self.event.text)
        if not "".join(self.text.split()).strip(BLANK) or reader.is_greeting(tokens):
            return Answered("done", self._greeting(ctx))
        if reader.is_small_talk(tokens):
            return Answered("done", answers.kind_word(ctx))
        if near := self._near(ctx):
            return Answered("not_understood", answers.not_understood(ctx, self.text, near))
        about = reader.shown_by(tokens)
        if about is not None:
            return Answered("not_understood", answers.nothing_done(ctx, *about))
        return Answered("not_understood", answers.not_understood(ctx, self.text))

    def _near(self, ctx: Context) -> list[answers.Near]:
        """Find the commands that may have been mistyped, each with what was typed behind it."""
        found: list[answers.Near] = []
        reader = self.house.reader
        for reading in reader.suggest(reader.tokens(self.event.text)):
            bound = Bound()
            try:
                bind(ctx, reading.command, reading.rest, self.house.languages, bound)
            except Wanting as error:
                bound.args["?"] = error.argument
            except Asked:
                bound.args["?"] = ""
            except Refused:
                continue
            if self.reading is None or reading.command is not self.reading.command:
                found.append((reading.command, bound.args))
        return found

    def _answer_notice(self, ctx: Context) -> Answered:
        """Answer what was neither said nor pressed."""
        kind, event, commands = self.event.kind, self.event, self.house.registry.commands
        if kind == "opened_home":
            return self._act(ctx, commands["home"], {})
        if kind == "joined":
            return Answered("done", answers.hello(ctx))
        if kind == "reacted" and ctx.may(commands["task capture"].may):
            return self._act(ctx, commands["task capture"], self._captured(ctx))
        if kind in ("edited", "deleted") and event.message:
            ctx.state(MessageEdited(event.message, self.text) if kind == "edited" else MessageDeleted(event.message))
            self._react(ctx)
            if ctx.replies:
                return Answered("done", ctx.replies[0])
        return Answered("ignored", None)

    def _captured(self, ctx: Context) -> dict[str, Json]:
        """Give the arguments of the task that a marked message becomes."""
        event = self.event
        files = [ctx.t("File: {name}", name=clean(file.name)) for file in event.files]
        args: dict[str, Json] = {"text": "\n".join([self.text, *files]).strip() or ctx.t("From a message")}
        link, author = event.values.get("link"), event.values.get("author")
        if isinstance(link, str) and link.startswith("https://"):
            args["link"] = link
        if isinstance(author, str) and author:
            known = person_of(ctx.unit, platform=event.platform, app=event.app, tenant=event.tenant, native=author)
            args |= {"author": known.id} if known else {}
        return args

    @property
    def _reply_thread(self) -> str | None:
        """The thread in which to answer: a marked message begins one."""
        event = self.event
        return event.place.thread or (event.message if event.kind == "reacted" else None)

    def _is_meant(self, ctx: Context, command: Command) -> bool:
        """Tell commands from talk: in the thread of a card a verb may stand alone, but free words are discussion."""
        if self.event.is_addressed or (self.reading is not None and self.reading.is_explicit):
            return True
        if self.reading is not None and self.reading.is_vague:
            return False
        takes_words = any(each.required and each.kind in WORDS for each in command.parameters)
        return ctx.thread is not None and not takes_words

    def _unless_overheard(self, answered: Answered, *, is_talk: bool = False) -> Answered:
        """Leave talk alone that was not meant for us: a problem in it is none."""
        is_explicit = self.reading is not None and self.reading.is_explicit and not is_talk
        return answered if self.event.is_addressed or is_explicit else Answered("ignored", None)

    def _greeting(self, ctx: Context) -> Reply:
        """Answer a bare mention with help."""
        helps = self.house.registry.commands["help"]
        return helps.function(ctx, **typed(ctx, helps, {}))

    def _answer_carried(self, ctx: Context) -> Answered:
        carried = self.event.carried
        if carried is None or not is_sealed(self.workspace, carried):
            return Answered("refused", answers.not_sealed(ctx))
        command = self.house.registry.commands.get(carried.command)
        if command is None:
            return Answered("refused", answers.not_sealed(ctx))
        args = dict(carried.args)
        if not may_somewhere(ctx.rights, command.may):
            return self._forbidden(ctx, command, args, command.may)
        if self.event.kind == "submitted" or self.event.values:
            args, errors = fill(ctx, command, args, self.event.values, self.house.languages)
            if errors:
                return Answered("asked", None, command, args, errors=errors)
        if "?" in args or any(p.required and args.get(p.name) in (None, "", []) for p in command.parameters):
            return Answered("asked", answers.form_for(ctx, command, args, version=carried.version), command, args)
        return self._act(ctx, command, args)

    def _act(self, ctx: Context, command: Command, args: dict[str, Json]) -> Answered:
        ctx.call = replace(ctx.call, command=command.name, args=args)
        self._attempted = command, args
        try:
            values = self._permitted(ctx, command, args)
            if command.reads:
                return Answered("done", self._told(ctx, command, args, values), command, args)
            confirm_many(ctx, command, args, values)
            with ctx.unit.attempt():
                reply = command.function(ctx, **values)
                with ctx.unit.unbounded():  # what follows by itself follows, whether or not they may see it
                    self._react(ctx)
        except Forbidden as error:
            return self._forbidden(ctx, command, args, error.action)
        except (Asked, Wanting, Refused) as error:
            answered = self._problem(ctx, command, args, error)
            return self._unless_overheard(answered, is_talk=True) if isinstance(error, Aside) else answered
        if self._is_to_be_hushed(ctx, values):
            reply, ctx.replies[:] = _hushed(reply), [_hushed(each) for each in ctx.replies]
        return Answered("done", reply, command, args)

    def _told(self, ctx: Context, command: Command, args: Args, values: dict[str, Any]) -> Reply:
        """Ask a command that only reads; with the eyes of all in the group, where it is they who read the answer."""
        reply: Reply = command.function(ctx, **values)
        if reply.to != "here" or ctx.chat.kind != "group" or not holds_secrets(ctx.unit):
            return reply
        if self._is_to_be_hushed(ctx, values):
            return _hushed(reply)
        ctx.forget()
        with ctx.aloud():
            told: Reply = command.function(ctx, **typed(ctx, command, args))
        return told

    def _is_to_be_hushed(self, ctx: Context, values: Mapping[str, Any]) -> bool:
        """Tell whether an object was named that not all in the group may know of."""
        whole = sight_of_all(ctx.unit, self.house.registry.guarded, ctx.chat) if ctx.chat.kind == "group" else None
        if whole is None:
            return False
        named = (each for value in values.values() for each in (value if isinstance(value, tuple) else (value,)))
        return any(isinstance(each, Record) and not is_seen(ctx.unit, whole, type(each), each.id) for each in named)

    def _permitted(self, ctx: Context, command: Command, args: Args) -> dict[str, Any]:
        """Give what the handler asks for, if they may: on each object, or here where none is named.

        Raises:
            Forbidden: they may not.
            Refused: somebody else says it for them, and it takes themselves.
        """
        values = typed(ctx, command, args)
        if command.may in IN_PERSON:
            ctx.must_be_there()
        if not any(each.kind in OBJECTS and values.get(each.name) for each in command.parameters):
            ctx.must(command.may)
        return values

    def _forbidden(self, ctx: Context, command: Command, args: Args, action: str) -> Answered:
        return Answered("refused", answers.forbidden(ctx, command, args, action), command, args)

    def _as_said(self, ctx: Context, command: Command) -> dict[str, Json]:
        """Read the arguments as far as they can be read, for somebody else to be asked to do it."""
        bound = Bound()
        with contextlib.suppress(Asked, Wanting, Refused):
            bind(ctx, command, self.reading.rest if self.reading else (), self.house.languages, bound)
        return bound.args

    def _react(self, ctx: Context) -> None:
        """Run the reactions to what was stated, and to what they state, until nothing is left."""
        for count, fact in enumerate(ctx.facts):  # the list grows while it is read
            if count > REACTIONS:
                raise RecursionError(f"facts set each other off: {type(fact).__name__}")
            for reaction in self.house.registry.reactions.get(type(fact), ()):
                reaction(ctx, fact)

    def _problem(
        self, ctx: Context, command: Command, args: dict[str, Json], error: Asked | Wanting | Refused
    ) -> Answered:
        ctx.forget()
        if isinstance(error, Wanting):
            return Answered("asked", answers.wanting(ctx, command, args, error), command, args)
        result: Result = "asked" if isinstance(error, Asked) else "refused"
        return Answered(result, answers.refused(ctx, error), command, args)

    def by_clock(self, ctx: Context, act: Callable[[], Reply | More | None]) -> Reply | More | None:
        """Run a routine instead of a command, with what follows from its facts."""
        unit = ctx.unit
        unit.call, unit.actor = self.call, ctx.me.id or None
        self.entered = len(unit.changed)
        guarded = self.house.registry.guarded
        if ctx.chat.kind == "group":  # what it posts, all in the chat read
            unit.sight = (
                sight_aloud(ctx.rights, guarded, ctx.chat) if ctx.me.id else sight_of_all(unit, guarded, ctx.chat)
            )
        if ctx.me.id and unit.sight is None:
            unit.sight = sight(ctx.rights, guarded)
        said = act()
        with unit.unbounded():
            self._react(ctx)
        return said

    def conclude(self, ctx: Context, answered: Answered) -> Done:
        """Write what a routine answered; what may wait is held for the quiet hours of its chat."""
        routine = ctx.registry.routines.get(ctx.call.command)
        if routine is not None and routine.waits and answered.reply is not None and ctx.chat.id:
            opening = quiet_here(ctx, ctx.chat).opening(ctx.unit.now)
            self._posts_at = opening if opening > ctx.unit.now else None
        return self._store(ctx, answered)

    # -- writing it down ----------------------------------------------------------------------

    def _store(self, ctx: Context, answered: Answered) -> Done:
        if answered.result == "ignored" and not ctx.unit.changed:
            return IGNORED
        unit, event = ctx.unit, self.event
        unit.sight = None  # from here on the house writes, and answers what was decided
        wrote = unit.changed[self.entered :]
        writes = self._letters(ctx)
        letters = writes.redraw()
        directs = writes.directs()
        reply = answered.reply
        if reply is not None:
            reply = writes.with_when(writes.with_undo(answered, reply), directs)
            letters += writes.post(reply)
        for also in ctx.replies:
            if also is not answered.reply:
                letters += writes.post(also, is_first=False)
        letters += directs.post() if directs is not None else []
        letters += [letter for each in ctx.remarks for letter in writes.remark(*each)]
        letters += writes.first_words(answered)
        answer = writes.in_the_ack(answered)
        ref = reply.about if reply else None
        mail.receive(
            unit,
            key=event.key,
            call=self.call,
            received_at=unit.now,
            person_id=ctx.me.id or None,
            chat_id=ctx.chat.id or None,
            command=answered.command.name if answered.command else None,
            args=_without_secrets(answered),
            result=answered.result,
            reply=writes.encoded(reply) if reply else None,
            answer=encode(answer) if answer else None,
            ref_kind=ref.kind if ref else None,
            ref_id=ref.id if ref else None,
            ref_label=ref.label if ref else None,
            writes=len(wrote),
        )
        return Done(
            Outcome("ok", answer),
            answered.result,
            self.call,
            answered.command.name if answered.command else None,
            answered.args,
            ref.label if ref else None,
            tuple(letters),
        )

    def _letters(self, ctx: Context) -> Letters:
        return Letters(
            ctx,
            self.house,
            self.workspace,
            self.event,
            call=self.call,
            entered=self.entered,
            thread=self._reply_thread,
            schedule=self.schedule,
            posts_at=self._posts_at,
        )


def _hushed(reply: Reply) -> Reply:
    """Say to the one who acts alone what would be said to all."""
    return replace(reply, to="private") if reply.to == "here" else reply


def _without_secrets(answered: Answered) -> dict[str, Json]:
    """Give the arguments as they are written down."""
    parameters = answered.command.parameters if answered.command else ()
    secret = {each.name for each in parameters if each.type is Secret}
    return {name: "…" if name in secret else value for name, value in answered.args.items()}
