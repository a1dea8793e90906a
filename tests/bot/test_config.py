"""Settings: every problem at once, by name, never by value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import ConfigError, load
from tests.house.sources import ROOT

SECRET = "hunter2-secret-value"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave the settings of whoever runs the tests out."""
    for name in os.environ:
        if name.startswith("DRUMBEAT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def problems() -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load()
    return caught.value.problems


def test_without_any_settings_it_runs_on_loopback() -> None:
    settings = load()
    assert settings.database_url == "sqlite:///drumbeat.db"
    assert (settings.web.host, settings.web.port, settings.web.password) == ("127.0.0.1", 8420, None)
    assert (settings.language, settings.timezone) == ("zh", "Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRUMBEAT_TIMEZONE", "Mars/Olympus"),
        ("DRUMBEAT_LANGUAGE", "klingon"),
        ("DRUMBEAT_LOG_LEVEL", "LOUD"),
        ("DRUMBEAT_DATABASE_URL", f"mysql://root:{SECRET}@db/x"),
        ("DRUMBEAT_DATABASE_URL", "no url at all"),
        ("DRUMBEAT_WEB__PORT", "99999"),
        ("DRUMBEAT_WEB__PORT", "many"),
        ("DRUMBEAT_WEB__PASSWORD", ""),
        ("DRUMBEAT_WEB__PASSWORD", "changeme"),
        ("DRUMBEAT_WEB__PASSWORD", "secret"),
        ("DRUMBEAT_WEB__PLAYGROUND", "perhaps"),
        ("DRUMBEAT_NO_SUCH_THING", SECRET),
        ("DRUMBEAT_WEB__NO_SUCH_THING", SECRET),
        ("DRUMBEAT_WEB", "no json"),
        ("DRUMBEAT_SLACK__BOT_TOKEN", "xoxb"),
        ("DRUMBEAT_DINGTALK__CLIENT_SECRET", "changeme"),
        ("DRUMBEAT_DINGTALK__CLIENT_ID", ""),
        ("DRUMBEAT_DINGTALK__CARD_BUTTON", "btn-label"),
        ("DRUMBEAT_DINGTALK__POSTS_PER_MINUTE", "0"),
        ("DRUMBEAT_FEISHU__APP_ID", ""),
        ("DRUMBEAT_FEISHU__APP_SECRET", "changeme"),
        ("DRUMBEAT_FEISHU__ENCRYPT_KEY", "k1k1"),
        ("DRUMBEAT_FEISHU__VERIFICATION_TOKEN", ""),
    ],
)
def test_a_bad_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    told = problems()
    assert any(problem.startswith(name.split("__")[0]) and name in problem for problem in told), told
    assert not value or not any(value in problem for problem in told)
    assert not any(SECRET in problem for problem in told)


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DRUMBEAT_TIMEZONE", "Mars"),
        ("DRUMBEAT_LANGUAGE", "xx"),
        ("DRUMBEAT_WEB__PORT", "-1"),
        ("DRUMBEAT_TYPO", "1"),
    ):
        monkeypatch.setenv(name, value)
    told = "\n".join(problems())
    assert all(name in told for name in ("TIMEZONE", "LANGUAGE", "WEB__PORT", "TYPO"))


def test_feishu_needs_its_settings_in_pairs_and_takes_the_place_of_the_playground(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DRUMBEAT_FEISHU__APP_ID", "cli_0123456789abcdef")
    assert "DRUMBEAT_FEISHU__APP_SECRET" in problems()[0]
    monkeypatch.setenv("DRUMBEAT_FEISHU__APP_SECRET", SECRET)
    settings = load()
    assert settings.feishu.is_configured and not settings.serves_playground and settings.secrets == [SECRET]
    monkeypatch.setenv("DRUMBEAT_FEISHU__ENCRYPT_KEY", SECRET)
    assert "DRUMBEAT_FEISHU__VERIFICATION_TOKEN" in problems()[0]


def test_host_names_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUMBEAT_WEB__NAMES", "bot.example, team.example")
    assert load().web.names == ("bot.example", "team.example")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_off_loopback_it_needs_a_password(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DRUMBEAT_WEB__HOST", host)
    assert any("DRUMBEAT_WEB__PASSWORD" in problem for problem in problems())
    monkeypatch.setenv("DRUMBEAT_WEB__PASSWORD", "a long enough one")
    assert load().web.host == host


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("drumbeat.toml").write_text('language = "en"\n[web]\nport = 9000\nhost = "localhost"\n', encoding="utf-8")
    monkeypatch.setenv("DRUMBEAT_WEB__PORT", "9001")
    settings = load()
    assert (settings.language, settings.web.port, settings.web.host) == ("en", 9001, "localhost")


def test_a_file_with_a_typo_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("drumbeat.toml").write_text(f'langage = "{SECRET}"\n', encoding="utf-8")
    (told,) = problems()
    assert "LANGAGE" in told and SECRET not in told
    Path("drumbeat.toml").write_text("= broken", encoding="utf-8")
    assert "drumbeat.toml" in problems()[0]


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUMBEAT_CONFIG", "nowhere.toml")
    assert "DRUMBEAT_CONFIG" in problems()[0]


def test_a_secret_is_not_shown_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUMBEAT_WEB__PASSWORD", SECRET)
    assert SECRET not in repr(load()) + str(load())


def test_dingtalk_needs_both_halves_of_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUMBEAT_DINGTALK__CLIENT_ID", "dingabcdefgh")
    assert any("DRUMBEAT_DINGTALK__CLIENT_SECRET" in problem for problem in problems())
    monkeypatch.setenv("DRUMBEAT_DINGTALK__CLIENT_SECRET", SECRET)
    settings = load()
    assert settings.secrets == [SECRET] and SECRET not in repr(settings)
    assert not settings.serves_playground, "a platform is served instead"


@pytest.mark.slow
def test_sdk_of_a_platform_that_is_not_configured_is_not_imported() -> None:
    code = (
        "import sys; from bot.config import load; from bot.platforms import platforms; from bot.observe import utc_now;"
        "from commands.words.catalog import load as words; platforms(load(), words(), clock=utc_now);"
        "print({'dingtalk_stream', 'slack_bolt', 'lark_oapi'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    assert ran.stdout.strip() == "set()", ran.stderr
