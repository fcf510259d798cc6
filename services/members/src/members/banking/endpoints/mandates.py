"""HTTP of mandates for direct debits."""

from uuid import UUID

from fastapi import Response

from kit.auth import ActorDep
from kit.database import utc_now
from kit.routing import ReadDep, WorkDep, service_router
from members.banking.endpoints.accounts import TreasurerDep
from members.banking.rules.accounts import masked
from members.banking.rules.debits import Mandate
from members.banking.schemas import MandateOut, MandatesOut, NewMandate, Revocation
from members.banking.service import mandates as service
from members.dependencies import SettingsDep
from members.membership import service as membership

router = service_router(prefix="/v1/members/{member_id}/mandates", tags=["banking"])


def _shown(mandate: Mandate, *, full: bool) -> MandateOut:
    over = mandate.revoked_on is not None or (mandate.use == "one_off" and mandate.used > 0)
    return MandateOut(
        id=mandate.id,
        member_id=mandate.member_id,
        reference=mandate.reference,
        iban=mandate.iban if full else masked(mandate.iban),
        bic=mandate.bic,
        holder=mandate.holder,
        use=mandate.use,
        signed_on=mandate.signed_on,
        revoked_on=mandate.revoked_on,
        last_used_on=mandate.last_used_on,
        used=mandate.used,
        next_sequence=None if over else mandate.sequence(),
    )


@router.post("", status_code=201)
async def add_mandate(
    *,
    member_id: UUID,
    body: NewMandate,
    work: WorkDep,
    settings: SettingsDep,
    response: Response,
    actor: TreasurerDep,
) -> MandateOut:
    """Records a mandate that a member has signed. A member has one at a time; for networks in euros."""
    signed = service.Signed(**body.model_dump())
    added = await service.add(work, settings, member_id, signed, by=actor.user_id)
    response.headers["location"] = f"/v1/members/{member_id}/mandates/{added.id}"
    return _shown(added, full=True)


@router.get("")
async def list_mandates(member_id: UUID, connection: ReadDep, actor: ActorDep) -> MandatesOut:
    """A member's mandates: one's own, with the account masked, or any to the treasurer."""
    membership.check_visible(actor, member_id, "treasurer")
    await membership.record(connection, member_id, utc_now())
    full = actor.has("treasurer")
    return MandatesOut(items=[_shown(one, full=full) for one in await service.mandates(connection, member_id)])


@router.get("/{mandate_id}")
async def get_mandate(member_id: UUID, mandate_id: UUID, connection: ReadDep, actor: ActorDep) -> MandateOut:
    """A mandate: one's own, with the account masked, or any to the treasurer."""
    membership.check_visible(actor, member_id, "treasurer")
    return _shown(await service.of_member(connection, member_id, mandate_id), full=actor.has("treasurer"))


@router.post("/{mandate_id}/revoke")
async def revoke_mandate(
    member_id: UUID, mandate_id: UUID, body: Revocation, work: WorkDep, actor: ActorDep
) -> MandateOut:
    """Ends a mandate: by the member, or recorded by the treasurer. What is at the bank already is not called back."""
    membership.check_visible(actor, member_id, "treasurer")
    revoked = await service.revoke(work, mandate_id, member_id=member_id, on=body.on, reason=body.reason)
    return _shown(revoked, full=actor.has("treasurer"))


@router.post("/{mandate_id}/finish")
async def finish_mandate(member_id: UUID, mandate_id: UUID, work: WorkDep, _actor: TreasurerDep) -> MandateOut:
    """Says that the next collection by this mandate is the last: the file will call it FNAL."""
    return _shown(await service.finish(work, mandate_id, member_id=member_id), full=True)
