"""What others may know of certificates."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import certificates
from catalog.guarantee.rules.certificates import CertificateOn, standing, words


async def certificates_at(
    connection: AsyncConnection, member_ids: Collection[UUID], on: date
) -> dict[UUID, list[CertificateOn]]:
    """What certificates these members had on that date, one entry for each word of the catalog that it was about;
    the valid and those that were not, as its facts say. Three queries, however many members."""
    found = await certificates.of_members(connection, member_ids)
    facts = await certificates.facts(connection, [one.id for one in found])
    standings = {one.id: standing(facts.get(one.id, ()), on) for one in found}
    versions = {known.version_id for known in standings.values() if known is not None and known.version_id is not None}
    backings = await certificates.backings(connection, versions)
    then: dict[UUID, list[CertificateOn]] = {member_id: [] for member_id in member_ids}
    for one in found:
        known = standings[one.id]
        if known is None or known.version_id is None:
            continue
        then[one.member_id] += [
            CertificateOn(one.code, one.standard, word, known.status, known.until)
            for word in words(backings[known.version_id], known.status)
        ]
    return then
