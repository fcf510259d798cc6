"""Use cases of the saga: hold, keep, release, settle. Each handles a batch with a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.orders import SettlementComputed
from kit.database import Work
from kit.errors import NotFound
from kit.ids import new_id
from members.holds import repository, rules
from members.holds.rules import Request, Verdict
from members.ledger import service as ledger
from members.ledger.rules import SALES, AccountKey, Ending, Owner
from members.membership import rules as membership_rules
from members.membership import service as membership
from members.settings import Settings

#: Orders whose holds one run of the expiry ends.
EXPIRED_AT_ONCE = 500


async def hold(
    work: Work, settings: Settings, requests: Sequence[Request], expires_at: Mapping[UUID, datetime]
) -> list[Verdict]:
    """Sets aside what the orders ask for, first come, first served; in their order. What is held until
    ``expires_at[order]`` is given up by then; an order without an expiry keeps its hold.

    An order that holds already what it asks keeps that. One that holds something else gets the new amounts in its
    place, or is refused and keeps the old. One that is settled holds nothing any more and is left out.
    """
    await repository.take_turn(work.connection)
    orders = [asked.order_id for asked in requests]
    standings = await membership.standings(work.connection, {asked.member_id for asked in requests}, work.now)
    active = {member_id for member_id, status in standings.items() if membership_rules.may_order(status)}
    known = ledger.currencies(settings)
    keys = {key for asked in requests if asked.member_id in active for key in asked.keys if key.currency in known}
    sales = {AccountKey(Owner.network(SALES), key.currency) for key in keys}
    accounts = await ledger.ready(work, settings, keys, holds_of=orders, others=sales)
    held, settled = await repository.holds(work.connection, orders)
    verdicts = rules.decide(
        [asked for asked in requests if asked.order_id not in settled],
        active=active,
        available={key: account.available for key, account in accounts.items()},
        held=held,
    )
    fresh = [verdict.request for verdict in verdicts if verdict.granted and not verdict.holds_already]
    replaced = [asked.order_id for asked in fresh if asked.order_id in held]
    if replaced:
        await repository.end(work.connection, replaced, "replaced", work.now)
    transfers = [
        transfer
        for asked in fresh
        for transfer in rules.holds(
            asked, {currency: new_id() for currency in asked.amounts}, expires_at.get(asked.order_id)
        )
    ]
    await ledger.book(work, transfers)
    return verdicts


async def confirm(work: Work, settings: Settings, requests: Sequence[Request]) -> list[Verdict]:
    """Keeps the holds of confirmed orders until they are settled; those that expired meanwhile are asked for anew."""
    verdicts = await hold(work, settings, requests, {})
    await repository.keep(work.connection, [verdict.request.order_id for verdict in verdicts if verdict.holds_already])
    return verdicts


async def release(work: Work, order_ids: Collection[UUID], ended: Ending = "released") -> None:
    """Ends what these orders hold, if anything."""
    await repository.take_turn(work.connection)
    await ledger.lock(work, [], holds_of=order_ids)
    await repository.end(work.connection, order_ids, ended, work.now)


async def expire(work: Work) -> None:
    """Gives up what orders held past its time without being confirmed."""
    await repository.take_turn(work.connection)
    orders = await repository.expired(work.connection, work.now, EXPIRED_AT_ONCE)
    if orders:
        await ledger.lock(work, [], holds_of=orders)
        await repository.end(work.connection, orders, "expired", work.now, expired_by=work.now)


async def settle(work: Work, settings: Settings, parts: Sequence[SettlementComputed]) -> None:
    """Books parts of settlements: each posting once, and the holds of their orders end in the same moment.

    Raises Invalid for a posting that can't be booked, NotFound for a member that is none, Conflict for a posting whose
    id was used for another one.
    """
    transfers = rules.postings((posting for part in parts for posting in part.postings), ledger.currencies(settings))
    orders = [order_id for part in parts for order_id in part.order_ids]
    keys = {key for transfer in transfers for key in (transfer.debit, transfer.credit)}
    members = {key.owner.member_id for key in keys if key.owner.member_id is not None}
    if missing := members - await membership.known(work.connection, members):
        raise NotFound("member_unknown", "There is no such member", extra={"member_ids": sorted(map(str, missing))})
    await repository.take_turn(work.connection)
    await ledger.take(work, settings, keys, holds_of=orders)
    await repository.end(work.connection, orders, "settled", work.now)
    await ledger.book(work, transfers)
