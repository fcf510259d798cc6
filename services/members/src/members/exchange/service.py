"""Use cases of payments between members."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import RequestStatus
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from members.exchange import events, repository, rules
from members.exchange.rules import Answer, Exchange, Party, Payment, Request, Side
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.membership import service as membership
from members.settings import Settings

#: Requests that one run of the expiry ends.
EXPIRED_AT_ONCE = 500


async def pay(work: Work, settings: Settings, actor: Actor, payment: Payment) -> Exchange:
    """Pays another member. The same id twice is the same payment.

    Raises NotFound for a payer that is not the actor's, Invalid for what can't be paid, Conflict for a payer whose
    standing does not allow it, and where a limit of either would be passed.
    """
    rules.check_mine(actor, payment.payer_id, "/payer_id")
    rules.check_payment(payment, other="/payee_id")
    ledger_rules.check_currency(payment.amount.currency, ledger.currencies(settings), "/amount/currency")
    known = await ledger.find(work.connection, payment.id)
    if known is None:
        standings = await membership.standings(work.connection, {payment.payer_id, payment.payee_id}, work.now)
        rules.check_payer(standings.get(payment.payer_id), "/payer_id")
        rules.check_found(standings.get(payment.payee_id), "/payee_id")
        if await ledger.pay(work, settings, payment.transfer, by=actor.user_id):
            work.stage(events.made(payment), subject=payment.id, version=1)
    else:
        ledger_rules.check_same(known, payment.transfer)
    return await _made(work.connection, payment.id)


async def exchange(connection: AsyncConnection, actor: Actor, payment_id: UUID) -> Exchange:
    """A payment, to those on either side of it and to the treasurer. Raises NotFound."""
    found = await repository.exchange(connection, payment_id)
    if found is None or not (
        actor.acts_for(found.payer.id) or actor.acts_for(found.payee.id) or actor.has("treasurer")
    ):
        raise NotFound("exchange_unknown", "There is no such payment")
    return found


async def _made(connection: AsyncConnection, payment_id: UUID) -> Exchange:
    found = await repository.exchange(connection, payment_id)
    if found is None:
        raise Conflict("id_taken", "There is another transfer with this id; take a new one", field="/id")
    return found


async def ask(work: Work, settings: Settings, actor: Actor, payment: Payment) -> Request:
    """Asks another member to be paid. The same id twice is the same request. Raises as ``pay`` does."""
    rules.check_mine(actor, payment.payee_id, "/payee_id")
    rules.check_payment(payment, other="/payer_id")
    ledger_rules.check_currency(payment.amount.currency, ledger.currencies(settings), "/amount/currency")
    known = await repository.request(work.connection, payment.id, work.now)
    if known is None:
        standings = await membership.standings(work.connection, {payment.payer_id, payment.payee_id}, work.now)
        rules.check_payee(standings.get(payment.payee_id), "/payee_id")
        rules.check_found(standings.get(payment.payer_id), "/payer_id")
        if await ledger.find(work.connection, payment.id) is not None:
            raise Conflict("id_taken", "There is another request with this id; take a new one", field="/id")
        expires_at = work.now + rules.VALID_FOR
        added = await repository.add_request(
            work.connection, payment, now=work.now, expires_at=expires_at, by=actor.user_id
        )
        known = await _request(work.connection, payment.id, work.now)
        if added:
            work.stage(events.requested(known), subject=payment.id, version=1)
    rules.check_same(known, payment)
    return known


async def accept(work: Work, settings: Settings, actor: Actor, request_id: UUID) -> Request:
    """Pays what was asked for. Raises NotFound, Forbidden, and Conflict as ``pay`` does or if it was answered."""
    asked = await _to_answer(work, actor, request_id, "payer")
    payment = asked.payment
    ledger_rules.check_currency(payment.amount.currency, ledger.currencies(settings), None)
    standings = await membership.standings(work.connection, {asked.payer.id, asked.payee.id}, work.now)
    rules.check_payer(standings.get(asked.payer.id), None)
    rules.check_payee(standings.get(asked.payee.id), None)
    if await ledger.pay(work, settings, payment.transfer, by=actor.user_id, from_body=False):
        work.stage(events.made(payment), subject=payment.id, version=1)
    return await _answer(work, actor, asked, "paid", "")


async def decline(work: Work, actor: Actor, request_id: UUID, reason: str) -> Request:
    """Raises NotFound, Forbidden, and Conflict if it was answered."""
    asked = await _to_answer(work, actor, request_id, "payer")
    return await _answer(work, actor, asked, "declined", reason)


async def withdraw(work: Work, actor: Actor, request_id: UUID, reason: str) -> Request:
    """Takes a request back. Raises NotFound, Forbidden, and Conflict if it was answered."""
    asked = await _to_answer(work, actor, request_id, "payee")
    return await _answer(work, actor, asked, "withdrawn", reason)


async def _to_answer(work: Work, actor: Actor, request_id: UUID, side: Side) -> Request:
    """The request, locked and open, for whoever stands on that side of it."""
    found = await repository.request(work.connection, request_id, work.now, lock=True)
    if found is None:
        raise rules.unknown()
    rules.check_side(actor, found, side)
    rules.check_open(found)
    return found


async def _answer(work: Work, actor: Actor, asked: Request, status: Answer, reason: str) -> Request:
    await repository.answer(work.connection, asked.id, status, now=work.now, answered_by=actor.user_id, reason=reason)
    answered = await _request(work.connection, asked.id, work.now)
    work.stage(events.answered(answered), subject=asked.id, version=2)
    return answered


async def expire(work: Work) -> None:
    """Ends requests that nobody answered in time."""
    for request in await repository.expire(work.connection, work.now, EXPIRED_AT_ONCE):
        work.stage(events.answered(request), subject=request.id, version=2)


async def _request(connection: AsyncConnection, request_id: UUID, now: datetime) -> Request:
    found = await repository.request(connection, request_id, now)
    if found is None:
        raise rules.unknown()
    return found


async def request(connection: AsyncConnection, actor: Actor, request_id: UUID, now: datetime) -> Request:
    """A request, to those on either side of it and to the treasurer. Raises NotFound."""
    found = await _request(connection, request_id, now)
    if not (actor.acts_for(found.payer.id) or actor.acts_for(found.payee.id) or actor.has("treasurer")):
        raise rules.unknown()
    return found


async def requests(
    connection: AsyncConnection,
    actor: Actor,
    now: datetime,
    *,
    side: Side | None,
    status: RequestStatus | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Request]:
    """Requests to and of the actor's members, newest first. One more than ``limit`` if there are."""
    return await repository.page(
        connection, now, member_ids=actor.member_ids, side=side, status=status, after=after, limit=limit
    )


async def payees(
    connection: AsyncConnection, now: datetime, words: str, *, after: tuple[str, UUID] | None, limit: int
) -> tuple[list[Party], tuple[str, UUID] | None]:
    """Members that can be paid, by name or number; and where the next page begins, if there is one."""
    found = await repository.named(connection, words, after=after, limit=limit)
    shown = found[:limit]
    standings = await membership.standings(connection, [row.id for row in shown], now)
    payable = {member_id for member_id, status in standings.items() if rules.may_be_paid(status)}
    parties = [Party(row.id, row.number, row.name) for row in shown if row.id in payable]
    return parties, (shown[-1].name, shown[-1].id) if len(found) > limit else None
