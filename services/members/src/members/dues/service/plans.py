"""Plans and their prices, by the treasurer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from contracts.values import Money
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id
from members.dues.repository import plans as repository
from members.dues.rules.plans import Anchor, Plan, ProRata, Rhythm, Terms
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.settings import Settings


@dataclass(frozen=True)
class Wording:
    """What can be changed of a plan: nothing of it moves the periods that it asks for."""

    name: str
    texts: Mapping[str, str]
    kinds: Sequence[MemberKind]
    pro_rata: ProRata
    days_until_due: int
    grace_days: int
    tax_rate: Decimal | None
    tax_text: str
    ends_on: date | None


async def plans(connection: AsyncConnection) -> list[Plan]:
    """All of them, the newest first."""
    return await repository.plans(connection)


async def plan(connection: AsyncConnection, plan_id: UUID) -> Plan:
    """Raises NotFound."""
    found = await repository.plans(connection, [plan_id])
    if not found:
        raise NotFound("plan_unknown", "There is no such dues plan")
    return found[0]


async def create(
    work: Work,
    settings: Settings,
    wording: Wording,
    *,
    plan_id: UUID | None,
    rhythm: Rhythm,
    anchor: Anchor,
    start_month: int,
    starts_on: date,
    price: Money,
    by: UUID,
) -> Plan:
    """A plan with its first price. The same id twice is the same plan. Raises Invalid, Conflict."""
    ledger_rules.check_currency(price.currency, ledger.currencies(settings), "/price/currency")
    check_price(price)
    check_end(starts_on, wording.ends_on)
    new = plan_id or new_id()
    terms = Terms(rhythm, anchor, start_month, starts_on, wording.ends_on, wording.pro_rata, ())
    values = {
        "id": new,
        "rhythm": rhythm,
        "anchor": anchor,
        "start_month": start_month,
        "starts_on": starts_on,
        "currency": price.currency,
        "version": 1,
        **_columns(wording),
    }
    await repository.take_plan_turn(work.connection)
    if not await repository.add_plan(work.connection, values):
        known = await plan(work.connection, new)
        if (known.name, known.terms.rhythm, known.terms.starts_on) != (wording.name, rhythm, starts_on):
            raise Conflict("id_taken", "There is another dues plan with this id; take a new one", field="/id")
        return known
    await _serve(work, new, wording, terms)
    await repository.add_price(work.connection, new, starts_on, price.minor, now=work.now, by=by)
    return await plan(work.connection, new)


async def change(work: Work, plan_id: UUID, wording: Wording, *, version: int | None) -> Plan:
    """Changes what can be changed; issued invoices keep what they say. Raises NotFound, Invalid, Conflict,
    PreconditionFailed."""
    await repository.take_plan_turn(work.connection)
    known = await plan(work.connection, plan_id)
    _check_version(known, version)
    check_end(known.terms.starts_on, wording.ends_on)
    if wording.ends_on is not None:
        billed = await repository.billed_from(work.connection, plan_id, wording.ends_on)
        if billed is not None and billed > wording.ends_on:
            raise Conflict(
                "plan_billed_later",
                "A period that begins on {day} was billed already; end it then or later",
                field="/ends_on",
                day=billed.isoformat(),
            )
    terms = Terms(
        known.terms.rhythm,
        known.terms.anchor,
        known.terms.start_month,
        known.terms.starts_on,
        wording.ends_on,
        wording.pro_rata,
        known.terms.prices,
    )
    await _serve(work, plan_id, wording, terms)
    await repository.change_plan(work.connection, plan_id, _columns(wording))
    return await plan(work.connection, plan_id)


async def set_price(
    work: Work, plan_id: UUID, price: Money, valid_from: date, *, version: int | None, by: UUID
) -> Plan:
    """Another price for the periods that begin from that day on. Set again for the same day, the later one holds; what
    was billed stays as it was. Raises NotFound, Invalid, PreconditionFailed."""
    await repository.take_plan_turn(work.connection)
    known = await plan(work.connection, plan_id)
    _check_version(known, version)
    if price.currency != known.currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field="/price/currency", currency=known.currency)
    check_price(price)
    if valid_from < known.terms.starts_on:
        day = known.terms.starts_on.isoformat()
        raise Invalid("price_before_plan", "Must be {day} or later", field="/valid_from", day=day)
    await repository.add_price(work.connection, plan_id, valid_from, price.minor, now=work.now, by=by)
    await repository.change_plan(work.connection, plan_id, {})
    return await plan(work.connection, plan_id)


def check_price(price: Money) -> None:
    """Raises Invalid for a price below nothing."""
    if price.minor < 0:
        raise Invalid("price_negative", "Must be at least {least}", field="/price/amount", least=0)


def check_end(starts_on: date, ends_on: date | None) -> None:
    """Raises Invalid for an end before the beginning."""
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("end_before_start", "Must be {day} or later", field="/ends_on", day=starts_on.isoformat())


def _check_version(known: Plan, version: int | None) -> None:
    if version is not None and version != known.version:
        raise PreconditionFailed("plan_changed", "The dues plan was changed meanwhile; read it again")


async def _serve(work: Work, plan_id: UUID, wording: Wording, terms: Terms) -> None:
    asks = "once" if terms.rhythm == "once" else "repeated"
    rival = await repository.rival(work.connection, plan_id, wording.kinds, asks, terms)
    if rival is not None:
        raise Conflict(
            "kind_served",
            "{plan} asks members of kind {kind} already at that time; end it first",
            field=f"/kinds/{list(wording.kinds).index(rival.kind)}",
            plan=rival.name,
            kind=rival.kind,
        )
    await repository.set_kinds(work.connection, plan_id, sorted(set(wording.kinds)), asks, terms)


def _columns(wording: Wording) -> dict[str, object]:
    return {
        "name": wording.name,
        "texts": dict(wording.texts),
        "pro_rata": wording.pro_rata,
        "days_until_due": wording.days_until_due,
        "grace_days": wording.grace_days,
        "tax_rate": wording.tax_rate,
        "tax_text": wording.tax_text,
        "ends_on": wording.ends_on,
    }
