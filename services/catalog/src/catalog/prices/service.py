"""What producers do with their diagnoses, and who reads what of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.prices import repository
from catalog.prices.events import diagnosis_fact
from catalog.prices.repository import Made, Recorded
from catalog.prices.rules import figures as rules
from catalog.prices.rules import standing
from catalog.prices.rules.figures import Figures, FiguresDraft, Season
from catalog.prices.rules.results import Result
from catalog.prices.rules.standing import Diagnosis
from contracts.catalog import DiagnosisPublished, DiagnosisWithdrawn
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id


@dataclass(frozen=True)
class Shown:
    """A version of a diagnosis as somebody may read it, with the variant that it is for."""

    diagnosis: Diagnosis
    recorded: Recorded
    made: Made
    #: Whether the reader sees what is not published, too.
    whole: bool

    @property
    def result(self) -> Result:
        return self.recorded.figures.result


@dataclass(frozen=True)
class Wish:
    """A diagnosis as a producer asks for it; without a variant it is for the product's first, and a copy without a
    product for the same one."""

    id: UUID | None
    product_id: UUID | None
    season: Season
    variant_id: UUID | None
    shared: bool


async def create(work: Work, actor: Actor, wish: Wish, figures: Figures, currency: str) -> UUID:
    """A new draft. The client's own id, sent again, is the same diagnosis.

    Raises NotFound and Forbidden for others' products, Invalid with a pointer, Conflict where the season has one.
    """
    if wish.product_id is None:
        raise ValueError("a diagnosis is of a product")
    made = await _own_variant(work, actor, wish.product_id, wish.variant_id)
    rules.check_season(wish.season)
    rules.check(figures, currency, work.today)
    diagnosis = Diagnosis(
        id=wish.id or new_id(),
        product_id=wish.product_id,
        member_id=made.member_id,
        variant_id=made.variant_id,
        unit=made.unit,
        season=wish.season,
        revision=1,
        newest=1,
        published=None,
        withdrawn=False,
        shared=wish.shared,
    )
    if await repository.add(work, diagnosis):
        await repository.record(work, (diagnosis.id, 1), figures, by=actor.user_id, currency=currency)
        return diagnosis.id
    there = await repository.find(work.connection, diagnosis.id)
    if there is None:
        raise Conflict("season_exists", "This product has a diagnosis for this season already", field="/season/name")
    if (there.product_id, there.season) != (wish.product_id, wish.season):
        raise Conflict("id_taken", "This id was used for something else; take a new one")
    return there.id


async def _own_variant(work: Work, actor: Actor, product_id: UUID, variant_id: UUID | None) -> Made:
    variants = await repository.variants_of(work.connection, product_id)
    if not variants or not (variants[0].product_status == "published" or actor.acts_for(variants[0].member_id)):
        raise NotFound("product_not_found", "There is no such product")
    if not actor.acts_for(variants[0].member_id):
        raise Forbidden("not_yours", "This product belongs to somebody else")
    if variant_id is None:
        return variants[0]
    for made in variants:
        if made.variant_id == variant_id:
            return made
    raise Invalid("unknown_variant", "This product has no such variant", field="/variant_id")


async def copy(work: Work, actor: Actor, source_id: UUID, wish: Wish, currency: str) -> UUID:
    """A draft for another season, or for a product of one's own, with the same work and inputs as one that the actor
    may read. Raises as ``create`` does, and NotFound."""
    source = await read(work.connection, actor, source_id)
    product_id = wish.product_id or source.diagnosis.product_id
    same = product_id == source.diagnosis.product_id
    variant_id = wish.variant_id or (source.diagnosis.variant_id if same else None)
    wish = replace(wish, product_id=product_id, variant_id=variant_id)
    return await create(work, actor, wish, rules.for_next_season(source.recorded.figures), currency)


@dataclass(frozen=True)
class Change:
    """What is to change of the figures, and who may read drafts from now on; None where nothing is said."""

    figures: FiguresDraft
    shared: bool | None = None


async def change(
    work: Work, actor: Actor, diagnosis_id: UUID, change: Change, currency: str, *, version: int | None
) -> None:
    """Another version of the figures; what is published stays so until the new one is."""
    before = await _own(work, actor, diagnosis_id)
    if version is not None and version != before.revision:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = before if change.shared is None else replace(before, shared=change.shared)
    key = (before.id, before.newest)
    figures = (await repository.recorded(work.connection, [key]))[key].figures
    wanted = rules.changed(figures, change.figures)
    if wanted != figures:
        rules.check(wanted, currency, work.today)
        after = replace(after, newest=before.newest + 1)
        await repository.record(work, (after.id, after.newest), wanted, by=actor.user_id, currency=currency)
    if after != before:
        await repository.save(work, replace(after, revision=before.revision + 1))


async def _own(work: Work, actor: Actor, diagnosis_id: UUID) -> Diagnosis:
    """The diagnosis, locked, of one of the actor's members."""
    diagnosis = await repository.find(work.connection, diagnosis_id, lock=True)
    if diagnosis is None:
        raise standing.not_found()
    standing.check_owner(actor, diagnosis)
    return diagnosis


