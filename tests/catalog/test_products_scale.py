"""With 10,000 products every kind of list is read from an index, by few rows; counting is one scan, and bounded."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.products import views
from catalog.products.rules.searching import Asked
from catalog.products.views import Sought
from kit.database import Database
from kit.migrations import upgrade
from kit.testing.databases import Databases

FILL = (
    """
    INSERT INTO producers (member_id, name, folded_name, kind, status)
    SELECT md5('member' || n)::uuid, 'Rancho ' || n, 'rancho ' || n, 'producer', 'active'
    FROM generate_series(0, 199) AS n
    """,
    """
    INSERT INTO products (id, member_id, kind, name, description, category, practices, shown_practices, status, version,
        sort_name, document, head, season, next_season, lowest_price, units, contains, may_contain, created_at, changed_at)
    SELECT md5('product' || n)::uuid, md5('member' || n % 200)::uuid,
        CASE WHEN n % 50 = 0 THEN 'service' ELSE 'good' END, 'Producto ' || n, repeat('palabras ', 20),
        (ARRAY['tomatoes', 'beans', 'milk', CASE n % 1000 WHEN 3 THEN 'mushrooms' ELSE 'bread' END, 'jam'])[1 + n % 5], '{organic}',
        CASE WHEN n % 400 = 0 THEN ARRAY['native_seed'] WHEN n % 2 = 0 THEN ARRAY['organic'] ELSE '{}' END,
        'published', 1, 'producto ' || lpad(n::text, 7, '0'),
        CAST('''producto'':1A ''nombre' || n % (SIZE / 20) || ''':1A ''palabras'':4D' AS tsvector),
        CAST('''producto'':1A ''nombre' || n % (SIZE / 20) || ''':1A' AS tsvector),
        CASE WHEN n % 100 = 0 THEN 'later' WHEN n % 10 = 0 THEN 'now' ELSE 'all_year' END,
        CASE WHEN n % 200 = 0 THEN DATE '2026-11-10' WHEN n % 100 = 0 THEN DATE '2027-05-01' END,
        10 + n % 1000, '{KGM}', CASE WHEN n % 3 = 0 THEN CAST('{milk}' AS text[]) WHEN n % 3 = 1 THEN '{}' END,
        CASE WHEN n % 3 < 2 THEN CAST('{}' AS text[]) END, now(), now()
    FROM generate_series(1, SIZE) AS n
    """,
    """
    INSERT INTO variants (id, product_id, member_id, position, name, unit, price, currency, price_from, case_size, step,
        minimum, variable_weight, credit_share, retired)
    SELECT md5(kind || id)::uuid, id, member_id, 0, kind, 'KGM', 25.00, 'MXN', now(), 1, 1, 1, false, 0, false
    FROM (SELECT id, member_id FROM products) AS made, (VALUES ('1 kg'), ('5 kg')) AS pack(kind)
    """,
    """
    INSERT INTO stock (variant_id, member_id, policy, offered, on_hand, reserved, version)
    SELECT id, member_id, 'tracked', true, 40, 0, 1 FROM variants
    """,
    """
    INSERT INTO words (word, near)
    SELECT 'nombre' || n, ARRAY['nombre' || n, substr('nombre' || n, 2), '~' || n] FROM generate_series(0, 4999) AS n
    """,
)


async def filled(databases: Databases, size: int) -> str:
    """The URL of a database with so many products."""
    url = await databases.empty()
    await asyncio.to_thread(upgrade, "catalog", url)
    database = Database(url, network="filled", service="catalog")
    async with database.transaction() as work:
        for statement in FILL:
            await work.connection.exec_driver_sql(statement.replace("SIZE", str(size)))
    async with database.reading() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await database.close()
    return url


@pytest.fixture(scope="module")
def place() -> dict[str, str]:
    return {}


@pytest.fixture
async def crowd(databases: Databases, place: dict[str, str]) -> AsyncIterator[AsyncConnection]:
    """Ten thousand products, made once for these tests, which only read."""
    if "url" not in place:
        place["url"] = await filled(databases, 10_000)
    database = Database(place["url"], network="filled", service="catalog")
    async with database.reading() as connection:
        yield connection
    await database.close()


def nodes(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [plan, *(inner for below in plan.get("Plans", []) for inner in nodes(below))]


def written(value: object) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(written(one) for one in value)}]"
    return str(value) if isinstance(value, bool | int | Decimal) else f"'{str(value).replace("'", "''")}'"


async def plan_of(connection: AsyncConnection, statement: Any) -> list[Mapping[str, Any]]:
    """The plan that is kept for whatever values come: PostgreSQL takes it after some times."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = ", ".join(written(compiled.params[name]) for name in compiled.positiontup or ())
    await connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
    await connection.exec_driver_sql(f"PREPARE any_values AS {compiled}")
    found = (
        await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE any_values({values})")
    ).scalar_one()
    await connection.exec_driver_sql("DEALLOCATE any_values")
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def most_rows(plan: list[Mapping[str, Any]]) -> float:
    """The rows of products that the greediest part of a plan looked at."""
    read = [
        float(node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0))
        for node in plan
        if "Scan" in node["Node Type"] and node.get("Relation Name") == "products"
    ]
    return max(read)


AUTUMN = Sought(today=date(2026, 10, 20))
FARM = UUID("8defd28f-402d-8311-cfdd-cb98fc6d9216")
AFTER = ("producto 0005000", UUID(int=0))
NAMED = Asked("'nombre77':*", "'nombre77':*AB", "'nombre77':*A", "'nombre77':A", "nombre77")


@pytest.mark.parametrize(
    ("sought", "index"),
    [
        (AUTUMN, "ix_products_listing"),
        (replace(AUTUMN, category="mushrooms"), "ix_products_listing_by_category"),
        (replace(AUTUMN, kind="service"), "ix_products_listing_by_kind"),
        (replace(AUTUMN, season="now"), "ix_products_listing_by_season"),
        (replace(AUTUMN, season="later"), "ix_products_listing_by_season"),
        (replace(AUTUMN, producer_id=FARM), "ix_products_member_id"),
        (replace(AUTUMN, practice="native_seed"), "ix_products_shown_practices"),
        (replace(AUTUMN, practice="organic"), "ix_products_listing"),
        (replace(AUTUMN, in_season=True), "ix_products_listing"),
        (replace(AUTUMN, allergen_free=("milk",)), "ix_products_listing"),
        (replace(AUTUMN, max_price=Decimal(10)), "ix_products_lowest_price"),
        (replace(AUTUMN, language="en"), "ix_products_listing"),
    ],
    ids=[
        *("all", "category", "service", "now", "later", "producer", "rare practice", "common practice", "in season"),
        *("allergens", "price", "language"),
    ],
)
async def test_every_list_reads_an_index_and_few_rows(crowd: AsyncConnection, sought: Sought, index: str) -> None:
    plan = await plan_of(crowd, views.listing_query(sought, AFTER, 51))
    assert index in {node.get("Index Name") for node in plan}
    assert {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"} <= {
        "producers",
        "producer_pages",
    }
    assert most_rows(plan) <= 400


async def test_a_search_reads_what_answers_and_makes_json_for_a_page_alone(crowd: AsyncConnection) -> None:
    plan = await plan_of(crowd, views.ranked_query(AUTUMN, NAMED, None, 51))
    broad = await plan_of(crowd, views.ranked_query(replace(AUTUMN, asked=NAMED), NAMED, None, 11))
    assert "ix_products_document" in {node.get("Index Name") for node in broad}
    assert most_rows(broad) <= 250
    made = [node["Actual Loops"] for node in plan if node.get("Relation Name") == "variants"]
    assert max(made) <= 51


async def test_of_what_very_many_answer_to_a_page_reads_few(crowd: AsyncConnection) -> None:
    everything = Asked("'producto':*", "'producto':*AB", "'producto':*A", "'producto':A", "producto")
    plan = await plan_of(crowd, views.listing_query(replace(AUTUMN, asked=everything, broad=True), AFTER, 51))
    assert "ix_products_listing" in {node.get("Index Name") for node in plan}
    assert most_rows(plan) <= 100


async def test_words_are_looked_up_by_index(crowd: AsyncConnection) -> None:
    known = await views.known_words(crowd, ["nombre77", "ombre77", "xxxx"])
    assert known["nombre77"].begins
    assert "nombre77" in known["ombre77"].near
    assert not known["xxxx"].begins


async def test_counting_scans_once_and_stops_where_it_is_told(
    crowd: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = await views.counts(crowd, AUTUMN)
    assert (counted.count, counted.complete) == (10_000, True)
    assert {one.value: one.count for one in counted.by["season"]} == {
        "all_year": 9000,
        "now": 900,
        "soon": 50,
        "later": 50,
    }
    assert len(counted.by["producer"]) == 100
    plan = await plan_of(crowd, views.facets_query(replace(AUTUMN, category="bread", kind="good")))
    assert len([node for node in plan if node.get("Relation Name") == "products"]) == 1

    monkeypatch.setattr("catalog.products.views.facets.MOST_COUNTED", 1000)
    some = await views.counts(crowd, AUTUMN)
    assert (some.count, some.complete) == (1001, False)
