"""The lots' books add up, whoever writes in them and however many at once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.lots.repository import traces
from catalog.lots.repository.balances import Asked
from catalog.lots.service import balancing
from kit.actor import Actor
from kit.testing.pieces import Piece
from tests.catalog.chain import TODAY, Maker
from tests.catalog.conftest import Headers, Json, rows

MILK = {"unit": "LTR", "kg_per_unit": "1.03"}


@pytest.fixture
def maker(piece: Piece, farmer: Headers, admitted: UUID) -> Maker:
    return Maker(piece, farmer, admitted)


async def test_twenty_want_the_last_kilo_and_one_gets_it(maker: Maker) -> None:
    lot = await maker.lot("Queso", "1")
    path = f"/v1/lots/{lot['id']}"

    async def take(what: str) -> int:
        body = {"quantity": "1", "cause": "sampled"} if what == "lose" else {"parts": [{"quantity": "1"}]}
        answer = await maker.piece.client.post(f"{path}/{what}", json=body, headers=maker.headers)
        return answer.status_code

    answers = await asyncio.gather(*(take("lose" if place % 2 else "split") for place in range(20)))
    assert sorted(set(answers)) == [201, 409]
    assert answers.count(201) == 1
    assert (await maker.get(path))["balance"] == "0"


async def test_who_comes_second_waits_for_the_first_and_decides_by_what_is_left_then(maker: Maker) -> None:
    lot = await maker.lot("Queso", "1")
    path, body = f"/v1/lots/{lot['id']}/lose", {"quantity": "1", "cause": "sampled"}
    async with maker.piece.database.transaction() as work:
        await work.execute(text("SELECT 1 FROM lots FOR UPDATE"))
        second = asyncio.create_task(maker.refused(path, body))
        _, waiting = await asyncio.wait([second], timeout=0.3)
        assert waiting
        careless = Careless(work)
        await careless.flow(await careless.event("lost"), UUID(lot["id"]), "-1")
    assert await second == (409, "not-enough-in-lot", "/quantity")


async def test_two_who_put_the_same_lots_together_in_opposite_order_wait_for_each_other(maker: Maker) -> None:
    one, other = await maker.lot("Leche", "10", **MILK), await maker.lot("Leche", "10", **MILK)

    async def merge(*lots: Json) -> int:
        body = {"lots": [{"lot_id": lot["id"], "quantity": "0.5"} for lot in lots]}
        return (await maker.piece.client.post("/v1/lots/merge", json=body, headers=maker.headers)).status_code

    pairs = [(one, other), (other, one)] * 4
    assert set(await asyncio.gather(*(merge(*pair) for pair in pairs))) == {201}
    assert [(await maker.get(f"/v1/lots/{lot['id']}"))["balance"] for lot in (one, other)] == ["6", "6"]


_EVENT = """
INSERT INTO lot_events (id, kind, cause, happened_on, place, note, recorded_at)
VALUES (gen_random_uuid(), :kind, CASE WHEN :kind = 'lost' THEN 'other' END, current_date, '', '', now()) RETURNING seq
"""
_FLOW = """
INSERT INTO lot_flows (event_seq, kind, lot_id, made_in, quantity, line_id, returns, emptied)
SELECT :event, e.kind, l.id, l.made_in, :quantity, :line, :returns, false
FROM lots AS l, lot_events AS e WHERE l.id = :lot AND e.seq = :event
"""
_LOT = """
INSERT INTO lots (id, number, made_in, name, unit, kg_per_unit, container, byproduct, stocked, balance, place, certificates,
                  note, version, changed_at)
