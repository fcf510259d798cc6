"""What a producer tells of itself, for everyone to read."""

import asyncio
from uuid import UUID, uuid4

from contracts.members import MemberChanged, MemberErased
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, product, rows

PAGE: Json = {
    "story": "Tres generaciones en La Griega.\n\nSembramos milpa.",
    "place": {"name": "La Griega, El Marqués", "location": {"lat": 20.66, "lon": -100.24}},
}


async def test_a_producer_writes_its_page_and_everyone_reads_it(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    address = f"/v1/producers/{admitted}"
    empty = await piece.client.get(address)
    assert (empty.json()["name"], empty.json()["story"], empty.headers["etag"]) == ("Rancho El Mezquite", "", '"0"')

    first = await piece.client.put(address, json=PAGE, headers={**farmer, "if-match": empty.headers["etag"]})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    shown = await piece.client.get(address)
    assert shown.json() == {"id": str(admitted), "name": "Rancho El Mezquite", "kind": "producer", **PAGE, "version": 1}
    assert shown.headers["cache-control"].startswith("public")

    # Somebody else who read the empty page does not write over it; the same once more changes nothing.
    stale = await piece.client.put(address, json={"story": "x"}, headers={**farmer, "if-match": '"0"'})
    assert stale.status_code == 412
    assert (await piece.client.put(address, json=PAGE, headers=farmer)).status_code == 428
    again = await piece.client.put(address, json=PAGE, headers={**farmer, "if-match": "*"})
    assert again.json()["version"] == 1


async def test_a_product_is_offered_where_its_producer_is_unless_it_says_otherwise(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await piece.client.put(f"/v1/producers/{admitted}", json=PAGE, headers={**farmer, "if-match": "*"})
    market = {"name": "Tianguis", "location": None}
    await create(piece, farmer, product("Jitomate"), publish=True)
    await create(piece, farmer, product("Nopal", place=market), publish=True)

    listed = (await piece.client.get("/v1/products")).json()["items"]
    assert [one["place"] for one in listed] == [PAGE["place"], market]


async def test_only_who_is_in_standing_is_shown_and_only_its_own_users_write(
    *, piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> None:
    address = f"/v1/producers/{admitted}"
    neighbour = {**tokens.actor(roles=["producer"], members=[uuid4()]), "if-match": "*"}
    family = uuid4()
    await admit(spy, piece, family, "Familia Luna", "household")
    assert (await piece.client.put(address, json=PAGE, headers=neighbour)).status_code == 403
    assert (await piece.client.put(address, json=PAGE)).status_code == 401
    assert (await piece.client.get(f"/v1/producers/{uuid4()}")).status_code == 404
    # A family that offers nothing is nobody's to look up; it may write a page, and is seen by it.
    assert (await piece.client.get(f"/v1/producers/{family}")).status_code == 404
    theirs = await piece.client.put(
        f"/v1/producers/{family}", json={"story": "Pan los jueves"}, headers={**coordinator, "if-match": "*"}
    )
    assert theirs.status_code == 200
    assert (await piece.client.get(f"/v1/producers/{family}")).status_code == 200

    fact = MemberChanged(member_id=admitted, kind="producer", name="Rancho El Mezquite", status="suspended")
    await spy.publish(fact, subject=admitted, version=2)

    async def status() -> int:
        return (await piece.client.get(address)).status_code

    await eventually(status, lambda seen: seen == 404)
    assert (await piece.client.get(address, headers=farmer)).status_code == 200


REFUSED: list[tuple[str, Json]] = [
    ("/story", {"story": "x" * 10_001}),
    ("/place/name", {"place": {"name": " "}}),
    ("/place/location/lon", {"place": {"name": "x", "location": {"lat": 0, "lon": 181}}}),
    ("/colour", {"colour": "red"}),
]


async def test_what_cant_be_is_refused(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    address = f"/v1/producers/{admitted}"
    for pointer, body in REFUSED:
        answer = await piece.client.put(address, json=body, headers={**farmer, "if-match": "*"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_of_two_who_write_a_page_at_once_one_is_told_to_read_it_again(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    address, fresh = f"/v1/producers/{admitted}", {**farmer, "if-match": '"0"'}
    texts = [f"Historia {number}" for number in range(6)]
    answers = await asyncio.gather(*(piece.client.put(address, json={"story": one}, headers=fresh) for one in texts))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    [kept] = [answer.json()["story"] for answer in answers if answer.status_code == 200]
    assert (await piece.client.get(address)).json()["story"] == kept


async def test_a_page_is_told_with_all_that_is_kept_and_forgotten_with_its_member(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    await piece.client.put(f"/v1/producers/{admitted}", json=PAGE, headers={**farmer, "if-match": "*"})
    told = (await piece.client.get(f"/v1/personal-data/{admitted}", headers=farmer)).json()["holdings"]
    assert told["producer_page"][0]["story"] == PAGE["story"]
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=9)

    async def left() -> int:
        return len(await rows(piece, "SELECT version FROM producer_pages"))

    await eventually(left, lambda count: count == 0)
