"""Settings: what people choose for themselves, and leads for a chat. Each is one command; `settings` shows them all."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, zone_of
from commands.core.errors import Asked, Refused, Wanting
from commands.core.quiet import USUAL_HOURS
from commands.core.reply import Button, Code, Field, Fields, Note, Reply, Strong, Text
from commands.grammar.hours import DAY, hours_text, parse_hours
from commands.grammar.places import near_places, zones_called
from commands.quiet import hold_anew, hold_anew_here
from commands.words import dates
from commands.words.catalog import msg
from storage.chats import Chat, Project
from storage.people import name_key
from storage.settings import (
    Preference,
    chats_spoken_in,
    default_project,
    prefer,
    prefer_in_chat,
    preference_of,
    preference_of_chat,
)
from storage.workspaces import workspace_of

_PICKS: Final = 5


class Level(StrEnum):
    """Choose how much to hear unasked."""

    QUIET = "quiet level"
    NORMAL = "normal level"
    LOUD = "loud level"


class Switch(StrEnum):
    """Choose none, or what is usual."""

    OFF = "off"
    USUAL = "as usual"


_OF_PERSON: Final[Mapping[Level, str]] = {
    Level.QUIET: msg("You hear only of what needs you or has your name on it, and what is urgent."),
    Level.NORMAL: msg("You also hear what is good to know, such as that a task you follow is finished."),
    Level.LOUD: msg("You also hear of every change of the tasks that you follow."),
}
_OF_CHAT: Final[Mapping[Level, str]] = {
    Level.QUIET: msg("Digests and what is urgent are posted here; nothing is added to the threads of cards."),
    Level.NORMAL: msg("What is good to know is added to the threads of cards."),
    Level.LOUD: msg("What is good to know is added to the threads of cards."),
}
KEPT: Final[Mapping[Level, str]] = {Level.QUIET: "quiet", Level.NORMAL: "normal", Level.LOUD: "loud"}


@command("settings", may="own.settings", reads=True, examples=("设置", "settings"))
def settings(ctx: Context) -> Reply:
    """Show what you set for yourself, with a button for each."""
    mine = preference_of(ctx.unit, person=ctx.me.id)
    languages = {"zh": ctx.words.forms("chinese")[0], "en": ctx.words.forms("english")[0]}
    fields = [
        Field(ctx.t("Language"), (languages.get(ctx.me.language or "", ctx.t("the one you write in")),)),
        Field(ctx.t("Time zone"), (_zone(ctx, ctx.me.timezone),)),
        Field(ctx.t("Quiet hours"), (_hours(ctx, mine),)),
        Field(ctx.t("Reminders"), (_level(ctx, mine),)),
        Field(ctx.t("Default chat"), (_default(ctx),)),
    ]
    chat = ctx.line("This chat's settings: {command}", command=Code(ctx.say("chat settings")))
    notes = (Note(chat),) if ctx.chat.kind == "group" else ()
    buttons = (
        _opens(ctx, ctx.t("Language…"), "language", "tongue"),
        _opens(ctx, ctx.t("Time zone…"), "timezone", "place"),
        _opens(ctx, ctx.t("Quiet hours…"), "quiet hours", "hours"),
        _opens(ctx, ctx.t("Reminders…"), "reminders", "level"),
        _opens(ctx, ctx.t("Default chat…"), "default chat", "name"),
    )
    title = (ctx.t("Your settings"),)
    return Reply(title=title, parts=(Fields(tuple(fields)), *notes), buttons=buttons, to="private")


@command("timezone", may="own.settings", examples=("时区 东京", "timezone Asia/Shanghai"))
def timezone(ctx: Context, place: Prose) -> Reply:
    """Say where you are; days and hours are then read and written in that zone."""
    zone = _zone_said(ctx, "timezone", place)
    hold_anew(ctx, ctx.unit.change(ctx.me, timezone=zone))
    line = ctx.line("Your time zone: {zone}. There it is {clock} now.", zone=_strong(ctx, zone), clock=_now(ctx, zone))
    notes = (Note((ctx.t("In a group the chat's own zone counts, where it has one."),)),)
    return Reply(parts=(Text(line), *notes), to="private")


@command("quiet hours", may="own.settings", examples=("免打扰 22:00-08:00", "quiet 10pm-8am", "免打扰 关闭"))
def quiet_hours(ctx: Context, hours: Prose | None = None, state: Switch | None = None) -> Reply:
    """Set the hours in which I write nothing to you unasked, or switch them off."""
    values = _quiet(ctx, hours, state)
    mine = prefer(ctx.unit, person=ctx.me.id, **values)
    hold_anew(ctx, ctx.me)
    line = ctx.line("Your quiet hours: {hours}.", hours=Strong(_hours(ctx, mine)))
    return Reply(parts=(Text(line), *_meant(ctx, mine)), to="private")


@command("reminders", may="own.settings", examples=("提醒力度 安静", "reminders loud"))
def reminders(ctx: Context, level: Level) -> Reply:
    """Choose how much you hear unasked: quiet, normal or loud."""
    mine = prefer(ctx.unit, person=ctx.me.id, level=KEPT[level])
    line = ctx.line("Your reminders: {level}.", level=Strong(_level(ctx, mine)))
    return Reply(parts=(Text(line), Note((ctx.t(_OF_PERSON[level]),))), to="private")


@command(
    "default chat", may="project.view", examples=("默认群 双11作战室", "default chat 双11作战室", "default chat off")
)
def default_chat(ctx: Context, name: Prose | None = None, state: Switch | None = None) -> Reply:
    """Choose the chat to whose project the tasks belong that you make in a direct chat."""
    if state is not None:
        prefer(ctx.unit, person=ctx.me.id, project_id=None)
        line = ctx.line("Tasks that you make in a direct chat stay on your own list from now on.")
        return Reply(parts=(Text(line),), to="private")
    chat = _chat_said(ctx, name)
    prefer(ctx.unit, person=ctx.me.id, project_id=chat.project_id)
    title = Strong(chat.title or "?")
    line = ctx.line("Tasks that you make in a direct chat belong to the project of {chat} from now on.", chat=title)
    return Reply(parts=(Text(line),), to="private")


@command("chat settings", may="project.view", reads=True, examples=("本群设置", "chat settings"))
def chat_settings(ctx: Context) -> Reply:
    """Show what is set for this chat; leads change it."""
    chat, ours = _group(ctx), preference_of_chat(ctx.unit, chat=ctx.chat.id)
    languages = {"zh": ctx.words.forms("chinese")[0], "en": ctx.words.forms("english")[0]}
    space = workspace_of(ctx.unit)
    fields = [
        Field(ctx.t("Language"), (languages.get(chat.language or space.language, "—"),)),
        Field(ctx.t("Time zone"), (_zone(ctx, chat.timezone),)),
        Field(ctx.t("Quiet hours"), (_hours(ctx, ours),)),
        Field(ctx.t("Reminders"), (_level(ctx, ours),)),
    ]
    buttons = (
        _opens(ctx, ctx.t("Language…"), "chat language", "tongue"),
        _opens(ctx, ctx.t("Time zone…"), "chat timezone", "place"),
        _opens(ctx, ctx.t("Quiet hours…"), "chat quiet hours", "hours"),
        _opens(ctx, ctx.t("Reminders…"), "chat reminders", "level"),
    )
    title = (ctx.t("Settings of {chat}", chat=chat.title or "?"),)
    return Reply(title=title, parts=(Fields(tuple(fields)),), buttons=buttons, to="private")


@command("chat timezone", may="chat.settings", examples=("本群时区 上海", "chat timezone Berlin"))
def chat_timezone(ctx: Context, place: Prose) -> Reply:
    """Set the zone in which days and hours are read in this chat."""
    chat, zone = _group(ctx), _zone_said(ctx, "chat timezone", place)
    ctx.unit.change(chat, timezone=zone)
    line = ctx.line(
        "This chat's time zone: {zone}. There it is {clock} now.", zone=_strong(ctx, zone), clock=_now(ctx, zone)
    )
    return Reply(parts=(Text(line),), to="private")


@command("chat quiet hours", may="chat.settings", examples=("本群免打扰 22点到8点", "chat quiet hours off"))
def chat_quiet_hours(ctx: Context, hours: Prose | None = None, state: Switch | None = None) -> Reply:
    """Set the hours in which I post nothing here unasked."""
    values = _quiet(ctx, hours, state)
    ours = prefer_in_chat(ctx.unit, chat=_group(ctx).id, **values)
    hold_anew_here(ctx)
    line = ctx.line("This chat's quiet hours: {hours}.", hours=Strong(_hours(ctx, ours)))
    note = Note((ctx.t("Digests wait until they end. What somebody set for a time of its own comes at that time."),))
    return Reply(parts=(Text(line), note), to="private")


@command("chat reminders", may="chat.settings", examples=("本群提醒 安静", "chat reminders normal"))
def chat_reminders(ctx: Context, level: Level) -> Reply:
    """Choose how much I post here unasked: quiet, normal or loud."""
    ours = prefer_in_chat(ctx.unit, chat=_group(ctx).id, level=KEPT[level])
    line = ctx.line("This chat's reminders: {level}.", level=Strong(_level(ctx, ours)))
    return Reply(parts=(Text(line), Note((ctx.t(_OF_CHAT[level]),))), to="private")


def _group(ctx: Context) -> Chat:
    if ctx.chat.kind != "group":
        raise Refused(
            ctx.line(
                "This is our direct chat: it goes by your own settings. See them: {mine}",
                mine=Code(ctx.say("settings")),
            )
        )
    return ctx.chat


def _meant(ctx: Context, mine: Preference) -> tuple[Note, ...]:
    """Say what quiet hours do, where there are any."""
    if mine.quiet_from is not None and mine.quiet_from == mine.quiet_until:
        return (Note((ctx.t("I write at any time, also on days of rest."),)),)
    text = ctx.t("What comes then, or on a day of rest, waits and comes as one message when they end.")
    return (Note((text,)),)


def _opens(ctx: Context, label: str, name: str, asks: str) -> Button:
    return ctx.button(label, name, {"?": asks}, typed=ctx.say(name, "…"))


# -- time zones ------------------------------------------------------------------------------


def _zone_said(ctx: Context, name: str, place: str) -> str:
    """Find the one zone that is meant; ask where there are several, and tell what is near where there is none."""
    zones = zones_called(place, now=ctx.now)
    if len(zones) == 1:
        return zones[0]
    if zones:
        line = ctx.line("{place} can be several zones. Which one?", place=Strong(place))
        raise Asked(line, tuple(_zone_button(ctx, name, zone) for zone in zones[:_PICKS]))
    near = [zone for each in near_places(place) for zone in zones_called(each, now=ctx.now)[:1]]
    line = ctx.line(
        "I know no place called {place}. Name a larger city, or an offset such as {offset}.",
        place=Strong(place),
        offset=Code("UTC+8"),
    )
    raise Refused(line, tuple(_zone_button(ctx, name, zone) for zone in dict.fromkeys(near)))


def _zone_button(ctx: Context, name: str, zone: str) -> Button:
    label = f"{dates.city(ctx.words, zone)} · {_now(ctx, zone)}"
    return ctx.button(label, name, {"place": zone})


def _zone(ctx: Context, zone: str | None) -> str:
    """Name a zone with the time there; where none is set, the team's."""
    if zone is None:
        usual = workspace_of(ctx.unit).timezone
        return ctx.t("as the team: {zone}", zone=_zone(ctx, usual))
    return ctx.t("{city} ({zone}), now {clock}", city=dates.city(ctx.words, zone), zone=zone, clock=_now(ctx, zone))


