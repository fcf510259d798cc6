"""Taking in a list: who is new is entered as admitted, who has changed is changed, who is the same is left alone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kit import sheets
from kit.actor import Actor
from kit.database import Work
from kit.settings import Settings
from members.imports import repository
from members.imports.rules import plan as plans
from members.imports.rules import rows
from members.imports.rules.plan import Known, Plan
from members.imports.rules.rows import Refusal, Row
from members.membership import service as membership
from members.membership.service import Entry


@dataclass(frozen=True)
class Report:
    """What became of the rows, or would become in a dry run."""

    created: int
    updated: int
    unchanged: int
    refused: Sequence[Refusal]
    #: The headings of our columns in the file.
    headings: Mapping[str, str]
    ignored: Sequence[str]


async def run(work: Work, settings: Settings, actor: Actor, body: bytes, *, dry_run: bool) -> Report:
    """Takes the good rows of a file and says of every other why not. The same file again changes nothing, and of two
    who send it at once the second finds all as it wants it. Raises Invalid for a file that can't be read at all.
    """
    today = work.now.astimezone(ZoneInfo(settings.zone)).date()
    table = await asyncio.to_thread(sheets.read, body)
    headings = rows.columns(table)
    read = await asyncio.to_thread(lambda: list(rows.read(table, settings.country, today)))
    await repository.take_turn(work.connection)
    plan = plans.plan(read, await _known(work))
    if not dry_run:
        await _carry_out(work, settings, actor, plan)
    return Report(
        created=len(plan.created),
        updated=len(plan.updated),
        unchanged=plan.unchanged,
        refused=plan.refused,
        headings=headings,
        ignored=rows.ignored(table, headings),
    )


async def _known(work: Work) -> Known:
    members = await membership.everybody(work.connection, work.now, membership.STATUSES)
    return Known(members, await membership.numbers_given(work.connection), await membership.all_notes(work.connection))


async def _carry_out(work: Work, settings: Settings, actor: Actor, plan: Plan) -> None:
    await membership.enter_all(work, settings, [_entry(row, settings) for row in plan.created], by=actor.user_id)
    for member_id, changes in plan.updated:
        await membership.change(work, settings, actor, member_id, changes, version=None)


def _entry(row: Row, settings: Settings) -> Entry:
    return Entry(
        number=row.number,
        kind=row.kind,
        name=row.name,
        email=row.email,
        phone=row.phone,
        tax_id=row.tax_id,
        country=row.country,
        language=row.language or settings.language,
        address=row.address,
        representative=row.representative,
        notes=row.notes or "",
        joined_on=row.joined_on,
        ending="left" if row.left_on else row.status or "active",
        ended_on=row.left_on,
    )
