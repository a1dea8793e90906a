"""Law: the container files are sound: pinned, without root or secrets, and asking /readyz.

There is no Docker engine where these tests run, so no image is built here. What can be shown without one is:
the files are read, and their check of health is run against the real program.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import PREFIX, SECTIONS, Settings
from tests.house.sources import PACKAGES, ROOT, hold

PINNED = re.compile(r"^[a-z/]+:\d+\.\d+(\.\d+)?-[a-z-]+$")
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|KEY", re.IGNORECASE)


def instructions(text: str) -> list[tuple[str, str]]:
    """Read a Dockerfile: the instructions in order, continued lines joined, comments left out."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    parts = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(part[0].upper(), part[1] if len(part) > 1 else "") for part in parts]


def faults(text: str) -> list[str]:
    """Find what is unsound in a Dockerfile."""
    steps = instructions(text)
    stages = [value.split()[0] for name, value in steps if name == "FROM"]
    found = [f"{image} is not pinned" for image in stages if not PINNED.match(image)]
    users = [value for name, value in steps if name == "USER"]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        found.append("it runs as root")
    if not any(name == "HEALTHCHECK" and "/readyz" in value for name, value in steps):
        found.append("no health check asks /readyz")
    for name, value in steps:
        if name == "RUN" and "pip install" in value and "--require-hashes -r requirements.lock" not in value:
            found.append(f"installs without the lock: {value}")
        if name in ("ENV", "ARG") and any(SECRET.search(each.split("=")[0]) for each in value.split()):
            found.append(f"a secret would be built in: {value}")
        if name == "ADD":
            found.append("ADD fetches and unpacks; COPY says what it does")
    return found


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def settings() -> set[str]:
    """Name every setting, as the environment knows it."""
    names = {name.upper() for name in Settings.model_fields}
    names |= {
        f"{section.upper()}__{name.upper()}" for section, model in SECTIONS.items() for name in model.model_fields
    }
    return {f"{PREFIX}{name}" for name in names}


def test_dockerfile_is_sound(dockerfile: str) -> None:
    hold(faults(dockerfile))


def test_python_of_the_image_is_one_that_the_project_allows(dockerfile: str) -> None:
    versions = set(re.findall(r"^FROM python:(\d+\.\d+)\.", dockerfile, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert len(versions) == 1 and f">={versions.pop()}" == project["project"]["requires-python"]


def test_image_holds_the_program_and_nothing_else(dockerfile: str) -> None:
    copied = [value.split() for name, value in instructions(dockerfile) if name == "COPY" and "--from" not in value]
    sources = {source for parts in copied for source in parts[:-1]}
    assert sources == {*PACKAGES, "requirements.lock"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored[1] == "*" and set(kept) == sources and all((ROOT / each).exists() for each in kept)


def test_every_setting_that_is_named_exists(dockerfile: str, compose: dict[str, Any]) -> None:
    text = dockerfile + json.dumps(compose) + (ROOT / "compose.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"DRUMBEAT_[A-Z0-9_]+", text))
    assert named and named <= settings()


def test_compose_runs_two_on_one_postgres_after_the_migration(compose: dict[str, Any]) -> None:
    database, migrate, bot = (compose["services"][name] for name in ("database", "migrate", "bot"))
    assert PINNED.match(database["image"]) and "pg_isready" in database["healthcheck"]["test"][1]
    assert migrate["depends_on"]["database"]["condition"] == "service_healthy"
    assert bot["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert bot["deploy"]["replicas"] >= 2 and "ports" not in bot
    assert bot["cap_drop"] == ["ALL"] and bot["read_only"] is True
    assert migrate["environment"]["DRUMBEAT_DATABASE_URL"] == bot["environment"]["DRUMBEAT_DATABASE_URL"]
    volumes = {each.split(":")[0] for service in compose["services"].values() for each in service.get("volumes", ())}
    assert volumes == set(compose["volumes"])


def test_compose_holds_no_secret(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert "privileged" not in service
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert str(value).startswith("${"), name


# -- the check of health, run -----------------------------------------------------------------------


def check_of(dockerfile: str) -> list[str]:
    """Give the command of the health check, for this interpreter."""
    value = next(value for name, value in instructions(dockerfile) if name == "HEALTHCHECK")
    program = json.loads(value[value.index("[") :])
    assert program[0] == "python"
    return [sys.executable, *program[1:]]


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Run the program behind a password, and give the environment that it and its check have."""
    config = tmp_path / "drumbeat.toml"
    config.write_text("", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DRUMBEAT_")} | {
        "DRUMBEAT_CONFIG": str(config),
        "DRUMBEAT_DATABASE_URL": sqlite_url,
        "DRUMBEAT_WEB__PORT": str(port),
        "DRUMBEAT_WEB__PASSWORD": "鼓点 of the house",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith(b"Drumbeat is ready")
        yield environ
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(20)


@pytest.mark.slow
def test_check_of_health_passes_while_it_serves_and_fails_else(dockerfile: str, served: dict[str, str]) -> None:
    program = check_of(dockerfile)
    assert subprocess.run(program, env=served, capture_output=True, timeout=20, check=False).returncode == 0
    wrong = served | {"DRUMBEAT_WEB__PASSWORD": "another one"}
    assert subprocess.run(program, env=wrong, capture_output=True, timeout=20, check=False).returncode != 0
    nobody = served | {"DRUMBEAT_WEB__PORT": "1"}
    assert subprocess.run(program, env=nobody, capture_output=True, timeout=20, check=False).returncode != 0
    assert base64.b64encode(b":").decode() not in "".join(program), "no password is written down"


# The law itself, tried on planted offences.


def test_unsound_dockerfile_is_found() -> None:
    text = (
        "FROM python:latest\nARG API_TOKEN\nRUN pip install \\\n  slack-bolt\nADD x y\n# USER drumbeat\n"
        "HEALTHCHECK CMD curl /healthz\n"
    )
    assert faults(text) == [
        "python:latest is not pinned",
        "it runs as root",
        "no health check asks /readyz",
        "a secret would be built in: API_TOKEN",
        "installs without the lock: pip install slack-bolt",
        "ADD fetches and unpacks; COPY says what it does",
    ]
