"""What members do with their products. Everything that changes a product goes through ``store``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalog.producers import repository as producers
from catalog.producers.rules import Standing
from catalog.products import events, repository, rules
from catalog.products.repository import PriceEntry
from catalog.products.rules import Product, ProductDraft, Terms
from catalog.stock import service as stock
from catalog.stock.service import Shelf
from contracts.members import OFFERING_KINDS
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id

#: Prices that one run of the job brings into force.
RUN = 500


@dataclass(frozen=True)
class Change:
    """A product before and after, and what was counted of its variants."""

    before: Product | None
    after: Product
    on_hand: Mapping[UUID, Decimal] = field(default_factory=dict)


async def store(work: Work, changes: Sequence[Change], user_id: UUID | None) -> None:
    """Saves products, their prices and stock, and tells of those that are or were on offer: set-based."""
    standings = await producers.by_ids(work, {change.after.member_id for change in changes})
    await repository.save(work, [change.after for change in changes if change.after != change.before])
    await repository.add_prices(work, [entry for change in changes for entry in _new_prices(change)])
    for change in changes:
        _tell(work, change, standings.get(change.after.member_id))
    shelves = [shelf for change in changes for shelf in _shelves(change)]
    if shelves:
        await stock.keep(work, shelves, user_id)


def _new_prices(change: Change) -> list[PriceEntry]:
    before = {variant.id: variant.price_from for variant in change.before.variants} if change.before else {}
    return [
        PriceEntry(variant.id, variant.price, variant.price_from, pending=False)
        for variant in change.after.offered
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
    return product.status == "published" and not variant.retired


def _tell(work: Work, change: Change, producer: Standing | None) -> None:
    """States the product as it now is. While its member is not known nobody else sees it; ``learn`` makes up for it."""
    before, after = change.before, change.after
    if producer is None or (before is not None and before.version == after.version):
        return
    if after.status == "published":
        work.stage(events.published(after, producer.name), subject=after.id, version=after.version)
    elif before is not None and before.status == "published":
        work.stage(events.withdrawn(after, producer.name), subject=after.id, version=after.version)


async def owner(work: Work, actor: Actor, member_id: UUID | None) -> UUID:
    """The member that the actor acts for here. Raises Forbidden, or Invalid if it has to be said."""
    if not actor.has("producer", "coordinator"):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator, producer")
    if member_id is None:
        return await _only_member(work, actor)
    if not actor.acts_for(member_id):
        if not actor.has("coordinator"):
            raise Forbidden("not_yours", "You do not act for this member")
        if not await producers.by_ids(work, [member_id]):
            raise Invalid("unknown_member", "There is no such member", field="/member_id")
    return member_id


async def _only_member(work: Work, actor: Actor) -> UUID:
    candidates = set(actor.member_ids)
    if len(candidates) > 1:
        known = await producers.by_ids(work, candidates)
        candidates = {one.member_id for one in known.values() if one.kind in OFFERING_KINDS}
    if len(candidates) != 1:
        raise Invalid("member_not_said", "Say for which member", field="/member_id")
    return candidates.pop()


async def create(
    work: Work, actor: Actor, draft: ProductDraft, terms: Terms, *, product_id: UUID | None, member_id: UUID | None
) -> UUID:
    """A new draft product of the acting member. The client's own id, sent again, is the same product."""
    owner_id = await owner(work, actor, member_id)
    await repository.lock_members(work, [owner_id])
    if product_id is not None and (there := (await repository.load(work, [product_id])).get(product_id)):
        if there.member_id != owner_id:
            raise Conflict("id_taken", "This id was used for something else; take a new one")
        return there.id
    product = rules.made(draft, product_id or new_id(), owner_id, work.now, new_id)
    rules.check(product, terms)
    await store(work, [Change(None, product, _counted(product, draft))], actor.user_id)
    return product.id


def _counted(product: Product, draft: ProductDraft) -> dict[UUID, Decimal]:
    """What was counted of each new variant: the draft's variants come first and in order in the product."""
    listed = zip(product.variants, draft.variants or (), strict=False)
    return {variant.id: said.on_hand for variant, said in listed if said.on_hand is not None}


