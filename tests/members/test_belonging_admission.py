"""Who admits, taking an application back, coming back after having left, and being told of what was decided."""

from collections.abc import AsyncIterator
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.members import DecisionTaken, MemberAdmitted, MemberApplied, MemberChanged
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.conftest import PASSWORD, Office


@pytest.fixture
async def voting(spy: Spy, running: Runner, tokens: Tokens) -> AsyncIterator[Office]:
    async with running("members", currency="MXN", admission="vote") as members:
        yield Office(members, tokens)


def decision(
    matter_id: UUID | None, outcome: Literal["accepted", "rejected", "no_quorum"], **changes: Any
) -> DecisionTaken:
    return DecisionTaken.model_validate(
        {
            "proposal_id": uuid4(),
            "title": "¿Admitimos a la familia Luna?",
            "matter": "admission",
            "matter_id": matter_id,
            "outcome": outcome,
            "chosen": [],
            "entitled": 10,
            "voted": 8,
            "counts": [],
            **changes,
        }
    )


async def applicant(office: Office, **changes: Any) -> UUID:
    return UUID((await office.apply(**changes)).json()["id"])


async def post(office: Office, member_id: UUID, verb: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    address = f"/v1/members/{member_id}/{verb}"
    return await office.piece.client.post(
        address, json=body, headers=office.coordinator if headers is None else headers
    )


async def status(office: Office, member_id: UUID) -> str:
    answer = await office.piece.client.get(f"/v1/members/{member_id}", headers=office.coordinator)
    return str(answer.json()["status"])


async def letters(piece: Piece) -> list[tuple[str, str]]:
    async with piece.database.reading() as connection:
        return [(row.recipient, row.text) for row in await connection.execute(text("SELECT * FROM letters"))]


@pytest.mark.parametrize(
    ("outcome", "becomes"), [("accepted", "active"), ("rejected", "declined"), ("no_quorum", "declined")]
)
async def test_where_members_vote_their_vote_admits_or_declines_once(
    voting: Office, spy: Spy, outcome: Literal["accepted", "rejected", "no_quorum"], becomes: str
) -> None:
    member_id = await applicant(voting)
    by_hand = await post(voting, member_id, "admit")
    assert (by_hand.status_code, by_hand.json()["type"]) == (409, "urn:trama:problem:admission-by-vote")
    for _ in range(2):
        await spy.publish(decision(member_id, outcome), subject=uuid4())
    await eventually(lambda: status(voting, member_id), lambda found: found == becomes)
    later = await applicant(voting)
    await spy.publish(decision(later, "accepted"), subject=uuid4())
    await eventually(lambda: status(voting, later), lambda found: found == "active")
    history = await voting.piece.client.get(f"/v1/members/{member_id}/standing", headers=voting.coordinator)
    assert [fact["kind"] for fact in history.json()] == ["applied", "admitted" if becomes == "active" else "declined"]
    assert history.json()[1]["reason"] == "¿Admitimos a la familia Luna?"
    assert len(spy.seen(MemberAdmitted, member_id)) == (1 if becomes == "active" else 0)


async def test_a_decision_on_something_else_or_come_too_late_does_nothing(voting: Office, spy: Spy) -> None:
    waiting, gone, again, last = [await applicant(voting) for _ in range(4)]
    assert (await post(voting, gone, "withdraw")).json()["status"] == "declined"
    async with voting.piece.database.transaction() as work:
        # This one's application is newer than the decision.
        await work.execute(
            text("""
                INSERT INTO standing_facts (member_id, kind, effective_at, effective_on, recorded_at, reason, corrects)
                SELECT member_id, kind, effective_at, effective_on, now() + interval '1 hour', '', id
                FROM standing_facts WHERE member_id = :id
            """),
            {"id": again},
        )
    for late in (gone, again, uuid4(), None):
        await spy.publish(decision(late, "accepted"), subject=uuid4())
    await spy.publish(decision(waiting, "accepted", matter="loan"), subject=uuid4())
    await spy.publish(decision(waiting, "accepted", matter=None), subject=uuid4())
    await spy.publish(decision(last, "accepted"), subject=uuid4())
    await eventually(lambda: status(voting, last), lambda found: found == "active")
    assert [await status(voting, one) for one in (waiting, gone, again)] == ["applied", "declined", "applied"]


async def test_where_a_coordinator_admits_a_vote_does_not(office: Office, spy: Spy) -> None:
    member_id, other = await applicant(office), await applicant(office)
    await spy.publish(decision(member_id, "accepted"), subject=uuid4())
    assert (await post(office, other, "admit")).json()["status"] == "active"
    await spy.next(MemberAdmitted, other)
    assert await status(office, member_id) == "applied"


async def test_an_applicant_takes_the_application_back_with_the_password_chosen_for_it(
    office: Office, spy: Spy
) -> None:
    member_id, other = await applicant(office), await applicant(office)
    for headers, body in (({}, {}), ({}, {"password": "not the password"}), (office.of(other), {"password": "x" * 9})):
        refused = await post(office, member_id, "withdraw", headers, **body)
        assert refused.status_code == 404, refused.text
    answer = await post(office, member_id, "withdraw", {}, password=PASSWORD)
    assert (answer.status_code, answer.json()["status"]) == (200, "declined")
    assert (await spy.next(MemberChanged, member_id)).data.status == "declined"
    again = await post(office, member_id, "withdraw", {}, password=PASSWORD)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:wrong-standing")
    assert (await post(office, member_id, "admit")).status_code == 409


async def test_who_left_applies_again_and_keeps_id_number_and_history(office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    mine = office.of(member_id)
    number = (await office.piece.client.get(f"/v1/members/{member_id}", headers=mine)).json()["number"]
    early = await post(office, member_id, "apply", mine)
    assert (early.status_code, early.json()["type"]) == (409, "urn:trama:problem:wrong-standing")
    await post(office, member_id, "leave", mine)
    assert (await post(office, member_id, "apply", office.of(uuid4()))).status_code == 404
    answer = await post(office, member_id, "apply", mine, reason="Back in town")
    assert (answer.status_code, answer.json()["status"]) == (200, "applied")
    assert (await spy.next(MemberApplied, member_id, count=2)).data.number == number
    back = await post(office, member_id, "admit")
    assert (back.json()["status"], back.json()["number"]) == ("active", number)
    history = await office.piece.client.get(f"/v1/members/{member_id}/standing", headers=mine)
    assert [fact["kind"] for fact in history.json()] == ["applied", "admitted", "left", "applied", "admitted"]


async def test_who_applies_again_still_signs_in_to_see_what_is_theirs(office: Office) -> None:
    email = "vuelve@queretaro.example"
    member_id = await office.admit(email=email)
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    for verb in ("leave", "apply", "decline"):
        assert (await post(office, member_id, verb)).status_code == 200
        assert (await office.piece.client.post("/v1/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    ("verb", "said"),
    [("exclude", "decidió terminar"), ("suspend", "está suspendida"), ("decline", "no aceptó tu solicitud")],
)
async def test_what_is_decided_against_a_member_it_is_told_with_the_reason(
    office: Office, piece: Piece, verb: str, said: str
) -> None:
    email = "luna@queretaro.example"
    member_id = await (applicant(office, email=email) if verb == "decline" else office.admit(email=email))
    before = len(await letters(piece))
    await post(office, member_id, verb, reason="La asamblea lo acordó")
    [(recipient, words)] = (await letters(piece))[before:]
    assert recipient == email
    assert said in words
    assert "El motivo: La asamblea lo acordó" in words
