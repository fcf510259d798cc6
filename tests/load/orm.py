"""The reference: the list of products as most would write it first, by ORM entities and a ``response_model``."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import ARRAY, ForeignKey, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

from catalog.photos.rules import addresses
from catalog.products.schemas import ProductOut
from kit.paging import Page, encode_cursor


class Base(DeclarativeBase):
    pass


class Producer(Base):
    __tablename__ = "producers"
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class ProducerPage(Base):
    __tablename__ = "producer_pages"
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Shelf(Base):
    __tablename__ = "stock"
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    policy: Mapped[str]
    on_hand: Mapped[Decimal]
    reserved: Mapped[Decimal]


class Variant(Base):
    __tablename__ = "variants"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int]
    name: Mapped[str]
    sku: Mapped[str | None]
    unit: Mapped[str]
    amount: Mapped[Decimal] = mapped_column("price")
    currency: Mapped[str]
    price_from: Mapped[datetime]
    case_size: Mapped[Decimal]
    step: Mapped[Decimal]
    minimum: Mapped[Decimal]
    variable_weight: Mapped[bool]
    credit_share: Mapped[int]
    retired: Mapped[bool]
    net_quantity: Mapped[Decimal | None]
    net_unit: Mapped[str | None]
    tax_rate: Mapped[Decimal | None]
    tax_included: Mapped[bool]
    deposit_name: Mapped[str | None]
    deposit_amount: Mapped[Decimal | None] = mapped_column("deposit")
    piece_min: Mapped[Decimal | None]
    piece_max: Mapped[Decimal | None]
    season: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    in_season: Mapped[bool]
    season_changes_on: Mapped[date | None]
    session_starts_at: Mapped[datetime | None]
    shelf: Mapped[Shelf] = relationship()

    @property
    def price(self) -> dict[str, Any]:
        return {"amount": self.amount, "currency": self.currency}

    @property
    def net_content(self) -> dict[str, Any] | None:
        return None if self.net_quantity is None else {"quantity": self.net_quantity, "unit": self.net_unit}

    @property
    def deposit(self) -> dict[str, Any] | None:
        price = {"amount": self.deposit_amount, "currency": self.currency}
        return None if self.deposit_amount is None else {"name": self.deposit_name, "price": price}

    @property
    def piece_weight(self) -> dict[str, Any] | None:
        return None if self.piece_min is None else {"min": self.piece_min, "max": self.piece_max}

    @property
    def stock(self) -> dict[str, Any]:
        tracked = self.shelf.policy == "tracked"
        left = self.shelf.on_hand - self.shelf.reserved if tracked else None
        return {"policy": self.shelf.policy, "available": left}


class Product(Base):
    __tablename__ = "products"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("producers.member_id"))
    kind: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    translations: Mapped[dict[str, Any]] = mapped_column(JSONB)
    category: Mapped[str]
    practices: Mapped[list[str]] = mapped_column("shown_practices", ARRAY(Text))
    contains: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    may_contain: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    storage: Mapped[str | None]
    shelf_life_days: Mapped[int | None]
    keeping: Mapped[str | None] = mapped_column("conservation")
    own_place: Mapped[dict[str, Any] | None] = mapped_column("place", JSONB)
    pictures: Mapped[list[dict[str, Any]]] = mapped_column("photos", JSONB)
    status: Mapped[str]
    version: Mapped[int]
    sort_name: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    maker: Mapped[Producer] = relationship()
    page: Mapped[ProducerPage | None] = relationship(
        primaryjoin="foreign(Product.member_id) == ProducerPage.member_id", viewonly=True
    )
    lines: Mapped[list[Variant]] = relationship(order_by=Variant.position)

    @property
    def producer(self) -> dict[str, Any]:
        return {"id": self.member_id, "name": self.maker.name}

    @property
    def allergens(self) -> dict[str, Any] | None:
        return None if self.contains is None else {"contains": self.contains, "may_contain": self.may_contain}

    @property
    def conservation(self) -> dict[str, Any] | None:
        if self.keeping is None:
            return None
        return {"storage": self.storage, "shelf_life_days": self.shelf_life_days, "note": self.keeping}

    @property
    def place(self) -> dict[str, Any] | None:
        return self.own_place or (self.page.place if self.page else None)

    @property
    def photos(self) -> list[dict[str, Any]]:
        return [{**one, "sizes": addresses(UUID(one["id"]))} for one in self.pictures]

    @property
    def variants(self) -> list[Variant]:
        return [line for line in self.lines if not line.retired and line.session_starts_at is None]

    @property
    def sessions(self) -> list[Variant]:
        return []


def sessions(url: str) -> async_sessionmaker[AsyncSession]:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=10)
    return async_sessionmaker(engine)


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


router = APIRouter()


@router.get("/orm/products", response_model=Page[ProductOut])
async def list_products(session: Annotated[AsyncSession, Depends(_session)], limit: int = 50) -> Any:
    """The first page of what is on offer."""
    query = (
        select(Product)
        .options(
            selectinload(Product.lines).joinedload(Variant.shelf), joinedload(Product.maker), joinedload(Product.page)
        )
        .where(Product.status == "published")
        .order_by(Product.sort_name, Product.id)
        .limit(limit + 1)
    )
    found = list(await session.scalars(query))
    last = found[limit - 1]
    return {"items": found[:limit], "next": encode_cursor((last.sort_name, last.id)) if len(found) > limit else None}
