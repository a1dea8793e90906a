"""Minutes of a meeting, a sign-up list, a bullet list: which lines are tasks, whose, and by when.

Pure, and line by line. A line is a task where its section says so (待办, action items), where it names who does it, or
where nothing else is in the list; what people only reported is none. What is not certain is marked on its row, never
guessed. It knows no people: `names_in` says which names to look up, `read_minutes` is told which of them are known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from commands.grammar.tokens import has_chinese, normal
from commands.grammar.when import Found as FoundDate
from commands.grammar.when import Uncertain, When
from storage.people import name_key

DateFinder = Callable[[Sequence[str]], list[FoundDate]]
"""Finds the dates among words: `find_when` with its clock, zone and launch day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One task that was found in a line."""

    said: str
    """The line as it was written."""
    title: str
    names: tuple[str, ...] = ()
    """Who does it, as written, each of them known; more than one must be asked about."""
    stranger: str = ""
    """A name in the place of the owner that nobody here has."""
    when: When | None = None
    doubtful: str = ""
    """What was said of a date that is not certain: 尽快, or a weekday in the middle of the title."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text."""

    title: str
    """The first line, where it is no task; else empty."""
    rows: tuple[Row, ...]
    left: tuple[str, ...]
    """The lines that are no tasks, without headings, those ticked off and who was there."""


@dataclass
class _Line:
    said: str
    text: str
    """Without its bullet."""
    section: str
    is_item: bool
    is_strong: bool
    """True where the line itself says that it is a task: `TODO:`, @name."""


