"""What journey.md refuses: each with a problem that says what would be right, and nothing half-done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.system import market
from tests.system.calling import Person, eventually, problem
from tests.system.market import money

pytestmark = pytest.mark.system

ORDERS = "/api/orders/v1/orders"


@dataclass(frozen=True)
class Shop:
    """An open cycle in which one producer offers lettuce, of which there is little."""

    coordinator: Person
    producer: Person
    family: Person
    neighbour: Person
    point_id: str
    cycle_id: str
    #: Ten pieces at 10.00, sold one by one; cheese by the quarter of a kilo, on demand.
    lettuce: str
    cheese: str

    def wish(self, quantity: Any, *, variant_id: str = "", tolerance: Any = "0") -> dict[str, Any]:
        """An order of so much."""
        line = {"variant_id": variant_id or self.lettuce, "quantity": quantity, "tolerance": tolerance}
        return {"cycle_id": self.cycle_id, "pickup_point_id": self.point_id, "lines": [line]}


@pytest.fixture(scope="module")
def shop(anyone: Person, coordinator: Person, treasurer: Person) -> Shop:
    producer = market.join(anyone, coordinator, "producer", "Huerta Chica")
    lettuce = market.variant("Pieza", "H87", money("10.00"), "10")
    cheese = market.variant("Por kilo", "KGM", money("150.00"), step="0.25", case_size="0.25")
    pieces = market.product(producer, "Lechuga", "vegetables", [lettuce])
    kilos = market.product(producer, "Queso", "dairy", [cheese])
    family = market.join(anyone, coordinator, "household", "Familia Rivera")
    neighbour = market.join(anyone, coordinator, "household", "Familia Mendoza")
    market.deposit(treasurer, family, money("500.00"))
    market.deposit(treasurer, neighbour, money("500.00"))
    point_id = market.pickup_point(coordinator)
    cycle_id = market.cycle(coordinator, point_id, [producer])["id"]
    market.offers(family, cycle_id, 2)
    ids = (pieces["variants"][0]["id"], kilos["variants"][0]["id"])
    return Shop(coordinator, producer, family, neighbour, point_id, cycle_id, *ids)


@pytest.fixture
def nothing_set_aside(shop: Shop) -> Iterator[None]:
    """Before the test and after it nothing is reserved or held. What one piece had set aside is let go by event."""

    def set_aside() -> Any:
        return market.stock(shop.producer, shop.lettuce), market.balance(shop.family)["held"]

    nothing = {"on_hand": 10, "reserved": 0, "available": 10}, money("0.00")
    eventually(set_aside, lambda found: found == nothing)
    yield
    eventually(set_aside, lambda found: found == nothing)


@pytest.mark.usefixtures("nothing_set_aside")
def test_more_than_is_left_is_refused_and_says_how_much_is_left(shop: Shop) -> None:
    answer = order(shop.family, shop.wish("11"), expect=409)
    said = problem(answer, "not-enough-stock")
    [reason] = said["reasons"]
    assert (reason["code"], reason["variant_id"]) == ("not_enough_stock", shop.lettuce)
    assert (reason["requested"], reason["available"]) == ("11", "10")
    assert "10" in reason["detail"]
    stays_readable_as_rejected(shop.family, said)


@pytest.mark.usefixtures("nothing_set_aside")
def test_one_line_too_much_reserves_none_of_the_others(shop: Shop) -> None:
    wish = shop.wish("11")
    wish["lines"].append({"variant_id": shop.cheese, "quantity": "0.25"})
    stays_readable_as_rejected(shop.family, problem(order(shop.family, wish, expect=409), "not-enough-stock"))


@pytest.mark.usefixtures("nothing_set_aside")
def test_more_than_the_account_holds_is_refused_and_says_what_it_holds(shop: Shop) -> None:
    wish = shop.wish("2")
    wish["lines"].append({"variant_id": shop.cheese, "quantity": "3.5"})
    said = problem(order(shop.family, wish, expect=409), "not-enough-funds")
    [reason] = said["reasons"]
    assert reason["code"] == "not_enough_funds"
    assert (reason["needed"], reason["available"]) == (money("545.00"), money("500.00"))
    stays_readable_as_rejected(shop.family, said)


def test_a_credit_limit_counts_as_money(shop: Shop, treasurer: Person) -> None:
    path = f"/api/members/v1/members/{shop.neighbour.member_id}/limits/MXN"
    treasurer.call("PUT", path, json={"credit_limit": money("25.00")})
    placed = order(shop.neighbour, shop.wish("3.5", variant_id=shop.cheese), expect=201).json()
    answer = order(shop.neighbour, shop.wish("1"), expect=409)
    said = problem(answer, "not-enough-funds")
    assert said["reasons"][0]["available"] == money("0.00")
    shop.neighbour.post(f"{ORDERS}/{placed['id']}/cancel", expect=200)


@pytest.mark.usefixtures("nothing_set_aside")
def test_a_closed_cycle_takes_no_orders(shop: Shop) -> None:
    cycle_id = market.cycle(shop.coordinator, shop.point_id, [shop.producer])["id"]
    market.offers(shop.family, cycle_id, 2)
    shop.coordinator.post(f"/api/orders/v1/cycles/{cycle_id}/close", expect=200)
    problem(order(shop.family, shop.wish("1") | {"cycle_id": cycle_id}, expect=409), "cycle-closed")


@pytest.mark.usefixtures("nothing_set_aside")
@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("-1", "invalid"),
        ("0", "invalid"),
        ("two", "invalid"),
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("", "invalid"),
        (2, "invalid"),
        (None, "invalid"),
        ("0.0001", "invalid"),
        ("1000000000", "invalid"),
        ("1e9", "invalid"),
        ("0.5", "quantity-step"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused_with_its_place(shop: Shop, quantity: Any, code: str) -> None:
    problem(order(shop.family, shop.wish(quantity), expect=422), code, "/lines/0/quantity")


@pytest.mark.usefixtures("nothing_set_aside")
@pytest.mark.parametrize(
    ("tolerance", "code"), [("-1", "invalid"), ("0.5", "quantity-step"), ("1000000000", "invalid")]
)
def test_a_tolerance_that_cannot_be_is_refused_with_its_place(shop: Shop, tolerance: str, code: str) -> None:
    problem(order(shop.family, shop.wish("1", tolerance=tolerance), expect=422), code, "/lines/0/tolerance")


@pytest.mark.usefixtures("nothing_set_aside")
def test_a_weight_finer_than_the_step_is_refused(shop: Shop) -> None:
    answer = order(shop.family, shop.wish("0.3", variant_id=shop.cheese), expect=422)
    said = problem(answer, "quantity-step", "/lines/0/quantity")
    assert "0.25" in said["detail"], "it says what would be right"


@pytest.mark.usefixtures("nothing_set_aside")
def test_a_variant_that_is_not_in_the_cycle_is_refused_with_its_place(shop: Shop) -> None:
    wish = shop.wish("1", variant_id=str(uuid4()))
    problem(order(shop.family, wish, expect=422), "variant-not-in-cycle", "/lines/0/variant_id")


def test_another_familys_order_is_not_there(shop: Shop) -> None:
    placed = order(shop.family, shop.wish("1"), expect=201).json()
    path = f"{ORDERS}/{placed['id']}"
    problem(shop.neighbour.call("GET", path, expect=404), "order-not-found")
    problem(shop.neighbour.call("POST", f"{path}/cancel", expect=404), "order-not-found")
    assert shop.family.post(f"{path}/cancel", expect=200)["status"] == "cancelled"


def test_an_order_for_another_family_is_refused(shop: Shop) -> None:
    wish = shop.wish("1") | {"member_id": shop.neighbour.member_id}
    problem(shop.family.call("POST", ORDERS, json=wish, expect=403), "member-not-yours")


def test_a_family_does_not_close_a_cycle(shop: Shop) -> None:
    path = f"/api/orders/v1/cycles/{shop.cycle_id}"
    problem(shop.family.call("POST", f"{path}/close", expect=403), "role-missing")
    assert shop.family.get(path)["status"] == "open"


def test_nobody_orders_without_signing_in(shop: Shop, anyone: Person) -> None:
    problem(order(anyone, shop.wish("1"), expect=401), "token-missing")


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    key = str(uuid4())
    placed = order(shop.family, shop.wish("1"), expect=201, key=key).json()
    problem(order(shop.family, shop.wish("2"), expect=422, key=key), "idempotency-key-reused")
    again = order(shop.family, shop.wish("1"), expect=201, key=key).json()
    assert again["id"] == placed["id"]
    shop.family.post(f"{ORDERS}/{placed['id']}/cancel", expect=200)


def test_a_problem_is_told_in_the_callers_language(shop: Shop) -> None:
    told = {
        language: problem(
            shop.family.call("POST", ORDERS, json=shop.wish("0.5"), expect=422, headers={"accept-language": language}),
            "quantity-step",
        )["detail"]
        for language in ("es", "en")
    }
    assert told["es"] != told["en"]


def order(family: Person, wish: Any, *, expect: int, key: str | None = None) -> Any:
    """The answer to an order whose outcome is waited for."""
    headers = {"idempotency-key": key or str(uuid4()), "prefer": "wait=2"}
    return family.call("POST", ORDERS, json=wish, expect=expect, headers=headers)


def stays_readable_as_rejected(family: Person, said: Any) -> None:
    found = family.get(f"{ORDERS}/{said['order_id']}")
    assert found["status"] == "rejected"
    assert [reason["code"] for reason in found["reasons"]] == [reason["code"] for reason in said["reasons"]]