VALUES (:id, gen_random_uuid()::text, :event, 'Queso', 'KGM', 1, false, false, false, 0, '', '{}', '', 1, now())
"""


_LINE = """
INSERT INTO lot_lines (line_id, order_id, cycle_id, member_id, variant_id, name)
VALUES (:line, :order, :cycle, :member, :variant, 'Queso')
"""


class Careless:
    """Somebody who writes into the tables without asking anybody."""

    def __init__(self, work: Any) -> None:
        self.work = work

    async def event(self, kind: str) -> int:
        seq: int = (await self.work.execute(text(_EVENT), {"kind": kind})).scalar_one()
        return seq

    async def flow(
        self, event: int, lot: UUID, quantity: str, returns: int | None = None, line: UUID | None = None
    ) -> None:
        params = {"event": event, "lot": lot, "quantity": Decimal(quantity), "returns": returns, "line": line}
        await self.work.execute(text(_FLOW), params)

    async def lot(self, event: int) -> UUID:
        id_ = uuid4()
        await self.work.execute(text(_LOT), {"id": id_, "event": event})
        return id_


async def unguarded(piece: Piece, lot: UUID) -> bool:
    """What lots must never do: look, then take, without a lock between."""
    async with piece.database.transaction() as work:
        left = (await work.execute(text("SELECT balance FROM lots WHERE id = :id"), {"id": lot})).scalar_one()
        await asyncio.sleep(0.01)
        if left < 1:
            return False
        careless = Careless(work)
        await careless.flow(await careless.event("lost"), lot, "-1")
        return True


@pytest.mark.parametrize("guard", [True, False])
async def test_the_race_is_real_without_the_constraint_and_lost_with_it(maker: Maker, guard: bool) -> None:
    lot = UUID((await maker.lot("Queso", "3"))["id"])
    if not guard:
        async with maker.piece.database.transaction() as work:
            await work.execute(text("ALTER TABLE lots DROP CONSTRAINT ck_lots_balance"))
    outcomes = await asyncio.gather(*(unguarded(maker.piece, lot) for _ in range(12)), return_exceptions=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, IntegrityError)]
    assert unexpected == []
    [row] = await rows(maker.piece, "SELECT balance FROM lots")
    if guard:
        assert (outcomes.count(True), row.balance) == (3, 0)
    else:
        assert outcomes.count(True) > 3
        assert row.balance < 0


async def refused(maker: Maker, act: Any, of: str) -> None:
    """The database itself refuses it, and says why."""
    with pytest.raises(DBAPIError, match=of):
        async with maker.piece.database.transaction() as work:
            await act(Careless(work))


async def test_what_was_written_is_not_changed(maker: Maker) -> None:
    await maker.lot("Queso", "10")

    async def sql(careless: Careless, statement: str) -> None:
        await careless.work.execute(text(statement))

    for statement, of in (
        ("UPDATE lots SET balance = 99", "follows from flows"),
        ("UPDATE lots SET name = 'Oro'", "stays as it is"),
        ("DELETE FROM lots", "never changed"),
        ("UPDATE lot_flows SET quantity = 99", "never changed"),
        ("DELETE FROM lot_flows", "never changed"),
        ("UPDATE lot_events SET happened_on = '2020-01-01'", "never changed"),
        ("DELETE FROM lot_events", "never changed"),
    ):
        await refused(maker, lambda careless, statement=statement: sql(careless, statement), of)


async def test_the_database_refuses_what_would_falsify_the_books(maker: Maker) -> None:
    lot = UUID((await maker.lot("Queso", "10"))["id"])

    async def nothing(careless: Careless) -> None:
        await careless.event("split")

    async def split_into_more(careless: Careless) -> None:
        seq = await careless.event("split")
        await careless.flow(seq, lot, "-4")
        await careless.flow(seq, await careless.lot(seq), "5")

    async def kilos_from_nowhere(careless: Careless) -> None:
        seq = await careless.event("transformed")
        await careless.flow(seq, lot, "-4")
        await careless.flow(seq, await careless.lot(seq), "5")

    async def filled_again(careless: Careless) -> None:
        await careless.flow(await careless.event("harvested"), lot, "5")

    async def its_own_past(careless: Careless) -> None:
        """Two lots that are each made of the other."""
        first, second = await careless.event("transformed"), await careless.event("transformed")
        one, other = await careless.lot(first), await careless.lot(second)
        await careless.flow(first, one, "1")
        await careless.flow(second, other, "1")
        await careless.flow(second, one, "-1")
        await careless.flow(first, other, "-1")

    async def came_back_unpacked(careless: Careless) -> None:
        seq = await careless.event("lost")
        await careless.flow(seq, lot, "-1")
        taken = (await careless.work.execute(text("SELECT max(id) FROM lot_flows"))).scalar_one()
        back = await careless.event("returned")
        await careless.flow(back, await careless.lot(back), "1", returns=taken)

    async def more_than_was_packed(careless: Careless) -> None:
        line = uuid4()
        ids = {name: uuid4() for name in ("order", "cycle", "member", "variant")}
        await careless.work.execute(text(_LINE), {"line": line, **ids})
        await careless.flow(await careless.event("packed"), lot, "-1", line=line)
        packed = (await careless.work.execute(text("SELECT max(id) FROM lot_flows"))).scalar_one()
        back = await careless.event("returned")
        await careless.flow(back, await careless.lot(back), "0.6", returns=packed)
        again = await careless.event("returned")
        await careless.flow(again, await careless.lot(again), "0.6", returns=packed)

    for act, of in (
        (more_than_was_packed, "more comes back"),
        (nothing, "moves nothing"),
        (split_into_more, "another amount"),
        (kilos_from_nowhere, "from nowhere"),
        (filled_again, "links_run_forward"),
        (its_own_past, "links_run_forward"),
        (came_back_unpacked, "more comes back"),
    ):
        await refused(maker, act, of)
    assert (await maker.get(f"/v1/lots/{lot}"))["balance"] == "10"


class History:
    """Somebody who does anything at all, day after day, with whatever there is."""

    def __init__(self, maker: Maker, seed: int) -> None:
        self.maker = maker
        self.random = Random(seed)
        self.day = TODAY - timedelta(days=30)

    async def lots(self) -> list[Json]:
        found = await self.maker.get("/v1/lots", left="true", limit="200")
        return [lot for lot in found["items"] if lot["made_on"] <= self.day.isoformat()]

    def some(self, lot: Json) -> str:
        """A part of what there is."""
        left = Decimal(lot["balance"])
        if lot["unit"] == "H87":
            return str(self.random.randint(1, int(left)))
        return str(max(Decimal("0.001"), (left * self.random.randint(1, 100) / 100).quantize(Decimal("0.001"))))

    async def act(self) -> None:
        if self.random.random() < 0.3:
            self.day = min(TODAY, self.day + timedelta(days=self.random.randint(1, 4)))
        lots = await self.lots()
        kind = self.random.choice(("enter", "split", "merge", "lose", "correct", "deliver", "transform", "transform"))
        on = {"on": self.day.isoformat()}
        if kind == "enter" or not lots:
            name, unit, more = self.random.choice(
                (("Leche", "LTR", {"kg_per_unit": "1.03"}), ("Caña", "KGM", {}), ("Frasco", "H87", {}))
            )
            kind = self.random.choice(("harvested", "produced", "received"))
            await self.maker.lot(name, str(self.random.randint(1, 500)), unit, kind=kind, **more, **on)
            return
        lot = self.random.choice(lots)
        same = [
            one for one in lots if (one["name"], one["unit"]) == (lot["name"], lot["unit"]) and one["id"] != lot["id"]
        ]
        if kind == "split":
            await self.maker.do(lot, "split", {"parts": [{"quantity": self.some(lot), "place": "Bodega"}], **on})
        elif kind == "merge" and same:
            taken = [{"lot_id": one["id"], "quantity": self.some(one)} for one in (lot, self.random.choice(same))]
            await self.maker.send("POST", "/v1/lots/merge", {"lots": taken, **on})
        elif kind == "lose":
            await self.maker.do(lot, "lose", {"quantity": self.some(lot), "cause": "spoiled", **on})
        elif kind == "correct":
            await self.maker.do(lot, "correct", {"counted": str(self.random.randint(0, 300)), **on})
        elif kind == "deliver":
            place = f"Lugar {self.random.randint(1, 9)}"
            if place != lot["place"]:
                await self.maker.do(lot, "deliver", {"quantity": self.some(lot), "place": place, **on})
        elif kind == "transform":
            await self.transform(lot, self.random.choice(lots), on)

    async def transform(self, lot: Json, other: Json, on: dict[str, str]) -> None:
        inputs = {one["id"]: (one, self.some(one)) for one in (lot, other)}.values()
        weighed = all(one["kg_per_unit"] for one, _ in inputs)
        kg = sum((Decimal(q) * Decimal(one["kg_per_unit"] or 0) for one, q in inputs), Decimal(0))
        made = max(Decimal("0.001"), (kg * self.random.randint(1, 99) / 100).quantize(Decimal("0.001")))
        name = self.random.choice(("Queso", "Panela", "Jugo"))
        losses = [{"name": "evaporation"}] if weighed else []
        if not weighed or made <= kg:
            await self.maker.transform(
                list(inputs), [{"name": name, "quantity": str(made), "unit": "KGM"}], losses=losses, on=on["on"]
            )


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_what_came_in_is_what_went_out_and_what_is_there(maker: Maker, seed: int) -> None:
    history = History(maker, seed)
    for _ in range(35):
        await history.act()
    everybody = Actor(uuid4(), frozenset(), frozenset({"coordinator"}))
    async with maker.piece.database.snapshot() as connection:
        moved = 0
        for since, until in ((30, 0), (20, 10), (40, 31), (12, 12)):
            for place in (None, "Bodega", "Lugar 3"):
                asked = Asked(TODAY - timedelta(days=since), TODAY - timedelta(days=until), place)
                found = await balancing.balance(connection, everybody, asked)
                assert [line for line in found.lines if line.difference] == []
                assert found.chain.difference == 0, (asked, found.chain)
                moved += len(found.lines)
        assert moved > 10

        # Traces find just what is linked, by the links alone.
        links = list(
            await connection.execute(
                text(
                    "SELECT t.lot_id AS source, m.lot_id AS target FROM lot_flows AS t JOIN lot_flows AS m"
                    " ON m.event_seq = t.event_seq WHERE t.quantity < 0 AND m.quantity > 0 AND t.kind <> 'corrected'"
                )
            )
        )
        every = list((await connection.execute(text("SELECT id FROM lots ORDER BY id"))).scalars())
        for lot in every:
            for follow, step in (
                (traces.forward, {(one.source, one.target) for one in links}),
                (traces.back, {(one.target, one.source) for one in links}),
            ):
                reached = {lot}
                while more := {far for near, far in step if near in reached} - reached:
                    reached |= more
                found_ids = await follow(connection, [lot], containers=False, most=1000)
                assert (set(found_ids), len(found_ids)) == (reached, len(reached))
