"""On what conditions the fund lends."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.database import Work
from kit.errors import Conflict, PreconditionFailed
from members.fund.repository import loans as repository
from members.fund.rules import loans as rules
from members.fund.rules.loans import Terms
from members.fund.rules.schedule import Method
from members.fund.service import reading
from members.settings import Settings


@dataclass(frozen=True)
class Conditions:
    """What the treasurer writes; ``rules.loans.Terms`` says what each means."""

    max_amount: Money
    max_months: int
    fund_share: Decimal
    yearly_rate: Decimal
    method: Method
    months_belonging: int
    grace_days: int
    approvals: int
    guarantors: int
    reserve: Decimal
    notice_days: int


async def write(work: Work, settings: Settings, wanted: Conditions, *, read: int | None, by: UUID) -> Terms:
    """Sets them for what is asked for from now on; ``read`` is the version that the caller saw (0: none), None any.

    Raises Invalid, and PreconditionFailed if there is a newer one.
    """
    newest = await reading.terms(work.connection)
    version = newest.version if newest else 0
    if read is not None and read != version:
        raise _changed()
    values = {
        **asdict(wanted),
        "max_amount": rules.check_amount(wanted.max_amount, settings.currency, "/max_amount"),
        "currency": settings.currency,
        "version": version + 1,
        "made_at": work.now,
        "made_by": by,
    }
    if not await repository.add_terms(work.connection, values):
        raise _changed()
    return await in_force(work.connection)


def _changed() -> PreconditionFailed:
    return PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")


async def in_force(connection: AsyncConnection) -> Terms:
    """Raises Conflict while nobody has written any."""
    found = await reading.terms(connection)
    if found is None:
        raise Conflict("fund_without_terms", "The fund does not lend yet: the treasurer has not written its terms")
    return found
