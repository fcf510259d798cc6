"""What members do with their products."""

from decimal import Decimal
from uuid import UUID

from catalog.photos import service as photos
from catalog.producers import repository as producers
from catalog.products import repository, rules
from catalog.products.rules import Product, ProductDraft, Terms
from catalog.products.service.storing import Change, store
from contracts.members import OFFERING_KINDS
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id


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
    await photos.check(work, owner_id, [picture.id for picture in product.photos])
    await store(work, [Change(None, product, _counted(product, draft))], actor.user_id)
    return product.id


def _counted(product: Product, draft: ProductDraft) -> dict[UUID, Decimal]:
    """What was counted of each new variant: the draft's variants come first and in order in the product."""
    listed = zip(product.variants, draft.variants or (), strict=False)
    return {variant.id: said.on_hand for variant, said in listed if said.on_hand is not None}


async def mine(work: Work, actor: Actor, product_id: UUID) -> Product:
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
    product = await mine(work, actor, product_id)
    if version is not None and version != product.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = rules.changed(product, draft, work.now, new_id)
    rules.check(after, terms)
    if after.photos != product.photos:
        await photos.check(work, product.member_id, [picture.id for picture in after.photos])
    await store(work, [Change(product, after, _counted(after, draft))], actor.user_id)


async def publish(work: Work, actor: Actor, product_id: UUID) -> None:
    """Offers a product to everyone; one that is on offer already stays as it is."""
    # The member is locked before its products, as where the member's own news arrive.
    found = (await repository.owners(work, [product_id])).get(product_id)
    standings = await producers.by_ids(work, [found] if found else [], lock=True)
    product = await mine(work, actor, product_id)
    if product.status != "published":
        after = rules.published(product, standings.get(product.member_id))
        await store(work, [Change(product, after)], actor.user_id)


async def withdraw(work: Work, actor: Actor, product_id: UUID) -> None:
    """Takes a product off offer. What is reserved of it stays reserved."""
    product = await mine(work, actor, product_id)
    if product.status != "withdrawn":
        await store(work, [Change(product, rules.withdrawn(product))], actor.user_id)
