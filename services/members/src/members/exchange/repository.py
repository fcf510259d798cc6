"""SQL of payments between members. Order of locks: the request, then the accounts of the ledger."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import RequestStatus
from contracts.values import Money
from members.exchange.models import PaymentRequest
from members.exchange.rules import CAUSE, Answer, Exchange, Party, Payment, Request, Side
from members.ledger.models import AccountRow, TransferRow
from members.membership.models import Member

#: Letters as they are written and as they are looked for: who types on a phone leaves accents out.
_ACCENTED, _PLAIN = "áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc"
_PAYER = Member.__table__.alias("payer")
_PAYEE = Member.__table__.alias("payee")
_PARTIES = (
    _PAYER.c.id.label("payer_id"),
    _PAYER.c.number.label("payer_number"),
    _PAYER.c.name.label("payer_name"),
    _PAYEE.c.id.label("payee_id"),
    _PAYEE.c.number.label("payee_number"),
    _PAYEE.c.name.label("payee_name"),
)


def _party(row: Row[*tuple[Any, ...]], side: Side) -> Party:
    return Party(row._mapping[f"{side}_id"], row._mapping[f"{side}_number"], row._mapping[f"{side}_name"])


async def exchange(connection: AsyncConnection, payment_id: UUID) -> Exchange | None:
    """A payment that one member made to another."""
    debit, credit = AccountRow.__table__.alias("debit"), AccountRow.__table__.alias("credit")
    statement = (
        select(TransferRow, *_PARTIES)
        .join(debit, debit.c.id == TransferRow.debit_id)
        .join(credit, credit.c.id == TransferRow.credit_id)
        .join(_PAYER, _PAYER.c.id == debit.c.member_id)
        .join(_PAYEE, _PAYEE.c.id == credit.c.member_id)
        .where(TransferRow.id == payment_id, TransferRow.cause == CAUSE)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return Exchange(
        id=row.id,
        payer=_party(row, "payer"),
        payee=_party(row, "payee"),
        amount=Money.of_minor(row.amount, row.currency),
        text=row.text,
        offer_id=None if row.cause_id == row.id else row.cause_id,
        at=row.made_at,
        booked_on=row.booked_on,
    )


async def add_request(
    connection: AsyncConnection, payment: Payment, *, now: datetime, expires_at: datetime, by: UUID
) -> bool:
    """False if there is a request with this id."""
    statement = (
        insert(PaymentRequest)
        .values(
            id=payment.id,
            payee_id=payment.payee_id,
            payer_id=payment.payer_id,
            currency=payment.amount.currency,
            amount=payment.amount.minor,
            text=payment.text,
            offer_id=payment.offer_id,
            asked_at=now,
            asked_by=by,
            expires_at=expires_at,
            status="open",
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(PaymentRequest.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


def _requests(now: datetime) -> Select[*tuple[Any, ...]]:
    """Requests as they stand at ``now``: one that waits past its time has expired."""
    late = (PaymentRequest.status == "open") & (PaymentRequest.expires_at <= now)
    standing = case((late, literal("expired")), else_=PaymentRequest.status)
    return (
        select(
            PaymentRequest.id,
            PaymentRequest.currency,
            PaymentRequest.amount,
            PaymentRequest.text,
            PaymentRequest.offer_id,
            standing.label("status"),
            PaymentRequest.asked_at,
            PaymentRequest.expires_at,
            PaymentRequest.answered_at,
            PaymentRequest.reason,
            *_PARTIES,
        )
        .join(_PAYER, _PAYER.c.id == PaymentRequest.payer_id)
        .join(_PAYEE, _PAYEE.c.id == PaymentRequest.payee_id)
    )


def _request(row: Row[*tuple[Any, ...]]) -> Request:
    return Request(
        id=row.id,
        payer=_party(row, "payer"),
        payee=_party(row, "payee"),
        amount=Money.of_minor(row.amount, row.currency),
        text=row.text,
        offer_id=row.offer_id,
        status=row.status,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        reason=row.reason,
    )


async def request(
    connection: AsyncConnection, request_id: UUID, now: datetime, *, lock: bool = False
) -> Request | None:
    """With ``lock``, nobody else answers it until this transaction ends."""
    statement = _requests(now).where(PaymentRequest.id == request_id)
    if lock:
        statement = statement.with_for_update(of=PaymentRequest)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _request(row)


async def answer(connection: AsyncConnection, request_id: UUID, status: Answer, *, now: datetime, **more: Any) -> None:
    """Ends a request that is open and locked."""
    statement = update(PaymentRequest).where(PaymentRequest.id == request_id)
    await connection.execute(statement.values(status=status, answered_at=now, **more))


async def expire(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Ends requests that wait past their time, the longest first, but for those that somebody is answering."""
    late = (
        select(PaymentRequest.id)
        .where(PaymentRequest.status == "open", PaymentRequest.expires_at <= now)
        .order_by(PaymentRequest.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list((await connection.execute(late)).scalars())
    if not ids:
        return []
    ended = update(PaymentRequest).where(PaymentRequest.id.in_(ids)).values(status="expired", answered_at=now)
    await connection.execute(ended)
    rows = await connection.execute(_requests(now).where(PaymentRequest.id.in_(ids)))
    return [_request(row) for row in rows]


async def page(
    connection: AsyncConnection,
    now: datetime,
    *,
    member_ids: Collection[UUID],
    side: Side | None,
    status: RequestStatus | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Request]:
    """Requests of these members, newest first; one more than ``limit`` if there are."""
    mine = {"payer": PaymentRequest.payer_id.in_(member_ids), "payee": PaymentRequest.payee_id.in_(member_ids)}
    statement = _requests(now).where(or_(*mine.values()) if side is None else mine[side])
    if status is not None:
        statement = statement.where(statement.selected_columns.status == status)
    if after is not None:
        statement = statement.where(tuple_(PaymentRequest.asked_at, PaymentRequest.id) < tuple_(*after))
    statement = statement.order_by(PaymentRequest.asked_at.desc(), PaymentRequest.id.desc()).limit(limit + 1)
    return [_request(row) for row in await connection.execute(statement)]


async def named(
    connection: AsyncConnection, words: str, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Row[UUID, str | None, str]]:
    """Members with a number whose name has these letters, whatever its accents, or whose number begins so; by name."""
    asked = words.lower().translate(str.maketrans(_ACCENTED, _PLAIN))
    statement = (
        select(Member.id, Member.number, Member.name)
        .where(
            Member.number.is_not(None),
            or_(
                func.translate(func.lower(Member.name), _ACCENTED, _PLAIN).contains(asked, autoescape=True),
                func.lower(Member.number).startswith(asked, autoescape=True),
            ),
        )
        .order_by(Member.name, Member.id)
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(tuple_(Member.name, Member.id) > tuple_(*after))
    return (await connection.execute(statement)).all()
