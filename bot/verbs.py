"""What each verb of the command line does. Each takes its arguments and the settings, and gives the exit code."""

import argparse
import asyncio
import functools
import json
import logging
import secrets
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.markup import plain
from adapters.playground import without_own_mention
from bot.app import App, check, prepare
from bot.clock import SetClock
from bot.config import ConfigError, Settings, load
from bot.doctor import examine, try_templates
from bot.drawing import Drawer, Drawn
from bot.house import Done
from bot.observe import log_to, utc_now
from bot.race import Race, own_settings, serve
from bot.sealing import audit_key, rows_told, write_csv
from bot.sealing import told as sealing_told
from bot.seed import SPEAKER, seed
from commands.claims import new_code
from commands.core.command import collect
from commands.core.event import Event, Place, Sender
from commands.core.ports import Limits
from commands.core.reply import Reply
from commands.core.wire import encode
from commands.core.workcalendar import DEFAULT_COUNTRY, WorkCalendar, country_of_zone
from commands.grammar.ranges import parse_range
from commands.grammar.recurrence import parse_recurrence
from commands.grammar.when import Uncertain, When, parse_when
from storage import migrate
from storage.backup import backup, restore, stamp
from storage.cards import cards_of
from storage.chats import Chat, all_chats
from storage.engine import RunLock, file_of, is_sqlite
from storage.mail import letters_of
from storage.people import ANY, account_on, add_account, add_person, people_called, people_with
from storage.schedules import Schedule
from storage.seals import verify
from storage.unit import StorageError, Unit

ADMIN: Final = "admin"
DAYS_MOST: Final = 28
SPEED_MOST: Final = 100
_SHOWN: Final = frozenset({"post", "private", "form"})
"""What the speaker sees of an answer; edits of cards and words to others are left out."""
TERMINAL: Final = Limits(
    text_chars=4_000,
    parts=50,
    items=20,
    buttons=0,
    can_edit=False,
    can_whisper=True,
    can_ask=False,
    can_thread=True,
    can_picture=False,
    posts_per_minute=10_000,
)

log = logging.getLogger("drumbeat")


def perform(arguments: argparse.Namespace) -> int:
    """Do what was asked for, and give the exit code."""
    try:
        return int(arguments.verb(arguments, load()))
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return 2
    except StorageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until told to stop."""
    log_to(secrets=settings.secrets, level=settings.log_level)
    with RunLock(settings.database_url):
        check(settings)
        prepare(settings, now=utc_now())
        for finding in try_templates(settings):
            if not finding.is_fine:
                sys.stderr.write(f"{finding.subject}: {finding.detail}; the shipped one is used\n")
        try:
            asyncio.run(_serve(settings))
        except* ConfigError as group:
            found = [each for each in _leaves(group) if isinstance(each, ConfigError)]
            raise ConfigError([problem for each in found for problem in each.problems]) from group
    return 0


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """Give the exceptions of a group, and of the groups inside it."""
    return [
        leaf
        for each in group.exceptions
        for leaf in (_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    ]


async def _serve(settings: Settings) -> None:
    if settings.serves_playground:
        await seed(settings, now=utc_now())
    app = App(settings)
    try:
        code = app.store.write_now(app.by_name["main"].id, new_code) if app.serves_platforms else None
        await app.run(ready=functools.partial(_announce, code=code))
    finally:
        app.close()


def _announce(address: str, *, code: str | None) -> None:
    """Tell the terminal where the page is and, once and in no log, how the first admin is made."""
    sys.stdout.write(f"Drumbeat is ready: {address}\n")
    if code is not None:
        sys.stdout.write(f"There is no admin yet. Say to the bot in a direct chat, within a day: claim {code}\n")
    sys.stdout.flush()
    log.info("ready", extra={"address": address})


def demo(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve the playground with the clock racing, on a database of its own that goes with it."""
    if not 1 <= arguments.days <= DAYS_MOST:
        raise ConfigError([f"--days: from 1 to {DAYS_MOST}"])
    if not 0 < arguments.speed <= SPEED_MOST:
        raise ConfigError([f"--speed: more than 0, up to {SPEED_MOST}"])
    log_to(secrets=settings.secrets, level="WARNING")
    with tempfile.TemporaryDirectory(prefix="drumbeat-demo-") as folder:
        own = own_settings(settings, f"sqlite:///{folder}/demo.db")
        prepare(own, now=utc_now())
        sys.stdout.write(
            f"{arguments.days} days of the demo team are about to pass, in a database of their own: {folder}\n"
        )
        asyncio.run(serve(own, Race(days=arguments.days, speed=arguments.speed), announce=_open_at, tell=_tell))
    return 0


