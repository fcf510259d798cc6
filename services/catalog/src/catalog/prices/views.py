"""From a diagnosis to what is shown of it, in the reader's language."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from catalog.prices import chart
from catalog.prices.rules.figures import Cost
from catalog.prices.rules.results import WHOLE, AnyPart, PartKind, compare
from catalog.prices.schemas import (
    AssetOut,
    BoughtOut,
    ChangeOut,
    ComparisonOut,
    DiagnosisOut,
    HarvestOut,
    NamedOut,
    PartOut,
    SeasonBody,
    SeasonOut,
    SummaryOut,
    TaskOut,
)
from catalog.prices.service import Shown
from catalog.prices.wording import CHANNELS, PARTS, UNITS, Say, compared_text, money
from contracts.catalog import CostKind
from contracts.values import Money, plain


def summary(shown: Shown, say: Say) -> SummaryOut:
    return SummaryOut(**_summary(shown, say))


def _summary(shown: Shown, say: Say) -> dict[str, Any]:
    diagnosis, result, currency = shown.diagnosis, shown.result, shown.recorded.figures.currency
    season = diagnosis.season
    return {
        "id": diagnosis.id,
        "product_id": diagnosis.product_id,
        "variant_id": diagnosis.variant_id,
        "unit": diagnosis.unit,
        "season": SeasonBody(name=season.name, starts_on=season.starts_on, ends_on=season.ends_on),
        "status": diagnosis.status,
        "version": shown.recorded.version,
        "recorded_at": shown.recorded.recorded_at,
        "sold": shown.recorded.figures.harvest.sold,
        "cost": Money.of_minor(result.cost, currency),
        "costs": _parts(result.costs, currency, say),
        "margin": shown.recorded.figures.margin,
        "fair_price": Money.of_minor(result.fair_price, currency),
    }


def whole(shown: Shown, say: Say) -> DiagnosisOut:
    """Everything of one diagnosis."""
    diagnosis, made, result, figures = shown.diagnosis, shown.made, shown.result, shown.recorded.figures
    currency = figures.currency
    lines = [(cost, Money.of_minor(minor, currency)) for cost, minor in zip(figures.costs, result.lines, strict=True)]
    harvest = figures.harvest
    return DiagnosisOut(
        **_summary(shown, say),
        product=NamedOut(id=diagnosis.product_id, name=made.product_name),
        producer=NamedOut(id=diagnosis.member_id, name=made.producer_name),
        variant=NamedOut(id=diagnosis.variant_id, name=made.variant_name),
        revision=diagnosis.revision,
        newest_version=diagnosis.newest if shown.whole else shown.recorded.version,
        published_version=None if diagnosis.withdrawn else diagnosis.published,
        shared=diagnosis.shared if shown.whole else None,
        work=[
            TaskOut(task=cost.name, hours=cost.quantity, wage=cost.money, amount=amount)
            for cost, amount in lines
            if cost.kind == "labour"
        ],
        inputs=_bought(lines, "inputs"),
        energy=_bought(lines, "energy"),
        transport=_bought(lines, "transport"),
        depreciation=[
            AssetOut(
                name=cost.name,
                value=cost.wear.value,
                life_years=cost.wear.life_years,
                share=cost.wear.share,
                amount=amount,
            )
            for cost, amount in lines
            if cost.wear is not None
        ],
        other=_bought(lines, "other"),
        **{
            "yield": HarvestOut(
                expected=harvest.expected, actual=harvest.actual, losses=harvest.losses, sold=harvest.sold
            )
        },
        note=figures.note,
        total=Money.of_minor(result.total, currency),
        by_kind=_parts(result.kinds, currency, say),
        fair_parts=_parts(result.fair_parts, currency, say),
        comparisons=_comparisons(shown, say),
    )


def _bought(lines: Iterable[tuple[Cost, Money]], kind: CostKind) -> list[BoughtOut]:
    return [
        BoughtOut(name=cost.name, quantity=cost.quantity, unit=cost.unit, price=cost.money, amount=amount)
        for cost, amount in lines
        if cost.kind == kind
    ]


def _parts(parts: Sequence[AnyPart], currency: str, say: Say) -> list[PartOut]:
    return [
        PartOut(kind=part.kind, name=say(PARTS[part.kind]), amount=Money.of_minor(part.minor, currency))
        for part in parts
        if part.minor
    ]


def offered(shown: Shown) -> bool:
    """Whether the reader may know what the variant costs in this network now."""
    return shown.whole or (shown.made.product_status == "published" and not shown.made.retired)


def _comparisons(shown: Shown, say: Say) -> list[ComparisonOut]:
    result, here = shown.result, shown.made.price
    prices: list[dict[str, Any]] = []
    if offered(shown):
        prices.append({"channel": "network", "price": here, "seen_on": None, "source": None})
    prices += [
        {"channel": seen.channel, "price": seen.price, "seen_on": seen.seen_on, "source": seen.source}
        for seen in shown.recorded.figures.observed
    ]
    found = []
    for price in prices:
        currency = price["price"].currency
        compared = compare(result, price["price"].minor)
        found.append(
            ComparisonOut(
                **price,
                name=say(CHANNELS[price["channel"]]),
                gap=Money.of_minor(compared.gap, currency),
                percent=_percent(compared.percent),
                to_fair=Money.of_minor(compared.to_fair, currency),
                text=say(compared_text(compared, currency)),
                parts=_parts(compared.parts, currency, say),
                of_one=[
                    PartOut(
                        kind=part.kind,
                        name=say(PARTS[part.kind]),
                        amount=Money(amount=Decimal(part.minor) / WHOLE, currency=currency),
                    )
                    for part in compared.of_one
                ],
            )
        )
    return found


def _percent(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def seasons(found: Sequence[Shown], say: Say) -> list[SeasonOut]:
    """Each season with what became of the cost since the one before."""
    shown: list[SeasonOut] = []
    for place, one in enumerate(found):
        before = found[place - 1].result if place else None
        change = None
        if before is not None:
            now = compare(before, one.result.cost) if one.result.cost else None
            change = ChangeOut(
                amount=Money.of_minor(one.result.cost - before.cost, one.recorded.figures.currency),
                percent=_percent(now.percent) if now else "-100",
            )
        shown.append(SeasonOut(**_summary(one, say), change=change))
    return shown


def chart_of(shown: Shown, say: Say) -> chart.Chart:
    """The cost, the fair price and every other price, made of their parts."""
    made, result, season = shown.made, shown.result, shown.diagnosis.season
    currency = shown.recorded.figures.currency
    bars = [chart.Bar(say(CHANNELS["fair"]), money(result.fair_price, currency), _some(result.fair_parts))]
    for compared in _comparisons(shown, say):
        parts = compare(result, compared.price.minor).parts
        seen = "" if compared.seen_on is None else f" ({compared.source}, {compared.seen_on})"
        bars.append(chart.Bar(compared.name, money(compared.price.minor, currency), parts, f"{compared.text}{seen}"))
    title = f"{made.product_name}, {made.variant_name} ({say(UNITS[shown.diagnosis.unit])})"
    return _chart(title, f"{made.producer_name} · {season.name}", bars, currency, say)


def chart_of_seasons(found: Sequence[Shown], say: Say) -> chart.Chart:
    """The cost of a unit, season by season."""
    if not found:
        return _chart("—", "", [], "", say)
    made = found[-1].made
    currency = found[-1].recorded.figures.currency
    bars = [
        chart.Bar(one.diagnosis.season.name, money(one.result.cost, currency), _some(one.result.costs)) for one in found
    ]
    title = f"{made.product_name}, {made.variant_name} ({say(UNITS[found[-1].diagnosis.unit])})"
    return _chart(title, made.producer_name, bars, currency, say)


def _some(parts: Sequence[AnyPart]) -> tuple[AnyPart, ...]:
    return tuple(part for part in parts if part.minor)


def _chart(title: str, subtitle: str, bars: Sequence[chart.Bar], currency: str, say: Say) -> chart.Chart:
    kinds: list[PartKind] = list(PARTS)
    return chart.Chart(
        title=title,
        subtitle=subtitle,
        bars=tuple(bars),
        legend={kind: say(PARTS[kind]) for kind in kinds},
        figures={part.minor: money(part.minor, currency) for bar in bars for part in bar.parts},
    )
