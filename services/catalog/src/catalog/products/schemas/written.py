"""Products as their owners write them."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from catalog.producers.schemas import PlaceBody
from catalog.products.rules import (
    Picture,
    ProductDraft,
    Terms,
    VariantDraft,
    Wording,
)
from catalog.products.schemas.parts import (
    AllergensBody,
    Body,
    CaseSize,
    Code,
    ConservationBody,
    DepositBody,
    Description,
    Minimum,
    Name,
    NetContentBody,
    Percent,
    Pictures,
    PieceWeightBody,
    Season,
    Sku,
    Step,
    TaxRate,
    TranslationBody,
    Translations,
)
from contracts.catalog import ProductKind, StockPolicy, Unit
from contracts.values import Money, Quantity


class NewStock(Body):
    """How stock is kept; ``on_hand`` is what there is at first."""

    policy: StockPolicy
    on_hand: Quantity | None = None


class _VariantFields(Body):
    """What a variant may have, new or changed."""

    name: Name | None = None
    sku: Sku | None = None
    unit: Unit | None = None
    net_content: NetContentBody | None = None
    price: Money | None = None
    tax_rate: TaxRate | None = None
    deposit: DepositBody | None = None
    variable_weight: bool | None = None
    piece_weight: PieceWeightBody | None = None
    credit_share: Percent | None = None
    case_size: CaseSize | None = None
    step: Step | None = None
    minimum: Minimum | None = None
    season: Season | None = None

    def _said(self, terms: Terms) -> dict[str, Any]:
        plain = ("name", "sku", "unit", "price", "case_size", "step", "minimum", "variable_weight", "credit_share")
        said: dict[str, Any] = {name: getattr(self, name) for name in plain}
        values = {name: getattr(self, name) for name in ("net_content", "deposit", "piece_weight")}
        said |= {name: body and body.value() for name, body in values.items()}
        said["tax_rate"] = self.tax_rate
        said["tax_included"] = terms.prices_include_tax
        said["season"] = None if self.season is None else tuple(window.value() for window in self.season)
        emptied = {"net_content", "tax_rate", "deposit", "piece_weight", "season"} & self.model_fields_set
        return {**said, "cleared": frozenset(name for name in emptied if getattr(self, name) is None)}


class NewVariant(_VariantFields):
    """What is sold. The price is for one of the unit: a kilo, a litre, a piece, an hour."""

    name: Name
    unit: Unit
    price: Money
    stock: NewStock = NewStock(policy="on_demand")
    variable_weight: Annotated[bool, Field(description="Ordered by the piece or by guess, billed by weight")] = False
    credit_share: Percent = 0

    def draft(self, terms: Terms) -> VariantDraft:
        return VariantDraft(policy=self.stock.policy, on_hand=self.stock.on_hand, **self._said(terms))


class _ProductFields(Body):
    """What a product may have, new or changed."""

    translations: Translations | None = None
    allergens: Annotated[AllergensBody | None, Field(description="Null where nothing is declared")] = None
    conservation: ConservationBody | None = None
    place: Annotated[PlaceBody | None, Field(description="Where it is offered, if not where its producer is")] = None
    photos: Pictures | None = None

    def _said(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("allergens", "conservation", "place")}
        said: dict[str, Any] = {name: body and body.value() for name, body in values.items()}
        if "translations" in self.model_fields_set:
            said["translations"] = _wordings(self.translations or {})
        if "photos" in self.model_fields_set:
            said["photos"] = tuple(Picture(one.id, one.caption) for one in self.photos or ())
        said["cleared"] = frozenset(name for name in values.keys() & self.model_fields_set if values[name] is None)
        return said


def _wordings(translations: Mapping[str, TranslationBody]) -> dict[str, Wording]:
    return {tag: Wording(body.name, body.description) for tag, body in translations.items()}


class NewProduct(_ProductFields):
    """A product with its variants; not offered until it is published."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same product")] = None
    member_id: Annotated[UUID | None, Field(description="Needed where the user acts for several members")] = None
    kind: ProductKind = "good"
    name: Name
    description: Description = ""
    category: Annotated[Code, Field(examples=["vegetables"])]
    practices: Annotated[list[Code], Field(default_factory=list, max_length=20, examples=[["agroecological"]])]
    variants: Annotated[
        list[NewVariant], Field(max_length=50, description="At least one, but for what is sold by sessions alone")
    ]

    def draft(self, terms: Terms) -> ProductDraft:
        return ProductDraft(
            self.kind,
            self.name,
            self.description,
            self.category,
            tuple(self.practices),
            tuple(variant.draft(terms) for variant in self.variants),
            **self._said(),
        )


class ChangedStock(Body):
    policy: StockPolicy | None = None
    on_hand: Annotated[Quantity | None, Field(description="Only for a new variant")] = None


class ChangedVariant(_VariantFields):
    """A variant there is (``id``) with what changes, or a new one. Null takes away what it may be without."""

    id: UUID | None = None
    stock: ChangedStock = ChangedStock()

    def draft(self, terms: Terms) -> VariantDraft:
        return VariantDraft(id=self.id, policy=self.stock.policy, on_hand=self.stock.on_hand, **self._said(terms))


class ChangedProduct(_ProductFields):
    """What is to change; null takes away what it may be without.

    ``variants`` is the whole new list: those left out are not offered any more. Sessions are not among them.
    """

    kind: ProductKind | None = None
    name: Name | None = None
    description: Description | None = None
    category: Code | None = None
    practices: Annotated[list[Code] | None, Field(max_length=20)] = None
    variants: Annotated[list[ChangedVariant] | None, Field(max_length=50)] = None

    def draft(self, terms: Terms) -> ProductDraft:
        return ProductDraft(
            self.kind,
            self.name,
            self.description,
            self.category,
            None if self.practices is None else tuple(self.practices),
            None if self.variants is None else tuple(variant.draft(terms) for variant in self.variants),
            **self._said(),
        )


class NewPrice(Body):
    """A price from a date on; from now if none is given."""

    price: Money
    valid_from: AwareDatetime | None = None
