"""What waits, and for whom."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import applications, certificates, nonconformities, visits
from catalog.guarantee.repository.applications import Application
from catalog.guarantee.repository.nonconformities import Told
from catalog.guarantee.rules.certificates import REMINDERS, Certificate
from catalog.guarantee.rules.visits import Visit
from catalog.guarantee.service.access import only_committee
from catalog.settings import Settings
from kit.actor import Actor

#: Of each kind at once.
MOST = 100


@dataclass(frozen=True)
class Board:
    to_plan: tuple[Application, ...]
    to_visit: tuple[Visit, ...]
    to_decide: tuple[Application, ...]
    to_mend: tuple[Told, ...]
    to_renew: tuple[Certificate, ...]


async def board(connection: AsyncConnection, settings: Settings, actor: Actor, today: date) -> Board:
    """The oldest of each first. Raises Forbidden. Seven queries, however much waits."""
    only_committee(actor, settings)
    return Board(
        to_plan=tuple(await applications.waiting(connection, "pledged", MOST)),
        to_visit=tuple(await visits.waiting(connection, MOST)),
        to_decide=tuple(await applications.waiting(connection, "to_decide", MOST)),
        to_mend=tuple(await nonconformities.waiting(connection, MOST)),
        to_renew=tuple(await certificates.to_renew(connection, today, max(REMINDERS), MOST)),
    )