async def publish(work: Work, actor: Actor, diagnosis_id: UUID) -> None:
    """Shows the newest version to everyone. Raises Conflict for one in which nothing costs anything."""
    before = await _own(work, actor, diagnosis_id)
    key = (before.id, before.newest)
    figures = (await repository.recorded(work.connection, [key]))[key].figures
    rules.check_publishable(figures)
    after = standing.published(before)
    if after is not before:
        await repository.save(work, after)
        fact = diagnosis_fact(DiagnosisPublished, after, figures)
        work.stage(fact, subject=after.id, version=after.revision)


async def withdraw(work: Work, actor: Actor, diagnosis_id: UUID) -> None:
    """Shows it to nobody else any more."""
    before = await _own(work, actor, diagnosis_id)
    await _take_back(work, before, standing.withdrawn(before))


async def _take_back(work: Work, before: Diagnosis, after: Diagnosis) -> None:
    if after is before or after.published is None:
        return
    key = (after.id, after.published)
    figures = (await repository.recorded(work.connection, [key]))[key].figures
    await repository.save(work, after)
    fact = diagnosis_fact(DiagnosisWithdrawn, after, figures)
    work.stage(fact, subject=after.id, version=after.revision)


async def discard(work: Work, actor: Actor, diagnosis_id: UUID) -> None:
    """Throws a draft away. Raises Conflict for what was ever published: it can be withdrawn."""
    diagnosis = await _own(work, actor, diagnosis_id)
    if diagnosis.published is not None:
        raise Conflict("was_published", "What was published is kept; withdraw it instead")
    await repository.forget(work, [diagnosis.id])


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Nothing remains of what these members wrote down; what was published is withdrawn first."""
    theirs = await repository.of_members(work, member_ids)
    for diagnosis in theirs:
        if diagnosis.status == "published":
            await _take_back(work, diagnosis, standing.withdrawn(diagnosis))
    if theirs:
        await repository.forget(work, [diagnosis.id for diagnosis in theirs])


async def read(
    connection: AsyncConnection, actor: Actor | None, diagnosis_id: UUID, version: int | None = None
) -> Shown:
    """A diagnosis as the actor may see it: the published version, or for its readers the newest or the one asked for.

    Raises NotFound.
    """
    diagnosis = await repository.find(connection, diagnosis_id)
    if diagnosis is None:
        raise standing.not_found()
    found = await _shown(connection, actor, [(diagnosis, standing.shown(actor, diagnosis, version))])
    if not found:
        raise standing.not_found()
    return found[0]


async def _shown(
    connection: AsyncConnection, actor: Actor | None, wanted: Sequence[tuple[Diagnosis, int]]
) -> list[Shown]:
    recorded = await repository.recorded(connection, [(diagnosis.id, version) for diagnosis, version in wanted])
    made = await repository.variants(connection, {diagnosis.variant_id for diagnosis, _ in wanted}) if wanted else {}
    return [
        Shown(
            diagnosis,
            recorded[diagnosis.id, version],
            made[diagnosis.variant_id],
            standing.reads_all(actor, diagnosis),
        )
        for diagnosis, version in wanted
        # A draft may have been thrown away since it was found.
        if (diagnosis.id, version) in recorded
    ]


async def of_product(
    connection: AsyncConnection, actor: Actor | None, product_id: UUID, after: tuple[date, UUID] | None, limit: int
) -> list[Shown]:
    """A product's diagnoses, the newest season first, as far as the actor may see them."""
    found = await repository.of_product(
        connection,
        product_id,
        members=frozenset() if actor is None else actor.member_ids,
        shared=actor is not None and actor.has("advisor", "coordinator"),
        after=after,
        limit=limit,
    )
    return await _shown(connection, actor, [(one, standing.shown(actor, one, None)) for one in found])


async def history(connection: AsyncConnection, actor: Actor | None, diagnosis_id: UUID) -> list[Shown]:
    """Every version, the newest first, to who may read them all; to others the published one. Raises NotFound."""
    newest = await read(connection, actor, diagnosis_id)
    if not newest.whole:
        return [newest]
    versions = [(newest.diagnosis, version) for version in range(newest.diagnosis.newest, 0, -1)]
    return await _shown(connection, actor, versions[:MOST_VERSIONS])


async def seasons(connection: AsyncConnection, actor: Actor | None, product_id: UUID) -> list[Shown]:
    """The newest seasons of a product that can be compared, the oldest first: those reckoned in the unit of the newest
    one, and for pieces in the same variant."""
    found = await of_product(connection, actor, product_id, None, MOST_SEASONS)
    return [one for one in reversed(found) if _comparable(one.diagnosis, found[0].diagnosis)]


def _comparable(one: Diagnosis, other: Diagnosis) -> bool:
    return one.unit == other.unit and (one.unit != "H87" or one.variant_id == other.variant_id)


#: Seasons that are compared, and versions of one that are told, at most.
MOST_SEASONS, MOST_VERSIONS = 12, 100
