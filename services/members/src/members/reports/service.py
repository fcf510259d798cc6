"""Use cases of reports."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Database, Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from kit.language import LANGUAGES, Texts
from members.dues.service import figures as dues
from members.income.service import purposes, totals
from members.ledger import service as ledger
from members.reports import repository
from members.reports.rules import building
from members.reports.rules.building import Books, DuesTotals, Frame
from members.reports.rules.document import Names, TransparencyReport
from members.settings import Settings
from members.shares import service as shares


@dataclass(frozen=True)
class Published:
    """A report that was published: the bytes that everybody gets, and their digest."""

    id: UUID
    since: date
    until: date
    currency: str
    content: bytes
    digest: str
    published_at: datetime


@dataclass(frozen=True)
class Listed:
    """A published report, without what it says."""

    id: UUID
    since: date
    until: date
    currency: str
    digest: str
    published_at: datetime


async def transparency(
    database: Database, settings: Settings, texts: Texts, *, since: date, until: date, now: datetime
) -> TransparencyReport:
    """The report of these days, in the network's money, all of it as of one instant. Raises Invalid.

    What is booked for these days later changes it; a published one stays.
    """
    building.check_days(since, until)
    frame = Frame(settings.name or settings.network, settings.currency, since, until, now)

    def say(text: str) -> Names:
        return {language: texts.say(language, text) for language in LANGUAGES}

    async with database.snapshot() as connection:
        books = await _books(connection, settings.currency, since, until)
    return building.report(frame, books, say)


async def _books(connection: AsyncConnection, currency: str, since: date, until: date) -> Books:
    members_in, members_out = await repository.members_moved(connection, currency, since, until)
    unspent_subsidies, unspent_earmarked = await totals.unspent(connection, currency, until)
    found = await ledger.totals(connection, since, until)
    return Books(
        totals=[total for total in found if total.currency == currency],
        members_in=members_in,
        members_out=members_out,
        dues=[
            DuesTotals(
                f"plan:{figure.plan_id}" if figure.plan_id else "by_hand",
                figure.name,
                figure.texts,
                figure.billed - figure.cancelled,
                figure.received,
            )
            for figure in await dues.expected(connection, since, until)
            if figure.currency == currency
        ],
        shares_expected=await shares.expected(connection, currency, since, until),
        expected=await totals.expected(connection, currency, since, until),
        subsidies=await totals.subsidies(connection, currency, since, until),
        unspent_subsidies=unspent_subsidies,
        unspent_earmarked=unspent_earmarked,
        purposes=await purposes.purposes(connection),
    )


async def publish(
    work: Work,
    database: Database,
    settings: Settings,
    texts: Texts,
    *,
    report_id: UUID | None,
    since: date,
    until: date,
    by: UUID,
) -> Published:
    """Keeps the report of these days as it is now. The same id twice is the same report. Raises Invalid, Conflict."""
    building.check_days(since, until)
    building.check_over(until, work.today)
    found = await transparency(database, settings, texts, since=since, until=until, now=work.now)
    if not found.reconciliation.holds:
        raise Conflict("books_unbalanced", "The books don't add up; look at the ledger's check before publishing")
    content = found.model_dump_json().encode()
    kept_id = report_id or new_id()
    values = {
        "id": kept_id,
        "since": since,
        "until": until,
        "currency": settings.currency,
        "content": content,
        "digest": hashlib.sha256(content).hexdigest(),
        "published_at": work.now,
        "published_by": by,
    }
    added = await repository.add(work.connection, values)
    kept = await published(work.connection, kept_id)
    if not added and (kept.since, kept.until) != (since, until):
        raise Conflict("id_taken", "There is another report with this id; take a new one", field="/id")
    return kept


async def published(connection: AsyncConnection, report_id: UUID) -> Published:
    """Raises NotFound."""
    row = await repository.published(connection, report_id)
    if row is None:
        raise NotFound("report_unknown", "There is no such report")
    return Published(**row._asdict())


async def page(connection: AsyncConnection, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Those published last first. One more than ``limit`` if there are more."""
    return [Listed(**row._asdict()) for row in await repository.page(connection, before=before, limit=limit)]
