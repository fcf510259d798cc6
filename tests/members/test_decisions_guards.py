"""What the database itself refuses of votes, and races that it decides."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.database import Work
from kit.testing.pieces import eventually
from members.decisions.rules import ballots
from members.decisions.service import counting
from tests.members.assembly import Assembly, at

BALLOT = """
INSERT INTO ballots (proposal_id, member_id, place, choices, reason, cast_at, cast_by)
VALUES (:proposal_id, :member_id, 0, :choices, '', now(), :by)
"""
MARK = "INSERT INTO voted_secretly (proposal_id, member_id) VALUES (:proposal_id, :member_id)"
PUT = "INSERT INTO ballot_box (proposal_id, receipt_hash, choices, reason) VALUES (:proposal_id, :hash, :choices, '')"


async def attempt(assembly: Assembly, *statements: str, **params: Any) -> None:
    async with assembly.piece.database.transaction() as work:
        for statement in statements:
            await work.execute(text(statement), params)


def ballot(assembly: Assembly, proposal_id: str, name: str, *choices: str) -> dict[str, Any]:
    return {
        "proposal_id": UUID(proposal_id),
        "member_id": assembly.members[name],
        "choices": list(choices),
        "by": uuid4(),
        "hash": uuid4().bytes,
    }


NEVER = (
    "UPDATE proposals SET title = 'Another'",
    "UPDATE proposals SET closes_at = closes_at + interval '1 day'",
    'UPDATE proposals SET options = \'[{"key": "yes", "text": ""}]\' WHERE counted_at IS NULL',
    "UPDATE proposals SET quorum_percent = 1 WHERE counted_at IS NULL",
    "UPDATE proposals SET ballot = 'open' WHERE ballot = 'secret' AND counted_at IS NULL",
    "UPDATE proposals SET entitled = 1 WHERE counted_at IS NULL",
    "UPDATE proposals SET opened_at = NULL, entitled = NULL WHERE counted_at IS NULL",
    "UPDATE proposals SET result = '{}' WHERE counted_at IS NOT NULL",
    "UPDATE proposals SET counted_at = NULL, result = NULL WHERE counted_at IS NOT NULL",
    "UPDATE proposals SET counted_at = now(), result = '{}' WHERE counted_at IS NULL",
    "UPDATE proposals SET cancelled_at = now(), cancelled_because = 'x' WHERE counted_at IS NOT NULL",
    "DELETE FROM proposals",
    "TRUNCATE proposals CASCADE",
    "UPDATE electoral_roll SET weight = 2",
    "DELETE FROM electoral_roll",
    "INSERT INTO electoral_roll SELECT p.id, m.id, m.kind, 1 FROM proposals p, members m WHERE m.name = 'Late'",
    "UPDATE ballots SET choices = '{no}'",
    "DELETE FROM ballots",
    "INSERT INTO ballots SELECT proposal_id, member_id, 9, '{no}', '', now(), cast_by FROM ballots",
    "UPDATE voted_secretly SET member_id = gen_random_uuid()",
    "DELETE FROM voted_secretly",
    "DELETE FROM ballot_box",
    "UPDATE ballot_box SET receipt_hash = 'x'",
    "UPDATE ballot_box SET choices = '{perhaps}'",
    "UPDATE ballot_box SET choices = '{yes,no}'",
    "TRUNCATE ballot_box",
    "UPDATE counted_ballots SET choices = '{no}'",
    "DELETE FROM counted_ballots",
    "INSERT INTO counted_ballots SELECT proposal_id, 'x', choices, reason FROM counted_ballots",
    "INSERT INTO counted_ballots SELECT proposal_id, receipt_hash, choices, reason FROM ballot_box",
)


async def test_what_was_voted_can_not_be_changed(assembly: Assembly) -> None:
    for kind in ("open", "secret", "open", "secret"):
        proposal_id = await assembly.propose(ballot=kind, title=f"{kind} {uuid4()}")
        await assembly.votes(proposal_id, ana="yes")
        if not await assembly.rows("SELECT 1 FROM proposals WHERE ballot = :b AND counted_at IS NOT NULL", b=kind):
            await assembly.result(proposal_id)
    await assembly.office.admit(name="Late")

    async def everything() -> list[Any]:
        tables = ("ballots", "ballot_box", "counted_ballots", "electoral_roll", "voted_secretly", "proposals")
        return [await assembly.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]

    before = await everything()
    taken = []
    for statement in NEVER:
        with suppress(IntegrityError):
            await attempt(assembly, statement)
            taken.append(statement)
    assert taken == []
    assert await everything() == before
    # But for words of somebody who is to be forgotten.
    await attempt(assembly, "UPDATE proposals SET title = '—', text = '—' WHERE counted_at IS NOT NULL")


async def test_ballots_are_of_their_time_their_kind_and_their_options(assembly: Assembly) -> None:
    later, opened, secret = (
        await assembly.propose(opens_at=at(days=1)),
        await assembly.propose(),
        await assembly.propose(ballot="secret"),
    )
    consent = await assembly.propose(method="consent")
    await assembly.votes(opened, ana="yes")
    await assembly.votes(secret, ana="yes")
    await assembly.votes(consent, ana="consent")
    stranger = {**ballot(assembly, opened, "ana", "yes"), "member_id": await assembly.office.admit()}
    for statements, params in (
        ([BALLOT], ballot(assembly, later, "ana", "yes")),
        ([BALLOT], ballot(assembly, secret, "ana", "yes")),
        ([BALLOT], ballot(assembly, opened, "ana", "perhaps")),
        ([BALLOT], ballot(assembly, opened, "ana", "yes", "no")),
        ([BALLOT], ballot(assembly, opened, "ana")),
        ([BALLOT], ballot(assembly, consent, "ana", "object")),
        ([BALLOT], stranger),
        ([MARK, PUT], ballot(assembly, opened, "bea", "yes")),
        ([MARK], ballot(assembly, secret, "bea", "yes")),
        ([PUT], ballot(assembly, secret, "bea", "yes")),
        ([MARK, PUT], ballot(assembly, secret, "ana", "yes")),
        ([MARK, PUT], ballot(assembly, secret, "bea", "perhaps")),
    ):
        with pytest.raises(IntegrityError):
            await attempt(assembly, *statements, **params)
    await attempt(assembly, MARK, PUT, **ballot(assembly, secret, "bea", "no"))
    await attempt(assembly, BALLOT, **ballot(assembly, opened, "bea", "no"))
    for proposal_id in (opened, secret):
        await assembly.close(proposal_id)
    with pytest.raises(IntegrityError):
        await attempt(assembly, BALLOT, **ballot(assembly, opened, "carla", "no"))
    with pytest.raises(IntegrityError):
        await attempt(assembly, MARK, PUT, **ballot(assembly, secret, "carla", "no"))
    for proposal_id in (opened, secret):
        assert [c["votes"] for c in (await assembly.result(proposal_id))["counts"]] == [1, 1, 0]


async def _vote_beside_the_count(assembly: Assembly, kind: str) -> tuple[int, int]:
    """Somebody votes in time and commits late, while the vote closes and is counted; returns ballots and votes counted."""
    proposal_id = await assembly.propose(ballot=kind)
    await assembly.votes(proposal_id, ana="yes")
    database, params = assembly.piece.database, ballot(assembly, proposal_id, "bea", "no")
    statements = [BALLOT] if kind == "open" else [MARK, PUT]

    async def count() -> None:
        async with database.transaction() as work:
            await work.execute(text("SET LOCAL session_replication_role = replica"))
            moved = text("UPDATE proposals SET closes_at = clock_timestamp() WHERE id = :id")
            await work.execute(moved, {"id": params["proposal_id"]})
            await work.execute(text("SET LOCAL session_replication_role = origin"))
            await counting.counted(work, params["proposal_id"])

    async with database.transaction() as voting:
        for statement in statements:
            await voting.execute(text(statement), params)
        task = asyncio.create_task(count())
        await asyncio.wait([task], timeout=0.5)
    await task
    table = "ballots" if kind == "open" else "voted_secretly"
    cast = await assembly.rows(f"SELECT 1 FROM {table} WHERE proposal_id = :id", id=params["proposal_id"])
    result = (await assembly.get(proposal_id, "result", "ana")).json()
    return len(cast), sum(c["votes"] for c in result["counts"])


@pytest.mark.parametrize("kind", ["open", "secret"])
async def test_a_vote_that_is_cast_beside_the_count_is_in_it(assembly: Assembly, kind: str) -> None:
    assert await _vote_beside_the_count(assembly, kind) == (2, 2)


async def test_without_the_guard_the_same_vote_is_cast_and_not_counted(assembly: Assembly) -> None:
    async with assembly.piece.database.transaction() as work:
        await work.execute(text("DROP TRIGGER guard_ballot ON ballots"))
    assert await _vote_beside_the_count(assembly, "open") == (2, 1)


async def _open_together(assembly: Assembly, proposal_id: UUID, open_it: Any) -> list[Any]:
    """Many open the vote at once, while members are being admitted."""
    together = asyncio.Barrier(6)

    async def one() -> None:
        async with assembly.piece.database.transaction() as work:
            await work.execute(text("SELECT 1"))
            await together.wait()
            await open_it(work, proposal_id)

    return await asyncio.gather(*(one() for _ in range(6)), return_exceptions=True)


async def test_many_who_open_a_vote_at_once_freeze_one_roll(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1))
    await assembly.open(proposal_id)
    assert await _open_together(assembly, UUID(proposal_id), counting.opened) == [None] * 6
    assert len(await assembly.rows("SELECT 1 FROM electoral_roll")) == 4
    assert (await assembly.get(proposal_id)).json()["entitled"] == 4


async def _careless(work: Work, wanted: UUID) -> None:
    """Each enters another member, as if the register had changed meanwhile, and looks at no lock."""
    await work.execute(
        text("""
        INSERT INTO electoral_roll SELECT :id, id, kind, 1 FROM members AS m
        WHERE NOT EXISTS (SELECT FROM electoral_roll AS r WHERE r.member_id = m.id AND r.proposal_id = :id)
        ORDER BY random() LIMIT 1"""),
        {"id": wanted},
    )
    await work.execute(
        text("UPDATE proposals SET opened_at = now(), entitled = 1, version = version + 1 WHERE id = :id"),
        {"id": wanted},
    )


async def test_even_careless_openers_freeze_one_roll(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1))
    await assembly.open(proposal_id)

    outcomes = await _open_together(assembly, UUID(proposal_id), _careless)
    assert sum(1 for outcome in outcomes if outcome is None) == 1
    assert all(outcome is None or isinstance(outcome, IntegrityError) for outcome in outcomes)
    assert len(await assembly.rows("SELECT 1 FROM electoral_roll")) == 1


async def test_many_who_ask_for_the_result_have_it_counted_once(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(ballot="secret")
    await assembly.votes(proposal_id, ana="yes", bea="no", carla="yes")
    await assembly.close(proposal_id)
    answers = await asyncio.gather(*(assembly.get(proposal_id, "result", name) for name in assembly.members))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    told = "SELECT 1 FROM outbox WHERE subject LIKE '%.decision.taken.%'"
    assert len(await eventually(lambda: assembly.rows(told))) == 1


async def test_two_who_vote_for_one_member_at_once_make_two_ballots_of_which_one_counts(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    answers = await asyncio.gather(
        *(assembly.vote(proposal_id, "ana", choice) for choice in ("yes", "no", "abstain", "yes", "no"))
    )
    assert {answer.status_code for answer in answers} == {200}
    places = [row.place for row in await assembly.rows("SELECT place FROM ballots ORDER BY place")]
    assert places == list(range(1, len(places) + 1))
    assert sum(c["votes"] for c in (await assembly.result(proposal_id))["counts"]) == 1


async def test_two_who_vote_secretly_for_one_member_at_once_have_one_ballot(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(ballot="secret")
    answers = await asyncio.gather(*(assembly.vote(proposal_id, "ana", "yes") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422]
    assert (await assembly.result(proposal_id))["voted"] == 1


async def test_without_the_guards_careless_openers_make_a_roll_of_all_of_theirs(assembly: Assembly) -> None:
    async with assembly.piece.database.transaction() as work:
        for trigger in ("guard_frozen ON electoral_roll", "guard_proposal ON proposals"):
            await work.execute(text(f"DROP TRIGGER {trigger}"))
    proposal_id = await assembly.propose(opens_at=at(days=1))
    outcomes = await _open_together(assembly, UUID(proposal_id), _careless)
    assert sum(1 for outcome in outcomes if outcome is None) > 1
    roll = await assembly.rows("SELECT 1 FROM electoral_roll")
    assert len(roll) > (await assembly.get(proposal_id)).json()["entitled"] == 1


async def test_many_who_vote_and_change_secretly_at_once_do_not_stop_each_other(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(ballot="secret")
    receipts = {name: ballots.new_receipt() for name in assembly.members}
    for choice in ("yes", "no", "abstain", "yes"):
        answers = await asyncio.gather(
            *(
                assembly.vote(proposal_id, name, choice, receipt=receipt)
                for name, receipt in receipts.items()
                for _ in range(3)
            )
        )
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert [c["votes"] for c in (await assembly.result(proposal_id))["counts"]] == [4, 0, 0]
