"""Inbox and outbox: each event once, each letter at least once, and in the order of its lane."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from storage.mail import (
    LEASE,
    Letter,
    claim_due,
    finish,
    last_done,
    last_shown,
    last_update,
    letters_of,
    mark_undone,
    merge_updates,
    post,
    postpone,
    receive,
    received,
    release,
    release_all,
    seen,
    turn_of,
    waiting,
)
from storage.store import Store
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk

MINUTE = timedelta(minutes=1)
PLATFORMS = ("slack", "feishu")


def came_in(desk: Desk, key: str, **values: Any) -> None:
    def work(unit: Unit) -> None:
        receive(
            unit,
            **{"key": key, "call": f"call-{key}", "received_at": unit.now, "args": {}, "result": "done", **values},
        )

    desk.write(work)


def write_letter(desk: Desk, *, lease_token: str | None = None, **values: Any) -> Letter:
    given = {"platform": "slack", "operation": "post", "language": "zh", "chat_id": 1, "payload": {"text": "到点了"}}
    return desk.write(lambda unit: post(unit, lease_token=lease_token, **{**given, **values}))


def claim(desk: Desk, token: str = "me", most: int = 10) -> list[Letter]:
    return desk.write(lambda unit: claim_due(unit, token=token, platforms=PLATFORMS, most=most))


def close(desk: Desk, letter: Letter, state: str = "sent") -> bool:
    return desk.write(lambda unit: finish(unit, letter, state=state, attempts=1, message="m-1"))


# Inbox.


def test_event_that_came_before_finds_its_outcome(desk: Desk) -> None:
    came_in(desk, "e-1", command="task add", args={"title": "主图"}, reply={"text": "好"}, answer={"toast": "好"})
    row = desk.read(lambda unit: seen(unit, "e-1"))
    assert row is not None
    assert (row.call, row.command, row.args, row.result) == ("call-e-1", "task add", {"title": "主图"}, "done")
    assert (row.reply, row.answer, row.received_at) == ({"text": "好"}, {"toast": "好"}, WEDNESDAY)
    assert desk.read(lambda unit: seen(unit, "e-2")) is None
    by_call = desk.read(lambda unit: received(unit, "call-e-1"))
    assert by_call is not None
    assert by_call.key == "e-1"


def test_same_key_in_another_workspace_is_another_event(desk: Desk) -> None:
    came_in(desk, "e-1")
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    assert desk.store.read_now(other, lambda unit: seen(unit, "e-1")) is None


def test_last_shown_is_of_this_person_and_chat_and_not_too_long_ago(desk: Desk) -> None:
    came_in(desk, "1", person_id=1, chat_id=1, ref_kind="task", ref_id=12, ref_label="T-12")
    desk.clock.advance(MINUTE)
    came_in(desk, "2", person_id=1, chat_id=2, ref_kind="task", ref_id=13, ref_label="T-13")
    came_in(desk, "3", person_id=2, chat_id=1, ref_kind="task", ref_id=14, ref_label="T-14")
    came_in(desk, "4", person_id=1, chat_id=1)

    def shown(minutes: int) -> tuple[str, int, str] | None:
        return desk.read(lambda unit: last_shown(unit, person=1, chat=1, since=unit.now - minutes * MINUTE))

    assert shown(10) == shown(1) == ("task", 12, "T-12"), "a call that shows nothing hides nothing"
    assert shown(0) is None
    came_in(desk, "5", person_id=1, chat_id=1, ref_kind="risk", ref_id=3, ref_label="R-3")
    assert shown(10) == ("risk", 3, "R-3")


def test_last_done_is_the_newest_that_wrote_and_still_stands(desk: Desk) -> None:
    came_in(desk, "1", person_id=1, chat_id=1, command="task add", writes=2)
    came_in(desk, "2", person_id=1, chat_id=1, command="task done", writes=1)
    came_in(desk, "3", person_id=1, chat_id=1, command="task list", writes=0)
    came_in(desk, "4", person_id=1, chat_id=1, command="undo", writes=1)
    came_in(desk, "5", person_id=1, chat_id=2, command="task add", writes=1)

    def done() -> str | None:
        row = desk.read(lambda unit: last_done(unit, person=1, chat=1, since=unit.now - 10 * MINUTE))
        return None if row is None else row.key

    assert done() == "2"
    assert desk.write(lambda unit: mark_undone(unit, call="call-2", by="call-4"))
    assert not desk.write(lambda unit: mark_undone(unit, call="call-2", by="call-6")), "it was taken back already"
    assert done() == "1"
    desk.clock.advance(11 * MINUTE)
    assert done() is None


# Outbox.


def test_letter_is_claimed_once_and_under_a_lease(desk: Desk) -> None:
    written = write_letter(desk)
    (letter,) = claim(desk)
    assert (letter.id, letter.seq, letter.payload) == (written.id, written.seq, {"text": "到点了"})
    assert (letter.lease_token, letter.lease_until) == ("me", WEDNESDAY + LEASE)
    assert claim(desk, "other") == []
    assert close(desk, letter)
    desk.clock.advance(LEASE)
    assert claim(desk) == []


def test_lease_that_ran_out_is_taken_over_and_the_late_one_loses(desk: Desk) -> None:
    write_letter(desk)
    (mine,) = claim(desk)
    assert mine.tried_at is None
    desk.clock.advance(LEASE - timedelta(microseconds=1))
    assert claim(desk, "other") == []
    desk.clock.advance(timedelta(microseconds=1))
    (theirs,) = claim(desk, "other")
    assert theirs.tried_at == WEDNESDAY, "the next one learns that a try may have reached the platform"
    assert not close(desk, mine)
    assert close(desk, theirs)


def test_letter_is_born_leased_to_who_can_send_it(desk: Desk) -> None:
    born = write_letter(desk, lease_token="me")
    assert born.lease_until == WEDNESDAY + LEASE
    assert claim(desk, "other") == []
    assert close(desk, born)
    assert write_letter(desk).lease_until is None


def test_letters_of_a_lane_go_one_by_one_and_other_lanes_do_not_wait(desk: Desk) -> None:
    first = write_letter(desk, lane="chat-1")
    second = write_letter(desk, lane="chat-1")
    other = write_letter(desk, lane="chat-2")
    loose = [write_letter(desk) for _ in range(2)]
    claimed = claim(desk)
    assert [letter.seq for letter in claimed] == [first.seq, other.seq, *(letter.seq for letter in loose)]
    assert claim(desk, "other") == [], "the second waits for the first, even with another process"
    assert close(desk, claimed[0])
    assert [letter.seq for letter in claim(desk)] == [second.seq]


def test_dead_letter_frees_its_lane_and_a_postponed_one_holds_it(desk: Desk) -> None:
    for _ in range(3):
        write_letter(desk, lane="chat-1")
    (first,) = claim(desk)
    assert close(desk, first, state="dead")
    (second,) = claim(desk)
    later = WEDNESDAY + 5 * MINUTE
    desk.write(lambda unit: postpone(unit, second, until=later, attempts=1, tried_at=unit.now, error="429"))
    assert claim(desk) == []
    desk.clock.advance(5 * MINUTE)
    (again,) = claim(desk)
    assert (again.seq, again.attempts, again.tried_at) == (second.seq, 1, WEDNESDAY)


def test_postponing_with_a_lost_lease_changes_nothing(desk: Desk) -> None:
    write_letter(desk)
    (mine,) = claim(desk)
    desk.clock.advance(LEASE)
    (theirs,) = claim(desk, "other")
    desk.write(lambda unit: postpone(unit, mine, until=unit.now, attempts=9, tried_at=None, error="late"))
    assert claim(desk, "third") == []
    assert close(desk, theirs)


def test_claim_takes_the_oldest_of_its_platforms_up_to_a_limit(desk: Desk) -> None:
    write_letter(desk, platform="dingtalk")
    seqs = [write_letter(desk, platform=platform).seq for platform in ("slack", "feishu", "slack")]
    write_letter(desk, not_before=WEDNESDAY + MINUTE)
    assert [letter.seq for letter in claim(desk, most=2)] == seqs[:2]
    assert [letter.seq for letter in claim(desk, most=2)] == seqs[2:]


def test_claim_reaches_all_workspaces(desk: Desk) -> None:
    write_letter(desk)
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    desk.store.write_now(
        other, lambda unit: post(unit, lease_token=None, platform="slack", operation="post", language="zh")
    )
    assert [letter.workspace_id for letter in claim(desk)] == [desk.workspace, other]


def test_one_process_takes_all_leases_back_at_its_start(desk: Desk) -> None:
    write_letter(desk)
    sent = write_letter(desk, lease_token="me")
    assert close(desk, sent)
    assert len(claim(desk, "before the crash")) == 1
    assert desk.write(release_all) == 1, "what is sent stays as it is"
    assert len(claim(desk, "after it")) == 1


def test_letter_given_back_untried_is_free_at_once_and_unsuspected(desk: Desk) -> None:
    write_letter(desk)
    claimed = claim(desk)
    desk.write(lambda unit: release(unit, claimed))
    (again,) = claim(desk, "other")
    assert again.tried_at is None
    desk.write(lambda unit: release(unit, claimed))
    assert claim(desk, "third") == [], "who lost a lease cannot give it back"


def test_processes_that_claim_at_once_share_without_overlap(desk: Desk) -> None:
    letters = [write_letter(desk) for _ in range(40)]
    stores = [Store(desk.store.url, clock=desk.clock) for _ in range(3)]
    batches: list[list[int]] = []

    def run(store: Store, token: str) -> None:
        while True:
            claimed = store.write_now(0, lambda unit: claim_due(unit, token=token, platforms=PLATFORMS, most=2))
            if not claimed:
                return
            batches.append([letter.seq for letter in claimed])

    threads = [threading.Thread(target=run, args=(store, f"p{n}")) for n, store in enumerate(stores)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    finally:
        for store in stores:
            store.close()
    assert max(map(len, batches)) == 2
    assert sorted(seq for batch in batches for seq in batch) == [letter.seq for letter in letters]


def test_drawing_closes_the_edits_that_it_shows_and_no_others(desk: Desk) -> None:
    old, new = (write_letter(desk, operation="update", card_id=7) for _ in range(2))
    placed = write_letter(desk, operation="post", card_id=7)
    other = write_letter(desk, operation="update", card_id=8)
    postponed = write_letter(desk, operation="update", card_id=7, not_before=WEDNESDAY + MINUTE)
    assert desk.read(lambda unit: last_update(unit, 7)) == (new.seq, postponed.seq)
    later = write_letter(desk, operation="update", card_id=7)
    assert desk.write(lambda unit: merge_updates(unit, card=7, up_to=new.seq)) == 2
    assert [letter.seq for letter in claim(desk)] == [placed.seq, other.seq, later.seq]
    assert desk.read(lambda unit: last_update(unit, 9)) == (0, 0)
    assert not close(desk, old)


def test_waiting_counts_what_is_due_and_tells_the_oldest(desk: Desk) -> None:
    assert desk.read(waiting) == (0, None)
    write_letter(desk)
    desk.clock.advance(MINUTE)
    write_letter(desk)
    write_letter(desk, not_before=desk.clock() + MINUTE)
    assert desk.read(waiting) == (2, WEDNESDAY)


def test_letters_of_a_call_are_listed_in_order(desk: Desk) -> None:
    def work(unit: Unit) -> list[str]:
        unit.call = "call-1"
        given = {"platform": "slack", "operation": "post", "language": "zh"}
        return [post(unit, lease_token=None, **given).id for _ in range(3)]

    ids = desk.write(work)
    write_letter(desk)
    assert [row.id for row in desk.read(lambda unit: letters_of(unit, "call-1"))] == ids
    assert len(set(ids)) == 3


def test_letters_of_one_lane_take_turns(desk: Desk) -> None:
    first, second = (write_letter(desk, lease_token="me", lane="chat:1:") for _ in range(2))
    elsewhere, alone = write_letter(desk, lease_token="me", lane="chat:2:"), write_letter(desk, lease_token="me")

    def turns() -> list[str]:
        return desk.read(lambda unit: [turn_of(unit, each) for each in (first, second, elsewhere, alone)])

    assert turns() == ["now", "later", "now", "now"]
    assert close(desk, first)
    assert close(desk, alone)
    assert turns() == ["never", "now", "now", "never"]


def test_closed_letter_is_never_sent_whatever_waits_before_it(desk: Desk) -> None:
    write_letter(desk, lane="chat:1:")
    second = write_letter(desk, lease_token="me", lane="chat:1:")
    assert close(desk, second, "merged")
    assert desk.read(lambda unit: turn_of(unit, second)) == "never"
