"""Members who let others vote for them, and members who bring proposals themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.assembly import Assembly, at, wrong
from tests.members.conftest import Office


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", vote_delegation=True, vote_signatures=2) as members:
        yield members


async def counts(assembly: Assembly, proposal_id: str) -> tuple[dict[str, int], dict[str, Any]]:
    result = await assembly.result(proposal_id)
    return {c["option"]: c["votes"] for c in result["counts"] if c["votes"]}, result


async def test_a_delegate_votes_for_those_who_do_not_vote_themselves(assembly: Assembly) -> None:
    proposal_id, other = await assembly.propose(), await assembly.propose()
    assert (await assembly.delegate("ana", "bea")).status_code == 200
    assert (await assembly.delegate("bea", "carla", proposal_id)).status_code == 200
    assert (await assembly.delegate("dora", "carla", proposal_id)).status_code == 200
    await assembly.votes(proposal_id, carla="no", dora="yes")
    await assembly.votes(other, carla="no")
    found, result = await counts(assembly, proposal_id)
    assert found == {"no": 3, "yes": 1}
    assert (result["voted"], result["represented"], result["present"], result["longest_chain"]) == (2, 2, 4, 2)
    found, result = await counts(assembly, other)
    assert (found, result["represented"], result["lost"]) == ({"no": 1}, 0, 1)
    assert (await assembly.get(proposal_id, "recount", "ana")).json()["same"]


async def test_a_delegation_holds_until_it_is_taken_back(assembly: Assembly) -> None:
    address = f"/v1/members/{assembly.members['ana']}/delegation"
    mine = assembly.acting("ana")
    client = assembly.piece.client
    assert wrong(await client.get(address, headers=mine)) == (404, "delegation-unknown", None)
    proposal_id = await assembly.propose()
    await assembly.delegate("ana", "bea")
    await assembly.delegate("ana", "carla", proposal_id)
    assert (await client.get(address, headers=mine)).json()["delegate_id"] == str(assembly.members["bea"])
    particular = f"/v1/proposals/{proposal_id}/delegations/{assembly.members['ana']}"
    assert (await client.get(particular, headers=mine)).json()["delegate_id"] == str(assembly.members["carla"])
    assert (await client.delete(particular, headers=mine)).status_code == 204
    assert (await client.get(particular, headers=mine)).status_code == 404
    await assembly.votes(proposal_id, bea="yes", carla="no")
    assert (await counts(assembly, proposal_id))[0] == {"yes": 2, "no": 1}
    later = await assembly.propose()
    assert (await client.delete(address, headers=mine)).status_code == 204
    await assembly.votes(later, bea="yes")
    assert (await counts(assembly, later))[0] == {"yes": 1}
    assert wrong(await assembly.delegate("ana", "bea", later)) == (409, "voting-closed", None)


async def test_what_is_said_after_closing_does_not_count_and_a_recount_keeps_to_that(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    await assembly.delegate("ana", "bea")
    await assembly.votes(proposal_id, bea="yes", carla="no")
    await assembly.close(proposal_id)
    await assembly.delegate("ana", "carla")
    await assembly.delegate("dora", "carla")
    assert (await counts(assembly, proposal_id))[0] == {"yes": 2, "no": 1}
    await assembly.delegate("ana", "dora")
    assert (await assembly.get(proposal_id, "recount", "ana")).json()["same"]


async def test_what_is_wrong_with_a_delegation_is_named(assembly: Assembly) -> None:
    proposal_id, cancelled = await assembly.propose(), await assembly.propose()
    await assembly.piece.client.post(
        f"/v1/proposals/{cancelled}/cancel", json={"reason": "x"}, headers=assembly.office.coordinator
    )
    await assembly.delegate("bea", "carla")
    await assembly.delegate("carla", "ana", proposal_id)
    applicant = (await assembly.office.apply()).json()["id"]
    assembly.members |= {"stranger": uuid4(), "applicant": applicant}
    for name, to, about, expected in (
        ("ana", "ana", None, (422, "delegate-is-oneself", "/delegate_id")),
        ("carla", "bea", None, (409, "delegation-circle", "/delegate_id")),
        ("ana", "bea", proposal_id, (409, "delegation-circle", "/delegate_id")),
        ("ana", "stranger", None, (422, "delegate-has-no-vote", "/delegate_id")),
        ("ana", "applicant", proposal_id, (422, "delegate-has-no-vote", "/delegate_id")),
        ("ana", "dora", cancelled, (409, "proposal-cancelled", None)),
        ("ana", "dora", str(uuid4()), (404, "proposal-unknown", None)),
    ):
        assert wrong(await assembly.delegate(name, to, about)) == expected
    others = f"/v1/members/{assembly.members['ana']}/delegation"
    body = {"delegate_id": str(assembly.members["dora"])}
    for headers in (assembly.acting("bea"), assembly.office.treasurer):
        assert wrong(await assembly.piece.client.put(others, json=body, headers=headers))[0] == 404


async def test_two_who_delegate_to_each_other_at_once_do_not_make_a_circle(assembly: Assembly) -> None:
    answers = await asyncio.gather(assembly.delegate("ana", "bea"), assembly.delegate("bea", "ana"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_circle_over_two_scopes_counts_for_nobody_unless_one_of_it_votes(assembly: Assembly) -> None:
    dead, alive = await assembly.propose(), await assembly.propose()
    for proposal_id in (dead, alive):
        await assembly.delegate("bea", "ana", proposal_id)
    await assembly.delegate("ana", "bea")
    await assembly.votes(dead, carla="no")
    await assembly.votes(alive, ana="yes")
    found, result = await counts(assembly, dead)
    assert (found, result["lost"]) == ({"no": 1}, 2)
    assert (await counts(assembly, alive))[0] == {"yes": 2}


async def test_where_the_network_does_not_allow_it_everybody_votes_for_itself(
    running: Runner, spy: Spy, tokens: Tokens
) -> None:
    async with running("members") as piece:
        assembly = Assembly(Office(piece, tokens))
        await assembly.join("ana", "bea")
        proposal_id = await assembly.propose()
        for about in (None, proposal_id):
            assert wrong(await assembly.delegate("ana", "bea", about)) == (409, "delegation-not-allowed", None)


async def test_members_bring_a_proposal_by_their_signatures(assembly: Assembly) -> None:
    ana, bea = str(assembly.members["ana"]), str(assembly.members["bea"])
    drafted = await assembly.draft(headers=assembly.acting("ana"), proposed_by=ana, closes_at=at(days=3))
    assert (drafted.status_code, drafted.json()["state"], drafted.json()["signatures"]) == (201, "draft", 1)
    assert drafted.json()["proposer"] == "Casa ana"
    proposal_id = drafted.json()["id"]
    assert (await assembly.get(proposal_id, name="dora")).json()["state"] == "draft"
    sign, address = assembly.piece.client.post, f"/v1/proposals/{proposal_id}/signatures"
    again = await sign(address, json={"member_id": ana}, headers=assembly.acting("ana"))
    assert (again.json()["state"], again.json()["signatures"]) == ("draft", 1)
    foreign = await sign(address, json={"member_id": ana}, headers=assembly.acting("bea"))
    assert wrong(foreign) == (422, "not-your-member", "/member_id")
    tag = again.headers["etag"]
    change = {"title": "Other words", "method": "majority", "closes_at": at(days=3)}
    headers = {**assembly.office.coordinator, "if-match": tag}
    refused = await assembly.piece.client.put(f"/v1/proposals/{proposal_id}", json=change, headers=headers)
    assert wrong(refused) == (409, "signed-already", None)
    signed = await sign(address, json={"member_id": bea}, headers=assembly.acting("bea"))
    assert (signed.json()["state"], signed.json()["signatures"]) == ("open", 2)
    late = await sign(address, json={"member_id": bea}, headers=assembly.acting("bea"))
    assert wrong(late) == (409, "announced-already", None)
    await assembly.votes(proposal_id, ana="yes")


async def test_what_members_may_not_bring(assembly: Assembly) -> None:
    ana, mine = str(assembly.members["ana"]), assembly.acting("ana")
    for change, expected in (
        ({}, (422, "not-your-member", "/proposed_by")),
        ({"proposed_by": str(assembly.members["bea"])}, (422, "not-your-member", "/proposed_by")),
        ({"proposed_by": ana, "matter": "loan", "matter_id": str(uuid4())}, (422, "matter-not-yours", "/matter")),
    ):
        assert wrong(await assembly.draft(headers=mine, **change)) == expected
    await assembly.piece.client.post(f"/v1/members/{ana}/suspend", headers=assembly.office.coordinator)
    assert wrong(await assembly.draft(headers=mine, proposed_by=ana)) == (409, "wrong-standing", None)
    coordinators = (await assembly.draft()).json()["id"]
    signed = await assembly.piece.client.post(
        f"/v1/proposals/{coordinators}/signatures", json={"member_id": ana}, headers=mine
    )
    assert wrong(signed)[0] == 404


async def test_a_member_takes_its_own_draft_back(assembly: Assembly) -> None:
    ana = str(assembly.members["ana"])
    proposal_id = (await assembly.draft(headers=assembly.acting("ana"), proposed_by=ana)).json()["id"]
    address, body = f"/v1/proposals/{proposal_id}/cancel", {"reason": "A better idea"}
    assert (await assembly.piece.client.post(address, json=body, headers=assembly.acting("bea"))).status_code == 403
    answer = await assembly.piece.client.post(address, json=body, headers=assembly.acting("ana"))
    assert answer.json()["state"] == "cancelled"
