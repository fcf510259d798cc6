"""Direct debits, as the treasurer collects by them."""

from typing import Any
from uuid import UUID

from tests.members.bank_desk import ANAS, Desk

#: A Monday; fourteen days later is one, too.
TODAY, COLLECT = "2026-03-02", "2026-03-16"


async def mandate(desk: Desk, member_id: UUID, **changes: Any) -> Any:
    body = {"iban": ANAS, "signed_on": "2026-02-01", **changes}
    return await desk.treasury.post(f"/v1/members/{member_id}/mandates", body)


async def payer(desk: Desk, name: str, iban: str, *amounts: str) -> tuple[UUID, list[dict[str, Any]]]:
    """A member with a mandate, and its invoices."""
    member_id = await desk.member(name)
    assert (await mandate(desk, member_id, iban=iban)).status_code == 201
    return member_id, [await desk.invoice(member_id, amount) for amount in amounts]


async def collect(desk: Desk, **changes: Any) -> Any:
    with desk.treasury.on(TODAY):
        return await desk.treasury.post("/v1/direct-debits", {"collect_on": COLLECT, **changes})


async def read(desk: Desk, debit_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.treasury.get(f"/v1/direct-debits/{debit_id}")).json()
    return found
