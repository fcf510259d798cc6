"""Purchase orders as JSON."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.values import Money, Quantity


class PurchaseOrderLine(BaseModel):
    """Whole cases of a variant: what members asked for, what is ordered, what came."""

    variant_id: UUID
    name: str
    unit: str
    requested: Quantity = Field(description="What members ordered, without tolerance")
    tolerance: Quantity = Field(description="How much more they would take")
    case_size: Quantity
    cases: int
    ordered: Quantity = Field(description="Cases times case size")
    price: Money = Field(description="The producer's price per unit; their average if it changed during the cycle")
    accepted: Quantity | None = Field(description="Null until it was received")
    rejected: Quantity | None
    reason: str | None
    lot: str | None


class PurchaseOrder(BaseModel):
    """What a supplier is asked to bring."""

    id: UUID
    number: str = Field(examples=["QRO-OC-2026-0007"])
    cycle_id: UUID
    supplier_id: UUID
    supplier_name: str
    status: Literal["sent", "received"] = Field(description="received once all its lines were")
    created_at: datetime
    lines: list[PurchaseOrderLine]


class PurchaseOrders(BaseModel):
    """All purchase orders of a cycle: one per supplier."""

    items: list[PurchaseOrder]
    next: None = None
