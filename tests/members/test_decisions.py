"""Proposals from draft to minutes, over the API."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import DecisionTaken
from kit.jobs import run_once
from kit.testing.spy import Spy
from members.decisions import jobs
from tests.members.assembly import Assembly, at, wrong
from tests.members.conftest import Office

OPTIONS = [{"key": key, "text": key.capitalize()} for key in ("mill", "press", "oven")]


async def test_from_draft_to_decision(assembly: Assembly, spy: Spy) -> None:
    opens, closes = at(days=1), at(days=8)
    drafted = await assembly.draft(opens_at=opens, closes_at=closes, quorum={"percent": 50})
    proposal = drafted.json()
    assert (drafted.status_code, proposal["state"]) == (201, "draft")
    at_once = await assembly.propose()
    assert (await assembly.get(at_once)).json()["entitled"] == 4
    assert drafted.headers["location"] == f"/v1/proposals/{proposal['id']}"
    assert (await assembly.get(proposal["id"], name="ana")).status_code == 404
    announced = (await assembly.announce(proposal["id"])).json()
    assert (announced["state"], announced["zone"]) == ("announced", "America/Mexico_City")
    assert announced["closes_at"].endswith("-06:00")
    assert datetime.fromisoformat(announced["closes_at"]) == datetime.fromisoformat(closes)
    await assembly.open(proposal["id"])
    await assembly.votes(proposal["id"], ana="yes", bea="no", carla="yes")
    await assembly.votes(proposal["id"], bea="yes")
    seen = (await assembly.get(proposal["id"], name="dora")).json()
    assert (seen["state"], seen["entitled"], seen["voted"], seen["outcome"]) == ("open", 4, 3, None)
    result = await assembly.result(proposal["id"])
    assert (result["outcome"], result["chosen"], result["tied"]) == ("accepted", ["yes"], [])
    assert (result["entitled"], result["voted"], result["present"], result["quorum_needed"]) == (4, 3, 3, 2)
    assert result["because"] == "Aceptada: 3 a favor, 0 en contra; se necesitaban al menos 1 a favor."
    assert [(c["option"], c["text"], c["votes"]) for c in result["counts"]] == [
        ("yes", "Sí", 3),
        ("no", "No", 0),
        ("abstain", "Me abstengo", 0),
    ]
    event = await spy.next(DecisionTaken, UUID(proposal["id"]))
    assert (event.data.outcome, event.data.voted, event.data.matter) == ("accepted", 3, None)
    assert (await assembly.get(proposal["id"])).json()["outcome"] == "accepted"


async def test_who_joins_later_has_no_vote_and_who_leaves_keeps_it(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    await assembly.votes(proposal_id, ana="yes")
    await assembly.join("eva")
    assert wrong(await assembly.vote(proposal_id, "eva", "no")) == (403, "not-on-the-roll", None)
    for step, name in (("leave", "bea"), ("exclude", "carla")):
        address = f"/v1/members/{assembly.members[name]}/{step}"
        assert (await assembly.piece.client.post(address, headers=assembly.office.coordinator)).status_code == 200
    await assembly.votes(proposal_id, bea="no")
    assert (await assembly.result(proposal_id))["entitled"] == 4


async def test_only_kinds_that_are_named_vote_and_weigh_what_the_network_says(
    running: Any, spy: Spy, tokens: Any
) -> None:
    async with running("members", vote_weights={"cooperative": 3}) as piece:
        assembly = Assembly(Office(piece, tokens))
        await assembly.join("ana", "bea", "carla")
        await assembly.join("coop", kind="cooperative")
        await assembly.join("shop", kind="trader")
        proposal_id = await assembly.propose(kinds=["household", "cooperative"], majority="absolute")
        assert wrong(await assembly.vote(proposal_id, "shop", "no"))[1] == "not-on-the-roll"
        await assembly.votes(proposal_id, coop="yes", ana="yes", bea="no")
        result = await assembly.result(proposal_id)
        assert (result["entitled"], result["entitled_weight"], result["threshold"]) == (4, 6, 4)
        assert (result["outcome"], result["weight_cast"]) == ("accepted", 5)
        assert [(c["votes"], c["weight"]) for c in result["counts"]] == [(2, 4), (1, 1), (0, 0)]
        roll = (await assembly.get(proposal_id, "roll")).json()["items"]
        assert {(line["name"], line["weight"], line["voted"]) for line in roll} == {
            ("Casa ana", 1, True),
            ("Casa bea", 1, True),
            ("Casa carla", 1, False),
            ("Casa coop", 3, True),
        }
        assert (await assembly.get(proposal_id, "roll", "ana")).status_code == 403


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"closes_at": at(days=-1)}, "/closes_at"),
        ({"opens_at": at(days=8)}, "/closes_at"),
        ({"closes_at": at(days=1)[:19]}, "/closes_at"),
        ({"closes_at": at(days=400)}, "/closes_at"),
        ({"quorum": {"percent": 0}}, "/quorum/percent"),
        ({"quorum": {"percent": 101}}, "/quorum/percent"),
        ({"quorum": {"number": 0}}, "/quorum/number"),
        ({"quorum": {"percent": 20, "number": 3}}, "/quorum"),
        ({"method": "lottery"}, "/method"),
        ({"majority": "most"}, "/majority"),
        ({"method": "consent", "majority": "simple"}, "/majority"),
        ({"ballot": "shouted"}, "/ballot"),
        ({"options": OPTIONS}, "/options"),
        ({"method": "approval", "options": OPTIONS[:1]}, "/options"),
        ({"method": "approval", "options": [*OPTIONS, OPTIONS[0]]}, "/options/3/key"),
        ({"method": "approval", "options": [{"key": "A B", "text": "x"}, OPTIONS[0]]}, "/options/0/key"),
        ({"method": "approval", "options": OPTIONS, "max_choices": 4}, "/max_choices"),
        ({"method": "approval", "options": OPTIONS, "seats": 0}, "/seats"),
        ({"kinds": []}, "/kinds"),
        ({"kinds": ["club"]}, "/kinds/0"),
        ({"matter": "initiative"}, "/matter_id"),
        ({"matter_id": str(uuid4())}, "/matter"),
        ({"matter": "gossip", "matter_id": str(uuid4())}, "/matter"),
        ({"title": "  "}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"id": "one"}, "/id"),
        ({"proposed_by": str(uuid4())}, None),
        ({"state": "open"}, "/state"),
    ],
)
async def test_what_is_wrong_with_a_proposal_is_named(
    office: Office, change: dict[str, Any], pointer: str | None
) -> None:
    answer = await Assembly(office).draft(**change)
    assert answer.status_code == (422 if pointer else 403), answer.text
    assert [error["pointer"] for error in answer.json().get("errors", [])] == ([pointer] if pointer else [])


async def test_a_vote_has_its_time(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1))
    assert wrong(await assembly.vote(proposal_id, "ana", "yes")) == (409, "voting-not-open", None)
    assert wrong(await assembly.get(proposal_id, "result", "ana")) == (409, "not-counted-yet", None)
    await assembly.open(proposal_id)
    assert (await assembly.vote(proposal_id, "ana", "yes")).status_code == 200
    assert wrong(await assembly.get(proposal_id, "result", "ana")) == (409, "not-counted-yet", None)
    await assembly.close(proposal_id)
    assert wrong(await assembly.vote(proposal_id, "bea", "no")) == (409, "voting-closed", None)
    assert (await assembly.result(proposal_id))["voted"] == 1
    assert wrong(await assembly.vote(proposal_id, "bea", "no")) == (409, "voting-closed", None)


async def test_what_is_wrong_with_a_ballot_is_named(assembly: Assembly) -> None:
    yes_or_no = await assembly.propose()
    approval = await assembly.propose(method="approval", options=OPTIONS, max_choices=2)
    consent = await assembly.propose(method="consent")
    for proposal_id, choices, more, expected in (
        (yes_or_no, ["perhaps"], {}, (422, "option-unknown", "/choices/0")),
        (yes_or_no, ["yes", "no"], {}, (422, "one-choice", "/choices")),
        (yes_or_no, [], {}, (422, "one-choice", "/choices")),
        (yes_or_no, ["yes"], {"receipt": "x"}, (422, "receipt-without-secret", "/receipt")),
        (yes_or_no, ["yes"], {"weight": 2}, (422, "invalid", "/weight")),
        (approval, ["mill", "boat"], {}, (422, "option-unknown", "/choices/1")),
        (approval, ["mill", "press", "oven"], {}, (422, "too-many-choices", "/choices")),
        (approval, ["mill", "mill"], {}, (422, "option-twice", "/choices/1")),
        (consent, ["object"], {}, (422, "reason-missing", "/reason")),
        (str(uuid4()), ["yes"], {}, (404, "proposal-unknown", None)),
    ):
        assert wrong(await assembly.vote(proposal_id, "ana", *choices, **more)) == expected
    assert await assembly.rows("SELECT 1 FROM ballots") == []


async def test_nobody_else_casts_or_sees_a_members_ballot(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    await assembly.votes(proposal_id, ana="yes")
    assert wrong(await assembly.vote(proposal_id, "ana", "no", by="bea")) == (404, "ballot-unknown", None)
    address = f"/v1/proposals/{proposal_id}/ballots/{assembly.members['ana']}"
    for headers in (assembly.acting("bea"), assembly.office.coordinator, assembly.office.tokens.actor(roles=["admin"])):
        assert wrong(await assembly.piece.client.get(address, headers=headers)) == (404, "ballot-unknown", None)
        put = await assembly.piece.client.put(address, json={"choices": ["no"]}, headers=headers)
        assert wrong(put) == (404, "ballot-unknown", None)
    assert (await assembly.piece.client.put(address, json={"choices": ["no"]})).status_code == 401
    assert wrong(await assembly.get(proposal_id, f"ballots/{assembly.members['bea']}", "bea"))[0] == 404


async def test_every_open_ballot_is_kept_and_the_latest_counts(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    for choice in ("yes", "no", "no", "abstain"):
        await assembly.votes(proposal_id, ana=choice)
    mine = (await assembly.get(proposal_id, f"ballots/{assembly.members['ana']}", "ana")).json()
    assert [ballot["choices"] for ballot in mine] == [["abstain"], ["no"], ["yes"]]
    result = await assembly.result(proposal_id)
    assert [c["votes"] for c in result["counts"]] == [0, 0, 1]
    ballots = (await assembly.get(proposal_id, "ballots", "bea")).json()["items"]
    assert [(b["name"], b["choices"], b["receipt_hash"]) for b in ballots] == [("Casa ana", ["abstain"], None)]


async def test_a_recount_finds_the_same_and_a_forged_result_does_not_survive_it(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(method="approval", options=OPTIONS, seats=2)
    await assembly.votes(proposal_id, ana="mill press", bea="mill oven", carla="")
    result = await assembly.result(proposal_id)
    assert (result["chosen"], sorted(result["tied"]), result["outcome"]) == (["mill"], ["oven", "press"], "accepted")
    again = (await assembly.get(proposal_id, "recount", "dora")).json()
    assert again["same"]
    assert again["recount"] == again["result"] == result
    await assembly.move(proposal_id, "result = jsonb_set(result, '{chosen}', '[\"oven\"]')")
    assert not (await assembly.get(proposal_id, "recount", "dora")).json()["same"]


async def test_a_tie_is_said_and_a_run_off_decides_it(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(method="approval", options=OPTIONS, max_choices=2, seats=2, ballot="secret")
    await assembly.votes(proposal_id, ana="mill press", bea="mill oven")
    result = await assembly.result(proposal_id)
    assert result["because"] == "Elegidas: Mill. Las siguientes empataron: Press, Oven; decide una segunda vuelta."
    address = f"/v1/proposals/{proposal_id}/run-off"
    body = {"closes_at": at(days=2)}
    again = await assembly.piece.client.post(address, json=body, headers=assembly.office.coordinator)
    assert again.status_code == 201, again.text
    proposal = again.json()
    assert (proposal["seats"], [option["key"] for option in proposal["options"]]) == (1, ["press", "oven"])
    assert (proposal["ballot"], proposal["state"], proposal["max_choices"]) == ("secret", "draft", 2)
    clear = await assembly.propose()
    await assembly.result(clear)
    refused = await assembly.piece.client.post(
        f"/v1/proposals/{clear}/run-off", json=body, headers=assembly.office.coordinator
    )
    assert wrong(refused) == (409, "no-tie", None)


async def test_a_proposal_changes_until_it_opens_and_not_after(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1))
    tag = (await assembly.get(proposal_id)).headers["etag"]
    address = f"/v1/proposals/{proposal_id}"
    body = {"title": "Buy a press", "method": "consent", "opens_at": at(days=1), "closes_at": at(days=5)}
    coordinator = assembly.office.coordinator
    put = assembly.piece.client.put
    assert wrong(await put(address, json=body, headers=coordinator))[:2] == (428, "if-match-missing")
    assert wrong(await put(address, json=body, headers={**coordinator, "if-match": '"77"'}))[0] == 412
    changed = await put(address, json=body, headers={**coordinator, "if-match": tag})
    assert (changed.status_code, changed.json()["title"], changed.json()["method"]) == (200, "Buy a press", "consent")
    assert (await put(address, json=body, headers={**assembly.acting("ana"), "if-match": "*"})).status_code == 403
    await assembly.open(proposal_id)
    late = await put(address, json=body, headers={**coordinator, "if-match": "*"})
    assert wrong(late) == (409, "opened-already", None)
    assert wrong(await assembly.announce(proposal_id)) == (409, "announced-already", None)


async def test_a_proposal_is_cancelled_with_a_reason_until_it_closes(assembly: Assembly, spy: Spy) -> None:
    proposal_id = await assembly.propose()
    await assembly.votes(proposal_id, ana="yes")
    address, coordinator = f"/v1/proposals/{proposal_id}/cancel", assembly.office.coordinator
    post = assembly.piece.client.post
    for reason in ("", "  "):
        assert wrong(await post(address, json={"reason": reason}, headers=coordinator))[2] == "/reason"
    assert (await post(address, json={"reason": "No"}, headers=assembly.acting("ana"))).status_code == 403
    cancelled = await post(address, json={"reason": "The seller withdrew"}, headers=coordinator)
    assert (cancelled.json()["state"], cancelled.json()["cancelled_because"]) == ("cancelled", "The seller withdrew")
    assert wrong(await assembly.vote(proposal_id, "bea", "no")) == (409, "proposal-cancelled", None)
    assert wrong(await post(address, json={"reason": "Again"}, headers=coordinator)) == (409, "closed-already", None)
    closed = await assembly.propose()
    await assembly.close(closed)
    late = await post(f"/v1/proposals/{closed}/cancel", json={"reason": "Late"}, headers=coordinator)
    assert wrong(late) == (409, "closed-already", None)


async def test_the_same_id_is_the_same_proposal(assembly: Assembly) -> None:
    mine: dict[str, Any] = {"id": str(uuid4()), "closes_at": at(days=7)}
    first, second = await assembly.draft(**mine), await assembly.draft(**mine)
    assert (second.status_code, second.json()) == (201, first.json())
    await assembly.announce(mine["id"])
    assert (await assembly.draft(**mine)).json()["state"] == "open"
    assert wrong(await assembly.draft(**mine, title="Another")) == (409, "id-taken", "/id")


async def test_an_application_is_voted_on_once_at_a_time(assembly: Assembly) -> None:
    matter: dict[str, Any] = {"matter": "loan", "matter_id": str(uuid4())}
    proposal_id = await assembly.propose(**matter)
    assert wrong(await assembly.draft(**matter)) == (409, "vote-under-way", "/matter_id")
    await assembly.result(proposal_id)
    assert (await assembly.draft(**matter)).status_code == 201
    listed = await assembly.piece.client.get(
        "/v1/proposals", params={"matter_id": matter["matter_id"]}, headers=assembly.office.coordinator
    )
    assert len(listed.json()["items"]) == 2


async def test_proposals_are_listed_by_state_page_by_page(assembly: Assembly) -> None:
    drafted = (await assembly.draft()).json()["id"]
    announced = await assembly.propose(opens_at=at(days=1))
    opened = await assembly.propose()
    closed = await assembly.propose()
    await assembly.close(closed)
    counted = await assembly.propose()
    await assembly.result(counted)

    async def listed(headers: dict[str, str], **query: Any) -> list[str]:
        found: list[str] = []
        while True:
            page = (await assembly.piece.client.get("/v1/proposals", params=query, headers=headers)).json()
            found += [item["id"] for item in page["items"]]
            if page["next"] is None:
                return found
            query["after"] = page["next"]

    coordinator = assembly.office.coordinator
    assert await listed(coordinator, limit=2) == [counted, closed, opened, announced, drafted]
    assert await listed(assembly.acting("ana"), limit=3) == [counted, closed, opened, announced]
    for state, expected in (("draft", drafted), ("announced", announced), ("open", opened), ("counted", counted)):
        assert await listed(coordinator, state=state) == [expected]
    assert (await assembly.piece.client.get("/v1/proposals")).status_code == 401
    with assembly.piece.counted_queries() as one:
        await assembly.piece.client.get("/v1/proposals", params={"limit": 1}, headers=coordinator)
    with assembly.piece.counted_queries() as all_of_them:
        await assembly.piece.client.get("/v1/proposals", headers=coordinator)
    assert len(one) == len(all_of_them) == 1


async def test_the_clock_opens_and_counts_each_once(assembly: Assembly, spy: Spy) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1))
    job = next(j for j in jobs.jobs(assembly.piece.app.state.settings))
    await run_once(assembly.piece.database, job)
    assert (await assembly.get(proposal_id)).json()["entitled"] is None
    await assembly.open(proposal_id)
    await run_once(assembly.piece.database, job)
    assert (await assembly.get(proposal_id)).json()["entitled"] == 4
    await assembly.close(proposal_id)
    for _ in range(2):
        await run_once(assembly.piece.database, job)
    assert await assembly.state(proposal_id) == "counted"
    await assembly.result(proposal_id)
    await spy.next(DecisionTaken, UUID(proposal_id))
    assert len(await assembly.rows("SELECT 1 FROM outbox WHERE subject LIKE '%decision.taken%'")) == 1


async def test_a_vote_that_nobody_looked_at_until_after_its_closing_has_the_roll_of_its_opening(
    assembly: Assembly,
) -> None:
    proposal_id = await assembly.propose(opens_at=at(days=1), quorum={"number": 1})
    await assembly.open(proposal_id)
    await assembly.join("eva")
    await assembly.close(proposal_id)
    result = await assembly.result(proposal_id)
    assert (result["entitled"], result["outcome"]) == (4, "no_quorum")
