"""Standing as a function of dated facts, by example and by property."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.members import MemberStatus
from kit.errors import Conflict, Invalid
from members.membership import rules
from members.membership.rules import FactKind, Obligation, StandingFact
from members.membership.rules.history import POSSIBLE_IN, STATUS_AFTER

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
ZONE = "America/Mexico_City"


def at(day: int) -> datetime:
    return START + day * DAY


def history(*said: tuple[FactKind, int] | tuple[FactKind, int, int]) -> list[StandingFact]:
    """Facts by kind and day, numbered from 1, each recorded on its day; a third figure names what it corrects."""
    return [
        StandingFact(number, fact[0], at(fact[1]), at(fact[1]), fact[2] if len(fact) == 3 else None)
        for number, fact in enumerate(said, start=1)
    ]


@pytest.mark.parametrize(
    ("facts", "day", "status", "since"),
    [
        (history(("applied", 0)), 5, "applied", 0),
        (history(("applied", 0), ("admitted", 2)), 1, "applied", 0),
        (history(("applied", 0), ("admitted", 2)), 2, "active", 2),
        (history(("applied", 0), ("withdrawn", 3)), 4, "declined", 3),
        (history(("applied", 0), ("admitted", 1), ("suspended", 3), ("reinstated", 5)), 4, "suspended", 3),
        (history(("applied", 0), ("admitted", 1), ("suspended", 3), ("reinstated", 5)), 9, "active", 5),
        # What is dated ahead comes about by itself.
        (history(("applied", 0), ("admitted", 1), ("left", 30)), 29, "active", 1),
        (history(("applied", 0), ("admitted", 1), ("left", 30)), 30, "left", 30),
        # A suspension by mistake: as if it had never been, from the start.
        (history(("applied", 0), ("admitted", 1), ("suspended", 3), ("revoked", 3, 3)), 4, "active", 1),
        # The same day, corrected; and the correction corrected.
        (history(("applied", 0), ("admitted", 9), ("admitted", 4, 2)), 5, "active", 4),
        (history(("applied", 0), ("admitted", 9), ("admitted", 4, 2), ("admitted", 6, 3)), 5, "applied", 0),
        # Of one instant the fact that was recorded later.
        (history(("applied", 0), ("admitted", 1), ("suspended", 1)), 1, "suspended", 1),
        # Back again.
        (history(("applied", 0), ("admitted", 1), ("left", 5), ("applied", 9), ("admitted", 10)), 11, "active", 10),
    ],
)
def test_the_newest_fact_in_force_that_nothing_corrects_decides(
    facts: list[StandingFact], day: int, status: MemberStatus, since: int
) -> None:
    assert rules.standing(facts, [], at(day)) == rules.Standing(status, at(since))


@pytest.mark.parametrize(
    ("debts", "day", "status", "since"),
    [
        ([Obligation(at(10))], 9, "active", 1),
        ([Obligation(at(10))], 10, "in_arrears", 10),
        ([Obligation(at(10), at(12))], 11, "in_arrears", 10),
        ([Obligation(at(10), at(12))], 12, "active", 12),
        ([Obligation(at(10), at(8))], 11, "active", 1),
        # In arrears with one thing or another all the time: since the first.
        ([Obligation(at(10), at(14)), Obligation(at(12))], 20, "in_arrears", 10),
        ([Obligation(at(10), at(12)), Obligation(at(14))], 20, "in_arrears", 14),
    ],
)
def test_who_owes_past_its_date_is_in_arrears_until_all_is_cleared(
    debts: list[Obligation], day: int, status: MemberStatus, since: int
) -> None:
    facts = history(("applied", 0), ("admitted", 1))
    assert rules.standing(facts, debts, at(day)) == rules.Standing(status, at(since))


@pytest.mark.parametrize("ending", ["suspended", "left", "excluded"])
def test_debts_do_not_cover_up_another_standing(ending: FactKind) -> None:
    facts = history(("applied", 0), ("admitted", 1), (ending, 5))
    assert rules.standing(facts, [Obligation(at(2))], at(9)).status == ending


FACTS = st.lists(
    st.tuples(st.sampled_from(sorted(STATUS_AFTER)), st.integers(0, 40), st.none() | st.integers(1, 8)), max_size=8
)
DEBTS = st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40)), max_size=4)


def build(facts: list[tuple[FactKind, int, int | None]]) -> list[StandingFact]:
    """Whatever was drawn, as the database would take it: a fact corrects an earlier one, and no two the same."""
    made: list[StandingFact] = []
    for number, (kind, day, corrects) in enumerate(facts, start=1):
        free = corrects is not None and corrects < number and all(fact.corrects != corrects for fact in made)
        made.append(StandingFact(number, kind, at(day), at(day), corrects if free else None))
    return made


@given(FACTS, DEBTS, st.integers(0, 45), st.randoms())
def test_standing_depends_on_what_happened_and_not_on_the_order_in_which_it_is_read(
    facts: list[tuple[FactKind, int, int | None]], debts: list[tuple[int, int | None]], day: int, random: Random
) -> None:
    known = build(facts)
    owed = [Obligation(at(start), None if end is None else at(end)) for start, end in debts]
    found = rules.standing(known, owed, at(day))
    shuffled, mixed = random.sample(known, len(known)), random.sample(owed, len(owed))
    assert rules.standing(shuffled, mixed, at(day)) == found
    # What lies ahead changes nothing today.
    assert rules.standing([*known, StandingFact(99, "excluded", at(46), at(0))], owed, at(day)) == found


@given(FACTS, DEBTS, st.integers(0, 45))
def test_a_standing_held_from_since_on_and_not_before(
    facts: list[tuple[FactKind, int, int | None]], debts: list[tuple[int, int | None]], day: int
) -> None:
    known = build(facts)
    owed = [Obligation(at(start), None if end is None else at(end)) for start, end in debts]
    found = rules.standing(known, owed, at(day))
    moment = found.since
    while moment <= at(day):
        assert rules.standing(known, owed, moment).status == found.status
        moment += DAY / 2
    earlier = rules.standing(known, owed, found.since - DAY / 2).status
    begins = min([at(day), *(fact.effective_at for fact in rules.counting(known)), *(debt.arrears_at for debt in owed)])
    assert earlier != found.status or found.since <= begins


@given(FACTS)
def test_to_revoke_a_fact_is_as_if_it_had_never_been(facts: list[tuple[FactKind, int, int | None]]) -> None:
    known = build([(kind, day, None) for kind, day, _ in facts])
    for fact in known:
        without = [other for other in known if other is not fact]
        revoked = [*known, StandingFact(99, "revoked", at(0), at(0), fact.id)]
        for day in range(0, 45, 5):
            assert rules.standing(revoked, [], at(day)).status == rules.standing(without, [], at(day)).status


STATUSES: tuple[MemberStatus, ...] = ("applied", "active", "suspended", "left", "excluded", "declined")
WAYS: dict[MemberStatus, tuple[FactKind, ...]] = {
    "applied": ("applied",),
    "active": ("applied", "admitted"),
    "suspended": ("applied", "admitted", "suspended"),
    "left": ("applied", "admitted", "left"),
    "excluded": ("applied", "admitted", "excluded"),
    "declined": ("applied", "declined"),
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", sorted(POSSIBLE_IN))
def test_each_thing_happens_only_to_members_of_the_standings_that_it_is_for(
    status: MemberStatus, kind: FactKind
) -> None:
    facts = history(*((fact, day) for day, fact in enumerate(WAYS[status])))
    new = StandingFact(50, kind, at(9), at(9))
    if status in POSSIBLE_IN[kind]:
        rules.check_sequence(facts, new)
    else:
        with pytest.raises(Conflict) as refused:
            rules.check_sequence(facts, new)
        assert refused.value.code == "wrong_standing"


def test_what_would_make_something_later_impossible_is_refused() -> None:
    facts = history(("applied", 0), ("admitted", 1), ("left", 30))
    for new in (
        StandingFact(50, "excluded", at(9), at(9)),
        StandingFact(50, "revoked", at(1), at(9), corrects=2),
        StandingFact(50, "admitted", at(31), at(9), corrects=2),
    ):
        with pytest.raises(Conflict) as refused:
            rules.check_sequence(facts, new)
        assert (refused.value.code, refused.value.extra["fact_id"]) == ("standing_later", 3)
    with pytest.raises(Conflict, match="begins with an application"):
        rules.check_sequence(history(("applied", 0)), StandingFact(50, "revoked", at(0), at(9), corrects=1))


NOW = datetime(2026, 3, 7, 3, 0, tzinfo=UTC)  # still 6 March in Mexico


def test_a_day_counts_from_its_beginning_in_the_network_and_today_from_now_on() -> None:
    assert rules.takes_effect(None, [], NOW, ZONE) == NOW
    assert rules.takes_effect(date(2026, 3, 6), [], NOW, ZONE) == NOW
    assert rules.takes_effect(date(2026, 3, 7), [], NOW, ZONE) == datetime(2026, 3, 7, 6, 0, tzinfo=UTC)
    assert rules.takes_effect(date(2019, 7, 1), [], NOW, ZONE) == datetime(2019, 7, 1, 5, 0, tzinfo=UTC)


def test_of_two_things_at_once_the_later_entry_counts_whatever_the_clocks_say() -> None:
    ahead = StandingFact(1, "suspended", NOW + timedelta(seconds=1), NOW + timedelta(seconds=1))
    planned = StandingFact(2, "left", NOW + DAY, NOW)
    assert rules.takes_effect(None, [ahead, planned], NOW, ZONE) == ahead.effective_at


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2028, 3, 8), date(9999, 1, 1)])
def test_a_day_that_can_not_be_meant_is_refused(day: date) -> None:
    with pytest.raises(Invalid) as refused:
        rules.takes_effect(day, [], NOW, ZONE)
    assert (refused.value.code, refused.value.field) == ("date_out_of_range", "/effective_on")


def test_what_can_not_be_planned_is_not_dated_ahead() -> None:
    with pytest.raises(Invalid) as refused:
        rules.takes_effect(date(2026, 3, 7), [], NOW, ZONE, ahead=False)
    assert refused.value.code == "date_in_future"
