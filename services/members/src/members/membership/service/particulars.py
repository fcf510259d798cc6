"""What a member says of itself, changed, with a trace of every change."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.actor import Actor
from kit.database import Work
from kit.errors import Invalid, PreconditionFailed
from kit.settings import Settings
from members.identity import rules as identity_rules
from members.identity.phones import phone_number
from members.membership import events
from members.membership.repository import people, standings
from members.membership.rules import MemberRecord, particulars
from members.membership.service import numbers
from members.membership.service.reading import check_visible, details, record, unknown

#: Fields that may be emptied.
_OPTIONAL = frozenset({"phone", "tax_id", "country", "representative", "address"})


@dataclass(frozen=True)
class ChangeTrace:
    """A particular that somebody changed."""

    id: int
    field: str
    before: Any
    after: Any
    at: datetime
    by: UUID | None


async def change(
    work: Work, settings: Settings, actor: Actor, member_id: UUID, said: Mapping[str, Any], *, version: int | None
) -> MemberRecord:
    """Changes the fields that are said of a member that is at ``version`` (None: whichever), and tells the others.

    Raises NotFound, PreconditionFailed; Forbidden and Invalid, naming the field; Conflict for a number that was taken.
    """
    check_visible(actor, member_id, "coordinator")
    if not await standings.lock(work.connection, [member_id]):
        raise unknown()
    before = await record(work.connection, member_id, work.now)
    if version is not None and version != before.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    particulars.check_may_change(
        said, kind=before.kind, admitted=before.joined_on is not None, coordinator=actor.has("coordinator")
    )
    known = {**asdict(before), "notes": (await details(work.connection, member_id)).notes}
    wanted = _checked(said, known, settings)
    changed = particulars.changes(known, wanted)
    if not changed:
        return before
    if any(one.field == "number" for one in changed):
        await numbers.take(work, member_id, wanted["number"])
    values = {one.field: one.after for one in changed}
    whole = known | values
    values["search_key"] = particulars.search_key(whole["name"], whole["number"], whole["email"])
    stated = await people.change(work.connection, member_id, values)
    await people.add_changes(
        work.connection,
        [
            {
                "member_id": member_id,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "at": work.now,
                "by": actor.user_id,
            }
            for one in changed
        ],
    )
    after = await record(work.connection, member_id, work.now)
    work.stage(events.changed(after), subject=member_id, version=stated)
    return after


def _checked(said: Mapping[str, Any], known: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """What is said, as it is kept. Raises Invalid, naming the field."""
    kept: dict[str, Any] = {}
    for name, value in said.items():
        if value is None and name not in _OPTIONAL:
            raise Invalid("must_not_be_empty", "Can't be taken away, only changed", field=f"/{name}")
        kept[name] = None if value is None else _field(name, value, settings)
    if kept.keys() & {"tax_id", "country"}:
        # A tax id is of the country that the member is of from now on.
        whole = {**known, **kept}
        if whole["tax_id"]:
            kept["tax_id"] = particulars.tax_id(whole["tax_id"], whole["country"], settings.country)
    return kept


def _field(name: str, value: Any, settings: Settings) -> Any:
    if name == "phone":
        return phone_number(value, settings.country)
    read = _READ.get(name)
    return value if read is None else read(value)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "name": particulars.plain_name,
    "email": identity_rules.email_address,
    "country": particulars.country,
    "address": lambda said: asdict(particulars.address(said)),
    "representative": lambda said: asdict(particulars.representative(said)),
    "notes": lambda said: particulars.plain_text(said, "/notes"),
    "number": particulars.member_number,
}


async def changes(
    connection: AsyncConnection, actor: Actor, member_id: UUID, *, before: int | None, limit: int
) -> list[ChangeTrace]:
    """What was changed of a member, newest first, to those who may see it. One more than ``limit`` if there is."""
    hidden = () if actor.has("coordinator") else ("notes",)
    rows = await people.changes_page(connection, member_id, without=hidden, before=before, limit=limit)
    return [ChangeTrace(row.id, row.field, row.before, row.after, row.at, row.by) for row in rows]
