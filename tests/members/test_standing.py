"""Standing in the database: dated ahead and back, corrected, in arrears, told once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from contracts.envelope import Fact
from contracts.members import MemberAdmitted, MemberApplied, MemberChanged, MemberLeft, StandingChanged
from kit.database import Database, Work
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from members.membership import rules, service
from members.membership.models import Member, ObligationRow, StandingFact
from members.membership.repository import standings
from members.membership.rules import Obligation
from members.membership.rules.history import STATUS_AFTER
from members.settings import Settings
from tests.members.conftest import Office

TODAY = datetime.now(UTC).astimezone().date()
DAY = timedelta(days=1)


def settings(piece: Piece) -> Settings:
    found: Settings = piece.app.state.settings
    return found


async def post(office: Office, member_id: UUID, verb: str, **body: Any) -> Any:
    return await office.piece.client.post(f"/v1/members/{member_id}/{verb}", json=body, headers=office.coordinator)


async def status(office: Office, member_id: UUID) -> str:
    answer = await office.piece.client.get(f"/v1/members/{member_id}", headers=office.coordinator)
    return str(answer.json()["status"])


async def facts(office: Office, member_id: UUID) -> list[dict[str, Any]]:
    answer = await office.piece.client.get(f"/v1/members/{member_id}/standing", headers=office.coordinator)
    found: list[dict[str, Any]] = answer.json()
    return found


async def follow_at(piece: Piece, now: datetime) -> None:
    """The job, when that instant has come."""
    async with piece.database.transaction() as work:
        work.now = now
        await service.follow(work)


async def owe(piece: Piece, member_id: UUID, arrears_from: date, cause_id: UUID | None = None) -> UUID:
    cause = cause_id or uuid4()
    async with piece.database.transaction() as work:
        await service.owe(work, settings(piece), member_id, cause, arrears_from)
    return cause


async def clear(piece: Piece, *causes: UUID) -> None:
    async with piece.database.transaction() as work:
        await service.cleared(work, causes)


async def test_an_application_and_each_change_of_standing_are_told(office: Office, spy: Spy) -> None:
    member_id = await office.admit(kind="producer")
    applied = await spy.next(MemberApplied, member_id)
    assert (applied.data.status, applied.data.kind, applied.version) == ("applied", "producer", 1)
    admitted = await spy.next(MemberAdmitted, member_id)
    await post(office, member_id, "suspend")
    await post(office, member_id, "exclude")
    left = await spy.next(MemberLeft, member_id)
    assert (admitted.version, left.version, left.data.status) == (2, 4, "excluded")
    await spy.next(StandingChanged, member_id, count=3)
    told = [(event.data.before, event.data.after, event.version) for event in spy.seen(StandingChanged, member_id)]
    assert told == [("applied", "active", 2), ("active", "suspended", 3), ("suspended", "excluded", 4)]


async def test_a_leaving_that_lies_ahead_comes_about_by_itself_and_is_told_once(
    office: Office, piece: Piece, spy: Spy
) -> None:
    member_id = await office.admit()
    last = TODAY + 30 * DAY
    answer = await post(office, member_id, "leave", effective_on=last.isoformat())
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    await follow_at(piece, datetime.now(UTC) + 28 * DAY)
    assert spy.seen(MemberLeft) == []
    for _ in range(2):
        await follow_at(piece, datetime.now(UTC) + 32 * DAY)
    await spy.next(MemberLeft, member_id)
    changed = await spy.next(StandingChanged, member_id, count=2)
    assert changed.data.since.astimezone().date() in (last, last + DAY, last - DAY)
    async with piece.database.reading() as connection:
        assert (await connection.execute(text("SELECT version FROM members"))).scalar_one() == 3


async def test_an_admission_can_count_from_before_the_application(office: Office) -> None:
    member_id = UUID((await office.apply()).json()["id"])
    answer = await post(office, member_id, "admit", effective_on="2019-07-01")
    assert (answer.json()["status"], answer.json()["joined_on"]) == ("active", "2019-07-01")
    kept = [
        (fact["kind"], fact["effective_on"], fact["corrected_by"] is None) for fact in await facts(office, member_id)
    ]
    assert kept[:2] == [("applied", "2019-07-01", True), ("admitted", "2019-07-01", True)]
    assert kept[2][::2] == ("applied", False)


@pytest.mark.parametrize(
    ("verb", "day", "code"),
    [
        ("admit", "tomorrow", "date-in-future"),
        ("leave", "1899-12-31", "date-out-of-range"),
        ("leave", "2199-01-01", "date-out-of-range"),
        ("suspend", "one day", "validation-failed"),
    ],
)
async def test_a_date_that_can_not_be_meant_is_named(office: Office, verb: str, day: str, code: str) -> None:
    applied = UUID((await office.apply()).json()["id"])
    member_id = applied if verb == "admit" else await office.admit()
    said = (TODAY + 2 * DAY).isoformat() if day == "tomorrow" else day
    answer = await post(office, member_id, verb, effective_on=said)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/effective_on"]
    if code != "validation-failed":
        assert answer.json()["type"] == f"urn:trama:problem:{code}"


async def test_a_suspension_by_mistake_is_taken_back_and_stays_on_record(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await post(office, member_id, "suspend", reason="the wrong family")
    [*_, wrong] = await facts(office, member_id)
    answer = await post(office, member_id, f"standing/{wrong['id']}/revoke", reason="it was the other one")
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    told = await spy.next(MemberChanged, member_id, count=2)
    assert told.data.status == "active"
    kept = await facts(office, member_id)
    assert [fact["kind"] for fact in kept] == ["applied", "admitted", "suspended", "revoked"]
    assert (kept[2]["corrected_by"], kept[3]["corrects"]) == (kept[3]["id"], kept[2]["id"])
    again = await post(office, member_id, f"standing/{wrong['id']}/revoke")
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:fact-corrected")
    unknown = await post(office, await office.admit(), f"standing/{wrong['id']}/revoke")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:trama:problem:fact-unknown")
    first = await post(office, member_id, f"standing/{kept[0]['id']}/revoke")
    assert (first.status_code, first.json()["type"]) == (409, "urn:trama:problem:standing-later")
    denied = await office.piece.client.post(
        f"/v1/members/{member_id}/standing/{wrong['id']}/revoke", headers=office.of(member_id)
    )
    assert denied.status_code == 403


async def test_the_day_of_an_admission_is_corrected(office: Office) -> None:
    member_id = await office.admit()
    applied, admitted = await facts(office, member_id)
    too_early = await post(office, member_id, f"standing/{admitted['id']}/redate", effective_on="2020-02-01")
    assert (too_early.status_code, too_early.json()["type"]) == (409, "urn:trama:problem:wrong-standing")
    await post(office, member_id, f"standing/{applied['id']}/redate", effective_on="2020-01-01")
    answer = await post(office, member_id, f"standing/{admitted['id']}/redate", effective_on="2020-02-01")
    assert (answer.status_code, answer.json()["joined_on"]) == (200, "2020-02-01")
    redate = f"standing/{(await facts(office, member_id))[1]['id']}/redate"
    ahead = await post(office, member_id, redate, effective_on=(TODAY + 30 * DAY).isoformat())
    assert ahead.status_code == 422


async def test_what_is_past_its_date_puts_in_arrears_until_it_is_cleared_and_both_are_told(
    office: Office, piece: Piece, spy: Spy
) -> None:
    member_id = await office.admit()
    late, later = await owe(piece, member_id, TODAY - 2 * DAY), await owe(piece, member_id, TODAY - 2 * DAY)
    assert await status(office, member_id) == "in_arrears"
    await clear(piece, late, uuid4())
    assert await status(office, member_id) == "in_arrears"
    await clear(piece, late, later)
    assert await status(office, member_id) == "active"
    told = await spy.next(MemberChanged, member_id, count=2)
    assert [event.data.status for event in spy.seen(MemberChanged, member_id)] == ["in_arrears", "active"]
    assert told.version == 4


async def test_arrears_begin_when_their_day_comes(office: Office, piece: Piece, spy: Spy) -> None:
    member_id = await office.admit()
    cause = await owe(piece, member_id, TODAY + 10 * DAY)
    assert await status(office, member_id) == "active"
    await follow_at(piece, datetime.now(UTC) + 12 * DAY)
    told = await spy.next(MemberChanged, member_id)
    assert told.data.status == "in_arrears"
    # Agreed on a later day: that one counts.
    await owe(piece, member_id, TODAY + 40 * DAY, cause)
    assert (await spy.next(MemberChanged, member_id, count=2)).data.status == "active"


async def test_an_obligation_is_one_members_and_only_ever_cleared(office: Office, piece: Piece) -> None:
    member_id, other = await office.admit(), await office.admit()
    cause = await owe(piece, member_id, TODAY)
    await owe(piece, member_id, TODAY, cause)
    with pytest.raises(Exception, match="another member"):
        await owe(piece, other, TODAY, cause)
    for change in ("DELETE FROM obligations", "UPDATE obligations SET arrears_from = '2030-01-01'"):
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(change))
    await clear(piece, cause)
    with pytest.raises(IntegrityError):
        async with piece.database.transaction() as work:
            await work.execute(text("UPDATE obligations SET cleared_at = NULL"))


async def test_facts_are_corrected_once_and_of_the_same_member_only(office: Office, piece: Piece) -> None:
    member_id, other = await office.admit(), await office.admit()
    await post(office, member_id, "suspend")
    [*_, suspended] = await facts(office, member_id)

    async def revoke(whose: UUID, corrects: int | None) -> None:
        async with piece.database.transaction() as work:
            await standings.add_fact(
                work.connection,
                whose,
                "revoked",
                at=work.now,
                on=TODAY,
                recorded_at=work.now,
                by=None,
                reason="",
                corrects=corrects,
            )

    for whose, corrects in ((other, suspended["id"]), (member_id, None), (member_id, 10_000)):
        with pytest.raises(IntegrityError):
            await revoke(whose, corrects)
    await revoke(member_id, suspended["id"])
    with pytest.raises(IntegrityError):
        await revoke(member_id, suspended["id"])


async def test_the_list_by_standing_says_what_the_rule_says_over_random_histories(piece: Piece) -> None:
    seed = Random().randrange(10**9)
    random = Random(seed)
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def moment() -> datetime:
        return start + random.randint(0, 20) * DAY

    ids = sorted((uuid4() for _ in range(300)), key=str)
    async with piece.database.transaction() as work:
        await work.execute(
            insert(Member),
            [
                {
                    "id": member_id,
                    "kind": "person",
                    "name": "x",
                    "email": "x@example.org",
                    "language": "es",
                    "applied_at": start,
                    "version": 1,
                }
                for member_id in ids
            ],
        )
        number = 0
        for member_id in ids:
            mine: list[int] = []
            for _ in range(random.randint(0, 7)):
                number += 1
                corrects = random.choice([None, None, *mine])
                kind = random.choice([*STATUS_AFTER, *(["revoked"] * 3 if corrects else [])])
                if corrects:
                    mine.remove(corrects)
                when = moment()
                filled = {
                    "member_id": member_id,
                    "kind": kind,
                    "effective_at": when,
                    "effective_on": when.date(),
                    "recorded_at": start,
                    "reason": "",
                    "corrects": corrects,
                }
                made = await work.execute(insert(StandingFact).values(filled).returning(StandingFact.id))
                mine.append(made.scalar_one())
            for _ in range(random.randint(0, 3)):
                when = moment()
                await work.execute(
                    insert(ObligationRow).values(
                        id=uuid4(),
                        member_id=member_id,
                        cause_id=uuid4(),
                        arrears_from=when.date(),
                        arrears_at=when,
                        recorded_at=start,
                        cleared_at=random.choice([None, moment()]),
                    )
                )
    async with piece.database.reading() as connection:
        known: dict[UUID, list[rules.StandingFact]] = {member_id: [] for member_id in ids}
        for row in await standings.facts(connection, ids):
            known[row.member_id].append(
                rules.StandingFact(row.id, row.kind, row.effective_at, row.recorded_at, row.corrects)
            )
        owed: dict[UUID, list[Obligation]] = {member_id: [] for member_id in ids}
        for debt in await standings.obligations(connection, ids):
            owed[debt.member_id].append(Obligation(debt.arrears_at, debt.cleared_at))
        seen = set()
        for day in range(-1, 23):
            now = start + day * DAY
            expected = {member_id: rules.standing(known[member_id], owed[member_id], now).status for member_id in ids}
            for wanted in (*STATUS_AFTER.values(), "in_arrears"):
                listed = {member.id for member in await service.everybody(connection, now, [wanted])}
                assert listed == {m for m in ids if expected[m] == wanted}, f"seed {seed}, {wanted} on day {day}"
            seen |= set(expected.values())
    assert seen == {*STATUS_AFTER.values(), "in_arrears"}


async def unguarded(piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the locks off."""

    async def lock(connection: Any, ids: Any) -> Any:
        return (await connection.execute(select(Member.id, Member.told).where(Member.id.in_(ids)))).all()

    async def lock_changed(connection: Any, now: datetime) -> Any:
        return await lock(connection, (await connection.execute(select(Member.id))).scalars().all())

    monkeypatch.setattr(standings, "lock", lock)
    monkeypatch.setattr(standings, "lock_changed", lock_changed)


