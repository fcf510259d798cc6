"""The piece as a whole: its tables, its documents, its lists."""

import ast
import asyncio
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po

from contracts.catalog import ProductWithdrawn
from kit.ids import new_id
from kit.migrations import upgrade
from kit.testing.databases import Databases, differences
from kit.testing.pieces import eventually
from orders import tables
from orders.cycles.schemas import OfferPage
from orders.ordering.wording import ALLOCATIONS, BARE, REASONS
from orders.pickup.lists import COLUMNS
from orders.settlement.events import TEXTS
from tests.orders.shop import Shop, variant


async def test_migrations_make_the_tables_that_the_models_describe(databases: Databases) -> None:
    url = await databases.empty()
    await asyncio.to_thread(upgrade, "orders", url)
    assert await differences(url, tables.METADATA) == []


async def test_offers_are_as_documented_and_cost_one_query_however_many(shop: Shop) -> None:
    producer = new_id()
    await shop.product(producer, [variant() for _ in range(3)])
    cycle = await shop.cycle([producer], offers=3)
    with shop.piece.counted_queries() as statements:
        answer = await shop.client.get(f"/v1/cycles/{cycle.id}/offers")
    assert len(statements) == 1
    OfferPage.model_validate_json(answer.content)
    etag = answer.headers["etag"]
    again = await shop.client.get(f"/v1/cycles/{cycle.id}/offers", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_offers_are_paged_without_losing_or_repeating_one(shop: Shop) -> None:
    producer = new_id()
    await shop.product(producer, [variant(name=f"{index} kg") for index in range(5)])
    cycle = await shop.cycle([producer], offers=5)
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = await shop.get(f"/v1/cycles/{cycle.id}/offers", limit=2, **after)
        seen += [item["variant_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == len(set(seen)) == 5


async def test_a_withdrawn_variant_leaves_the_open_cycles(shop: Shop) -> None:
    producer, kilo = new_id(), variant()
    product = await shop.product(producer, [kilo])
    cycle = await shop.cycle([producer], offers=1)
    gone = ProductWithdrawn.model_validate(product.model_dump())
    await shop.spy.publish(gone, subject=product.product_id, version=2)
    await eventually(lambda: shop.offers(cycle.id), lambda found: found == [])


def test_every_text_that_is_put_together_has_its_spanish() -> None:
    with (files("orders") / "locales" / "es.po").open("rb") as stream:
        spanish = {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}
    said = {*REASONS.values(), *BARE.values(), *ALLOCATIONS.values(), *TEXTS.values(), *COLUMNS.values()} - {
        "{reference}"
    }
    for node in ast.walk(ast.parse((Path(str(files("orders"))) / "pickup" / "pdf.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
            said |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    assert said - spanish.keys() == set()
    for text in said:
        assert _placeholders(text) == _placeholders(spanish[text])


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
