"""Amounts by the thousand, and such that only look like one: the same in each run."""

from __future__ import annotations

import random
from collections.abc import Iterator

from commands.grammar.money import CURRENCIES, Money
from commands.words.money import amount

SEED = 20261122
CONFUSABLE = {
    ",": "，.'٬ \u2009\u00a0_‚",
    ".": ",。．·٫",
    "0": "０٠Oo○߀०",
    "1": "１١l①¹١",
    "2": "２٢²②",
    "3": "３٣³",
    "5": "５٥S",
    "7": "７٧",
    "9": "９٩",
}
"""By sign: others that look alike."""


def some_amounts(count: int) -> Iterator[Money]:
    """Give amounts of every size and currency."""
    chance = random.Random(SEED)
    for _ in range(count):
        yield Money(chance.randint(1, 10 ** chance.randint(1, 15)), chance.choice(sorted(CURRENCIES)))


def confusables(count: int) -> Iterator[tuple[str, Money]]:
    """Make amounts in which one or more signs are replaced by others that look alike."""
    chance = random.Random(SEED)
    while count:
        money = Money(chance.randint(1, 10 ** chance.randint(3, 15)), chance.choice(sorted(CURRENCIES)))
        said = amount(money)
        places = [place for place, sign in enumerate(said) if sign in CONFUSABLE]
        letters = list(said)
        for place in chance.sample(places, min(len(places), chance.randint(1, 3))):
            letters[place] = chance.choice(CONFUSABLE[said[place]])
        if "".join(letters) != said:
            count -= 1
            yield "".join(letters), money
