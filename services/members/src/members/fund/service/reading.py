"""Loans as they stand, to those who may see them; a fixed number of statements however many they are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.errors import NotFound
from members.fund.repository import loans as repository
from members.fund.repository import money as funds
from members.fund.repository import plans
from members.fund.rules import loans as rules
from members.fund.rules import repaying
from members.fund.rules.loans import FactKind, LoanStatus, Terms
from members.fund.rules.money import FundMoney, PaidBy
from members.fund.rules.repaying import Due, Part
from members.fund.rules.schedule import Instalment, Method, Plan, schedule

#: Those who may see every loan: together they are the committee.
COMMITTEE = ("coordinator", "treasurer")

#: Loans of a member that are looked through.
MOST_LOANS = 200


@dataclass(frozen=True)
class Guarantor:
    """A member who stands in for the borrower; ``accepts`` is None until it answers."""

    member_id: UUID
    name: str
    accepts: bool | None
    at: datetime | None


@dataclass(frozen=True)
class Vote:
    """What a member of the committee said."""

    by: UUID
    approves: bool
    reason: str
    at: datetime


@dataclass(frozen=True)
class Fact:
    """Something that happened to a loan."""

    kind: FactKind
    on_date: date
    reason: str
    proposal_id: UUID | None
    at: datetime
    by: UUID | None


@dataclass(frozen=True)
class Schedule:
    """How it is paid back, from some day on."""

    id: UUID
    version: int
    replaces: UUID | None
    agreed_on: date
    interest_from: date
    principal: int
    carried: int
    yearly_rate: Decimal
    method: Method
    grace_days: int
    reason: str


@dataclass(frozen=True)
class Payment:
    """Money paid back, and where it went."""

    id: UUID
    schedule_id: UUID
    amount: int
    paid_on: date
    paid_by: PaidBy
    interest: int
    principal: int
    reversed_at: datetime | None


@dataclass(frozen=True)
class Loan:
    """A loan with all that follows from what happened to it. Amounts are in smallest units."""

    id: UUID
    number: str
    member_id: UUID
    member_name: str
    language: str
    currency: str
    amount: int
    purpose: str
    plan: Plan
    terms: Terms
    applied_at: datetime
    guarantors: list[Guarantor] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    #: The instalments of the schedule that counts, and the rows that they are.
    dues: list[Due] = field(default_factory=list)
    instalment_ids: dict[int, UUID] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)

    @property
    def disbursed(self) -> bool:
        return bool(self.schedules)

    @property
    def schedule(self) -> Schedule:
        """The one that counts. Raises IndexError before the loan is disbursed."""
        return self.schedules[-1]

    @property
    def outstanding(self) -> int:
        return repaying.outstanding(self.dues)

    @property
    def standing_payments(self) -> list[Payment]:
        """Those that were not reversed."""
        return [payment for payment in self.payments if payment.reversed_at is None]

    @property
    def status(self) -> LoanStatus:
        return rules.status(
            {fact.kind for fact in self.facts}, paid=bool(self.standing_payments), outstanding=self.outstanding
        )

    @property
    def guaranteed(self) -> bool:
        """Whether every guarantor that was named has agreed."""
        return all(guarantor.accepts for guarantor in self.guarantors)

    def overdue(self, today: date) -> list[Due]:
        """Instalments past their day and the days of grace; none of a loan that is not expected back any more."""
        if self.status not in ("disbursed", "repaying"):
            return []
        return repaying.overdue(self.dues, today, self.schedule.grace_days)

    def planned(self, today: date) -> list[Due]:
        """The instalments; before the money has left, as they would be if it left today."""
        if self.disbursed:
            return self.dues
        start = min(today, self.plan.first_due)
        instalments = schedule(
            self.amount, self.plan, yearly_rate=self.terms.yearly_rate, method=self.terms.method, interest_from=start
        )
        return repaying.standing(instalments, [], yearly_rate=self.terms.yearly_rate, interest_from=start)

    def money(self, minor: int) -> Money:
        return Money.of_minor(minor, self.currency)

    def interests(self, actor: Actor) -> bool:
        """Whether the actor stands to gain or lose: it decides nothing about its own loan, or one it stands in for."""
        return actor.acts_for(self.member_id) or any(actor.acts_for(g.member_id) for g in self.guarantors)


def unknown() -> NotFound:
    return NotFound("loan_unknown", "There is no such loan")


async def terms(connection: AsyncConnection) -> Terms | None:
    """On what conditions the fund lends now; None while nobody has written them."""
    row = await repository.terms(connection)
    return None if row is None else as_terms(row)


def as_terms(row: Row[*tuple[Any, ...]]) -> Terms:
    values = row._asdict()
    return Terms(**{name: values[name] for name in Terms.__dataclass_fields__})


async def money(connection: AsyncConnection, currency: str) -> FundMoney:
    """What the fund has, owes and expects back."""
    row = await funds.money(connection, currency)
    return FundMoney(balance=row.balance, deposits=row.deposits, outstanding=row.outstanding)


async def loan(connection: AsyncConnection, loan_id: UUID) -> Loan:
    """Raises NotFound."""
    found = await _assemble(connection, await repository.loans(connection, [loan_id]))
    if not found:
        raise unknown()
    return found[0]


async def loans(connection: AsyncConnection, loan_ids: Collection[UUID]) -> dict[UUID, Loan]:
    """Those of them that there are."""
    return {found.id: found for found in await _assemble(connection, await repository.loans(connection, loan_ids))}


async def visible(connection: AsyncConnection, actor: Actor, loan_id: UUID) -> Loan:
    """A loan, to the borrower, its guarantors and the committee. Raises NotFound to others."""
    found = await loan(connection, loan_id)
    if not actor.has(*COMMITTEE) and not found.interests(actor):
        raise unknown()
    return found


async def page(
    connection: AsyncConnection, actor: Actor, *, member_id: UUID | None, before: UUID | None, limit: int
) -> list[Loan]:
    """Loans, newest first: all of them, or the actor's own and those that it stands in for. One more if there are."""
    only = None if actor.has(*COMMITTEE) else actor.member_ids
    rows = await repository.page(connection, member_id=member_id, only=only, before=before, limit=limit)
    return await _assemble(connection, rows)


