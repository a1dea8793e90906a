"""Three tables of phrases with what they mean, worked out by hand, and how many of them the grammar reads.

A line is a phrase and its meaning, parted by a tab: `2026-11-20`, `2026-11-20 17:00` (local), `?` (it must be asked) or
`-` (no date at all). `# zh common` names the language and the tier of what follows; `# now=…` sets the scene.
The grammar was tuned on phrases_tuned.tsv alone; phrases_heldout.tsv was written before that, and first read after it;
phrases_strangers.tsv is by somebody who had seen neither the grammar nor the other two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from commands.grammar.when import Uncertain, When, parse_when

TABLES: Final = tuple(Path(__file__).with_name(f"phrases_{name}.tsv") for name in ("tuned", "heldout", "strangers"))
ASKED: Final = "?"
NO_DATE: Final = "-"
Score = Literal["right", "wrong", "open"]
"""Open is neither: a question, or nothing understood, where there is a date; nothing is wrong but a wrong date."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with what it means in its scene."""

    text: str
    meant: str
    language: str
    tier: str
    now: datetime
    zone: ZoneInfo
    launch: date

    def read(self) -> str:
        """Read it, and write what was understood as the tables do."""
        found = parse_when(self.text, now=self.now, zone=self.zone, launch=self.launch)
        return told(found, self.zone)

    def score(self) -> Score:
        """Say how well it is read."""
        read = self.read()
        if read == self.meant:
            return "right"
        return "open" if read in (ASKED, NO_DATE) else "wrong"


def told(found: When | Uncertain | None, zone: ZoneInfo) -> str:
    """Write what was understood as the tables do."""
    if found is None:
        return NO_DATE
    if isinstance(found, Uncertain):
        return ASKED
    return f"{found.at.astimezone(zone):%Y-%m-%d %H:%M}" if found.at else found.on.isoformat()


def phrases(table: Path) -> Iterator[Phrase]:
    """Read a table."""
    scene: Mapping[str, str] = {}
    language = tier = ""
    for line in table.read_text(encoding="utf-8").splitlines():
        if line.startswith("# now="):
            scene = dict(pair.split("=", 1) for pair in line[2:].split())
        elif line.startswith("# "):
            language, tier = line[2:].split()
        else:
            text, meant = line.split("\t")
            zone = ZoneInfo(scene["zone"])
            now = datetime.fromisoformat(scene["now"]).replace(tzinfo=zone)
            yield Phrase(text, meant, language, tier, now, zone, date.fromisoformat(scene["launch"]))
