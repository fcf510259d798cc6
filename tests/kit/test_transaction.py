"""A request is one transaction: all of it is there when the answer is, or none of it."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from tests.kit.conftest import NoteWritten


async def rows(piece: Piece, table: str) -> int:
    async with piece.database.reading() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_what_was_written_is_committed_when_the_answer_comes(spy: Spy, piece: Piece) -> None:
    note = {"id": str(uuid4()), "words": "hola"}
    answer = await piece.client.post("/v1/notes", json=note)
    assert answer.status_code == 201
    assert await rows(piece, "notes") == 1
    assert (await spy.next(NoteWritten)).data.words == "hola"


async def test_a_refused_request_leaves_neither_row_nor_event(spy: Spy, piece: Piece) -> None:
    answer = await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "refused"})
    assert answer.status_code == 409
    assert await rows(piece, "notes") == 0
    assert await rows(piece, "outbox") == 0


async def test_the_same_key_and_body_is_answered_the_same_and_done_once(piece: Piece) -> None:
    note, key = {"id": str(uuid4()), "words": "once"}, {"idempotency-key": "k1"}
    first = await piece.client.post("/v1/notes", json=note, headers=key)
    second = await piece.client.post("/v1/notes", json=note, headers=key)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert await rows(piece, "notes") == 1


async def test_the_same_key_with_another_body_is_refused(piece: Piece) -> None:
    key = {"idempotency-key": "k1"}
    await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "one"}, headers=key)
    other = await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "two"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:trama:problem:idempotency-key-reused"


async def test_the_same_key_sent_many_times_at_once_is_done_once(piece: Piece) -> None:
    note, key = {"id": str(uuid4()), "words": "race"}, {"idempotency-key": "k1"}
    answers = await asyncio.gather(*(piece.client.post("/v1/notes", json=note, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert await rows(piece, "notes") == 1


async def test_a_failed_request_may_be_tried_again_with_its_key(piece: Piece) -> None:
    key = {"idempotency-key": "k1"}
    refused = {"id": str(uuid4()), "words": "refused"}
    assert (await piece.client.post("/v1/notes", json=refused, headers=key)).status_code == 409
    again = await piece.client.post("/v1/notes", json={**refused, "words": "fine"}, headers=key)
    assert again.status_code == 201
