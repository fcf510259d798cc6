"""HTTP of invitations."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response

from kit.auth import ActorDep, MaybeActorDep
from kit.database import utc_now
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, ReadDep, WorkDep, plain_router, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.identity import throttle
from members.identity.words import link, network
from members.invitations import rules, service, sheets
from members.invitations.rules import Plan
from members.invitations.schemas import Acceptance, AcceptedOut, InvitationOut, NewInvitation, OfferOut
from members.membership.service import Application
from members.settings import Settings

router = service_router(prefix="/v1/invitations", tags=["invitations"])
by_code = plain_router(prefix="/v1/invitations/by-code", tags=["invitations"])
ROUTERS = (by_code, router)

#: Codes that may be tried by everybody together before all wait.
ANYWHERE = 1000
NOTHING = Acceptance()
_FILES = {
    "image/svg+xml": {"schema": {"type": "string"}},
    "image/png": {"schema": {"type": "string", "format": "binary"}},
    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
}


def _shown(settings: Settings, found: service.Invitation) -> InvitationOut:
    url = link(settings, "invitations", found.code) if found.code and settings.public_url else None
    return InvitationOut(
        url=url, **{name: getattr(found, name) for name in InvitationOut.model_fields if name != "url"}
    )


@router.post("", status_code=201)
async def create_invitation(
    body: NewInvitation, work: WorkDep, settings: SettingsDep, actor: ActorDep, response: Response
) -> InvitationOut:
    """Invites to act for your own member; coordinators invite to the network, administrators to a role."""
    plan = Plan(
        purpose=body.purpose,
        member_id=body.member_id,
        kind=body.kind,
        admitted=body.admitted,
        role=body.role,
        max_uses=body.max_uses,
        expires_at=body.expires_at or work.now + rules.USUAL_LIFE,
    )
    made = await service.invite(work, settings, actor, plan, invitation_id=body.id, note=body.note)
    response.headers["location"] = f"/v1/invitations/{made.id}"
    return _shown(settings, made)


@router.get("")
async def list_invitations(
    *,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
) -> Page[InvitationOut]:
    """Invitations that you made, for your members, or that your office looks after, in the order of their making."""
    after = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, settings, actor, utc_now(), after=after, limit=paging.limit)
    page = found[: paging.limit]
    cursor = encode_cursor([page[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_shown(settings, invitation) for invitation in page], next=cursor)


@router.get("/{invitation_id}", response_model=InvitationOut, responses={200: {"content": _FILES}})
async def get_invitation(
    *,
    invitation_id: UUID,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    texts: TextsDep,
    language: LanguageDep,
    accept: Annotated[str, Header(description="JSON, or `image/svg+xml`, `image/png`, `application/pdf`")] = "*/*",
) -> InvitationOut | Response:
    """An invitation as JSON; its QR code as SVG or PNG; or a sheet to print as PDF."""
    now = utc_now()
    found = await service.get(connection, settings, actor, invitation_id, now)
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    kind = next((kind for kind in wanted if kind in _FILES), None)
    if kind is None or wanted[0] == "application/json":
        return _shown(settings, found)
    if kind == "image/svg+xml":
        content = sheets.svg(settings, found)
    elif kind == "image/png":
        content = sheets.png(settings, found)
    else:
        content = sheets.pdf(settings, found, texts, language=language, now=now)
    # Whoever has it can follow it: nobody on the way is to keep it.
    return Response(content, media_type=kind, headers={"cache-control": "no-store", "vary": "accept"})


@router.post("/{invitation_id}/withdraw")
async def withdraw_invitation(
    invitation_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> InvitationOut:
    """Nobody can follow it from now on; what came of it stays."""
    return _shown(settings, await service.withdraw(work, settings, actor, invitation_id))


async def _count(request: Request, database: DatabaseDep) -> str:
    """Counts a code as wrong until it is known to be right. Raises TooManyRequests."""
    address = request.client.host if request.client else ""
    async with database.transaction() as work:
        await throttle.count(work, throttle.account_of("invitation", ""), address, free_anywhere=ANYWHERE)
    return address


@by_code.get("/{code}")
async def get_offer(code: str, request: Request, database: DatabaseDep, settings: SettingsDep) -> OfferOut:
    """What an invitation is for, to anyone who has its code. Blanks, dashes and small letters make no difference."""
    address = await _count(request, database)
    async with database.transaction() as work:
        found = await service.offer(work.connection, code, work.now)
        await throttle.forget(work, throttle.account_of("invitation", ""), address)
    values = {name: getattr(found, name) for name in OfferOut.model_fields if name != "network"}
    return OfferOut(network=network(settings), **values)


@by_code.post("/{code}/accept")
async def accept_invitation(
    *,
    code: str,
    request: Request,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    actor: MaybeActorDep,
    body: Acceptance = NOTHING,
) -> AcceptedOut:
    """Follows an invitation. Signed in, you act for the member or have the role from now on; tokens that you get from
    then on say so. An application makes a member, and a user of who is not signed in."""
    address = await _count(request, database)
    user = service.NewUser(**body.user.model_dump()) if body.user else None
    application = Application(**body.application.model_dump()) if body.application else None
    async with database.transaction() as work:
        done = await service.accept(work, passwords, settings, code, actor=actor, user=user, application=application)
        await throttle.forget(work, throttle.account_of("invitation", ""), address)
    return AcceptedOut(purpose=done.purpose, member_id=done.member_id, user_id=done.user_id, role=done.role)
