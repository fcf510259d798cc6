"""What happens to lots: each call records one event."""

from uuid import UUID

from catalog.lots.endpoints.shared import LotId, event_out
from catalog.lots.repository import lots as repository
from catalog.lots.schemas.bodies import Compost, Count, Deliver, GiveBack, Lose, Merge, NewTransformation, Pack, Split
from catalog.lots.schemas.shown import EventOut, LotOut, TransformationOut, transformation_out
from catalog.lots.service import changing, packing, transforming
from catalog.lots.service.changing import Receiver
from catalog.lots.service.packing import GivenBack
from catalog.lots.service.recording import may_see
from catalog.lots.service.transforming import Transformed
from kit.actor import Actor
from kit.auth import ActorDep
from kit.database import Work
from kit.errors import Invalid
from kit.language import Texts
from kit.problems import LanguageDep, TextsDep
from kit.routing import SettingsDep, WorkDep, service_router

router = service_router(prefix="/v1", tags=["lots"])


@router.post("/lots/merge", status_code=201)
async def merge_lots(body: Merge, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """Puts lots of one thing together, whole or in part: cans into the tank."""
    parts = [(one.lot_id, one.quantity) for one in body.lots]
    recorded = await changing.merge(work, actor, settings, parts=parts, told=body.told())
    return await event_out(work, recorded, [lot_id for lot_id, _ in parts])


@router.post("/lots/{key}/split", status_code=201)
async def split_lot(lot_id: LotId, body: Split, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """Makes a lot of each part; what is not named stays in the lot."""
    parts = [(part.quantity, part.place) for part in body.parts]
    return await event_out(
        work, await changing.split(work, actor, settings, lot_id=lot_id, parts=parts, told=body.told()), [lot_id]
    )


@router.post("/lots/{key}/lose", status_code=201)
async def lose_lot(lot_id: LotId, body: Lose, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """Some of it, or all, is no more: spoiled, spilled, broken, sampled… On the shelf, the stock falls with it."""
    recorded = await changing.lose(
        work, actor, settings, lot_id=lot_id, quantity=body.quantity, cause=body.cause, told=body.told()
    )
    return await event_out(work, recorded, [lot_id])


@router.post("/lots/{key}/correct", status_code=201)
async def correct_lot(lot_id: LotId, body: Count, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """What was counted counts; the difference is noted as a correction, never by changing what was noted before."""
    recorded = await changing.correct(work, actor, settings, lot_id=lot_id, counted=body.counted, told=body.told())
    return await event_out(work, recorded, [lot_id])


@router.post("/lots/{key}/deliver", status_code=201)
async def deliver_lot(lot_id: LotId, body: Deliver, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """Hands some of it over to a member or the network, or brings it to another place: a new lot there."""
    if body.to_network and body.member_id is not None:
        raise Invalid("network_or_member", "Either the network has it or a member", field="/member_id")
    receiver = Receiver(body.member_id) if body.to_network or body.member_id else None
    recorded = await changing.deliver(
        work, actor, settings, lot_id=lot_id, quantity=body.quantity, receiver=receiver, told=body.told()
    )
    return await event_out(work, recorded, [lot_id])


@router.post("/lots/{key}/pack", status_code=201)
async def pack_lot(lot_id: LotId, body: Pack, actor: ActorDep, work: WorkDep, settings: SettingsDep) -> EventOut:
    """Packs some of it for lines of orders. What is not packed so is packed by itself when an order is collected, out of
    what was delivered for its cycle. Stock moves with the order, not with this."""
    lines = [(line.line_id, line.quantity) for line in body.lines]
    return await event_out(
        work, await packing.pack(work, actor, settings, lot_id=lot_id, lines=lines, told=body.told()), [lot_id]
    )


@router.post("/lots/{key}/return", status_code=201)
async def return_to_lot(
    lot_id: LotId, body: GiveBack, actor: ActorDep, work: WorkDep, settings: SettingsDep
) -> EventOut:
    """A member brings back some of what was packed of this lot: a new lot, linked to it. With `container`, only the jar
    came back; a trace follows the jar, and does not take it for what was in it."""
    container = body.container.described() if body.container else None
    back = GivenBack(body.quantity, body.line_id, body.member_id, container)
    return await event_out(
        work, await packing.give_back(work, actor, settings, lot_id=lot_id, back=back, told=body.told()), [lot_id]
    )


@router.post("/transformations", status_code=201)
async def transform_lots(
    *,
    body: NewTransformation,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
) -> TransformationOut | EventOut:
    """Makes lots of lots: milk into cheese and whey, cane into panela and bagasse. Where everything can be weighed, what
    goes in must weigh what comes out and is lost; a loss without kilos takes the rest. A yield that is not the recipe's
    is warned of, not refused. The same `id` again answers with what was made then."""
    done = await transforming.transform(work, actor, settings, body.transforming(), told=body.told())
    touched = [one.lot_id for one in body.inputs]
    return await _transformed(work, actor, done, event_id=body.id, touched=touched, reader=(texts, language))


@router.post("/lots/{key}/compost", status_code=201)
async def compost_lot(
    *,
    lot_id: LotId,
    body: Compost,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
) -> TransformationOut | EventOut:
    """Puts some of it, or all, onto the heap: a lot of compost, which is a product again."""
    done = await transforming.compost(work, actor, settings, lot_id=lot_id, asked=body.composting(), told=body.told())
    return await _transformed(work, actor, done, event_id=None, touched=[lot_id], reader=(texts, language))


async def _transformed(
    work: Work,
    actor: Actor,
    done: Transformed | None,
    *,
    event_id: UUID | None,
    touched: list[UUID],
    reader: tuple[Texts, str],
) -> TransformationOut | EventOut:
    id_ = done.id if done else event_id
    if id_ is None:
        raise AssertionError("a transformation that was known before came with its id")
    lots = [
        LotOut.of(lot)
        for lot in await repository.of_event(work.connection, id_)
        if lot.id in touched or may_see(actor, lot)
    ]
    if done is None:
        return EventOut(event_id=id_, lots=lots)
    texts, language = reader
    warning = texts.say(language, done.warning.words.message, done.warning.words.params) if done.warning else None
    return transformation_out(done, lots, warning)
