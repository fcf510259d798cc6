"""Where the fund stands: public to members, and without a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from members.fund.repository import money as repository
from members.fund.rules.money import FundMoney
from members.fund.service import reading
from members.settings import Settings


@dataclass(frozen=True)
class Position:
    """``gifts + deposits + from_cycles - withdrawals - lent + repaid = balance``, to the cent."""

    currency: str
    gifts: Money
    deposits: Money
    withdrawals: Money
    #: What other pieces brought, such as the solidarity fee of order cycles.
    from_cycles: Money
    lent: Money
    repaid: Money
    balance: Money
    #: Deposits that members may ask back.
    deposits_owed: Money
    interest: Money
    outstanding: Money
    in_arrears: Money
    written_off: Money
    #: Agreed to, and not lent yet.
    approved: Money
    reserve: Money
    free: Money
    loans: int
    loans_running: int
    loans_in_arrears: int
    applications: int


@dataclass(frozen=True)
class Month:
    """What a month brought, and the balance at its end."""

    month: date
    gifts: Money
    deposits: Money
    withdrawals: Money
    from_cycles: Money
    lent: Money
    repaid: Money
    balance: Money


async def position(connection: AsyncConnection, settings: Settings, today: date) -> Position:
    """As of one instant: one statement."""
    currency = settings.currency
    row = await repository.position(connection, currency, today)
    terms = await reading.terms(connection)

    def money(minor: int) -> Money:
        return Money.of_minor(minor, currency)

    moved = {kind: int(amount) for kind, amount in row.moved.items()}
    deposited, withdrawn = moved.get("deposit", 0), moved.get("withdrawal", 0)
    fund = FundMoney(balance=row.balance, deposits=deposited + withdrawn, outstanding=row.outstanding)
    reserve = terms.reserve if terms else Decimal(0)
    return Position(
        currency=currency,
        gifts=money(moved.get("gift", 0)),
        deposits=money(deposited),
        withdrawals=money(-withdrawn),
        from_cycles=money(row.balance - sum(moved.values())),
        lent=money(-moved.get("disbursement", 0)),
        repaid=money(moved.get("repayment", 0)),
        balance=money(row.balance),
        deposits_owed=money(deposited + withdrawn),
        interest=money(row.interest),
        outstanding=money(row.outstanding),
        in_arrears=money(row.late),
        written_off=money(row.written_off),
        approved=money(row.approved),
        reserve=money(fund.reserve(reserve)),
        free=money(fund.free(reserve)),
        loans=row.loans,
        loans_running=row.loans_running,
        loans_in_arrears=row.loans_late,
        applications=row.applications,
    )


async def months(connection: AsyncConnection, settings: Settings) -> list[Month]:
    """Each month in which something moved, oldest first."""
    by_month: dict[date, dict[str, int]] = {}
    for row in await repository.months(connection, settings.currency):
        by_month.setdefault(row.month, {})[row.kind] = row.amount
    found, balance = list[Month](), 0
    for month, moved in by_month.items():
        balance += sum(moved.values())
        found.append(_month(month, moved, balance, settings.currency))
    return found


def _month(month: date, moved: Mapping[str, int], balance: int, currency: str) -> Month:
    def money(kind: str, sign: int = 1) -> Money:
        return Money.of_minor(sign * moved.get(kind, 0), currency)

    return Month(
        month=month,
        gifts=money("gift"),
        deposits=money("deposit"),
        withdrawals=money("withdrawal", -1),
        from_cycles=money("other"),
        lent=money("disbursement", -1),
        repaid=money("repayment"),
        balance=Money.of_minor(balance, currency),
    )
