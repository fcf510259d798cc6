"""A network runs only the pieces that it wants, by one small file, and nothing misses the others."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from demo import examples
from demo.calling import User, each
from tests.system import market
from tests.system.calling import Journal, Person, eventually, problem
from tests.system.conftest import enter, with_example
from tests.system.market import amount, money

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture(scope="module")
def leon() -> Iterator[str]:
    """Cooperactivas: members and directory."""
    with with_example("leon") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def quito() -> Iterator[str]:
    """Alianza Solidaria: all four, in dollars."""
    with with_example("quito") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def sigchos() -> Iterator[str]:
    """The node in the mountains, without a directory."""
    with with_example("sigchos") as gateway:
        yield gateway


def test_leon_runs_members_and_directory_and_misses_nothing(leon: str) -> None:
    with httpx.Client(base_url=leon, timeout=30, trust_env=False) as http:
        anyone = Person(http, Journal())
        assert anyone.get("/health") == {
            "network": "leon",
            "status": "ok",
            "pieces": {"members": "ok", "directory": "ok"},
        }
        for path in ("/api/orders/v1/cycles", "/api/catalog/v1/products"):
            said = problem(anyone.call("GET", path, expect=404), "piece-not-deployed")
            assert path.split("/")[2] in said["detail"]
        paths = anyone.get("/openapi.json")["paths"]
        assert {path.split("/")[2] for path in paths if path.startswith("/api/")} == {"members", "directory"}


def test_leon_shows_its_own_enterprises_and_all_that_it_took_in(leon: str) -> None:
    with httpx.Client(base_url=leon, timeout=30, trust_env=False) as http:
        anyone = Person(http, Journal())
        found = anyone.get("/api/directory/v1/entities", params={"q": "quesería babia"})["items"]
        assert [entity["name"] for entity in found][:1] == ["Quesería de Babia"]
        taken_in = anyone.get("/api/directory/v1/entities", params={"q": "Bulgarian Food Bank"})["items"]
        assert {entity["name"] for entity in taken_in} >= {"Bulgarian Food Bank"}
        shown = sum(1 for _ in each(User(http), "/api/directory/v1/entities"))
        assert shown > 1_000


def test_leons_collection_taken_in_again_changes_nothing(leon: str) -> None:
    told = dict(line.split(": ", 1) for line in enter("leon", leon))
    report = told.pop("sse-initiatives.geojson")
    assert told.pop("closed until").endswith("-12-31")
    assert report.startswith("0 created, 0 updated, ")
    unchanged, refused = (int(part.split()[0]) for part in report.split(", ")[2:])
    assert unchanged + refused == 1_163, "every row is taken or refused"
    assert all(tally.split()[0] == "0" for tally in told.values()), told


def test_quito_sells_in_dollars_at_its_own_hours(quito: str) -> None:
    with httpx.Client(base_url=quito, timeout=30, trust_env=False) as http:
        anyone = Person(http, Journal())
        assert anyone.get("/health")["pieces"].keys() == {"members", "catalog", "orders", "directory"}
        family = anyone.sign_in("cevallos@quito.example")
        me = family.get("/api/members/v1/me")
        assert me["members"][0]["number"].startswith("UIO-")
        member_id = me["members"][0]["id"]
        assert market.balance(family, member_id, "USD")["balance"] == money("45.00", "USD")

        [cycle] = anyone.get("/api/orders/v1/cycles")["items"]
        closes = datetime.fromisoformat(cycle["closes_at"]).astimezone(ZoneInfo("America/Guayaquil"))
        assert (closes.hour, closes.minute) == (18, 0)
        offers = market.offers(family, cycle["id"], 9)
        assert {offer["price"]["currency"] for offer in offers.values()} == {"USD"}
        care = next(one for one in offers.values() if one["name"] == "Cuidado de niñas y niños")

        wish = market.order_body(
            cycle["id"],
            cycle["pickups"][0]["pickup_point_id"],
            (care["variant_id"], "2", "0"),
            credit=money("4.00", "HOUR"),
        )
        placed = market.place(family, wish)
        assert placed["status"] == "confirmed"
        assert placed["total"] == money("4.28", "USD")
        # The price is paid in hours; what it costs to bring is paid in dollars.
        assert placed["holds"] == [money("0.28", "USD"), money("4.00", "HOUR")]
        family.post(f"/api/orders/v1/orders/{placed['id']}/cancel", expect=200)
        held = eventually(lambda: market.balance(family, member_id, "USD")["held"], lambda value: amount(value) == 0)
        assert held == money("0.00", "USD")


def test_quito_refuses_pesos(quito: str) -> None:
    with httpx.Client(base_url=quito, timeout=30, trust_env=False) as http:
        anyone = Person(http, Journal())
        treasurer = anyone.sign_in("tesorera@quito.example")
        family = anyone.sign_in("jacome@quito.example")
        member_id = family.get("/api/members/v1/me")["members"][0]["id"]
        path = f"/api/members/v1/members/{member_id}/deposits"
        body = {"amount": money("10.00", "MXN"), "method": "cash"}
        problem(treasurer.call("POST", path, json=body, expect=422), "currency-not-used", "/amount/currency")


def test_sigchos_sells_without_a_directory(sigchos: str) -> None:
    with httpx.Client(base_url=sigchos, timeout=30, trust_env=False) as http:
        anyone = Person(http, Journal())
        assert anyone.get("/health")["pieces"].keys() == {"members", "catalog", "orders"}
        [cycle] = anyone.get("/api/orders/v1/cycles")["items"]
        count = sum(len(product["variants"]) for product in examples.entries("sigchos", "products"))
        assert len(market.offers(anyone, cycle["id"], count)) == count
