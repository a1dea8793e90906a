"""Law: every command helps itself: an action, a line of help, examples that work in each language and everywhere."""

from __future__ import annotations

import functools
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from commands.core.access import MATRIX, WITHIN, is_known
from commands.core.command import Command
from commands.core.ports import Limits
from commands.words.catalog import language_of
from tests.support.house import Bot, house_template, open_bot, shipped
from tests.support.store import HandClock

__all__ = ["house_template"]

REGISTRY, LANGUAGES = shipped()
COMMANDS = [pytest.param(command, id=name) for name, command in REGISTRY.commands.items()]
README = Path(__file__).parents[2] / "README.md"
HELP_CHARS = 88
BEFORE = {
    "task assign": ("指派 T-1 @王五",),
    "task reopen": ("完成 T-1",),
    "task resume": ("受阻 T-1 客户没给素材",),
    "task unlink": ("依赖 T-1 T-2",),
    "task withdraw": ("协作 T-1",),
    "task unfollow": ("关注 T-1",),
    "task check": ("说明 T-1 [ ] 白底",),
    "task repeat stop": ("重复 T-1 每周一",),
    "risk ignore": ("受阻 T-1 客户没给素材",),
    "risk reopen": ("关闭风险 R-1 样品已到",),
    "standup assign": ("站会 U-1 今天：切图 卡点：等样品",),
    "approval reopen": ("撤回审批 A-1",),
    "budget change": ("预算 营销 ¥200,000",),
    "spend": ("预算 营销 ¥200,000", "预算 软件 $20,000"),
    "approval unsign": ("加签 A-1 @赵敏",),
    "link remove": ("链接 T-1 https://example.com/a 主图", "链接 T-1 https://example.com/b Banner"),
}
"""What must be said first for the examples of a command to be of use."""
ENDS = {
    # Commands that a member of the team cannot have done at once: they ask first, or are for others.
    "leave": "refused",
    "join": "refused",
    "quiet pass": "refused",
    "account link": "refused",
    "account ask": "refused",
    "account confirm": "refused",
    "account unlink": "refused",
    "account reach": "asked",
    # Nobody decides what they asked for themselves.
    "approval approve": "refused",
    "approval reject": "refused",
    "approval return": "refused",
    "approval counter": "refused",
    "data erase mine": "asked",
    "data erase of": "asked",
    "approval retract": "refused",
    "approval transfer": "refused",
    # Nothing is booked before it is approved.
    "budget assign": "refused",
}
FACES = {
    # What each platform can do, as far as an answer depends on it; `poor` is a platform that can do nothing.
    "playground": Limits(4_000, 50, 20, 12, True, True, True, True, True, 600),
    "slack": Limits(3_000, 50, 20, 25, True, True, True, True, True, 60),
    "dingtalk": Limits(5_000, 20, 10, 5, True, False, False, False, True, 20),
    "feishu": Limits(4_000, 50, 20, 20, True, True, True, True, True, 300),
    "poor": Limits(500, 10, 5, 0, False, False, False, False, False, 20),
}

EXAMPLE_REF = re.compile(r"\b[A-Z]-[12]\b")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_an_example_in_each_language(command: Command) -> None:
    spoken = {language_of(example) or "any" for example in command.examples}
    assert spoken >= {"zh", "en"} or "any" in spoken


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_names_a_known_action_and_helps_in_one_line(command: Command) -> None:
    assert is_known(command.may), command.may
    assert 0 < len(command.help) <= HELP_CHARS
    assert command.help[0].isupper() and command.help.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize("face", FACES)
async def test_every_example_runs_on_every_face(face: str, house_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    shutil.copyfile(house_template, path)
    async with open_bot(f"sqlite:///{path}", HandClock(), limits=FACES[face]) as bot:
        bot.promote("陈晨", "admin")
        for name, command in REGISTRY.commands.items():
            for example in command.examples:
                refs = {ref: await _made(bot, ref[0]) for ref in dict.fromkeys(EXAMPLE_REF.findall(example))}
                if command.undo is None:  # it takes something back
                    await _made(bot, "T")
                for said in BEFORE.get(name, ()):
                    await bot.say("陈晨", EXAMPLE_REF.sub(functools.partial(_ref_of, refs), said))
                heard = await bot.say("陈晨", EXAMPLE_REF.sub(functools.partial(_ref_of, refs), example))
                assert heard.done is not None and heard.done.command == name, example
                assert heard.done.result == ENDS.get(name, "done"), (example, heard.text)
                assert heard.shown, example
        assert bot.incidents() == 0


async def _made(bot: Bot, letter: str) -> str:
    adds = REGISTRY.commands[f"{REGISTRY.finders[letter].kind} add"]
    heard = await bot.say("陈晨", adds.examples[0])
    assert heard.done is not None and heard.done.ref
    return heard.done.ref


def _ref_of(refs: dict[str, str], met: re.Match[str]) -> str:
    return refs[met[0]]


def test_every_card_has_a_finder() -> None:
    kinds = {finder.kind for finder in REGISTRY.finders.values()}
    assert set(REGISTRY.cards) <= kinds


def test_every_line_of_the_matrix_is_used() -> None:
    used = {command.may for command in REGISTRY.commands.values()}
    verbs = {f"*.{action.partition('.')[2]}" for action in used}
    assert set(MATRIX) <= used | verbs | WITHIN


def test_the_readme_names_no_command_that_there_is_not() -> None:
    table = README.read_text(encoding="utf-8").partition("| Command |")[2].partition("\n\n")[0]
    named = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    assert named and named <= set(REGISTRY.commands)


def test_faces_differ_from_each_other() -> None:
    assert len({replace(limits, posts_per_minute=0) for limits in FACES.values()}) >= 4
