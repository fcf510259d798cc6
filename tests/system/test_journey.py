"""The main job, row by row of journey.md: from a new member to books that add up to zero."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from demo.examples import PASSWORD
from tests.system import market, reconciling
from tests.system.calling import Journal, Person, eventually
from tests.system.feed import Feed, check_order, happened
from tests.system.market import amount, money

pytestmark = pytest.mark.system

FEES = [
    {"name": "Transport", "kind": "percent", "value": "5", "payee": "network"},
    {"name": "Solidarity fund", "kind": "percent", "value": "1", "payee": "fund"},
]


@dataclass
class Story:
    """Who takes part, and what became of it so far."""

    anyone: Person
    coordinator: Person = field(init=False)
    treasurer: Person = field(init=False)
    farm: Person = field(init=False)
    dairy: Person = field(init=False)
    #: The family of the journey, and two that order before and after it.
    ana: Person = field(init=False)
    berta: Person = field(init=False)
    celia: Person = field(init=False)
    #: Variants: tomatoes and eggs of the farm, cheese of the dairy.
    tomato: str = ""
    eggs: str = ""
    cheese: str = ""
    point_id: str = ""
    cycle_id: str = ""
    #: The last state seen of each one's order.
    orders: dict[str, Any] = field(default_factory=dict)

    @property
    def families(self) -> dict[str, Person]:
        return {"ana": self.ana, "berta": self.berta, "celia": self.celia}

    @property
    def cycle_path(self) -> str:
        return f"/api/orders/v1/cycles/{self.cycle_id}"

    def reread(self) -> None:
        """Looks at everybody's order again."""
        for name, family in self.families.items():
            self.orders[name] = family.get(f"/api/orders/v1/orders/{self.orders[name]['id']}")

    def line(self, name: str, variant_id: str) -> Any:
        """The line of somebody's order that is of this variant."""
        return next(line for line in self.orders[name]["lines"] if line["variant_id"] == variant_id)


def test_one_order_cycle_from_a_new_member_to_books_that_add_up_to_zero(
    http: httpx.Client, journal: Journal, gateway: str
) -> None:
    story = Story(Person(http, journal))
    feed = Feed(http, journal)
    before = feed.position()
    the_network_is_well(story)
    a_family_joins_and_pays_in(story)
    producers_offer(story)
    the_coordinator_opens_a_cycle(story)
    families_order(story)
    the_cycle_closes(story)
    what_comes_is_shared(story)
    the_lists_are_printed(story)
    families_collect(story)
    the_treasurer_settles(story)
    everybody_sees_the_same_books(story)
    anybody_can_follow(story, feed, before)


def the_network_is_well(story: Story) -> None:
    health = story.anyone.get("/health", row=1)
    pieces = dict.fromkeys(("members", "catalog", "orders", "directory"), "ok")
    assert health == {"network": "queretaro", "status": "ok", "pieces": pieces}


def a_family_joins_and_pays_in(story: Story) -> None:
    anyone = story.anyone
    applied = market.apply(anyone, "household", "Familia Hernández Luna", row=2)
    assert applied["status"] == "applied"
    form = {"grant_type": "password", "username": applied["email"], "password": PASSWORD}
    refused = anyone.call("POST", "/api/members/v1/token", data=form, expect=(401, 403))
    assert refused.headers["content-type"] == "application/problem+json"

    story.coordinator = anyone.sign_in("coordinadora@queretaro.example", row=3)
    story.treasurer = anyone.sign_in("tesorera@queretaro.example")
    admitted = story.coordinator.post(f"/api/members/v1/members/{applied['id']}/admit", expect=200, row=4)
    assert admitted["status"] == "active"
    assert admitted["number"].startswith("QRO-")
    story.ana = anyone.sign_in(applied["email"], member_id=applied["id"], row=4)

    market.deposit(story.treasurer, story.ana, money("500.00"), row=5)
    balance = market.balance(story.ana, row=5)
    assert (balance["balance"], balance["available"]) == (money("500.00"), money("500.00"))

    story.berta = market.join(anyone, story.coordinator, "household", "Familia Trejo")
    story.celia = market.join(anyone, story.coordinator, "household", "Familia Ugalde")
    market.deposit(story.treasurer, story.berta, money("900.00"))
    market.deposit(story.treasurer, story.celia, money("900.00"))


