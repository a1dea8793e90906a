"""How a command is cut into words and signs, and put back together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.core.event import Mention
from commands.grammar.tokens import Kind, Token, clean, join, normal, tokenize

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
SIGNED_TEXT = st.text("加主图aT-12 　@＠!！#＃~～^>高p1半天dh:：=“”「」'\"()（）,，.。", max_size=60)


def said(text: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.value) for token in tokenize([text])]


def words(text: str) -> list[str]:
    tokens = tokenize([text])
    assert {token.kind for token in tokens} <= {Kind.WORD}
    return [token.value for token in tokens]


def test_signs_glued_to_chinese_are_split() -> None:
    assert said("加主图定稿@李四周五!高#设计~2d") == [
        ("word", "加主图定稿"),
        ("person", "李四周五"),
        ("priority", "高"),
        ("label", "设计"),
        ("estimate", "2d"),
    ]


def test_half_and_full_width_signs_are_equal() -> None:
    assert said("@李四 !P1 #设计 ~2d ^T-8 >T-9 模板:作战室") == said(
        "＠李四 ！Ｐ１ ＃设计 ～２ｄ ＾Ｔ－８ ＞Ｔ－９ 模板：作战室"
    )


def test_a_ref_between_chinese_stands_alone() -> None:
    assert said("把T-12延到下周三") == [("word", "把"), ("ref", "T-12"), ("word", "延到下周三")]


@pytest.mark.parametrize("ref", ["T-12", "R-3", "A-7", "M-2", "G-1", "V-4", "N-5", "L-6"])
def test_every_kind_of_ref_is_known(ref: str) -> None:
    assert said(f"done {ref}") == [("word", "done"), ("ref", ref)]


def test_refs_in_a_list_keep_their_commas_as_words() -> None:
    assert said("T-12, T-13。") == [("ref", "T-12"), ("word", ","), ("ref", "T-13"), ("word", "。")]


@pytest.mark.parametrize(
    "text",
    [
        *("t-12", "Ｔ－１２", "T12", "A4", "M2", "T-shirt", "GT-R-3", "T-12-b", "R-3.5", "iPhone 15"),
        *("a@b.com", "$5#3", "C#", "A~B", "x>y", "3^2", "don't", "10:30", "Ａ＃３", "café#3", "a/#b", "v2.11"),
        *("上线!", "上线！", "上线!高兴", "上线!!!", "hello!high", "!", "!!", "!foo", "!hi", "!p4", "!lowest"),
        *("@", "#", "##", "~", "^", ">", "> 引用", "^8", ">=3", "~~", "好的～", "~2", "3~5天", "~两天后", "~2days2"),
        *("https://a.b/c#d@e?f=g!high", "看https://a.b/c#d", "http://x", "key:", "=x", "a==b", "::", "https://"),
        *("《手册》", '5"', "”", "“没有结尾", "'90s", "'", '"', ":smile:"),
        "这是一个非常长的标题没有选项:值",
    ],
)
def test_what_only_looks_like_a_sign_is_a_word(text: str) -> None:
    assert words(text) == text.split()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("@张伟(技术)", "张伟(技术)"),
        ("＠张伟（技术）", "张伟(技术)"),
        ("@john.smith", "john.smith"),
        ("@供应商:宏达", "供应商:宏达"),
        ("@Ann", "Ann"),
    ],
)
def test_a_name_keeps_what_names_have(text: str, name: str) -> None:
    assert said(text) == [("person", name)]


def test_a_name_ends_before_punctuation_signs_and_refs() -> None:
    assert said("@李四，@王五: hi @bob. (@Ann!p1) @李四T-12 @a@b") == [
        ("person", "李四"),
        ("word", "，"),
        ("person", "王五"),
        ("word", ":"),
        ("word", "hi"),
        ("person", "bob"),
        ("word", "."),
        ("word", "(@Ann!p1)"),
        ("person", "李四"),
        ("ref", "T-12"),
        ("person", "a"),
        ("person", "b"),
    ]


@pytest.mark.parametrize("word", ["高", "中", "低", "紧急", "high", "medium", "normal", "low", "urgent", "p0", "p3"])
def test_every_priority_is_known(word: str) -> None:
    assert said(f"上线 !{word}") == [("word", "上线"), ("priority", word)]


def test_three_exclamation_marks_are_a_priority_only_by_themselves() -> None:
    assert said("!!! 上线 ！！！") == [("priority", "!!!"), ("word", "上线"), ("priority", "!!!")]


def test_a_priority_that_begins_a_word_needs_no_space_after_it() -> None:
    assert said("!紧急上线") == [("priority", "紧急"), ("word", "上线")]


def test_a_number_after_a_hash_is_a_label() -> None:
    assert said("#3 #v2.1。") == [("label", "3"), ("label", "v2.1"), ("word", "。")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~2d", "2d"),
        ("～2D", "2d"),
        ("~3h", "3h"),
        ("~1.5d", "1.5d"),
        ("~半天", "0.5d"),
        ("~两天", "2d"),
        ("~十二小时", "12h"),
        ("~3个小时", "3h"),
        ("~2 ", None),
        ("~2days", "2d"),
        ("~两周", "2w"),
        ("~30min", "30m"),
    ],
)
def test_an_estimate_is_told_in_one_way(text: str, value: str | None) -> None:
    assert said(text) == ([("estimate", value)] if value else [("word", text.strip())])


def test_a_parent_and_a_predecessor_are_read_in_any_case_and_without_the_dash() -> None:
    assert said("^T-8 >T-9 ^t8 主图>t-9") == [
        ("parent", "T-8"),
        ("after", "T-9"),
        ("parent", "T-8"),
        ("word", "主图"),
        ("after", "T-9"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("due:fri", "due=fri"),
        ("上线=11-11", "上线=11-11"),
        ("模板：作战室", "模板=作战室"),
        ('name:"two words"', "name=two words"),
        ("名称=“两 个”", "名称=两 个"),
        ("B角=@李", "b角=@李"),
        ("网址:https://a.b/c", "网址=https://a.b/c"),
    ],
)
def test_an_option_has_a_key_and_a_value(text: str, value: str) -> None:
    assert said(text) == [("option", value)]


def test_an_option_ends_where_a_sign_begins() -> None:
    assert said("模板=作战室@李四") == [("option", "模板=作战室"), ("person", "李四")]


@pytest.mark.parametrize("text", ['"a  b"', "“a  b”", "「a  b」", "『a  b』", "'a  b'"])
def test_quoted_text_is_kept_as_typed(text: str) -> None:
    assert said(text) == [("quoted", "a  b")]


def test_chinese_quotes_may_stand_inside_a_word() -> None:
    tokens = tokenize(["做“双 11”主图"])
    assert [token.value for token in tokens] == ["做", "双 11", "主图"]
    assert join(tokens) == "做“双 11”主图"


def test_a_mention_of_the_platform_is_a_person() -> None:
    li, unnamed = Mention("U1", "李四"), Mention("U2")
    tokens = tokenize(["交给", li, "的 T-1 ", unnamed, " "])
    assert [(token.kind, token.value, token.mention, token.spaced) for token in tokens] == [
        (Kind.WORD, "交给", None, False),
        (Kind.PERSON, "李四", li, False),
        (Kind.WORD, "的", None, False),
        (Kind.REF, "T-1", None, True),
        (Kind.PERSON, "U2", unnamed, True),
    ]
    assert join(tokens) == "交给@李四的 T-1 @U2"


def test_white_space_before_a_mention_counts_across_nodes() -> None:
    assert join(tokenize(["a \n", Mention("U1", "b"), "\u3000c"])) == "a \n@b\u3000c"


def test_a_run_of_words_is_given_back_exactly_as_typed() -> None:
    tokens = tokenize(["加  主图　Ｖ２：终稿 ，第二版 @李四"])
    assert join(tokens[1:-1]) == "主图　Ｖ２：终稿 ，第二版"


@given(st.lists(ANY_TEXT | SIGNED_TEXT, max_size=4))
def test_no_character_is_lost(texts: list[str]) -> None:
    assert join(tokenize(texts)) == "".join(texts).strip()


@given(SIGNED_TEXT)
def test_the_raw_of_a_token_has_no_space_around_it_and_is_never_empty(text: str) -> None:
    for token in tokenize([text]):
        assert token.raw and token.gap.strip() == ""
        assert token.kind is not Kind.WORD or token.raw == token.value


HOSTILE = (
    "@",
    "“",
    "'a ",
    "@中(",
    "#中",
    "a:",
    "!高",
    "中@",
    "T-1",
    "~",
    '中"',
    "x://",
    "键:@",
    "(中@",
    "@中a(a",
    "a ",
)


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hundred_kilobytes_of_signs_are_scanned(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    assert join(tokenize([text])) == text.strip()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｂａｎｎｅｒ　【主图】。", "banner [主图]."),
        ("  TASK\tAdd ", "task add"),
        ("任务：加（急）、“快”", '任务:加(急),"快"'),
        ("《手册》——『一』", '<手册>--"一"'),
        ("Straße", "strasse"),
    ],
)
def test_normal_folds_width_case_and_punctuation(text: str, folded: str) -> None:
    assert normal(text) == folded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x00b\x07c\x1b[0m\x7f", "abc[0m"),
        ("a\r\nb\rc\nd\u2028e\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\ud800b\udfffc", "abc"),
        ("\u202eabc\u202c\u2066d\u2069\u200f\u061c\ufeff", "abcd"),
        ("e\u0301", "é"),
        ("主图：①\t２", "主图：①\t２"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_clean_keeps_the_text_and_drops_what_hides_in_it(text: str, plain: str) -> None:
    assert clean(text) == plain


@given(ANY_TEXT)
def test_clean_text_stays_as_it_is_and_can_be_encoded(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


def test_a_token_tells_whether_space_stood_before_it() -> None:
    assert Token(Kind.WORD, "a", "a", gap=" ").spaced
    assert not Token(Kind.WORD, "a", "a").spaced
