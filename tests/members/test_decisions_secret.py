"""Secret ballots: what nobody can read, and what the voter can prove."""

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import DecisionTaken
from kit.testing.spy import Spy
from members.decisions.rules import ballots
from tests.members.assembly import Assembly, wrong
from tests.members.conftest import Office

#: Where one would look for who voted what. The transaction that wrote a row is among what the database keeps of it.
TABLES = ("voted_secretly", "ballot_box", "counted_ballots", "ballots", "idempotency", "outbox", "electoral_roll")


@pytest.fixture
async def secret(assembly: Assembly) -> str:
    return await assembly.propose(ballot="secret")


async def test_the_receipt_changes_the_vote_and_finds_it_in_the_count(assembly: Assembly, secret: str) -> None:
    first = await assembly.vote(secret, "ana", "yes")
    receipt = first.json()["receipt"]
    assert (first.json()["choices"], first.json()["cast_at"]) == (["yes"], None)
    assert first.headers["cache-control"] == "private, no-store"
    changed = await assembly.vote(secret, "ana", "no", receipt=receipt.lower().replace("-", ""))
    assert (changed.status_code, changed.json()["receipt"]) == (200, receipt)
    await assembly.votes(secret, bea="yes", carla="no")
    post, address = assembly.piece.client.post, f"/v1/proposals/{secret}/receipts"

    async def found() -> dict[str, Any]:
        answer = await post(address, json={"receipt": receipt}, headers=assembly.acting("ana"))
        body: dict[str, Any] = answer.json()
        return body

    assert (await found())["counted"] is False
    result = await assembly.result(secret)
    assert [c["votes"] for c in result["counts"]] == [1, 2, 0]
    mine = await found()
    assert (mine["counted"], mine["choices"]) == (True, ["no"])
    assert mine["hash"] == hashlib.sha256(receipt.encode()).hexdigest()
    listed = (await assembly.get(secret, "ballots", "dora")).json()["items"]
    assert [b["receipt_hash"] for b in listed] == sorted(b["receipt_hash"] for b in listed)
    assert next(b["choices"] for b in listed if b["receipt_hash"] == mine["hash"]) == ["no"]
    assert {(b["member_id"], b["name"], b["cast_at"]) for b in listed} == {(None, None, None)}
    pages = (await assembly.get(secret, "ballots", "dora", limit=2)).json()
    rest = (await assembly.get(secret, "ballots", "dora", limit=2, after=pages["next"])).json()
    assert pages["items"] + rest["items"] == listed
    assert (await assembly.get(secret, "recount", "dora")).json()["same"]


async def test_what_is_wrong_with_a_receipt_is_named(assembly: Assembly, secret: str) -> None:
    receipt = (await assembly.vote(secret, "ana", "yes")).json()["receipt"]
    other = ballots.new_receipt()
    assert wrong(await assembly.vote(secret, "ana", "no")) == (422, "receipt-needed", "/receipt")
    assert wrong(await assembly.vote(secret, "ana", "no", receipt=other)) == (422, "receipt-unknown", "/receipt")
    assert wrong(await assembly.vote(secret, "ana", "no", receipt="1234")) == (422, "receipt-invalid", "/receipt")
    assert wrong(await assembly.vote(secret, "bea", "no", receipt=receipt)) == (409, "receipt-taken", "/receipt")
    for sent, expected in ((other, "receipt-unknown"), ("guess", "receipt-invalid")):
        answer = await assembly.piece.client.post(
            f"/v1/proposals/{secret}/receipts", json={"receipt": sent}, headers=assembly.acting("bea")
        )
        assert wrong(answer) == (422, expected, "/receipt")
    assert [c["votes"] for c in (await assembly.result(secret))["counts"]] == [1, 0, 0]
    assert wrong(await assembly.vote(secret, "ana", "no", receipt=receipt)) == (409, "voting-closed", None)


