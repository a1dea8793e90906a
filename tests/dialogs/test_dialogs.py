"""Every dialog in the `.txt` files beside this one goes as it is written there."""

import shutil
from pathlib import Path

import pytest

from tests.dialogs.script import head, play, scenes
from tests.support.golden import Golden
from tests.support.house import open_bot
from tests.support.store import HandClock

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("*.txt"))


@pytest.mark.parametrize("name", FILES)
async def test_a_dialog_goes_as_written(
    name: str, house_template: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    played = [head(text)]
    for number, scene in enumerate(scenes(text)):
        path = tmp_path / f"{number}.db"
        shutil.copyfile(house_template, path)
        async with open_bot(f"sqlite:///{path}", HandClock()) as bot:
            played.append(await play(bot, scene))
            assert bot.incidents() == 0, scene.title
    Golden(HERE, rewrite=pytestconfig.getoption("--golden")).check(name, "\n\n".join(played) + "\n")
