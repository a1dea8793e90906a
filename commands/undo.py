"""Undo: take back one call and all that it caused, if nobody built on it since."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from commands.core.arguments import Prose
from commands.core.command import SAME, Command, command
from commands.core.context import RECENT_S, Context
from commands.core.errors import LeftOver, Refused
from commands.core.facts import TakenBack
from commands.core.reply import Code, Inline, Line, Ref, Reply, Strong, Text
from commands.grammar.tokens import normal
from storage.audit import BY_CALL, OF_OBJECT, restored
from storage.columns import AnyRow, Record
from storage.mail import last_done, mark_undone, received, withdraw

_CALL = re.compile(r"[0-9a-f]{32}")
_REF = re.compile(r"[a-z]-?[0-9]{1,9}")


@command("undo", may="own.undo", undo=None, examples=("撤销", "undo"))
def undo(ctx: Context, call: Prose | None = None) -> Reply:
    """Take back your last act here, within ten minutes."""
    row, declared = _the_call(ctx, call)
    if declared.undo != SAME:
        return _by_subject(ctx, row, declared)
    with ctx.unit.unbounded():
        writes = ctx.unit.rows(BY_CALL, call=row.call)
        touched = _rows_of(writes)
        newer = [each for kind, id in touched if (each := _changed_since(ctx, kind, id, writes))]
        reverted = [] if newer else [_revert(ctx, kind, id, writes) for kind, id in reversed(touched)]
        _refuse_what_is_no_longer_theirs(ctx, declared, touched)
    if newer:
        raise Refused(newer[0])
    refs = list(dict.fromkeys(ref for ref in reversed(reverted) if ref is not None))
    mark_undone(ctx.unit, call=row.call, by=ctx.unit.call or "")
    withdraw(ctx.unit, row.call)
    line = ctx.line("Taken back: {what}.", what=_named(ctx, refs)) if refs else ctx.line("Taken back.")
    return Reply(parts=(Text(line),), to="private", about=refs[0] if refs else None)


def _by_subject(ctx: Context, row: AnyRow, declared: Command) -> Reply:
    """Have the subject take an act back which has a way of its own for that."""
    record_class = ctx.registry.record_of(row.ref_kind or "")
    record = ctx.unit.get(record_class, row.ref_id) if record_class is not None else None
    if record is None or not ctx.may(declared.may, record):
        raise Refused(_nothing(ctx))
    reply: Reply = ctx.registry.commands[declared.undo or ""].function(ctx, record)
    mark_undone(ctx.unit, call=row.call, by=ctx.unit.call or "")
    return reply


def _refuse_what_is_no_longer_theirs(ctx: Context, declared: Command, touched: Sequence[tuple[str, int]]) -> None:
    """Hold the act that is taken back to the rights of this moment, on each object as it is again."""
    objects = [each for kind, id in touched if (each := _object_of(ctx, kind, id)) is not None]
    allowed = [ctx.may(declared.may, each) for each in objects] or [ctx.may(declared.may)]
    if not all(allowed):
        raise Refused(_nothing(ctx))


def _object_of(ctx: Context, kind: str, id: int) -> Record | None:
    """Give the object that a row is, or is a part of."""
    record = ctx.unit.must_get(_record_class(kind), id)
    if ctx.registry.record_of(kind) is not None:
        return record
    return next(iter(_parents(ctx, record)), None)


def _nothing(ctx: Context) -> Line:
    return ctx.line("There is nothing of yours to take back here: acts of the last ten minutes can be undone.")


def _the_call(ctx: Context, said: str | None) -> tuple[AnyRow, Command]:
    since = ctx.unit.now - timedelta(seconds=RECENT_S)
    row = _pressed(ctx, said, since) if said and _CALL.fullmatch(said) else _last(ctx, said, since)
    declared = ctx.registry.commands.get(row.command or "")
    if declared is None or declared.undo is None:
        raise Refused(ctx.line("{what} cannot be taken back.", what=Code(row.command or "?")))
    return row, declared


def _pressed(ctx: Context, call: str, since: Any) -> AnyRow:
    row = received(ctx.unit, call)
    if row is None or row.person_id != ctx.me.id:
        raise Refused(ctx.line("Only the person who did it can take it back."))
    if row.undone_by is not None:
        raise Refused(ctx.line("This was taken back already."))
    if row.received_at < since:
        raise Refused(ctx.line("More than ten minutes have passed; change it by hand instead."))
    return row


def _last(ctx: Context, said: str | None, since: Any) -> AnyRow:
    """Find the last act here; a ref that was named must be the one that it touched."""
    ref = normal(said) if said else ""
    if said and not _REF.fullmatch(ref):
        example = Code(ctx.say("undo"))
        raise LeftOver(
            ctx.line(
                "I do not know what to do with {words} here. Example: {example}", words=Strong(said), example=example
            )
        )
    row = last_done(ctx.unit, person=ctx.me.id, chat=ctx.chat.id, since=since)
    if row is None:
        raise Refused(_nothing(ctx))
    labels = [_label(ctx, kind, id) for kind, id in _rows_of(ctx.unit.rows(BY_CALL, call=row.call))]
    if ref and ref.replace("-", "") not in [label.replace("-", "").lower() for label in labels]:
        raise Refused(
            ctx.line(
                "Your last act here was on {other}. To take that back: {undo}",
                other=Strong(labels[0] if labels else "?"),
                undo=Code(ctx.say("undo")),
            )
        )
    return row


def _rows_of(writes: Any) -> list[tuple[str, int]]:
    return list(dict.fromkeys((write.kind, write.object_id) for write in writes))


def _changed_since(ctx: Context, kind: str, id: int, writes: Any) -> Line:
    """Say who built on a row since; nothing where nobody did."""
    left = max(write.version for write in writes if (write.kind, write.object_id) == (kind, id))
    history = ctx.unit.rows(OF_OBJECT, kind=kind, object=id)
    newer = [write for write in history if write.version > left and not _is_taken_back(ctx, write.call)]
    if not newer:
        return ()
    return ctx.line(
        "{what} was changed since, by {who} at {at}. Nothing was taken back.",
        what=Strong(_label(ctx, kind, id)),
        who=ctx.who(newer[0].actor_id),
        at=ctx.clock(newer[0].at),
    )


def _is_taken_back(ctx: Context, call: str | None) -> bool:
    """Tell whether a later call left no trace: it was taken back, or is what took it back."""
    row = received(ctx.unit, call) if call else None
    return row is not None and (row.undone_by is not None or row.command == "undo")


def _revert(ctx: Context, kind: str, id: int, writes: Any) -> Ref | None:
    """Give one row back what it was, a new row is put away; give the object that shows it."""
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
    ctx.state(TakenBack(kind, id))
    parents = [ctx.ref(each) for each in _parents(ctx, record)]
    for each in parents:
        ctx.unit.touch(each.kind, each.id)
    if ctx.registry.record_of(kind) is record_class:
        return ctx.ref(record)
    return parents[-1] if parents else None


def _parents(ctx: Context, record: Record) -> list[Record]:
    """Give what this row is a part of, whose cards show it."""
    ids = [(each.record, getattr(record, f"{each.kind}_id", None)) for each in ctx.registry.finders.values()]
    found = [ctx.unit.get(kind, id) for kind, id in ids if id is not None]
    return [each for each in found if each is not None]


def _named(ctx: Context, refs: Sequence[Ref]) -> tuple[Inline, ...]:
    names: list[Inline] = []
    for ref in refs:
        names += [*([ctx.t(", ")] if names else []), Strong(ref.label)]
    return tuple(names)


def _label(ctx: Context, kind: str, id: int) -> str:
    record_class = ctx.registry.record_of(kind)
    record = ctx.unit.get(record_class, id) if record_class else None
    if record is not None:
        return ctx.ref(record).label
    part = ctx.unit.get(_record_class(kind), id) if record_class is None else None
    whole = _parents(ctx, part) if part is not None else []
    return ctx.ref(whole[0]).label if whole else ctx.t(kind)


def _record_class(kind: str) -> type[Record]:
    return next(each for each in Record.__subclasses__() if each.__tablename__ == kind)
