"""How a stand-up looks: the sheet of one person, and the one summary of all."""

from collections.abc import Sequence
from typing import Final

from commands.core.command import card
from commands.core.context import View
from commands.core.event import Json
from commands.core.reply import Button, Inline, Item, Line, Listing, Note, Part, Reply, Strong, Text
from storage.chats import Chat
from storage.standups import Checkin, Standup, checkins_of

SHOWN: Final = 4
"""Lines of one section on a sheet."""
BLOCKERS: Final = 5
PEOPLE: Final = 7
"""So many people are written out in a summary; the others are there when it is asked for."""
LINE: Final = 60


def sheet(view: View, standup: Standup, checkin: Checkin, *, lead: Line | None = None) -> Reply:
    """Draw what one person tells, or would tell with one tap."""
    is_told = checkin.state == "told"
    sections = [
        (view.t("Done"), checkin.done),
        (view.t("Next"), checkin.plan),
        (view.t("In the way"), checkin.blockers),
    ]
    parts: list[Part] = [Text(lead)] if lead else []
    parts += [Text((Strong(label), "\n", _lines(view, said))) for label, said in sections]
    return Reply(
        title=(title_of(view, standup),),
        parts=tuple(parts),
        buttons=own_buttons(view, standup, is_told=is_told),
        to="private",
    )


def title_of(view: View, standup: Standup) -> str:
    """Name a stand-up by its day and its chat, for one who may take part in several."""
    chat = view.unit.get(Chat, standup.chat_id)
    where = f" · {chat.title}" if chat and chat.title else ""
    return f"{view.t('Stand-up')} {view.due(standup.day)}{where}"


def own_buttons(view: View, standup: Standup, *, is_told: bool) -> tuple[Button, ...]:
    """Give what one can do with one's own sheet."""
    args: dict[str, Json] = {"standup": view.ref(standup).label}
    change = view.button(
        view.t("Change…"), "standup change", {**args, "?": "done"}, typed=view.say("standup answer", "…")
    )
    if is_told:
        return (change,)
    return (
        view.button(view.t("Submit as it is"), "standup submit", {**args}, style="primary"),
        change,
        view.button(view.t("Skip today"), "standup skip", {**args}),
    )


@card("standup")
def draw(view: View, standup: Standup) -> Reply:
    """Draw the summary: what is in the way first, then what each told."""
    return summary(view, standup, people=PEOPLE, blockers=BLOCKERS)


def summary(view: View, standup: Standup, *, people: int, blockers: int) -> Reply:
    """Draw the summary with so many people and blockers written out."""
    checkins = checkins_of(view.unit, standup.id)
    told = [each for each in checkins if each.state == "told" and (each.done or each.plan or not each.blockers)]
    found = blockers_of(checkins)
    parts: list[Part] = [Text((_counts(view, checkins),))]
    if not any(each.state == "told" for each in checkins):
        parts.append(Note((view.t("Whatever is told later comes in here."),)))
    more = view.say("standup show", view.ref(standup).label)
    if found:
        items = tuple(_blocker(view, standup, row, *each) for row, each in enumerate(found[:blockers], 1))
        parts += [Text((Strong(f"🚧 {view.t('In the way')}"),)), Listing(items)]
    if told:
        parts += [
            Text((Strong(view.t("By person")),)),
            Listing(tuple(_person(view, standup, each) for each in told[:people])),
        ]
    if len(told) > people or len(found) > blockers:
        parts.append(Note(view.line("All of it: {show}", show=Strong(more))))
    missing = any(each.state == "asked" for each in checkins)
    args: dict[str, Json] = {"standup": view.ref(standup).label}
    return Reply(
        title=(f"{view.t('Stand-up')} {view.due(standup.day)} · {view.ref(standup).label}",),
        parts=tuple(parts),
        buttons=(
            *((view.button(view.t("Enter a risk…"), "risk blockers", {**args}),) if found else ()),
            *((view.button(view.t("Who is missing"), "standup missing", args),) if missing else ()),
        ),
        about=view.ref(standup),
    )


def blockers_of(checkins: Sequence[Checkin]) -> list[tuple[Checkin, int]]:
    """List what is in the way: who tells it, and its place there; cards number them so."""
    return [(each, index) for each in checkins if each.state == "told" for index in range(len(each.blockers))]


def _blocker(view: View, standup: Standup, row: int, checkin: Checkin, index: int) -> Item:
    text = checkin.blockers[index]
    task = checkin.tasks.get(text)
    name: Line = (f"{row}. ", Strong(_cut(text)))
    who: Line = (view.who(checkin.person_id),)
    if task is not None:
        return Item(name, (*who, f" · → T-{task}"))
    args: dict[str, Json] = {
        "standup": view.ref(standup).label,
        "row": f"{checkin.id}.{index}",
        "title": text,
        "?": "owner",
    }
    typed = view.say("standup assign", view.ref(standup).label, row, "@…")
    return Item(name, who, view.button(view.t("Assign…"), "standup assign", args, typed=typed))


def _person(view: View, standup: Standup, checkin: Checkin) -> Item:
    is_late = standup.closed_at is not None and checkin.told_at is not None and checkin.told_at > standup.closed_at
    who: Line = (view.who(checkin.person_id), f" · {view.t('late')}" if is_late else "")
    said = [
        view.t("done: {what}", what=_cut(" / ".join(checkin.done))) if checkin.done else "",
        view.t("next: {what}", what=_cut(" / ".join(checkin.plan))) if checkin.plan else "",
    ]
    return Item(_stressed(who), (" · ".join(filter(None, said)) or "—",))


def _stressed(line: Line) -> Line:
    return tuple(each for each in line if each != "")


def _counts(view: View, checkins: Sequence[Checkin]) -> str:
    count = {state: sum(1 for each in checkins if each.state == state) for state in ("told", "asked", "skipped")}
    resting = [each for each in checkins if each.state == "resting"]
    names = view.t(", ").join(person.name for each in resting if (person := view.person(each.person_id)))
    parts = [
        view.tn("{count} told", "{count} told", count["told"]),
        view.tn("{count} missing", "{count} missing", count["asked"]) if count["asked"] else "",
        view.tn("{count} skipped", "{count} skipped", count["skipped"]) if count["skipped"] else "",
        view.t("resting: {names}", names=names) if resting else "",
    ]
    return " · ".join(filter(None, parts))


def _lines(view: View, said: Sequence[str]) -> Inline:
    shown = [f"· {_cut(each)}" for each in said[:SHOWN]]
    if len(said) > SHOWN:
        shown.append(view.tn("and {count} more", "and {count} more", len(said) - SHOWN))
    return "\n".join(shown) or f"· {view.t('nothing')}"


def _cut(text: str) -> str:
    return text if len(text) <= LINE else text[: LINE - 1] + "…"
