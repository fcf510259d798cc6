"""Hub offers over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from catalog.hubs.rules import MOST_FEES, HubFee, payee_id
from contracts.values import Money


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FeeBody(_Body):
    """What is added to each unit's price there, and who receives it."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
        Field(examples=["Refrigeración del punto"]),
    ]
    amount: Annotated[Money, Field(description="For one unit")]
    payee: Annotated[str, Field(max_length=60, description="network, fund (the solidarity fund) or a member's id")] = (
        "network"
    )

    def value(self) -> HubFee:
        member_id = payee_id(self.payee)
        return HubFee(self.name, self.amount, self.payee if member_id is None else str(member_id))


_Fees = Annotated[list[FeeBody], Field(max_length=MOST_FEES)]
_Price = Annotated[Money, Field(description="The producer's price for one unit there; fees come on top")]
_Exclusive = Annotated[
    bool, Field(description="The variant is sold only where a hub offer of it holds; else there and everywhere")
]


class NewHubOffer(_Body):
    """A variant at a price of its own, at a pickup point, in a cycle, or at a pickup point in a cycle."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same offer")] = None
    variant_id: UUID
    pickup_point_id: UUID | None = None
    cycle_id: UUID | None = None
    price: _Price
    fees: _Fees = []
    valid_from: Annotated[AwareDatetime | None, Field(description="From now if left out")] = None
    valid_until: Annotated[AwareDatetime | None, Field(description="Without an end if left out")] = None
    exclusive: _Exclusive = False


class ChangedHubOffer(_Body):
    """What is to change. Where and of what it is stays: that would be another offer."""

    price: _Price | None = None
    fees: _Fees | None = None
    exclusive: _Exclusive | None = None
    valid_from: AwareDatetime | None = None
    valid_until: Annotated[AwareDatetime | None, Field(description="Null: without an end")] = None


class HubOfferOut(BaseModel):
    """A variant's price at a pickup point or in a cycle. The most special one holds: pickup point and cycle before cycle
    before pickup point before the variant's own price."""

    id: UUID
    variant_id: UUID
    product_id: UUID
    producer_id: UUID
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    price: Money
    fees: list[FeeBody]
    valid_from: datetime
    valid_until: datetime | None
    exclusive: bool
    version: int
    withdrawn_at: datetime | None
