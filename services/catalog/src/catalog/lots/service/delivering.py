"""What the orders piece says was delivered becomes lots of the network: out of the producer's own where it named one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from catalog.lots.repository import lines as lines_repository
from catalog.lots.repository import lots as repository
from catalog.lots.repository.lots import Sold
from catalog.lots.rules.kinds import LotUnit
from catalog.lots.rules.lots import NOTHING, Happening, Lot, Make, Take, Thing
from catalog.lots.service.packing import pack_collected
from catalog.lots.service.recording import record
from contracts.orders import DeliveredLine, DeliveryReceived
from kit.database import Work
from kit.ids import new_id
from kit.settings import Settings


@dataclass
class _Books:
    """What is known while a batch of deliveries is written down: lots, locked, as they stand by now."""

    work: Work
    settings: Settings
    lots: dict[UUID, Lot]
    named: Mapping[tuple[UUID, str], list[UUID]]
    sold: Mapping[UUID, Sold]

    async def record(self, what: Happening) -> None:
        await record(self.work, self.settings, what, None)
        for take in what.takes:
            self.lots[take.lot.id] = replace(take.lot, balance=self.lots[take.lot.id].balance - take.quantity)
        for lot, more in what.corrections:
            self.lots[lot.id] = replace(lot, balance=self.lots[lot.id].balance + more)


async def received(work: Work, settings: Settings, deliveries: Sequence[DeliveryReceived]) -> None:
    """Deliveries as they now stand; one that was corrected changes what it made by the difference."""
    before = await lines_repository.deliveries(work, [one.purchase_order_id for one in deliveries])
    named = await lines_repository.stated(
        work, {(one.supplier_id, line.lot) for one in deliveries for line in one.lines if line.lot}
    )
    ids = {lot_id for found in named.values() for lot_id in found}
    ids |= {lot_id for row in before.values() for lot_id in (row.lot_id, row.source_id) if lot_id}
    sold = await repository.variants(work.connection, {line.variant_id for one in deliveries for line in one.lines})
    books = _Books(work, settings, await repository.lock(work, ids), named, sold)
    for delivery in deliveries:
        for line in delivery.lines:
            # A peer's goods are in its own catalogue; what is not in ours has no lot here.
            if line.variant_id in sold:
                await _line(books, delivery, line, before.get((delivery.purchase_order_id, line.variant_id)))
    await pack_collected(work, settings, {(one.cycle_id, line.variant_id) for one in deliveries for line in one.lines})


async def _line(books: _Books, delivery: DeliveryReceived, line: DeliveredLine, before: Any | None) -> None:
    lot_id, source_id = (before.lot_id, before.source_id) if before else (None, None)
    if before is not None and before.stated != line.lot and lot_id is not None:
        await _change(books, before, -before.accepted)
        lot_id = source_id = None
    elif before is not None and lot_id is not None:
        await _change(books, before, line.accepted - before.accepted)
    if lot_id is None and line.accepted > NOTHING:
        lot_id, source_id = await _make(books, delivery, line)
    await lines_repository.note_delivery(
        books.work,
        {
            "purchase_order_id": delivery.purchase_order_id,
            "variant_id": line.variant_id,
            "supplier_id": delivery.supplier_id,
            "accepted": line.accepted,
            "stated": line.lot,
            "lot_id": lot_id,
            "source_id": source_id,
        },
    )


async def _change(books: _Books, before: Any, more: Decimal) -> None:
    """What was delivered is more or less by so much, and what its producer kept is less or more.

    What is gone already can't be taken back: then as much as there is.
    """
    lot = books.lots[before.lot_id]
    more = max(more, -lot.balance)
    if more == NOTHING:
        return
    corrections = [(lot, more)]
    if before.source_id is not None:
        source = books.lots[before.source_id]
        less = max(-more, -source.balance)
        if less != NOTHING:
            corrections.append((source, less))
    await books.record(
        Happening(new_id(), "corrected", books.work.today, corrections=tuple(corrections), place=lot.thing.place)
    )


async def _make(books: _Books, delivery: DeliveryReceived, line: DeliveredLine) -> tuple[UUID, UUID | None]:
    """The network's lot, and the producer's that it came out of, if it is known."""
    id_, today = new_id(), books.work.today
    source = _source(books, delivery.supplier_id, line)
    delivered_for: dict[str, Any] = {"cycle_id": delivery.cycle_id, "purchase_order_id": delivery.purchase_order_id}
    if source is None:
        sold = books.sold[line.variant_id]
        made = Thing(
            name=sold.name,
            unit=cast("LotUnit", sold.unit),
            kg_per_unit=Decimal(1) if sold.unit == "KGM" else None,
            member_id=None,
            producer_id=delivery.supplier_id,
            product_id=sold.product_id,
            variant_id=line.variant_id,
            code=line.lot,
            place=delivery.place or "",
            **delivered_for,
        )
        await books.record(
            Happening(new_id(), "received", today, makes=(Make(id_, made, line.accepted),), place=made.place)
        )
        return id_, None
    short = line.accepted - source.balance
    if short > NOTHING:
        # It was there, or it could not have been weighed: the books were wrong, and say so.
        await books.record(
            Happening(new_id(), "corrected", today, corrections=((source, short),), place=source.thing.place)
        )
        source = books.lots[source.id]
    there = replace(
        source.thing,
        member_id=None,
        variant_id=line.variant_id,
        place=delivery.place or source.thing.place,
        note="",
        **delivered_for,
    )
    take, make = Take(source, line.accepted), Make(id_, there, line.accepted)
    await books.record(Happening(new_id(), "delivered", today, (take,), (make,), place=there.place))
    return id_, source.id


def _source(books: _Books, supplier_id: UUID, line: DeliveredLine) -> Lot | None:
    """The producer's lot of that name: of this variant or at least this product, the fullest if there are several."""
    sold = books.sold[line.variant_id]
    found = [books.lots[id_] for id_ in books.named.get((supplier_id, line.lot or ""), [])]
    fitting = [
        lot
        for lot in found
        if lot.thing.unit == sold.unit
        and (
            lot.thing.variant_id == line.variant_id
            or (lot.thing.variant_id is None and lot.thing.product_id == sold.product_id)
        )
    ]
    return max(fitting, key=lambda lot: (lot.balance, lot.made_in), default=None)
