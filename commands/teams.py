"""Teams: name colleagues together, see who is in, come and go. No task belongs to a team: one person owns it."""

from collections.abc import Sequence

from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Button, Code, Inline, Item, Line, Listing, Reply, Strong, Text
from commands.words.catalog import msg
from storage.people import Person, name_key
from storage.teams import Team, add_team, all_teams, let_go, members_of, take_in, team_called, teams_of

NAME_CHARS = 24


@command("team add", may="team.edit", examples=("团队 加 售后组 @李四 @李娜", "team add Returns @ann @bob"))
def add(ctx: Context, name: Prose, members: tuple[Person, ...] = ()) -> Reply:
    """Name a team, with the people who are in it."""
    team = add_team(ctx.unit, name=_free_name(ctx, name), members=[person.id for person in members])
    return _said(ctx, ctx.line("Made the team {team}: {members}.", team=Strong(team.name), members=_names(ctx, team)))


@command("team list", may="team.view", reads=True, examples=("所有团队", "teams"))
def list_(ctx: Context) -> Reply:
    """List the teams, yours marked."""
    mine = {team.id for team in teams_of(ctx.unit, ctx.me.id)}
    teams = all_teams(ctx.unit)
    if not teams:
        example = Code(ctx.t("team add Support @ann @bob"))
        return Reply(
            parts=(Text(ctx.line("There are no teams yet. Make one: {example}", example=example)),), to="private"
        )
    items = tuple(_item(ctx, team, is_mine=team.id in mine) for team in teams)
    return Reply(title=(f"{ctx.t('Teams')} · {len(teams)}",), parts=(Listing(items),), to="private")


@command("team show", may="team.view", reads=True, examples=("团队 客服组", "team Overseas"))
def show(ctx: Context, team: Team | None = None) -> Reply:
    """Show who is in a team, and who leads it."""
    if team is None:
        return list_(ctx)
    members = members_of(ctx.unit, team)
    items = tuple(Item((person.name,), _standing(ctx, team, person)) for person in members)
    empty = Text(ctx.line("Nobody is in it yet. To join: {join}", join=Code(ctx.say("team join", team.name))))
    is_in = any(person.id == ctx.me.id for person in members)
    return Reply(
        title=(f"{team.name} · {ctx.tn('{count} person', '{count} people', len(members))}",),
        parts=(Listing(items),) if items else (empty,),
        buttons=(_leave(ctx, team) if is_in else _join(ctx, team),),
        to="private",
    )


@command("team join", may="team.edit", examples=("加入团队 客服组", "join team Overseas", "加入团队 客服组 @王五"))
def join(ctx: Context, team: Team, members: tuple[Person, ...] = ()) -> Reply:
    """Join a team, or put others into it."""
    new = [person for person in members or (ctx.me,) if take_in(ctx.unit, team, person.id)]
    if not new:
        raise Refused(ctx.line("Nothing to change: {team} is {members}.", team=team.name, members=_names(ctx, team)))
    for person in new:
        message, who = msg("{who} put you into the team {team}."), ctx.who(ctx.me.id)
        ctx.tell(person.id, message, severity="news", who=who, team=Strong(team.name))
    return _said(ctx, ctx.line("{team} is now: {members}.", team=Strong(team.name), members=_names(ctx, team)))


@command("team leave", may="team.edit", examples=("退出团队 客服组", "leave team Overseas"))
def leave(ctx: Context, team: Team) -> Reply:
    """Leave a team."""
    return _without(ctx, team, (ctx.me,))


@command("team remove", may="team.edit", examples=("团队移除 客服组 @李娜", "team remove Overseas @bob"))
def remove(ctx: Context, team: Team, members: tuple[Person, ...]) -> Reply:
    """Take people out of a team."""
    return _without(ctx, team, members)


@command("team lead", may="team.edit", examples=("团队负责人 客服组 @赵敏", "team lead Overseas @ann"))
def lead(ctx: Context, team: Team, lead: Person) -> Reply:
    """Say who leads a team."""
    take_in(ctx.unit, team, lead.id)
    ctx.unit.change(team, lead_id=lead.id)
    return _said(ctx, ctx.line("{who} leads the team {team}.", who=ctx.who(lead.id), team=Strong(team.name)))


@command("team rename", may="team.edit", examples=("团队改名 设计组 视觉组", "team rename Overseas Global"))
def rename(ctx: Context, team: Team, name: Prose) -> Reply:
    """Give a team another name."""
    new = _free_name(ctx, name, team)
    ctx.unit.change(team, name=new, key=name_key(new))
    return _said(ctx, ctx.line("{before} is called {team} from now on.", before=team.name, team=Strong(new)))


@command("team archive", may="team.edit", examples=("团队归档 客服组", "team archive Returns"))
def archive(ctx: Context, team: Team) -> Reply:
    """Put a team away; the people stay."""
    ctx.unit.archive(team)
    return _said(ctx, ctx.line("Put the team {team} away.", team=Strong(team.name)))


def _without(ctx: Context, team: Team, members: Sequence[Person]) -> Reply:
    gone = [person.id for person in members if let_go(ctx.unit, team, person.id)]
    if not gone:
        raise Refused(ctx.line("Nothing to change: {team} is {members}.", team=team.name, members=_names(ctx, team)))
    if team.lead_id in gone:
        team = ctx.unit.change(team, lead_id=None)
    return _said(ctx, ctx.line("{team} is now: {members}.", team=Strong(team.name), members=_names(ctx, team)))


def _free_name(ctx: Context, name: str, team: Team | None = None) -> str:
    """Give the name as it is kept; refuse one that is too long, or another team's."""
    one_line = " ".join(name.split()).lstrip("@#")
    if not 0 < len(one_line) <= NAME_CHARS or not name_key(one_line):
        raise Refused(ctx.line("A team's name has 1 to {most} characters.", most=NAME_CHARS))
    others = team_called(ctx.unit, [one_line]).get(name_key(one_line), [])
    if any(each.id != (team.id if team else None) for each in others):
        shows = Code(ctx.say("team show", one_line))
        raise Refused(ctx.line("There is a team {team} already. See it: {show}", team=Strong(one_line), show=shows))
    return one_line


def _said(ctx: Context, line: Line) -> Reply:
    return Reply(parts=(Text(line),))


def _names(view: View, team: Team) -> Line:
    names: list[Inline] = []
    for person in members_of(view.unit, team):
        names += [*([view.t(", ")] if names else []), view.who(person.id)]
    return tuple(names) or (view.t("nobody yet"),)


def _item(ctx: Context, team: Team, *, is_mine: bool) -> Item:
    yours = f" · {ctx.t('you are in it')}" if is_mine else ""
    return Item((Strong(team.name), yours), _names(ctx, team))


def _standing(view: View, team: Team, person: Person) -> Line:
    return (view.t("leads the team"),) if person.id == team.lead_id else ()


def _join(ctx: Context, team: Team) -> Button:
    return ctx.button(ctx.t("Join"), "team join", {"team": team.id}, typed=ctx.say("team join", team.name))


def _leave(ctx: Context, team: Team) -> Button:
    return ctx.button(ctx.t("Leave"), "team leave", {"team": team.id}, typed=ctx.say("team leave", team.name))
