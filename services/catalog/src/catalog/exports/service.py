"""Gives the lists out: to owners their own, to coordinators all, to everyone what is on offer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.exports import repository
from catalog.exports.dfc.graph import Telling, nodes
from catalog.exports.formats import STATUSES, Name, Sheet, Words, sheet
from catalog.exports.listed import Listed
from catalog.exports.repository import Key, Which
from catalog.guarantee.service import CertificateOn, certificates_at
from catalog.products import service as products
from kit.actor import Actor
from kit.errors import Forbidden, NotFound
from kit.sheets import MOST_ROWS


@dataclass(frozen=True)
class Part:
    """A part of a list, with where the next one begins if there is one."""

    listed: Sequence[Listed]
    next: Key | None


async def spreadsheet(
    connection: AsyncConnection,
    actor: Actor,
    name: Name,
    words: Words,
    *,
    member_id: UUID | None,
    after: Key | None,
) -> tuple[Sheet, Key | None]:
    """Whole products, at most as many rows as an import takes. Raises Forbidden for who can't offer anything."""
    if not actor.has("producer", "coordinator"):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator, producer")
    if member_id is not None and not products.may_change(actor, member_id):
        raise NotFound("member_not_found", "There is no such member among yours")
    everyones = member_id is None and actor.has("coordinator")
    mine = actor.member_ids if member_id is None else frozenset({member_id})
    which = Which(STATUSES[name], None if everyones else mine)
    found = await repository.page(connection, which, after, MOST_ROWS, MOST_ROWS)
    return sheet(name, found.listed, words), found.more_after


#: Variants on a page, each of which is three things with all that is said of them.
MOST_TOLD = 1_000
#: What everyone may read in the Data Food Consortium's words.
_PUBLIC = Which(("published",), goods=True)
#: What a certificate must be for its practice to be certified: in conversion it is on the way there.
_CERTIFIED = ("certified", "conditional")


async def catalogue(
    connection: AsyncConnection,
    telling: Telling,
    today: date,
    *,
    after: Key | None,
    limit: int,
    member_id: UUID | None = None,
) -> tuple[list[dict[str, Any]], Key | None]:
    """What is on offer, of everyone or of one producer. Raises NotFound for a producer who offers nothing."""
    which = _PUBLIC if member_id is None else replace(_PUBLIC, member_ids=frozenset({member_id}))
    found = await repository.page(connection, which, after, limit, MOST_TOLD)
    if member_id is not None and not found.listed and after is None:
        raise NotFound("enterprise_not_found", "Nobody by that id offers anything")
    return await _told(connection, found.listed, telling, today), found.more_after


async def product(connection: AsyncConnection, telling: Telling, today: date, product_id: UUID) -> list[dict[str, Any]]:
    """One product on offer. Raises NotFound for what is not."""
    found = await repository.page(connection, replace(_PUBLIC, product_id=product_id), None, 1, MOST_TOLD)
    if not found.listed:
        raise NotFound("product_not_found", "There is no such product")
    return await _told(connection, found.listed, telling, today)


async def _told(
    connection: AsyncConnection, listed: Sequence[Listed], telling: Telling, today: date
) -> list[dict[str, Any]]:
    certificates = await certificates_at(connection, {one.product.member_id for one in listed}, today)
    found = {member_id: certified(theirs) for member_id, theirs in certificates.items()}
    return nodes(listed, replace(telling, certified=found))


def certified(certificates: Iterable[CertificateOn]) -> frozenset[str]:
    """The practices that certificates say are kept; one in conversion says that they will be."""
    return frozenset(one.practice for one in certificates if one.status in _CERTIFIED)
