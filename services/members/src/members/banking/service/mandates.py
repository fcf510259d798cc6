"""Use cases of mandates for direct debits."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.banking.repository import debits as repository
from members.banking.rules import accounts
from members.banking.rules import debits as rules
from members.banking.rules.debits import Mandate, MandateUse
from members.membership import rules as membership_rules
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class Signed:
    """A mandate as it was signed. Empty ``reference``: made from the member's number. Empty ``holder``: the member."""

    id: UUID | None
    iban: str
    bic: str
    reference: str
    holder: str
    use: MandateUse
    signed_on: date


def check_euro(settings: Settings) -> None:
    """Raises Conflict where the network does not count in euros."""
    if settings.currency != "EUR":
        raise Conflict("direct_debit_euro", "Direct debits are for networks that count in euros")


async def add(work: Work, settings: Settings, member_id: UUID, signed: Signed, *, by: UUID) -> Mandate:
    """Records a mandate. The same id twice is the same mandate. Raises NotFound, Invalid, Conflict."""
    check_euro(settings)
    member = await membership.record(work.connection, member_id, work.now)
    if member.number is None or member.status in ("applied", "declined"):
        raise Conflict("member_not_active", "This member has not been admitted")
    rules.check_signed(signed.signed_on, work.today)
    before = await repository.mandates_of(work.connection, member_id)
    mandate_id, iban = signed.id or new_id(), accounts.iban(signed.iban, "/iban")
    values = {
        "id": mandate_id,
        "member_id": member_id,
        "reference": rules.mandate_reference(signed.reference or f"{member.number}-{len(before) + 1}"),
        "iban": iban,
        "bic": accounts.bic(signed.bic, "/bic") if signed.bic else "",
        "holder": membership_rules.plain_name(signed.holder or member.name, "/holder"),
        "use": signed.use,
        "signed_on": signed.signed_on,
        "made_at": work.now,
        "made_by": by,
    }
    if not await repository.add_mandate(work.connection, values):
        return await _same(work, mandate_id, member_id, iban)
    return await mandate(work.connection, mandate_id)


async def _same(work: Work, mandate_id: UUID, member_id: UUID, iban: str) -> Mandate:
    """The mandate that has this id, if it is the same. Raises Conflict."""
    known = await repository.mandate(work.connection, mandate_id)
    if known is not None and (known.member_id, known.iban) == (member_id, iban):
        return known
    if known is not None:
        raise Conflict("id_taken", "There is another mandate with this id; take a new one", field="/id")
    if any(one.revoked_on is None for one in await repository.mandates_of(work.connection, member_id)):
        raise Conflict("mandate_live", "This member has a mandate; revoke it first")
    raise Conflict("mandate_reference_taken", "There is another mandate with this reference", field="/reference")


async def revoke(work: Work, mandate_id: UUID, *, member_id: UUID, on: date | None, reason: str) -> Mandate:
    """Ends a mandate: nothing is collected by it from that day on. What is at the bank already is not called back.

    Raises NotFound, Conflict for a second time."""
    found = await of_member(work.connection, member_id, mandate_id)
    if found.revoked_on is not None:
        raise Conflict("mandate_revoked", "This mandate was revoked on {day}", day=found.revoked_on.isoformat())
    day = min(on or work.today, work.today)
    await repository.end_mandate(work.connection, mandate_id, day, reason)
    return await mandate(work.connection, mandate_id)


async def finish(work: Work, mandate_id: UUID, *, member_id: UUID) -> Mandate:
    """Says that the next collection by this mandate is the last (FNAL). Raises NotFound."""
    await of_member(work.connection, member_id, mandate_id)
    await repository.set_final(work.connection, mandate_id, final=True)
    return await mandate(work.connection, mandate_id)


async def mandate(connection: AsyncConnection, mandate_id: UUID) -> Mandate:
    """Raises NotFound."""
    found = await repository.mandate(connection, mandate_id)
    if found is None:
        raise NotFound("mandate_unknown", "There is no such mandate")
    return found


async def of_member(connection: AsyncConnection, member_id: UUID, mandate_id: UUID) -> Mandate:
    """A member's mandate. Raises NotFound."""
    found = await mandate(connection, mandate_id)
    if found.member_id != member_id:
        raise NotFound("mandate_unknown", "There is no such mandate")
    return found


async def mandates(connection: AsyncConnection, member_id: UUID) -> list[Mandate]:
    """A member's, the newest first."""
    return await repository.mandates_of(connection, member_id)
