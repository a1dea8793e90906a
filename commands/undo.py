"""Undo: take back one call and all that it caused, if nobody built on it since."""

from datetime import timedelta
from typing import Any

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import RECENT_S, Context
from commands.core.errors import Refused
from commands.core.reply import Code, Inline, Ref, Reply, Strong, Text
from storage.audit import BY_CALL, OF_OBJECT, restored
from storage.columns import AnyRow, Record
from storage.mail import last_done, mark_undone, received


@command("undo", may="own.undo", undo=None, examples=("撤销", "undo"))
def undo(ctx: Context, call: Prose | None = None) -> Reply:
    """Take back your last act here, within ten minutes."""
    row = _the_call(ctx, call)
    writes = ctx.unit.rows(BY_CALL, call=row.call)
    touched = _rows_of(writes)
    for kind, id in touched:
        _refuse_if_changed_since(ctx, kind, id, writes)
    refs = [ref for kind, id in reversed(touched) if (ref := _revert(ctx, kind, id, writes)) is not None]
    mark_undone(ctx.unit, call=row.call, by=ctx.unit.call or "")
    names: list[Inline] = []
    for ref in refs:
        names += [*([ctx.t(", ")] if names else []), Strong(ref.label)]
    line = ctx.line("Taken back: {what}.", what=tuple(names)) if names else ctx.line("Taken back.")
    return Reply(parts=(Text(line),), to="private", about=refs[0] if refs else None)


def _the_call(ctx: Context, call: str | None) -> AnyRow:
    since = ctx.unit.now - timedelta(seconds=RECENT_S)
    if call is None:
        row = last_done(ctx.unit, person=ctx.me.id, chat=ctx.chat.id, since=since)
        if row is None:
            raise Refused(
                ctx.line("There is nothing of yours to take back here: acts of the last ten minutes can be undone.")
            )
    else:
        row = received(ctx.unit, call)
        if row is None or row.person_id != ctx.me.id:
            raise Refused(ctx.line("Only the person who did it can take it back."))
        if row.undone_by is not None:
            raise Refused(ctx.line("This was taken back already."))
        if row.received_at < since:
            raise Refused(ctx.line("More than ten minutes have passed; change it by hand instead."))
    declared = ctx.registry.commands.get(row.command or "")
    if declared is None or declared.undo is None:
        raise Refused(ctx.line("{what} cannot be taken back.", what=Code(row.command or "?")))
    return row


def _rows_of(writes: Any) -> list[tuple[str, int]]:
    return list(dict.fromkeys((write.kind, write.object_id) for write in writes))


def _refuse_if_changed_since(ctx: Context, kind: str, id: int, writes: Any) -> None:
    left = max(write.version for write in writes if (write.kind, write.object_id) == (kind, id))
    newest = ctx.unit.row(OF_OBJECT, kind=kind, object=id)
    if newest is not None and newest.version != left:
        raise Refused(
            ctx.line(
                "{what} was changed since, by {who} at {at}. Nothing was taken back.",
                what=Strong(_label(ctx, kind, id)),
                who=ctx.who(newest.actor_id),
                at=ctx.clock(newest.at),
            )
        )


def _revert(ctx: Context, kind: str, id: int, writes: Any) -> Ref | None:
    """Give one row back what it was before the call; a row that the call made is put away."""
    record_class = _record_class(kind)
    record = ctx.unit.must_get(record_class, id)
    mine = [write for write in writes if (write.kind, write.object_id) == (kind, id)]
    if mine[0].action == "add":
        ctx.unit.archive(record)
    else:
        before: dict[str, Any] = {}
        for write in reversed(mine):
            before |= write.before
        ctx.unit.restore(record, **restored(record_class, before))
    _touch_parent(ctx, record)
    return ctx.ref(record) if ctx.registry.record_of(kind) is record_class else None


def _touch_parent(ctx: Context, record: Record) -> None:
    """Draw the cards again of what this row is a part of."""
    for each in ctx.registry.finders.values():
        parent = getattr(record, f"{each.kind}_id", None)
        if parent is not None:
            ctx.unit.touch(each.kind, parent)


def _label(ctx: Context, kind: str, id: int) -> str:
    record_class = ctx.registry.record_of(kind)
    record = ctx.unit.get(record_class, id) if record_class else None
    return ctx.ref(record).label if record else kind


def _record_class(kind: str) -> type[Record]:
    return next(each for each in Record.__subclasses__() if each.__tablename__ == kind)