def _strong(ctx: Context, zone: str) -> Strong:
    return Strong(f"{dates.city(ctx.words, zone)} ({zone})")


def _now(ctx: Context, zone: str) -> str:
    return f"{ctx.now.astimezone(zone_of(zone)):%H:%M}"


# -- quiet hours, reminders, the default chat ------------------------------------------------


def _quiet(ctx: Context, hours: str | None, state: Switch | None) -> dict[str, Any]:
    if state is Switch.OFF:
        return {"quiet_from": 0, "quiet_until": 0}
    if state is Switch.USUAL:
        return {"quiet_from": None, "quiet_until": None}
    off, usual = (Code(ctx.words.forms(each.value)[0]) for each in Switch)
    line = ctx.line(
        "Write from when to when, such as {hours}; or {off}; or {usual}.",
        hours=Code(hours_text(22 * 60, 8 * 60)),
        off=off,
        usual=usual,
    )
    if not hours:
        raise Wanting("hours", line)
    read = parse_hours(hours)
    if read is None:
        raise Wanting("hours", (*ctx.line("I cannot read {hours} as hours.", hours=Strong(hours)), " ", *line))
    return {"quiet_from": read[0], "quiet_until": read[1]}


def _hours(ctx: Context, found: Preference | None) -> str:
    since, until = (None, None) if found is None else (found.quiet_from, found.quiet_until)
    if since is None or until is None:
        return ctx.t("{hours} (as usual)", hours=hours_text(*USUAL_HOURS))
    return hours_text(since, until) if since % DAY != until % DAY else ctx.t("none")


