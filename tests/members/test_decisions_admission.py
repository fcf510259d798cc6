"""From an application to a member by a vote, with two replicas of the service on one database."""

from uuid import UUID

from contracts.members import DecisionTaken, MemberAdmitted
from kit.testing.databases import Databases
from kit.testing.pieces import Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.assembly import Assembly, wrong
from tests.members.conftest import Office


async def test_who_applies_is_admitted_by_the_members_vote(
    spy: Spy, databases: Databases, running: Runner, tokens: Tokens
) -> None:
    async with databases.fresh("members") as url:
        async with running("members", database_url=url) as earlier:
            founders = Assembly(Office(earlier, tokens))
            await founders.join("ana", "bea", "carla")
        async with (
            running("members", database_url=url, admission="vote", vote_quorum=60) as one,
            running("members", database_url=url, admission="vote", vote_quorum=60) as other,
        ):
            here, there = (Assembly(Office(piece, tokens), founders.members) for piece in (one, other))
            applicant = UUID((await here.office.apply(name="Casa eva")).json()["id"])

            async def proposals() -> list[str]:
                query = {"matter_id": str(applicant)}
                found = await there.piece.client.get("/v1/proposals", params=query, headers=there.acting("ana"))
                return [item["id"] for item in found.json()["items"]]

            proposal_id = (await eventually(proposals, seconds=20))[0]
            assert len(await proposals()) == 1
            admit = await here.piece.client.post(f"/v1/members/{applicant}/admit", headers=here.office.coordinator)
            assert admit.status_code == 409, admit.text
            await here.votes(proposal_id, ana="yes")
            await there.votes(proposal_id, bea="yes")
            stranger = Assembly(here.office, {"eva": applicant})
            assert wrong(await stranger.vote(proposal_id, "eva", "yes"))[1] == "not-on-the-roll"
            await here.close(proposal_id)
            result = (await there.get(proposal_id, "result", "carla")).json()
            assert (result["outcome"], result["present"], result["quorum_needed"]) == ("accepted", 2, 2)

            async def status() -> str:
                found = await there.piece.client.get(f"/v1/members/{applicant}", headers=there.office.coordinator)
                return str(found.json()["status"])

            assert await eventually(status, lambda found: found == "active", seconds=20)
            await spy.next(MemberAdmitted, applicant)
            assert len(spy.seen(DecisionTaken)) == 1
            assert await here.state(proposal_id) == "counted"
