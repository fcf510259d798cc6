"""HTTP of what is kept of a member."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response

from kit.auth import ActorDep
from kit.database import utc_now
from kit.personal import personal_router, read_all
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, WorkDep, plain_router, service_router
from members.dependencies import SettingsDep
from members.membership import service as membership
from members.privacy import pieces, service
from members.privacy.archive import pack
from members.privacy.holdings import HOLDINGS

personal_data = personal_router(HOLDINGS)
router = plain_router(prefix="/v1/members", tags=["personal data"])
erasing = service_router(prefix="/v1/members", tags=["personal data"])
ROUTERS = (personal_data, router, erasing)
ZIP = "application/zip"


@router.get("/{member_id}/archive", response_class=Response, responses={200: {"content": {ZIP: {}}}})
async def get_member_archive(
    *,
    member_id: UUID,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: ActorDep,
    texts: TextsDep,
    language: LanguageDep,
    authorization: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Everything that the network keeps of a member, from each of its pieces, as one archive: one's own, or any to an
    administrator. Refused while a piece does not answer."""
    membership.check_visible(actor, member_id)
    addresses = {piece: url for piece, url in settings.addresses.items() if piece != "members"}
    others = await pieces.ask_all(addresses, member_id, authorization)
    async with database.reading() as connection:
        member = await membership.record(connection, member_id, utc_now())
        own = await read_all(connection, HOLDINGS, member_id)
    words = texts.say(
        language,
        "This is everything that {network} keeps of {name}: a folder for each part of the system, and in it a file for "
        "each kind of thing, as it is stored (JSON). index.json says how many of each there are. What the network said "
        "of it to its own parts is kept in their message store for {days} days at most.\n",
        {"network": settings.name or settings.network, "name": member.name, "days": settings.stream_days},
    )
    content = pack({"members": own, **others}, words=words, made_at=utc_now())
    name = f"{member.number or member_id}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=ZIP, headers=headers)


@erasing.post("/{member_id}/erase", status_code=204)
async def erase_member(member_id: UUID, work: WorkDep, actor: ActorDep) -> None:
    """Erases the person of a member that left, was excluded or declined: its name, addresses, tax id, answers and all
    that was written by or about it go, in every piece of the network. Number, entries of the ledger and papers stay;
    papers keep the name as long as the law asks. By the member itself or an administrator; it can't be undone."""
    await service.erase(work, actor, member_id)
