"""What coordinators and producers do with prices of a pickup point or a cycle."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from catalog.hubs import repository, rules
from catalog.hubs.events import hub_offer_fact
from catalog.hubs.rules import HubFee, HubOffer, Known
from contracts.catalog import HubOffered, HubOfferWithdrawn
from contracts.orders import CycleState
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, PreconditionFailed
from kit.ids import new_id
from kit.settings import Settings


@dataclass(frozen=True)
class Wish:
    """A hub offer as it is asked for."""

    id: UUID | None
    variant_id: UUID
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    price: Money
    fees: tuple[HubFee, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    exclusive: bool


@dataclass(frozen=True)
class Change:
    """What is to change; None where nothing is said. ``until`` is a field of its own: None there is without an end."""

    price: Money | None = None
    fees: tuple[HubFee, ...] | None = None
    exclusive: bool | None = None
    valid_from: datetime | None = None
    says_until: bool = False
    valid_until: datetime | None = None


async def create(work: Work, actor: Actor, wish: Wish, settings: Settings) -> UUID:
    """Offers a variant at a price of its own there. The client's own id, sent again, is the same offer.

    Raises Invalid with a pointer, Forbidden for others' variants, Conflict where one holds there already.
    """
    sold = await repository.sold(work, wish.variant_id)
    if sold is None:
        raise Invalid("unknown_variant", "There is no such variant", field="/variant_id")
    rules.check_may(actor, sold.member_id)
    offer = HubOffer(
        id=wish.id or new_id(),
        sold=sold,
        pickup_point_id=wish.pickup_point_id,
        cycle_id=wish.cycle_id,
        price=wish.price,
        fees=wish.fees,
        valid_from=wish.valid_from or work.now,
        valid_until=wish.valid_until,
        exclusive=wish.exclusive,
        version=1,
    )
    there = await repository.find(work.connection, offer.id)
    if there is not None:
        if (there.sold, there.pickup_point_id, there.cycle_id) != (sold, offer.pickup_point_id, offer.cycle_id):
            raise Conflict("id_taken", "This id was used for something else; take a new one")
        return there.id
    await _check(work, offer, settings)
    if not await repository.add(work, offer):
        raise rules.overlaps()
    work.stage(hub_offer_fact(HubOffered, offer), subject=offer.id, version=offer.version)
    return offer.id


async def _check(work: Work, offer: HubOffer, settings: Settings) -> None:
    complete = settings.deployed("orders")
    known = Known(
        complete,
        await repository.known_cycles(work, offer.cycle_id) if complete else frozenset(),
        await repository.known_pickups(work, offer.pickup_point_id) if complete else frozenset(),
    )
    members = None
    if settings.deployed("members"):
        named = [member_id for fee in offer.fees if (member_id := rules.payee_id(fee.payee)) is not None]
        members = await repository.known_members(work, named) if named else frozenset()
    rules.check(offer, settings.currency, known, members)


async def _own(work: Work, actor: Actor, offer_id: UUID) -> HubOffer:
    """The offer, locked. Raises NotFound, Forbidden."""
    offer = await repository.find(work.connection, offer_id, lock=True)
    if offer is None:
        raise rules.not_found()
    rules.check_may(actor, offer.sold.member_id)
    return offer


async def change(
    work: Work, actor: Actor, offer_id: UUID, change: Change, settings: Settings, *, version: int | None
) -> None:
    """Changes an offer from now on; orders placed before keep what they were placed with."""
    before = await _own(work, actor, offer_id)
    if version is not None and version != before.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    rules.check_standing(before)
    after = replace(
        before,
        price=before.price if change.price is None else change.price,
        fees=before.fees if change.fees is None else change.fees,
        exclusive=before.exclusive if change.exclusive is None else change.exclusive,
        valid_from=before.valid_from if change.valid_from is None else change.valid_from,
        valid_until=change.valid_until if change.says_until else before.valid_until,
    )
    if after == before:
        return
    after = replace(after, version=before.version + 1)
    await _check(work, after, settings)
    if not await repository.save(work, after):
        raise rules.overlaps()
    work.stage(hub_offer_fact(HubOffered, after), subject=after.id, version=after.version)


async def withdraw(work: Work, actor: Actor, offer_id: UUID) -> None:
    """Ends an offer at once; one that is withdrawn stays so."""
    offer = await _own(work, actor, offer_id)
    if offer.withdrawn_at is None:
        await _end(work, offer)


async def _end(work: Work, offer: HubOffer) -> None:
    after = rules.withdrawn(offer, work.now)
    await repository.save(work, after)
    work.stage(hub_offer_fact(HubOfferWithdrawn, after), subject=after.id, version=after.version)


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Ends what these members offer; the offers stay, for orders name them."""
    for offer in await repository.of_members(work, member_ids):
        await _end(work, offer)


async def learn(work: Work, cycles: Sequence[CycleState]) -> None:
    """Notes what orders tells of cycles and where they hand out."""
    await repository.learn(work, cycles)
