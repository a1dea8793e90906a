"""The State Council's notices as they were published, and what may go wrong in pasting one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.core.workcalendar import is_common_workday
from commands.grammar.notice import Fault, Notice, Unreadable, parse_notice, spans, written

TODAY = date(2026, 11, 18)
OF_2024 = """国务院办公厅关于2024年
部分节假日安排的通知
国办发明电〔2023〕7号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经国务院批准，现将2024年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
　　一、元旦：1月1日放假，与周末连休。
　　二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。\
鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
　　三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
　　四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
　　五、端午节：6月10日放假，与周末连休。
　　六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
　　七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
　　节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，遇有重大突发事件，要按规定及时报告并妥善处置。

国务院办公厅
2023年10月25日
"""
OF_2025 = """国务院办公厅关于2025年部分节假日安排的通知
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
"""
OF_2026 = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
NOTICES = {2024: OF_2024, 2025: OF_2025, 2026: OF_2026}


def fault_of(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        parse_notice(text, today=TODAY)
    return caught.value


def is_workday(notice: Notice, day: date) -> bool:
    if day in dict(notice.worked):
        return True
    return day not in dict(notice.off) and day.weekday() < 5


@pytest.mark.parametrize("year", NOTICES)
def test_a_notice_says_of_every_day_what_is_commonly_known(year: int) -> None:
    read = parse_notice(NOTICES[year], today=TODAY)
    assert read.year == year and read.missing == ()
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    for day in map(date.fromordinal, range(first, last + 1)):
        assert is_workday(read, day) is is_common_workday("CN", day), day


@pytest.mark.parametrize(("year", "off", "worked"), [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_the_days_of_a_notice_are_counted(year: int, off: int, worked: int) -> None:
    read = parse_notice(NOTICES[year], today=TODAY)
    assert (len(read.off), len(read.worked)) == (off, worked)


def test_advice_to_employers_gives_no_day_off() -> None:
    read = parse_notice(OF_2024, today=TODAY)
    assert date(2024, 2, 9) not in dict(read.off)
    assert read.unread == ("鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息",)


def test_the_day_on_which_it_was_signed_is_none_of_its_days() -> None:
    assert all("10月25日" not in sentence for sentence in parse_notice(OF_2024, today=TODAY).unread)


@pytest.mark.parametrize("year", NOTICES)
def test_a_notice_in_one_line_is_the_same(year: int) -> None:
    whole = parse_notice(NOTICES[year], today=TODAY)
    assert parse_notice(" ".join(NOTICES[year].split()), today=TODAY).off == whole.off


@pytest.mark.parametrize("year", NOTICES)
def test_a_notice_written_in_few_words_is_read_back_as_the_same(year: int) -> None:
    read = parse_notice(NOTICES[year], today=TODAY)
    again = parse_notice(written(read), today=TODAY)
    assert again.clauses == read.clauses and again.year == year
    assert len(written(read)) < 300


@pytest.mark.parametrize("year", [2025, 2026])
def test_without_its_title_the_weekdays_tell_the_year(year: int) -> None:
    clauses = "\n".join(NOTICES[year].splitlines()[1:])
    assert parse_notice(clauses, today=TODAY).year == year


def test_new_years_days_off_may_begin_in_december() -> None:
    read = parse_notice(
        "2019年节假日安排 一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。",
        today=TODAY,
    )
    assert read.clauses[0].name == "元旦"
    assert spans([day for day, _ in read.off]) == [(date(2018, 12, 30), date(2019, 1, 1))]
    assert read.worked == [(date(2018, 12, 29), "元旦")]


def test_the_same_may_be_typed_in_english() -> None:
    read = parse_notice("2027-01-01 to 2027-01-03 off, 2027-01-09 work", today=TODAY)
    assert [day.day for day, _ in read.off] == [1, 2, 3] and read.worked == [(date(2027, 1, 9), "")]


def test_the_year_may_stand_at_the_day_alone() -> None:
    assert parse_notice("2027年1月1日至3日放假。", today=TODAY).year == 2027


def test_full_and_half_width_and_spaces_are_equal() -> None:
    spaced = "２０２７年 元旦: １ 月 １ 日 (周五) 至 3 日 (周日) 放假, 共 3 天; 1月9日(周六)上班"
    read = parse_notice(spaced, today=TODAY)
    assert len(read.off) == 3 and read.worked == [(date(2027, 1, 9), "元旦")]


@pytest.mark.parametrize(
    ("changed", "into", "fault", "quote"),
    [
        ("1月4日（周日）", "1月4日（周六）", Fault.WEEKDAY, "1月4日（周六）上班"),
        ("共9天", "共8天", Fault.COUNT, "共8天"),
        ("至23日（农历正月初七、周一）", "至13日", Fault.BACKWARD, "至13日"),
        ("5月9日（周六）", "5月32日（周六）", Fault.NO_SUCH_DAY, "5月32日"),
        ("5月9日（周六）上班", "5月5日（周二）上班", Fault.BOTH, "5月5日（周二）上班"),
        ("5月9日（周六）", "2029年5月9日", Fault.OTHER_YEAR, "2029年5月9日上班"),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused_with_its_words(
    changed: str, into: str, fault: Fault, quote: str
) -> None:
    caught = fault_of(OF_2026.replace(changed, into))
    assert caught.fault is fault
    assert quote in caught.quote


def test_a_wrong_weekday_is_told_of_the_right_year_though_no_title_names_it() -> None:
    clauses = "\n".join(OF_2026.splitlines()[1:]).replace("1月4日（周日）", "1月4日（周六）")
    caught = fault_of(clauses)
    assert caught.fault is Fault.WEEKDAY and caught.day == date(2026, 1, 4)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.NOTHING),
        ("大家节日快乐", Fault.NOTHING),
        ("2027年放假安排另行通知", Fault.NOTHING),
        ("2027年元旦：1月1日不放假", Fault.NOTHING),
        ("1月1日至3日放假", Fault.NO_YEAR),
    ],
)
def test_what_is_no_notice_is_refused(text: str, fault: Fault) -> None:
    assert fault_of(text).fault is fault


def test_a_piece_of_a_notice_tells_what_it_lacks() -> None:
    read = parse_notice("2027年元旦：1月1日放假。", today=TODAY)
    assert read.missing == ("春节", "清明", "劳动", "端午", "中秋", "国庆")


PIECES = st.sampled_from(
    [
        "2027年",
        "元旦：",
        "一、",
        "1月",
        "2月",
        "1日",
        "31日",
        "（周五）",
        "至",
        "放假",
        "上班",
        "共3天",
        "。",
        "\n",
        "，",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = parse_notice(text, today=TODAY)
    except Unreadable:
        return
    assert parse_notice(written(read), today=TODAY).off == read.off


@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 1))))
def test_spans_hold_the_days_and_nothing_else(days: set[date]) -> None:
    held = {first + timedelta(days=n) for first, last in spans(sorted(days)) for n in range((last - first).days + 1)}
    assert held == days