def _open_at(address: str) -> None:
    _tell(f"Drumbeat is ready: {address} (open it now: the clock races)")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say messages through dispatch and print the replies."""
    if arguments.workspace == "main" and arguments.now:
        raise ConfigError(["--now: only in the demo; in main the clock is the real one"])
    log_to(level="ERROR")
    now = _instant(arguments.now) if arguments.now else None
    prepare(settings, now=utc_now())
    texts = [line.rstrip("\n") for line in sys.stdin] if arguments.text == ["-"] else [" ".join(arguments.text)]
    return asyncio.run(_say_all(arguments, settings, texts, now))


def tick(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what the clock owes up to an instant, or list it."""
    at, now = _instant(arguments.at, option="--at"), utc_now()
    if arguments.workspace == "main" and at > now and not arguments.dry_run:
        raise ConfigError(["--at: in main only the past may be made good; look at the future with --dry-run"])
    log_to(level="ERROR")
    prepare(settings, now=now)
    return asyncio.run(_tick(arguments, settings, at, now))


async def _tick(arguments: argparse.Namespace, settings: Settings, at: datetime, now: datetime) -> int:
    if arguments.workspace == "demo":
        await seed(settings, now=now)
    hands = SetClock(min(now, at))
    app = App(settings, clock=hands, serves=False)
    space = app.by_name[arguments.workspace].id
    try:
        if arguments.dry_run:
            for schedule, slot in app.ticker.owed(at, workspace=space):
                sys.stdout.write(_slot_line(arguments, schedule, slot.label, "due"))
            return 0
        async for each in app.ticker.race(hands, at, workspace=space):
            sys.stdout.write(_slot_line(arguments, each.schedule, each.slot.label, each.state, each.reason))
    finally:
        app.close()
    return 0


def _slot_line(arguments: argparse.Namespace, schedule: Schedule, slot: str, state: str, reason: str = "") -> str:
    ref = f"S-{schedule.number}"
    if arguments.json:
        told = {
            "schedule": ref,
            "kind": schedule.kind,
            "slot": slot,
            "zone": schedule.zone,
            "state": state,
            "reason": reason,
        }
        return json.dumps(told, ensure_ascii=False) + "\n"
    return (
        f"{slot.replace('T', ' ')} ({schedule.zone}) {ref} {schedule.kind}: {' '.join(filter(None, (state, reason)))}\n"
    )


async def _say_all(arguments: argparse.Namespace, settings: Settings, texts: list[str], now: datetime | None) -> int:
    if arguments.workspace == "demo":
        await seed(settings, now=now or utc_now())
    app = App(settings, clock=(lambda: now) if now else utc_now, serves=False)
    space, worst = app.by_name[arguments.workspace].id, 0
    try:
        for text in texts:
            event = app.store.read_now(
                space, functools.partial(_event, arguments=arguments, text=text, names=app.playground.names)
            )
            done = await app.dispatch.handle(event)
            replies = _replies(app, arguments.workspace, done)
            sys.stdout.write(_as_json(done, replies) if arguments.json else _as_text(app, done, replies))
            worst = max(worst, 0 if done.result in ("done", "ignored") else 1)
    finally:
        app.close()
    return worst