def producers_offer(story: Story) -> None:
    story.farm = market.join(story.anyone, story.coordinator, "producer", "Huerta Nueva")
    story.dairy = market.join(story.anyone, story.coordinator, "transformer", "Quesería Nueva")
    tomato = market.variant("1 kg", "KGM", money("32.50"), "40")
    story.tomato = market.product(story.farm, "Jitomate", "vegetables", [tomato], row=6)["variants"][0]["id"]
    eggs = market.variant("Docena", "H87", money("54.00"), case_size="6")
    story.eggs = market.product(story.farm, "Huevo de rancho", "eggs", [eggs])["variants"][0]["id"]
    cheese = market.variant(
        "Por kilo", "KGM", money("140.00"), "10", step="0.25", case_size="0.25", variable_weight=True, credit_share=30
    )
    story.cheese = market.product(story.dairy, "Queso fresco", "dairy", [cheese])["variants"][0]["id"]


def the_coordinator_opens_a_cycle(story: Story) -> None:
    story.point_id = market.pickup_point(story.coordinator, row=7)
    cycle = market.cycle(story.coordinator, story.point_id, [story.farm, story.dairy], FEES, row=7)
    story.cycle_id = cycle["id"]
    assert cycle["status"] == "open"
    later = market.cycle(story.coordinator, story.point_id, [story.farm], opens_in=timedelta(days=1))
    assert later["status"] == "upcoming"

    offers = market.offers(story.ana, story.cycle_id, 3, row=8)
    tomato = offers[story.tomato]
    assert tomato["producer"]["id"] == story.farm.member_id
    assert tomato["price"] == money("34.45")  # 32.50 and 5 % and 1 %, a half cent to the even one
    assert sum(amount(part["amount"]) for part in tomato["breakdown"]) == Decimal("34.45")
    assert [part["payee"] for part in tomato["breakdown"]] == [story.farm.member_id, "network", "fund"]
    assert (tomato["available"], offers[story.eggs]["available"]) == ("40", None)


def families_order(story: Story) -> None:
    an_order_may_be_followed_and_taken_back(story)
    lines = [(story.tomato, "2", "0"), (story.eggs, "2", "2"), (story.cheese, "0.5", "0")]
    body = market.order_body(story.cycle_id, story.point_id, *lines, credit=money("20.00", "TUMIN"))
    key = str(uuid4())
    placed = market.place(story.ana, body, key=key, row=9)
    assert placed["status"] == "confirmed"
    assert placed["number"]
    assert placed["total"] == money("257.58")  # 68.90 tomatoes, 114.48 eggs, 74.20 cheese
    assert sum(amount(part["amount"]) for part in placed["breakdown"]) == Decimal("257.58")
    assert market.place(story.ana, body, key=key) == placed, "the same key with the same body is the same order"

    others = {"berta": [(story.tomato, "17.5", "0"), (story.eggs, "2", "0")], "celia": [(story.tomato, "20.5", "0")]}
    story.orders = {"ana": placed}
    for name, asked in others.items():
        body = market.order_body(story.cycle_id, story.point_id, *asked)
        story.orders[name] = market.place(story.families[name], body, row=9)
    assert story.orders["celia"]["total"] == money("706.22")
    for name, family in story.families.items():
        for hold in story.orders[name]["holds"]:
            assert market.balance(family, currency=hold["currency"])["held"] == hold
    assert market.stock(story.farm, story.tomato) == {"on_hand": 40, "reserved": 40, "available": 0}
    left = eventually(
        lambda: {
            offer["variant_id"]: offer["available"] for offer in story.ana.get(f"{story.cycle_path}/offers")["items"]
        },
        lambda found: found[story.tomato] == "0",
    )
    assert left[story.cheese] == "9.5"


