"""People are found by what they are called, whatever the width of the signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.people import Person, account_on, add_account, add_person, all_people, name_key, people_called, person_of
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import Desk


def called(desk: Desk, *names: str) -> dict[str, list[str]]:
    found = desk.read(lambda unit: people_called(unit, names))
    return {key: [person.name for person in people] for key, people in found.items()}


@pytest.fixture
def team(desk: Desk) -> dict[str, Person]:
    def work(unit: Unit) -> dict[str, Person]:
        people = [
            add_person(unit, name="张伟(技术)"),
            add_person(unit, name="张伟(仓储)"),
            add_person(unit, name="王建国", role="lead", aliases=["王总", "老王"]),
            add_person(unit, name="Ann Lee", language="en", timezone="Europe/Berlin"),
        ]
        return {person.name: person for person in people}

    return desk.write(work)


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("张伟", ["张伟(技术)", "张伟(仓储)"]),
        ("张伟(技术)", ["张伟(技术)"]),
        ("张伟（仓储）", ["张伟(仓储)"]),
        ("张伟 (仓储)", ["张伟(仓储)"]),
        ("王总", ["王建国"]),
        ("annlee", ["Ann Lee"]),
        ("ＡＮＮ　ＬＥＥ", ["Ann Lee"]),
        ("Ann", []),
        ("", []),
        ("   ", []),
        ("%", []),
    ],
)
def test_person_is_found_by_any_form_of_a_name(desk: Desk, typed: str, who: list[str]) -> None:
    assert called(desk, typed).get(name_key(typed), []) == who


@pytest.mark.usefixtures("team")
def test_several_names_are_looked_up_at_once(desk: Desk) -> None:
    found = called(desk, "王总", "老王", "张伟", "nobody")
    assert found == {"王总": ["王建国"], "老王": ["王建国"], "张伟": ["张伟(技术)", "张伟(仓储)"]}


def test_two_people_of_one_name_are_both_found(desk: Desk) -> None:
    first, second = (desk.write(lambda unit: add_person(unit, name="李娜")).id for _ in range(2))
    found = desk.read(lambda unit: people_called(unit, ["李娜"]))
    assert [person.id for person in found["李娜"]] == [first, second]


def test_archived_person_is_no_longer_called(desk: Desk, team: dict[str, Person]) -> None:
    desk.write(lambda unit: unit.archive(team["王建国"]))
    assert called(desk, "王总") == {}
    assert "王建国" not in [person.name for person in desk.read(all_people)]


@pytest.mark.usefixtures("team")
def test_names_do_not_reach_into_another_workspace(desk: Desk) -> None:
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    assert desk.store.read_now(other, lambda unit: people_called(unit, ["张伟"])) == {}


def test_account_leads_to_its_person_whole(desk: Desk, team: dict[str, Person]) -> None:
    ann = team["Ann Lee"]
    where = {"platform": "slack", "app": "A1", "tenant": "T1"}
    desk.write(lambda unit: add_account(unit, ann, **where, native="U1", title="Ann Lee"))
    found = desk.read(lambda unit: person_of(unit, **where, native="U1"))
    assert found is not None
    assert found.model_dump() == ann.model_dump()
    assert desk.read(lambda unit: person_of(unit, **where, native="Ann Lee")) is None
    account = desk.read(lambda unit: account_on(unit, ann.id, "slack"))
    assert account is not None
    assert account.native == "U1"
    assert desk.read(lambda unit: account_on(unit, ann.id, "feishu")) is None


@given(st.text())
def test_key_does_not_depend_on_width_case_or_space(name: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in name)
    assert name_key(wide) == name_key(name) == name_key(f" {name}　") == name_key(name_key(name))
