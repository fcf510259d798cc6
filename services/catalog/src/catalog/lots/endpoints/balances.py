"""The mass balance."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from catalog.lots.repository.balances import Asked
from catalog.lots.schemas.balances import MassBalance, balance_csv, balance_out
from catalog.lots.service import balancing
from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.negotiation import negotiated
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, plain_router

#: It reads from a snapshot of its own, so that its parts agree.
router = plain_router(prefix="/v1/mass-balance", tags=["traces"])


@router.get("", response_model=MassBalance, responses={200: {"content": {"text/csv": {}}}})
async def read_mass_balance(
    *,
    actor: ActorDep,
    database: DatabaseDep,
    language: LanguageDep,
    texts: TextsDep,
    since: Annotated[date, Query(alias="from", description="The first day")],
    until: Annotated[date, Query(description="The last day")],
    place: Annotated[str | None, Query(max_length=120)] = None,
    product: Annotated[str | None, Query(max_length=120, description="A product's id, or a lot's name")] = None,
    member_id: Annotated[UUID | None, Query(description="Lots that this member has")] = None,
    accept: Annotated[str, Header(description="application/json or text/csv")] = "*/*",
) -> Response:
    """What came in and what became of it, of each thing in its unit and of the whole chain in kilos: opening and what
    came in is what went out and closing, and the difference is nothing. For coordinators; a member's own with
    `member_id`."""
    kind = negotiated(accept, ("application/json", "text/csv"))
    product_id = _id(product)
    asked = Asked(since, until, place, product_id, product if product_id is None else None, member_id)
    async with database.snapshot() as connection:
        found = await balancing.balance(connection, actor, asked)
    headers = {"cache-control": PRIVATE, "vary": "accept, accept-language"}
    if kind == "text/csv":
        body = balance_csv(found, lambda text: texts.say(language, text))
        headers["content-disposition"] = f'attachment; filename="mass-balance-{since}-{until}.csv"'
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
    return Response(
        balance_out(asked, found).model_dump_json().encode(), media_type="application/json", headers=headers
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
