"""The outbox pump. Sends committed messages at least once, in order per lane. Knows no commands.

A message is leased to one process at a time. A new one whose turn it is was drawn in the transaction
that wrote it; all others are drawn when they are sent: a card from the object as it is then, so that a
burst of changes becomes one edit. A slot is free again once the sending is noted, so that a kill can
double at most as many posts as there are slots.
"""

import asyncio
import contextlib
import logging
import random
import secrets
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.drawing import Drawer, Drawn, Held, Skip, Wait
from bot.observe import Meters
from bot.pictures import NoFont, png_of
from commands.core.command import Registry
from commands.core.ports import Adapter, Gone, Outgoing, Retry, SendError, Sent, Unsure
from commands.core.reply import Image, Reply, Text
from commands.core.wire import decode, encode
from commands.words.catalog import Languages
from storage import mail
from storage.cards import cards_of, drop_card, hang_card, place_card
from storage.chats import chat_at, open_chat
from storage.mail import Letter, card_lane
from storage.people import ANY, account_on
from storage.store import Store
from storage.unit import Missing, StorageFault, Unit
from storage.workspaces import Workspace

SLOTS: Final = 128
"""Messages under way at a time: enough for a platform that answers after 100 ms. Each lane has one of them."""
SEND_S: Final = 10.0
"""For one message with its pictures; shorter than a lease."""
PICTURE_S: Final = 4.0
"""For the pictures of it; a message without them still tells all."""
BROKEN_S: Final = 60.0
"""How long a message waits that met a bug of ours."""
SCAN_S: Final = 1.0
"""How often the outbox is looked at for what other processes or earlier attempts left."""
OURS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Missing)
"""What a bug in a drawing raises; not what the database says, after which nothing may be committed."""
LIFE: Final = timedelta(hours=24)
MARGIN: Final = timedelta(seconds=11)
"""A lease that ends sooner than a send may take is given up, not used."""

log = logging.getLogger("drumbeat.delivery")


