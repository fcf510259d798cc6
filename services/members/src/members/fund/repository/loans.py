"""SQL of applications, what was decided of them, and who stands in for them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.fund.models import FundTerms, Guarantor, GuarantorAnswer, Loan, LoanFact, LoanVote
from members.membership.models import Member

type Rows = Sequence[Row[*tuple[Any, ...]]]

# Of what is lent, what is not back yet; of what is asked for, all: it may be lent tomorrow.
_OWED = text("""
SELECT coalesce(sum(CASE
    WHEN f.disbursed THEN (SELECT -sum(m.amount) FROM fund_movements AS m WHERE m.cause_id = l.id)
    WHEN f.ended THEN 0
    ELSE l.amount END), 0)::bigint
FROM loans AS l CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(kind = 'disbursed'), false) AS disbursed,
           coalesce(bool_or(kind IN ('declined', 'withdrawn')), false) AS ended
    FROM loan_facts WHERE loan_id = l.id
) AS f
WHERE l.member_id = :member_id AND l.id <> :but
""")


async def terms(connection: AsyncConnection, version: int | None = None) -> Row[*tuple[Any, ...]] | None:
    """That version, or the newest."""
    statement = select(FundTerms.__table__).order_by(FundTerms.version.desc()).limit(1)
    if version is not None:
        statement = statement.where(FundTerms.version == version)
    return (await connection.execute(statement)).one_or_none()


async def add_terms(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is this version already."""
    statement = pg_insert(FundTerms).values(values).on_conflict_do_nothing().returning(FundTerms.version)
    return (await connection.execute(statement)).one_or_none() is not None


async def add_loan(connection: AsyncConnection, values: dict[str, Any], guarantors: Collection[UUID]) -> None:
    await connection.execute(insert(Loan).values(values))
    if guarantors:
        rows = [{"loan_id": values["id"], "member_id": member_id} for member_id in guarantors]
        await connection.execute(insert(Guarantor), rows)


async def lock_loan(connection: AsyncConnection, loan_id: UUID) -> None:
    """Whoever changes this loan waits for this transaction."""
    await connection.execute(select(Loan.id).where(Loan.id == loan_id).with_for_update(key_share=True))


async def lock_borrower(connection: AsyncConnection, member_id: UUID) -> None:
    """Applications of one member take turns, so that together they stay within the terms."""
    key = f"trama-loans-{member_id}"
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key})


async def owed(connection: AsyncConnection, member_id: UUID, *, but: UUID) -> int:
    """What the member owes the fund or has asked for, in all, without that loan."""
    return int((await connection.execute(_OWED, {"member_id": member_id, "but": but})).scalar_one())


async def loans(connection: AsyncConnection, ids: Collection[UUID]) -> Rows:
    return (await connection.execute(_LOANS.where(Loan.id.in_(ids)))).all()


_LOANS = (
    select(Loan.__table__, Member.name.label("member_name"), Member.language)
    .join(Member, Member.id == Loan.member_id)
    .order_by(Loan.id.desc())
)


async def page(
    connection: AsyncConnection,
    *,
    member_id: UUID | None,
    only: Collection[UUID] | None,
    before: UUID | None,
    limit: int,
) -> Rows:
    """Loans, newest first: of a member, or of those, or that those stand in for. One more than ``limit`` if any."""
    statement = _LOANS.limit(limit + 1)
    if member_id is not None:
        statement = statement.where(Loan.member_id == member_id)
    if only is not None:
        standing_in = select(Guarantor.loan_id).where(Guarantor.member_id.in_(only))
        statement = statement.where(or_(Loan.member_id.in_(only), Loan.id.in_(standing_in)))
    if before is not None:
        statement = statement.where(Loan.id < before)
    return (await connection.execute(statement)).all()


async def terms_of(connection: AsyncConnection, versions: Collection[int]) -> Rows:
    return (await connection.execute(select(FundTerms.__table__).where(FundTerms.version.in_(versions)))).all()


async def guarantors(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    """The guarantors of these loans, each with its answer, if it gave one."""
    statement = (
        select(
            Guarantor.loan_id, Guarantor.member_id, Member.name, GuarantorAnswer.accepts, GuarantorAnswer.at,
        )
        .join(Member, Member.id == Guarantor.member_id)
        .outerjoin(
            GuarantorAnswer,
            (GuarantorAnswer.loan_id == Guarantor.loan_id) & (GuarantorAnswer.member_id == Guarantor.member_id),
        )
        .where(Guarantor.loan_id.in_(loan_ids))
        .order_by(Guarantor.loan_id, Guarantor.member_id)
    )  # fmt: skip
    return (await connection.execute(statement)).all()


async def add_answer(
    connection: AsyncConnection, loan_id: UUID, member_id: UUID, *, accepts: bool, at: datetime, by: UUID
) -> None:
    await connection.execute(
        insert(GuarantorAnswer).values(loan_id=loan_id, member_id=member_id, accepts=accepts, at=at, by=by)
    )


async def votes(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    statement = select(LoanVote.__table__).where(LoanVote.loan_id.in_(loan_ids)).order_by(LoanVote.at, LoanVote.by)
    return (await connection.execute(statement)).all()


async def add_vote(
    connection: AsyncConnection, loan_id: UUID, *, approves: bool, reason: str, at: datetime, by: UUID
) -> None:
    await connection.execute(insert(LoanVote).values(loan_id=loan_id, approves=approves, reason=reason, at=at, by=by))


async def facts(connection: AsyncConnection, loan_ids: Collection[UUID]) -> Rows:
    """What happened to these loans, in its order."""
    statement = select(LoanFact.__table__).where(LoanFact.loan_id.in_(loan_ids)).order_by(LoanFact.at, LoanFact.kind)
    return (await connection.execute(statement)).all()


async def add_fact(
    connection: AsyncConnection,
    loan_id: UUID,
    kind: str,
    *,
    on: date,
    at: datetime,
    by: UUID | None,
    reason: str = "",
    proposal_id: UUID | None = None,
) -> None:
    await connection.execute(
        insert(LoanFact).values(
            loan_id=loan_id, kind=kind, on_date=on, reason=reason, proposal_id=proposal_id, at=at, by=by
        )
    )
