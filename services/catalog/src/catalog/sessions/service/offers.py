"""A session on the shelf: the variant as which it is sold, with as many as there are places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from catalog.producers.rules import Place
from catalog.products import rules as products_rules
from catalog.products import service as products
from catalog.products.rules import Product, Variant, VariantDraft
from catalog.sessions import wording
from catalog.sessions.repository import sessions as repository
from catalog.sessions.repository import views
from catalog.sessions.rules import occasions
from catalog.sessions.rules.occasions import Session
from catalog.settings import Settings
from catalog.stock import service as stock
from kit.database import Work
from kit.errors import Invalid


@dataclass(frozen=True)
class Offer:
    """A session as it is to be, and what of that concerns its price and its places."""

    session: Session
    repriced: bool = False
    recounted: bool = False


def terms_of(settings: Settings) -> products_rules.Terms:
    """What the network's settings say about prices."""
    return products_rules.Terms(
        settings.currency, settings.credit_currency, settings.language, settings.prices_include_tax
    )


def template(product: Product, variant_id: UUID | None) -> Variant:
    """The variant whose price a place has. Raises Invalid where it has to be said, and for one that is not there."""
    if variant_id is None:
        if len(product.offered) != 1:
            raise Invalid("variant_not_said", "Say which variant's price a place has", field="/variant_id")
        return product.offered[0]
    for variant in product.offered:
        if variant.id == variant_id:
            return variant
    raise Invalid("unknown_variant", "This product has no such variant", field="/variant_id")


def _draft(work: Work, settings: Settings, model: Variant, session: Session) -> VariantDraft:
    """What changes of a session that is listed: when, where, and what it is called."""
    return VariantDraft(
        id=session.id,
        name=wording.name(model.name, session.starts_at, work.zone, settings),
        session=products_rules.Session(
            session.starts_at, session.ends_at, Place(session.place, session.location) if session.place else None
        ),
    )


def _new(draft: VariantDraft, model: Variant, session: Session) -> VariantDraft:
    """What there is to say of one that was not listed before."""
    return replace(
        draft,
        unit="H87",
        price=occasions.price(model.unit, model.price, session.minutes),
        case_size=Decimal(1),
        step=Decimal(1),
        minimum=Decimal(1),
        tax_rate=model.tax_rate,
        credit_share=model.credit_share,
        policy="tracked",
        on_hand=Decimal(session.capacity),
    )


async def offer(
    work: Work, settings: Settings, product: Product, offered: Sequence[Offer], user_id: UUID | None
) -> list[Session]:
    """Saves sessions and brings what is sold in line with them: those whose booking is open are listed with their
    places, those that are listed say what changed. Returns them as they are now.

    Raises Conflict where more is booked than there would be places.
    """
    models = {variant.id: variant for variant in product.variants}
    recounted = [one.session.id for one in offered if one.recounted and one.session.listed]
    counts = await stock.counts(work, recounted) if recounted else {}
    sold = await views.sold(work.connection, recounted) if recounted else {}
    drafts, saved = [], []
    for one in offered:
        session, model = one.session, models[one.session.template_id]
        draft = _draft(work, settings, model, session)
        if session.listed and not session.done:
            if one.recounted:
                gone = sold.get(session.id, Decimal(0))
                occasions.check_capacity(session, counts[session.id].reserved + gone)
                draft = replace(draft, on_hand=session.capacity - gone)
            if one.repriced:
                draft = replace(draft, price=occasions.price(model.unit, model.price, session.minutes))
            drafts.append(draft)
        elif session.opens(work.now):
            drafts.append(_new(draft, model, session))
            session = replace(session, listed=True)
        saved.append(session)
    await repository.save(work, saved)
    if drafts:
        await products.keep_sessions(work, product, drafts, terms_of(settings), user_id)
    return saved


async def withdraw(work: Work, session_ids: Sequence[UUID], user_id: UUID | None) -> None:
    """Takes sessions off the shelf; what is booked of them stays booked, and nobody waits any more."""
    if session_ids:
        await products.retire_sessions(work, session_ids, user_id)
        await stock.set_awaited(work, dict.fromkeys(session_ids))
