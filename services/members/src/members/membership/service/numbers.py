"""Members' numbers: each is given once, to one member, and to nobody else ever after."""

from uuid import UUID

from kit.database import Work
from kit.errors import Conflict
from kit.settings import Settings
from members.membership import rules
from members.membership.repository import people


async def give_next(work: Work, settings: Settings, member_id: UUID) -> str:
    """The next number of this year's series. Kept with ``take``, but not written to the member."""
    series = rules.number_series(settings.number_prefix, work.now, settings.zone)
    while True:
        number = rules.number(series, await people.next_in_series(work.connection, series))
        if await people.take_number(work.connection, member_id, number, work.now):
            return number


async def take(work: Work, member_id: UUID, number: str, field: str = "/number") -> None:
    """Keeps a number that somebody chose, or that a list brought; the series goes on after it. Raises Conflict."""
    if not await people.take_number(work.connection, member_id, number, work.now):
        raise Conflict("number_taken", "This number is or was another member's", field=field)
    place = rules.place_in_series(number)
    if place is not None:
        await people.count_from(work.connection, *place)
