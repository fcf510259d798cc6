"""What the room of sessions does with products: a session is sold as a variant, whose id is the session's.

Sessions don't count as variants of the owner's list, which neither shows nor retires them.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from catalog.products import repository, rules
from catalog.products.rules import Product, Terms, VariantDraft
from catalog.products.service.storing import Change, store
from kit.database import Work
from kit.errors import Conflict


async def keep_sessions(
    work: Work, product: Product, drafts: Sequence[VariantDraft], terms: Terms, user_id: UUID | None
) -> Product:
    """Adds sessions to a product that this transaction has loaded (``mine``), or changes them, and tells.

    A draft has the session's ``id``; a new one its ``session`` times, name, unit, price, ``policy="tracked"`` and as
    ``on_hand`` how many there is room for; of a known one what changes, ``on_hand`` recounting what is left to sell.
    Raises Invalid for a session that can't be offered so (pointers ``/price/amount``…), Conflict for goods, for an id
    that is taken, and where less is counted than is promised.
    """
    after = rules.with_sessions(product, drafts, work.now)
    known = {variant.id for variant in product.variants}
    new = [variant.id for variant in after.variants if variant.id not in known]
    if new and await repository.products_of(work, new):
        raise Conflict("id_taken", "This id was used for something else; take a new one")
    said = {draft.id: draft for draft in drafts if draft.id is not None}
    for variant in after.sessions:
        if variant.id in said:
            for error in rules.variant_faults(variant, terms, ""):
                raise error
    counted = {id_: draft.on_hand for id_, draft in said.items() if draft.on_hand is not None}
    await store(work, [Change(product, after, counted)], user_id)
    return after


async def retire_sessions(work: Work, session_ids: Collection[UUID], user_id: UUID | None = None) -> None:
    """Takes sessions off offer: those that were cancelled or are over. What is reserved of them stays reserved."""
    products = await repository.load(work, set((await repository.products_of(work, session_ids)).values()))
    changes = [
        Change(product, after)
        for product in products.values()
        if (after := rules.without_sessions(product, session_ids)) is not product
    ]
    if changes:
        await store(work, changes, user_id)
