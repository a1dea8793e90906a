"""Did you mean …: the known words nearest to one that was not understood. Knows no commands and no people itself."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from commands.grammar.tokens import normal

_NEAR = 0.65
_NEAR_IN_CHINESE = 0.5  # most words have two signs, and one of them is mistyped
_BEGUN = 0.75


def nearest(word: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """List the known words nearest to a mistyped one, best first; none if nothing is near.

    Its first letters find a word too; width, case and spaces do not count. A word that is known comes first.

    >>> nearest("tsak add", ["task add", "task list", "risk add"])
    ['task add']
    """
    typed = _bare(word)
    cutoff = _NEAR if typed.isascii() else _NEAR_IN_CHINESE
    scored = [(_score(typed, _bare(each)), each) for each in dict.fromkeys(known)]
    near = sorted((-score, len(each), each) for score, each in scored if score >= cutoff)
    return [each for _, _, each in near[:limit]]


def _score(typed: str, known: str) -> float:
    if not typed or not known:
        return 0.0
    is_begun = known.startswith(typed) and len(typed) >= (3 if typed.isascii() else 2)
    return max(OSA.normalized_similarity(typed, known), _BEGUN if is_begun else 0.0)


def _bare(text: str) -> str:
    return normal(text).replace(" ", "")
