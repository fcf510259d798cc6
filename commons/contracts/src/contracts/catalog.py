"""What the catalog service says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.envelope import Fact, Topic
from contracts.values import Location, Money, Quantity

ProductKind = Literal["good", "service", "knowledge"]
StockPolicy = Literal["on_demand", "tracked"]
Unit = Literal["KGM", "LTR", "H87", "HUR"]
#: What a pack's content is counted in: kilo, gram, litre, millilitre, piece.
ContentUnit = Literal["KGM", "GRM", "LTR", "MLT", "H87"]
Storage = Literal["ambient", "chilled", "frozen"]


class Part(BaseModel):
    """A part of a state. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class Translation(Part):
    """Name and description in another language than the network's own."""

    name: str
    description: str = ""


class AllergensState(Part):
    """The allergens of EU 1169/2011, Annex II, that are in it or may be; of the others its owner says that none is."""

    contains: list[str]
    may_contain: list[str]


class ConservationState(Part):
    storage: Storage | None = None
    shelf_life_days: int | None = None
    note: str = ""


class PhotoState(Part):
    """A picture; where each size of it (``thumb``, ``medium``, ``large``) is, within the catalog's API."""

    id: UUID
    caption: str
    sizes: dict[str, str]


class PlaceState(Part):
    name: str
    location: Location | None = None


class NetContentState(Part):
    """What one pack holds."""

    quantity: Quantity
    unit: ContentUnit


class DepositState(Part):
    """What is charged for a returnable container with each piece, and given back with it."""

    name: str
    price: Money


class PieceWeightState(Part):
    """What one piece weighs at least and at most, in kilos."""

    min: Quantity
    max: Quantity


class SeasonWindow(Part):
    """Two days, both included: ``06-15`` and ``09-30`` every year, or ``2026-06-15`` and ``2026-07-02`` once."""

    start: str
    end: str


class SessionState(Part):
    """The dated occasion that the variant is a place in."""

    starts_at: datetime
    ends_at: datetime
    place: PlaceState | None = None


class VariantState(BaseModel):
    """What is sold: one pack of a product."""

    variant_id: UUID
    name: str
    unit: Unit
    price: Money
    #: Pieces, kilos… in a producer's case: whole cases are ordered from the producer.
    case_size: Quantity
    #: Smallest step of an ordered quantity.
    step: Quantity
    minimum: Quantity
    variable_weight: bool
    #: Per cent of the price that may be paid in community credit.
    credit_share: int
    stock_policy: StockPolicy
    net_content: NetContentState | None = None
    #: Per cent; None where nothing is said.
    tax_rate: Quantity | None = None
    #: Whether the price has the tax in it.
    tax_included: bool = True
    deposit: DepositState | None = None
    #: Where it is ordered by the piece and billed by weight.
    piece_weight: PieceWeightState | None = None
    #: When it is to be had; empty for all year. What is out of season is not among a product's variants.
    season: list[SeasonWindow] = []
    #: The day on which it goes off offer.
    season_ends_on: date | None = None
    session: SessionState | None = None


class ProductState(Fact):
    """A product with all its variants that are on offer today, as its owner published it."""

    product_id: UUID
    producer_id: UUID
    producer_name: str
    kind: ProductKind
    name: str
    description: str
    category: str
    #: Without those that are withheld from its owner.
    practices: list[str]
    variants: list[VariantState]
    #: By language tag (BCP 47).
    translations: dict[str, Translation] = Field(default_factory=dict)
    #: None where nothing was declared.
    allergens: AllergensState | None = None
    conservation: ConservationState | None = None
    #: Where it is offered, if not where its producer is.
    place: PlaceState | None = None
    photos: list[PhotoState] = Field(default_factory=list)


class ProductPublished(ProductState):
    topic: ClassVar[Topic] = Topic("catalog", "product", "published", 1, "pub")


class ProductWithdrawn(ProductState):
    topic: ClassVar[Topic] = Topic("catalog", "product", "withdrawn", 1, "pub")


class StockChanged(Fact):
    """What is left of a variant. The subject is the variant, the version its stock's."""

    topic: ClassVar[Topic] = Topic("catalog", "stock", "changed", 1, "int")
    variant_id: UUID
    available: Quantity


class SessionCancelled(Fact):
    """A dated occasion does not take place; what was reserved of it is free, and those who booked it were told. The
    subject is the session, whose id is that of the variant as which it was sold."""

    topic: ClassVar[Topic] = Topic("catalog", "session", "cancelled", 1, "int")
    session_id: UUID
    product_id: UUID
    producer_id: UUID
    starts_at: datetime
    reason: str
    #: Orders that had places: their lines of it have nothing reserved any more.
    order_ids: list[UUID]


class Attendance(BaseModel):
    """Who had places, and how many came for how long."""

    member_id: UUID
    #: The booking, or the order.
    place_id: UUID
    outcome: Literal["came", "missed", "partly"]
    people: int
    #: Of each of them.
    hours: Quantity


class SessionAttended(Fact):
    """A session took place and its attendance is closed: final, so that hours may be credited. The subject is the
    session."""

    topic: ClassVar[Topic] = Topic("catalog", "session", "attended", 1, "int")
    session_id: UUID
    product_id: UUID
    #: Who held it.
    producer_id: UUID
    starts_at: datetime
    #: How long it lasted.
    hours: Quantity
    attendance: list[Attendance]


