"""The command line: what it prints, as text and as JSON, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from storage.engine import open_engine
from storage.guard import take_down

pytestmark = pytest.mark.slow

NOW = "2026-11-18T10:00+08:00"
OUTCOMES = {"done", "refused", "asked", "not_understood", "ignored"}


@dataclass
class Ran:
    """What a run of the program left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[dict[str, Any]]:
        """Every line, as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Drumbeat = Callable[..., Ran]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed the demo once, by the program itself."""
    folder = tmp_path_factory.mktemp("seeded")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DRUMBEAT_")}
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "say", "--now", NOW, "进度"],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "双11作战室" in ran.stdout and ran.stderr == ""
    return folder / "drumbeat.db"


@pytest.fixture
def drumbeat(
    seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Drumbeat]:
    """Run the program in this process, over a copy of the seeded demo."""
    for name in os.environ:
        if name.startswith("DRUMBEAT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(seeded, tmp_path / "drumbeat.db")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            code = main(arguments)
        except SystemExit as error:
            code = int(error.code or 0)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    yield run
    root.handlers[:], root.level = handlers, level


def test_a_task_is_added_and_its_card_printed(drumbeat: Drumbeat) -> None:
    ran = drumbeat("say", "--now", NOW, "任务 加 主图定稿 @李四 周五 !高 #设计")
    assert ran.code == 0
    assert "主图定稿" in ran.out and "11-20 周五" in ran.out and "李四" in ran.out and "P1 高" in ran.out
    assert "完成 T-" in ran.out, "what the buttons do can be typed"


def test_json_is_shaped_as_promised(drumbeat: Drumbeat) -> None:
    (told,) = drumbeat("say", "--now", NOW, "--json", "任务 加 主图定稿 @李四 周五 !高").json
    assert set(told) == {"outcome", "call", "reply", "ref"}
    assert told["outcome"] == "done" and told["ref"].startswith("T-")
    assert told["call"]["command"] == "task add"
    assert told["call"]["args"] | {"title": "主图定稿", "due": "2026-11-20", "priority": 1} == told["call"]["args"]
    assert told["reply"]["type"] == "Reply"


@pytest.mark.parametrize(
    ("text", "outcome", "code"),
    [
        ("我的任务", "done", 0),
        ("完成 T-999", "refused", 1),
        ("任务 加 主图 昨天", "asked", 1),
        ("任务 加", "asked", 1),
        ("tsak add x", "not_understood", 1),
        ("done T-1 T-2", "done", 0),
    ],
)
def test_the_exit_code_follows_the_outcome(drumbeat: Drumbeat, text: str, outcome: str, code: int) -> None:
    ran = drumbeat("say", "--now", NOW, "--json", text)
    assert (ran.json[0]["outcome"], ran.code) == (outcome, code)
    assert ran.json[0]["outcome"] in OUTCOMES


def test_a_wrong_command_exits_1_with_the_suggestion(drumbeat: Drumbeat) -> None:
    ran = drumbeat("say", "tsak list")
    assert ran.code == 1 and "tasks" in ran.out


def test_a_dash_reads_one_message_a_line(drumbeat: Drumbeat) -> None:
    ran = drumbeat("say", "--now", NOW, "--json", "-", stdin="任务 加 甲\n任务 加 乙\ntsak\n")
    assert [each["outcome"] for each in ran.json] == ["done", "done", "not_understood"]
    assert ran.code == 1


def test_who_where_and_in_which_thread_can_be_said(drumbeat: Drumbeat) -> None:
    ran = drumbeat("say", "--now", NOW, "--as", "李娜", "--in", "日常运营", "--json", "任务 加 看样 @我")
    ref = ran.json[0]["ref"]
    ran = drumbeat("say", "--now", NOW, "--as", "王总", "--in", "双11作战室", "--json", "T-1")
    assert ran.json[0]["ref"] == "T-1"
    ran = drumbeat("say", "--now", NOW, "--in", "双11作战室", "--thread", "T-1", "--json", "延到周五")
    assert ran.json[0]["call"]["args"]["tasks"] == ["T-1"]
    ran = drumbeat("say", "--now", NOW, "--as", "李娜", "我的任务")
    assert f"{ref} 看样" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("say", "--as", "没有这个人", "帮助"),
        ("say", "--as", "张伟", "帮助"),
        ("say", "--in", "没有这个群", "帮助"),
        ("say", "--thread", "T-999", "完成"),
        ("say", "--thread", "X", "完成"),
        ("say", "--now", "tomorrow", "帮助"),
        ("say", "--workspace", "main", "--now", NOW, "帮助"),
        ("say", "--workspace", "other", "帮助"),
        ("say",),
        ("nothing",),
        ("when", "fri", "--zone", "Mars/Olympus"),
        ("when", "fri", "--now", "soon"),
        ("when", "D-7", "--launch", "soon"),
        ("admin", "grant", "slack"),
        (),
    ],
    ids=" ".join,
)
def test_a_mistake_on_the_line_exits_2_and_says_which(drumbeat: Drumbeat, arguments: tuple[str, ...]) -> None:
    ran = drumbeat(*arguments)
    assert ran.code == 2
    assert ran.err.strip() and "Traceback" not in ran.err


