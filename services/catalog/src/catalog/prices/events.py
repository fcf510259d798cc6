"""From diagnoses to the contract's events."""

from catalog.prices.rules.figures import Figures
from catalog.prices.rules.standing import Diagnosis
from contracts.catalog import CostPart, DiagnosisState
from contracts.values import Money


def diagnosis_fact[F: DiagnosisState](fact: type[F], diagnosis: Diagnosis, figures: Figures) -> F:
    """The fact of that kind, with what follows from the figures."""
    result, currency = figures.result, figures.currency
    return fact(
        diagnosis_id=diagnosis.id,
        product_id=diagnosis.product_id,
        producer_id=diagnosis.member_id,
        variant_id=diagnosis.variant_id,
        unit=diagnosis.unit,
        season=diagnosis.season.name,
        season_starts=diagnosis.season.starts_on,
        season_ends=diagnosis.season.ends_on,
        costs=[
            CostPart(kind=cost.kind, per_unit=Money.of_minor(cost.minor, currency))
            for cost in result.costs
            if cost.minor
        ],
        cost=Money.of_minor(result.cost, currency),
        margin=figures.margin,
        fair_price=Money.of_minor(result.fair_price, currency),
    )
