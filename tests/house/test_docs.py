"""Law: what the documents name exists: the targets of make, and the files that links lead to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from tests.house.sources import ROOT, hold

NOT_OURS = {"node_modules", "dist", "build"}
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
# After a backtick, a prompt or the start of a line; in prose "make sure" is not a target.
MAKE = re.compile(r"(?:^|[`$&;]) *make +(?:-\S+ +)*([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
IMAGE = re.compile(r"<(?:img|source|a)\b[^>]*?\b(?:src|srcset|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def documents(root: Path) -> list[Path]:
    """Find the Markdown files of a directory, leaving out what tools keep there."""
    found = []
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in NOT_OURS]
        found += [Path(directory) / file for file in files if file.endswith(".md")]
    return sorted(found)


def targets(makefile: str) -> set[str]:
    """Name the targets of a Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def unknown_targets(root: Path) -> list[str]:
    """Find the targets that documents name in code and the Makefile does not have."""
    known = targets((root / "Makefile").read_text(encoding="utf-8"))
    return [
        f"{document.relative_to(root)}: make {name}"
        for document in documents(root)
        for code in CODE.findall(document.read_text(encoding="utf-8"))
        for name in MAKE.findall(code)
        if name not in known
    ]


def dead_links(root: Path) -> list[str]:
    """Find the relative links that lead nowhere."""
    offences = []
    for document in documents(root):
        prose = CODE.sub("", document.read_text(encoding="utf-8"))
        links = [first or second for first, second in LINK.findall(prose)] + IMAGE.findall(prose)
        for link in links:
            path = unquote(link.partition("#")[0])
            if not ELSEWHERE.match(link) and not (document.parent / path).exists():
                offences.append(f"{document.relative_to(root)}: {link}")
    return offences


def test_targets_that_documents_name_exist() -> None:
    hold(unknown_targets(ROOT))


def test_relative_links_lead_somewhere() -> None:
    hold(dead_links(ROOT))


def test_every_target_says_what_it_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    silent = [name for name in targets(makefile) if not re.search(rf"^{name}:[^#\n]*## \w", makefile, re.MULTILINE)]
    assert silent == []


# The laws themselves, tried on planted offences.


def test_unknown_target_and_dead_link_are_found(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("test: .venv/.ok ## test\nSETTING := 1\n")
    (tmp_path / "README.md").write_text(
        "Run `make test`, make sure of it, then:\n```\n$ make fly\nmake -s swim\n```\n"
        "[here](README.md#top) [there](docs/gone.md) [out](https://example.org/x) `[code](gone.md)`\n"
        '<img src="gone.png"> ![picture](gone.svg "A title")\n'
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "other.md").write_text("[theirs](gone.md)")
    assert unknown_targets(tmp_path) == ["README.md: make fly", "README.md: make swim"]
    assert dead_links(tmp_path) == ["README.md: docs/gone.md", "README.md: gone.svg", "README.md: gone.png"]
