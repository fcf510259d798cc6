"""Loans that the members vote on: said once nothing is missing, and decided by the vote that was counted."""

from collections.abc import AsyncIterator
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from contracts.members import DecisionTaken, LoanApplied
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.assembly import Assembly
from tests.members.conftest import Office
from tests.members.fund_desk import Desk


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", currency="MXN", loans="vote") as members:
        yield members


@pytest.fixture
async def desk(office: Office, tokens: Tokens) -> Desk:
    desk = Desk(office, tokens)
    await desk.write_terms()
    await desk.give(await office.admit(), "10000.00")
    return desk


def counted(loan_id: UUID, outcome: Literal["accepted", "rejected", "no_quorum"]) -> DecisionTaken:
    return DecisionTaken(
        proposal_id=uuid4(),
        title="A mill for Ana",
        matter="loan",
        matter_id=loan_id,
        outcome=outcome,
        chosen=["yes"],
        entitled=10,
        voted=8,
        counts=[],
    )


async def say(spy: Spy, fact: DecisionTaken) -> None:
    await spy.publish(fact, subject=fact.proposal_id)


async def status(desk: Desk, loan_id: UUID) -> str:
    return str((await desk.loan(str(loan_id)))["status"])


async def test_a_vote_is_called_when_every_guarantor_has_agreed(desk: Desk, office: Office, spy: Spy) -> None:
    member_id, guarantor = await office.admit(), await office.admit()
    loan_id = UUID((await desk.apply(member_id, guarantors=[str(guarantor)])).json()["id"])
    other_id = UUID((await desk.apply(member_id, "700.00")).json()["id"])
    assert (await spy.next(LoanApplied, other_id)).data.amount.minor == 70_000
    assert spy.seen(LoanApplied, loan_id) == []
    answer = {"member_id": str(guarantor), "accepts": True}
    for _ in range(2):
        await desk.post(f"/v1/loans/{loan_id}/guarantors", answer, office.of(guarantor))
    event = await spy.next(LoanApplied, loan_id)
    assert (event.data.member_id, event.data.purpose, event.version) == (member_id, "A mill for the maize", 1)
    assert len(spy.seen(LoanApplied, loan_id)) == 1


async def test_the_vote_decides_and_nobody_else(desk: Desk, office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    yes, no = [UUID((await desk.apply(member_id, "600.00")).json()["id"]) for _ in range(2)]
    alone = await desk.post(f"/v1/loans/{yes}/approvals", {}, desk.treasurer)
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:trama:problem:decided-by-vote")
    accepted = counted(yes, "accepted")
    await say(spy, accepted)
    await say(spy, counted(no, "rejected"))
    await eventually(lambda: status(desk, yes), lambda found: found == "approved")
    await eventually(lambda: status(desk, no), lambda found: found == "declined")
    fact = (await desk.loan(str(yes)))["facts"][0]
    assert (fact["by"], fact["proposal_id"], fact["reason"]) == (None, str(accepted.proposal_id), "A mill for Ana")
    assert (await desk.disburse(str(yes))).json()["status"] == "disbursed"


async def test_votes_that_come_twice_too_late_or_without_quorum_change_nothing(
    desk: Desk, office: Office, spy: Spy
) -> None:
    member_id = await office.admit()
    waits, taken_back, last = [UUID((await desk.apply(member_id, "500.00")).json()["id"]) for _ in range(3)]
    await desk.post(f"/v1/loans/{taken_back}/withdraw", {}, office.of(member_id))
    await say(spy, counted(waits, "no_quorum"))
    await say(spy, counted(taken_back, "accepted"))
    await say(spy, counted(uuid4(), "accepted"))
    first = counted(last, "accepted")
    event_id = await spy.publish(first, subject=first.proposal_id)
    await spy.publish(first, subject=first.proposal_id, event_id=event_id)
    await say(spy, counted(last, "rejected"))
    await eventually(lambda: status(desk, last), lambda found: found == "approved")
    end = UUID((await desk.apply(member_id, "200.00")).json()["id"])
    await say(spy, counted(end, "accepted"))
    await eventually(lambda: status(desk, end), lambda found: found == "approved")
    assert (await status(desk, waits), await status(desk, taken_back)) == ("applied", "withdrawn")
    assert [fact["kind"] for fact in (await desk.loan(str(last)))["facts"]] == ["approved"]


async def test_an_assembly_lends_and_a_withdrawn_application_ends_its_vote(desk: Desk, assembly: Assembly) -> None:
    async def proposals(loan_id: str) -> list[dict[str, Any]]:
        answer = await desk.client.get("/v1/proposals", params={"matter_id": loan_id}, headers=desk.coordinator)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    ana = assembly.members["ana"]
    wanted, unwanted = [(await desk.apply(ana, "800.00")).json()["id"] for _ in range(2)]
    proposal = (await eventually(lambda: proposals(wanted)))[0]
    chosen = "consent" if proposal["method"] == "consent" else "yes"
    await assembly.votes(proposal["id"], bea=chosen, carla=chosen, dora=chosen)
    assert (await assembly.result(proposal["id"]))["outcome"] == "accepted"
    await eventually(lambda: status(desk, UUID(wanted)), lambda found: found == "approved")

    other = (await eventually(lambda: proposals(unwanted)))[0]
    await desk.post(f"/v1/loans/{unwanted}/withdraw", {}, assembly.acting("ana"))
    await eventually(lambda: assembly.state(other["id"]), lambda found: found == "cancelled")