def test_in_main_an_operator_speaks_where_nobody_has_yet(drumbeat: Drumbeat) -> None:
    ran = drumbeat("say", "--workspace", "main", "--json", "任务 加 第一件")
    assert (ran.code, ran.json[0]["ref"]) == (0, "T-1")


@pytest.mark.parametrize(
    ("text", "value"), [("周五", "2026-11-20"), ("明天18点", "2026-11-19T18:00:00+08:00"), ("D-7", "2026-12-05")]
)
def test_when_prints_a_day_or_an_instant(drumbeat: Drumbeat, text: str, value: str) -> None:
    arguments = ("when", text, "--now", NOW, "--zone", "Asia/Shanghai", "--launch", "2026-12-12")
    assert drumbeat(*arguments).out.strip() == value
    ran = drumbeat(*arguments, "--json")
    assert (ran.json, ran.code) == ([{"value": value}], 0)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        *(("昨天", "past"), ("2月30日", "impossible"), ("尽快", "vague"), ("T-7", "task_ref")),
        *(("每周五", "recurs"), ("周四到周六", "span"), ("主图", "not_a_date")),
    ],
)
def test_when_asks_about_what_is_not_certain(drumbeat: Drumbeat, text: str, question: str) -> None:
    ran = drumbeat("when", text, "--now", NOW, "--json")
    assert (ran.json, ran.code) == ([{"value": None, "question": question}], 1)


def test_when_reads_phrases_from_standard_input(drumbeat: Drumbeat) -> None:
    lines = [
        {"text": "fri", "now": NOW, "zone": "Asia/Shanghai"},
        {"text": "D-1", "now": NOW, "launch": "2026-12-12"},
        {"text": "x"},
    ]
    ran = drumbeat("when", "-", "--json", stdin="\n".join(json.dumps(each) for each in lines) + "\n")
    assert [each["value"] for each in ran.json] == ["2026-11-20", "2026-12-11", None]
    assert ran.code == 1
    assert drumbeat("when", "-", "--now", NOW, stdin="周五\n明天\n").out.split() == ["2026-11-20", "2026-11-19"]


@pytest.mark.parametrize("line", ["no json", "[]", "{}", '{"text": 3}', '{"text": "fri", "now": 5}'])
def test_when_refuses_a_line_that_it_cannot_read(drumbeat: Drumbeat, line: str) -> None:
    ran = drumbeat("when", "-", "--json", stdin=line + "\n")
    assert ran.code == 2 and ran.err.strip()


def test_tick_lists_what_is_owed_and_then_does_it(drumbeat: Drumbeat) -> None:
    assert drumbeat("say", "--json", "提醒 每天18点 交日报").json[0]["outcome"] == "done"
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    owed = [
        each["slot"] for each in drumbeat("tick", "--at", until, "--dry-run", "--json").json if "18:00" in each["slot"]
    ]
    done = [each for each in drumbeat("tick", "--at", until, "--json").json if each["slot"] in owed]
    assert len(owed) == 2 and [each["state"] for each in done] == ["done", "done"]
    assert drumbeat("tick", "--at", until).out == ""


