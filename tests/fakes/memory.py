"""A chat platform in memory: it implements the port in full, and breaks down when it is told to.

Groups with members, a direct chat for each person, threads, messages for one reader, edits, forms
that a trigger opens once and soon, and an id for each message sent. It remembers what everybody
was shown, in order. Tests of everything above the port run over it, so it must not be kinder
than a real platform: an unknown chat is Gone, a form without its trigger too, and a message that
was taken while the answer was lost stands there all the same.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from commands.core.event import Args, Carried, ChatKind, Event, Kind, Mention, Place, Sender
from commands.core.ports import Dispatch, Finding, Gone, Limits, Outgoing, Profile, Route, Sent, Unsure
from commands.core.reply import Button, CardNow, Form, Item, Listing, Outcome, Reply

BOT: Final = "bot"
APP: Final = "app"
TENANT: Final = "team"
TRIGGER_LIFE: Final = timedelta(seconds=3)
ROOMY: Final = Limits(
    text_chars=4_000,
    parts=50,
    items=20,
    buttons=12,
    can_edit=True,
    can_whisper=True,
    can_ask=True,
    can_thread=True,
    can_picture=True,
    posts_per_minute=600,
)
"""The limits of a platform that can do everything."""

Node = str | Mention
Accepts = Callable[[Outgoing], bool]


@dataclass
class Message:
    """One message as it stands now."""

    id: str
    chat: str
    thread: str | None
    sender: str
    reply: Reply | None
    """What the bot says; None for what people say."""
    language: str = ""
    only_for: str | None = None
    edits: int = 0
    deliveries: int = 1
    """How often the platform was asked to post it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that was shown: a new message, an edit or an opened form, as it was at that moment."""

    kind: Literal["post", "edit", "form"]
    message: str
    chat: str
    thread: str | None
    only_for: str | None
    """The one reader; None for everybody in the chat."""
    reply: Reply
    language: str


@dataclass
class Member:
    """A person as this platform knows them."""

    account: str
    name: str
    is_guest: bool = False
    timezone: str | None = None
    email: str | None = None


@dataclass
class Group:
    """A group and who is in it."""

    chat: str
    title: str
    members: set[str] = field(default_factory=set)


@dataclass
class Trouble:
    """What goes wrong with messages that a test chose."""

    kind: Literal["refuse", "lose", "hang", "swallow", "hold"]
    """Raise `error` and take nothing; take it and lose the answer; take nothing, or take it, and never answer; answer
    when `opened`."""
    concerns: Accepts
    times: int
    error: Exception | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Memory:
    """The platform, and the adapter that joins it to the house."""

    def __init__(
        self, *, clock: Callable[[], datetime], name: str = "memory", limits: Limits = ROOMY, knows_ids: bool = True
    ) -> None:
        self.name = name
        self.limits = limits
        self.trouble: str | None = None
        self.people: dict[str, Member] = {}
        self.groups: dict[str, Group] = {}
        self.messages: dict[str, Message] = {}
        self.shown: list[Shown] = []
        """Everything that anybody was shown by the bot, in order."""
        self.attempts: list[Outgoing] = []
        """Everything that the house asked to have sent, in order, whatever became of it."""
        self.stuck: set[str] = set()
        """The ids of what is being held up just now."""
        self._clock = clock
        self._knows_ids = knows_ids
        self._dispatch: Dispatch | None = None
        self._troubles: list[Trouble] = []
        self._by_outgoing: dict[str, str] = {}
        self._triggers: dict[str, datetime] = {}
        self._count = 0
        self._run = secrets.token_hex(3)
        """Keeps the ids of one run apart from those of another over the same store."""

    # -- the platform, as people and tests use it ---------------------------------------------

    def add_person(self, member: Member) -> None:
        """Let a person have an account here."""
        self.people[member.account] = member

    def add_group(self, chat: str, title: str, members: Iterable[str]) -> None:
        """Open a group with the bot in it."""
        self.groups[chat] = Group(chat, title, set(members))

    def close_group(self, chat: str) -> None:
        """Put the bot out of a group."""
        del self.groups[chat]

    def fail(self, error: Exception, *, times: int = 1, when: Accepts = lambda _: True) -> None:
        """Refuse the next messages that `when` chooses; nothing of them is taken."""
        self._troubles.append(Trouble("refuse", when, times, error))

    def lose(self, *, times: int = 1, when: Accepts = lambda _: True) -> None:
        """Take the next messages, and lose the answer."""
        self._troubles.append(Trouble("lose", when, times))

    def hang(self, *, times: int = 1, when: Accepts = lambda _: True) -> None:
        """Never answer for the next messages."""
        self._troubles.append(Trouble("hang", when, times))

    def swallow(self, *, times: int = 1, when: Accepts = lambda _: True) -> None:
        """Take the next messages, and never answer."""
        self._troubles.append(Trouble("swallow", when, times))

    def calm(self) -> None:
        """Have nothing go wrong any more."""
        self._troubles.clear()

    def hold(self, *, times: int = 1, when: Accepts = lambda _: True) -> asyncio.Event:
        """Be slow with the next messages: they are taken when the event is set."""
        trouble = Trouble("hold", when, times)
        self._troubles.append(trouble)
        return trouble.opened

    def sees(self, account: str, chat: str) -> list[Message]:
        """Give what a person finds in a chat now, in order."""
        return [
            each
            for each in self.messages.values()
            if each.chat == chat and each.only_for in (None, account) and self._is_in(account, chat)
        ]

    def saw(self, account: str, since: int = 0) -> list[Shown]:
        """Give what a person was shown, in order, from a moment that `len(shown)` named."""
        return [
            each
            for each in self.shown[since:]
            if each.only_for == account or (each.only_for is None and self._is_in(account, each.chat))
        ]

    async def say(
        self,
        account: str,
        text: str | Sequence[Node],
        *,
        chat: str,
        thread: str | None = None,
        is_addressed: bool = True,
        replies_to: str | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Let a person say something; the same `key` is the same act delivered again."""
        event = self.event_of(account, text, chat=chat, thread=thread, is_addressed=is_addressed, key=key)
        return await self.deliver(replace(event, replies_to=replies_to))

    def event_of(
        self,
        account: str,
        text: str | Sequence[Node],
        *,
        chat: str,
        thread: str | None = None,
        is_addressed: bool = True,
        key: str | None = None,
    ) -> Event:
        """Make the event of something said, to be delivered later, or changed first."""
        key = key or self._next("said")
        message = f"m:{key}"
        if message not in self.messages:
            self.messages[message] = Message(message, chat, thread, account, None)
        event = self._event(key, "said", account, chat, thread)
        nodes = (text,) if isinstance(text, str) else tuple(text)
        addressed = is_addressed or event.place.kind == "direct"
        return replace(event, text=nodes, is_addressed=addressed, message=message)

    async def press(
        self, account: str, message: str, button: Button, *, values: Args | None = None, key: str | None = None
    ) -> Outcome:
        """Let a person press a button of a message."""
        carried = Carried(button.command, button.args, button.version, button.mac)
        return await self._act("pressed", account, message, carried, values or {}, key)

    async def submit(
        self, account: str, message: str, form: Form, values: Mapping[str, str], *, key: str | None = None
    ) -> Outcome:
        """Let a person send a form off, with what stands in its inputs."""
        held = {each.name: each.value for each in form.inputs}
        carried = Carried(form.command, form.args, form.version, form.mac)
        return await self._act("submitted", account, message, carried, {**held, **values}, key)

    async def deliver(self, event: Event) -> Outcome:
        """Hand an event to the house, as the platform does at each delivery."""
        if self._dispatch is None:
            return Outcome("again")
        return await self._dispatch(event)

    def new_key(self) -> str:
        """Make a key that no other event of any run has."""
        return self._next("key")

    def give_trigger(self, _account: str) -> str:
        """Make a handle that opens one form within three seconds."""
        trigger = self._next("trigger")
        self._triggers[trigger] = self._clock()
        return trigger

    def direct_chat(self, account: str) -> str:
        """Name a person's chat with the bot."""
        return f"dm:{account}"

    # -- the adapter ----------------------------------------------------------------------------

    async def run(self, dispatch: Dispatch) -> None:
        """Receive events, until cancelled."""
        self._dispatch = dispatch
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._dispatch = None

    def routes(self) -> Sequence[Route]:
        """Give none."""
        return ()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send one message, unless a test planned otherwise."""
        self.attempts.append(outgoing)
        trouble = self._trouble_with(outgoing)
        if trouble is None:
            return self._take(outgoing)
        if trouble.kind == "lose":
            self._take(outgoing)
            raise Unsure("the answer was lost")
        if trouble.error is not None:
            raise trouble.error
        if trouble.kind == "swallow":
            self._take(outgoing)
        self.stuck.add(outgoing.id)
        is_answered = trouble.kind == "hold"
        try:
            await (trouble.opened.wait() if is_answered else asyncio.get_running_loop().create_future())
        finally:
            self.stuck.discard(outgoing.id)
        return self._take(outgoing)

    async def upload(self, png: bytes) -> str:
        """Take a picture."""
        return f"picture:{len(png)}"

    async def profile(self, account: str) -> Profile | None:
        """Tell who an account is."""
        member = self.people.get(account)
        if member is None:
            return None
        return Profile(member.name, timezone=member.timezone, email=member.email, is_guest=member.is_guest)

    async def check(self) -> Sequence[Finding]:
        """Find everything in order."""
        return (Finding(self.name, is_fine=True, detail="in memory"),)

    # -- how it works -----------------------------------------------------------------------------

    def _trouble_with(self, outgoing: Outgoing) -> Trouble | None:
        for trouble in self._troubles:
            if trouble.times > 0 and trouble.concerns(outgoing):
                trouble.times -= 1
                return trouble
        return None

    def _take(self, outgoing: Outgoing) -> Sent:
        if outgoing.operation == "home":
            return Sent()
        if outgoing.operation == "update":
            return self._edit(outgoing)
        chat = self._chat_of(outgoing)
        if outgoing.operation == "form":
            self._open(outgoing.trigger)
        met = self._by_outgoing.get(outgoing.id) if self._knows_ids else None
        if met is not None:
            self.messages[met].deliveries += 1
            return Sent(met, chat)
        only_for = outgoing.account if outgoing.operation in ("private", "form") else None
        thread = None if outgoing.operation == "direct" else outgoing.thread
        message = Message(
            self._next("b"), chat, thread, BOT, outgoing.reply, language=outgoing.language, only_for=only_for
        )
        self.messages[message.id] = message
        self._by_outgoing[outgoing.id] = message.id
        self._show("form" if outgoing.operation == "form" else "post", message)
        return Sent(message.id, chat)

    def _edit(self, outgoing: Outgoing) -> Sent:
        met = self.messages.get(outgoing.message or "")
        if met is None or met.sender != BOT or not self.limits.can_edit:
            raise Gone("there is no such message of the bot")
        met.reply, met.edits = outgoing.reply, met.edits + 1
        self._show("edit", met)
        return Sent(met.id, met.chat)

    def _chat_of(self, outgoing: Outgoing) -> str:
        is_for_one = outgoing.operation in ("private", "form", "direct")
        if is_for_one and outgoing.account not in self.people:
            raise Gone("there is no such account")
        if outgoing.operation == "direct":
            return self.direct_chat(outgoing.account or "")
        if outgoing.operation in ("private", "form") and not (self.limits.can_whisper or self.limits.can_ask):
            raise Gone("nothing here is for one reader")
        if outgoing.chat is None or not self._is_open(outgoing.chat):
            raise Gone("there is no such chat")
        return outgoing.chat

    def _is_open(self, chat: str) -> bool:
        return chat in self.groups or (chat.startswith("dm:") and chat[3:] in self.people)

    def _is_in(self, account: str, chat: str) -> bool:
        return chat == self.direct_chat(account) or (chat in self.groups and account in self.groups[chat].members)

    def _open(self, trigger: str | None) -> None:
        given = self._triggers.pop(trigger or "", None)
        if given is None or self._clock() - given > TRIGGER_LIFE:
            raise Gone("the trigger is unknown, used or too old")

    def _show(self, kind: Literal["post", "edit", "form"], message: Message) -> None:
        assert message.reply is not None
        self.shown.append(
            Shown(kind, message.id, message.chat, message.thread, message.only_for, message.reply, message.language)
        )

    async def _act(
        self, kind: Kind, account: str, message: str, carried: Carried, values: Args, key: str | None
    ) -> Outcome:
        met = self.messages[message]
        event = self._event(key or self._next(kind), kind, account, met.chat, met.thread)
        outcome = await self.deliver(replace(event, carried=carried, values=values, message=message))
        if isinstance(outcome.answer, CardNow):  # the acknowledgement of a press may carry the card itself
            met.reply = outcome.answer.reply
            self._show("edit", met)
        return outcome

    def _event(self, key: str, kind: Kind, account: str, chat: str, thread: str | None) -> Event:
        now = self._clock()
        self._triggers[f"trigger:{key}"] = now
        member = self.people.get(account)
        place_kind: ChatKind = "group" if chat in self.groups else "direct"
        return Event(
            key=f"{self.name}:{key}",
            platform=self.name,
            app=APP,
            tenant=TENANT,
            kind=kind,
            sender=Sender(account, member.name if member else None, is_guest=bool(member and member.is_guest)),
            place=Place(chat, place_kind, self.groups[chat].title if chat in self.groups else None, thread),
            sent_at=now,
            trigger=f"trigger:{key}",
        )

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}-{self._run}"


def buttons_of(reply: Reply) -> list[Button]:
    """List every button of a reply, those of its rows too."""
    rows = [item for part in reply.parts if isinstance(part, Listing) for item in part.items]
    return [*reply.buttons, *(row.button for row in rows if isinstance(row, Item) and row.button is not None)]
