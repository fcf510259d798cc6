"""When series have their occasions, who gets a place that is free, and who came."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sessions.rules import attendance, occasions, places, recurrence
from catalog.sessions.rules.attendance import Guest, Mark, Note
from catalog.sessions.rules.places import Turn
from contracts.values import Money
from kit.errors import Conflict, Invalid

MADRID = ZoneInfo("Europe/Madrid")


def clock(said: str) -> datetime:
    """What a clock shows, wherever it hangs."""
    return datetime.fromisoformat(said)


TUESDAY = clock("2026-11-24T15:00")


def days(rule: str, start: datetime = TUESDAY, weeks: int = 8, without: tuple[date, ...] = ()) -> list[str]:
    read = recurrence.read(rule, MADRID)
    found = read.occasions(start, start - timedelta(seconds=1), start + timedelta(weeks=weeks), without)
    return [at.strftime("%m-%d %H:%M") for at in found]


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["11-24 15:00", "11-26 15:00", "12-01 15:00"]),
        ("RRULE:freq=weekly;interval=2;count=2", ["11-24 15:00", "12-08 15:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["11-27 15:00", "12-25 15:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["11-30 15:00", "12-31 15:00"]),
        ("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=30;COUNT=3", ["11-24 17:30", "11-25 09:30", "11-25 17:30"]),
        ("FREQ=WEEKLY;UNTIL=20261201", ["11-24 15:00", "12-01 15:00"]),
        # 15:00 in Madrid is 14:00 in UTC: the end is told in the latter.
        ("FREQ=WEEKLY;UNTIL=20261201T135959Z", ["11-24 15:00"]),
        ("FREQ=WEEKLY;UNTIL=20261201T140000Z", ["11-24 15:00", "12-01 15:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["11-30 15:00", "12-31 15:00"]),
    ],
)
def test_a_rule_has_the_occasions_that_rfc_5545_says(rule: str, first: list[str]) -> None:
    assert days(rule) == first


def test_days_that_are_left_out_have_no_session() -> None:
    assert days("FREQ=WEEKLY;COUNT=3", without=(date(2026, 12, 1),)) == ["11-24 15:00", "12-08 15:00"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("", "rule_unreadable"),
        ("FREQ", "rule_unreadable"),
        ("FREQ=WEEKLY;FREQ=DAILY", "rule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=", "rule_unreadable"),
        ("FREQ=WEEKLY;" + "BYDAY=MO" * 60, "rule_unreadable"),
        ("INTERVAL=2", "rule_too_often"),
        ("FREQ=SECONDLY", "rule_too_often"),
        ("FREQ=MINUTELY;INTERVAL=5", "rule_too_often"),
        ("FREQ=HOURLY", "rule_too_often"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "rule_ends_twice"),
        ("FREQ=WEEKLY;BYSECOND=1", "rule_part_unknown"),
        ("FREQ=WEEKLY;X-EVIL=1", "rule_part_unknown"),
        ("FREQ=WEEKLY;INTERVAL=0", "rule_part_wrong"),
        ("FREQ=WEEKLY;INTERVAL=99999999999999999999", "rule_part_wrong"),
        ("FREQ=WEEKLY;COUNT=1001", "rule_part_wrong"),
        ("FREQ=WEEKLY;BYDAY=XX", "rule_part_wrong"),
        ("FREQ=WEEKLY;BYDAY=1TU", "rule_part_wrong"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "rule_part_wrong"),
        ("FREQ=WEEKLY;UNTIL=20261350", "rule_part_wrong"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "rule_part_wrong"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=0,30", "too_many_a_day"),
    ],
)
def test_what_is_no_rule_or_too_much_is_refused(rule: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        recurrence.read(rule, MADRID)
    assert (refused.value.code, refused.value.field) == (code, "/rule")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYSETPOS=300",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;UNTIL=20261101",
    ],
)
def test_a_rule_that_never_comes_true_is_refused_and_soon(rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        recurrence.check(recurrence.read(rule, MADRID), TUESDAY)
    assert refused.value.code == "rule_never"


def test_the_hour_stays_when_clocks_change() -> None:
    read = recurrence.read("FREQ=WEEKLY", MADRID)
    start = clock("2026-10-20T15:00")
    found = read.occasions(start, start - timedelta(seconds=1), start + timedelta(weeks=1))
    assert [at.astimezone(UTC).hour for _, at in recurrence.instants(found, MADRID)] == [13, 14]
    assert [at.astimezone(MADRID).hour for _, at in recurrence.instants(found, MADRID)] == [15, 15]


def test_an_hour_that_is_left_out_comes_an_hour_later() -> None:
    # On 29 March 2026 clocks in Madrid go from 02:00 to 03:00.
    assert recurrence.instant(clock("2026-03-29T02:30"), MADRID) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_what_a_rule_counts_goes_on_being_counted() -> None:
    rule = recurrence.read("FREQ=WEEKLY;COUNT=5", MADRID)
    on = rule.going_on(TUESDAY, clock("2026-12-08T00:00"))
    assert on.text == "FREQ=WEEKLY;COUNT=3"
    assert len(on.occasions(clock("2026-12-08T15:00"), TUESDAY, clock("2027-12-01T00:00"))) == 3


RULES = st.builds(
    lambda freq, interval, day: f"FREQ={freq};INTERVAL={interval}" + (f";BYDAY={day}" if freq == "WEEKLY" else ""),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 4),
    st.sampled_from(["MO", "TU,TH", "SA,SU", "MO,TU,WE,TH,FR"]),
)


@given(RULES, st.lists(st.integers(0, 56), max_size=5))
def test_looking_ahead_bit_by_bit_finds_what_one_look_finds(rule: str, stops: list[int]) -> None:
    read = recurrence.read(rule, MADRID)
    before, end = TUESDAY - timedelta(seconds=1), TUESDAY + timedelta(weeks=8)
    found: list[datetime] = []
    at = before
    for stop in [*sorted(TUESDAY + timedelta(days=day) for day in stops), end]:
        found.extend(read.occasions(TUESDAY, at, stop))
        at = stop
    assert found == read.occasions(TUESDAY, before, end)


QUEUE = st.lists(st.integers(1, 6), max_size=12).map(
    lambda seats: [Turn(UUID(int=place + 1), one) for place, one in enumerate(seats)]
)


@given(st.integers(0, 20), QUEUE)
def test_a_place_goes_to_the_first_whom_it_is_enough_for_and_nobody_is_overtaken(free: int, queue: list[Turn]) -> None:
    served = places.serve(Decimal(free), queue)
    given_out = sum(turn.seats for turn in served.now)
    assert given_out <= free
    waiting = [turn for turn in queue if turn not in served.now]
    assert served.least == min((Decimal(turn.seats) for turn in waiting), default=None)
    # What is left is enough for nobody who waits.
    assert served.least is None or free - given_out < served.least
    for turn in waiting:
        before = sum(one.seats for one in served.now if queue.index(one) < queue.index(turn))
        assert free - before < turn.seats


@given(
    st.lists(st.integers(0, 40), max_size=15, unique=True),
    st.lists(st.integers(0, 40), max_size=15, unique=True),
)
def test_a_changed_series_keeps_the_days_that_stay_and_makes_each_new_occasion_once(
    old: list[int], new: list[int]
) -> None:
    # Two hours of each day.
    at = [TUESDAY + timedelta(days=hour // 2, hours=hour % 2) for hour in range(41)]
    sessions = {UUID(int=place + 1): at[hour] for place, hour in enumerate(old)}
    plan = occasions.rearranged(sessions, [at[hour] for hour in new])
    assert sorted([*plan.kept.values(), *plan.new]) == sorted(at[hour] for hour in new)
    assert set(plan.kept) | set(plan.cancelled) == set(sessions)
    assert not set(plan.kept) & set(plan.cancelled)
    assert all(sessions[id_].date() == then.date() for id_, then in plan.kept.items())
    stay = {then.date() for then in plan.new}
    assert not any(sessions[id_].date() in stay for id_ in plan.cancelled)


def test_a_place_costs_the_hours_that_it_lasts_rounded_once() -> None:
    hour = Money(amount=Decimal("60.00"), currency="MXN")
    assert occasions.price("HUR", hour, 90) == Money(amount=Decimal("90.00"), currency="MXN")
    assert occasions.price("HUR", Money(amount=Decimal("0.25"), currency="MXN"), 30).amount == Decimal("0.12")
    assert occasions.price("H87", hour, 90) == hour
    with pytest.raises(Invalid, match="by the piece or by the hour"):
        occasions.price("KGM", hour, 90)


GUEST = Guest(UUID(int=1), "booking", UUID(int=2), "Luna", 3, "", "", True)
TWO = Decimal("2.00")


def noted(*args: object) -> Mark:
    return attendance.mark(Note(GUEST.id, *args), {GUEST.id: GUEST}, TWO, 0)  # type: ignore[arg-type]


def test_who_came_came_whole_unless_it_is_said_otherwise() -> None:
    assert noted("came") == Mark(GUEST.id, "came", 3, TWO)
    assert noted("partly", 2, Decimal("1.5")) == Mark(GUEST.id, "partly", 2, Decimal("1.5"))
    assert noted("missed") == Mark(GUEST.id, "missed", 0, Decimal(0))


@pytest.mark.parametrize(
    ("note", "code", "field"),
    [
        (("partly",), "missing", "/guests/0/hours"),
        (("came", 4), "people_out_of_range", "/guests/0/people"),
        (("came", 0), "people_out_of_range", "/guests/0/people"),
        (("came", 3, Decimal("2.5")), "hours_out_of_range", "/guests/0/hours"),
        (("missed", 1), "nobody_came", "/guests/0/outcome"),
    ],
)
def test_what_cannot_have_been_is_refused(note: tuple[object, ...], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        noted(*note)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_stranger_is_not_noted() -> None:
    with pytest.raises(Invalid, match="Nobody with this id"):
        attendance.mark(Note(UUID(int=9), "came"), {GUEST.id: GUEST}, TWO, 0)


def test_attendance_is_noted_from_the_beginning_until_it_is_closed() -> None:
    attendance.check_markable(TUESDAY, None, False, TUESDAY)
    for closed, cancelled, now, code in (
        (None, False, TUESDAY - timedelta(seconds=1), "not_begun"),
        (TUESDAY, False, TUESDAY, "attendance_closed"),
        (None, True, TUESDAY, "session_cancelled"),
    ):
        with pytest.raises(Conflict) as refused:
            attendance.check_markable(TUESDAY, closed, cancelled, now)
        assert refused.value.code == code