def _level(ctx: Context, found: Preference | None) -> str:
    kept = (found.level if found else None) or "normal"
    return ctx.words.forms(next(level for level, value in KEPT.items() if value == kept).value)[0]


def _default(ctx: Context) -> str:
    id = default_project(ctx.unit, ctx.me.id)
    project = ctx.unit.get(Project, id) if id is not None else None
    return project.name if project else ctx.t("none: direct chats are for your own list")


def _chat_said(ctx: Context, name: str | None) -> Chat:
    """Find the chat that is named, among those in which the asker speaks; in a group, this one goes without saying."""
    if name is None and ctx.chat.kind == "group" and ctx.chat.project_id is not None:
        return ctx.chat
    mine = chats_spoken_in(ctx.unit, ctx.me.id)
    if ctx.chat.kind == "group" and ctx.chat.id not in [chat.id for chat in mine]:
        mine.append(ctx.chat)
    wanted = name_key(name.lstrip("#@")) if name else ""
    found = [chat for chat in mine if name_key(chat.title or "") == wanted] if wanted else mine
    if len(found) == 1 and wanted:
        return found[0]
    line = (
        ctx.line(
            "I know no chat {name} in which you have spoken to me. Say it in that chat, or choose:", name=Strong(name)
        )
        if name and not found
        else ctx.line("Which chat is meant?")
    )
    offered = found or mine
    if not offered:
        line = ctx.line(
            "Say {command} in the chat that is meant: I know none in which you have spoken to me.",
            command=Code(ctx.say("default chat")),
        )
    raise Asked(line, tuple(_chat_button(ctx, chat) for chat in offered[:_PICKS]))


def _chat_button(ctx: Context, chat: Chat) -> Button:
    return ctx.button(chat.title or "?", "default chat", {"name": chat.title or "?"})
