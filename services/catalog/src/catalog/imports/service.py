"""Takes a spreadsheet in: read, matched with what there is, written all at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from catalog.imports import rules
from catalog.imports.formats import FORMATS, Format, Name
from catalog.imports.rows import Refusal, Row
from catalog.producers import repository as producers
from catalog.producers.rules import Standing, fold
from catalog.products import repository as products
from catalog.products import service as offers
from catalog.products.rules import Terms
from catalog.products.service import Change
from catalog.stock import service as stock
from kit import sheets
from kit.actor import Actor
from kit.database import Work
from kit.errors import Forbidden, Invalid
from kit.ids import new_id
from kit.sheets import Table

#: Whether the good rows are taken where others are wrong, or none.
OnError = Literal["skip", "stop"]


@dataclass(frozen=True)
class Asked:
    """What is asked of an import. ``member_id`` is whose the rows are that name no producer."""

    format: Name
    member_id: UUID | None
    publish: bool
    dry_run: bool
    on_error: OnError = "skip"


@dataclass(frozen=True)
class Wrong:
    """A row that can't be taken: where it is wrong in the file, and how."""

    row: int
    #: The column's place in the file from 0, and what its header calls it; None where the whole row is wrong.
    place: int | None
    column: str | None
    error: Invalid


@dataclass(frozen=True)
class Report:
    """What became of the rows, or would become of them if they were taken."""

    applied: bool
    created: int
    updated: int
    unchanged: int
    refused: Sequence[Wrong]
    ignored_columns: Sequence[str]


async def run(work: Work, actor: Actor, asked: Asked, body: bytes, terms: Terms) -> Report:
    """Takes the good rows of a file, or none if one is wrong, and says of every other why not. The same file again
    changes nothing.

    Raises Invalid for a file that can't be read at all, Forbidden for who may not offer anything.
    """
    if not actor.has("producer", "coordinator"):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator, producer")
    chosen = FORMATS[asked.format]
    table = await asyncio.to_thread(sheets.read, body, chosen.encoding)
    read = await asyncio.to_thread(lambda: list(chosen.read(table, terms.currency)))
    refused = [one for one in read if isinstance(one, Refusal)]
    rows = [one for one in read if isinstance(one, Row)]
    owned, foreign = await _owned(work, actor, asked, rows)
    members = {member_id for member_id, _ in owned}
    if asked.publish:
        owned, barred = await _may_publish(work, owned)
        foreign += barred
    await products.lock_members(work, members)
    there = await products.load_of_members(work, members)
    counts = await stock.counts(work, [variant.id for product in there.values() for variant in product.variants])
    how = rules.Import(terms, work.now, new_id, asked.publish, chosen.words)
    plan = await asyncio.to_thread(rules.plan, owned, there.values(), counts, how)
    everything = sorted([*refused, *foreign, *plan.refused], key=lambda refusal: refusal.row)
    applied = not asked.dry_run and not (everything and asked.on_error == "stop")
    if applied:
        changes = [Change(before, after, counted) for before, after, counted in plan.changed()]
        await offers.store(work, changes, actor.user_id)
    wrong = [_wrong(chosen, table, refusal) for refusal in everything]
    return Report(applied, plan.created, plan.updated, plan.unchanged, wrong, chosen.ignored(table))


def _wrong(chosen: Format, table: Table, refusal: Refusal) -> Wrong:
    place = chosen.place(table, refusal.error.field)
    column = table.header[place] if place is not None and place < len(table.header) else None
    return Wrong(refusal.row, place, column, refusal.error)


Owned = list[tuple[UUID, Row]]


async def _owned(work: Work, actor: Actor, asked: Asked, rows: Sequence[Row]) -> tuple[Owned, list[Refusal]]:
    """Each row with the member that it belongs to; the others with the reason why the actor can't write it."""
    default = await _default_member(work, actor, asked.member_id)
    named = await producers.by_names(work, {fold(row.producer) for row in rows if row.producer})
    owned: Owned = []
    refused: list[Refusal] = []
    for row in rows:
        try:
            owned.append((_member_of(row, named.get(fold(row.producer), []), actor, default), row))
        except Invalid as error:
            refused.append(Refusal(row.row, error))
    return owned, refused


async def _default_member(work: Work, actor: Actor, member_id: UUID | None) -> UUID | None:
    """The importing member. A coordinator may have none: then every row has to name its producer."""
    try:
        return await offers.owner(work, actor, member_id)
    except Invalid:
        if member_id is not None or not actor.has("coordinator"):
            raise
        return None


def _member_of(row: Row, named: Sequence[Standing], actor: Actor, default: UUID | None) -> UUID:
    if not row.producer:
        if default is None:
            raise Invalid("member_not_said", "Say for which member", field="producer")
        return default
    if not named:
        raise Invalid("unknown_producer", "No member is called that", field="producer")
    mine = [one.member_id for one in named if offers.may_change(actor, one.member_id)]
    if not mine:
        raise Invalid("not_yours", "You do not act for this member", field="producer")
    if default in mine:
        return default
    if len(mine) > 1:
        raise Invalid("several_producers", "Several members are called that", field="producer")
    return mine[0]


async def _may_publish(work: Work, owned: Owned) -> tuple[Owned, list[Refusal]]:
    standings = await producers.by_ids(work, {member_id for member_id, _ in owned}, lock=True)
    allowed: Owned = []
    barred: list[Refusal] = []
    for member_id, row in owned:
        standing = standings.get(member_id)
        if standing is None or standing.may_publish:
            allowed.append((member_id, row))
        else:
            error = Invalid("member_not_active", "Only members in good standing can publish", field="producer")
            barred.append(Refusal(row.row, error))
    return allowed, barred
