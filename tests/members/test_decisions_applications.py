"""Applications that are put to the vote by themselves, and the letters about votes."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import DecisionTaken, LoanApplied, MemberApplied, MemberChanged, MemberErased
from contracts.values import Money
from kit.jobs import run_once
from kit.testing.databases import Databases
from kit.testing.pieces import Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from members.decisions import jobs
from tests.members.assembly import Assembly, at
from tests.members.conftest import Office


@pytest.fixture
async def assembly(spy: Spy, databases: Databases, running: Runner, tokens: Tokens) -> AsyncIterator[Assembly]:
    """Ana, Bea, Carla and Dora, who were admitted before the network left that to a vote."""
    async with databases.fresh("members") as url:
        async with running("members", database_url=url) as earlier:
            founders = Assembly(Office(earlier, tokens))
            await founders.join("ana", "bea", "carla", "dora")
        rules: dict[str, Any] = {"vote_days": 3, "vote_quorum": 50, "vote_method": "consent", "locale": "es-MX"}
        async with running("members", database_url=url, admission="vote", loans="vote", **rules) as members:
            yield Assembly(Office(members, tokens), founders.members)


async def about(assembly: Assembly, matter_id: object, count: int = 1) -> list[dict[str, Any]]:
    """The votes about this, once there are so many."""

    async def look() -> list[dict[str, Any]]:
        query = {"matter_id": str(matter_id)}
        answer = await assembly.piece.client.get("/v1/proposals", params=query, headers=assembly.office.coordinator)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    return await eventually(look, lambda items: len(items) >= count)


async def run(assembly: Assembly, name: str) -> None:
    job = next(job for job in jobs.jobs(assembly.piece.app.state.settings) if job.name == name)
    assert await run_once(assembly.piece.database, job)


async def letters(assembly: Assembly) -> list[tuple[str, str]]:
    """Those about the mill: there are others, about members and their applications."""
    statement = "SELECT recipient, subject FROM letters WHERE subject LIKE '%Buy a mill' ORDER BY recipient"
    return [(row.recipient, row.subject) for row in await assembly.rows(statement)]


async def test_an_application_to_belong_opens_a_vote_by_the_networks_rules(assembly: Assembly, spy: Spy) -> None:
    applicant = (await assembly.office.apply(name="Casa eva")).json()["id"]
    proposal = (await about(assembly, applicant))[0]
    assert (proposal["title"], proposal["proposer"]) == ("Solicitud de ingreso", "Casa eva")
    assert (proposal["state"], proposal["method"], proposal["quorum"]["percent"]) == ("open", "consent", 50)
    assert (proposal["matter"], proposal["entitled"]) == ("admission", 4)
    stored = await assembly.rows("SELECT title, text FROM proposals")
    assert all("eva" not in row.title + row.text for row in stored)
    await assembly.votes(proposal["id"], ana="consent", bea="consent")
    assert (await assembly.result(proposal["id"]))["outcome"] == "accepted"
    event = await spy.next(DecisionTaken, UUID(proposal["id"]))
    assert (event.data.matter, event.data.matter_id, event.data.chosen) == ("admission", UUID(applicant), ["consent"])


async def test_an_application_that_is_heard_of_twice_is_voted_on_once(assembly: Assembly, spy: Spy) -> None:
    applicant = UUID((await assembly.office.apply(name="Casa fe")).json()["id"])
    await about(assembly, applicant)
    applied = MemberApplied(member_id=applicant, kind="household", name="Casa fe", status="applied")
    for version in (77, 78):
        await spy.publish(applied, subject=applicant, version=version)
    loan = LoanApplied(
        loan_id=uuid4(),
        member_id=assembly.members["ana"],
        amount=Money.model_validate({"amount": "1200.00", "currency": "MXN"}),
        purpose="A mill",
    )
    for version in (1, 2):
        await spy.publish(loan, subject=loan.loan_id, version=version)
    found = await about(assembly, loan.loan_id)
    assert (found[0]["title"], found[0]["text"]) == ("Solicitud de un préstamo de 1200.00 MXN", "A mill")
    assert (found[0]["matter"], found[0]["proposed_by"]) == ("loan", str(loan.member_id))
    assert len(await about(assembly, loan.loan_id)) == len(found) == 1
    assert len(await about(assembly, applicant)) == 1


@pytest.mark.parametrize("how", ["declined", "erased"])
async def test_a_vote_ends_with_its_application(assembly: Assembly, spy: Spy, how: str) -> None:
    applicant = (await assembly.office.apply(name="Casa eva")).json()["id"]
    proposal = (await about(assembly, applicant))[0]
    await assembly.votes(proposal["id"], ana="consent")
    if how == "declined":
        answer = await assembly.piece.client.post(
            f"/v1/members/{applicant}/decline", headers=assembly.office.coordinator
        )
        assert answer.status_code == 200, answer.text
    else:
        await spy.publish(MemberErased(member_id=UUID(applicant)), subject=UUID(applicant), version=9)

    async def state() -> str:
        return await assembly.state(proposal["id"])

    await eventually(state, lambda found: found == "cancelled")
    again = (await assembly.get(proposal["id"])).json()
    assert again["cancelled_because"] == "La solicitud ya no está en espera"


async def test_a_change_of_an_applicants_particulars_leaves_the_vote_open(assembly: Assembly, spy: Spy) -> None:
    applicant = (await assembly.office.apply(name="Casa eva")).json()["id"]
    proposal = (await about(assembly, applicant))[0]
    changed = MemberChanged(member_id=UUID(applicant), kind="household", name="Casa Eva", status="applied")
    await spy.publish(changed, subject=changed.member_id, version=50)
    other = MemberChanged(member_id=uuid4(), kind="household", name="x", status="left")
    await spy.publish(other, subject=other.member_id, version=1)
    seen = "SELECT 1 FROM latest WHERE subject = :id"
    await eventually(lambda: assembly.rows(seen, id=other.member_id))
    assert await assembly.state(proposal["id"]) == "open"


async def test_members_are_told_once_that_voting_opens_and_once_that_it_closes(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1), closes_at=at(days=9))
    await run(assembly, "decisions-letters")
    assert await letters(assembly) == []
    await assembly.open(proposal_id)
    await run(assembly, "decisions-follow")
    for _ in range(2):
        await run(assembly, "decisions-letters")
    told = await letters(assembly)
    assert [subject for _, subject in told] == ["Votación abierta: Buy a mill"] * 4
    assert len({recipient for recipient, _ in told}) == 4
    await assembly.votes(proposal_id, ana="yes", bea="no")
    await assembly.move(
        proposal_id, "closes_at = clock_timestamp() + interval '47 hours', opens_at = opens_at - interval '9 days'"
    )
    for _ in range(2):
        await run(assembly, "decisions-letters")
    reminded = [subject for _, subject in await letters(assembly) if "cierra" in subject]
    assert reminded == ["La votación cierra pronto: Buy a mill"] * 2
    texts = await assembly.rows("SELECT text FROM letters WHERE subject LIKE '%cierra%mill'")
    assert "America/Mexico_City" in texts[0].text
    names = {"Casa carla", "Casa dora"}
    assert {name for name in names for row in texts if name in row.text} == names


async def test_a_short_vote_has_no_reminder_behind_its_opening(assembly: Assembly) -> None:
    await assembly.propose(closes_at=at(hours=12))
    await run(assembly, "decisions-follow")
    await run(assembly, "decisions-letters")
    await run(assembly, "decisions-letters")
    assert len(await letters(assembly)) == 4
