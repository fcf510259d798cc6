"""Purchase orders: what each supplier is asked for."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, Sequence, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orders.base import Base
from orders.cycles.models import Instant, QuantityType

purchase_order_serial = Sequence("purchase_order_serial", metadata=Base.metadata)
#: A sum of many lines' quantities.
SumType = Numeric(15, 3)


class PurchaseOrder(Base):
    __tablename__ = "purchase_order"
    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("cycle_id", "supplier_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"))
    supplier_id: Mapped[UUID]
    supplier_name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PurchaseOrderLine(Base):
    """Whole cases of a variant. `goods` is what `requested` costs in exact minor units, at the orders' own prices."""

    __tablename__ = "purchase_order_line"
    __table_args__ = (
        CheckConstraint("cases > 0 AND case_size > 0 AND ordered = cases * case_size", name="whole_cases"),
        CheckConstraint("requested > 0 AND tolerance >= 0 AND ordered <= requested + tolerance", name="demand"),
        CheckConstraint("goods >= 0", name="goods"),
    )

    purchase_order_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_order.id"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    requested: Mapped[Decimal] = mapped_column(SumType)
    tolerance: Mapped[Decimal] = mapped_column(SumType)
    case_size: Mapped[Decimal] = mapped_column(QuantityType)
    cases: Mapped[int]
    ordered: Mapped[Decimal] = mapped_column(SumType)
    goods: Mapped[Decimal] = mapped_column(Numeric)
