"""What nobody waits for any more is not finished."""

import asyncio
import time
from uuid import uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from tests.kit.test_transaction import rows


def until(seconds: float) -> dict[str, str]:
    return {"x-trama-deadline": f"{time.time() + seconds:.3f}"}


async def test_a_request_that_waits_past_its_deadline_changes_nothing_and_can_be_repeated(piece: Piece) -> None:
    note = {"id": str(uuid4()), "words": "late"}
    async with piece.database.transaction() as work:
        await work.execute(text("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE"))
        started = time.monotonic()
        late = await asyncio.wait_for(
            piece.client.post("/v1/notes", json=note, headers=until(0.3) | {"idempotency-key": "k1"}), 10
        )
        waited = time.monotonic() - started
    assert (late.status_code, late.json()["type"]) == (503, "urn:trama:problem:too-late")
    assert waited < 5
    assert await rows(piece, "notes") == 0
    again = await piece.client.post("/v1/notes", json=note, headers=until(30) | {"idempotency-key": "k1"})
    assert (again.status_code, await rows(piece, "notes")) == (201, 1)


async def test_what_is_asked_for_after_its_deadline_is_not_begun(piece: Piece) -> None:
    answer = await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "gone"}, headers=until(-1))
    assert (answer.status_code, await rows(piece, "notes")) == (503, 0)


@pytest.mark.parametrize("said", ["", "soon", "nan", "inf", "-inf"])
async def test_a_deadline_that_is_none_is_as_if_it_were_not_there(piece: Piece, said: str) -> None:
    note = {"id": str(uuid4()), "words": said or "empty"}
    assert (await piece.client.post("/v1/notes", json=note, headers={"x-trama-deadline": said})).status_code == 201