class Delivery:
    """Send what the outbox holds, for the platforms served here."""

    def __init__(
        self,
        *,
        store: Store,
        registry: Registry,
        languages: Languages,
        workspaces: Mapping[int, Workspace],
        adapters: Mapping[str, Adapter],
        meters: Meters,
    ) -> None:
        self.token = secrets.token_hex(8)
        """Names this process in a lease."""
        self._store = store
        self._languages = languages
        self._drawer = Drawer(
            registry=registry,
            languages=languages,
            workspaces=workspaces,
            limits={name: adapter.limits for name, adapter in adapters.items()},
        )
        self._workspaces = workspaces
        self._adapters = adapters
        self._meters = meters
        self._lanes: dict[str, deque[Letter]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._drawn: dict[int, Drawn] = {}
        """By number, of the messages held that were drawn ahead."""
        self._awaited: set[str] = set()
        """Lanes in which something waits for what is sent in them before, or for the card that it edits."""
        self._is_behind = False
        """True while more is due than this process holds: then each message sent calls for the next."""

    def draw_ahead(self, unit: Unit, letters: Sequence[Letter]) -> dict[int, Drawn]:
        """Draw new messages whose turn it is in the transaction that writes them, by number.

        What they show is at hand there, and most go out at once; drawn when sent they take a read of
        their own. Left for later are edits, which merge, what may have run out by then, and what meets a bug.
        """
        drawn: dict[int, Drawn] = {}
        for letter in letters:
            if letter.lease_token != self.token or letter.operation == "update" or letter.expires_at is not None:
                continue
            with contextlib.suppress(*OURS):
                is_next = mail.turn_of(unit, letter) == "now"
                found = self._drawer.draw(unit, letter, is_new=True) if is_next else None
                if isinstance(found, Drawn):
                    drawn[letter.seq] = found
        return drawn

    def offer(self, letters: Iterable[Letter], drawn: Mapping[int, Drawn] | None = None) -> None:
        """Take over messages that are leased to this process, and those drawings of them that there are."""
        self._drawn.update(drawn or {})
        for letter in letters:
            lane = letter.lane or f"alone:{letter.seq}"
            if lane in self._lanes:
                self._lanes[lane].append(letter)
            else:
                self._lanes[lane] = deque((letter,))
                self._ready.put_nowait(lane)

    def nudge(self) -> None:
        """Look at the outbox now instead of at the next second."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        if self._store.is_embedded:  # the one process of its file: whatever is leased, a dead one leased
            await self._store.write(self._any(), mail.release_all)
        async with asyncio.TaskGroup() as group:
            for _ in range(SLOTS):
                group.create_task(self._work())
            group.create_task(self._scan())

    def _any(self) -> int:
        """Give some workspace, for work on messages of all."""
        return next(iter(self._workspaces))

    async def _scan(self) -> None:
        while True:
            self._wake.clear()  # before looking: a nudge that comes meanwhile counts
            try:
                due = await self._store.write(self._any(), self._claim)
                self.offer(due)
            except StorageFault as error:
                due = []
                log.warning("scan_failed", extra={"error": str(error)})
            if len(due) < SLOTS:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SCAN_S):
                        await self._wake.wait()

    def _claim(self, unit: Unit) -> list[Letter]:
        held = sum(len(lane) for lane in list(self._lanes.values()))
        room = max(0, SLOTS * 4 - held)
        waiting, oldest = mail.waiting(unit)
        self._meters.outbox(due=waiting, oldest_s=(unit.now - oldest).total_seconds() if oldest else 0.0)
        self._is_behind = waiting > held
        if not room or not self._adapters:
            return []
        return mail.claim_due(unit, token=self.token, platforms=list(self._adapters), most=room)

    async def _work(self) -> None:
        while True:
            lane = await self._ready.get()
            letter = self._lanes[lane][0]
            goes_on = await self._deliver(letter)
            queue = self._lanes[lane]
            queue.popleft()
            if queue and goes_on:
                self._ready.put_nowait(lane)
                continue
            del self._lanes[lane]
            if queue:
                await self._release(list(queue))
            if goes_on and self._is_behind:
                self.nudge()

    async def _release(self, letters: list[Letter]) -> None:
        """Let go what waits behind a message that could not be sent now; it is claimed after it."""
        for letter in letters:
            self._drawn.pop(letter.seq, None)
            self._await_turn(letter)
        try:
            await self._store.write(self._any(), lambda unit: mail.release(unit, letters))
        except StorageFault as error:
            log.warning("not_released", extra={"error": str(error)})

    async def _deliver(self, letter: Letter) -> bool:
        """Send one message and note it; False when its lane must wait.

        A bug that one message meets, in a card or an adapter, must not stop all the others: it is
        counted, and the message is tried again as one whose answer was lost.
        """
        attempt = asyncio.ensure_future(self._attempt(letter))
        try:
            await asyncio.wait([attempt])
        finally:
            attempt.cancel()
        error = attempt.exception()
        if error is None:
            return attempt.result()
        try:
            if isinstance(error, Exception) and not isinstance(error, StorageFault):
                log.error("delivery_broke", extra={"letter": letter.id}, exc_info=error)
                self._meters.broke()
                return await self._try_later(letter, error, after_s=BROKEN_S)
            raise error
        except StorageFault as fault:
            log.warning("not_noted", extra={"letter": letter.id, "error": str(fault)})
            return False

    async def _attempt(self, letter: Letter) -> bool:
        write = self._store.write
        if letter.lease_until is None or letter.lease_until - self._store.clock() < MARGIN:
            await self._release([letter])
            return False
        drawn: Drawn | Held | Skip | Wait | None = self._drawn.pop(letter.seq, None)
        if drawn is None:
            drawn = await self._store.read(letter.workspace_id, lambda unit: self._draw(unit, letter))
        if drawn is None:
            return True
        if isinstance(drawn, Wait):
            self._await_turn(letter)
            await write(letter.workspace_id, lambda unit: self._postpone(unit, letter, unit.now, 0, drawn.reason))
            return False
        if isinstance(drawn, Held):
            until = drawn.until
            await write(letter.workspace_id, lambda unit: mail.hold(unit, letter, until=until))
            return True
        if isinstance(drawn, Skip):
            await write(letter.workspace_id, lambda unit: self._close(unit, letter, drawn))
            return True
        adapter = self._adapters[letter.platform]
        ends = asyncio.get_running_loop().time() + SEND_S
        outgoing = drawn.outgoing
        if pictures := await self._pictures(adapter, outgoing):
            outgoing = replace(outgoing, pictures=pictures)
        try:
            async with asyncio.timeout_at(ends):
                sent = await adapter.send(outgoing)
        except Gone as error:
            return await self._give_up(letter, str(error))
        except Retry as error:
            return await self._try_later(letter, error, after_s=error.after_s)
        except (Unsure, TimeoutError, OSError) as error:
            return await self._try_later(letter, error, after_s=None)
        self._meters.sent(letter.platform, "sent")
        await write(letter.workspace_id, lambda unit: self._note(unit, letter, drawn, sent))
        self._call_the_next(letter)
        return True

    def _await_turn(self, letter: Letter) -> None:
        if letter.lane is not None:
            self._awaited.add(letter.lane)

    def _call_the_next(self, letter: Letter) -> None:
        """Look at the outbox now if something waited for this message, or for the card that it hung."""
        waited = {letter.lane, card_lane(letter.card_id) if letter.card_id is not None else None} & self._awaited
        if waited:
            self._awaited -= waited
            self.nudge()

    async def _pictures(self, adapter: Adapter, outgoing: Outgoing) -> tuple[str, ...]:
        """Draw and upload the pictures of a message; without them it still tells all in words."""
        images = [part for part in outgoing.reply.parts if isinstance(part, Image)]
        if not images or not adapter.limits.can_picture:
            return ()
        try:
            async with asyncio.timeout(PICTURE_S):
                drawn = [await asyncio.to_thread(png_of, image.svg) for image in images]
                return tuple([await adapter.upload(png) for png in drawn])
        except (SendError, NoFont, TimeoutError, OSError, ValueError) as error:
            log.warning("no_picture", extra={"letter": outgoing.id, "error": type(error).__name__})
            return ()

    def _draw(self, unit: Unit, letter: Letter) -> Drawn | Held | Skip | Wait | None:
        """Draw a message whose turn it is; None when it was closed since it was leased.

        What is held here is not all there is: an earlier message of the lane may wait for another
        try, or be left from before a restart.
        """
        turn = mail.turn_of(unit, letter)
        if turn == "now":
            return self._drawer.draw_late(unit, letter)
        return Wait("waits for its turn") if turn == "later" else None

    # -- noting -------------------------------------------------------------------------------

    def _note(self, unit: Unit, letter: Letter, drawn: Drawn, sent: Sent) -> None:
        held = mail.finish(unit, letter, state="sent", attempts=letter.attempts + 1, message=sent.message)
        if not held:
            log.warning("lease_lost", extra={"letter": letter.id})
            return
        hangs = mail.hangs(letter)
        if drawn.passed is not None:
            mail.let_pass(unit, letter, drawn.passed)
        if hangs is not None:
            self._hang(unit, letter, sent, *hangs)
        if drawn.card_id is None:
            return
        if sent.message not in (None, drawn.outgoing.message):  # new, or anew where it was too old to be edited
            place_card(unit, drawn.card_id, sent.message)
        if drawn.shows_up_to:
            mail.merge_updates(unit, card=drawn.card_id, up_to=drawn.shows_up_to)

    def _hang(self, unit: Unit, letter: Letter, sent: Sent, kind: str, id: int) -> None:
        """Note where a card hangs that was sent directly; the chat may be known only now."""
        account = account_on(unit, letter.person_id, letter.platform) if letter.person_id is not None else None
        if account is None or ANY in (account.app, account.tenant) or sent.chat is None or sent.message is None:
            return  # it was read, but cannot be edited
        at = {"platform": account.platform, "app": account.app, "tenant": account.tenant, "native": sent.chat}
        chat = chat_at(unit, **at)
        if chat is None:
            chat = open_chat(
                unit, project_name=None, kind="direct", title=account.title, person_id=account.person_id, **at
            )
        if chat.language is None:  # the card goes on in the language in which it was sent
            unit.change(chat, language=letter.language)
        hung = next((each.id for each in cards_of(unit, kind, id) if each.chat_id == chat.id), None)
        card_id = hung or hang_card(unit, kind=kind, object_id=id, chat_id=chat.id, thread=None)
        place_card(unit, card_id, sent.message)

    def _close(self, unit: Unit, letter: Letter, skip: Skip) -> None:
        mail.finish(unit, letter, state=skip.state, attempts=letter.attempts, error=skip.reason)
        if skip.state == "expired" and letter.payload is not None:
            self._say_instead(unit, letter)

    def _say_instead(self, unit: Unit, letter: Letter) -> None:
        """Send as a private text what could not be opened as a form in time."""
        reply = replace(decode(letter.payload), form=None)
        values: dict[str, Any] = {
            "platform": letter.platform,
            "operation": "private",
            "chat_id": letter.chat_id,
            "person_id": letter.person_id,
            "thread": letter.thread,
            "language": letter.language,
            "payload": encode(reply),
            "cause": letter.cause,
        }
        mail.post(unit, lease_token=None, **values)

    def _postpone(self, unit: Unit, letter: Letter, until: Any, tries: int, error: str) -> None:
        tried_at = letter.tried_at or (unit.now if tries else None)
        mail.postpone(unit, letter, until=until, attempts=letter.attempts + tries, tried_at=tried_at, error=error)

    async def _try_later(self, letter: Letter, error: Exception, *, after_s: float | None) -> bool:
        is_unsure = not isinstance(error, Retry)
        self._meters.sent(letter.platform, "unsure" if is_unsure else "retry")
        backoff = min(300.0, 2.0 ** min(letter.attempts, 9)) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        wait = backoff if after_s is None else after_s
        what = {"letter": letter.id, "error": type(error).__name__, "again_s": round(wait, 1)}
        log.log(logging.DEBUG if after_s is not None else logging.WARNING, "send_failed", extra=what)
        reason = f"{type(error).__name__}: {error}"[:200]

        def note(unit: Unit) -> None:
            if unit.now - letter.created_at > LIFE:
                mail.finish(unit, letter, state="dead", attempts=letter.attempts + 1, error=reason)
                return
            mail.postpone(
                unit,
                letter,
                until=unit.now + timedelta(seconds=wait),
                attempts=letter.attempts + (after_s is None),
                tried_at=letter.tried_at or (unit.now if is_unsure else None),
                error=reason,
            )

        await self._store.write(letter.workspace_id, note)
        return False

    async def _give_up(self, letter: Letter, reason: str) -> bool:
        """Close a message that can never be sent, and tell who asked for it."""
        self._meters.sent(letter.platform, "gone")
        log.error("send_gone", extra={"letter": letter.id, "error": reason[:200]})

        def note(unit: Unit) -> None:
            mail.finish(unit, letter, state="dead", attempts=letter.attempts + 1, error=reason[:200])
            if letter.operation == "form":
                self._say_instead(unit, letter)
                return
            if letter.card_id is not None:
                drop_card(unit, letter.card_id)
            row = mail.received(unit, letter.cause) if letter.cause else None
            if row is None or row.person_id is None or letter.operation == "direct":
                return
            words = self._languages[letter.language]
            told = Reply(
                parts=(Text(words.line("I could not post in that chat; am I still in it? Your change is saved.")),)
            )
            mail.post(
                unit,
                lease_token=None,
                platform=letter.platform,
                operation="direct",
                chat_id=letter.chat_id,
                person_id=row.person_id,
                language=letter.language,
                payload=encode(told),
            )

        await self._store.write(letter.workspace_id, note)
        self._call_the_next(letter)
        return True
