"""The guards of decisions, access, money and signatures: a line of each, how it reads without, and who misses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DECISIONS: Final = "tests/commands/test_decisions.py::test_"
JOINED: Final = "tests/commands/test_joined_signers.py::test_"
ROUTES: Final = "tests/commands/test_approval_routes.py::test_"
ACCESS: Final = "tests/commands/test_access.py::test_"
ERASURE: Final = "tests/storage/test_erasure.py::test_"
MONEY: Final = "tests/commands/grammar/test_money.py::test_"
SLACK: Final = "tests/adapters/slack/test_gate.py::test_"
FEISHU: Final = "tests/adapters/feishu/test_gate.py::test_"
SEAL: Final = "tests/bot/test_seal.py::test_"
TRAIL: Final = "tests/storage/test_seals.py::test_"
BOOKINGS: Final = "tests/commands/test_bookings.py::test_"
BUDGETS: Final = "tests/storage/test_budgets.py::test_"
SPOKEN: Final = "tests/commands/test_spoken_for.py::test_"
TURN: Final = "tests/bot/test_dispatch.py::test_"


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: where it stands, and the test that misses it."""

    name: str
    module: str
    text: str
    """As it stands in one function of the module, once."""
    instead: str
    test: str
    """Its node id; without a case all its cases are run until one goes red."""


def _of(module: str, *guards: tuple[str, str, str, str]) -> tuple[Guard, ...]:
    return tuple(Guard(name, module, text, instead, test) for name, text, instead, test in guards)


