"""Everything that changes a product goes through ``store``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from catalog.photos import service as photos
from catalog.producers import repository as producers
from catalog.products import events, repository, rules
from catalog.products.repository import PriceEntry
from catalog.products.rules import Maker, Product
from catalog.products.rules.searching import index_of
from catalog.stock import service as stock
from catalog.stock.service import Shelf
from kit.database import Work


@dataclass(frozen=True)
class Change:
    """A product before and after, and what was counted of its variants."""

    before: Product | None
    after: Product
    on_hand: Mapping[UUID, Decimal] = field(default_factory=dict)


async def store(work: Work, changes: Sequence[Change], user_id: UUID | None) -> None:
    """Saves products, their prices and stock, and tells of those that are or were on offer: set-based."""
    changes = [
        replace(change, after=rules.on_day(change.after, work.today)) if change.after != change.before else change
        for change in changes
    ]
    members = {change.after.member_id for change in changes}
    standings = await producers.by_ids(work, members)
    withheld = await repository.withheld(work, members)
    makers = {
        member_id: Maker(standings[member_id].name if member_id in standings else "", withheld.get(member_id, {}))
        for member_id in members
    }
    changed = [change.after for change in changes if change.after != change.before]
    await repository.save(work, changed, makers)
    offered = [product for product in changed if product.status == "published"]
    await repository.add_words(work, _words(offered, makers))
    await repository.add_prices(work, [entry for change in changes for entry in _new_prices(change)])
    for change in changes:
        if change.after.member_id in standings:
            _tell(work, change, makers[change.after.member_id])
    await photos.show(work, _newly_shown(changes))
    shelves = [shelf for change in changes for shelf in _shelves(change)]
    if shelves:
        await stock.keep(work, shelves, user_id)


def _newly_shown(changes: Sequence[Change]) -> dict[UUID, list[UUID]]:
    """The photos of the products whose photos have changed."""
    before = {change.after.id: change.before.photos if change.before else () for change in changes}
    return {
        change.after.id: [picture.id for picture in change.after.photos]
        for change in changes
        if change.after.photos != before[change.after.id]
    }


def _words(products: Sequence[Product], makers: Mapping[UUID, Maker]) -> set[str]:
    return {word for product in products for word in index_of(product, makers[product.member_id]).words}


def _new_prices(change: Change) -> list[PriceEntry]:
    before = {variant.id: variant.price_from for variant in change.before.variants} if change.before else {}
    return [
        PriceEntry(variant.id, variant.price, variant.price_from, pending=False)
        for variant in change.after.listed
        if before.get(variant.id) != variant.price_from
    ]


def _shelves(change: Change) -> list[Shelf]:
    before = change.before
    were = {variant.id: (variant.policy, _is_offered(before, variant)) for variant in before.variants} if before else {}
    shelves = []
    for variant in change.after.variants:
        is_now = (variant.policy, _is_offered(change.after, variant))
        count = change.on_hand.get(variant.id)
        if were.get(variant.id) != is_now or count is not None:
            shelves.append(Shelf(variant.id, change.after.member_id, *is_now, count))
    return shelves


def _is_offered(product: Product, variant: rules.Variant) -> bool:
    return product.status == "published" and variant.on_sale


def _tell(work: Work, change: Change, maker: Maker) -> None:
    """States the product as it now is. While its member is not known nobody else sees it; ``learn`` makes up for it."""
    before, after = change.before, change.after
    if before is not None and before.version == after.version:
        return
    if after.status == "published":
        work.stage(events.published(after, maker), subject=after.id, version=after.version)
    elif before is not None and before.status == "published":
        work.stage(events.withdrawn(after, maker), subject=after.id, version=after.version)
