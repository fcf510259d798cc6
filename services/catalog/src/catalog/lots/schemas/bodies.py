"""What is sent about lots."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.lots.rules.kinds import Entry, LossCause, LossName, LotUnit
from catalog.lots.service.changing import Said, Told
from catalog.lots.service.entering import Description, Entering
from catalog.lots.service.transforming import Composting, Input, RecipeDraft, Transforming
from contracts.values import PositiveQuantity, Quantity

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Place = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=120),
    Field(description="Where it is, as people call it", examples=["Centro de acopio Sigchos"]),
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Field(description="A word on it")]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(description="What its producer calls the lot", examples=["M-7"]),
]
On = Annotated[date | None, Field(description="The day on which it happened, in the network's zone; today if left out")]
Some = Annotated[PositiveQuantity | None, Field(description="In the lot's unit; all that is left if not given")]
KgPerUnit = Annotated[
    PositiveQuantity,
    Field(
        description="What one unit weighs: the density of a litre (milk 1.03), the weight of a piece; kilos need none",
        examples=["1.03"],
    ),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Happened(_Body):
    """When and where something happened."""

    on: On = None
    place: Annotated[Place | None, Field(description="Where it is afterwards; where it was if left out")] = None
    note: Note = ""

    def told(self) -> Told:
        return Told(self.on, self.place, self.note)


class NewThing(_Body):
    """What a lot is of: a variant, a product, or something that is never sold, by its name and unit."""

    product_id: UUID | None = None
    variant_id: UUID | None = None
    name: Annotated[Name | None, Field(description="For what is no product here", examples=["Suero"])] = None
    quantity: PositiveQuantity
    unit: Annotated[LotUnit | None, Field(description="UN/ECE code; the variant's if left out", examples=["LTR"])] = (
        None
    )
    kg_per_unit: KgPerUnit | None = None
    container: Annotated[bool, Field(description="A jar or can that is to come back")] = False
    stock: Annotated[bool, Field(description="Put it on the shelf: the variant's stock grows by as much")] = False
    code: Code | None = None
    place: Place = ""
    plot_id: Annotated[UUID | None, Field(description="The plot where it grew")] = None
    best_before: date | None = None
    note: Note = ""

    def described(self, byproduct: bool = False) -> Description:
        return Description(
            self.quantity,
            self.product_id,
            self.variant_id,
            self.name,
            self.unit,
            self.kg_per_unit,
            self.container,
            byproduct,
            self.stock,
            self.code,
            self.place,
            self.plot_id,
            self.best_before,
            self.note,
        )


class NewLot(NewThing):
    """A lot that comes into the books: harvested, produced, or received from somebody."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same lot")] = None
    kind: Entry = "harvested"
    member_id: Annotated[UUID | None, Field(description="Who has it; needed where the user acts for several")] = None
    for_network: Annotated[bool, Field(description="The network has it; for coordinators, instead of a member")] = False
    producer_id: Annotated[UUID | None, Field(description="Who grew or made it, where it was received")] = None
    on: On = None

    def entering(self) -> Entering:
        return Entering(
            self.id, self.kind, self.described(), self.member_id, self.for_network, self.producer_id, self.on
        )


class ChangedLot(_Body):
    """What may be said of a lot later; what it is stays as it is."""

    note: Note = ""
    best_before: date | None = None
    code: Code | None = None

    def said(self) -> Said:
        return Said(self.note, self.best_before, self.code, frozenset(self.model_fields_set))


class Part(_Body):
    quantity: PositiveQuantity
    place: Annotated[Place | None, Field(description="Where this part goes; where the whole was if left out")] = None


