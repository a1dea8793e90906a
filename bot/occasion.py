"""One slot of a schedule inside one transaction: claim it, decide whether it comes, run its routine, wait for the next.

Plain and synchronous, as turn.py is, whose way of writing answers it shares; clock.py opens the transaction. Whatever
number of processes see that a slot is due, one of them holds it, and its claim commits with what it did.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.house import Answered, Done, House
from bot.turn import Turn
from commands.core.access import Rights, may, rights_of
from commands.core.command import More, Routine
from commands.core.context import Context, zone_of
from commands.core.event import BySystem, Call, Event, Place, Sender
from commands.core.reply import Reply
from commands.core.timetable import Slot
from commands.schedules import Occasion, timetable_of
from commands.why import explained
from storage.chats import Chat
from storage.people import Person
from storage.schedules import Due, Schedule, claim, hold, occurrence, settle, stop_waiting, wait_for
from storage.unit import Unit
from storage.workspaces import Workspace

UNDONE: Final = timedelta(days=1)
"""A schedule that was put away goes on being skipped so long, since that can be taken back."""
MISSED_LOGGED: Final = 50
"""Slots that were missed are logged one by one up to here; a year's sleep is told by its last ones."""
_EVER: Final = datetime.fromtimestamp(0, UTC)
_ROW: Final[dict[str, Any]] = {"id": 0, "version": 0, "created_at": _EVER, "updated_at": _EVER, "archived_at": None}
NOBODY: Final = Person.model_construct(name="Drumbeat", role="admin", **_ROW)
"""Who acts where no person stands behind a schedule: the house itself."""
NOWHERE: Final = Chat.model_construct(platform="", app="", tenant="", native="", kind="direct", **_ROW)
"""The chat of a routine that only writes to people directly."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a slot."""

    schedule: Schedule
    slot: Slot
    state: str
    reason: str = ""
    done: Done | None = None


