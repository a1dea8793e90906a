"""Roles: who is what, here and everywhere; let people in, and let them go."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from commands.core.access import ABOVE_PROJECTS, TEAM, people_who_may, rank, standing
from commands.core.arguments import Anyone, Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Asked, Refused
from commands.core.event import Json
from commands.core.reply import Button, Code, Inline, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.words.catalog import msg
from storage.chats import Project
from storage.mail import count_calls
from storage.people import ANY, Person, add_account, add_person, all_people, people_with
from storage.roles import PROJECT_ROLES, give_role, roles_in

ON_A_PAGE: Final = 40
NAME_CHARS: Final = 80
ASKED_AT_ONCE: Final = 3
"""People who are asked to let somebody in."""
ONCE_IN: Final = timedelta(hours=1)
"""How long one request to be let in stands."""
PLATFORMS: Final = (msg("slack"), msg("dingtalk"), msg("feishu"), msg("playground"))
"""The catalogs say how each is typed, the usual form first."""


class Role(StrEnum):
    """Name a role; the catalogs say how each is typed."""

    ADMIN = "admin"
    LEAD = "lead"
    MEMBER = "member"
    FINANCE = "finance"
    OWN_ONLY = "own-only"
    BUDGET_ONLY = "budget-only"
    GUEST = "guest"


class Reach(StrEnum):
    """Choose where it counts."""

    HERE = "in this project"
    EVERYWHERE = "everywhere"


class Sure(StrEnum):
    """Say that the preview is what is meant."""

    SURE = "sure"


@command(
    "role",
    may="project.roles",
    examples=("角色 @赵敏 负责人 本项目 确认", "role @bob own-only here sure"),
)
def role(
    ctx: Context,
    person: Person,
    role: Role,
    reach: Reach | None = None,
    project: Project | None = None,
    sure: Sure | None = None,
) -> Reply:
    """Say what somebody is: in this project, or everywhere."""
    place = _place(ctx, reach, project)
    before, is_kept_out = _role_in(ctx, person, place), _is_kept_out(ctx, person, place)
    if before == role.value and not is_kept_out:
        raise Refused(ctx.line("{who} is {role} already.", who=ctx.who(person.id), role=Strong(ctx.t(before))))
    if place is None:
        keep_an_admin(ctx, person, role.value)
    elif role.value not in PROJECT_ROLES:
        raise Refused(
            ctx.line("{role} is no role of one project. Everywhere: {say}", role=Strong(ctx.t(role.value)),
                     say=Code(_typed(ctx, "role", person, role, Reach.EVERYWHERE)))
        )  # fmt: skip
    elif not is_kept_out:
        _refuse_above(ctx, person)
    if sure is None:
        line = ctx.line(
            "{who}: {before} → {after}, {where}. {means}",
            who=ctx.who(person.id),
            before=ctx.t(before),
            after=Strong(ctx.t(role.value)),
            where=_where(ctx, place),
            means=meaning(ctx, role.value),
        )
        raise Asked(line, _choices(ctx, "role", person, place, role))
    _give(ctx, person, place, role.value)
    after, where = ctx.t(role.value), _where(ctx, place)
    line = ctx.line("{who} is {role} now, {where}.", who=ctx.who(person.id), role=Strong(after), where=where)
    return Reply(parts=(Text(line),), to="private")


@command("members", may="people.view", reads=True, examples=("成员", "members"))
def members(ctx: Context) -> Reply:
    """List who is here, and what each may do."""
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    given = roles_in(ctx.unit, project.id) if project is not None else {}
    people = [(standing(person, given.get(person.id)), person) for person in all_people(ctx.unit)]
    people.sort(key=lambda each: (rank(each[0]), each[1].id))
    parts: list[Part] = [Listing(tuple(Item((p.name,), (ctx.t(now),)) for now, p in people[:ON_A_PAGE]))]
    if len(people) > ON_A_PAGE:
        parts.append(Note((ctx.tn("{count} more", "{count} more", len(people) - ON_A_PAGE),)))
    title = (ctx.t("Members"), " · ", project.name if project else ctx.t("all projects"), f" · {len(people)}")
    return Reply(title=title, parts=tuple(parts), to="private")


@command("access", may="own.help", reads=True, examples=("权限", "access"))
def access(ctx: Context) -> Reply:
    """Show what you may do here, and what not."""
    now = ctx.rights.role
    line = ctx.line("You are {role} here. {means}", role=Strong(ctx.t(now)), means=meaning(ctx, now))
    groups: dict[bool, list[str]] = {True: [], False: []}
    for each in ctx.registry.commands.values():
        groups[ctx.may(each.may)].append(ctx.words.forms(each.name)[0])
    parts: list[Part] = [Text(line)]
    parts.append(Note(ctx.line("Open to you: {commands}", commands=" · ".join(groups[True]))))
    if groups[False]:
        parts.append(Note(ctx.line("Not open: {commands}", commands=" · ".join(groups[False]))))
    buttons = () if now in TEAM else (request_button(ctx),)
    return Reply(title=(ctx.t("Your rights"),), parts=tuple(parts), buttons=buttons, to="private")


@command("invite", may="project.roles", examples=("邀请 slack:U123 小王", "invite slack:U456 Kim"))
def invite(ctx: Context, who: Prose | None = None, person: Anyone | None = None, role: Role = Role.MEMBER) -> Reply:
    """Let somebody in before they speak: mention them, or name their account."""
    if role.value in ABOVE_PROJECTS:
        raise Refused(ctx.line("Let them in first; then: {say}", say=Code(ctx.say("role", "@…", ctx.t(role.value)))))
    if role is not Role.MEMBER:
        ctx.must("workspace.roles")
    known = person or _by_account(ctx, who, role)
    is_new = any(each.kind == "person" and each.id == known.id and each.is_new for each in ctx.unit.changed)
    if known.archived_at is not None:
        ctx.must("workspace.roles")
        known = ctx.unit.change(known, archived_at=None, role=role.value)
    elif not is_new:
        raise Refused(
            ctx.line("{who} is here already: {role}. To change that: {say}", who=ctx.who(known.id),
                     role=Strong(ctx.t(known.role)), say=Code(_typed(ctx, "role", known, role, None)))
        )  # fmt: skip
    elif known.role != role.value:
        known = ctx.unit.change(known, role=role.value)
    _tell_in(ctx, known)
    line = ctx.line("{who} is in: {role}.", who=ctx.who(known.id), role=Strong(ctx.t(role.value)))
    return Reply(parts=(Text(line),), to="private")


@command("remove", may="project.roles", examples=("移除 @周涛 本项目 确认", "remove @bob here sure"))
def remove(
    ctx: Context,
    person: Person,
    reach: Reach | None = None,
    project: Project | None = None,
    sure: Sure | None = None,
) -> Reply:
    """Take somebody out: of this project, or of everything."""
    return _let_go(ctx, "remove", person, _place(ctx, reach, project), sure)


@command("leave", may="own.leave", examples=("离开", "leave here"))
def leave(ctx: Context, reach: Reach | None = None, project: Project | None = None, sure: Sure | None = None) -> Reply:
    """Leave this project, or everything; what you own is shown first."""
    place = project
    if place is None and ctx.project is not None and reach is not Reach.EVERYWHERE:
        place = ctx.unit.get(Project, ctx.project)
    return _let_go(ctx, "leave", ctx.me, place, sure)


@command("join", may="own.request", undo=None, examples=("请求加入", "join"))
def join(ctx: Context) -> Reply:
    """Ask to be let in."""
    if ctx.rights.role in TEAM:
        raise Refused(ctx.line("You are in already: {role}.", role=Strong(ctx.t(ctx.rights.role))))
    _refuse_a_second(ctx)
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    asked = people_who_may(ctx.rights, "project.roles" if project else "workspace.roles")[:ASKED_AT_ONCE]
    if not asked:
        raise Refused(ctx.line("There is nobody yet who could let you in. Ask who runs this bot."))
    for person in asked:
        ctx.send(person, _request_to_let_in(ctx.seen_by(person), ctx.me, project))
    line = ctx.line("Asked {people} to let you in.", people=_names(ctx, asked))
    return Reply(parts=(Text(line),), to="private")


@command("admit", may="project.roles", examples=("批准加入 @周涛", "admit @bob"))
def admit(ctx: Context, person: Anyone, project: Project | None = None) -> Reply:
    """Let in somebody who asked, as a member."""
    place = project or (ctx.unit.get(Project, ctx.project) if ctx.project is not None else None)
    if _role_in(ctx, person, place) in TEAM:
        raise Refused(ctx.line("{who} is in already.", who=ctx.who(person.id)))
    if place is None or person.archived_at is not None:
        ctx.must("workspace.roles")
        person = ctx.unit.change(person, archived_at=None, role="member" if place is None else "guest")
    if place is not None:
        give_role(ctx.unit, project=place.id, person=person.id, role="member")
    _tell_in(ctx, person)
    line = ctx.line("{who} is in: {role}.", who=ctx.who(person.id), role=Strong(ctx.t("member")))
    return Reply(parts=(Text(line),), to="private")


def _request_to_let_in(view: View, who: Person, project: Project | None) -> Reply:
    """Ask somebody who may, ready to press; whether they still may is looked at when they press."""
    where = Strong(project.name) if project is not None else view.t("all projects")
    args: dict[str, Json] = {"person": who.id, **({"project": project.id} if project is not None else {})}
    typed = view.say("admit", f"@{who.name}")
    admits = Button(view.t("Let in as a member"), "admit", args, typed, style="primary")
    line = view.line("{who} asks to be let in: {where}.", who=view.who(who.id), where=where)
    return Reply(parts=(Text(line),), buttons=(admits,), to="direct")


def meaning(view: View, role: str) -> str:
    """Say in a sentence what a role may do."""
    return {
        "admin": view.t("May do everything, and says who is what."),
        "lead": view.t("May do all work, and says who is what in the project."),
        "member": view.t("Sees and changes all work."),
        "finance": view.t("Sees and changes all work, and all budgets."),
        "own-only": view.t("Sees and changes only what they own or made."),
        "budget-only": view.t("Sees budgets and nothing else."),
        "guest": view.t("Sees nothing of the work; may ask to be let in."),
        "left": view.t("Was here once; may ask to be let in."),
    }.get(role, "")


def request_button(view: View) -> Button:
    """Offer to ask for being let in."""
    return view.button(view.t("Ask to be let in"), "join", {}, style="primary")


def _place(ctx: Context, reach: Reach | None, project: Project | None) -> Project | None:
    """Find out where it counts; None for everywhere, which only some may say."""
    if project is not None:
        return project
    if reach is Reach.EVERYWHERE or (reach is None and ctx.may("workspace.roles")):
        ctx.must("workspace.roles")
        return None
    found = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if found is None:
        raise Refused(ctx.line("This chat has no project. Say it in the chat of the project that is meant."))
    return found


def _role_in(ctx: Context, person: Person, place: Project | None) -> str:
    return standing(person, roles_in(ctx.unit, place.id).get(person.id) if place is not None else None)


def _is_kept_out(ctx: Context, person: Person, place: Project | None) -> bool:
    """Tell whether a confidential project is not there for somebody until it gives them a role, whoever they are."""
    if place is None or not place.is_confidential or person.role == "admin":
        return False
    return roles_in(ctx.unit, place.id).get(person.id) in (None, "guest")


def _refuse_above(ctx: Context, person: Person) -> None:
    """Leave those alone who are above projects: what a project says does not count for them."""
    if person.role in ABOVE_PROJECTS:
        holders = people_who_may(ctx.rights, "workspace.roles")
        raise Refused(
            ctx.line(
                "{who} is {role} in every project. To change that everywhere, ask: {people}.",
                who=ctx.who(person.id),
                role=Strong(ctx.t(person.role)),
                people=_names(ctx, holders),
            )
        )


def keep_an_admin(ctx: Context, person: Person, role: str) -> None:
    """Refuse to have the only admin become something else, or go."""
    admins = [each for each in all_people(ctx.unit) if each.role == "admin"]
    if role != "admin" and [each.id for each in admins] == [person.id]:
        raise Refused(ctx.line("{who} is the only admin. Make somebody else an admin first.", who=ctx.who(person.id)))


def _where(ctx: Context, place: Project | None) -> Strong:
    return Strong(ctx.t("in all projects") if place is None else ctx.t("in {project}", project=place.name))


def _typed(ctx: Context, name: str, person: Person | None, *words: StrEnum | None) -> str:
    who = f"@{person.name}" if person is not None else ""
    return ctx.say(name, who, *(ctx.words.forms(word.value)[0] for word in words if word is not None))


def _choices(
    ctx: Context, name: str, person: Person | None, place: Project | None, role: Role | None = None
) -> tuple[Button, ...]:
    """Offer to go on, and, to who may choose, the other reach."""
    args: dict[str, Json] = {"person": person.id} if person is not None else {}
    args |= {"role": role.value} if role is not None else {}
    here = ctx.unit.get(Project, ctx.project) if place is None and ctx.project is not None else None
    reach = Reach.EVERYWHERE if place is None else Reach.HERE
    there: dict[str, Json] = {"reach": reach.value} if place is None else {"project": place.id}
    typed = _typed(ctx, name, person, role, reach, Sure.SURE)
    buttons = [Button(ctx.t("Confirm"), name, {**args, **there, "sure": "sure"}, typed, style="primary")]
    if here is not None and (role is None or role.value in PROJECT_ROLES):
        typed = _typed(ctx, name, person, role, Reach.HERE)
        buttons.append(
            Button(ctx.t("Only in {project}…", project=here.name), name, {**args, "project": here.id}, typed)
        )
    return tuple(buttons)


def _give(ctx: Context, person: Person, place: Project | None, role: str) -> None:
    if place is None:
        ctx.unit.change(person, role=role)
    else:
        give_role(ctx.unit, project=place.id, person=person.id, role=role)
    see = Code(ctx.say("access"))
    message, who = msg("{who} changed what you may do here. See: {access}"), ctx.who(ctx.me.id)
    ctx.tell(person.id, message, severity="news", who=who, access=see)


def _let_go(ctx: Context, name: str, person: Person, place: Project | None, sure: Sure | None) -> Reply:
    """Show what stays behind, then let somebody go: out of a project, or out of everything."""
    named = person if name == "remove" else None
    if place is None:
        keep_an_admin(ctx, person, "left")
    else:
        _refuse_above(ctx, person)
        if _role_in(ctx, person, place) == "guest":
            raise Refused(ctx.line("{who} is not in {project}.", who=ctx.who(person.id), project=place.name))
    where = _where(ctx, place)
    if sure is None:
        line = ctx.line(
            "{who} goes: {where}. What they own stays, for somebody else.", who=ctx.who(person.id), where=where
        )
        raise Asked(line, _choices(ctx, name, named, place))
    who = ctx.who(person.id)
    behind = [part for panel in ctx.registry.panels.get("leaving", ()) for part in panel.draw(ctx, person)]
    if named is not None:
        ctx.tell(
            person.id, msg("{who} took you out: {where}."), who=ctx.who(ctx.me.id), where=place.name if place else "—"
        )
    if place is None:
        ctx.unit.archive(person)
    else:
        give_role(ctx.unit, project=place.id, person=person.id, role="guest")
    shown = behind if named is not None else ()
    return Reply(parts=(Text(ctx.line("{who} is gone: {where}.", who=who, where=where)), *shown), to="private")


def _by_account(ctx: Context, said: str | None, role: Role) -> Person:
    """Find or enter who is named by an account, such as `slack:U123 Kim`."""
    account, _, name = (said or "").strip().partition(" ")
    platform, _, native = account.partition(":")
    if platform.lower() not in PLATFORMS or not native:
        example = Code(ctx.say("invite", "slack:U123", "Kim"))
        raise Refused(ctx.line("Mention who is to be let in, or name their account: {example}", example=example))
    known = people_with(ctx.unit, platform=platform.lower(), native=native)
    if known:
        return known[0]
    person = add_person(ctx.unit, name=(name.strip() or native)[:NAME_CHARS], role=role.value)
    add_account(ctx.unit, person, platform=platform.lower(), app=ANY, tenant=ANY, native=native)
    return person


def _tell_in(ctx: Context, person: Person) -> None:
    who, helps = ctx.who(ctx.me.id), Code(ctx.say("help"))
    ctx.tell(person.id, msg("{who} let you in. What you can do: {help}"), who=who, help=helps)


def _refuse_a_second(ctx: Context) -> None:
    since = ctx.unit.now - ONCE_IN
    if count_calls(ctx.unit, person=ctx.me.id, command="join", result="done", since=since):
        raise Refused(ctx.line("That was asked already. Wait for an answer, or try again in an hour."))


def _names(ctx: Context, people: Sequence[Person]) -> Line:
    line: list[Inline] = []
    for person in people:
        line += [*([ctx.t(", ")] if line else []), ctx.who(person.id)]
    return tuple(line) or ("—",)
