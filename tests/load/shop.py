"""A catalogue to measure on: as many products as are asked for, two variants each, of 20 producers.

The first thousand are written as the service writes them, but for the events that would tell of them; the rest are copies.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import text

from catalog import main
from catalog.producers import repository as producers
from catalog.producers.rules import Standing
from catalog.products import rules
from catalog.products.rules import Allergens, Conservation, Deposit, ProductDraft, VariantDraft, Wording
from catalog.products.service.storing import Change, store
from catalog.products.vocabulary import CATEGORIES, PRACTICES
from catalog.settings import Settings
from contracts.values import Money
from kit.database import Database, Work
from kit.ids import new_id
from tests.load import orm

PRODUCERS = 20
#: Products that are written one by one; of the others there are whole copies.
WRITTEN = 1_000
_WHAT = ("Jitomate", "Nopal", "Miel", "Queso", "Frijol", "Pan", "Calabaza", "Panela", "Huevo", "Mole", "Jabón", "Cacao")
_HOW = ("de la sierra", "criollo", "de invierno", "ahumado", "en conserva", "de temporal", "tierno", "añejo")


def settings(url: str, log_level: str = "info") -> Settings:
    return Settings.model_validate({"network": "bench", "database_url": url, "log_level": log_level})


def products(number: int, members: list[UUID]) -> Iterator[Change]:
    """New products, published, in no order of names, each with what was counted of its variants."""
    random, now = Random(number), datetime(2026, 3, 7, 12, tzinfo=UTC)
    categories, practices = sorted(CATEGORIES)[:8], sorted(PRACTICES)
    for place in range(number):
        member_id = random.choice(members)
        name = f"{random.choice(_WHAT)} {random.choice(_HOW)} {random.randrange(10**6)}"
        draft = ProductDraft(
            kind="good",
            name=name,
            description=f"{name}: se cosecha el mismo día que se entrega, y se lava con agua de la presa. " * 2,
            category=random.choice(categories),
            practices=tuple(random.sample(practices, 2)),
            translations={"en": Wording(f"No. {place}", "As it comes from the field")},
            allergens=Allergens(("milk",), ("nuts",)) if place % 3 else None,
            conservation=Conservation("chilled", 10, "Una vez abierto, en el refrigerador") if place % 2 else None,
            variants=(_pack("chico", "48.50"), _pack("grande", "89.00")),
        )
        made = rules.made(draft, new_id(), member_id, now, new_id)
        counts = {variant.id: Decimal(random.randrange(1, 40)) for variant in made.variants}
        yield Change(None, replace(made, status="published"), counts)


def _pack(name: str, price: str) -> VariantDraft:
    money = Money(amount=Decimal(price), currency="MXN")
    deposit = Deposit("Frasco", Money(amount=Decimal("8.00"), currency="MXN"))
    return VariantDraft(
        name=name, sku=None, unit="H87", price=money, policy="tracked", tax_rate=Decimal(16), deposit=deposit
    )


async def fill(database: Database, number: int) -> list[UUID]:
    """Returns the producers' member ids."""
    members = [new_id() for _ in range(PRODUCERS)]
    async with database.transaction() as work:
        await producers.save(
            work, [Standing(one, f"Rancho {place}", "producer", "active") for place, one in enumerate(members)]
        )
    async with database.transaction() as work:
        await store(work, list(products(min(number, WRITTEN), members)), None)
        work.staged.clear()
        for table, changed in _COPIED.items():
            await _copy(work, table, changed, number // WRITTEN - 1)
    async with database.reading() as connection:
        await connection.exec_driver_sql("VACUUM (ANALYZE)")
    return members


#: What is another in a copy, by table and column; ``n`` is the copy's number.
_ID = "md5({} || ' ' || n)::uuid"
_COPIED = {
    "products": {"id": _ID.format("id"), "name": "name || ' ' || n", "sort_name": "sort_name || ' ' || n"},
    "variants": {"id": _ID.format("id"), "product_id": _ID.format("product_id")},
    "stock": {"variant_id": _ID.format("variant_id")},
}


async def _copy(work: Work, table: str, changed: dict[str, str], copies: int) -> None:
    """So many copies of all rows, whatever columns they have."""
    found = await work.execute(
        text("SELECT column_name FROM information_schema.columns WHERE table_name = :table AND is_generated = 'NEVER'"),
        {"table": table},
    )
    columns = [str(name) for name in found.scalars()]
    values = [changed.get(name, name) for name in columns]
    await work.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {', '.join(values)} FROM {table}, generate_series(1, {copies}) AS copy (n)"
        )
    )


def app() -> FastAPI:
    """The catalog with the reference beside it: ``uvicorn --factory tests.load.shop:app --lifespan off``."""
    made = main.build(settings(os.environ["TRAMA_DATABASE_URL"]))
    made.include_router(orm.router)
    made.state.sessions = orm.sessions(os.environ["TRAMA_DATABASE_URL"])
    return made
