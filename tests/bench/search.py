"""How long it takes to find two characters among a hundred thousand tasks, beside LIKE by the driver."""

from __future__ import annotations

import functools
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from bot.app import App
from storage.search import rows_with, sought
from storage.tasks import Task, tasks_with
from storage.unit import Unit
from tests.bench import files
from tests.bench.table import Row, ms, timed

SIZE: Final = 100_000
BATCH: Final = 5_000
EACH: Final = 20
FIRST: Final = ("首焦", "活动", "预售", "会场", "直播", "会员", "详情", "店铺", "客服", "仓储")
THEN: Final = ("主图", "海报", "文案", "页面", "脚本", "报价", "排期", "样品", "物料", "清单")
LAST: Final = ("定稿", "初稿", "复核", "修改", "上线", "压测", "采购", "拍摄", "对账", "验收")
RARE: Final = "冰箱贴"
SOUGHT: Final = ("主图", "首焦主图", "主图定稿", RARE, "没有的")


def measure_search(template: Path) -> list[Row]:
    """Compare the index with reading every title, for texts that many, some, one and no tasks hold."""
    file = files.copy_of(template, "search")
    rows = []
    with files.app_on(file) as app, files.raw_on(file) as connection:
        workspace = app.by_name["demo"].id
        began = perf_counter()
        for start in range(0, SIZE, BATCH):
            app.store.write_now(workspace, functools.partial(_fill, start=start))
        rows.append(Row(f"add {SIZE:,} tasks with their terms", f"{perf_counter() - began:.1f} s"))
        for text in SOUGHT:
            rows.append(_one(app, connection, workspace, text))
    return rows


def _fill(unit: Unit, *, start: int) -> None:
    titles = ["".join(words) for words in product(FIRST, THEN, LAST)]
    unit.add_all(
        Task,
        [
            {
                "number": 1_000_000 + number,
                "title": f"{RARE if number == SIZE // 2 else titles[number * 7919 % len(titles)]} {number}",
                "status": "todo" if number % 5 == 0 else "done",
                "is_open": number % 5 == 0,
            }
            for number in range(start, start + BATCH)
        ],
    )


def _one(app: App, connection: Any, workspace: int, text: str) -> Row:
    wanted = sought(text)

    def ours(_: int) -> object:
        return app.store.read_now(workspace, lambda unit: tasks_with(unit, rows_with(unit, "task", wanted)))

    def floor(_: int) -> object:
        like = "SELECT id FROM task WHERE workspace_id = ? AND title LIKE ? ORDER BY id DESC"
        return connection.execute(like, (workspace, f"%{text}%")).fetchall()

    mine, theirs = timed(ours, range(EACH)), timed(floor, range(EACH // 4))
    return Row(f"find {text} among {SIZE:,}", ms(mine), ms(theirs), mine / theirs, "≤ 1; a few ms")