_CUT: Final = "\0"
"""Stands where an owner or a date was taken out."""
_BULLET: Final = re.compile(
    r"\s*(?:[-*•·●○◦▪■–—]+\s+|[-•●◦▪■](?=[^\W\d])|\(?\d{1,2}[.)、,:](?!\d)\s*|[①-⑳]\s*|[a-zA-Z][.)]\s+|[☐□]\s*|\[\s?\]\s*)"
)
_CHAPTER: Final = re.compile(r"\s*(?:#+\s+|[一二三四五六七八九十]{1,3}[、.,])\s*")
_TICKED: Final = re.compile(r"\s*(?:[-*•]\s+)?(?:\[[xX✓√v]\]|[☑✅✔✓])")
_TODO: Final = re.compile(r"(?:todo|to-do|action(?: item)?|ai|待办|行动项)\s*:\s*(?=\S)", re.IGNORECASE)
_ACTION: Final = re.compile(
    r"待办|行动|任务|分工|接龙|后续|下一步|跟进|会后|下周计划|本周计划|工作安排|改进措施|整改|措施|认领|"
    r"to-?dos?\b|actions?\b|next steps?\b|follow-?ups?\b|tasks?\b|assignments?\b|owners?\b|after the (?:meeting|call)\b"
)
_OTHER: Final = re.compile(
    r"参会|与会|出席|参加人|缺席|时间|地点|主持|记录|议题|议程|主题|背景|讨论|汇报|问题|风险|备注|"
    r"回顾|数据|完成情况|本周完成|上周完成|亮点|抄送|"
    r"attendees|present\b|participants|date\b|time\b|location|venue|agenda|notes?\b|discussion|"
    r"summary|background|risks?\b|issues\b|done\b|completed|highlights|parking lot|went well|what |capacity|cc\b"
)
_DECIDED: Final = re.compile(r"结论|决议|决定|共识|decisions?\b|decided|agreed|conclusions?\b")
_PAST: Final = re.compile(r"昨[天日]|上周|已完成|yesterday|last week|done|completed|finished")
_NOW: Final = re.compile(r"今[天日]|明[天日]|本周|下周|today|tomorrow|this week|next week")
_NOBODY: Final = re.compile(r"(?:tbd|tba|待定|未定)\s*[:,]\s*(?=\S)", re.IGNORECASE)
_DOTTED_DAY: Final = re.compile(r"(?:^|[\s\0,])((?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0?[1-9]))(?:之?前)?[\s\0]*$")
_JOINT: Final = re.compile(r"\s*(?:[、,/&+]|和|与|及|and\b)\s*", re.IGNORECASE)
_TALK: Final = re.compile(
    r"\s*(?:的|说|提到|反馈|认为|觉得|建议|表示|汇报|指出|强调|要求|希望|问|提出|介绍|分享|"
    r"(?:said|says|thinks?|thought|reported|mentioned|asked|raised|noted|suggested|is|was|were|has|had|felt|fixed|"
    r"shipped|finished|will be)\b)",
    re.IGNORECASE,
)
_DOES: Final = re.compile(r"\s*(?:负责|牵头|跟进|来|去|搞定|主导)")
_BIDS: Final = re.compile(r"(?:由|请|让|麻烦|辛苦|安排)\s*$")
_OWNER_LABEL: Final = re.compile(
    r"(?:负责人|责任人|执行人|跟进人|经办人|负责|owner|assignee|assigned to|dri|who)\s*:\s*", re.IGNORECASE
)
_DATE_LABEL: Final = re.compile(
    r"(?:截止(?:时间|日期)?|完成(?:时间|日期)|交付(?:时间|日期)|时限|期限|ddl|deadline|due(?: date)?|eta|when)\s*:\s*",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(r"[^,;。|\0]+")
_BRACKETS: Final = re.compile(r"[(\[【{]([^()\[\]【】{}]*)[)\]】}]")
_NO_DATE: Final = re.compile(r"待定|未定|tbd|tba|n/?a|soon|asap|尽快|抓紧|open", re.IGNORECASE)
_SEGMENT: Final = re.compile(r"(?:(?!\s[-–—]\s)[^,;。!?()→\0])+")
_BEGINS_DATE: Final = re.compile(r"[今明后大本这下上周星礼月季年底初\d一二三四五六七八九十双元国春端中农]")
_LEADS_DATE: Final = re.compile(r"(?:\b(?:by|before|due|on|until|till|for)|截止|截至|[到于在])\s*$", re.IGNORECASE)
_SETS_DATE: Final = re.compile(r"(?:前|之前|以前|内|截止|eod|cob|给我|给到我)$", re.IGNORECASE)
_HEAD: Final = re.compile(
    r"^(?:[\s,，、。;；:：\-–—→>|]+|负责|牵头|需要|需|要(?!求)|请|将|把|"
    r"(?:will|to|please|pls|should|must|needs? to|has to|can you|could you|is going to|is to|owns?(?: the)?)\b)+",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"(?:[\s,，、。;；:：\-–—→>(（|/]+|由|请|让|麻烦|截止|(?<=[\s\0])(?:by|before|due|on|until|till))+$", re.IGNORECASE
)
_HANDED: Final = re.compile("交|交稿|交付|给")
"""What is left of 周五前交 without the day."""
_COLUMNS: Final = {
    "title": re.compile(r"任务|事项|工作|内容|task|item|action|what", re.IGNORECASE),
    "owner": re.compile(r"人|谁|owner|who|assign", re.IGNORECASE),
    "due": re.compile(r"截止|时间|日期|期限|due|when|deadline|date", re.IGNORECASE),
}
_LIKE_A_NAME: Final = re.compile(r"[\u4e00-\u9fff]{2,4}|[A-Z][\w'.]+")
_CHINESE_RUN: Final = re.compile(r"([\u4e00-\u9fff]+)(?=(\([^()]{1,10}\))?)")
_LATIN_WORDS: Final = re.compile(r"[^\W\d_\u4e00-\u9fff][\w'.\-]*(?: [^\W\d_\u4e00-\u9fff][\w'.\-]*)?")
_HALF: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_NAME_CHARS: Final = 4
"""The longest Chinese name that is looked for inside a line without spaces."""
_DATE_CHARS: Final = 14
_LINES: Final = 200


def is_minutes(text: str) -> bool:
    """Tell whether a text is a list or the notes of a meeting, rather than one sentence."""
    lines = [line for line in text.splitlines() if line.strip()]
    listed = sum(1 for line in lines if _BULLET.match(_folded(line)) or line.lstrip()[:1] in "|@＠")
    return len(lines) >= 2 and listed >= 2


def names_in(text: str) -> set[str]:
    """List everything in a text that might be a name, to be looked up at once."""
    folded = _folded(text)
    found: set[str] = set()
    for run in _CHINESE_RUN.finditer(folded):
        chars, bracket = run[1], run[2]
        for start in range(len(chars)):
            found |= {chars[start:stop] for stop in range(start + 2, min(len(chars), start + _NAME_CHARS) + 1)}
            if bracket:
                found.add(chars[max(start, len(chars) - _NAME_CHARS) :] + bracket)
    for words in _LATIN_WORDS.finditer(folded):
        found |= {words[0], *words[0].split()}
    return found


def read_minutes(text: str, *, known: AbstractSet[str], dates: DateFinder) -> Found:
    """Find the tasks in a text; `known` holds the `name_key` of every name that somebody has.

    A text of one line is a list whose items semicolons part.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [f"- {item.strip()}" for item in re.split("[;；]", lines[0]) if item.strip()]
    return _Reader(known, dates).read(lines)


class _Reader:
    def __init__(self, known: AbstractSet[str], dates: DateFinder) -> None:
        self.known = known
        self.dates = dates

    def read(self, text: Sequence[str]) -> Found:
        title = section = ""
        lines: list[_Line] = []
        rows: list[Row] = []
        left: list[str] = []
        columns: dict[str, int] | None = None
        for said in text[:_LINES]:
            if _TICKED.match(said):
                continue
            cells = _cells(said)
            if cells is not None:
                columns = columns or _columns(cells)
                rows += self._table_row(said, cells, columns)
                continue
            columns = None
            line = self._line(said, section)
            if line is None:
                section = self._section(said)
                title = title or (_plain(said) if not lines else "")
                continue
            if not lines and not title and not line.is_item and not line.is_strong:
                title = _plain(said)
                continue
            lines.append(line)
        found = self._rows(lines)
        for line, row in found:
            if row is not None:
                rows.append(row)
            elif line.section != "aside":
                left.append(_without_bullets(line.said.strip())[0])
        return Found(title, tuple(rows), tuple(left))

    # -- which lines are tasks ----------------------------------------------------------------

    def _line(self, said: str, section: str) -> _Line | None:
        """Take a line for an item or for talk; None where it is a heading."""
        raw, is_item = _without_bullets(said.strip())
        text = _folded(raw)
        todo = _TODO.match(text)
        if todo:
            return _Line(said, raw[todo.end() :], "action", is_item=True, is_strong=True)
        if self._heads(text, said, is_item):
            return None
        key, colon, value = text.partition(":")
        if colon and value.strip() and _PAST.fullmatch(normal(key)):
            return _Line(said, raw, "aside", is_item=False, is_strong=False)
        is_aside = _OTHER.match(normal(key)) or _DECIDED.match(normal(key))
        if colon and value.strip() and not is_item and is_aside and name_key(key) not in self.known:
            return _Line(said, raw, "aside", is_item=False, is_strong=False)
        return _Line(said, raw, section, is_item=is_item, is_strong=text.startswith("@"))

    def _heads(self, text: str, said: str, is_item: bool) -> bool:
        marked = said.strip()[:1] in "#【" or said.strip().startswith("**") or _CHAPTER.match(said) is not None
        plain = normal(text).strip("*#[] :")
        if name_key(plain) in self.known and text.rstrip().endswith(":"):
            return True
        if text.rstrip().endswith(":") and (_PAST.fullmatch(plain) or _NOW.fullmatch(plain)):
            return True
        is_word = _kind(plain) != "" and len(plain) <= 16 and not is_item
        return (marked and not is_item) or is_word or (text.rstrip().endswith(":") and not is_item)

    def _section(self, said: str) -> str:
        plain = normal(_folded(said)).strip("*#[] :")
        if _PAST.fullmatch(plain):
            return "other"
        return _kind(re.sub(r"^[一二三四五六七八九十\d]+[,、.]\s*", "", plain)) or (
            "other" if name_key(plain) in self.known else "topic"
        )

    def _rows(self, lines: list[_Line]) -> Iterator[tuple[_Line, Row | None]]:
        """Read each line, then keep those that are tasks where they stand."""
        has_actions = any(line.section == "action" for line in lines)
        has_asked = any(line.is_strong for line in lines) and not has_actions
        read = [(line, self._row(line.said, line.text)) for line in lines]
        is_owned = any(_has_owner(row) for line, row in read if line.is_item)
        for line, row in read:
            if line.section == "action":
                keeps = line.is_item or _has_owner(row)
            elif line.is_strong:
                keeps = _has_owner(row)
            elif has_asked and _opens_with_owner(line, row):
                keeps = row.when is not None
            elif has_actions or line.section in ("other", "aside"):
                keeps = False
            else:
                keeps = line.is_item and (_has_owner(row) or not is_owned)
            yield line, row if keeps and row.title else None

    def _table_row(self, said: str, cells: list[str], columns: dict[str, int] | None) -> list[Row]:
        if not columns or max(columns.values()) >= len(cells) or all(set(c) <= set("-: ") for c in cells):
            return []
        if _columns(cells) == columns:
            return []
        draft = _Draft(said, cells[columns["title"]])
        if "owner" in columns:
            self._value_of_owner(draft, cells[columns["owner"]])
        if "due" in columns:
            self._value_of_date(draft, cells[columns["due"]])
        row = draft.row()
        return [row] if row.title else []

    # -- what a line says ---------------------------------------------------------------------

    def _row(self, said: str, text: str) -> Row:
        draft = _Draft(said, text)
        nobody = _NOBODY.match(draft.text)
        if nobody:
            draft.stranger = draft.text[: nobody.end()].strip(" :,")
            draft.cut(0, nobody.end())
        self._labelled(draft)
        self._in_brackets(draft)
        self._owner(draft)
        self._between_dashes(draft)
        if draft.when is None and not draft.doubtful:
            self._date(draft)
        return draft.row()

    def _labelled(self, draft: "_Draft") -> None:
        """Read `负责人：李四` and `due: Friday`."""
        for label, read in ((_OWNER_LABEL, self._value_of_owner), (_DATE_LABEL, self._value_of_date)):
            met = label.search(draft.text)
            value = _VALUE.match(draft.text, met.end()) if met else None
            if met and value:
                read(draft, value[0])
                draft.cut(met.start(), value.end())

    def _value_of_owner(self, draft: "_Draft", value: str) -> None:
        names = [name for _start, _stop, name in self._names(value)]
        if names:
            draft.names += names
        elif value.strip() and not _NO_DATE.fullmatch(value.strip()):
            draft.stranger = value.strip().lstrip("@")

    def _value_of_date(self, draft: "_Draft", value: str) -> None:
        found = self.dates(value.split())
        whole = [one for one in found if one.start == 0]
        if whole and isinstance(whole[0].when, When):
            draft.when = whole[0].when
        elif value.strip():
            draft.doubtful = value.strip()

    def _in_brackets(self, draft: "_Draft") -> None:
        """Read （李四，周五）: a bracket that holds names and dates and nothing else."""
        names = self._names(draft.text)
        for met in reversed(list(_BRACKETS.finditer(draft.text))):
            if any(start < met.start() < stop for start, stop, _name in names):
                continue  # of the name itself, as in 张伟(仓储)
            pieces = [piece.strip() for piece in re.split(r"[,、;/]", met[1]) if piece.strip()]
            known = [piece for piece in pieces if self._is_name(piece) or self._whole_date(piece)]
            strangers = [piece for piece in pieces if piece not in known]
            if not known or len(strangers) > 1 or not all(_LIKE_A_NAME.fullmatch(each) for each in strangers):
                continue
            for piece in known:
                if self._is_name(piece):
                    draft.names.append(piece.lstrip("@"))
                else:
                    self._value_of_date(draft, piece)
            draft.stranger = "".join(strangers) if not draft.names else ""
            draft.cut(met.start(), met.end())

    def _whole_date(self, text: str) -> bool:
        words = text.split()
        found = self.dates(words)
        return _NO_DATE.fullmatch(text) is not None or any(f.start == 0 and f.stop == len(words) for f in found)

    def _is_name(self, text: str) -> bool:
        return name_key(text.lstrip("@")) in self.known

    def _names(self, text: str) -> list[tuple[int, int, str]]:
        """Find known names: in Chinese anywhere, the longest first; else whole words."""
        found, start = [], 0
        while start < len(text):
            stop = self._name_at(text, start)
            if stop:
                found.append((start, stop, text[start:stop]))
            start = stop or start + 1
        return found

    def _name_at(self, text: str, start: int) -> int | None:
        if start and text[start].isascii() and (text[start - 1].isalnum() and text[start - 1].isascii()):
            return None
        for stop in range(min(len(text), start + 24), start + 1, -1):
            within = stop < len(text) and text[stop - 1].isascii() and text[stop].isascii() and text[stop].isalnum()
            if not within and text[start:stop].strip() == text[start:stop] and name_key(text[start:stop]) in self.known:
                return stop
        return None

    def _groups(self, text: str) -> list[tuple[int, int, list[str]]]:
        """Join names that stand together: 李四、李娜."""
        groups: list[tuple[int, int, list[str]]] = []
        for start, stop, name in self._names(text):
            begin = start - 1 if start and text[start - 1] == "@" else start
            if groups and _JOINT.fullmatch(text[groups[-1][1] : begin]):
                groups[-1] = (groups[-1][0], stop, [*groups[-1][2], name])
            else:
                groups.append((begin, stop, [name]))
        return groups

    def _owner(self, draft: "_Draft") -> None:
        """Find who does it by where the name stands: @, at the head, behind 由, before 负责, at the end."""
        if draft.names or draft.stranger:
            return
        text = draft.text
        for begin, stop, names in self._groups(text):
            if self._owns(text, begin, stop):
                draft.names += names
                draft.cut(begin, stop)
                return
        met = re.search(r"@([^\s,;:。、@\0]+)", text)
        if met:
            draft.stranger = met[1]
            draft.cut(met.start(), met.end())

    def _owns(self, text: str, begin: int, stop: int) -> bool:
        before, after = text[:begin].rstrip(_CUT + " "), text[stop:]
        if text[begin] == "@":
            return True
        if _TALK.match(after):
            return False
        if not before:
            return True
        if _BIDS.search(before) or _DOES.match(after):
            return True
        ends = not after.strip(_CUT + " .。!?,;") or after.lstrip().startswith(("-", "–", "—", "|"))
        is_apart = text[begin - 1] in " :,/|→>-—–" + _CUT
        follows_preposition = re.search(r"\b(?:to|from|with|for|of|and|by)\s*$|[给跟和与找对]\s*$", text[:begin])
        if is_apart and not follows_preposition:
            return ends or (has_chinese(text[begin:stop]) and self._begins_with_date(after))
        return False

    def _begins_with_date(self, text: str) -> bool:
        words = text.split()
        return any(found.start == 0 for found in self.dates(words[:5]))

    def _between_dashes(self, draft: "_Draft") -> None:
        """Read `Press list - Sam - Mon`: who stands between the task and its day, known or not."""
        if draft.names or draft.stranger:
            return
        met = re.search(r"\s[-–—]\s([^\W\d_][\w.]{1,20})\s[-–—]\s([^-–—]+)$", draft.text)
        if met and self._whole_date(met[2].strip()):
            draft.stranger = met[1]
            self._value_of_date(draft, met[2])
            draft.cut(met.start(), met.end())

    # -- the date in it -----------------------------------------------------------------------

    def _date(self, draft: "_Draft") -> None:
        segments = _SEGMENT.finditer(draft.text)
        unsettled = next((met for met in segments if _NO_DATE.fullmatch(met[0].strip())), None)
        if unsettled:
            draft.cut(*unsettled.span())
        inside: str = ""
        for met in _SEGMENT.finditer(draft.text):
            for start, stop, when, is_due in self._dates_in(met[0]):
                said = met[0][start:stop]
                if is_due or isinstance(when, Uncertain):
                    draft.cut(met.start() + start, met.start() + stop)
                    draft.when, draft.doubtful = (when, "") if isinstance(when, When) else (None, said)
                    return
                inside = inside or said
        dotted = _DOTTED_DAY.search(draft.text)  # 11.25 may be a day, or the number of a version
        draft.doubtful = (unsettled[0].strip() if unsettled else inside) or (dotted[1] if dotted else "")

    def _dates_in(self, segment: str) -> Iterator[tuple[int, int, When | Uncertain, bool]]:
        """Give the dates of a segment with their places, and whether each says when it is due."""
        words = list(re.finditer(r"\S+", segment))
        for run in self.dates([word[0] for word in words]):
            start, stop = words[run.start].start(), words[run.stop - 1].end()
            yield start, stop, run.when, self._is_due(segment, start, stop)
        if has_chinese(segment):
            yield from self._glued(segment)

    def _glued(self, segment: str) -> Iterator[tuple[int, int, When | Uncertain, bool]]:
        """Find a date inside words that are written without spaces."""
        start = 0
        while start < len(segment):
            found = self._longest_date(segment, start) if _BEGINS_DATE.match(segment[start]) else None
            if found is not None:
                stop, when = found
                yield start, stop, when, self._is_due(segment, start, stop)
            start = found[0] if found else start + 1

    def _longest_date(self, segment: str, start: int) -> tuple[int, When | Uncertain] | None:
        for stop in range(min(len(segment), start + _DATE_CHARS), start + 1, -1):
            words = segment[start:stop].split()
            found = self.dates(words) if segment[stop - 1].strip() else []
            if found and (found[0].start, found[0].stop) == (0, len(words)):
                return stop, found[0].when
        return None

    def _is_due(self, segment: str, start: int, stop: int) -> bool:
        before, after = segment[:start], segment[stop:]
        is_edge = not before.strip() or not after.strip(" .")
        return is_edge or _SETS_DATE.search(segment[start:stop]) is not None or _LEADS_DATE.search(before) is not None


@dataclass
class _Draft:
    """A row while it is read."""

    said: str
    raw: str
    """What is left of the line, as it was written."""
    names: list[str] = field(default_factory=list)
    stranger: str = ""
    when: When | None = None
    doubtful: str = ""

    @property
    def text(self) -> str:
        """What is left, in half width, each character in its place."""
        return _folded(self.raw)

    def cut(self, start: int, stop: int) -> None:
        self.raw = self.raw[:start] + _CUT + self.raw[stop:]

    def row(self) -> Row:
        said = self.said.strip()
        return Row(said, _title(self.raw), tuple(self.names), self.stranger, self.when, self.doubtful)


def _opens_with_owner(line: _Line, row: Row) -> bool:
    return bool(row.names) and line.text.startswith(row.names[0]) and line.section not in ("other", "aside")


def _folded(text: str) -> str:
    """Fold signs and letters to half width, one for one, so that places stay the same."""
    return text.translate(_HALF)


def _has_owner(row: Row) -> bool:
    return bool(row.names or row.stranger)


def _kind(plain: str) -> str:
    """Give the kind of section that a heading begins; empty where it is no known word."""
    if _ACTION.search(plain):
        return "action"
    if _DECIDED.search(plain):
        return "topic"
    return "other" if _OTHER.search(plain) else ""


def _plain(said: str) -> str:
    return re.sub(r"^[\s#*【\[]+|[\s*】\]:：]+$|[【】]", " ", said).strip()


def _without_bullets(text: str) -> tuple[str, bool]:
    is_item = False
    while (met := _BULLET.match(_folded(text))) is not None:
        text, is_item = text[met.end() :], True
    return text, is_item


def _cells(said: str) -> list[str] | None:
    """Give the cells of a row of a table, in half width; None where it is none."""
    line = said.strip().replace("｜", "|")
    if line.startswith("|") and line.count("|") >= 3:
        return [cell.strip() for cell in line.strip("|").split("|")]
    return [cell.strip() for cell in line.split("\t")] if line.count("\t") >= 1 else None


def _columns(cells: list[str]) -> dict[str, int] | None:
    """Find which column holds what, by the head of a table."""
    found = {
        name: next(index for index, cell in enumerate(cells) if pattern.search(cell))
        for name, pattern in _COLUMNS.items()
        if any(pattern.search(cell) for cell in cells)
    }
    return found if "title" in found and len(found) > 1 and len(set(found.values())) == len(found) else None


def _title(text: str) -> str:
    """Join what is left of a line, without the words that led to what was taken out."""
    parts = text.split(_CUT)
    kept = [parts[0].strip(), *(_HEAD.sub("", part).strip() for part in parts[1:])]
    kept = [part for part in kept if not _HANDED.fullmatch(part.strip(" ,，;；。"))] or [""]
    title = comma = ""
    for index, part in enumerate(kept):
        if part:
            glue = "" if not title or (has_chinese(title[-1]) and has_chinese(part[0])) else " "
            title += (comma or glue) + (_TAIL.sub("", part) if index < len(kept) - 1 else part)
        comma = part[-1:] if title and part[-1:] in ("，", "；") else ", " if title and part[-1:] == "," else ""
    return _HEAD.sub("", title).strip(" ,，、;；:：。.!！?？-–—→|*")
