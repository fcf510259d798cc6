"""The example network: loaded through the front door, loaded twice, and ordered from by what `make run` prints."""

import json
import shutil
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from catalog.products.rules import Window, in_season
from demo import examples
from demo.first_order import first_order
from tests.system.calling import Journal, Person
from tests.system.conftest import enter
from tests.system.feed import Feed

pytestmark = pytest.mark.system


def test_loading_again_changes_nothing(http: httpx.Client, gateway: str) -> None:
    feed = Feed(http, Journal())
    before = feed.position()
    told = enter("queretaro", gateway)
    assert told
    assert all(line.split(": ")[1].split()[0] == "0" for line in told), told
    assert feed.batch(before) == []


def test_the_example_has_an_open_cycle_with_all_its_variants(anyone: Person) -> None:
    today = datetime.now(ZoneInfo(examples.network("queretaro")["zone"])).date()
    expected = {
        (product["name"], variant["name"])
        for product in examples.entries("queretaro", "products")
        for variant in product["variants"]
        if in_season(tuple(Window(**window) for window in variant.get("season", [])), today)
    }
    assert len(expected) > 120
    cycles = anyone.get("/api/orders/v1/cycles", params={"limit": 200})["items"]
    shown = [
        {
            (offer["name"], offer["variant"])
            for offer in anyone.get(f"/api/orders/v1/cycles/{cycle['id']}/offers", params={"limit": 200})["items"]
        }
        for cycle in cycles
        if cycle["status"] == "open" and cycle["name"].startswith("Canasta de la semana, del")
    ]
    # Sessions to come are sold in it as well.
    assert any(offers >= expected for offers in shown)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the first order is shown as a curl line")
def test_the_first_order_that_is_shown_works_when_pasted(gateway: str) -> None:
    pasted = subprocess.run(
        ["bash", "-c", first_order("queretaro", gateway)], capture_output=True, text=True, check=True, timeout=30
    )
    order = json.loads(pasted.stdout)
    assert order["status"] == "confirmed", pasted.stdout
    assert order["total"] == {"amount": "67.84", "currency": "MXN"}
