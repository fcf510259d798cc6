"""Use cases of limits: what a member may owe and what it may accumulate, its own or those of its kind."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from contracts.values import Money
from kit.database import Work
from kit.errors import NotFound
from members.ledger import rules, service
from members.ledger.repository import limits as repository
from members.ledger.rules import AccountKey, Limits, Owner
from members.ledger.service import Balance
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class DefaultLimits:
    """The limits with which an account of a member of this kind opens."""

    kind: MemberKind
    currency: str
    credit_limit: Money
    balance_limit: Money | None


def _limits(currency: str, credit_limit: Money, balance_limit: Money | None) -> Limits:
    return Limits(
        rules.limit(credit_limit, currency, "/credit_limit"),
        None if balance_limit is None else rules.limit(balance_limit, currency, "/balance_limit"),
    )


def _check_currency(settings: Settings, currency: str) -> None:
    if currency not in service.currencies(settings):
        raise NotFound("account_unknown", "There is no such account")


async def set_limits(
    work: Work,
    settings: Settings,
    member_id: UUID,
    currency: str,
    *,
    credit_limit: Money | None,
    balance_limit: Money | None,
    keep_ceiling: bool,
    by: UUID,
) -> Balance:
    """Sets what a member may owe (None leaves it) and accumulate in a currency. Raises NotFound, Invalid.

    A limit that is passed already closes the account on that side; it undoes nothing.
    """
    _check_currency(settings, currency)
    asked = _limits(currency, credit_limit or Money.of_minor(0, currency), balance_limit)
    await membership.record(work.connection, member_id, work.now)
    key = AccountKey(Owner.member(member_id), currency)
    await service.open_accounts(work, settings, [key])
    account = (await service.lock(work, [key]))[key]
    limits = Limits(
        (account.credit_limit or 0) if credit_limit is None else asked.credit_limit,
        account.balance_limit if keep_ceiling else asked.balance_limit,
    )
    await repository.set_limits(work.connection, key, limits, now=work.now, by=by)
    return service.balance(currency, account.posted, account.held, limits)


async def set_default(
    work: Work,
    settings: Settings,
    kind: MemberKind,
    currency: str,
    *,
    credit_limit: Money,
    balance_limit: Money | None,
    by: UUID,
) -> DefaultLimits:
    """Says with which limits accounts of members of a kind open from now on. Raises NotFound, Invalid."""
    _check_currency(settings, currency)
    limits = _limits(currency, credit_limit, balance_limit)
    await repository.set_default(work.connection, kind, currency, limits, now=work.now, by=by)
    return DefaultLimits(kind, currency, credit_limit, balance_limit)


async def defaults(connection: AsyncConnection) -> list[DefaultLimits]:
    """What was said for each kind; all others have the network's own."""
    return [
        DefaultLimits(
            row.kind,
            row.currency,
            Money.of_minor(row.credit_limit, row.currency),
            None if row.balance_limit is None else Money.of_minor(row.balance_limit, row.currency),
        )
        for row in await repository.defaults(connection)
    ]
