"""Did you mean …: the known words nearest to one that was not understood. Knows no commands and no people itself."""

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from commands.grammar.tokens import normal

_NEAR = 0.65
_NEAR_IN_CHINESE = 0.5  # most words have two signs, and one of them is mistyped
_BEGUN = 0.75
_SOUNDS: Final = (
    "完玩万晚顽", "成城程层呈诚承", "任认人仁", "务物误悟雾", "延严沿言", "到倒道", "推退", "迟吃池", "归规龟",
    "档挡当", "指只制支止", "派排拍牌", "进近尽劲", "度渡肚", "搞高稿", "定订顶", "帮邦棒", "助住注祝柱",
    "备被倍背", "开凯", "始是事使", "重从虫", "新心欣", "建见件健", "加家佳架", "撤彻扯", "销消小肖", "优有由尤",
    "先线现", "级机急及集", "标表彪", "签前钱", "的得地", "改该", "名明鸣", "评平", "论伦", "转赚", "给几", "取去",
    "列烈", "状壮", "态太",
)  # fmt: skip
"""Signs that one types for each other with a pinyin keyboard, of those that commands are made of."""
_SOUND_OF: Final = {ord(sign): group[0] for group in reversed(_SOUNDS) for sign in group}
_SAME_SOUND = 0.95
_CALLED = re.compile(r"[小老阿大](?P<after>\w)|(?P<before>\w)(?:总|哥|姐|工|老师|经理|师傅|主管)")
_STOP_WORDS = frozenset({"the", "a", "an", "task", "our", "my", "this", "that"})
_NEAR_TITLE = 60


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


def likeness(typed: str, known: str) -> float:
    """Tell how near a mistyped word is to a known one, from 0 to 1; 0 for not at all.

    Both are in `normal` form, without spaces. What merely sounds the same in Chinese is nearer than other slips.

    >>> likeness("完层", "完成") > likeness("完毕", "完成") > 0
    True
    """
    if not typed or typed == known:
        return 0.0 if not typed else 1.0
    if len(typed) > 2 * len(known) or (len(known) > 2 * len(typed) and known[0] != typed[0]):
        return 0.0  # most are too long or too short, and need no closer look
    cutoff = _NEAR if typed.isascii() else _NEAR_IN_CHINESE
    score = _score(typed, known)
    if not typed.isascii() and typed.translate(_SOUND_OF) == known.translate(_SOUND_OF):
        return _SAME_SOUND
    return score if score >= cutoff else 0.0


def namesakes(called: str, names: Iterable[str]) -> list[str]:
    """List whom 小王 or 王总 may be: those whose family name it is.

    >>> namesakes("小王", ["王建国", "王五", "李四"])
    ['王建国', '王五']
    """
    found = _CALLED.fullmatch(called)
    family = found and (found["after"] or found["before"])
    return [name for name in names if family and name.startswith(family)]


def fitting(words: str, titles: Iterable[str]) -> list[str]:
    """List the titles that a person may mean by some of their words.

    One that is just these words is meant alone.

    >>> fitting("the landing page", ["Landing page copy", "Page header"])
    ['Landing page copy']
    """
    said, known = _bare(words), list(dict.fromkeys(titles))
    exact = [title for title in known if _bare(title) == said]
    if exact or len(said) < 2:
        return exact
    pieces = [piece for piece in _pieces(words) if piece not in _STOP_WORDS]
    return [title for title in known if pieces and all(_holds(normal(title), piece) for piece in pieces)]


def alike(words: str, titles: Iterable[str], *, limit: int = 3) -> list[str]:
    """List the titles that share the most with some words, to ask about them."""
    known = {title: normal(title) for title in titles}
    found = process.extract(normal(words), known, scorer=fuzz.token_set_ratio, limit=limit, score_cutoff=_NEAR_TITLE)
    return [title for _, _, title in found]


def _pieces(words: str) -> list[str]:
    """Cut words into what each must be in a title: a run of Chinese is one piece."""
    return normal(words).strip(" .,!?").split()


def _holds(title: str, piece: str) -> bool:
    if not piece.isascii():
        return piece in title.replace(" ", "")
    return re.search(rf"(?<![a-z0-9]){re.escape(piece)}(?![a-z0-9])", title) is not None


def _score(typed: str, known: str) -> float:
    if not typed or not known:
        return 0.0
    is_begun = known.startswith(typed) and len(typed) >= (3 if typed.isascii() else 2)
    return max(OSA.normalized_similarity(typed, known), _BEGUN if is_begun else 0.0)


def _bare(text: str) -> str:
    return normal(text).replace(" ", "")