class StockReserved(Fact):
    """All lines of an order are reserved. The subject is the order, the version the order's."""

    topic: ClassVar[Topic] = Topic("catalog", "reservation", "reserved", 1, "int")
    order_id: UUID


class MissingStock(BaseModel):
    """Why a line could not be reserved."""

    variant_id: UUID
    code: Literal["not_enough_stock", "not_offered"]
    requested: Quantity
    available: Quantity


class StockRefused(Fact):
    """None of an order's lines are reserved, because some could not be."""

    topic: ClassVar[Topic] = Topic("catalog", "reservation", "refused", 1, "int")
    order_id: UUID
    reasons: list[MissingStock]


#: What a price is made of: work at its wage, what was bought, and what wore out.
CostKind = Literal["labour", "inputs", "energy", "transport", "depreciation", "other"]


class CostPart(BaseModel):
    """What one unit costs of one kind."""

    kind: CostKind
    per_unit: Money


class DiagnosisState(Fact):
    """What a product cost to make in a season, as its producer published it. The subject is the diagnosis."""

    diagnosis_id: UUID
    product_id: UUID
    producer_id: UUID
    #: The variant whose unit is meant. For kilos, litres and hours it is true of any variant sold by that unit.
    variant_id: UUID
    unit: Unit
    season: str
    season_starts: date
    season_ends: date
    #: Add up to ``cost``; kinds that cost nothing are left out.
    costs: list[CostPart]
    cost: Money
    #: Per cent on the cost.
    margin: Quantity
    fair_price: Money


class DiagnosisPublished(DiagnosisState):
    topic: ClassVar[Topic] = Topic("catalog", "diagnosis", "published", 1, "pub")


class DiagnosisWithdrawn(DiagnosisState):
    """Not to be shown any more."""

    topic: ClassVar[Topic] = Topic("catalog", "diagnosis", "withdrawn", 1, "pub")


class HubFee(BaseModel):
    """What is added to each unit's price at a pickup point or in a cycle, and who receives it."""

    name: str
    amount: Money
    #: ``network``, ``fund`` or a member's id.
    payee: str


class HubOfferState(Fact):
    """A variant at a price of its own, at a pickup point, in a cycle, or both. The subject is the hub offer."""

    hub_offer_id: UUID
    variant_id: UUID
    product_id: UUID
    producer_id: UUID
    #: At least one of the two: where, and in which cycle.
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    #: The producer's price per unit there; fees come on top.
    price: Money
    fees: list[HubFee]
    #: From this instant on, and until that one if there is one.
    valid_from: datetime
    valid_until: datetime | None
    #: The variant is sold only where such an offer holds.
    exclusive: bool


class HubOffered(HubOfferState):
    topic: ClassVar[Topic] = Topic("catalog", "hub_offer", "offered", 1, "pub")


class HubOfferWithdrawn(HubOfferState):
    topic: ClassVar[Topic] = Topic("catalog", "hub_offer", "withdrawn", 1, "pub")


CertificateStatus = Literal["in_conversion", "certified", "conditional", "refused", "suspended", "lapsed", "ended"]


class CertificateState(Fact):
    """What a member's certificate of a standard is worth now. The subject is the certificate."""

    certificate_id: UUID
    code: str
    member_id: UUID
    member_name: str
    standard: str
    standard_name: dict[str, str]
    status: CertificateStatus
    #: The year of conversion: 0, 1, 2 for T0, T1, T2.
    stage: int | None = None
    #: What it stands for, in the catalog's words.
    practices: list[str]
    products: list[str]
    issued_on: date
    #: Its last day.
    valid_until: date | None
    #: Its public page; without the host in a network that has not said its own.
    address: str


class CertificateIssued(CertificateState):
    topic: ClassVar[Topic] = Topic("catalog", "certificate", "issued", 1, "pub")


class CertificateChanged(CertificateState):
    """It was renewed, suspended, reinstated, or has lapsed or ended."""

    topic: ClassVar[Topic] = Topic("catalog", "certificate", "changed", 1, "pub")


class WantState(Fact):
    """What a member looks for, as far as others need to know it: without words and places. The subject is the want."""

    want_id: UUID
    member_id: UUID
    status: Literal["open", "met", "withdrawn", "expired"]
    kind: ProductKind | None = None
    category: str | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None
    needed_by: date | None = None


class WantOpened(WantState):
    """A member looks for something, or says anew what it is."""

    topic: ClassVar[Topic] = Topic("catalog", "want", "opened", 1, "int")


class WantEnded(WantState):
    """It was met, or is not looked for any more."""

    topic: ClassVar[Topic] = Topic("catalog", "want", "ended", 1, "int")


class WantMatched(Fact):
    """A product is what somebody looks for: said once for the two. The subject is the match."""

    topic: ClassVar[Topic] = Topic("catalog", "match", "found", 1, "int")
    match_id: UUID
    want_id: UUID
    product_id: UUID
    #: The member who looks for it, and the one who offers it.
    seeker_id: UUID
    provider_id: UUID
    #: From 0 to 100.
    score: int
