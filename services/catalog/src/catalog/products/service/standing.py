"""Members' news, and the practices that are withheld from them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from catalog.producers import repository as producers
from catalog.producers.rules import Standing
from catalog.products import repository, rules
from catalog.products.service.storing import Change, store
from kit.database import Work


async def learn(work: Work, standings: Sequence[Standing]) -> None:
    """Takes the members' news in: offers of those who are gone are withdrawn, those of the suspended are paused until
    that ends, the others' say who makes them."""
    known = await producers.by_ids(work, [one.member_id for one in standings])
    await producers.save(work, standings)
    news = {one.member_id: one for one in standings if _matters(known.get(one.member_id), one)}
    renamed = {
        member_id for member_id, one in news.items() if member_id not in known or known[member_id].name != one.name
    }
    offered = await repository.load_of_members(work, list(news), ("published", "paused"))
    changes = [
        Change(product, rules.following(product, news[product.member_id], retell=product.member_id in renamed))
        for product in offered.values()
    ]
    if changes:
        await store(work, changes, None)


def _matters(before: Standing | None, now: Standing) -> bool:
    return before is None or before.name != now.name or now.gone or before.may_publish != now.may_publish


async def withhold(
    work: Work, member_id: UUID, practices: Collection[str], shown_as: Mapping[str, str] | None = None
) -> None:
    """Exactly these of the member's practices are shown nowhere from now on, whatever the member claims; none of them
    for an empty set. ``shown_as`` names what stands in the place of some. Tells at once of every product on offer that
    is shown otherwise than before."""
    await repository.lock_members(work, [member_id])
    before = (await repository.withheld(work, [member_id])).get(member_id, {})
    now = {code: (shown_as or {}).get(code) for code in practices}
    if before == now:
        return
    await repository.set_withheld(work, member_id, now)
    products = await repository.load_of_members(work, [member_id])
    # The next version of each that is shown otherwise, though nothing of what its owner wrote has changed.
    changes = [
        Change(product, replace(product, version=product.version + 1))
        for product in products.values()
        if rules.shown(product.practices, before) != rules.shown(product.practices, now)
    ]
    if changes:
        await store(work, changes, None)