class Split(Happened):
    """Each part becomes a lot; what is not named stays."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=100)]


class Taken(_Body):
    lot_id: UUID
    quantity: Some = None


class Merge(Happened):
    """Lots of one thing that become one."""

    lots: Annotated[list[Taken], Field(min_length=2, max_length=200)]


class Lose(Happened):
    quantity: Some = None
    cause: LossCause


class Count(Happened):
    """What was counted or weighed; the difference is noted as a correction."""

    counted: Quantity


class Deliver(Happened):
    """Handed over to a member, to the network, or brought to another place."""

    quantity: Some = None
    member_id: Annotated[UUID | None, Field(description="Who gets it")] = None
    to_network: Annotated[bool, Field(description="The network gets it")] = False


class Compost(Happened):
    """Some of a lot goes onto the heap, which is a lot again."""

    quantity: Some = None
    name: Annotated[Name, Field(description="What the heap is called")] = "Composta"
    product_id: UUID | None = None
    variant_id: UUID | None = None
    made: Annotated[PositiveQuantity | None, Field(description="Kilos of compost; what went in if left out")] = None

    def composting(self) -> Composting:
        return Composting(self.quantity, self.name, self.product_id, self.variant_id, self.made)


class InputBody(Taken):
    main: Annotated[bool, Field(description="Counts for the yield: milk does, salt does not")] = True


class OutputBody(NewThing):
    byproduct: Annotated[bool, Field(description="Whey, bagasse: does not count for the yield")] = False


class LossBody(_Body):
    """Kilos that were lost on the way. One of them may leave its kilos out: it takes what is left over."""

    name: LossName
    kg: PositiveQuantity | None = None


class NewTransformation(Happened):
    """Lots that become other lots. Where everything can be weighed, what goes in weighs what comes out and is lost."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same transformation")] = (
        None
    )
    inputs: Annotated[list[InputBody], Field(min_length=1, max_length=200)]
    outputs: Annotated[list[OutputBody], Field(min_length=1, max_length=50)]
    losses: Annotated[list[LossBody], Field(max_length=9)] = []
    recipe_id: UUID | None = None
    member_id: Annotated[UUID | None, Field(description="Who has what is made; who had the inputs if left out")] = None

    def transforming(self) -> Transforming:
        return Transforming(
            self.id,
            [Input(one.lot_id, one.quantity, one.main) for one in self.inputs],
            [one.described(one.byproduct) for one in self.outputs],
            [(one.name, one.kg) for one in self.losses],
            self.recipe_id,
            self.member_id,
        )


class PackedLine(_Body):
    line_id: Annotated[UUID, Field(description="The line of a confirmed order")]
    quantity: PositiveQuantity


class Pack(Happened):
    """Some of a lot goes into orders."""

    lines: Annotated[list[PackedLine], Field(min_length=1, max_length=500)]


class GiveBack(Happened):
    """What a member brings back of what was packed: an empty jar, or what it did not want."""

    quantity: PositiveQuantity
    line_id: Annotated[UUID | None, Field(description="The line that it was packed for; the oldest if left out")] = None
    member_id: Annotated[UUID | None, Field(description="Who brings it back")] = None
    container: Annotated[NewThing | None, Field(description="The empty jar, where the lot is of what was in it")] = None


Rate = Annotated[Decimal, Field(gt=0, lt=100_000, decimal_places=4, examples=["0.1100"])]


class NewRecipe(_Body):
    """What is usually made of what."""

    id: UUID | None = None
    member_id: Annotated[UUID | None, Field(description="Whose it is; a coordinator may leave it to the network")] = (
        None
    )
    name: Annotated[Name, Field(examples=["Queso fresco"])]
    input: Annotated[Name, Field(examples=["Leche"])]
    input_unit: LotUnit
    output: Annotated[Name, Field(examples=["Queso fresco"])]
    output_unit: LotUnit
    least: Annotated[Rate, Field(description="Units of output that one unit of input gives at least")]
    most: Annotated[Rate, Field(description="… and at most")]
    note: Note = ""

    def draft(self) -> RecipeDraft:
        return RecipeDraft(**self.model_dump())
