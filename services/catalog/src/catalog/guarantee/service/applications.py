"""What producers do with their applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import applications, nonconformities, plots, standards, visits
from catalog.guarantee.repository.applications import Application, Recorded
from catalog.guarantee.repository.nonconformities import Told
from catalog.guarantee.rules.plots import Plot
from catalog.guarantee.rules.visits import Visit
from catalog.guarantee.service import letters
from catalog.guarantee.service.access import acting_member, check_producer, concerned, id_taken
from catalog.guarantee.service.standards import found
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import new_id
from kit.language import texts_of


@dataclass(frozen=True)
class Pledge:
    """What a producer signs."""

    id: UUID | None
    member_id: UUID | None
    standard: str
    #: The number of the version that they read.
    version: int
    signed_name: str
    plot_ids: Sequence[UUID]
    products: Sequence[str]


@dataclass(frozen=True)
class File:
    """An application with all that belongs to it."""

    application: Application
    plots: tuple[Plot, ...]
    visits: tuple[Visit, ...]
    nonconformities: tuple[Told, ...]
    decisions: tuple[Recorded, ...]


def unknown() -> NotFound:
    return NotFound("application_not_found", "There is no such application")


async def apply(work: Work, settings: Settings, actor: Actor, pledge: Pledge) -> UUID:
    """A pledge to a standard's version in force, for plots of the acting member. The same id twice is the same.

    Raises Invalid for a standard, version or plot that it can't be for, Conflict while another one waits.
    """
    member_id = await acting_member(work, actor, pledge.member_id)
    again = None if pledge.id is None else await applications.by_id(work.connection, pledge.id)
    if again is not None:
        if (again.member_id, again.standard, again.version) != (member_id, pledge.standard, pledge.version):
            raise id_taken()
        return again.id
    await check_producer(work, member_id)
    try:
        standard_id = await found(work.connection, pledge.standard)
    except NotFound as error:
        raise Invalid("standard_not_found", "There is no such standard", field="/standard") from error
    version = next(iter(await standards.in_force(work.connection, work.today, standard_id)), None)
    if version is None:
        raise Conflict("not_in_force", "This standard is not in force yet", field="/standard")
    if version.number != pledge.version:
        raise Conflict(
            "other_version",
            "Version {number} is in force: read and sign that one",
            field="/version",
            number=version.number,
        )
    await _check_plots(work, member_id, pledge.plot_ids, needed=version.content.conversion_years > 0)
    application_id = pledge.id or new_id()
    added = await applications.add(
        work,
        application_id,
        member_id=member_id,
        standard_id=standard_id,
        version_id=version.id,
        products=pledge.products,
        signed_name=pledge.signed_name,
        by=actor.user_id,
    )
    if not added:
        waiting = await applications.open_of(work.connection, member_id, standard_id)
        if waiting is None:
            raise id_taken()
        raise Conflict(
            "application_waits",
            "An application for this standard waits already",
            field="/standard",
            extra={"application_id": str(waiting)},
        )
    await plots.name(work, application_id, pledge.plot_ids)
    return application_id


async def _check_plots(work: Work, member_id: UUID, plot_ids: Sequence[UUID], *, needed: bool) -> None:
    if needed and not plot_ids:
        raise Invalid("plots_missing", "This standard is about land: name at least one plot", field="/plot_ids")
    known = await plots.by_ids(work.connection, plot_ids)
    for place, plot_id in enumerate(plot_ids):
        plot = known.get(plot_id)
        if plot is None or plot.member_id != member_id or plot.retired:
            raise Invalid("plot_not_found", "There is no such plot", field=f"/plot_ids/{place}")
        if plot_id in plot_ids[:place]:
            raise Invalid("repeated", "Named twice", field=f"/plot_ids/{place}")


async def withdraw(work: Work, settings: Settings, actor: Actor, application_id: UUID) -> None:
    """Takes an application back that nobody has decided on, with the visits that were planned for it. The same once
    more changes nothing."""
    await applications.lock(work, application_id)
    application = await visible(work.connection, settings, actor, application_id)
    if not actor.acts_for(application.member_id):
        raise Forbidden("not_yours", "Only who applied can withdraw")
    if application.state == "decided":
        raise Conflict("decided_already", "This application was decided on")
    if application.state == "withdrawn":
        return
    await applications.withdraw(work, application_id)
    reason = texts_of("catalog").say(settings.language, "The application was withdrawn")
    for visit in (await visits.of_applications(work.connection, [application_id])).get(application_id, []):
        if visit.state == "planned":
            await visits.cancel(work, visit.id, reason)
            letters.visit_cancelled(work, visit, reason)


async def visible(connection: AsyncConnection, settings: Settings, actor: Actor, application_id: UUID) -> Application:
    """An application, to its producer, the committee and its peers. Raises NotFound."""
    application = await applications.by_id(connection, application_id)
    if application is None:
        raise unknown()
    if not concerned(actor, settings, application.member_id):
        peers = await visits.peers_of(connection, application_id)
        if actor.member_ids.isdisjoint(peers):
            raise unknown()
    return application


async def file(connection: AsyncConnection, settings: Settings, actor: Actor, application_id: UUID) -> File:
    """All that belongs to an application, to those who may see it."""
    application = await visible(connection, settings, actor, application_id)
    one = [application_id]
    return File(
        application,
        tuple((await plots.of_applications(connection, one)).get(application_id, ())),
        tuple((await visits.of_applications(connection, one)).get(application_id, ())),
        tuple((await nonconformities.of_applications(connection, one)).get(application_id, ())),
        tuple((await applications.decisions(connection, one)).get(application_id, ())),
    )
