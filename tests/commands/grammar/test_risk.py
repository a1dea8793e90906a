"""What is told of a risk: the marks are parted from the title, and a title keeps what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar.risk import CATEGORIES, LEVELS, STRATEGIES, Told, category_of, parse_risk, strategy_of

DAYS = {"fri", "friday 5pm", "周五", "11-03"}
TITLES = st.text(alphabet="样品延误到货海报ABCdefgh 0123456789", min_size=1, max_size=30).map(str.strip).filter(bool)


def told(text: str) -> Told:
    return parse_risk(text, is_day=lambda words: words.lower() in DAYS)


@pytest.mark.parametrize(
    ("text", "title", "levels"),
    [
        ("样品延误 概率4 影响4", "样品延误", (4, 4)),
        ("样品延误，概率：４，影响：５", "样品延误", (4, 5)),
        ("概率3影响2样品延误", "样品延误", (3, 2)),
        ("Samples late p4 i5", "Samples late", (4, 5)),
        ("p4i5 Samples late", "Samples late", (4, 5)),
        ("Samples late probability 4, impact 1", "Samples late", (4, 1)),
        ("换 i5 处理器 概率2 影响2", "换 i5 处理器", (2, 2)),
        ("Only p4 is told", "Only p4 is told", (None, None)),
        ('"Samples late" p1 i1', "Samples late", (1, 1)),
        ("“样品”延误 p1 i1", "“样品”延误", (1, 1)),
    ],
)
def test_scores_are_read_wherever_they_stand(text: str, title: str, levels: tuple[int | None, int | None]) -> None:
    found = told(text)
    assert (found.title, (found.probability, found.impact), found.wrong) == (title, levels, ())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("样品延误 概率80% 影响4", ("probability",)),
        ("样品延误 概率0 影响6", ("probability", "impact")),
        ("Samples late p9 i3", ("probability",)),
    ],
)
def test_a_score_that_there_is_not_is_said_and_never_rounded(text: str, wrong: tuple[str, ...]) -> None:
    assert told(text).wrong == wrong


def test_plan_b_and_its_trigger_keep_their_dates() -> None:
    found = told("样品延误 计划B：备用供应商 触发条件：10-29 前没到货 概率4 影响4")
    assert (found.title, found.plan, found.trigger) == ("样品延误", "备用供应商", "10-29 前没到货")
    found = told("Samples late plan B ask Hongda if not here by fri p4 i4")
    assert (found.plan, found.trigger) == ("ask Hongda", "not here by fri")
    assert told("Samples late if customs strike p1 i1").title == "Samples late if customs strike"
    assert told("计划B 概率2 影响2").title == "计划B"


def test_a_review_is_one_only_before_a_day() -> None:
    found = told("Design review slips p2 i3 review fri plan B skip it")
    assert (found.title, found.review, found.plan) == ("Design review slips", "fri", "skip it")
    assert told("样品延误 复审 周五 概率4").review == "周五"
    assert told("样品延误 复审 周五 概率4").title == "样品延误"
    assert told("Design review slips review Friday 5pm").review == "Friday 5pm"
    assert told("复审流程太慢").title == "复审流程太慢"


def test_a_strategy_is_one_only_by_its_word() -> None:
    assert told("样品延误 策略 转移").strategy == "transfer"
    assert told("Samples late strategy: reduce").strategy == "mitigate"
    assert told("价格策略失误").title == "价格策略失误"
    assert told("价格策略失误").strategy is None


def test_each_word_names_one_category_and_one_strategy() -> None:
    for table, find in ((CATEGORIES, category_of), (STRATEGIES, strategy_of)):
        words = [word for forms in table.values() for word in forms]
        assert len(words) == len(set(words))
        assert all(find(word.upper()) == name for name, forms in table.items() for word in forms)
    assert category_of("双11") is None


@given(TITLES, st.sampled_from(LEVELS), st.sampled_from(LEVELS), st.booleans())
def test_what_is_told_comes_back_whatever_the_title(title: str, probability: int, impact: int, is_first: bool) -> None:
    marks = f"概率{probability} 影响{impact}"
    found = told(f"{marks} {title}" if is_first else f"{title} {marks}")
    assert (found.title, found.probability, found.impact) == (title, probability, impact)


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_nothing_is_told_that_was_not_said(text: str) -> None:
    found = told(text)
    assert found.probability in (None, *LEVELS) and found.impact in (None, *LEVELS)
    assert len(found.title) <= len(text)
    for said in (found.plan, found.trigger):
        assert said is None or said.strip()
