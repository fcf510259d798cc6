"""Which words of the catalog members may show, by their certificates."""

from collections.abc import Collection
from uuid import UUID

from catalog.guarantee.repository import certificates, standards
from catalog.guarantee.rules.certificates import demanded, withheld
from catalog.producers import repository as producers
from catalog.products import repository as products_repository
from catalog.products import service as products
from kit.database import Work

#: Members that are taken at once.
RUN = 500


async def follow(work: Work, member_ids: Collection[UUID]) -> None:
    """Shows of these members' products what their certificates allow today, and nothing more; at once."""
    if not member_ids:
        return
    await certificates.lock_members(work, member_ids)
    needed = demanded(await standards.backings_in_force(work.connection, work.today))
    held = await certificates.standings_of(work, member_ids)
    before = await products_repository.withheld(work, member_ids)
    for member_id in sorted(member_ids):
        now = withheld(needed, held.get(member_id, ()))
        if now != before.get(member_id, {}):
            shown_as = {word: other for word, other in now.items() if other is not None}
            await products.withhold(work, member_id, now, shown_as)


async def follow_all(work: Work) -> None:
    """The same for all members that the catalog knows: when what the standards demand has changed. Looks first, in
    five queries, and then takes those for whom something is otherwise: first who has something on offer. What is too much
    for once, the next run takes."""
    needed = demanded(await standards.backings_in_force(work.connection, work.today))
    everybody = await producers.all_ids(work)
    held = await certificates.standings_of(work, None)
    before = await products_repository.withheld(work, everybody)
    stale = [
        member_id for member_id in everybody if withheld(needed, held.get(member_id, ())) != before.get(member_id, {})
    ]
    if stale:
        offering = await certificates.offering(work)
        await follow(work, sorted(stale, key=lambda member_id: member_id not in offering)[:RUN])