async def owing(connection: AsyncConnection, member_id: UUID) -> list[Loan]:
    """The member's loans on which money is owed, newest first."""
    found = await _assemble(
        connection, await repository.page(connection, member_id=member_id, only=None, before=None, limit=MOST_LOANS)
    )
    return [one for one in found if one.status in ("disbursed", "repaying")]


async def _assemble(connection: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Loan]:
    if not rows:
        return []
    ids = [row.id for row in rows]
    conditions = {
        row.version: as_terms(row) for row in await repository.terms_of(connection, {r.terms_version for r in rows})
    }
    found = {row.id: _begun(row, conditions[row.terms_version]) for row in rows}
    for row in await repository.guarantors(connection, ids):
        found[row.loan_id].guarantors.append(Guarantor(row.member_id, row.name, row.accepts, row.at))
    for row in await repository.votes(connection, ids):
        found[row.loan_id].votes.append(Vote(row.by, row.approves, row.reason, row.at))
    for row in await repository.facts(connection, ids):
        happened = Fact(row.kind, row.on_date, row.reason, row.proposal_id, row.at, row.by)
        found[row.loan_id].facts.append(happened)
    for row in await plans.schedules(connection, ids):
        values = row._asdict()
        agreed = Schedule(**{name: values[name] for name in Schedule.__dataclass_fields__})
        found[row.loan_id].schedules.append(agreed)
    if any(one.disbursed for one in found.values()):
        await _with_payments(connection, found)
    return list(found.values())


def _begun(row: Row[*tuple[Any, ...]], terms: Terms) -> Loan:
    return Loan(
        id=row.id,
        number=row.number,
        member_id=row.member_id,
        member_name=row.member_name,
        language=row.language,
        currency=row.currency,
        amount=row.amount,
        purpose=row.purpose,
        plan=Plan(row.instalments, row.every, row.first_due),
        terms=terms,
        applied_at=row.applied_at,
    )


async def _with_payments(connection: AsyncConnection, found: dict[UUID, Loan]) -> None:
    """Adds what was paid, and how it leaves the instalments that count."""
    lent = [one for one in found.values() if one.disbursed]
    ids = [one.id for one in lent]
    payments, parts = await plans.payments(connection, ids), await plans.parts(connection, ids)
    by_payment: dict[UUID, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for part in parts:
        by_payment[part.payment_id].append(part)
    for row in payments:
        own = by_payment[row.id]
        found[row.loan_id].payments.append(
            Payment(
                id=row.id,
                schedule_id=row.schedule_id,
                amount=row.amount,
                paid_on=row.paid_on,
                paid_by=cast("PaidBy", row.paid_by),
                interest=sum(part.interest for part in own),
                principal=sum(part.principal for part in own),
                reversed_at=row.reversed_at,
            )
        )
    reversed_ids = {row.id for row in payments if row.reversed_at is not None}
    counting: dict[UUID, list[Part]] = defaultdict(list)
    for part in parts:
        if part.payment_id not in reversed_ids:
            counting[part.schedule_id].append(Part(part.no, part.interest, part.principal, part.ahead_of))
    instalments: dict[UUID, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in await plans.instalments(connection, [one.schedule.id for one in lent]):
        instalments[row.schedule_id].append(row)
    for one in lent:
        rows = instalments[one.schedule.id]
        one.instalment_ids.update({row.no: row.id for row in rows})
        one.dues.extend(
            repaying.standing(
                [Instalment(row.no, row.due_on, row.principal, row.interest) for row in rows],
                counting[one.schedule.id],
                yearly_rate=one.schedule.yearly_rate,
                interest_from=one.schedule.interest_from,
                carried=one.schedule.carried,
            )
        )
