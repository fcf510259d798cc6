"""HTTP of exemptions, solidarity fees, and plans chosen for a member."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.dues.models import ChoiceRow, ExemptionRow
from members.dues.rules.agreements import Agreement
from members.dues.schemas import ChoiceOut, Ending, ExemptionOut, NewChoice, NewExemption
from members.dues.service import agreements as service

router = service_router(prefix="/v1", tags=["dues"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _exemption(found: Agreement) -> ExemptionOut:
    amount = None if found.amount is None else Money.of_minor(found.amount, found.currency or "")
    return ExemptionOut(
        id=found.id,
        member_id=found.member_id,
        since=found.since,
        until=found.until,
        amount=amount,
        reason=found.reason,
        made_at=found.made_at,
        ended_at=found.ended_at,
    )


def _choice(found: Agreement) -> ChoiceOut:
    return ChoiceOut.model_validate(found, from_attributes=True)


@router.post("/members/{member_id}/dues-exemptions", status_code=201)
async def exempt_member(
    member_id: UUID, body: NewExemption, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ExemptionOut:
    """Asks a member for nothing, or for another amount, in the periods that begin in that time. Two at once there can't
    be; what was billed before stays billed (cancel it if it was wrong)."""
    found = await service.exempt(
        work,
        settings,
        member_id,
        agreement_id=body.id,
        since=body.since,
        until=body.until,
        amount=body.amount,
        reason=body.reason.strip(),
        by=actor.user_id,
    )
    return _exemption(found)


@router.get("/members/{member_id}/dues-exemptions")
async def list_exemptions(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[ExemptionOut]:
    """A member's exemptions and solidarity fees, the newest first: one's own, or any to the treasurer."""
    found = await service.agreements(connection, actor, ExemptionRow, member_id, "treasurer")
    return [_exemption(one) for one in found]


@router.post("/dues/exemptions/{exemption_id}/end")
async def end_exemption(exemption_id: UUID, body: Ending, work: WorkDep, actor: TreasurerDep) -> ExemptionOut:
    """Ends an exemption earlier than was agreed; it stays on record."""
    return _exemption(await service.end(work, ExemptionRow, exemption_id, body.until, by=actor.user_id))


@router.post("/members/{member_id}/dues-choices", status_code=201)
async def choose_dues_plan(member_id: UUID, body: NewChoice, work: WorkDep, actor: TreasurerDep) -> ChoiceOut:
    """Chooses a plan for a member, in place of the one that its kind has. No day is billed twice: of a period that was
    billed by the other plan, the new one asks only for what follows."""
    found = await service.choose(
        work,
        member_id,
        agreement_id=body.id,
        plan_id=body.plan_id,
        since=body.since,
        until=body.until,
        reason=body.reason.strip(),
        by=actor.user_id,
    )
    return _choice(found)


@router.get("/members/{member_id}/dues-choices")
async def list_dues_choices(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[ChoiceOut]:
    """The plans that were chosen for a member, the newest first: one's own, or any to the treasurer."""
    found = await service.agreements(connection, actor, ChoiceRow, member_id, "treasurer")
    return [_choice(one) for one in found]


@router.post("/dues/choices/{choice_id}/end")
async def end_dues_choice(choice_id: UUID, body: Ending, work: WorkDep, actor: TreasurerDep) -> ChoiceOut:
    """Ends the choice of a plan; from the next day on its kind's plan is the member's."""
    return _choice(await service.end(work, ChoiceRow, choice_id, body.until, by=actor.user_id))
