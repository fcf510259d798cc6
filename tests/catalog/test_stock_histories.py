"""Whatever happens to stock, in whatever order and however many at once: never oversold, and the books add up."""

import os
import random
from collections.abc import AsyncIterator, Collection
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

import catalog
from catalog.producers.rules import Standing
from catalog.products import service as products
from catalog.stock import repository, rules
from kit.database import Work
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, create, product, rows, variant
from tests.catalog.histories import History, Writer, faults, live

WRITERS = 8
CONSTRAINTS = ("never_oversold", "reserved", "on_hand")


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    """Without relay, consumer and jobs: what they would do, the histories do."""
    async with running("catalog", background=False) as piece:
        yield piece


@pytest.fixture
async def admitted(piece: Piece, farm: UUID) -> UUID:
    async with piece.database.transaction() as work:
        await products.learn(work, [Standing(farm, "Rancho El Mezquite", "producer", "active")])
    return farm


async def prepared(
    piece: Piece, farmer: Headers, coordinator: Headers, operations: int
) -> tuple[History, list[Writer]]:
    """Six variants of which there is little and one that is made on demand; the seed is told if it goes wrong."""
    variants = [variant(f"{number} kg", on_hand="20") for number in range(1, 7)] + [variant("al gusto", on_hand=None)]
    made = await create(piece, farmer, product("Jitomate", *variants), publish=True)
    history = History(piece, farmer, coordinator, [one["id"] for one in made["variants"]], operations)
    seed = os.environ.get("TRAMA_TEST_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"TRAMA_TEST_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return history, [Writer(history, f"{seed} {number}") for number in range(WRITERS)]


@pytest.mark.slow
async def test_ten_thousand_reservations_cancellations_and_expiries_at_once_never_oversell(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    history, writers = await prepared(piece, farmer, coordinator, 10_000)
    await live(history, writers)
    assert history.found == []
    assert sum(history.happened.values()) >= 10_000

    # It was a history worth having: all of it happened, was granted and refused.
    assert {name for name, number in history.happened.items() if number > 5} >= {
        *("placed", "confirmed", "cancelled", "rejected", "collected", "client", "release", "move", "wait")
    }
    states = {row.state: row.count for row in await rows(piece, "SELECT state, count(*) FROM reservations GROUP BY 1")}
    assert min(states.get(state, 0) for state in ("expired", "refused", "released", "collected")) > 5, states
    assert min(history.answered[outcome] for outcome in ("POST 201", "POST 409", "DELETE 204")) > 5, history.answered

    # Each order was answered, what was taken home is what was sold, once, and what is over holds nothing.
    told = await rows(
        piece, "SELECT DISTINCT envelope ->> 'subject' AS id FROM outbox WHERE subject LIKE '%.reservation.%'"
    )
    assert {UUID(row.id) for row in told} == history.placed
    sold = await rows(
        piece,
        "SELECT order_id, variant_id, -sum(quantity) AS sold FROM movements"
        " WHERE reason = 'sale' AND order_id IS NOT NULL GROUP BY 1, 2",
    )
    assert {(row.order_id, row.variant_id): row.sold for row in sold} == {
        whose: quantity for whose, quantity in history.taken.items() if quantity
    }
    active = await rows(piece, "SELECT id FROM reservations WHERE state IN ('held', 'kept')")
    assert not {row.id for row in active} & history.ended

    # And when all is over, all that is there is free.
    for writer in writers:
        await writer.finish()
    assert await faults(piece) == []
    assert {row.reserved for row in await rows(piece, "SELECT reserved FROM stock")} == {Decimal(0)}


async def test_the_same_history_without_the_guard_is_found_out(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = repository.lock

    async def look(work: Work, variant_ids: Collection[UUID]) -> dict[UUID, rules.Stock]:
        """What is there, without a lock. The lock afterwards guards nothing: it spares the run from deadlocks."""
        found = [await repository.get(work.connection, variant_id) for variant_id in variant_ids]
        await lock(work, variant_ids)
        return {stock.variant_id: stock for stock in found if stock is not None}

    history, writers = await prepared(piece, farmer, coordinator, 10_000)
    async with piece.database.transaction() as work:
        for name in CONSTRAINTS:
            await work.execute(text(f"ALTER TABLE stock DROP CONSTRAINT ck_stock_{name}"))
    monkeypatch.setattr(repository, "lock", look)
    await live(history, writers)
    assert history.found != []


def test_nothing_but_the_room_of_stock_writes_to_stock_movements_or_reservations() -> None:
    tables = ("stock", "movements", "reservations", "reserved_lines")
    models = ("Stock", "Movement", "Reservation", "ReservedLine")
    written = [f"{verb} {table}" for verb in ("update", "insert into", "delete from") for table in tables]
    written += [f"{verb}({model.lower()}" for verb in ("update", "insert", "delete") for model in models]
    written += [f"{verb}(models.{model.lower()}" for verb in ("update", "insert", "delete") for model in models]
    source = Path(str(catalog.__file__ or next(iter(catalog.__path__)))).resolve()
    root = source.parent if source.suffix else source
    others = [path for path in root.rglob("*.py") if not {"stock", "migrations"} & set(path.relative_to(root).parts)]
    assert len(others) > 50
    found = {
        f"{path.relative_to(root)}: {words}"
        for path in others
        for words in written
        if words in (content := path.read_text().lower()) and not content.split(words)[1][:1].isalpha()
    }
    assert found == set()