def _event(unit: Unit, arguments: argparse.Namespace, text: str, names: Sequence[str]) -> Event:
    """Make the event of one message, as the named person would have said it in the named chat."""
    chat = _chat(unit, arguments)
    if chat is None:  # a fresh `main`: there is only this terminal
        where = ("terminal", "local", "local")
        sender, place = Sender("operator", "operator"), Place("terminal", "group", "terminal")
    else:
        where = (chat.platform, chat.app, chat.tenant)
        sender = _sender(unit, arguments, chat)
        thread = _thread(unit, arguments.thread, chat) if arguments.thread else None
        place = Place(chat.native, "group", chat.title, thread)
    return Event(
        f"say:{secrets.token_hex(12)}",
        *where,
        "said",
        sender,
        place,
        sent_at=unit.now,
        text=without_own_mention((text,), names=names)[0],
    )


def _chat(unit: Unit, arguments: argparse.Namespace) -> Chat | None:
    chats = [chat for chat in all_chats(unit) if chat.kind == "group"]
    if arguments.chat is None:
        return chats[0] if chats else None
    found = [chat for chat in chats if chat.title == arguments.chat]
    if not found:
        raise ConfigError([f"--in: no such chat; there are: {', '.join(chat.title or '' for chat in chats) or '—'}"])
    return found[0]


def _sender(unit: Unit, arguments: argparse.Namespace, chat: Chat) -> Sender:
    if arguments.name is None and arguments.workspace == "main":
        return Sender("operator", "operator")
    name = arguments.name or SPEAKER
    people = [each for those in people_called(unit, [name]).values() for each in those]
    if len(people) != 1:
        problem = "several people are called" if people else "nobody is called"
        raise ConfigError([f"--as: {problem} {name}"])
    account = account_on(unit, people[0].id, chat.platform)
    if account is None:
        raise ConfigError([f"--as: {name} has no account on {chat.platform}"])
    return Sender(account.native, people[0].name, is_spoken_for=arguments.workspace == "main")


def _thread(unit: Unit, ref: str, chat: Chat) -> str:
    letter, _, number = ref.partition("-")
    for hung in cards_of(unit, *_object(unit, letter, number)):
        if hung.chat_id == chat.id and hung.message:
            return str(hung.message)
    raise ConfigError([f"--thread: {ref} has no card in {chat.title}"])


def _object(unit: Unit, letter: str, number: str) -> tuple[str, int]:
    finder = collect().finders.get(letter)
    record = finder.find(unit, int(number)) if finder and number.isdigit() else None
    if finder is None or record is None:
        raise ConfigError([f"--thread: there is no {letter}-{number}"])
    return finder.kind, record.id


def _replies(app: App, workspace: str, done: Done) -> list[Reply]:
    """Draw what the call answers, as a terminal shows it; edits of cards elsewhere are left out."""
    if done.call is None:
        return []
    call, space = done.call, app.by_name[workspace]
    drawer = Drawer(
        registry=app.registry,
        languages=app.languages,
        workspaces=app.workspaces,
        limits={"playground": TERMINAL, "terminal": TERMINAL},
    )

    def work(unit: Unit) -> list[Reply]:
        drawn = [drawer.draw(unit, letter) for letter in letters_of(unit, call) if letter.operation in _SHOWN]
        return [each.outgoing.reply for each in drawn if isinstance(each, Drawn)]

    return app.store.read_now(space.id, work)


def _as_text(app: App, done: Done, replies: list[Reply]) -> str:
    if done.result == "ignored":
        return ""
    return "\n\n".join(plain(reply) for reply in replies) + "\n"


def _as_json(done: Done, replies: list[Reply]) -> str:
    body = {
        "outcome": "refused" if done.result == "failed" else done.result,
        "call": {"command": done.command, "args": done.args} if done.command else None,
        "reply": encode(replies[0]) if replies else None,
        "ref": done.ref,
    }
    return json.dumps(body, ensure_ascii=False) + "\n"


