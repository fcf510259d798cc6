"""What members do with their wants."""

from collections.abc import Callable, Collection
from uuid import UUID

from catalog.producers import repository as producers
from catalog.settings import Settings
from catalog.wants import events
from catalog.wants.repository import matches, wants
from catalog.wants.repository.matches import MatchSeen, Side
from catalog.wants.rules import wants as rules
from catalog.wants.rules.wants import Status, Want, Wish
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed

#: Wants that one run of the job ends.
RUN = 500


def unknown() -> NotFound:
    return NotFound("want_not_found", "There is no such want")


def may_change(actor: Actor | None, member_id: UUID) -> bool:
    """Its own member's users, and the coordinators."""
    return actor is not None and (actor.acts_for(member_id) or actor.has("coordinator"))


def may_see(actor: Actor | None, want: Want) -> bool:
    """What is open: all members, or everyone if its member says so; else its own."""
    is_shown = want.status == "open" and (want.wish.audience == "public" or (actor is not None and bool(actor.roles)))
    return is_shown or may_change(actor, want.member_id)


async def _save(work: Work, want: Want, user_id: UUID) -> None:
    await wants.save(work, want, user_id)
    work.stage(events.stated(want), subject=want.id, version=want.version)


async def create(
    work: Work, actor: Actor, settings: Settings, wish: Wish, *, want_id: UUID, member_id: UUID | None
) -> None:
    """A new want, open at once. The client's own id, sent again, is the same want.

    Raises Forbidden, Invalid for what nobody could look for, Conflict for too many.
    """
    member_id = await _member(work, actor, member_id)
    await wants.lock_member(work, member_id)
    there = (await wants.by_ids(work, [want_id])).get(want_id)
    if there is not None:
        if there.member_id != member_id:
            raise Conflict("id_taken", "This id was used for something else; take a new one", field="/id")
        return
    rules.check(wish, settings.currency, work.today)
    if len(await wants.open_of(work, [member_id])) >= rules.MOST_OPEN:
        raise Conflict("too_many_wants", "At most {most} open wants", most=rules.MOST_OPEN)
    last = rules.expires_on(wish, work.today)
    await _save(work, Want(want_id, member_id, wish, "open", last, 1, work.now, work.now), actor.user_id)


async def _member(work: Work, actor: Actor, member_id: UUID | None) -> UUID:
    if member_id is None:
        if len(actor.member_ids) != 1:
            raise Invalid("member_not_said", "Say for which member", field="/member_id")
        member_id = next(iter(actor.member_ids))
    elif not actor.acts_for(member_id):
        raise Forbidden("not_yours", "You do not act for this member")
    known = (await producers.by_ids(work, [member_id])).get(member_id)
    if known is not None and not known.may_publish:
        raise Conflict("member_not_active", "Only members in good standing can publish")
    return member_id


async def _mine(work: Work, actor: Actor, want_id: UUID) -> Want:
    want = (await wants.by_ids(work, [want_id], lock=True)).get(want_id)
    if want is None or not may_see(actor, want):
        raise unknown()
    if not may_change(actor, want.member_id):
        raise Forbidden("not_yours", "This want is somebody else's")
    return want


async def change(
    work: Work,
    actor: Actor,
    settings: Settings,
    want_id: UUID,
    reworded: Callable[[Wish], Wish],
    *,
    version: int | None,
) -> None:
    """Says a want anew; it is looked for again. Raises NotFound, Forbidden, PreconditionFailed, Invalid, Conflict."""
    want = await _mine(work, actor, want_id)
    if version is not None and version != want.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = rules.changed(want, reworded(want.wish), work.now, work.today)
    if after is not want:
        rules.check(after.wish, settings.currency, work.today)
        await _save(work, after, actor.user_id)


async def end(work: Work, actor: Actor, want_id: UUID, status: Status, product_id: UUID | None = None) -> None:
    """Looks no more: it was met, by a product of the catalogue or otherwise, or is not wanted any more."""
    want = await _mine(work, actor, want_id)
    if want.status == status:
        return
    if product_id is not None and product_id not in await matches.of_want(work, want_id):
        raise Invalid("not_matched", "This product was not found for this want", field="/product_id")
    await _save(work, rules.ended(want, status, work.now, product_id), actor.user_id)


async def dismiss(work: Work, actor: Actor, match_id: UUID) -> MatchSeen:
    """Sees no more of a match: the side that the actor is on. Raises NotFound."""
    found = await matches.one(work.connection, match_id)
    sides = [] if found is None else sides_of(actor, found)
    if found is None or not sides:
        raise NotFound("match_not_found", "There is no such match")
    await matches.dismiss(work, match_id, sides)
    return await matches.one(work.connection, match_id) or found


def sides_of(actor: Actor, match: MatchSeen) -> list[Side]:
    """The sides of a match that the actor is on."""
    sides: dict[Side, UUID] = {"seeker": match.seeker_id, "provider": match.provider_id}
    return [side for side, member_id in sides.items() if actor.acts_for(member_id)]


async def leave(work: Work, member_ids: Collection[UUID]) -> None:
    """Members are gone: they look for nothing any more."""
    for want in (await wants.open_of(work, member_ids, lock=True)).values():
        await _save(work, rules.ended(want, "withdrawn", work.now), want.member_id)


async def expire(work: Work) -> None:
    """Ends wants whose last day is over."""
    for want in await wants.expired(work, work.today, RUN):
        await _save(work, rules.ended(want, "expired", work.now), want.member_id)


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes out what members told of what they look for, once they look for nothing any more."""
    await leave(work, member_ids)
    await wants.forget(work, member_ids)