def test_tick_in_main_does_not_run_ahead(drumbeat: Drumbeat) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    ran = drumbeat("tick", "--workspace", "main", "--at", until)
    assert ran.code == 2 and "--dry-run" in ran.err
    assert drumbeat("tick", "--at", "soon").err.startswith("--at: 'soon'")


def test_the_trail_is_verified_and_written_as_a_table(drumbeat: Drumbeat, seeded: Path) -> None:
    assert drumbeat("verify-audit", "--workspace", "demo").code == 2
    shutil.copyfile(f"{seeded}.audit-key", "drumbeat.db.audit-key")
    ran = drumbeat("verify-audit", "--workspace", "demo", "--csv", "trail.csv")
    assert ran.code == 0 and "are not sealed yet" in ran.out and ran.out.splitlines()[-1].startswith("head: ")
    with Path("trail.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:3] == ["id", "workspace_id", "at"]
    made = next(row for row in rows if row["kind"] == "task" and row["action"] == "add")
    assert "title" in json.loads(made["after"]) and made["actor"]
    assert drumbeat("verify-audit", "--workspace", "demo", "--head", "f" * 64).code == 1


def test_all_of_one_person_is_written_to_a_file(drumbeat: Drumbeat) -> None:
    drumbeat("say", "反馈 =1+1", "--as", "李四", "--now", NOW)
    ran = drumbeat("personal-data", "李四", "lisi.json", "--workspace", "demo")
    stored = json.loads(Path("lisi.json").read_text("utf-8"))["stored"]
    assert ran.code == 0 and ran.out == f"lisi.json: {sum(map(len, stored.values()))} rows\n"
    assert {"person", "account", "alias", "task", "inbox", "audit", "feedback"} <= set(stored)
    assert drumbeat("personal-data", "@李四", "lisi.csv", "--workspace", "demo").code == 0
    assert '"text","\'=1+1"' in Path("lisi.csv").read_text("utf-8-sig")
    unknown = drumbeat("personal-data", "slack:U0", "x.json", "--workspace", "demo")
    assert unknown.code == 2 and "nobody is called 'slack:U0'" in unknown.err and not Path("x.json").exists()


def test_the_doctor_finds_a_sound_house(drumbeat: Drumbeat) -> None:
    ran = drumbeat("doctor")
    assert ran.code == 0 and "ok  database" in ran.out and "BAD" not in ran.out
    subjects = {each["subject"]: each for each in drumbeat("doctor", "--json").json}
    assert {"sqlite", "database", "disk", "backup", "time zone", "web"} <= set(subjects)
    assert all(set(each) == {"subject", "ok", "detail", "remedy"} for each in subjects.values())


def test_the_doctor_tells_that_the_guard_is_down_and_migrate_puts_it_up(drumbeat: Drumbeat) -> None:
    engine = open_engine("sqlite:///drumbeat.db")
    with engine.begin() as connection:
        take_down(connection)
    engine.dispose()
    ran = drumbeat("doctor")
    assert ran.code == 1 and "BAD audit guard" in ran.out and "trail_audit_change" in ran.out
    assert "put back, which the audit's guard lacked: trail_audit_change" in drumbeat("migrate").out
    assert "ok  audit guard" in drumbeat("doctor").out


def test_the_doctor_says_what_to_do_about_a_damaged_file(drumbeat: Drumbeat) -> None:
    Path("drumbeat.db").write_bytes(b"no database at all" * 100)
    ran = drumbeat("doctor")
    assert ran.code == 1 and "BAD database" in ran.out and "restore" in ran.out


def test_the_doctor_looks_before_the_first_start(drumbeat: Drumbeat) -> None:
    Path("drumbeat.db").unlink()
    ran = drumbeat("doctor")
    assert ran.code == 0 and "made at the first start" in ran.out
    assert not Path("drumbeat.db").exists()


def test_bad_settings_exit_2_and_are_named(drumbeat: Drumbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUMBEAT_TIMEZONE", "Mars")
    monkeypatch.setenv("DRUMBEAT_TYPO", "hunter2")
    ran = drumbeat("doctor")
    assert ran.code == 2
    assert "DRUMBEAT_TIMEZONE" in ran.err and "DRUMBEAT_TYPO" in ran.err and "hunter2" not in ran.err