def when(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show what the date grammar understands of a phrase, or of one a line."""
    if arguments.text != ["-"]:
        asked: dict[str, Any] = {"text": " ".join(arguments.text)}
        return _when_one(arguments, settings, asked)
    worst = 0
    for line in sys.stdin:
        asked = _asked(line) if arguments.json else {"text": line.rstrip("\n")}
        worst = max(worst, _when_one(arguments, settings, asked))
    return worst


def _asked(line: str) -> dict[str, Any]:
    """Read one line of questions: JSON with a text, and what else may be told, all of it text."""
    try:
        asked = json.loads(line)
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or "text" not in asked or not all(isinstance(v, str | None) for v in asked.values()):
        raise ConfigError([f'when: not {{"text": …, "now": …, "zone": …, "launch": …}}: {line.strip()[:80]}'])
    return asked


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"--launch: {text!r} is no day; write 2026-11-11"]) from None


def _when_one(arguments: argparse.Namespace, settings: Settings, asked: dict[str, Any]) -> int:
    zone = _zone(asked.get("zone") or arguments.zone or settings.timezone)
    said_now = asked.get("now") or arguments.now
    now = _instant(said_now, zone) if said_now else utc_now()
    launch = asked.get("launch") or arguments.launch
    workdays = WorkCalendar(lambda: country_of_zone(zone.key) or DEFAULT_COUNTRY)
    launch_on = _day(launch) if launch else None
    found = parse_when(asked["text"], now=now, zone=zone, launch=launch_on, workdays=workdays)
    value = (
        (found.at.astimezone(zone).isoformat() if found.at else found.on.isoformat())
        if isinstance(found, When)
        else None
    )
    question = None
    if isinstance(found, Uncertain):
        question = found.doubt.value
    elif found is None:
        question = _instead(asked["text"], now=now, zone=zone, launch=launch_on)
    if arguments.json:
        body = {"value": value} if value else {"value": None, "question": question}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{value or f'? {question}'}\n")
    return 0 if value else 1


def _instead(text: str, *, now: datetime, zone: ZoneInfo, launch: date | None) -> str:
    """Tell what a phrase is that is no date: one that comes again and a span are read elsewhere."""
    if parse_recurrence(text):
        return "recurs"
    return "span" if parse_range(text, now=now, zone=zone, launch=launch) else "not_a_date"


def doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Look at everything that the bot stands on, and say what to mend."""
    findings = examine(settings)
    for each in findings:
        if arguments.json:
            line = json.dumps(
                {"subject": each.subject, "ok": each.is_fine, "detail": each.detail, "remedy": each.remedy}
            )
        else:
            line = f"{'ok ' if each.is_fine else 'BAD'} {each.subject}: {each.detail}"
            line += f"\n    → {each.remedy}" if each.remedy else ""
        sys.stdout.write(line + "\n")
    return 0 if all(each.is_fine for each in findings) else 1


def manifest(arguments: argparse.Namespace, _settings: Settings) -> int:
    """Print the manifest of the app, ready to be pasted into the platform's console."""
    from adapters.slack.manifest import as_json, as_yaml

    sys.stdout.write(as_yaml(url=arguments.url) if arguments.yaml else as_json(url=arguments.url))
    return 0


def back_up(arguments: argparse.Namespace, settings: Settings) -> int:
    """Copy the embedded database; works beside a running bot."""
    file = file_of(settings.database_url)
    target = Path(arguments.target) if arguments.target else Path(f"{file}.backup-{stamp(utc_now())}.db")
    backup(settings.database_url, target)
    sys.stdout.write(f"{target}\n")
    return 0


def put_back(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put a backup in the database's place."""
    kept = restore(Path(arguments.source), settings.database_url, now=utc_now())
    sys.stdout.write(f"restored {arguments.source}" + (f"; the file before it is {kept}\n" if kept else "\n"))
    return 0


def carry_out(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write a workspace as one document."""
    from bot.transfer import export_to, told  # a tenth of the whole program's imports, for two verbs

    log_to(level="ERROR")
    done = export_to(settings, workspace=arguments.workspace, target=arguments.target)
    sys.stderr.write(f"exported {told(*done)}\n")
    return 0


def carry_in(arguments: argparse.Namespace, settings: Settings) -> int:
    """Read a document into an empty workspace, whole or not at all."""
    from bot.transfer import import_from, told

    log_to(level="ERROR")
    done = import_from(settings, workspace=arguments.workspace, source=arguments.source, dry_run=arguments.dry_run)
    sys.stdout.write(f"{'would import' if arguments.dry_run else 'imported'} {told(*done)}\n")
    return 0


def personal_data(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write all that is stored about one person to a file."""
    from bot.personal import write_personal  # as above: what one verb needs

    log_to(level="ERROR")
    target = Path(arguments.target)
    count = write_personal(
        settings, arguments.person, target, workspace=arguments.workspace, is_table=target.suffix.lower() == ".csv"
    )
    sys.stdout.write(f"{target}: {count} rows\n")
    return 0


def verify_audit(arguments: argparse.Namespace, settings: Settings) -> int:
    """Look whether the trail stands as it was sealed; works beside a running bot."""
    log_to(level="ERROR")
    key = audit_key(settings)
    if key is None:
        raise ConfigError(["DRUMBEAT_AUDIT_KEY: needed to look at seals; an embedded database has a file .audit-key"])
    prepare(settings, now=utc_now())
    app = App(settings, serves=False)
    try:
        space = app.by_name[arguments.workspace].id
        verdict = app.store.read_now(space, lambda unit: verify(unit, key))
        if arguments.csv:
            with Path(arguments.csv).open("w", encoding="utf-8-sig", newline="") as file:
                app.store.read_now(space, lambda unit: write_csv(rows_told(unit), file))
    finally:
        app.close()
    lines, is_well = sealing_told(verdict, arguments.head, now=utc_now())
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if is_well else 1


def bring_up(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring the database up to this version."""
    backups = file_of(settings.database_url).parent if is_sqlite(settings.database_url) else None
    with RunLock(settings.database_url):
        copy = migrate.upgrade(settings.database_url, backups=backups, now=utc_now())
        for trigger in migrate.mend_guard(settings.database_url):
            sys.stdout.write(f"put back, which the audit's guard lacked: {trigger}\n")
    sys.stdout.write(f"at version {migrate.head()}" + (f"; backup: {copy}\n" if copy else "\n"))
    return 0


def grant(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make an account an admin of `main`; a person not seen yet is entered."""
    platform, _, native = arguments.account.partition(":")
    if not platform or not native:
        raise ConfigError(["admin grant: write PLATFORM:ID, such as slack:U123"])
    log_to(level="ERROR")
    prepare(settings, now=utc_now())
    app = App(settings, serves=False)
    try:
        app.store.write_now(app.by_name["main"].id, lambda unit: _grant(unit, platform, native))
    finally:
        app.close()
    sys.stdout.write(f"{arguments.account} is an admin of main\n")
    return 0


def _grant(unit: Unit, platform: str, native: str) -> None:
    known = people_with(unit, platform=platform, native=native)
    for person in known:
        unit.change(person, role=ADMIN)
    if not known:
        person = add_person(unit, name=native, role=ADMIN, awaits_hello=True)
        add_account(unit, person, platform=platform, app=ANY, tenant=ANY, native=native)


def _instant(text: str, zone: ZoneInfo | None = None, *, option: str = "--now") -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option}: {text!r} is no ISO instant; write 2026-11-18T10:00+08:00"]) from None
    return at if at.tzinfo else at.replace(tzinfo=zone or UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError([f"--zone: {name!r} is no IANA time zone"]) from None
