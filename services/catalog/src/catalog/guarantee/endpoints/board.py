"""The committee's board over HTTP."""

from fastapi import Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.endpoints.clock import TodayDep
from catalog.guarantee.events import address
from catalog.guarantee.schemas.applications import ApplicationOut
from catalog.guarantee.schemas.board import GuaranteeBoardOut, WaitingVisit
from catalog.guarantee.schemas.certificates import CertificateLine
from catalog.guarantee.schemas.nonconformities import NonconformityOut
from catalog.guarantee.schemas.sent import NamedMember
from catalog.guarantee.service import board as service
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.routing import ReadDep, service_router

router = service_router(prefix="/v1/guarantee-board", tags=["guarantee"])


@router.get("")
async def read_board(
    connection: ReadDep, actor: ActorDep, settings: SettingsDep, today: TodayDep, response: Response
) -> GuaranteeBoardOut:
    """What waits, and for whom. For the committee."""
    board = await service.board(connection, settings, actor, today)
    response.headers["cache-control"] = PRIVATE
    return GuaranteeBoardOut(
        to_plan=[ApplicationOut.of(one) for one in board.to_plan],
        to_visit=[
            WaitingVisit(
                id=visit.id,
                application_id=visit.application_id,
                member_id=visit.member_id,
                planned_on=visit.planned_on,
                late=visit.report is None and visit.planned_on < today,
                waits_for=[NamedMember(id=peer.member_id, name=peer.name) for peer in visit.peers if not peer.signed],
            )
            for visit in board.to_visit
        ],
        to_decide=[ApplicationOut.of(one) for one in board.to_decide],
        to_mend=[NonconformityOut.of(one, today) for one in board.to_mend],
        to_renew=[CertificateLine.of(one, today, address(settings, one.code)) for one in board.to_renew],
    )
