"""What was expected, received and spent in some days: for whoever reports on it. Amounts are in smallest units."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from members.income.repository import totals as repository
from members.income.rules import Expected, SubsidyTotals


async def expected(connection: AsyncConnection, currency: str, since: date, until: date) -> Expected:
    """Pledges by the day they were expected, instalments by the day they were due; without what was withdrawn."""
    return Expected(**await repository.expected(connection, currency, since, until))


async def subsidies(connection: AsyncConnection, currency: str, since: date, until: date) -> list[SubsidyTotals]:
    """Those that could be spent or justified in these days, and any of which money came or went in them."""
    return [SubsidyTotals(**row._asdict()) for row in await repository.subsidies(connection, currency, since, until)]


async def unspent(connection: AsyncConnection, currency: str, until: date) -> tuple[int, int]:
    """What was received of subsidies, and of contributions for a purpose, and not spent by then."""
    return await repository.unspent(connection, currency, until)
