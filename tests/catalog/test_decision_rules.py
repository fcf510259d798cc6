"""What a committee may decide follows from what was seen, by whom, and when."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.guarantee.rules.certificates import Outcome
from catalog.guarantee.rules.decisions import Case, Decision, check
from catalog.guarantee.rules.nonconformities import Nonconformity, findings, must_remind, must_suspend
from catalog.guarantee.rules.plots import Plot, Without
from catalog.guarantee.rules.standards import CORRECTION_DAYS, SEVERITIES, Content, Item, Severity
from catalog.guarantee.rules.visits import Answered, Peer, Report, Visit, months_after
from kit.errors import Conflict, DomainError, Invalid

TODAY = date(2026, 6, 15)
FARM = uuid4()
PEOPLE = [uuid4() for _ in range(8)]
CHECKLIST = tuple(Item(severity, {"es": severity}, severity) for severity in SEVERITIES)


def content(years: int = 0, committee: int = 2) -> Content:
    return Content(
        text={},
        pledge={},
        checklist=CHECKLIST,
        practices=("organic",),
        conversion_practice="in_transition" if years else None,
        required=True,
        conversion_years=years,
        validity_months=12,
        visit_months=6,
        committee_size=committee,
        correction_days=CORRECTION_DAYS,
        valid_from=date(2026, 1, 1),
    )


def visit(peers: list[UUID], signed: int = 3, *, ago: int = 10, cancelled: bool = False) -> Visit:
    answers = {item.code: Answered("yes") for item in CHECKLIST}
    return Visit(
        uuid4(),
        uuid4(),
        FARM,
        TODAY - timedelta(ago),
        cancelled,
        signed >= 3 and not cancelled,
        None if cancelled else Report(uuid4(), TODAY - timedelta(ago), answers, ""),
        tuple(Peer(peer, None, place < signed) for place, peer in enumerate(peers)),
    )


def plot(years: float) -> Plot:
    since = TODAY - timedelta(days=int(365.25 * years))
    return Plot(uuid4(), FARM, "", {}, None, (0, 0), (), (Without("Urea", since),), False, False)


def case(
    visits: tuple[Visit, ...] = (),
    *,
    years: int = 0,
    plots: tuple[Plot, ...] = (),
    found: dict[UUID, Severity] | None = None,
) -> Case:
    return Case(FARM, content(years), plots, visits, found or {}, TODAY - timedelta(60), None)


def decision(
    outcome: Outcome = "certified", stage: int | None = None, by: tuple[UUID, ...] = (PEOPLE[6], PEOPLE[7])
) -> Decision:
    until = None if outcome == "refused" else TODAY + timedelta(300)
    return Decision(uuid4(), outcome, stage, TODAY, until, "", (), by, ())


def allowed(taken: Decision, before: Case) -> bool:
    try:
        check(taken, before, {FARM, *PEOPLE}, TODAY)
    except DomainError:
        return False
    return True


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(PEOPLE), min_size=3, max_size=6, unique=True),
            st.integers(0, 6),
            st.integers(0, 400),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.sampled_from(["certified", "conditional", "in_conversion", "refused"]),
    st.lists(st.sampled_from([FARM, *PEOPLE]), max_size=5, unique=True),
)
def test_nobody_is_certified_without_three_peers_who_signed_or_by_who_visited(
    visits: list[tuple[list[UUID], int, int, bool]], outcome: Outcome, by: list[UUID]
) -> None:
    made = tuple(visit(peers, signed, ago=ago, cancelled=cancelled) for peers, signed, ago, cancelled in visits)
    years = 3 if outcome == "in_conversion" else 0
    taken = decision(outcome, 0 if years else None, tuple(by))
    if not allowed(taken, case(made, years=years)):
        return
    visitors = {peer.member_id for one in made if not one.cancelled for peer in one.peers}
    assert len(by) >= 2
    assert visitors.isdisjoint(by)
    assert FARM not in by
    if outcome != "refused":
        assert any(one.signatures >= 3 and not one.cancelled for one in made)


@pytest.mark.parametrize(
    ("outcome", "severity", "expected"),
    [
        ("certified", "minor", True),
        ("certified", "major", False),
        ("conditional", "major", True),
        ("conditional", "critical", False),
        ("refused", "critical", True),
    ],
)
def test_what_is_open_stands_in_the_way_by_its_severity(outcome: Outcome, severity: Severity, expected: bool) -> None:
    before = case((visit(PEOPLE[:3]),), found={uuid4(): severity})
    assert allowed(decision(outcome), before) is expected


@given(st.floats(0, 6), st.floats(0, 6), st.integers(1, 3))
def test_land_is_certified_after_its_years_of_conversion_and_its_stage_is_never_ahead(
    first: float, second: float, years: int
) -> None:
    before = case((visit(PEOPLE[:3]),), years=years, plots=(plot(first), plot(second)))
    clean = before.clean_for(TODAY)
    assert clean is not None
    assert clean <= min(first, second) + 0.01
    assert allowed(decision(), before) is (clean >= years)
    assert (before.certifiable_from() <= TODAY) is (clean >= years)
    for stage in range(3):
        assert allowed(decision("in_conversion", stage), before) is (stage < years and stage <= clean)


def test_a_visit_that_is_too_old_carries_no_decision() -> None:
    assert allowed(decision(), case((visit(PEOPLE[:3], ago=180),)))
    with pytest.raises(Conflict) as refused:
        check(decision(), case((visit(PEOPLE[:3], ago=200),)), set(PEOPLE), TODAY)
    assert refused.value.code == "visit_too_old"


def test_a_decision_on_what_has_a_later_fact_waits_for_its_day() -> None:
    before = Case(FARM, content(), (), (visit(PEOPLE[:3]),), {}, TODAY - timedelta(60), TODAY + timedelta(1))
    with pytest.raises(Invalid) as refused:
        check(decision(), before, set(PEOPLE), TODAY)
    assert (refused.value.code, refused.value.field) == ("decided_too_early", "/decided_on")


@given(st.dates(date(1990, 1, 31), date(2100, 1, 1)), st.integers(-60, 60))
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + timedelta(1)).day == 1


def test_each_no_is_a_finding_with_its_time_and_nobody_is_late_from_the_start() -> None:
    answers = {item.code: Answered("no", "Visto", "Hacer") for item in CHECKLIST}
    report = Report(uuid4(), TODAY - timedelta(60), answers | {"minor": Answered("not_applicable")}, "")
    found = findings(report, CHECKLIST, CORRECTION_DAYS, TODAY)
    assert [(one.severity, one.due_on - TODAY) for one in found] == [
        ("major", timedelta(30)),
        ("critical", timedelta(7)),
    ]


@given(st.sampled_from(SEVERITIES), st.integers(-5, 40), st.booleans(), st.booleans())
def test_a_deadline_is_reminded_of_before_it_has_a_consequence(
    severity: Severity, late: int, reminded: bool, suspended: bool
) -> None:
    due = TODAY - timedelta(late)
    one = Nonconformity(
        uuid4(), uuid4(), FARM, severity, due, False, due if reminded else None, due if suspended else None
    )
    assert must_remind(one, TODAY) is (late > 0 and not reminded)
    assert must_suspend(one, TODAY, 7) is (severity != "minor" and late > 7 and reminded and not suspended)
