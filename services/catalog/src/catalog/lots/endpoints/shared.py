"""What the addresses of lots have in common."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from catalog.lots.repository import lots as repository
from catalog.lots.schemas.shown import EventOut, LotOut
from catalog.lots.service.recording import Recorded
from kit.database import Work
from kit.errors import NotFound
from kit.routing import WorkDep

LotKey = Annotated[str, Path(max_length=60, description="The lot's id or its number", examples=["QRO-L-2026-0042"])]


def key_of(text: str) -> UUID | str:
    """An id if it is one, else a number, however it was typed."""
    try:
        return UUID(text)
    except ValueError:
        return text.strip().upper()


async def _lot_id(key: LotKey, work: WorkDep) -> UUID:
    """The id of the lot that is named. Raises NotFound."""
    named = key_of(key)
    if isinstance(named, UUID):
        return named
    lot = await repository.find(work.connection, named)
    if lot is None:
        raise NotFound("lot_not_found", "There is no such lot")
    return lot.id


LotId = Annotated[UUID, Depends(_lot_id)]


async def event_out(work: Work, recorded: Recorded | None, touched: list[UUID]) -> EventOut:
    """What was recorded, with the lots as they are after it."""
    made = list(recorded.numbers) if recorded else []
    found = await repository.by_ids(work.connection, [*touched, *made])
    lots = [LotOut.of(found[id_]) for id_ in dict.fromkeys([*touched, *made])]
    return EventOut(event_id=recorded.id if recorded else None, lots=lots)
