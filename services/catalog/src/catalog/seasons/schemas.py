"""Season plans over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from catalog.seasons import rules, service
from contracts.catalog import Unit
from contracts.values import Quantity, plain

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
WeekCode = Annotated[str, Field(max_length=8, examples=["2026-W48"], description="A week as ISO 8601 writes it")]
#: A sum or difference of quantities, which may be below zero or very large.
Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str), Field(examples=["-12.5"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCrop(_Body):
    """What products of several producers are, so that they can be added up."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same crop")] = None
    name: Annotated[Name, Field(examples=["Jitomate"])]
    unit: Annotated[Unit, Field(description="What it is counted in: KGM kilos, LTR litres, H87 pieces, HUR hours")]


class CropOut(BaseModel):
    id: UUID
    name: str
    unit: Unit


class ProductCrop(_Body):
    crop_id: Annotated[UUID | None, Field(description="Null: the product counts by itself")]


class PlannedWeek(_Body):
    week: WeekCode
    quantity: Annotated[Quantity, Field(description="In the plan's unit; 0 takes the week out")]


Weeks = Annotated[list[PlannedWeek], Field(max_length=rules.MOST_WEEKS)]


class NewPlan(_Body):
    """What a producer intends to have of a product."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same plan")] = None
    product_id: UUID
    place_id: Annotated[UUID | None, Field(description="The collection centre; without it, the whole network")] = None
    note: Note = ""
    weeks: Weeks = []


class ChangedPlan(_Body):
    """The weeks that change; others stay."""

    note: Note | None = None
    weeks: Weeks = []


def read_weeks(weeks: list[PlannedWeek]) -> dict[date, Decimal]:
    """By Monday. Raises Invalid for what is no week, or is there twice."""
    found: dict[date, Decimal] = {}
    for place, one in enumerate(weeks):
        monday = rules.monday(one.week, f"/weeks/{place}/week")
        if monday in found:
            raise rules.repeated(f"/weeks/{place}/week")
        found[monday] = one.quantity
    return found


class WeekOut(BaseModel):
    week: str
    quantity: Quantity


class PlanOut(BaseModel):
    """A plan as it stands."""

    id: UUID
    member_id: UUID
    product_id: UUID
    product: str
    place_id: UUID | None
    place: str | None
    unit: Unit
    note: str
    version: int
    changed_at: datetime
    weeks: list[WeekOut]

    @classmethod
    def of(cls, row: Any) -> Self:
        weeks = sorted((date.fromisoformat(day), Decimal(quantity)) for day, quantity in row.weeks.items())
        return cls(
            id=row.id,
            member_id=row.member_id,
            product_id=row.product_id,
            product=row.product,
            place_id=row.place_id,
            place=row.place,
            unit=row.unit,
            note=row.note,
            version=row.version,
            changed_at=row.changed_at,
            weeks=[WeekOut(week=rules.iso(day), quantity=quantity) for day, quantity in weeks],
        )


class PlanChangeOut(BaseModel):
    """What was planned for a week before and after."""

    week: str
    before: Quantity
    after: Quantity
    user_id: UUID
    at: datetime


class BalanceWeek(BaseModel):
    """A week: what is planned, what is asked for, what is missing or left over."""

    week: str
    planned: Amount
    producers: Annotated[int, Field(description="How many plan to have some")]
    demand: Annotated[Amount | None, Field(description="Null where nothing is known yet")]
    basis: Annotated[
        Literal["ordered", "expected", "unknown"],
        Field(
            description="`ordered`: what orders ask for. `expected`: the average of the last `average_of` weeks with "
            "deliveries, times `factor`, which says how these weeks were a year ago beside those before them"
        ),
    ]
    average_of: int
    factor: Amount
    difference: Annotated[Amount | None, Field(description="Planned less demand; below zero something is missing")]
    meets: Annotated[
        Literal["gap", "even", "glut", "unknown"], Field(description="`even`: within a tenth of the demand")
    ]


class PlaceOut(BaseModel):
    id: UUID
    name: str


class LeftOutOut(BaseModel):
    unit: Unit
    quantity: Amount


class BalanceOut(BaseModel):
    """A crop, or a product that belongs to none, week by week."""

    id: UUID
    kind: Literal["crop", "product"]
    name: str
    unit: Unit
    place: Annotated[PlaceOut | None, Field(description="Null: the whole network; by place, what no place was said of")]
    weeks: list[BalanceWeek]
    left_out: Annotated[
        list[LeftOutOut], Field(description="Ordered in units that can't be added to the others, over all weeks read")
    ]

    @classmethod
    def of(cls, one: service.Balance) -> Self:
        return cls(
            id=one.id,
            kind=one.kind,
            name=one.name,
            unit=one.unit,
            place=PlaceOut(id=one.place.id, name=one.place.name) if one.place else None,
            weeks=[
                BalanceWeek(
                    week=rules.iso(week.week),
                    planned=week.planned.quantity,
                    producers=week.planned.producers,
                    demand=week.demand.quantity,
                    basis=week.demand.basis,
                    average_of=week.demand.weeks,
                    factor=week.demand.factor,
                    difference=week.difference,
                    meets=week.meets,
                )
                for week in one.weeks
            ],
            left_out=[LeftOutOut(unit=left.unit, quantity=left.quantity) for left in one.left_out],
        )
