"""A product's places in dated occasions, as the room of sessions wants them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from catalog.products.rules.drafts import VariantDraft, with_draft
from catalog.products.rules.products import MOST_SESSIONS, Product
from kit.errors import Conflict, Invalid


def with_sessions(product: Product, drafts: Sequence[VariantDraft], now: datetime) -> Product:
    """The product with these sessions added, or changed where it has them; the same object if that changes nothing.

    Each draft has its ``id`` and, if it is new, its ``session``. Raises Conflict for goods, Invalid for too many.
    """
    if product.kind == "good":
        raise Conflict("goods_have_no_sessions", "Only services and workshops have sessions")
    known = {variant.id: variant for variant in product.sessions}
    kept = dict(known)
    for draft in drafts:
        if draft.id is None or (draft.id not in known and draft.session is None):
            raise ValueError("a session has an id, and its times when it is new")
        kept[draft.id] = with_draft(known.get(draft.id), draft, now, draft.id, "")
    if len(kept) > MOST_SESSIONS:
        raise Invalid("too_many_sessions", "At most {most} sessions to come of one product", most=MOST_SESSIONS)
    if kept == known:
        return product
    others = tuple(variant for variant in product.variants if variant.retired)
    return replace(product, variants=(*product.offered, *kept.values(), *others), version=product.version + 1)


def without_sessions(product: Product, ids: Collection[UUID]) -> Product:
    """The product with these of its sessions retired; the same object if it has none of them."""
    gone = {variant.id for variant in product.sessions if variant.id in ids}
    if not gone:
        return product
    variants = tuple(replace(variant, retired=True) if variant.id in gone else variant for variant in product.variants)
    return replace(product, variants=variants, version=product.version + 1)
