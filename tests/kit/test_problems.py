"""Every error says which field, and what would be right, in the caller's language."""

from uuid import uuid4

import pytest

from kit.language import chosen
from kit.testing.pieces import Piece
from kit.testing.tokens import Tokens


async def test_a_bad_field_is_named_by_pointer_in_spanish_by_default(piece: Piece) -> None:
    answer = await piece.client.post("/v1/notes", json={"id": "x", "words": "", "more": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problems = {problem["pointer"]: problem["detail"] for problem in answer.json()["errors"]}
    assert set(problems) == {"/id", "/words", "/more"}
    assert problems["/more"] == "No existe este campo"


async def test_the_caller_chooses_the_language(piece: Piece) -> None:
    answer = await piece.client.post(
        "/v1/notes", json={"id": str(uuid4()), "words": "refused"}, headers={"accept-language": "en-GB,es;q=0.5"}
    )
    assert answer.json()["detail"] == "Nobody may write refused"
    assert answer.json()["title"] == "Not possible as things are"


@pytest.mark.parametrize("body", ["{", "[]", "null", '{"id": NaN}', '"\\ud800"', "\xff"])
async def test_a_body_that_is_no_object_is_a_422(piece: Piece, body: str) -> None:
    answer = await piece.client.post(
        "/v1/notes", content=body.encode("latin-1"), headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_nul_character_is_the_senders_mistake_not_ours(piece: Piece) -> None:
    answer = await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "a\0b"})
    assert answer.status_code == 422


async def test_a_body_over_the_limit_is_a_413(piece: Piece) -> None:
    answer = await piece.client.post(
        "/v1/notes", content=b" " * 1_100_000, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(piece: Piece) -> None:
    assert (await piece.client.get("/nowhere")).headers["content-type"] == "application/problem+json"
    assert (await piece.client.delete("/v1/notes")).status_code == 405


async def test_a_forged_token_is_a_401(piece: Piece, tokens: Tokens) -> None:
    good = tokens.token()
    for bad in ("x", good[:-2], Tokens("/networks/other").token(), tokens.token(exp=1)):
        answer = await piece.client.post(
            "/v1/notes", json={"id": str(uuid4()), "words": "x"}, headers={"authorization": f"Bearer {bad}"}
        )
        assert answer.status_code == 401, bad
    accepted = await piece.client.post(
        "/v1/notes", json={"id": str(uuid4()), "words": "x"}, headers={"authorization": f"Bearer {good}"}
    )
    assert accepted.status_code == 201


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "es"), ("en", "en"), ("fr, en;q=0.4, es;q=0.3", "en"), ("fr", "es"), ("en;q=0, *", "es"), ("en;q=x", "es")],
)
def test_the_best_language_there_is_is_chosen(header: str | None, language: str) -> None:
    assert chosen(header, "es") == language
