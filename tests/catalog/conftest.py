"""The catalog piece, with a producer and a coordinator."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.members import MemberAdmitted, MemberKind, MemberStatus
from contracts.orders import OrderedLine, OrderState
from contracts.values import Money
from kit.ids import new_id
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Headers = dict[str, str]
type Json = dict[str, Any]


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog", credit_currency="HOUR") as piece:
        yield piece


@pytest.fixture
def coordinator(tokens: Tokens) -> Headers:
    return {**tokens.actor(roles=["coordinator"]), "accept-language": "en"}


@pytest.fixture
def farm() -> UUID:
    """A producer's member id."""
    return new_id()


@pytest.fixture
def farmer(tokens: Tokens, farm: UUID) -> Headers:
    return {**tokens.actor(roles=["producer"], members=[farm]), "accept-language": "en"}


async def admit(
    spy: Spy,
    piece: Piece,
    member_id: UUID,
    name: str,
    kind: MemberKind = "producer",
    *,
    status: MemberStatus = "active",
) -> None:
    """The members service says that a member was admitted, and the catalog has heard."""
    fact = MemberAdmitted(member_id=member_id, kind=kind, name=name, status=status)
    await spy.publish(fact, subject=member_id)

    async def known() -> bool:
        found = await rows(piece, "SELECT 1 FROM producers WHERE member_id = :id", id=member_id)
        return bool(found)

    await eventually(known)


@pytest.fixture
async def admitted(spy: Spy, piece: Piece, farm: UUID) -> UUID:
    """The producer, known to the catalog as Rancho El Mezquite."""
    await admit(spy, piece, farm, "Rancho El Mezquite")
    return farm


def variant(name: str = "1 kg", on_hand: str | None = "40", price: str = "25.00", **more: Any) -> Json:
    stock = {"policy": "on_demand"} if on_hand is None else {"policy": "tracked", "on_hand": on_hand}
    return {"name": name, "unit": "KGM", "price": {"amount": price, "currency": "MXN"}, "stock": stock, **more}


def product(name: str = "Jitomate", *variants: Json, **more: Any) -> Json:
    return {
        "kind": "good",
        "name": name,
        "description": "De la parcela de abajo",
        "category": "vegetables",
        "practices": ["agroecological"],
        "variants": list(variants) or [variant()],
        **more,
    }


async def create(piece: Piece, headers: Headers, body: Json | None = None, *, publish: bool = False) -> Json:
    """A product, as the API answers it."""
    answer = await piece.client.post("/v1/products", json=body or product(), headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    if publish:
        answer = await piece.client.post(f"/v1/products/{made['id']}/publish", headers=headers)
        assert answer.status_code == 200, answer.text
        made = answer.json()
    return made


async def rows(piece: Piece, sql: str, **params: Any) -> list[Any]:
    async with piece.database.reading() as connection:
        return list(await connection.execute(text(sql), params))


def order[F: OrderState](
    fact: type[F], lines: list[tuple[str, str]], packed: list[str] | None = None, order_id: UUID | None = None
) -> F:
    """An order of so much of these variants."""
    taken = packed or []
    return fact(
        order_id=order_id or uuid4(),
        number="QRO-2026-0001",
        status=fact.topic.happened,
        cycle_id=uuid4(),
        member_id=uuid4(),
        lines=[
            OrderedLine(
                line_id=uuid4(),
                variant_id=UUID(variant_id),
                producer_id=uuid4(),
                name="Jitomate",
                quantity=Decimal(quantity),
                tolerance=Decimal(0),
                packed=Decimal(taken[place]) if taken else None,
            )
            for place, (variant_id, quantity) in enumerate(lines)
        ],
        total=Money(amount=Decimal(10), currency="MXN"),
        holds=[],
        deadline=datetime.now(UTC) + timedelta(minutes=1),
    )
