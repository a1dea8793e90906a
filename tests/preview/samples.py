"""Replies as the commands make them, one of each kind, in both languages: for golden files and the preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from commands.core.reply import (
    Button,
    Choice,
    Code,
    Divider,
    Field,
    Fields,
    Form,
    Health,
    Image,
    Input,
    Item,
    Line,
    Link,
    Listing,
    Note,
    Part,
    Ref,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)

LANGUAGES = ("zh", "en")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="120"><rect width="480" height="120" fill="#eef"/>'
    '<rect x="20" y="70" width="80" height="30" fill="#2eb67d"/>'
    '<rect x="120" y="40" width="80" height="60" fill="#ecb22e"/>'
    '<rect x="220" y="20" width="80" height="80" fill="#e01e5a"/></svg>'
)
MAC = "0f" * 16
Speak = Callable[[str, str], str]


def samples(language: str) -> Mapping[str, Reply]:
    """Give one reply of each kind, by name, in a language."""

    def t(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    return {
        "card_new": _card(t, pings=True),
        "card_doing": _card(t, status=t("🔵 进行中", "🔵 in progress"), health="green"),
        "card_soon": _card(
            t, status=t("🔵 进行中", "🔵 in progress"), health="yellow", due=t("🟡 11-19 周四", "🟡 Thu 11-19")
        ),
        "card_late": _card(
            t,
            status=t("⛔ 受阻", "⛔ blocked"),
            health="red",
            due=t("🔴 11-14 周六 · 晚 4 天", "🔴 Sat 11-14 · 4 days late"),
        ),
        "card_done": _done(t),
        "card_archived": Reply(
            title=(Struck(t("T-1 首焦主图定稿", "T-1 Final hero banner")),), parts=(Note((t("已归档", "Put away"),)),)
        ),
        "card_shown": _shown(t),
        "card_more": _more(t),
        "said": Reply(
            parts=(Text((t("已完成 ", "Finished "), Strong("T-1"), t(" 首焦主图定稿。", " Final hero banner."))),)
        ),
        "list": _list(t, 4),
        "list_cut": _list(t, 15, more=True),
        "list_empty": Reply(
            title=(t("逾期任务 · 我的", "Overdue tasks · yours"),),
            parts=(
                Text(
                    (
                        t("没有逾期的任务。全部未完成：", "Nothing is overdue. All open ones: "),
                        Code(t("我的任务", "tasks")),
                    )
                ),
            ),
            to="private",
        ),
        "status": _status(t),
        "help": _help(t),
        "question": _question(t),
        "refused": Reply(
            parts=(
                Text(
                    (
                        Strong("T-1"),
                        t(" 已由 ", " was finished by "),
                        Who(2, "李四"),
                        t(" 于 18:20 完成。", " at 18:20 already."),
                    )
                ),
            ),
            buttons=(_button(t("重新打开", "Open again"), "task reopen", {"tasks": ["T-1"]}),),
            to="private",
        ),
        "error": Reply(
            parts=(
                Text(
                    (
                        t("没有保存：我这边出了故障，编号 ", "That was not saved: a fault of mine, number "),
                        Strong("K7Q2"),
                        t("。什么都没有改变。你的原文：", ". Nothing was changed. Your text: "),
                        Code(t("任务 加 主图 @李四", "add task banner @ann")),
                    )
                ),
            ),
            to="private",
        ),
        "form": _form(t),
        "table": _table(t),
        "picture": Reply(
            title=(t("双11 进度", "Double 11 progress"),),
            parts=(
                Image(SVG, t("完成 12 / 20，逾期 3", "12 of 20 finished, 3 overdue")),
                Note((t("截至 11-18 10:00", "as of 11-18 10:00"),)),
            ),
        ),
        "risk": _risk(t),
        "link": Reply(
            parts=(
                Text(
                    (
                        t("周报在这里：", "The report: "),
                        Link("https://drumbeat.example/r/47?a=1&b=2", t("第 47 周", "week 47")),
                    )
                ),
            )
        ),
        "hostile": _hostile(t),
    }


def _button(label: str, command: str, args: Mapping[str, list[str] | str], **more: object) -> Button:
    typed = f"{label} {' '.join(str(v) if isinstance(v, str) else ' '.join(v) for v in args.values())}".strip()
    return replace(Button(label, command, args, typed, version=3, mac=MAC), **more)  # type: ignore[arg-type]


def _acts(t: Speak, *, is_new: bool) -> tuple[Button, ...]:
    one = {"tasks": ["T-1"]}
    return (
        _button(t("完成", "Finish"), "task done", one, style="primary"),
        *((_button(t("开始", "Start"), "task start", one),) if is_new else ()),
        _button(t("改日期…", "Move date…"), "task due", one),
        _button(t("更多…", "More…"), "task more", {"task": "T-1"}),
        *((_button(t("撤销", "Undo"), "undo", {}),) if is_new else ()),
    )


def _more(t: Speak) -> Reply:
    task, tasks = {"task": "T-1"}, {"tasks": ["T-1"]}
    named: Line = (Strong("T-1"), t(" 首焦主图定稿", " Final hero banner"))
    line: Line = (*named, " 还可以：") if t("zh", "en") == "zh" else ("What else you can do with ", *named, ":")
    show, helps = Code(t("任务 看 T-1", "show T-1")), Code(t("帮助 任务", "help task"))
    note = Note((t("全部内容：", "All about it: "), show, t(" · 还可以这样说：", " · what can be typed: "), helps))
    buttons = (
        _button(t("指派…", "Assign…"), "task assign", tasks),
        _button(t("备注…", "Comment…"), "task comment", task),
        _button(t("受阻…", "Blocked…"), "task block", task),
        _button(t("等外部…", "Wait…"), "task wait", task),
        _button(t("编辑…", "Edit…"), "task edit", task),
        _button(t("我也参与", "Join in"), "task collaborate", task),
        _button(t("关注", "Follow"), "task follow", tasks),
        _button(t("取消任务…", "Cancel it…"), "task cancel", tasks),
    )
    return Reply(parts=(Text(line), note), buttons=buttons, to="private")


def _card(t: Speak, *, status: str = "", health: Health | None = None, due: str = "", pings: bool = False) -> Reply:
    facts = (
        Field(t("状态", "Status"), (status or t("⚪ 待办", "⚪ to do"),)),
        Field(t("负责人", "Owner"), (Who(2, "李四", pings=pings, account="U02LISI01"),)),
        Field(t("截止", "Due"), (due or t("11-27 周五", "Fri 11-27"),)),
        Field(t("优先级", "Priority"), (t("P1 高", "P1 high"),)),
        Field(t("标签", "Labels"), (t("#设计 #主图", "#design #hero_image"),)),
        Field(t("预估", "Estimate"), (t("2 天", "2 d"),)),
    )
    return Reply(
        title=(t("T-1 首焦主图定稿", "T-1 Final hero banner"),),
        health=health,
        parts=(Fields(facts), Note(_origin(t))),
        buttons=_acts(t, is_new=not status),
        about=Ref("task", 1, "T-1"),
    )


def _origin(t: Speak) -> Line:
    who = Who(1, "陈晨")
    line: Line = (who, " 创建于 11-12 09:30") if t("zh", "en") == "zh" else ("from ", who, ", 11-12 09:30")
    return (*line, " · ", t("2 条备注", "2 comments"))


def _risk(t: Speak) -> Reply:
    one = {"risk": "R-3"}
    facts = (
        Field(t("风险值", "Risk score"), (t("🔴 16↑ 极高（原 12）", "🔴 16↑ severe (was 12)"),)),
        Field(t("概率", "Probability"), (t("4 很可能", "4 likely"),)),
        Field(t("影响", "Impact"), (t("4 严重", "4 major"),)),
        Field(t("负责人", "Owner"), (Who(2, "李四", account="U02LISI01"),)),
        Field(t("类别", "Category"), (t("#供应商", "#vendor"),)),
        Field(t("策略", "Strategy"), (t("减轻", "mitigate"),)),
        Field(t("复审", "Review"), (t("11-18 周三 · 今天复审", "11-18 Wed · to be reviewed now"),)),
    )
    return Reply(
        title=(t("R-3 样品延误", "R-3 Samples late"),),
        health="red",
        parts=(
            Fields(facts),
            Text((Strong(t("计划B", "Plan B")), t(" 备用供应商", " Ask Hongda"))),
            Text((Strong(t("触发条件", "Trigger")), t(" 10-29 前没到货", " not here by 10-29"))),
            Note((t("陈晨 创建于 11-12 09:30", "from 陈晨, 11-12 09:30"),)),
        ),
        buttons=(
            _button(t("还是一样", "Still the same"), "risk same", one, style="primary"),
            _button(t("重新评估…", "Reassess…"), "risk assess", one),
            _button(t("编辑…", "Edit…"), "risk edit", one),
            _button(t("已发生", "It happened"), "risk happened", one),
            _button(t("关闭…", "Close…"), "risk close", one),
        ),
        about=Ref("risk", 3, "R-3"),
    )


def _done(t: Speak) -> Reply:
    card = _card(t, status=t("✅ 完成", "✅ done"))
    return replace(card, buttons=(_button(t("重新打开", "Open again"), "task reopen", {"tasks": ["T-1"]}),))


def _shown(t: Speak) -> Reply:
    card = _card(t, status=t("🔵 进行中", "🔵 in progress"), health="yellow", due=t("🟡 11-19 周四", "🟡 Thu 11-19"))
    comments = Listing(
        (
            Item(
                (t("文案改了两版，等王总确认主标题", "Copy is in its second version, waiting for the headline"),),
                (t("李四 · 11-15 16:20", "李四 · 11-15 16:20"),),
            ),
            Item((t("素材已发群里", "Files are in the drive"),), (t("陈晨 · 11-14 10:02", "陈晨 · 11-14 10:02"),)),
        )
    )
    return replace(card, parts=(*card.parts, Divider(), comments), to="private")


TITLES = (
    ("首焦主图定稿", "Final hero banner"),
    ("会场页面压测", "Load test of the venue page"),
    ("预售库存锁定", "Lock the presale stock"),
    ("优惠券叠加规则自查", "Check how coupons add up"),
    (
        "大促当晚值班表：客服、技术、仓储三班倒，名单要在周五前定下来并发到群里",
        "Night shifts of the sale: support, tech and warehouse, names by Friday in the group",
    ),
)


def _rows(t: Speak, count: int) -> Listing:
    rows = []
    for at in range(count):
        title, number = t(*TITLES[at % len(TITLES)]), at + 1
        mark, due = (
            ("🔴", t("11-14 周六 · 晚 4 天", "Sat 11-14 · 4 days late")),
            ("🔵", t("11-27 周五", "Fri 11-27")),
        )[at % 2]
        details = (t("受阻", "blocked"), due, t("P1 高", "P1 high"), "李四")
        finish = _button(t("完成", "Finish"), "task done", {"tasks": [f"T-{number}"]})
        rows.append(Item((f"{mark} ", Strong(f"T-{number}"), f" {title}"), (" · ".join(details),), finish))
    return Listing(tuple(rows))


def _list(t: Speak, count: int, *, more: bool = False) -> Reply:
    parts: tuple[Part, ...] = (_rows(t, count),)
    if more:
        parts += (Note((t("还有 14 条：", "14 more: "), Code(t("任务 全部", "task list")))),)
    return Reply(
        title=(t("未完成任务 · 我的", "Open tasks · yours"), f" · {29 if more else count}"), to="private", parts=parts
    )


def _status(t: Speak) -> Reply:
    figures = Fields(
        (
            Field(t("已完成", "Finished"), ("12 / 20",)),
            Field(t("进行中", "In progress"), ("5",)),
            Field(t("逾期", "Overdue"), ("🔴 2",)),
            Field(t("无人负责", "Nobody's"), ("1",)),
        )
    )
    late, soon = _rows(t, 2), Listing(_rows(t, 4).items[2:])
    parts = (
        figures,
        Text((Strong(t("逾期", "Overdue")),)),
        late,
        Divider(),
        Text((Strong(t("接下来", "Due next")),)),
        soon,
    )
    return Reply(title=(t("📊 双11作战室 · 11-18 周三", "📊 War room · Wed 11-18"),), parts=parts, to="private")


def _help(t: Speak) -> Reply:
    lines = (
        (
            t("任务 加 主图定稿 @李四 周五 !高 #设计 ~2d", 'add task "Fix banner" @ann fri 5pm !high'),
            t("新建任务。", "Make a task."),
        ),
        (t("完成 T-1", "done T-1 T-2"), t("完成一个或多个任务。", "Finish a task, or several at once.")),
        (t("延到 T-1 下周五", "due T-1 next fri"), t("设定或推迟截止日期。", "Set or move the due date.")),
        (t("任务 逾期", "tasks overdue"), t("列出任务。", "List tasks: mine, a person's or the project's.")),
        (
            t("进度", "status"),
            t("一屏看清这个项目的进度。", "Show how the project of this chat stands, on one screen."),
        ),
    )
    note = Note(
        (
            t("更多：", "More: "),
            Code(t("帮助 任务", "help task")),
            t(" · 主题：任务、人员 · 撤销上一步：", " · topics: task, person · take back: "),
            Code(t("撤销", "undo")),
        )
    )
    items = tuple(Item((Code(example),), (told,)) for example, told in lines)
    return Reply(title=(t("在这里能做什么", "What you can do here"),), parts=(Listing(items), note), to="private")


def _question(t: Speak) -> Reply:
    picks = ("张伟(技术)", "张伟(仓储)")
    buttons = tuple(_button(name, "task assign", {"tasks": ["T-1"], "owner": str(at)}) for at, name in enumerate(picks))
    opens = _button(t("填写表单…", "Fill in the form…"), "task assign", {"tasks": ["T-1"], "?": "owner"})
    return Reply(
        parts=(Text((t("有两位张伟，给哪一位？", "Two people are called 张伟. Which one?"),)),),
        buttons=(*buttons, opens),
        to="private",
    )


def _form(t: Speak) -> Reply:
    people = tuple(Choice(str(at), name) for at, name in enumerate(("陈晨", "李四", "张伟(技术)", "张伟(仓储)", "Ann")))
    levels = tuple(
        Choice(str(at), each)
        for at, each in enumerate(
            ("P0 紧急", "P1 高", "P2 中", "P3 低")
            if t("zh", "en") == "zh"
            else ("P0 urgent", "P1 high", "P2 normal", "P3 low")
        )
    )
    inputs = (
        Input("title", t("标题", "title"), value=t("首焦主图定稿", "Final hero banner")),
        Input("owner", t("负责人", "owner"), "person", value="1", required=False, choices=people),
        Input(
            "due",
            t("截止", "due"),
            "date",
            hint=t("周五、11-03、明天 18:00", "Friday, 11-03, tomorrow 18:00"),
            required=False,
        ),
        Input("priority", t("优先级", "priority"), "choice", required=False, choices=levels),
        Input("note", t("说明", "note"), "lines", required=False),
        Input("amount", t("金额", "amount"), "number", value="1200.50", required=False),
    )
    typed = t("任务 加 主图定稿 @李四 周五 !高", 'add task "Fix banner" @ann fri 5pm !high')
    form = Form(t("新建任务", "Make a task"), "task add", {}, inputs, t("确定", "OK"), typed, mac=MAC)
    return Reply(parts=(Text((t("也可以直接输入：", "Or type it: "), Code(typed))),), form=form, to="private")


def _table(t: Speak) -> Reply:
    columns = (t("负责人", "Owner"), t("未完成", "Open"), t("逾期", "Overdue"), t("预算", "Budget"))
    rows: tuple[tuple[Line, ...], ...] = (
        (("李四",), ("5",), (Strong("2"),), ("¥12,000",)),
        (("Ann",), ("3",), ("0",), ("¥8,400",)),
        (("张伟(仓储)",), ("1",), ("—",), ("¥900",)),
    )
    both = Table(columns, rows)
    return Reply(title=(t("谁手上有多少", "Who has how much"),), parts=(both, Text((t("上周：", "Last week:"),)), both))


def _hostile(t: Speak) -> Reply:
    bad = "<!channel> *急* _看_ :fire: <https://evil.example|银行>\nApproved by CFO\u202e"
    return Reply(
        title=(f"T-9 {bad}",),
        health="red",
        parts=(
            Fields(
                (
                    Field(t("状态", "Status"), (bad,)),
                    Field(t("负责人", "Owner"), (Who(9, bad, pings=True, account="!channel"),)),
                )
            ),
            Listing((Item((Strong("T-9"), f" {bad}"), (bad,), _button(bad, "task done", {"tasks": ["T-9"]})),)),
            Text((bad,)),
            Note((bad,)),
        ),
        buttons=(_button(bad, "task done", {"tasks": ["T-9"]}),),
    )