async def _mine(work: Work, actor: Actor, product_id: UUID) -> Product:
    """The product, locked. Raises NotFound where the actor may not know of it, Forbidden where it is another's."""
    product = (await repository.load(work, [product_id])).get(product_id)
    if product is None or not may_see(actor, product.member_id, product.status):
        raise NotFound("product_not_found", "There is no such product")
    if not may_change(actor, product.member_id):
        raise Forbidden("not_yours", "This product belongs to somebody else")
    return product


def may_change(actor: Actor | None, member_id: UUID) -> bool:
    """Its owner, and the coordinators."""
    return actor is not None and (actor.acts_for(member_id) or actor.has("coordinator"))


def may_see(actor: Actor | None, member_id: UUID, status: str) -> bool:
    """Everyone sees what is published."""
    return status == "published" or may_change(actor, member_id)


async def change(
    work: Work, actor: Actor, product_id: UUID, draft: ProductDraft, terms: Terms, *, version: int | None
) -> None:
    """Changes a product that is at ``version`` (None: whichever). Raises PreconditionFailed if it is at another."""
    product = await _mine(work, actor, product_id)
    if version is not None and version != product.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = rules.changed(product, draft, work.now, new_id)
    rules.check(after, terms)
    await store(work, [Change(product, after, _counted(after, draft))], actor.user_id)


async def publish(work: Work, actor: Actor, product_id: UUID) -> None:
    """Offers a product to everyone; one that is on offer already stays as it is."""
    # The member is locked before its products, as where the member's own news arrive.
    found = (await repository.owners(work, [product_id])).get(product_id)
    standings = await producers.by_ids(work, [found] if found else [], lock=True)
    product = await _mine(work, actor, product_id)
    if product.status != "published":
        after = rules.published(product, standings.get(product.member_id))
        await store(work, [Change(product, after)], actor.user_id)


async def withdraw(work: Work, actor: Actor, product_id: UUID) -> None:
    """Takes a product off offer. What is reserved of it stays reserved."""
    product = await _mine(work, actor, product_id)
    if product.status != "withdrawn":
        await store(work, [Change(product, rules.withdrawn(product))], actor.user_id)


async def learn(work: Work, standings: Sequence[Standing]) -> None:
    """Takes the members' news in: offers of those who are gone are withdrawn, those of the suspended are paused until
    that ends, the others' say who makes them."""
    known = await producers.by_ids(work, [one.member_id for one in standings])
    await producers.save(work, standings)
    news = {one.member_id: one for one in standings if _matters(known.get(one.member_id), one)}
    renamed = {
        member_id for member_id, one in news.items() if member_id not in known or known[member_id].name != one.name
    }
    offered = await repository.load_of_members(work, list(news), ("published", "paused"))
    changes = [
        Change(product, rules.following(product, news[product.member_id], retell=product.member_id in renamed))
        for product in offered.values()
    ]
    if changes:
        await store(work, changes, None)


def _matters(before: Standing | None, now: Standing) -> bool:
    return before is None or before.name != now.name or now.gone or before.may_publish != now.may_publish


async def set_price(
    work: Work, actor: Actor, variant_id: UUID, price: Money, *, valid_from: datetime | None, terms: Terms
) -> None:
    """A price from a date on: at once, or when the date comes. Raises Invalid for a date that has passed."""
    product_id = (await repository.products_of(work, [variant_id])).get(variant_id)
    if product_id is None:
        raise NotFound("variant_not_found", "There is no such variant")
    product = await _mine(work, actor, product_id)
    priced = _priced(product, {variant_id: (price, work.now)})
    rules.check(priced, terms)
    if valid_from is None or valid_from == work.now:
        await store(work, [Change(product, priced)], actor.user_id)
    elif valid_from < work.now:
        raise Invalid("already_past", "Must be in the future", field="/valid_from")
    else:
        await repository.add_prices(work, [PriceEntry(variant_id, price, valid_from, pending=True)])


def _priced(product: Product, prices: Mapping[UUID, tuple[Money, datetime]]) -> Product:
    variants = tuple(
        replace(variant, price=prices[variant.id][0], price_from=prices[variant.id][1])
        if variant.id in prices
        else variant
        for variant in product.variants
    )
    return replace(product, variants=variants, version=product.version + 1)


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
