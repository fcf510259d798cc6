"""What the network shows of itself: the directory with its lists and imports, the catalogue's spreadsheets."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.system import market
from tests.system.calling import Journal, Person, eventually, problem
from tests.system.feed import Feed, happened
from tests.system.market import money

pytestmark = pytest.mark.system

ENTITIES = "/api/directory/v1/entities"
#: Lists of two rows, the second with a price that is none.
SHEETS = {
    "trama": """\
product,variant,category,unit,price,stock,on_hand
Jitomate,Por kilo,vegetables,KGM,32.50,tracked,40
Chayote,Por kilo,vegetables,KGM,gratis,tracked,40
""",
    "ofn": """\
producer,sku,name,category,units,unit_type,price,on_hand,on_demand
,J-1,Jitomate,Vegetables,1,kg,32.50,40,
,C-1,Chayote,Vegetables,1,kg,gratis,40,
""",
    "foodsoft": """\
Status;Order number;Name;Note;Manufacturer;Origin;Unit;Price;Tax;Deposit;Unit quantity;;;Category
;1;Jitomate;;;MX;1 kg;32.50;0;0;1;;;Vegetables
;2;Chayote;;;MX;1 kg;gratis;0;0;1;;;Vegetables
""",
}


def bakery(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Pan de masa madre con trigo del Bajío.",
        "country": "MX",
        "city": "San Juan del Río",
        "activities": ["bakery"],
        "location": {"lat": 20.3889, "lon": -99.9961},
    }


def test_a_members_profile_is_seen_once_the_steward_has_published_it(
    http: httpx.Client, anyone: Person, coordinator: Person
) -> None:
    baker = market.join(anyone, coordinator, "transformer", "Panadería Nueva")
    feed = Feed(http, Journal())
    before = feed.position()
    name = f"Panadería Ñandú {uuid4().hex[:8]}"
    entered = baker.post(ENTITIES, bakery(name) | {"owner_id": baker.member_id})
    path = f"{ENTITIES}/{entered['id']}"
    assert entered["status"] == "draft"
    problem(anyone.call("GET", path, expect=404), "entity-unknown")
    baker.call("POST", f"{path}/publish", expect=403)
    assert coordinator.post(f"{path}/publish", expect=200)["status"] == "published"
    assert anyone.get(path)["name"] == name

    word = name.rsplit(maxsplit=1)[-1]
    for query in (
        {"q": f"panaderia nandu {word}"},
        {"q": word, "bbox": "-100.1,20.3,-99.9,20.5"},
        {"q": word, "activity": "bakery"},
        {"q": word, "near": "20.39,-100.0"},
    ):
        assert [item["name"] for item in anyone.get(ENTITIES, params=query)["items"]] == [name], query
        shown = anyone.get(f"{ENTITIES}.geojson", params=query)
        assert shown["type"] == "FeatureCollection"
        [feature] = shown["features"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [-99.9961, 20.3889]}
        assert feature["properties"]["name"] == name
    assert anyone.get(ENTITIES, params={"q": word, "bbox": "-1,-1,1,1"})["items"] == []
    [told] = eventually(lambda: [event for event in feed.batch(before) if event["subject"] == entered["id"]], bool)
    assert happened(told) == "entity.published"


def test_lists_go_on_page_by_page(anyone: Person) -> None:
    first = anyone.get(ENTITIES, params={"limit": 2})
    assert len(first["items"]) == 2
    second = anyone.get(ENTITIES, params={"limit": 2, "after": first["next"]})
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


def test_a_collection_is_taken_row_by_row_and_again_changes_nothing(coordinator: Person) -> None:
    def feature(name: str, lon: float, lat: float) -> dict[str, Any]:
        place = {"type": "Point", "coordinates": [lon, lat]}
        return {"type": "Feature", "properties": {"name": name, "_id": f"{source}/{name}"}, "geometry": place}

    source = f"prueba {uuid4().hex[:8]}"
    rows = [feature("Molino", -100.4, 20.6), feature("Nowhere", -100.4, 206), feature("Telar", -100.3, 20.5)]
    body = {"type": "FeatureCollection", "source": source, "features": rows}
    report = coordinator.post("/api/directory/v1/imports", body, expect=200)
    assert (report["created"], report["updated"], report["unchanged"]) == (2, 0, 0)
    [refused] = report["refused"]
    assert refused["index"] == 1
    assert refused["reason"]
    again = coordinator.post("/api/directory/v1/imports", body, expect=200)
    assert (again["created"], again["updated"], again["unchanged"], len(again["refused"])) == (0, 0, 2, 1)


def test_a_member_who_leaves_takes_its_offers_and_its_profile_along(
    anyone: Person, coordinator: Person, treasurer: Person
) -> None:
    producer = market.join(anyone, coordinator, "producer", "Huerta Última")
    product = market.product(producer, "Betabel", "vegetables", [market.variant("Manojo", "H87", money("15.00"))])
    entered = producer.post(ENTITIES, bakery("Huerta Última") | {"owner_id": producer.member_id})
    coordinator.post(f"{ENTITIES}/{entered['id']}/publish", expect=200)
    cycle_id = market.cycle(coordinator, market.pickup_point(coordinator), [producer])["id"]
    market.offers(anyone, cycle_id, 1)

    coordinator.post(f"/api/members/v1/members/{producer.member_id}/exclude", {"reason": "no surte"}, expect=200)
    gone = [f"/api/catalog/v1/products/{product['id']}", f"{ENTITIES}/{entered['id']}"]
    for path in gone:
        eventually(lambda path=path: anyone.http.get(path).status_code, lambda status: status == 404)
    eventually(lambda: anyone.get(f"/api/orders/v1/cycles/{cycle_id}/offers")["items"], lambda items: items == [])


@pytest.mark.parametrize("kind", SHEETS)
def test_a_spreadsheet_is_tried_out_then_taken_then_nothing_new(anyone: Person, coordinator: Person, kind: str) -> None:
    producer = market.join(anyone, coordinator, "producer", "Huerta Tabla")
    path = f"/api/catalog/v1/imports?format={kind}"

    def send(address: str) -> Any:
        headers = {"content-type": "text/csv"}
        return producer.call("POST", address, content=SHEETS[kind].encode(), headers=headers).json()

    tried = send(f"{path}&dry_run=true")
    assert (tried["created"], tried["unchanged"]) == (1, 0)
    assert [(row["index"], bool(row["reason"])) for row in tried["refused"]] == [(1, True)]
    taken = send(path)
    assert (taken["created"], taken["updated"], len(taken["refused"])) == (1, 0, 1)
    again = send(path)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1)
