"""Finding what is on offer of what is looked for. A want and a product are both matched when they are heard of, after they
were committed: whichever is heard of last sees the other."""

from collections.abc import Collection, Iterable
from uuid import UUID

from catalog.wants import events
from catalog.wants.repository import candidates, matches, wants
from catalog.wants.rules import matching
from catalog.wants.rules.matching import Fit, Looked, Offered
from kit.database import Work

#: Of what was there before a want, that many are matched with it: the best.
MOST_FOUND = 50
#: A want that has so many gets no more: whoever looks for all dairy is not written to for every cheese.
MOST_KEPT = 100


async def seek(work: Work, want_ids: Collection[UUID]) -> None:
    """Looks for what is on offer of these wants; what was found before and fits no more goes."""
    for want in (await wants.by_ids(work, want_ids, lock=True)).values():
        if want.status != "open":
            continue
        before = await matches.of_want(work, want.id)
        offers = await candidates.offered(work, {*await candidates.for_want(work, want.looked), *before})
        fits = _fits((want.looked, offer) for offer in offers.values())
        known = [one for one in fits if one.product_id in before]
        new = sorted((one for one in fits if one.product_id not in before), key=lambda one: -one.score)
        await _keep(work, [*known, *new[: max(MOST_FOUND - len(known), 0)]])
        still = {one.product_id for one in known}
        await matches.let_go(work, {(want.id, product_id) for product_id in before - still})


async def offer(work: Work, product_ids: Collection[UUID]) -> None:
    """Looks who wants these products; where one fits no more, it goes."""
    offers = await candidates.offered(work, product_ids)
    before = await matches.of_products(work, product_ids)
    wanted = await candidates.wanted(work, offers.values())
    known = await wants.by_ids(work, {want_id for want_id, _ in before})
    pairs = {(one.want_id, product_id): (one, offers[product_id]) for product_id, of in wanted.items() for one in of}
    for want_id, product_id in before:
        if product_id in offers and known[want_id].status == "open":
            pairs[want_id, product_id] = (known[want_id].looked, offers[product_id])
    fits = await few(work, _fits(pairs.values()), before)
    await _keep(work, fits)
    still = {(one.want_id, one.product_id) for one in fits}
    await matches.let_go(work, {pair for pair in before - still if known[pair[0]].status == "open"})


async def few(work: Work, fits: list[Fit], before: Collection[tuple[UUID, UUID]]) -> list[Fit]:
    """Without what would be too much for its want; what was found before stays."""
    new = {one.want_id for one in fits if (one.want_id, one.product_id) not in before}
    have = await matches.live(work, new) if new else {}
    kept = []
    for one in sorted(fits, key=lambda one: -one.score):
        if (one.want_id, one.product_id) not in before:
            if have.get(one.want_id, 0) >= MOST_KEPT:
                continue
            have[one.want_id] = have.get(one.want_id, 0) + 1
        kept.append(one)
    return kept


def _fits(pairs: Iterable[tuple[Looked, Offered]]) -> list[Fit]:
    found = (matching.fit(looked, offered, candidates.wider_of(looked)) for looked, offered in pairs)
    return [one for one in found if one is not None]


async def _keep(work: Work, fits: list[Fit]) -> None:
    new = await matches.keep(work, fits)
    for one in fits:
        if (match_id := new.get((one.want_id, one.product_id))) is not None:
            work.stage(events.matched(match_id, one), subject=match_id, version=1)


async def take_off(work: Work, product_ids: Collection[UUID]) -> None:
    """These products are not on offer any more."""
    await matches.let_go_of_products(work, product_ids)
