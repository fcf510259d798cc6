"""Prices, each with the date from which it holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from catalog.products import repository, rules
from catalog.products.repository import PriceEntry
from catalog.products.rules import Product, Terms
from catalog.products.service.editing import mine
from catalog.products.service.storing import Change, store
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Invalid, NotFound

#: Prices that one run of the job brings into force.
RUN = 500


async def set_price(
    work: Work, actor: Actor, variant_id: UUID, price: Money, *, valid_from: datetime | None, terms: Terms
) -> None:
    """A price from a date on: at once, or when the date comes. Raises Invalid for a date that has passed."""
    product_id = (await repository.products_of(work, [variant_id])).get(variant_id)
    if product_id is None:
        raise NotFound("variant_not_found", "There is no such variant")
    product = await mine(work, actor, product_id)
    priced = _priced(product, {variant_id: (price, work.now)}, tax_included=terms.prices_include_tax)
    rules.check(priced, terms)
    if valid_from is None or valid_from == work.now:
        await store(work, [Change(product, priced)], actor.user_id)
    elif valid_from < work.now:
        raise Invalid("already_past", "Must be in the future", field="/valid_from")
    else:
        await repository.add_prices(work, [PriceEntry(variant_id, price, valid_from, pending=True)])


async def take_back_price(work: Work, actor: Actor, variant_id: UUID, valid_from: datetime) -> None:
    """Takes back a price whose date has not come. Raises NotFound for none, or one that holds or held."""
    product_id = (await repository.products_of(work, [variant_id])).get(variant_id)
    if product_id is None:
        raise NotFound("variant_not_found", "There is no such variant")
    await mine(work, actor, product_id)
    if not await repository.drop_pending(work, variant_id, valid_from):
        raise NotFound("price_not_found", "No price is to hold from then on")


def _priced(
    product: Product, prices: Mapping[UUID, tuple[Money, datetime]], *, tax_included: bool | None = None
) -> Product:
    variants = []
    for variant in product.variants:
        if variant.id in prices:
            price, since = prices[variant.id]
            taxed = variant.tax_included if tax_included is None else tax_included
            variants.append(replace(variant, price=price, price_from=since, tax_included=taxed))
        else:
            variants.append(variant)
    return replace(product, variants=tuple(variants), version=product.version + 1)


async def bring_prices_into_force(work: Work) -> None:
    """Prices whose date has come hold from now on, and are told."""
    due = await repository.due_prices(work, RUN)
    if not due:
        return
    # The oldest come first, so that of several for one variant the newest remains.
    prices = {entry.variant_id: (entry.price, entry.valid_from) for entry in due}
    products = await repository.load(work, set((await repository.products_of(work, list(prices))).values()))
    changes = [Change(product, _priced(product, prices)) for product in products.values()]
    await store(work, changes, None)
    await repository.settle_prices(work, due)
