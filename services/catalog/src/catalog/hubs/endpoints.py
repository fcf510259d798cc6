"""Hub offers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.hubs import repository, rules, service
from catalog.hubs.rules import HubOffer
from catalog.hubs.schemas import ChangedHubOffer, FeeBody, HubOfferOut, NewHubOffer
from catalog.hubs.service import Change, Wish
from kit.auth import ActorDep
from kit.conditional import PUBLIC, VersionDep, conditional, version_tag
from kit.database import utc_now
from kit.paging import Page, PageDep, encode_cursor
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

router = service_router(prefix="/v1/hub-offers", tags=["hubs"])
ROUTERS = (router,)


def _out(offer: HubOffer) -> HubOfferOut:
    return HubOfferOut(
        id=offer.id,
        variant_id=offer.sold.variant_id,
        product_id=offer.sold.product_id,
        producer_id=offer.sold.member_id,
        pickup_point_id=offer.pickup_point_id,
        cycle_id=offer.cycle_id,
        price=offer.price,
        fees=[FeeBody(name=fee.name, amount=fee.amount, payee=fee.payee) for fee in offer.fees],
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
        exclusive=offer.exclusive,
        version=offer.version,
        withdrawn_at=offer.withdrawn_at,
    )


def _response(offer: HubOffer | None, status: int = 200) -> Response:
    if offer is None:
        raise rules.not_found()
    headers = {"etag": version_tag(offer.version), "cache-control": PUBLIC, "location": f"/v1/hub-offers/{offer.id}"}
    return Response(_out(offer).model_dump_json(), status, headers=headers, media_type="application/json")


@router.post("", status_code=201, response_model=HubOfferOut)
async def create_hub_offer(body: NewHubOffer, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> Response:
    """Offers a variant at a price of its own at a pickup point, in a cycle or both; for coordinators, and producers for
    their own variants. There is one price for the same variant, place and time."""
    wish = Wish(
        id=body.id,
        variant_id=body.variant_id,
        pickup_point_id=body.pickup_point_id,
        cycle_id=body.cycle_id,
        price=body.price,
        fees=tuple(fee.value() for fee in body.fees),
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        exclusive=body.exclusive,
    )
    made = await service.create(work, actor, wish, settings)
    return _response(await repository.find(work.connection, made), 201)


@router.get("", response_model=Page[HubOfferOut])
async def list_hub_offers(
    *,
    request: Request,
    connection: ReadDep,
    page: PageDep,
    variant_id: UUID | None = None,
    pickup_point_id: UUID | None = None,
    cycle_id: UUID | None = None,
    ended: Annotated[bool, Query(description="Those that have ended or were withdrawn, too")] = False,
) -> Response:
    """Prices of pickup points and cycles that hold now or are to come."""
    found = await repository.page(
        connection,
        variant_id=variant_id,
        pickup_point_id=pickup_point_id,
        cycle_id=cycle_id,
        ended=None if ended else utc_now(),
        after=page.key(lambda key: UUID(str(key[0]))),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > page.limit else None
    body = Page[HubOfferOut](items=[_out(offer) for offer in shown], next=cursor)
    return conditional(request, body.model_dump_json().encode(), cursor=cursor)


@router.get("/{hub_offer_id}", response_model=HubOfferOut)
async def read_hub_offer(hub_offer_id: UUID, connection: ReadDep) -> Response:
    """A price of a pickup point or a cycle, also one that was withdrawn."""
    return _response(await repository.find(connection, hub_offer_id))


@router.patch("/{hub_offer_id}", response_model=HubOfferOut)
async def change_hub_offer(
    *,
    hub_offer_id: UUID,
    body: ChangedHubOffer,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
) -> Response:
    """Another price, other fees or dates from now on. What was ordered keeps the price that it was ordered at."""
    change = Change(
        price=body.price,
        fees=None if body.fees is None else tuple(fee.value() for fee in body.fees),
        exclusive=body.exclusive,
        valid_from=body.valid_from,
        says_until="valid_until" in body.model_fields_set,
        valid_until=body.valid_until,
    )
    await service.change(work, actor, hub_offer_id, change, settings, version=version)
    return _response(await repository.find(work.connection, hub_offer_id))


@router.delete("/{hub_offer_id}", status_code=204)
async def withdraw_hub_offer(hub_offer_id: UUID, actor: ActorDep, work: WorkDep) -> None:
    """Ends it at once. It can still be read."""
    await service.withdraw(work, actor, hub_offer_id)
