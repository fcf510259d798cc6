"""What the guarantee promises holds for who comes at the same moment, and for whoever writes in the database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from contracts.members import MemberChanged, MemberStatus
from kit.ids import new_id
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import create, product, rows
from tests.catalog.peers import TODAY, Network, day, network


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog") as piece:
        yield piece


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    made = await network(piece, spy, tokens, producers=7)
    await made.publish_standard()
    return made


async def test_of_decisions_at_once_one_is_recorded_and_the_others_are_told_of_it(net: Network) -> None:
    application_id = await net.visited()
    address = f"/guarantee-applications/{application_id}/decisions"
    outcomes = ("certified", "conditional", "refused") * 3
    answers = await asyncio.gather(*(net.post(address, net.decision(outcome=outcome)) for outcome in outcomes))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 8
    [recorded] = await rows(net.piece, "SELECT id, outcome FROM guarantee_decisions")
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "urn:trama:problem:decided-meanwhile"
            assert answer.json()["last_decision_id"] == str(recorded.id)
    certificates = await rows(net.piece, "SELECT 1 FROM certificates")
    assert len(certificates) == (recorded.outcome != "refused")


async def test_of_two_who_are_to_visit_each_other_at_once_one_is(net: Network) -> None:
    async def plan(visited: int, by: tuple[int, ...], planned: str) -> int:
        body = {
            "application_id": applications[visited],
            "planned_on": planned,
            "peer_ids": [str(net.members[peer]) for peer in by],
        }
        return (await net.post("/visits", body)).status_code

    applications = [await net.apply(producer) for producer in range(2)]
    for round_ in range(4):
        planned = day(round_)
        got = await asyncio.gather(*[plan(0, (1, 2, 3), planned), plan(1, (0, 4, 5), planned)] * 3)
        assert set(got) <= {201, 409}
    sides = await rows(net.piece, "SELECT DISTINCT member_id FROM visits")
    assert len(sides) == 1


async def unguarded(piece: Piece, application_id: str, visited: UUID, peers: list[UUID]) -> bool:
    """What the catalog must never do: look whether they review each other, then write, without a lock between."""
    async with piece.database.transaction() as work:
        query = text("SELECT count(*) FROM visit_peers WHERE peer_id = :visited AND visited_id = ANY(:peers)")
        met = (await work.execute(query, {"visited": visited, "peers": peers})).scalar_one()
        await asyncio.sleep(0.05)
        if met:
            return False
        visit_id = new_id()
        await work.execute(
            text(
                "INSERT INTO visits (id, application_id, member_id, planned_on, planned_by, planned_at)"
                " VALUES (:id, :application, :member, :on, :id, now())"
            ),
            {"id": visit_id, "application": UUID(application_id), "member": visited, "on": TODAY},
        )
        for peer in peers:
            await work.execute(
                text(
                    "INSERT INTO visit_peers (visit_id, peer_id, visited_id, span, counts, remark)"
                    " VALUES (:visit, :peer, :visited, daterange(:start, :end), true, '')"
                ),
                {
                    "visit": visit_id,
                    "peer": peer,
                    "visited": visited,
                    "start": TODAY,
                    "end": TODAY + timedelta(days=365),
                },
            )
        return True


@pytest.mark.parametrize("guard", [True, False])
async def test_the_race_is_real_without_the_constraint_and_lost_with_it(net: Network, guard: bool) -> None:
    applications = [await net.apply(producer) for producer in range(2)]
    if not guard:
        async with net.piece.database.transaction() as work:
            await work.execute(text("ALTER TABLE visit_peers DROP CONSTRAINT ex_visit_peers_no_mutual_reviews"))
    one, two, *others = net.members
    got = await asyncio.gather(
        unguarded(net.piece, applications[0], one, [two, *others[:2]]),
        unguarded(net.piece, applications[1], two, [one, *others[2:4]]),
        return_exceptions=True,
    )
    if guard:
        assert [type(outcome) for outcome in got if outcome is not True] == [IntegrityError]
    else:
        assert list(got) == [True, True]


async def test_numbers_are_given_in_turn_and_never_twice_to_who_are_certified_at_once(net: Network) -> None:
    ready = []
    for producer in range(7):
        application_id = await net.apply(producer)
        around = [(producer + step) % 7 for step in range(1, 6)]
        await net.make(await net.plan(application_id, tuple(around[:3])), tuple(around[:3]))
        ready.append((application_id, [str(net.members[other]) for other in around[3:]]))
    await asyncio.gather(*(net.decide(application_id, decided_by=by) for application_id, by in ready))
    codes = [one["code"] for one in (await net.get("/certificates"))["items"]]
    assert codes == [f"QRO-PGS-{TODAY.year}-{number:04d}" for number in range(1, 8)]


VISITS_ITSELF = """
INSERT INTO visit_peers SELECT visit_id, visited_id, visited_id, span, true, NULL, NULL, '' FROM visit_peers LIMIT 1
"""
WITHOUT_PEERS = """
INSERT INTO visits (id, application_id, member_id, planned_on, planned_by, planned_at)
SELECT :id, application_id, member_id, :today, :id, now() FROM visits LIMIT 1
"""


async def attempt(piece: Piece, *statements: str, **params: object) -> str:
    """What the database says to these, in one transaction that is given up all the same."""
    try:
        async with piece.database.transaction() as work:
            for statement in statements:
                await work.execute(text(statement), params)
            await work.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            raise LookupError
    except LookupError:
        return "taken"
    except DBAPIError as refused:
        return str(refused.orig)


async def test_the_database_itself_keeps_what_is_promised(net: Network) -> None:
    piece = net.piece
    waiting = await net.plan(await net.apply(6), (3, 4, 5))
    application_id = await net.visited()
    await net.decide(application_id)
    visit = (await net.get(f"/guarantee-applications/{application_id}"))["visits"][0]["id"]
    decision = """
        INSERT INTO guarantee_decisions (id, application_id, place, visit_id, outcome, decided_on, valid_until,
            reasons, products, recorded_by, recorded_at)
        VALUES (:id, :application, 9, :visit, 'certified', :today, :today, '', '{}', :id, now())"""
    decider = "INSERT INTO decision_makers VALUES (:id, :member, false, '')"
    known = {
        "id": new_id(),
        "application": UUID(application_id),
        "visit": UUID(visit),
        "today": TODAY,
        "member": net.members[4],
    }
    another = "INSERT INTO decision_makers VALUES (:id, :other, false, '')"
    assert await attempt(piece, decision, decider, another, other=net.members[5], **known) == "taken"
    for promised, statements, more in (
        ("complete visit of its own application", (decision,), {"visit": UUID(waiting)}),
        ("too few decided", (decision, decider), {}),
        ("nobody decides on its own case", (decision, decider), {"member": net.farm}),
        ("nobody decides on its own case", (decision, decider), {"member": net.members[1]}),
        ("ck_guarantee_decisions_visited", (decision,), {"visit": None}),
        ("uq_guarantee_decisions_application_id_place", (decision.replace(" 9,", " 1,"),), {}),
        ("never changed", ("UPDATE guarantee_decisions SET reasons = 'otra'",), {}),
        ("never changed", ("DELETE FROM decision_makers",), {}),
        ("never changed", ("UPDATE certificate_facts SET valid_until = NULL",), {}),
        ("keeps its number", ("DELETE FROM certificates",), {}),
        ("keeps its number", ("UPDATE certificates SET code = 'QRO-PGS-2026-9999'",), {}),
        ("never changes", ("UPDATE standard_versions SET required = false",), {}),
        ("written once", ("UPDATE visits SET happened_on = happened_on - 1 WHERE id = :visit",), {}),
        ("stays complete", ("UPDATE visits SET completed_at = NULL WHERE id = :visit",), {}),
        ("who signed has signed", ("UPDATE visit_peers SET signed_at = now() WHERE visit_id = :visit",), {}),
        ("keeps its peers", ("DELETE FROM visit_peers",), {}),
        (
            "nothing to sign",
            ("UPDATE visit_peers SET signed_at = now(), signed_by = :id WHERE visit_id = :visit",),
            {"visit": UUID(waiting)},
        ),
        (
            "signatures of three peers",
            ("UPDATE visits SET completed_at = now() WHERE id = :visit",),
            {"visit": UUID(waiting)},
        ),
        (
            "ck_visit_peers_another",
            (VISITS_ITSELF,),
            {},
        ),
        (
            "at least three peers",
            (WITHOUT_PEERS,),
            {},
        ),
    ):
        used = {name for statement in statements for name in known if f":{name}" in statement}
        params = {name: value for name, value in {**known, **more}.items() if name in used}
        assert promised in await attempt(piece, *statements, **params)


async def test_who_reports_and_who_signs_at_once_complete_a_visit_once(net: Network) -> None:
    application_id = await net.apply()
    visit_id = await net.plan(application_id, (1, 2, 3, 4))
    report = net.report(failing={"records": "Faltan"})
    # A phone that sends its report again and again, while the others sign.
    sent = [net.post(f"/visits/{visit_id}/report", report, net.headers[1]) for _ in range(3)]
    signed = [net.post(f"/visits/{visit_id}/sign", {}, net.headers[peer]) for peer in (2, 3, 4) for _ in range(2)]
    answers = await asyncio.gather(*sent, *signed)
    assert {answer.status_code for answer in answers[:3]} == {200}
    for peer in (2, 3, 4):
        await net.did(f"/visits/{visit_id}/sign", {}, net.headers[peer])
    assert len((await net.get("/nonconformities"))["items"]) == 1
    assert (await net.get(f"/visits/{visit_id}"))["state"] == "complete"


async def test_a_members_news_and_the_committees_word_at_once_end_in_one_state(net: Network, spy: Spy) -> None:
    made = await create(net.piece, net.farmer, product(practices=["organic"]), publish=True)
    code = await net.certify()

    async def news(version: int, status: MemberStatus) -> None:
        fact = MemberChanged(member_id=net.farm, kind="producer", name="Rancho 0", status=status)
        await spy.publish(fact, subject=net.farm, version=version)

    for turn in range(6):
        answers = await asyncio.gather(
            news(2 + turn, "suspended" if turn % 2 == 0 else "active"),
            *(net.post(f"/certificates/{code}/{verb}", {"reason": "x"}) for verb in ("suspend", "reinstate") * 3),
        )
        assert {answer.status_code for answer in answers[1:] if answer is not None} <= {200, 409}
    await news(9, "active")
    await net.post(f"/certificates/{code}/suspend", {"reason": "x"})
    await net.did(f"/certificates/{code}/reinstate", {"reason": "x"})

    async def agreed() -> tuple[str, list[str]]:
        read = (await net.piece.client.get(f"/v1/products/{made['id']}")).json()
        return str((await net.get(f"/certificates/{code}"))["status"]), list(read.get("practices", []))

    assert await eventually(agreed, lambda found: found == ("certified", ["organic"]))
    facts = await rows(net.piece, "SELECT place FROM certificate_facts ORDER BY place")
    assert [row.place for row in facts] == list(range(1, len(facts) + 1))
