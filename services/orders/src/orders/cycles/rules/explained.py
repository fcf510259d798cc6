"""How a producer's part of a price is made up: what its diagnosis says that a unit costs, and what is above or below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from kit.language import LANGUAGES, Texts, Words
from orders.cycles.rules.money import money, money_text
from orders.cycles.rules.shares import apportion

#: A unit that is not a measure: one variant's piece says nothing of another's.
PIECE = "H87"


@dataclass(frozen=True, slots=True)
class CostShare:
    """What one unit costs of one kind, in minor units; or in a line, what all of it does."""

    kind: str
    minor: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the catalog says that a product cost to make in a season. ``costs`` add up to ``cost``, for one unit."""

    id: UUID
    product_id: UUID
    producer_id: UUID
    variant_id: UUID
    unit: str
    season: str
    season_starts: str
    costs: tuple[CostShare, ...]
    cost: int
    fair_price: int

    def is_of(self, product_id: UUID, variant_id: UUID, unit: str) -> bool:
        """Whether it speaks of this variant: a kilo costs the same in every pack, a piece only in its own."""
        return (self.product_id, self.unit) == (product_id, unit) and (
            self.unit != PIECE or self.variant_id == variant_id
        )

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept with an offer and with an order's line."""
        return {
            "id": str(self.id),
            "season": self.season,
            "costs": [{"kind": share.kind, "minor": share.minor} for share in self.costs],
            "cost": self.cost,
            "fair_price": self.fair_price,
        }


def newest(diagnoses: Sequence[Diagnosis], product_id: UUID, variant_id: UUID, unit: str) -> Diagnosis | None:
    """The diagnosis of the last season that speaks of this variant."""
    found = [one for one in diagnoses if one.is_of(product_id, variant_id, unit)]
    return max(found, key=lambda one: (one.season_starts, one.id), default=None)


def made_of(diagnosis: Mapping[str, Any], price: int, quantity: Decimal, goods: int) -> list[CostShare]:
    """The parts of ``goods``, what a line's producer gets for that quantity at that price of a unit. They add up to it.

    Where the price covers the cost, costs and margin share it by largest remainder. Where it does not, the costs stand in
    full, and ``shortfall``, negative, is what the producer bears.
    """
    kinds = [(str(share["kind"]), int(share["minor"])) for share in diagnosis["costs"] if share["minor"]]
    cost = int(diagnosis["cost"])
    if price >= cost:
        weights = [minor for _, minor in kinds] + [price - cost]
        amounts = apportion(goods, weights) if price else [0] * len(weights)
    else:
        needed = round(Fraction(quantity) * cost)
        amounts = [*apportion(needed, [minor for _, minor in kinds]), goods - needed]
    rest = amounts[-1]
    named = [*(kind for kind, _ in kinds), "margin" if rest > 0 else "shortfall"]
    return [CostShare(kind, amount) for kind, amount in zip(named, amounts, strict=True) if amount]


def summary(diagnosis: Mapping[str, Any], price: int, currency: str) -> Words:
    """What a price of a unit says beside the cost, in a sentence."""
    gap = price - int(diagnosis["cost"])
    if gap == 0:
        return Words("The price is just what it costs to make")
    amount = money_text(abs(gap), currency)
    if gap > 0:
        return Words("The price leaves the producer {amount} above the cost", {"amount": amount})
    return Words("The price is {amount} below the cost", {"amount": amount})


def explained_document(diagnosis: Mapping[str, Any], price: int, currency: str, texts: Texts) -> dict[str, Any]:
    """How a price of a unit stands to its cost, as JSON. The sentence is there in every language, so that a list is the
    same for everybody."""
    cost, fair_price = int(diagnosis["cost"]), int(diagnosis["fair_price"])
    words = summary(diagnosis, price, currency)
    return {
        "diagnosis_id": diagnosis["id"],
        "season": diagnosis["season"],
        "cost": money(cost, currency),
        "fair_price": money(fair_price, currency),
        "gap": money(price - cost, currency),
        "summary": {language: texts.say(language, words.message, words.params) for language in LANGUAGES},
    }


def share_documents(shares: Sequence[CostShare], currency: str) -> list[dict[str, Any]]:
    """Parts as JSON."""
    return [{"kind": share.kind, "amount": money(share.minor, currency)} for share in shares]
