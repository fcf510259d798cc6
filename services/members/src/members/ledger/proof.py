"""The ledger's proof of itself."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from members.ledger import rules
from members.ledger.repository import proof as repository
from members.ledger.rules import Owner


@dataclass(frozen=True)
class Claim:
    """Something that must be true of the books, and whether it is."""

    text: str
    holds: bool
    exceptions: int


@dataclass(frozen=True)
class CurrencyProof:
    """A currency's accounts together."""

    currency: str
    accounts: int
    sum: Money
    held: Money
    #: What members owe past their limits, for goods taken or corrections.
    past_limits: Money
    #: What members have past their ceilings.
    past_ceilings: Money


@dataclass(frozen=True)
class Difference:
    """An account whose stored balances are not what its transfers come to."""

    account: str
    balance: Money
    entries: Money
    held: Money
    holds: Money


@dataclass(frozen=True)
class Proof:
    """What the ledger check found."""

    claims: list[Claim]
    currencies: list[CurrencyProof]
    differences: list[Difference]
    transfers: int


async def proof(connection: AsyncConnection) -> Proof:
    """Proves the books, or names what is wrong with them. Reads every entry: seconds for millions."""
    found = await repository.proof(connection)
    unequal = sum(1 for c in found.currencies if c["posted"] != 0 or c["entries"] != 0)
    one_sided = found.unbalanced + abs(found.all_entries - 2 * found.posted_transfers)
    counted = {
        rules.SUMS_TO_ZERO: unequal,
        rules.BALANCES_ARE_ENTRIES: found.wrong_balances,
        rules.HOLDS_ARE_PENDING: found.wrong_holds,
        rules.TWO_SIDES: one_sided,
        rules.ENTRIES_FOLLOW: found.broken_chains,
        rules.ENTRIES_AS_BOOKED: found.not_as_booked,
        rules.LIMITS_HOLD: found.beyond_limits,
        rules.EXCESS_EXPLAINED: found.unexplained,
        rules.DAYS_ARE_ENTRIES: found.wrong_days,
        rules.SETTLED_HOLDS_END: found.held_after,
        rules.REVERSALS_UNDO: found.wrong_reversals,
        rules.ACCOUNTS_FIT: found.without_account,
    }
    return Proof(
        claims=[Claim(text, exceptions == 0, exceptions) for text, exceptions in counted.items()],
        currencies=[
            CurrencyProof(
                currency=c["currency"],
                accounts=c["accounts"],
                sum=Money.of_minor(c["posted"], c["currency"]),
                held=Money.of_minor(c["held"], c["currency"]),
                past_limits=Money.of_minor(c["excess"], c["currency"]),
                past_ceilings=Money.of_minor(c["surplus"], c["currency"]),
            )
            for c in found.currencies
        ],
        differences=[
            Difference(
                account=str(Owner(UUID(d["member_id"]) if d["member_id"] else None, d["name"])),
                balance=Money.of_minor(d["posted"], d["currency"]),
                entries=Money.of_minor(d["entries"], d["currency"]),
                held=Money.of_minor(d["held"], d["currency"]),
                holds=Money.of_minor(d["holds"], d["currency"]),
            )
            for d in found.differences
        ],
        transfers=found.posted_transfers,
    )