class SlotTurn:
    """Take one due slot through one transaction. Made for each."""

    def __init__(self, house: House, workspace: Workspace, due: Due) -> None:
        self.house = house
        self.workspace = workspace
        self.due = due

    def write(self, unit: Unit) -> Handled | None:
        """Do what the slot asks for; None when another process did, or nothing waits for it any more."""
        if not hold(unit, self.due.schedule, self.due.slot):
            return None
        schedule = unit.must_get(Schedule, self.due.schedule)
        if schedule.archived_at is not None and unit.now - schedule.archived_at > UNDONE:
            stop_waiting(unit, schedule.id)
            return None
        ctx = context_of(self.house, self.workspace, unit, schedule)
        slot = self._newest(ctx, schedule)
        before = occurrence(unit, schedule.id, slot.label)
        if before is None or before.state == "running":
            handled = self._come(ctx, schedule, slot, cursor=before.cursor if before else None)
        else:  # done before the clock was set back
            handled = Handled(schedule, slot, before.state, before.reason)
        if handled.state != "running":
            self._await_next(ctx, schedule, slot)
        return handled

    def fail(self, unit: Unit, incident: str) -> Handled | None:
        """Write that a bug of ours kept the slot from coming, and go on with the next."""
        if not hold(unit, self.due.schedule, self.due.slot):
            return None
        schedule = unit.must_get(Schedule, self.due.schedule)
        ctx = context_of(self.house, self.workspace, unit, schedule)
        slot, reason = self._newest(ctx, schedule), f"bug:{incident}"
        if not claim(unit, schedule.id, slot.label, state="failed", reason=reason):
            settle(unit, schedule.id, slot.label, state="failed", reason=reason)
        self._await_next(ctx, schedule, slot)
        return Handled(schedule, slot, "failed", reason)

    # -- which slot ---------------------------------------------------------------------------

    def _newest(self, ctx: Context, schedule: Schedule) -> Slot:
        """Find the newest slot that has come; those before it were missed, and are logged as such."""
        unit, table, workdays = ctx.unit, timetable_of(schedule), ctx.workdays
        local = datetime.fromisoformat(self.due.slot)
        slot = table.slot(local.date(), local.time())
        missed: list[Slot] = []
        while (later := table.next_after(slot.local, workdays)).at <= unit.now:
            missed.append(slot)
            slot = later
        for each in missed[-MISSED_LOGGED:]:
            is_worked = table.is_worked(each, workdays)
            claim(unit, schedule.id, each.label, state="skipped", reason="missed" if is_worked else "rest")
        return slot

    def _await_next(self, ctx: Context, schedule: Schedule, slot: Slot) -> None:
        coming = timetable_of(schedule).next_after(slot.local, ctx.workdays)
        wait_for(ctx.unit, schedule.id, at=coming.at, slot=coming.label)

    # -- whether it comes, and what it does ---------------------------------------------------

    def _come(self, ctx: Context, schedule: Schedule, slot: Slot, *, cursor: str | None) -> Handled:
        unit = ctx.unit
        late = max(timedelta(0), unit.now - slot.at)
        routine = self.house.registry.routines.get(schedule.kind)
        reason = self._against(ctx, schedule, routine, slot, late) if cursor is None else ""
        if cursor is None:
            late_s = int(late.total_seconds())
            claim(unit, schedule.id, slot.label, state="skipped" if reason else "running", reason=reason, late_s=late_s)
        if reason or routine is None:
            return Handled(schedule, slot, "skipped", reason)
        return self._run(ctx, schedule, routine, Occasion(schedule, slot, late, cursor or ""))

    def _against(self, ctx: Context, schedule: Schedule, routine: Routine | None, slot: Slot, late: timedelta) -> str:
        """Say why a slot does not come; empty when it does."""
        if schedule.archived_at is not None:
            return "dropped"
        if self._is_paused(ctx.unit, schedule):
            return "paused"
        if not timetable_of(schedule).is_worked(slot, ctx.workdays):
            return "rest"
        if ctx.chat.archived_at is not None:
            return "chat"
        if routine is None or not may(ctx.rights, routine.may):
            return "rights"
        return "late" if late > routine.within else ""

    def _is_paused(self, unit: Unit, schedule: Schedule) -> bool:
        if not schedule.is_paused:
            return False
        if schedule.paused_until is None or schedule.paused_until > unit.now:
            return True
        unit.change(schedule, is_paused=False, paused_until=None)
        return False

    def _run(self, ctx: Context, schedule: Schedule, routine: Routine, occasion: Occasion) -> Handled:
        unit, slot = ctx.unit, occasion.slot
        turn = Turn(self.house, self.workspace, self._event(ctx.chat, schedule, occasion), None, schedule)
        ctx.call = replace(ctx.call, cause=turn.event.key)
        said = turn.by_clock(ctx, lambda: routine.function(ctx, occasion))
        more = said if isinstance(said, More) else None
        reply = explained(ctx, schedule, said) if isinstance(said, Reply) else None
        done = turn.conclude(ctx, Answered("done", reply))
        if more is not None:
            settle(unit, schedule.id, slot.label, state="running", cursor=more.cursor)
            wait_for(unit, schedule.id, at=unit.now, slot=slot.label)
            return Handled(schedule, slot, "running", done=done)
        is_silent = reply is None and not done.letters and not occasion.cursor
        settle(unit, schedule.id, slot.label, state="done", reason="quiet" if is_silent else "")
        return Handled(schedule, slot, "done", "quiet" if is_silent else "", done)

    def _event(self, chat: Chat, schedule: Schedule, occasion: Occasion) -> Event:
        """Give the slot the form of an event, whose key the inbox keeps."""
        part = f":{occasion.cursor}" if occasion.cursor else ""
        return Event(
            key=f"clock:{schedule.id}:{occasion.slot.label}{part}",
            platform=chat.platform,
            app=chat.app,
            tenant=chat.tenant,
            kind="ticked",
            sender=Sender(""),
            place=Place(chat.native, "group" if chat.kind == "group" else "direct"),
            sent_at=occasion.slot.at,
        )


def context_of(house: House, workspace: Workspace, unit: Unit, schedule: Schedule) -> Context:
    """Make the context of a schedule: its chat, its zone, and its owner's rights of now."""
    owner = unit.get(Person, schedule.owner_id) if schedule.owner_id is not None else None
    chat = unit.get(Chat, schedule.chat_id) if schedule.chat_id is not None else None
    where = chat or NOWHERE
    rights = Rights(unit, NOBODY, None) if owner is None else rights_of(unit, owner, here=schedule.project_id)
    return Context(
        unit=unit,
        registry=house.registry,
        words=house.languages[where.language or workspace.language],
        zone=zone_of(schedule.zone, workspace.timezone),
        call=Call(schedule.kind, {}, BySystem(owner.id if owner else 0), cause="", now=unit.now),
        rights=rights,
        languages=house.languages,
        chat=where,
        project=schedule.project_id,
    )
