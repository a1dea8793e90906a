"""Golden files: what a test expects, kept as a file that is reviewed like code. `make golden` rewrites them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Golden:
    """The golden files of one directory."""

    directory: Path
    rewrite: bool = False

    def check(self, name: str, actual: str) -> None:
        """Fail unless the file called `name` holds `actual`; with `--golden`, make it so."""
        file = self.directory / name
        if self.rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(actual, encoding="utf-8")
        assert file.exists(), f"{file} does not exist: run `make golden`, read it, and commit it"
        assert actual == file.read_text(encoding="utf-8"), (
            f"{file} differs: if the new text is right, run `make golden`"
        )