GUARDS: Final = (
    *_of(
        "commands.decisions",
        ("who asks decides", "if me in (approval.requester_id, approval.editor_id)", "if me == 0",
         f"{DECISIONS}nobody_approves_what_they_ask_for"),
        ("the vote of who asks counts", "vote.person_id not in barred and", "",
         f"{DECISIONS}a_vote_cast_in_anothers_place_by_who_became_the_requester_counts_no_longer"),
        ("who asks signs", "if row.person_id not in barred", "",
         f"{DECISIONS}a_vote_of_who_became_the_requester_counts_no_longer"),
        ("a vote of an old edition counts", "vote.edition == approval.edition and vote", "vote",
         f"{DECISIONS}a_change_voids_the_votes"),
        ("a change keeps the edition", '"edition": approval.edition + 1, "edited_at": ctx.unit.now, "asked_at"',
         '"edition": approval.edition, "edited_at": ctx.unit.now, "asked_at"', f"{DECISIONS}a_change_voids_the_votes"),
        ("an old card decides", "is_old or is_other", "is_other", f"{DECISIONS}an_old_card_decides_nothing"),
        ("another amount is decided on", "is_other or is_early", "is_early",
         f"{DECISIONS}an_old_card_decides_nothing"),
        ("words from before a change decide", "ctx.call.now < aware(approval.edited_at)", "False",
         f"{DECISIONS}what_was_said_before_the_change_decides_nothing"),
        ("the deadline does not count", "aware(approval.deadline_at) <= ctx.unit.now", "False",
         f"{DECISIONS}after_the_deadline_nobody_decides_though_the_clock_did_not_come"),
        ("what is closed is decided", 'or approval.state != "pending":\n        raise', "or False:\n        raise",
         f"{DECISIONS}both_orders_of_every_pair_decide_once"),
        ("what was put away is decided", "if approval.archived_at is not None or approval.state",
         "if approval.state", f"{DECISIONS}what_was_put_away_is_decided_by_nobody"),
        ("rights are those of before", "return may(rights_of(ctx.unit, who, here=approval.project_id),", "return any(",
         f"{DECISIONS}who_lost_the_right_since_decides_nothing"),
        ("who left is stood in for", "if _is_able(ctx, approval, each)] if", "] if",
         f"{DECISIONS}nobody_decides_in_the_place_of_who_has_left"),
        ("who stood in once does for ever", "if away.first_on <= today <= away.last_on", "if True",
         f"{DECISIONS}who_stood_in_yesterday_does_not_any_more"),
        ("one hand makes a quorum", "and len(hands) >= self.quorum", "",
         f"{DECISIONS}four_eyes_take_two_people_though_one_would_do"),
        ("others agree for whom a route asks for", " and self._are_enough(agreed, self.required)", "",
         f"{DECISIONS}others_cannot_agree_for_whom_a_route_asks_for"),
        ("whom a route asks for is taken off", "if list(drop) != [ctx.me.id] or len(add) != 1:", "if False:",
         f"{DECISIONS}whom_a_route_asks_for_is_not_taken_off"),
        ("somebody decides in another's name", "    ctx.must_be_there()\n    tally", "    tally",
         f"{SPOKEN}nobody_decides_or_spends_for_somebody_else"),
        ("who votes twice counts twice", "ctx.me.id == v.person_id or principal", "principal",
         f"{DECISIONS}who_stands_in_for_two_has_one_vote"),
        ("a place is voted for twice", "ctx.me.id == v.person_id or principal == v.for_id", "ctx.me.id == v.person_id",
         f"{DECISIONS}what_was_handed_on_is_decided_by_the_heir"),
        ("nobody waits for their turn", "return left[:1] if self.mode", "return left if self.mode",
         f"{DECISIONS}turns_are_kept"),
        ("a no is outvoted where all must agree", "refused and (self.mode", 'refused and "any" == (self.mode',
         f"{DECISIONS}modes"),
        ("more is agreed to", "or instead.minor >= asked.minor", "",
         f"{DECISIONS}more_or_another_currency_is_not_agreed_to"),
        ("another currency is agreed to", "or instead.currency != asked.currency", "",
         f"{DECISIONS}more_or_another_currency_is_not_agreed_to"),
        ("votes on more count for less", "edition=approval.edition + 1,\n        edited_at", "edited_at",
         f"{DECISIONS}less_is_agreed_to_and_others_decide_on_that"),
        ("a decision is taken back for ever", "if ctx.unit.now - aware(vote.created_at) > REGRET", "if False",
         f"{DECISIONS}a_decision_older_than_ten_minutes_stands"),
        ("others' decision is taken back", "if not is_last", "if False",
         f"{DECISIONS}a_decision_that_others_made_stands"),
        ("what is over is taken back", "if _is_over(ctx, approval):\n        raise Refused(_too_late(ctx, approval))\n"
         "    again", "again", f"{DECISIONS}a_decision_is_not_taken_back_after_the_deadline"),
        ("anybody changes what is asked for", "if approval.requester_id != ctx.me.id:", "if False:",
         f"{DECISIONS}only_who_asked_changes_it"),
        ("anybody says who decides", "if ctx.me.id not in (approval.requester_id, *(row.person_id for row in rows))",
         "if False", f"{DECISIONS}only_who_asked_changes_it"),
        ("a signer takes another off", "if ctx.me.id != approval.requester_id and {*drop} - {ctx.me.id}", "if False",
         f"{DECISIONS}only_who_asked_changes_it"),
        ("nobody is left to decide", "if len(able) < needed", "if False",
         f"{DECISIONS}nobody_left_to_decide_is_refused"),
        ("it expires before its time", 'if approval.state != "pending" or not _is_over(ctx, approval)', "if False",
         f"{DECISIONS}what_expired_is_neither_agreed_to_nor_rejected_and_opens_again"),
        ("two who are one are waited for twice", "if parts < 2", "if True",
         f"{JOINED}two_who_sign_and_are_one_decide_once_and_anew"),
        ("what is over is opened by it", "or _is_over(ctx, approval):\n        return", "or False:\n        return",
         f"{JOINED}what_is_over_is_not_opened_by_it"),
        ("what is decided is changed", 'if approval.state in ("approved", "rejected")', "if False",
         f"{DECISIONS}what_expired_is_neither_agreed_to_nor_rejected_and_opens_again"),
    ),
    *_of(
        "commands.approval_routes",
        ("who asks is named", "if each != ctx.me.id]", "]",
         f"{ROUTES}who_was_named_decides_each_once_and_never_who_asks"),
        ("who may not decide is named", "if unable:", "if False:", f"{ROUTES}who_may_not_decide_is_not_named"),
        ("slices are not added up", "money.minor + asked < limit", "money.minor < limit",
         f"{ROUTES}slices_of_a_day_are_added_up"),
        ("another currency passes the limit", "money.currency == limit.currency and", "",
         f"{ROUTES}another_currency_than_the_limits_takes_two"),
        ("one is enough from the limit on", "return 1 if is_small else FOUR_EYES", "return 1",
         f"{ROUTES}from_the_limit_on_it_takes_two"),
        ("too few decide", "if len(signers) + len(added) < quorum", "if False",
         f"{ROUTES}from_the_limit_on_it_takes_two"),
        ("who asks is added", "if person.id == ctx.me.id or role not in", "if role not in",
         f"{ROUTES}where_nobody_was_named_a_lead_decides_and_first_the_projects_own"),
    ),
    *_of(
        "commands.core.access",
        ("who has left keeps their role", "return LEFT", "pass", f"{ACCESS}who_has_left_is_nothing_anywhere"),
        ("an action that is not listed is open", "or _CLOSED", 'or MATRIX["own.help"]',
         f"{ACCESS}an_action_or_kind_that_is_not_listed_is_refused_to_all"),
        ("others' is one's own", "and is_own(rights.unit, object, rights.person.id)", "",
         f"{ACCESS}own_only_may_work_on_their_own_and_on_nothing_else"),
        ("a role counts in every project", "return given or person.role", "return person.role",
         f"{ACCESS}a_projects_role_counts_there_and_only_there"),
        ("a project shuts out a lead", "if person.role in ABOVE_PROJECTS:", "if False:",
         f"{ACCESS}who_stands_above_projects_stays_so_whatever_a_project_says"),
        ("what is confidential is anybody's", "return is_open and knows_of(rights, object)", "return is_open",
         f"{ACCESS}what_is_confidential_is_there_for_who_has_a_part_in_it_and_never_aloud"),
        ("all is seen by all", "all(roles <= guard.whole for guard in guards)", "True",
         f"{ACCESS}who_sees_everything_reads_without_a_narrowing"),
    ),
    *_of(
        "commands.grammar.money",
        ("1.000 is one", "or len(point[2]) != 3", "or True", f"{MONEY}what_can_be_read_in_two_ways_is_asked_about"),
        ("nothing is an amount", "is_whole and 0 < minor", "is_whole and 0 <= minor",
         f"{MONEY}what_is_no_amount_that_we_write_is_refused"),
        ("any amount is small enough", "0 < minor <= MOST", "0 < minor",
         f"{MONEY}what_is_no_amount_that_we_write_is_refused"),
        ("half a cent is paid", "if is_whole and 0", "if 0", f"{MONEY}what_is_no_amount_that_we_write_is_refused"),
        ("of two currencies one is taken", "None if len(named) > 1 else", "",
         f"{MONEY}what_is_no_amount_that_we_write_is_refused"),
        ("a button carries any amount", "or int(met[1]) > MOST", "",
         f"{MONEY}only_what_was_written_is_taken_from_a_button"),
        ("a button carries any currency", "or met[2] not in CURRENCIES", "",
         f"{MONEY}only_what_was_written_is_taken_from_a_button"),
        ("an amount is cut short", "return _whole(words, run)", "return run",
         f"{MONEY}an_amount_that_goes_on_is_not_cut_short"),
        ("an amount ends where its digits look odd", "or not _is_group(more)", "or True",
         f"{MONEY}an_amount_that_goes_on_is_not_cut_short"),
        ("a bare number is an amount", "if not currency and not shape", "if False and not shape",
         f"{MONEY}a_number_where_an_amount_is_asked_for_is_refused_or_asked_about"),
    ),
    *_of(
        "adapters.slack.gate",
        ("slack: any signature is good", "return hmac.compare_digest(", "return True or (",
         f"{SLACK}forged_post_is_refused_and_nothing_breaks"),
        ("slack: the body is not signed", '+ b":" + body', "", f"{SLACK}signed_post_passes"),
        ("slack: a post is good for ever", "> WINDOW_S", "> 10**12", f"{SLACK}post_from_another_time_is_refused"),
        ("slack: the empty secret verifies", "if not secret or", "if", f"{SLACK}empty_secret_verifies_nothing"),
        ("slack: anybody's app", "return True\n", "pass\n", f"{SLACK}another_app_or_workspace_is_foreign"),
        ("slack: anybody's workspace", "return not (teams", "return False and not (teams",
         f"{SLACK}another_app_or_workspace_is_foreign"),
    ),
    *_of(
        "adapters.feishu.gate",
        ("feishu: any signature is good", "return hmac.compare_digest(digest", "return True or (digest",
         f"{FEISHU}post_that_was_not_signed_so_is_refused"),
        ("feishu: the body is not signed", '"replace") + body)', '"replace"))',
         f"{FEISHU}signed_post_passes_and_is_read"),
        ("feishu: a post is good for ever", "> WINDOW_S", "> 10**12", f"{FEISHU}post_from_another_time_is_refused"),
        ("feishu: the empty key verifies", "if not key or", "if",
         f"{FEISHU}post_without_a_signature_and_with_an_empty_key_is_refused"),
        ("feishu: any token is good", "hmac.compare_digest(given.encode", "True or (given.encode",
         f"{FEISHU}token_and_app_are_looked_at"),
        ("feishu: the empty token is good", "return bool(token) and", "return",
         f"{FEISHU}token_and_app_are_looked_at"),
        ("feishu: anybody's app", '!= own.app', '== ""', f"{FEISHU}token_and_app_are_looked_at"),
    ),
    *_of(
        "bot.seal",
        ("any seal is good", "return hmac.compare_digest(", "return True or (",
         f"{SEAL}what_was_changed_is_not_sealed"),
        ("the seal leaves out the arguments", "_plain(args), version]", "version]",
         f"{SEAL}what_was_changed_is_not_sealed"),
        ("the seal leaves out the version", "_plain(args), version]", "_plain(args)]",
         f"{SEAL}what_was_changed_is_not_sealed"),
        ("the seal leaves out the command", "command, _plain(args)", "_plain(args)",
         f"{SEAL}what_was_changed_is_not_sealed"),
        ("the seal leaves out the workspace", "[workspace.name, command", "[command",
         f"{SEAL}seal_of_another_workspace_is_none"),
    ),
    *_of(
        "commands.bookings",
        ("what was rejected is booked", 'if approval.state != "approved" or money', "if money",
         f"{BOOKINGS}no_other_end_books_anything"),
        ("a plan is money to be spent", "elif approval.kind in SPENDS:", "else:",
         f"{BOOKINGS}what_is_no_money_of_a_project_books_nothing"),
        ("an approval books twice", "if known is not None and known.archived_at is None:", "if False:",
         f"{BOOKINGS}a_yes_books_once_and_taking_it_back_takes_it_off"),
        ("what is open again stays booked", "if commitment is not None and commitment.archived_at is None:",
         "if False:", f"{BOOKINGS}a_yes_books_once_and_taking_it_back_takes_it_off"),
        ("what was agreed to counts again when it is spent", "min(spent_on(ctx.unit, commitment.approval_id, line), "
         "commitment.amount_minor)", "commitment.drawn_minor",
         f"{BOOKINGS}of_an_approval_as_much_is_drawn_as_it_agreed_to"),
        ("more is drawn than was agreed to", "min(spent_on(ctx.unit, commitment.approval_id, line), "
         "commitment.amount_minor)", "spent_on(ctx.unit, commitment.approval_id, line)",
         f"{BOOKINGS}of_an_approval_as_much_is_drawn_as_it_agreed_to"),
        ("a plan of another currency is taken", "if plan.currency != line.currency:", "if False:",
         f"{BOOKINGS}a_plan_goes_and_comes_back_with_its_approval_unless_it_was_changed_since"),
        ("an older plan comes back over a newer", "if line.plan_minor != changes.after_minor:", "if False:",
         f"{BOOKINGS}a_plan_goes_and_comes_back_with_its_approval_unless_it_was_changed_since"),
        ("a warning is told again and again", "if level > line.warned:", "if level:",
         f"{BOOKINGS}a_level_is_told_once_until_it_is_left"),
    ),
    *_of(
        "storage.budgets",
        ("an amount counts on a line of another currency", "and fitting[0].currency == currency", "",
         f"{BUDGETS}lines_are_listed_by_category_and_chosen_only_where_it_is_clear[sqlite]"),
        ("the first of several lines is taken", "if len(fitting) == 1 and", "if fitting and",
         f"{BUDGETS}lines_are_listed_by_category_and_chosen_only_where_it_is_clear[sqlite]"),
    ),
    *_of(
        "bot.turn",
        ("a button needs no seal", "if carried is None or not is_sealed(self.workspace, carried)", "if carried is None",
         f"{TURN}a_button_that_was_tampered_with_does_nothing[{{'version': 7}}]"),
    ),
    *_of(
        "storage.seals",
        ("any seal of the trail is good", "if hmac.compare_digest(", "if True or (",
         f"{TRAIL}seals_of_another_key_are_forged"),
        ("a changed row stands", "if leaf != sealed or (", "if (",
         f"{TRAIL}what_is_changed_removed_or_put_in_is_named"),
        ("a row is blanked by whoever likes", "if is_what_remained and is_what_was else", "if True else",
         f"{ERASURE}trace_of_an_erasure_cannot_be_changed_or_taken_away"),
        ("a removed row is not missed", "for id in sealed:", "for id in ():",
         f"{TRAIL}what_is_changed_removed_or_put_in_is_named"),
        ("a removed seal is not missed", "for each in range(number + 1, seal.number)", "for each in ()",
         f"{TRAIL}seal_that_was_removed_is_missing"),
        ("a seal stands alone", '{"before": before, **', "{**", f"{TRAIL}seal_that_was_removed_is_missing"),
    ),
)  # fmt: skip
MEETING: Final = (
    *_of(
        "commands.decisions",
        ("votes are not counted", "ballots=approval.ballots + 1, **closes", "**closes", ""),
    ),
    *_of("storage.unit", ("a row that another changed is changed", "if met != 1:", "if False:", "")),
)
"""Guards that only two connections miss: test_interleaving.py takes them away."""
