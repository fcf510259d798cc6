"""A practice that is withheld from a member is shown and told nowhere, whatever is claimed."""

import asyncio
from collections.abc import Collection
from uuid import UUID, uuid4

from catalog.products import service
from contracts.catalog import ProductPublished
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, admit, create, product, rows


async def withhold(piece: Piece, member_id: UUID, practices: Collection[str]) -> None:
    async with piece.database.transaction() as work:
        await service.withhold(work, member_id, practices)


async def test_what_is_withheld_leaves_lists_searches_and_events_at_once_and_comes_back(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    claimed = ["agroecological", "organic"]
    made = await create(piece, farmer, product("Jitomate", practices=claimed), publish=True)
    other = await create(piece, farmer, product("Jabón", practices=["artisanal"]), publish=True)
    address = f"/v1/products/{made['id']}"

    await withhold(piece, admitted, {"organic"})
    event = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    assert (event.data.practices, event.version) == (["agroecological"], made["version"] + 1)
    assert (await piece.client.get(address)).json()["practices"] == ["agroecological"]
    for query in ("practice=organic", "q=organico"):
        assert (await piece.client.get(f"/v1/products?{query}")).json()["items"] == []
    own = (await piece.client.get(address, headers=farmer)).json()
    assert (own["practices"], own["withheld_practices"]) == (claimed, ["organic"])
    assert (await piece.client.get(f"/v1/products/{other['id']}", headers=farmer)).json() == other

    # What its owner changes or lists meanwhile is shown without it, too.
    change = {"practices": ["organic", "native_seed"]}
    changed = await piece.client.patch(address, json=change, headers={**farmer, "if-match": "*"})
    assert changed.json()["withheld_practices"] == ["organic"]
    later = await create(piece, farmer, product("Nopal", practices=["organic"]), publish=True)
    assert (await spy.next(ProductPublished, UUID(later["id"]))).data.practices == []

    await withhold(piece, admitted, ())
    back = await spy.next(ProductPublished, UUID(made["id"]), count=4)
    assert back.data.practices == ["organic", "native_seed"]
    assert len((await piece.client.get("/v1/products?practice=organic")).json()["items"]) == 2
    versions = await rows(piece, "SELECT version FROM products ORDER BY name")
    await withhold(piece, admitted, ())
    assert await rows(piece, "SELECT version FROM products ORDER BY name") == versions


async def test_one_members_lapse_is_no_others(piece: Piece, spy: Spy, coordinator: Headers, admitted: UUID) -> None:
    neighbour = uuid4()
    await admit(spy, piece, neighbour, "Panadería Luna")
    for owner in (admitted, neighbour):
        body = product("Pan", practices=["organic"], member_id=str(owner))
        await create(piece, coordinator, body, publish=True)
    await withhold(piece, admitted, {"organic"})

    [left] = (await piece.client.get("/v1/products?practice=organic")).json()["items"]
    assert left["member_id"] == str(neighbour)


async def test_a_product_that_is_made_while_something_is_withheld_does_not_slip_through(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    held = asyncio.Event()

    async def lapse() -> None:
        async with piece.database.transaction() as work:
            await service.withhold(work, admitted, {"organic"})
            held.set()
            await asyncio.sleep(0.2)

    async def make() -> None:
        await held.wait()
        await create(piece, farmer, product("Jitomate", practices=["organic"]), publish=True)

    await asyncio.gather(lapse(), make())
    assert (await piece.client.get("/v1/products?practice=organic")).json()["items"] == []
