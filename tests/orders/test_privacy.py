"""What the orders piece keeps of a member is told whole, and its name forgotten."""

import json
from typing import Any
from uuid import UUID

from contracts.members import MemberErased
from kit.personal import unaccounted
from kit.tables import service_metadata
from kit.testing.pieces import eventually
from orders.privacy.repository import HOLDINGS, NOBODYS
from orders.tables import METADATA
from tests.orders.shop import Shop
from tests.orders.test_handing_over import closed_cycle


def test_each_table_is_told_of_or_said_to_hold_nothing_about_a_member() -> None:
    kits = service_metadata().tables.keys()
    assert unaccounted(METADATA, HOLDINGS, dict.fromkeys(kits, "the kit's") | NOBODYS) == set()
    assert unaccounted(METADATA, HOLDINGS[:-1], dict.fromkeys(kits, "the kit's") | NOBODYS) == {"settlement_entry"}


async def test_a_member_is_told_its_orders_and_is_forgotten_by_name_alone(shop: Shop) -> None:
    closed = await closed_cycle(shop)
    order = closed.orders[0]
    member = UUID(order["member_id"])
    producer = UUID(order["lines"][0]["producer_id"])
    admin = shop.tokens.actor(roles=["admin"])

    async def held(member_id: UUID) -> dict[str, list[dict[str, Any]]]:
        holdings: dict[str, list[dict[str, Any]]] = (await shop.get(f"/v1/personal-data/{member_id}", headers=admin))[
            "holdings"
        ]
        return holdings

    own = await held(member)
    assert [row["number"] for row in own["orders"]] == [order["number"]]
    assert (len(own["order_lines"]), own["sold"], own["purchase_orders"]) == (1, [], [])
    sold = await held(producer)
    assert (len(sold["sold"]), len(sold["offers_in_cycles"]), len(sold["purchase_order_lines"])) == (2, 1, 1)
    stranger = shop.tokens.actor(roles=["coordinator", "treasurer"])
    refused = await shop.client.get(f"/v1/personal-data/{member}", headers=stranger)
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:trama:problem:member-unknown")

    before = await shop.get(f"/v1/orders/{order['id']}")
    for forgotten in (member, producer):
        await shop.spy.publish(MemberErased(member_id=forgotten), subject=forgotten, version=9)
    await eventually(lambda: held(producer), lambda found: found["purchase_orders"][0]["supplier_name"] == "—")
    after = await shop.get(f"/v1/orders/{order['id']}")
    figures = ("number", "total", "member_id", "status")
    assert [after[name] for name in figures] == [before[name] for name in figures]
    assert [(part["name"], part["payee"]) for part in after["breakdown"]] == [
        ("—", str(producer)),
        ("Transport", "network"),
    ]
    assert (await held(member))["member"][0]["name"] == "—"
    offer = (await held(producer))["offers_in_cycles"][0]["document"]
    assert (offer["producer"]["name"], offer["breakdown"][0]["name"], offer["breakdown"][1]["name"]) == (
        "—",
        "—",
        "Transport",
    )
    everything = json.dumps([await held(member), await held(producer)], ensure_ascii=False)
    assert "Rancho El Sol" not in everything
    assert "Ruiz" not in everything