async def test_a_lost_answer_is_asked_for_again_with_ones_own_receipt(assembly: Assembly, secret: str) -> None:
    mine = ballots.new_receipt()
    answers = [await assembly.vote(secret, "ana", "yes", receipt=mine) for _ in range(3)]
    assert [(a.status_code, a.json()["receipt"]) for a in answers] == [(200, mine)] * 3
    assert (await assembly.result(secret))["voted"] == 1


async def test_that_one_voted_is_known_and_what_is_not(assembly: Assembly, secret: str) -> None:
    await assembly.votes(secret, ana="yes")
    seen = await assembly.get(secret, f"ballots/{assembly.members['ana']}", "ana")
    assert seen.json() == [{"choices": None, "reason": None, "cast_at": None, "receipt": None}]
    roll = (await assembly.get(secret, "roll")).json()["items"]
    assert {line["name"]: line["voted"] for line in roll}["Casa ana"]
    assert (await assembly.get(secret)).json()["voted"] == 1


async def test_no_table_leads_from_a_voter_to_a_vote(assembly: Assembly, secret: str, spy: Spy) -> None:
    names = list(assembly.members)
    receipts = {}
    for name, choice in zip(names, ("yes", "no", "yes", "abstain"), strict=True):
        headers = {**assembly.acting(name), "idempotency-key": str(uuid4())}
        address = f"/v1/proposals/{secret}/ballots/{assembly.members[name]}"
        answer = await assembly.piece.client.put(address, json={"choices": [choice]}, headers=headers)
        receipts[name] = answer.json()["receipt"]
    marks = await assembly.rows("SELECT xmin::text AS xid, member_id FROM voted_secretly")
    boxed = await assembly.rows("SELECT xmin::text AS xid, choices FROM ballot_box ORDER BY ctid")
    # With few ballots all of them are written again with the last one: who wrote them tells nothing of the others.
    assert {row.xid for row in boxed} == {marks[-1].xid}
    await assembly.result(secret)
    await spy.next(DecisionTaken, UUID(secret))
    counted = await assembly.rows("SELECT xmin::text AS xid, receipt_hash FROM counted_ballots ORDER BY ctid")
    assert len({row.xid for row in counted}) == 1
    assert {row.xid for row in counted}.isdisjoint(row.xid for row in marks)
    assert [row.receipt_hash for row in counted] == sorted(row.receipt_hash for row in counted)
    assert await assembly.rows("SELECT 1 FROM ballot_box") == []
    kept = {
        table: json.dumps([list(row) for row in await assembly.rows(f"SELECT * FROM {table}")], default=str)
        for table in TABLES
    }
    decision = "SELECT envelope::text AS text FROM outbox WHERE subject LIKE '%.decision.taken.%'"
    told = (await assembly.rows(decision))[0].text
    assert kept["idempotency"] == kept["ballots"] == "[]"
    for name in names:
        who, code = str(assembly.members[name]), receipts[name]
        assert not any(code in text or code.replace("-", "") in text for text in kept.values())
        assert who not in told
        assert who not in kept["counted_ballots"]
    columns = await assembly.rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_name IN ('voted_secretly', 'ballot_box', 'counted_ballots')"
    )
    assert {tuple(row) for row in columns} == {
        ("voted_secretly", "proposal_id"),
        ("voted_secretly", "member_id"),
        *(
            (table, column)
            for table in ("ballot_box", "counted_ballots")
            for column in ("proposal_id", "receipt_hash", "choices", "reason")
        ),
    }


async def test_a_secret_ballot_is_one_member_one_vote(running: Any, spy: Spy, tokens: Any) -> None:
    async with running("members", vote_weights={"cooperative": 3}, vote_delegation=True) as piece:
        assembly = Assembly(Office(piece, tokens))
        await assembly.join("ana")
        await assembly.join("coop", kind="cooperative")
        proposal_id = await assembly.propose(ballot="secret")
        refused = await assembly.delegate("ana", "coop", proposal_id)
        assert wrong(refused) == (409, "delegation-not-allowed-here", None)
        await assembly.delegate("ana", "coop")
        await assembly.votes(proposal_id, coop="yes")
        result = await assembly.result(proposal_id)
        assert (result["entitled_weight"], result["weight_cast"], result["represented"]) == (2, 1, 0)
