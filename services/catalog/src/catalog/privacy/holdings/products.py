"""Producers, their products and what there is of them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select, update

from catalog.producers.models import Producer, ProducerPage
from catalog.products.models import Price, Product, Variant, WithheldPractice
from catalog.stock.models import Movement, Stock
from kit.database import Work
from kit.personal import MEMBER, Holding

_VARIANTS = select(Variant.id).where(Variant.member_id == MEMBER)

HOLDINGS = (
    Holding("member", select(Producer).where(Producer.member_id == MEMBER)),
    Holding("producer_page", select(ProducerPage).where(ProducerPage.member_id == MEMBER)),
    Holding("withheld_practices", select(WithheldPractice).where(WithheldPractice.member_id == MEMBER)),
    Holding("products", select(Product).where(Product.member_id == MEMBER).order_by(Product.created_at)),
    Holding("variants", select(Variant).where(Variant.member_id == MEMBER).order_by(Variant.product_id)),
    Holding("prices", select(Price).where(Price.variant_id.in_(_VARIANTS)).order_by(Price.valid_from)),
    Holding("stock", select(Stock).where(Stock.member_id == MEMBER)),
    Holding("movements", select(Movement).where(Movement.variant_id.in_(_VARIANTS)).order_by(Movement.at)),
)
NOBODYS = {
    "reservations": "an order's id and what became of its reservation; the order is told by the orders piece",
    "words": "the words of all products, each once",
    "reserved_lines": "variants and amounts of a reservation",
}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes out what producers told of themselves. Products keep their names: old orders and lots speak of them."""
    await work.execute(
        update(Product)
        .where(Product.member_id.in_(member_ids))
        .values(
            description="",
            translations={},
            conservation=None,
            storage=None,
            shelf_life_days=None,
            place=None,
            photos=[],
            search_text="",
            document=func.to_tsvector("simple", Product.sort_name),
            head=func.to_tsvector("simple", Product.sort_name),
            changed_at=work.now,
        )
    )
    await work.execute(update(Variant).where(Variant.member_id.in_(member_ids)).values(session_place=None))
    await work.execute(delete(ProducerPage).where(ProducerPage.member_id.in_(member_ids)))
    await work.execute(delete(WithheldPractice).where(WithheldPractice.member_id.in_(member_ids)))