def an_order_may_be_followed_and_taken_back(story: Story) -> None:
    """Without waiting: 202 and an address to look at. What is taken back leaves nothing set aside."""
    body = market.order_body(story.cycle_id, story.point_id, (story.tomato, "1", "0"))
    answer = story.berta.call("POST", "/api/orders/v1/orders", json=body, expect=202, row=9)
    address = answer.headers["location"]
    assert address == f"/api/orders/v1/orders/{answer.json()['id']}"
    confirmed = eventually(lambda: story.berta.get(address), lambda order: order["status"] != "placed")
    assert confirmed["status"] == "confirmed"
    assert story.berta.post(f"{address}/cancel", expect=200)["status"] == "cancelled"
    eventually(lambda: market.stock(story.farm, story.tomato)["reserved"], lambda reserved: reserved == 0)
    eventually(lambda: market.balance(story.berta)["held"], lambda held: held == money("0.00"))


def the_cycle_closes(story: Story) -> None:
    closed = story.coordinator.post(f"{story.cycle_path}/close", expect=200, row=10)
    assert closed["status"] == "closed"
    found = story.coordinator.get(f"{story.cycle_path}/purchase-orders", row=10)["items"]
    by_supplier = {order["supplier_id"]: order for order in found}
    assert by_supplier.keys() == {story.farm.member_id, story.dairy.member_id}
    ordered = {
        line["variant_id"]: (Decimal(line["ordered"]), line["cases"], Decimal(line["case_size"]))
        for order in found
        for line in order["lines"]
    }
    # All that was ordered, half kilos too; the eggs that Ana would also take fill the case that hers and Berta's do not.
    assert ordered == {
        story.tomato: (40, 400, Decimal("0.1")),
        story.eggs: (6, 1, 6),
        story.cheese: (Decimal("0.5"), 2, Decimal("0.25")),
    }


def what_comes_is_shared(story: Story) -> None:
    orders = story.coordinator.get(f"{story.cycle_path}/purchase-orders")["items"]
    ids = {order["supplier_id"]: order["id"] for order in orders}
    bruised = {"variant_id": story.tomato, "accepted": "38", "rejected": "2", "reason": "golpeado", "lot": "JIT-47"}
    eggs = {"variant_id": story.eggs, "accepted": "6", "rejected": "0"}
    path = "/api/orders/v1/purchase-orders/{}/receive"
    story.coordinator.post(path.format(ids[story.farm.member_id]), {"lines": [bruised, eggs]}, expect=200, row=11)
    cheese = {"variant_id": story.cheese, "accepted": "0.5", "rejected": "0"}
    story.coordinator.post(path.format(ids[story.dairy.member_id]), {"lines": [cheese]}, expect=200, row=11)

    story.ana.get(f"/api/orders/v1/orders/{story.orders['ana']['id']}", row=11)
    story.reread()
    got = {name: story.line(name, story.tomato)["allocated"] for name in story.families}
    assert got == {"ana": "2", "berta": "17.5", "celia": "18.5"}, "first come, first served"
    short = story.line("celia", story.tomato)["allocation"]
    assert (short["rule"], short["code"]) == ("first_come", "first_come_short")
    assert short["reason"]
    assert story.line("ana", story.eggs)["allocated"] == "4"
    assert story.line("berta", story.eggs)["allocated"] == "2"
    assert story.line("ana", story.cheese)["allocated"] == "0.5"


def the_lists_are_printed(story: Story) -> None:
    path = f"{story.cycle_path}/packing"
    by_member = story.coordinator.get(path, params={"by": "member"}, headers={"accept": "application/json"}, row=12)
    assert [len(group["lines"]) for group in by_member["groups"]] == [3, 2, 1]
    assert "Familia Hernández Luna" in by_member["groups"][0]["title"]
    by_product = story.coordinator.get(path, params={"by": "product"}, row=12)
    totals = {group["lines"][0]["variant_id"]: group["total"] for group in by_product["groups"]}
    assert totals == {story.tomato: "38", story.eggs: "6", story.cheese: "0.5"}
    for kind, beginning in (("text/csv", b"\xef\xbb\xbf"), ("application/pdf", b"%PDF-")):
        answer = story.coordinator.call("GET", path, params={"by": "member"}, headers={"accept": kind}, row=12)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.content.startswith(beginning)
        assert kind != "text/csv" or "Familia Hernández Luna" in answer.text


