"""What a certificate is worth follows from dated facts alone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.guarantee.rules.certificates import (
    VALID,
    Backing,
    Cause,
    Fact,
    Outcome,
    Status,
    backed,
    demanded,
    due_reminder,
    standing,
    withheld,
    words,
)

DAY = date(2026, 3, 1)
VERSION = uuid4()
ORGANIC = Backing(("organic",), "in_transition", True)


def decided(outcome: Outcome = "certified", day: int = 0, days: int = 365) -> Fact:
    until = None if outcome == "refused" else DAY + timedelta(days=day + days)
    stage = 1 if outcome == "in_conversion" else None
    return Fact("decided", DAY + timedelta(day), version_id=VERSION, outcome=outcome, stage=stage, valid_until=until)


def suspended(day: int, cause: Cause = "committee") -> Fact:
    return Fact("suspended", DAY + timedelta(day), cause=cause)


def reinstated(day: int, cause: Cause = "committee") -> Fact:
    return Fact("reinstated", DAY + timedelta(day), cause=cause)


def status(facts: list[Fact], day: int) -> Status | None:
    found = standing(facts, DAY + timedelta(day))
    return None if found is None else found.status


@pytest.mark.parametrize(
    ("facts", "day", "expected"),
    [
        ([], 0, None),
        ([decided()], -1, None),
        ([decided()], 0, "certified"),
        ([decided()], 365, "certified"),
        ([decided()], 366, "lapsed"),
        ([decided("conditional")], 5, "conditional"),
        ([decided("in_conversion")], 5, "in_conversion"),
        ([decided(), suspended(10)], 9, "certified"),
        ([decided(), suspended(10)], 10, "suspended"),
        ([decided(), suspended(10)], 400, "lapsed"),
        ([decided(), suspended(10), reinstated(20)], 20, "certified"),
        ([decided(), suspended(10), suspended(12, "member"), reinstated(20)], 21, "suspended"),
        ([decided(), suspended(10), decided("certified", 30)], 30, "certified"),
        ([decided(), suspended(10, "member"), decided("certified", 30)], 30, "suspended"),
        ([decided(), Fact("ended", DAY + timedelta(9))], 9, "ended"),
        ([decided(), Fact("ended", DAY + timedelta(9)), reinstated(10)], 10, "ended"),
        ([decided(), Fact("ended", DAY + timedelta(9)), decided("certified", 40)], 40, "certified"),
        ([decided(), decided("refused", 40)], 41, "refused"),
        ([decided(), suspended(10), decided("refused", 40), suspended(41)], 41, "refused"),
        ([decided(), decided("certified", 360)], 380, "certified"),
    ],
)
def test_the_standing_follows_from_the_facts(facts: list[Fact], day: int, expected: Status | None) -> None:
    assert status(facts, day) == expected


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts whose dates never go back, beginning with a decision."""
    facts, day = [decided(draw(st.sampled_from(["in_conversion", "certified", "conditional"])))], 0
    for _ in range(draw(st.integers(0, 12))):
        day += draw(st.integers(0, 200))
        cause: Cause = draw(st.sampled_from(["committee", "nonconformity", "member"]))
        facts.append(
            draw(
                st.sampled_from(
                    [
                        suspended(day, cause),
                        reinstated(day, cause),
                        Fact("ended", DAY + timedelta(day)),
                        decided("certified", day, 100),
                        decided("refused", day),
                    ]
                )
            )
        )
    return facts


@given(histories(), st.integers(-10, 3000))
def test_what_comes_later_does_not_change_what_was(facts: list[Fact], day: int) -> None:
    then = [fact for fact in facts if fact.on <= DAY + timedelta(day)]
    assert status(facts, day) == status(then, day)


@given(histories(), st.integers(0, 3000))
def test_it_is_valid_only_under_an_unexpired_decision_with_no_suspension_open(facts: list[Fact], day: int) -> None:
    on = DAY + timedelta(day)
    found = standing(facts, on)
    assert found is not None
    last = [fact for fact in facts if fact.on <= on and fact.kind == "decided"][-1]
    assert (found.until, found.version_id) == (last.valid_until, VERSION)
    if found.valid:
        assert last.valid_until is not None
        assert on <= last.valid_until
        assert found.causes == frozenset()
        assert found.status == last.outcome


@given(histories(), st.integers(0, 3000))
def test_to_suspend_makes_it_invalid_and_to_reinstate_that_brings_back_what_was(facts: list[Fact], day: int) -> None:
    known = [fact for fact in facts if fact.on <= DAY + timedelta(day)]
    before = standing(known, DAY + timedelta(day))
    assert before is not None
    own = uuid4()
    on = DAY + timedelta(day)
    stopped = [*known, Fact("suspended", on, cause="nonconformity", cause_id=own)]
    assert status(stopped, day) not in VALID
    back = standing([*stopped, Fact("reinstated", on, cause="nonconformity", cause_id=own)], on)
    assert back == before


def test_a_word_that_needs_a_certificate_is_withheld_from_who_has_none() -> None:
    needed = demanded([ORGANIC, Backing(("artisanal",), None, False)])
    assert needed == {"organic", "in_transition"}
    assert withheld(needed, []) == {"organic": None, "in_transition": None}
    assert withheld(needed, [(ORGANIC, "certified")]) == {}
    assert withheld(needed, [(ORGANIC, "conditional")]) == {}
    assert withheld(needed, [(ORGANIC, "in_conversion")]) == {"organic": "in_transition"}
    assert withheld(needed, [(ORGANIC, "suspended")]) == {"organic": None, "in_transition": None}
    # Another standard's certificate may back the same word.
    assert withheld(needed, [(Backing(("organic",), None, False), "certified")]) == {"in_transition": None}


@given(st.sampled_from(["refused", "suspended", "lapsed", "ended"]))
def test_a_certificate_that_is_not_valid_backs_nothing(status: Status) -> None:
    assert backed(ORGANIC, status) == frozenset()
    assert words(ORGANIC, status) == ("organic",)


def test_each_reminder_is_sent_once_and_the_nearest_only() -> None:
    until = date(2026, 12, 31)

    def due(days: int, *sent: int) -> int | None:
        return due_reminder(until, until - timedelta(days), sent)

    assert [due(91), due(90), due(60, 90), due(30, 90), due(29, 90, 30), due(7, 90, 30), due(0, 7)] == [
        None,
        90,
        None,
        30,
        None,
        7,
        None,
    ]
    # After a week without a run, only what still matters is said.
    assert due(3) == 7
    assert due(-1) is None
