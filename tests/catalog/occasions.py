"""A service with sessions, and members who book them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from catalog.sessions.jobs import jobs
from contracts.notices import CatalogNotice
from contracts.orders import OrderPlaced, OrderState
from kit.ids import new_id
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, order, rows

MEXICO = ZoneInfo("America/Mexico_City")


def soon(days: int = 3, hour: int = 15) -> datetime:
    """That hour by the network's clock, some days from now."""
    day = datetime.now(MEXICO) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def service(**more: Any) -> Json:
    return {
        "kind": "service",
        "name": "Cuidado de niños",
        "category": "care",
        "variants": [
            {
                "name": "Hora de cuidado",
                "unit": "HUR",
                "price": {"amount": "60.00", "currency": "MXN"},
                "credit_share": 50,
            }
        ],
        **more,
    }


def session(starts_at: datetime | None = None, capacity: int = 3, **more: Any) -> Json:
    return {
        "starts_at": (starts_at or soon()).isoformat(),
        "minutes": 120,
        "capacity": capacity,
        "place": {"name": "Casa comunal", "location": {"lat": 20.59, "lon": -100.39}},
        **more,
    }


async def care(piece: Piece, farmer: Headers, **more: Any) -> Json:
    return await create(piece, farmer, service(**more), publish=True)


async def plan(piece: Piece, headers: Headers, product_id: str, body: Json | None = None) -> Json:
    answer = await piece.client.post(f"/v1/products/{product_id}/sessions", json=body or session(), headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def planned(piece: Piece, farmer: Headers, capacity: int = 3, **more: Any) -> Json:
    """A session of a published service."""
    made = await care(piece, farmer)
    [one] = (await plan(piece, farmer, made["id"], session(capacity=capacity, **more)))["sessions"]
    found: Json = one
    return found


async def family(spy: Spy, piece: Piece, tokens: Tokens, name: str = "Familia Hernández") -> tuple[UUID, Headers]:
    """A member household, known to the catalog, and its user."""
    member_id = new_id()
    await admit(spy, piece, member_id, name, "household")
    return member_id, {**tokens.actor(roles=["member"], members=[member_id]), "accept-language": "en"}


def stranger(tokens: Tokens) -> tuple[UUID, Headers]:
    """A member that the catalog has not heard of yet."""
    member_id = new_id()
    return member_id, {**tokens.actor(roles=["member"], members=[member_id]), "accept-language": "en"}


async def book(piece: Piece, headers: Headers, session_id: str, **body: Any) -> Any:
    return await piece.client.post(f"/v1/sessions/{session_id}/bookings", json=body, headers=headers)


async def booked(piece: Piece, headers: Headers, session_id: str, **body: Any) -> Json:
    answer = await book(piece, headers, session_id, **body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def seen(piece: Piece, session_id: str, headers: Headers | None = None) -> Json:
    answer = await piece.client.get(f"/v1/sessions/{session_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def status(piece: Piece, headers: Headers, booking_id: str) -> str:
    answer = await piece.client.get(f"/v1/bookings/{booking_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def letters(spy: Spy, member_id: UUID) -> list[str]:
    """Subjects of what a member was told, in English."""
    return [one.data.subject["en"] for one in spy.seen(CatalogNotice) if one.data.member_id == member_id]


async def told(spy: Spy, member_id: UUID, subject: str) -> None:
    """The member has got a letter whose subject begins so."""

    async def look() -> list[str]:
        return letters(spy, member_id)

    await eventually(look, lambda found: any(one.startswith(subject) for one in found))


def later(piece: Piece, after: timedelta) -> None:
    """The piece's clock goes on."""
    piece.database.clock = lambda: datetime.now(UTC) + after


async def run_job(piece: Piece, name: str) -> None:
    """Runs one of the room's jobs now."""
    [job] = [job for job in jobs(piece.app.state.settings) if job.name == name]
    assert await run_once(piece.database, job)


def ordered(member_id: UUID, *lines: tuple[str, str]) -> OrderPlaced:
    """An order that a member placed."""
    return order(OrderPlaced, list(lines)).model_copy(update={"member_id": member_id})


def become[F: OrderState](placed: OrderPlaced, fact: type[F], **more: Any) -> F:
    """What became of an order."""
    return fact(**{**placed.model_dump(), "status": fact.topic.happened, **more})


async def counted(piece: Piece, session_id: str) -> tuple[int, int, int]:
    """What is reserved by the stock, by its reservations, and by bookings."""
    [row] = await rows(
        piece,
        """SELECT (SELECT reserved FROM stock WHERE variant_id = :id)::int AS stock,
                  (SELECT coalesce(sum(quantity), 0) FROM reserved_lines JOIN reservations ON id = reservation_id
                   WHERE variant_id = :id AND state IN ('held', 'kept'))::int AS lines,
                  (SELECT coalesce(sum(seats), 0) FROM bookings
                   WHERE session_id = :id AND state = 'booked')::int AS booked""",
        id=UUID(session_id),
    )
    return row.stock, row.lines, row.booked
