"""What was expected of dues, and what was received. Amounts are integers of minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.errors import Invalid
from members.dues.repository import figures as repository


@dataclass(frozen=True)
class Exempt:
    """Periods for which another amount was asked, for a reason; ``amount`` is what was not asked for."""

    reason: str
    periods: int
    amount: int


@dataclass(frozen=True)
class Figure:
    """A plan's invoices of some days in one currency; ``plan_id`` is None for those written by hand.

    ``billed = cancelled + paid + open``, all as of the last of the days. ``received`` is what was paid in those days of
    whatever invoices: over all plans it is what came in on ``network:dues`` by its book dates."""

    plan_id: UUID | None
    name: str
    #: The name in other languages, where the plan has one.
    texts: Mapping[str, str]
    currency: str
    invoices: int
    billed: int
    cancelled: int
    paid: int
    received: int
    exempt: tuple[Exempt, ...]

    @property
    def open(self) -> int:
        return self.billed - self.cancelled - self.paid


async def expected(connection: AsyncConnection, since: date, until: date) -> list[Figure]:
    """What dues were expected from ``since`` through ``until``, and what became of it, by plan and currency. Raises
    Invalid for an end before the beginning."""
    if until < since:
        raise Invalid("end_before_start", "Must be {day} or later", field="/until", day=since.isoformat())
    return [
        Figure(
            plan_id=row.plan_id,
            name=row.name,
            texts=row.texts,
            currency=row.currency,
            invoices=row.invoices,
            billed=row.billed,
            cancelled=row.cancelled,
            paid=row.paid,
            received=row.received,
            exempt=tuple(Exempt(reason, periods, amount) for reason, periods, amount in row.exempt),
        )
        for row in await repository.expected(connection, since, until)
    ]