def families_collect(story: Story) -> None:
    weighed = [
        {"line_id": story.line("ana", story.tomato)["line_id"], "packed": "1.95"},
        {"line_id": story.line("ana", story.cheese)["line_id"], "packed": "0.48"},
    ]
    collections = {
        "ana": {"lines": weighed, "payment": {"method": "account"}},
        "berta": {"payment": {"method": "cash"}},
        "celia": {"payment": {"method": "account"}},
    }
    for name, body in collections.items():
        path = f"/api/orders/v1/orders/{story.orders[name]['id']}/collect"
        collected = story.coordinator.post(path, body, expect=200, row=13)
        assert collected["status"] == "collected"
    story.reread()
    assert story.line("ana", story.tomato)["packed"] == "1.95"
    billed = {name: order["total"] for name, order in story.orders.items()}
    # Ana: 67.18 tomatoes, 228.96 eggs, 71.23 cheese; Berta: 602.88 and 114.48; Celia: 18.5 of her 20.5 kilos.
    assert billed == {"ana": money("367.37"), "berta": money("717.36"), "celia": money("637.32")}


def the_treasurer_settles(story: Story) -> None:
    story.treasurer.post(f"{story.cycle_path}/settle", expect=(200, 202), row=14)
    path = f"{story.cycle_path}/settlement"
    settled = eventually(lambda: story.treasurer.get(path), lambda found: found["status"] == "settled")
    shown = story.treasurer.get(path, row=14)
    assert shown == settled
    assert shown["difference"] == money("0.00")
    # 38 kilos of tomatoes and six dozens of eggs; half a kilo of cheese.
    owed = {story.farm.member_id: Decimal("1559.00"), story.dairy.member_id: Decimal("70.00")}
    reconciling.settlement_agrees(shown, story.orders, owed)
    assert [(fee["name"], fee["payee"]) for fee in shown["fees"]] == [
        ("Transport", "network"),
        ("Solidarity fund", "fund"),
    ]
    assert shown["payments"] == [{"member_id": story.berta.member_id, "amount": money("717.36")}]
    story.reread()
    assert {order["status"] for order in story.orders.values()} == {"settled"}
    cycle = story.anyone.get(story.cycle_path)
    assert cycle["status"] == "settled"


def everybody_sees_the_same_books(story: Story) -> None:
    statement = story.ana.get(f"/api/members/v1/members/{story.ana.member_id}/statement", row=15)["items"]
    assert all(entry["cause"] and entry["cause_id"] for entry in statement)
    seen = {(entry["cause"], entry["amount"]["currency"]): amount(entry["amount"]) for entry in statement}
    assert seen == {
        ("deposit", "MXN"): Decimal("500.00"),
        ("order", "MXN"): Decimal("-347.37"),
        ("order", "TUMIN"): Decimal("-20.00"),
    }
    for family in story.families.values():
        reconciling.statement_agrees(family)
    reconciling.statement_agrees(story.farm)
    reconciling.statement_agrees(story.dairy)
    reconciling.ledger_is_proven(story.treasurer)
    reconciling.stock_agrees(story.farm, story.tomato, Decimal(40), story.orders)
    reconciling.stock_agrees(story.dairy, story.cheese, Decimal(10), story.orders)


def anybody_can_follow(story: Story, feed: Feed, before: str) -> None:
    streamed = feed.stream(before, until=("cycle.settled", story.cycle_id), row=16)
    batch = feed.batch(before, row=16)
    assert [event["id"] for event in batch[: len(streamed)]] == [event["id"] for event in streamed]
    ours = [event for event in batch if event["subject"] == story.cycle_id or is_offered_by(event, story)]
    assert [happened(event) for event in ours] == [
        *["product.published"] * 3,
        *("cycle.published", "cycle.closed", "cycle.settled"),
    ]
    assert [event["data"]["name"] for event in ours[:3]] == ["Jitomate", "Huevo de rancho", "Queso fresco"]
    assert all(event["source"].startswith("/networks/queretaro/") for event in batch)
    check_order(batch)


def is_offered_by(event: Any, story: Story) -> bool:
    """Whether it is of a product of the journey's producers."""
    return event["data"].get("producer_id") in (story.farm.member_id, story.dairy.member_id)
