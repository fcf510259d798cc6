"""The waiting list: who waits gets what becomes free, before anyone who comes later."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from uuid import UUID

from catalog.sessions import wording
from catalog.sessions.repository import bookings, views
from catalog.sessions.rules import places
from catalog.stock import service as stock
from catalog.stock.service import Request
from contracts.notices import CatalogNotice
from kit import notices
from kit.database import Work


async def serve(work: Work, session_ids: Collection[UUID]) -> None:
    """Gives what is free of these sessions to those who wait, in their order, and notes what the others wait for.

    Until this has run, the stock keeps what somebody who waits would take from everyone else.
    """
    stocks = await stock.counts(work, sorted(session_ids))
    queues = await bookings.queues(work, stocks.keys())
    least: dict[UUID, Decimal | None] = {}
    requests: list[Request] = []
    for session_id, count in stocks.items():
        turns = queues.get(session_id, [])
        served = places.serve((count.free or Decimal(0)) if count.offered else Decimal(0), turns)
        if served.least != count.awaited:
            least[session_id] = served.least
        requests.extend(
            Request(turn.booking_id, "booking", {session_id: Decimal(turn.seats)}, "kept", None, waited=True)
            for turn in served.now
        )
    if requests:
        await stock.reserve(work, requests)
        await _tell(work, await bookings.give(work, [request.id for request in requests]))
    if least:
        await stock.set_awaited(work, least)


async def _tell(work: Work, given: Iterable[places.Booking]) -> None:
    of = list(given)
    sessions = {one.id: one for one in await views.by_ids(work.connection, {one.session_id for one in of})}
    for one in of:
        session = sessions[one.session_id]
        when = wording.clock(session.starts_at, work.zone)
        subject, text = wording.given(session.product_name, when, one.seats)
        notices.tell(work, CatalogNotice, one.member_id, subject, text)


async def serve_waiting(work: Work, variant_ids: Collection[UUID]) -> None:
    """Something was freed of these variants: serves those of them that somebody waits for."""
    if variant_ids and (awaited := await bookings.awaited(work, variant_ids)):
        await serve(work, awaited)