async def told_in_database(piece: Piece, fact: type[Fact]) -> list[tuple[str, int]]:
    """The subjects and versions of all events of that kind."""
    found = text("""
        SELECT envelope->>'subject' AS subject, CAST(envelope->>'version' AS int) AS version
        FROM outbox WHERE envelope->>'type' = :type
    """)
    async with piece.database.reading() as connection:
        return [(row.subject, row.version) for row in await connection.execute(found, {"type": fact.topic.type})]


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_change_by_the_clock_is_told_once_by_however_many_processes(
    office: Office, piece: Piece, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        await unguarded(piece, monkeypatch)
    members = [await office.admit() for _ in range(3)]
    causes = [await owe(piece, member_id, TODAY + 5 * DAY) for member_id in members]
    others = [Database(piece.database_url, network="x", service="members", pool=4) for _ in range(3)]
    together = asyncio.Barrier(len(others))

    async def process(database: Database) -> None:
        for day in (6, 7, 8):

            async def at_once(run: Callable[[Work], Awaitable[None]], day: int = day) -> None:
                async with database.transaction() as work:
                    work.now = datetime.now(UTC) + (day + 1) * DAY
                    await work.execute(text("SELECT 1"))
                    await together.wait()
                    await run(work)

            await at_once(service.follow)
        # All of them hear of the payment at once, too.
        async with database.transaction() as work:
            work.now = datetime.now(UTC) + 10 * DAY
            await together.wait()
            await service.cleared(work, causes)

    await asyncio.gather(*(process(database) for database in others))
    for database in others:
        await database.close()
    told = [one for one in await told_in_database(piece, MemberChanged) if UUID(one[0]) in members]
    exactly_once = sorted((str(member_id), version) for member_id in members for version in (3, 4))
    if guarded:
        assert sorted(told) == exactly_once
    else:
        assert sorted(told) != exactly_once
