"""The list that everyone reads: whole, in order, quick, and as its schema says."""

from typing import Any
from uuid import UUID, uuid4

from catalog.products.schemas import ProductOut
from catalog.products.views import Sought, listing_query
from kit.paging import Page
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, Json, admit, create, product, rows, variant


async def listed(piece: Piece, **query: Any) -> list[str]:
    answer = await piece.client.get("/v1/products", params=query)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


async def stall(piece: Piece, farmer: Headers, size: int, prefix: str = "Producto") -> None:
    lines = [f"{prefix} {place:04d},{pack},fruit,piece,10,5" for place in range(size) for pack in ("chico", "grande")]
    body = "\n".join(["product,variant,category,unit,price,on_hand", *lines])
    answer = await piece.client.post("/v1/imports?publish=true", content=body.encode(), headers=farmer)
    assert answer.json()["created"] == 2 * size, answer.text


async def test_pages_follow_each_other_without_gap_or_double_though_the_list_changes(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await stall(piece, farmer, 25)
    seen: list[str] = []
    address: str | None = "/v1/products?limit=10"
    while address is not None and len(seen) < 100:
        answer = await piece.client.get(address)
        page = answer.json()
        seen += [one["name"] for one in page["items"]]
        following = page["next"]
        assert ("link" in answer.headers) == (following is not None)
        address = f"/v1/products?limit=10&after={following}" if following else None
        await create(piece, farmer, product(f"Antes {len(seen)}"), publish=True)

    assert seen == [f"Producto {place:04d}" for place in range(25)]


async def test_the_bytes_from_the_database_are_as_the_schema_says(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    lines = [variant('Caja "grande"', "12.500", "9.90", sku="ñ\\1"), variant("A pedido", None, case_size="12.5")]
    await create(piece, farmer, product("Piña\n«miel»", *lines, practices=[]), publish=True)
    text = (await piece.client.get("/v1/products")).content
    page = Page[ProductOut].model_validate_json(text, extra="forbid")

    [one] = page.items
    assert one.name == "Piña\n«miel»"
    again = Page[ProductOut].model_validate(page.model_dump(mode="json"))
    assert again == page
    raw = (await piece.client.get("/v1/products")).json()["items"][0]
    written = one.model_dump(mode="json", exclude_unset=True)
    assert {key: written[key] for key in written if not key.endswith("_at")} == {
        key: raw[key] for key in raw if not key.endswith("_at")
    } | {"variants": written["variants"]}
    for said, is_ in zip(written["variants"], raw["variants"], strict=True):
        assert {**said, "price_from": None} == {**is_, "price_from": None}


async def test_the_number_of_queries_does_not_depend_on_the_length_of_the_list(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    costs = []
    for size in (1, 60):
        await stall(piece, farmer, size, f"Lista {size}")
        for address in ("/v1/products?limit=200", "/v1/products?q=lista&category=food&limit=200"):
            with piece.counted_queries() as statements:
                await piece.client.get(address)
            costs.append(len([sql for sql in statements if "products" in sql]))
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/products/own?limit=200", headers=farmer)
        costs.append(len([sql for sql in statements if "products" in sql]))
    # A search first asks whether anything answers, and how much.
    assert costs == [1, 2, 1] * 2


SOUGHT: list[tuple[Json, list[str]]] = [
    ({}, ["Jitomate bola", "Piña miel", "Taller de poda"]),
    ({"q": "pina"}, ["Piña miel"]),
    ({"q": "PIÑA Frutas"}, ["Piña miel"]),
    ({"q": "native seed"}, ["Jitomate bola"]),
    ({"q": "pina jitomate"}, []),
    ({"q": "100%"}, []),
    ({"q": "_"}, []),
    ({"category": "food"}, ["Jitomate bola", "Piña miel"]),
    ({"category": "fruit"}, ["Piña miel"]),
    ({"kind": "knowledge"}, ["Taller de poda"]),
    ({"practice": "native_seed"}, ["Jitomate bola"]),
    ({"producer_id": str(uuid4())}, []),
]


async def test_what_is_sought_is_found_without_minding_accents(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await create(piece, farmer, product("Taller de poda", kind="knowledge", category="workshops"), publish=True)
    await create(piece, farmer, product("Piña miel", category="fruit"), publish=True)
    await create(piece, farmer, product("Jitomate bola", practices=["native_seed"]), publish=True)

    for query, found in SOUGHT:
        assert await listed(piece, **query) == found, query


async def test_one_producers_offers(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    other = uuid4()
    await admit(spy, piece, other, "Panadería Luna")
    await create(piece, farmer, publish=True)
    await create(piece, coordinator, product("Pan", member_id=str(other)), publish=True)

    assert await listed(piece, producer_id=str(other)) == ["Pan"]


async def test_what_has_not_changed_is_not_sent_again(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await create(piece, farmer, publish=True)
    first = await piece.client.get("/v1/products")
    again = await piece.client.get("/v1/products", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    await create(piece, farmer, product("Nopal"), publish=True)
    changed = await piece.client.get("/v1/products", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_a_list_that_cant_be_asked_for_is_refused(piece: Piece) -> None:
    for query in ("after=x", "after=WzFd", "limit=0", "limit=201", "kind=idea", "producer_id=1"):
        assert (await piece.client.get(f"/v1/products?{query}")).status_code == 422, query


async def test_a_page_of_a_long_list_is_read_by_its_index(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await stall(piece, farmer, 400)
    async with piece.database.transaction() as work:
        await work.connection.exec_driver_sql("ANALYZE")
    for sought in (Sought(), Sought(category="fruit")):
        query = listing_query(sought, ("producto 0200", uuid4()), 20)
        sql = str(query.compile(dialect=piece.database.engine.dialect, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(row[0] for row in await rows(piece, f"EXPLAIN {sql.replace(':', '\\:')}"))
        assert "ix_products_listing" in plan
        # The sessions of each product are sorted, the products are not.
        assert "Sort Key: products" not in plan


async def test_a_page_is_planned_once_and_not_for_each_reader(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await stall(piece, farmer, 60)
    async with piece.database.reading() as connection:
        for _ in range(8):
            await connection.execute(listing_query(Sought(), None, 51))
            await connection.execute(listing_query(Sought(), ("producto 0010", uuid4()), 51))
        planned = await connection.exec_driver_sql(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE 'SELECT%FROM products%' AND statement NOT LIKE '%pg_prepared_statements%'"
        )
        plans = sorted((row.custom_plans, row.generic_plans) for row in planned)
    # PostgreSQL tries five times whether a plan for just these parameters were better.
    assert plans == [(0, 8), (5, 3)]
