"""From a recall to the contract's events."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from catalog.lots.service import Reached
from catalog.recalls.rules import Recall
from contracts.catalog import Unit
from contracts.recalls import LotRecalled, PublicRecall, RecalledGood, RecalledLine


def part(recall: Recall, number: int, lines: Sequence[Reached], names: Mapping[UUID, tuple[str, str]]) -> LotRecalled:
    """A part of a recall. ``names``: number and name of each lot."""
    return LotRecalled(
        recall_id=recall.id,
        number=recall.number,
        part=number,
        severity=recall.severity,
        reason=recall.reason,
        advice=recall.advice,
        issued_at=recall.issued_at,
        lines=[
            RecalledLine(
                order_id=line.order_id,
                line_id=line.line_id,
                member_id=line.member_id,
                variant_id=line.variant_id,
                product=names[line.lot_id][1],
                lot=names[line.lot_id][0],
                quantity=line.quantity,
                unit=cast("Unit", line.unit),
            )
            for line in lines
        ],
    )


def public[F: PublicRecall](kind: type[F], recall: Recall, goods: Sequence[Any]) -> F:
    """The recall as anyone may read it."""
    return kind(
        recall_id=recall.id,
        number=recall.number,
        severity=recall.severity,
        reason=recall.reason,
        advice=recall.advice,
        issued_at=recall.issued_at,
        goods=[
            RecalledGood(lot=one.number, product=one.name, producer_id=one.producer_id, producer_name=one.producer)
            for one in goods
        ],
    )
