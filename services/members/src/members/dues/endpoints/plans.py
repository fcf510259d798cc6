"""HTTP of plans and of the run."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import VersionDep, version_tag
from kit.problems import TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.dues.endpoints import shown
from members.dues.rules.plans import Plan
from members.dues.schemas import ChangedPlan, FiguresOut, LettersOut, NewPlan, NewPrice, NewRun, PlanOut, RunOut
from members.dues.service import figures, letters, runs
from members.dues.service import plans as service
from members.dues.service.plans import Wording

router = service_router(prefix="/v1/dues", tags=["dues"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _wording(body: ChangedPlan) -> Wording:
    return Wording(
        name=" ".join(body.name.split()),
        texts={str(language): text for language, text in body.texts.items()},
        kinds=body.kinds,
        pro_rata=body.pro_rata,
        days_until_due=body.days_until_due,
        grace_days=body.grace_days,
        tax_rate=body.tax_rate,
        tax_text=body.tax_text,
        ends_on=body.ends_on,
    )


def _answer(plan: Plan, response: Response) -> PlanOut:
    response.headers["etag"] = version_tag(plan.version)
    return shown.plan(plan)


@router.get("/plans")
async def list_dues_plans(connection: ReadDep, _actor: ActorDep) -> list[PlanOut]:
    """All dues plans, the newest first: what anybody who belongs, or asks to, will be asked for."""
    return [shown.plan(plan) for plan in await service.plans(connection)]


@router.get("/plans/{plan_id}")
async def get_dues_plan(plan_id: UUID, connection: ReadDep, response: Response, _actor: ActorDep) -> PlanOut:
    """A dues plan, with every price that it had, has or will have."""
    return _answer(await service.plan(connection, plan_id), response)


@router.post("/plans", status_code=201)
async def create_dues_plan(
    body: NewPlan, work: WorkDep, settings: SettingsDep, response: Response, actor: TreasurerDep
) -> PlanOut:
    """A plan and its first price. A kind of member has at most one plan that repeats, and one that asks once, at any
    time."""
    plan = await service.create(
        work,
        settings,
        _wording(body),
        plan_id=body.id,
        rhythm=body.rhythm,
        anchor=body.anchor,
        start_month=body.start_month,
        starts_on=body.starts_on,
        price=body.price,
        by=actor.user_id,
    )
    response.headers["location"] = f"/v1/dues/plans/{plan.id}"
    return _answer(plan, response)


@router.put("/plans/{plan_id}")
async def change_dues_plan(
    *, plan_id: UUID, body: ChangedPlan, work: WorkDep, version: VersionDep, response: Response, _actor: TreasurerDep
) -> PlanOut:
    """Changes a plan for what will be billed. It is ended with `ends_on`; nothing is deleted."""
    return _answer(await service.change(work, plan_id, _wording(body), version=version), response)


@router.post("/plans/{plan_id}/prices", status_code=201)
async def set_dues_price(
    *, plan_id: UUID, body: NewPrice, work: WorkDep, version: VersionDep, response: Response, actor: TreasurerDep
) -> PlanOut:
    """Another price, for the periods that begin from a day on."""
    plan = await service.set_price(work, plan_id, body.price, body.valid_from, version=version, by=actor.user_id)
    return _answer(plan, response)


@router.post("/runs")
async def run_dues(body: NewRun, work: WorkDep, settings: SettingsDep, actor: TreasurerDep) -> RunOut:
    """Issues the invoices that are missing for the periods that began by a day. Started again it issues nothing twice;
    it also runs by itself every few hours."""
    found = await runs.run(
        work, settings, until=body.until, issued_on=body.issued_on, dry_run=body.dry_run, by=actor.user_id
    )
    return shown.report(found)


@router.post("/reminders")
async def write_dues_letters(work: WorkDep, settings: SettingsDep, texts: TextsDep, _actor: TreasurerDep) -> LettersOut:
    """Writes the letters that are due now: new invoices, and reminders. Each is written once; it also runs by itself."""
    return LettersOut.model_validate(await letters.write(work, settings, texts), from_attributes=True)


@router.get("/figures")
async def get_dues_figures(
    *,
    connection: ReadDep,
    since: Annotated[date, Query(description="The first day", examples=["2026-01-01"])],
    until: Annotated[date, Query(description="The last day", examples=["2026-12-31"])],
    _actor: TreasurerDep,
) -> FiguresOut:
    """What was expected of dues in a time and what was received, by plan, with what was not asked for and why."""
    found = await figures.expected(connection, since, until)
    return FiguresOut(since=since, until=until, items=[shown.figure(figure) for figure in found])
