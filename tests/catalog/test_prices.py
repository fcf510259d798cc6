"""Diagnoses over HTTP: written down, published, withdrawn, compared, and what the others hear of them."""

import asyncio
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.catalog import DiagnosisPublished, DiagnosisWithdrawn
from contracts.members import MemberErased
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create, product, rows, variant


def pesos(amount: str) -> Json:
    return {"amount": amount, "currency": "MXN"}


def season(name: str = "Primavera–verano 2026", year: int = 2026) -> Json:
    return {"name": name, "starts_on": f"{year}-03-01", "ends_on": f"{year}-08-31"}


def tomatoes(**more: Any) -> Json:
    """160 hours and two tonnes sold: 8.73 a kilo."""
    return {
        "season": season(),
        "work": [
            {"task": "Siembra y tutoreo", "hours": "64", "wage": pesos("45.00")},
            {"task": "Cosecha", "hours": "96", "wage": pesos("45.00")},
        ],
        "inputs": [
            {"name": "Plántula", "quantity": "1200", "unit": "pieza", "price": pesos("1.80")},
            {"name": "Composta", "quantity": "800", "unit": "kg", "price": pesos("2.50")},
            {"name": "Biofertilizante", "quantity": "40", "unit": "L", "price": pesos("18.00")},
        ],
        "energy": [{"name": "Riego", "quantity": "320", "unit": "kWh", "price": pesos("1.95")}],
        "transport": [{"name": "Viajes a Querétaro", "quantity": "16", "unit": "viaje", "price": pesos("180.00")}],
        "depreciation": [
            {"name": "Bomba", "value": pesos("9500.00"), "life_years": "8", "share": "40"},
            {"name": "Malla sombra", "value": pesos("14000.00"), "life_years": "5", "share": "50"},
        ],
        "yield": {"expected": "2400", "actual": "2180", "losses": "180"},
        "margin": "20",
        "observed": [
            {"channel": "paid_now", "price": pesos("7.50"), "seen_on": "2026-07-02", "source": "Coyote en la parcela"},
            {"channel": "national", "price": pesos("14.20"), "seen_on": "2026-07-10", "source": "SNIIM, Iztapalapa"},
        ],
        **more,
    }


async def diagnosed(piece: Piece, farmer: Headers, product_id: str, body: Json | None = None) -> Json:
    answer = await piece.client.post(f"/v1/products/{product_id}/diagnoses", json=body or tomatoes(), headers=farmer)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def told(piece: Piece, method: str, address: str, headers: Headers | None = None, **more: Any) -> Json:
    answer = await piece.client.request(method, address, headers=headers, **more)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.fixture
async def jitomate(piece: Piece, farmer: Headers, admitted: UUID) -> Json:
    return await create(piece, farmer, product("Jitomate", variant(price="12.00")), publish=True)


def added(parts: list[Json]) -> int:
    return sum(round(float(part["amount"]["amount"]) * 100) for part in parts)


async def test_a_producer_writes_down_a_season_and_learns_what_a_kilo_costs_and_should_bring(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])

    assert (made["status"], made["version"], made["unit"]) == ("draft", 1, "KGM")
    assert made["total"] == pesos("17459.00")
    assert (made["cost"], made["fair_price"]) == (pesos("8.73"), pesos("10.48"))
    assert made["yield"] == {"expected": "2400", "actual": "2180", "losses": "180", "sold": "2000"}
    assert [task["amount"] for task in made["work"]] == [pesos("2880.00"), pesos("4320.00")]
    assert [asset["amount"] for asset in made["depreciation"]] == [pesos("475.00"), pesos("1400.00")]
    assert added(made["by_kind"]) == 1_745_900
    assert added(made["costs"]) == 873
    assert added(made["fair_parts"]) == 1048
    here, bought, national = made["comparisons"]
    assert (here["channel"], here["price"], here["gap"]) == ("network", pesos("12.00"), pesos("3.27"))
    assert (bought["gap"], bought["percent"], bought["to_fair"]) == (pesos("-1.23"), "-14.1", pesos("-2.98"))
    assert bought["text"] == "The price is 1.23 MXN below the cost (14.1 %)"
    assert bought["parts"][-1] == {"kind": "shortfall", "name": "Not covered", "amount": pesos("-1.23")}
    assert (added(bought["parts"]), added(bought["of_one"])) == (750, 100)
    assert national["source"] == "SNIIM, Iztapalapa"


async def test_words_are_in_the_readers_language(piece: Piece, farmer: Headers, jitomate: Json) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    spanish = await told(piece, "GET", f"/v1/diagnoses/{made['id']}", {**farmer, "accept-language": "es-MX"})
    assert [part["name"] for part in spanish["costs"]][:2] == ["Trabajo", "Insumos"]
    assert spanish["comparisons"][1]["text"] == "El precio queda 1.23 MXN por debajo del costo (14.1 %)"


async def test_a_draft_is_its_producers_alone_until_shared_with_advisors_and_coordinators(
    piece: Piece, farmer: Headers, jitomate: Json, coordinator: Headers, tokens: Tokens
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    address, listed = f"/v1/diagnoses/{made['id']}", f"/v1/products/{jitomate['id']}/diagnoses"
    advisor = tokens.actor(roles=["advisor"], members=[uuid4()])
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])

    for headers in (None, advisor, coordinator, neighbour):
        assert (await piece.client.get(address, headers=headers)).status_code == 404
        assert (await piece.client.get(f"{address}/chart", headers=headers)).status_code == 404
        assert (await piece.client.get(f"{address}/versions", headers=headers)).status_code == 404
        assert (await told(piece, "GET", listed, headers))["items"] == []
        for verb in ("publish", "withdraw"):
            refused = await piece.client.post(f"{address}/{verb}", headers=headers or neighbour)
            assert refused.status_code == 404

    await told(piece, "PATCH", address, {**farmer, "if-match": '"1"'}, json={"shared": True})
    for headers in (advisor, coordinator):
        assert (await told(piece, "GET", address, headers))["shared"] is True
        assert len((await told(piece, "GET", listed, headers))["items"]) == 1
        refused = await piece.client.post(f"{address}/publish", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:trama:problem:not-yours")
    assert (await piece.client.get(address, headers=neighbour)).status_code == 404


async def test_publishing_shows_one_version_and_says_so_and_later_versions_wait(
    piece: Piece, spy: Spy, farmer: Headers, jitomate: Json
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    address, diagnosis_id = f"/v1/diagnoses/{made['id']}", UUID(made["id"])

    await told(piece, "POST", f"{address}/publish", farmer)
    again = await told(piece, "POST", f"{address}/publish", farmer)
    assert (again["status"], again["revision"]) == ("published", 2)
    event = await spy.next(DiagnosisPublished, diagnosis_id)
    assert event.version == 2
    assert (event.data.cost.minor, event.data.fair_price.minor, event.data.unit) == (873, 1048, "KGM")
    assert sum(part.per_unit.minor for part in event.data.costs) == 873
    assert event.data.variant_id == UUID(jitomate["variants"][0]["id"])

    body = {"yield": {"expected": "2400", "actual": "1700", "losses": "0"}}
    changed = await told(piece, "PATCH", address, {**farmer, "if-match": '"2"'}, json=body)
    assert (changed["version"], changed["published_version"], changed["cost"]) == (2, 1, pesos("10.27"))
    assert len(changed["work"]) == 2, "what is not said stays"
    public = await told(piece, "GET", address)
    assert (public["version"], public["cost"], public["shared"]) == (1, pesos("8.73"), None)
    assert (await piece.client.get(f"{address}?version=2")).status_code == 404
    assert (await told(piece, "GET", f"{address}?version=1", farmer))["cost"] == pesos("8.73")

    await told(piece, "POST", f"{address}/publish", farmer)
    assert (await told(piece, "GET", address))["cost"] == pesos("10.27")
    history = (await piece.client.get(f"{address}/versions", headers=farmer)).json()
    assert [(one["version"], one["cost"]) for one in history] == [(2, pesos("10.27")), (1, pesos("8.73"))]

    withdrawn = await told(piece, "POST", f"{address}/withdraw", farmer)
    assert withdrawn["status"] == "withdrawn"
    assert (await spy.next(DiagnosisWithdrawn, diagnosis_id)).version == withdrawn["revision"]
    assert (await piece.client.get(address)).status_code == 404
    assert (await told(piece, "POST", f"{address}/publish", farmer))["status"] == "published"
    assert (await told(piece, "GET", address))["cost"] == pesos("10.27")


async def test_a_change_needs_the_version_that_was_read_and_the_same_again_is_no_version(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    address = f"/v1/diagnoses/{made['id']}"
    assert (await piece.client.patch(address, json={"margin": "25"}, headers=farmer)).status_code == 428
    refused = await piece.client.patch(address, json={"margin": "25"}, headers={**farmer, "if-match": '"7"'})
    assert refused.status_code == 412
    same = await told(piece, "PATCH", address, {**farmer, "if-match": '"1"'}, json={"margin": "20"})
    assert (same["version"], same["revision"]) == (1, 1)
    more = await told(piece, "PATCH", address, {**farmer, "if-match": '"1"'}, json={"margin": "25"})
    assert (more["version"], more["revision"], more["fair_price"]) == (2, 2, pesos("10.91"))


async def test_last_seasons_figures_are_a_template_and_seasons_are_compared(
    piece: Piece, farmer: Headers, jitomate: Json, tokens: Tokens
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    body = {"season": season("Primavera–verano 2027", 2027)}
    answer = await piece.client.post(f"/v1/diagnoses/{made['id']}/copy", json=body, headers=farmer)
    assert answer.status_code == 201, answer.text
    template = answer.json()
    assert (template["status"], template["yield"]["expected"], template["yield"]["actual"]) == ("draft", "2180", None)
    assert [one["channel"] for one in template["comparisons"]] == ["network"]
    assert len(template["inputs"]) == 3

    compared = await told(piece, "GET", f"/v1/products/{jitomate['id']}/diagnoses/compared", farmer)
    assert [one["season"]["name"][-4:] for one in compared["seasons"]] == ["2026", "2027"]
    assert compared["seasons"][0]["change"] is None
    assert compared["seasons"][1]["change"] == {"amount": pesos("-0.72"), "percent": "-8.2"}

    # A neighbour learns from what is published, for a product of its own.
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])
    theirs = await create(piece, neighbour, product("Jitomate cherry"))
    copy = {**body, "product_id": theirs["id"]}
    address = f"/v1/diagnoses/{made['id']}/copy"
    assert (await piece.client.post(address, json=copy, headers=neighbour)).status_code == 404
    await told(piece, "POST", f"/v1/diagnoses/{made['id']}/publish", farmer)
    answer = await piece.client.post(address, json=copy, headers=neighbour)
    assert (answer.status_code, answer.json()["product"]["name"]) == (201, "Jitomate cherry")
    assert (await piece.client.post(address, json=body, headers=neighbour)).status_code == 403


async def test_a_season_has_one_diagnosis_and_an_id_sent_again_is_the_same(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    address = f"/v1/products/{jitomate['id']}/diagnoses"
    body = tomatoes(id=str(uuid4()))
    first = await diagnosed(piece, farmer, jitomate["id"], body)
    assert (await diagnosed(piece, farmer, jitomate["id"], body))["id"] == first["id"]
    twice = await piece.client.post(address, json=tomatoes(season=season("primavera–VERANO 2026")), headers=farmer)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:trama:problem:season-exists")
    taken = await piece.client.post(address, json={**body, "season": season("Otra", 2025)}, headers=farmer)
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:trama:problem:id-taken")

    bodies = [tomatoes(season=season("Otoño", 2027)) for _ in range(5)]
    answers = await asyncio.gather(*(piece.client.post(address, json=one, headers=farmer) for one in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


#: What is wrong, and where the answer points.
WRONG: list[tuple[Json, str]] = [
    ({"yield": {"expected": "0"}}, "/yield/expected"),
    ({"yield": {"expected": "5", "losses": "5"}}, "/yield/losses"),
    ({"yield": {"expected": "1000000"}}, "/yield/expected"),
    ({"yield": {"expected": "1.0001"}}, "/yield/expected"),
    ({"work": [{"task": "Cosecha", "hours": "-1", "wage": pesos("45.00")}]}, "/work/0/hours"),
    ({"work": [{"task": "Cosecha", "hours": 3, "wage": pesos("45.00")}]}, "/work/0/hours"),
    ({"work": [{"task": "Cosecha", "hours": "1", "wage": pesos("45.001")}]}, "/work/0/wage"),
    (
        {"work": [{"task": "Cosecha", "hours": "1", "wage": {"amount": "45.00", "currency": "EUR"}}]},
        "/work/0/wage/currency",
    ),
    ({"work": [{"task": " ", "hours": "1", "wage": pesos("45.00")}]}, "/work/0/task"),
    ({"work": [{"task": "x", "hours": "1", "wage": pesos("1.00")}] * 51}, "/work"),
    (
        {"depreciation": [{"name": "Bomba", "value": pesos("1.00"), "life_years": "0", "share": "1"}]},
        "/depreciation/0/life_years",
    ),
    (
        {"depreciation": [{"name": "Bomba", "value": pesos("1.00"), "life_years": "1", "share": "101"}]},
        "/depreciation/0/share",
    ),
    ({"margin": "-1"}, "/margin"),
    ({"margin": "1001"}, "/margin"),
    ({"variant_id": "019e0000-0000-7000-8000-000000000000"}, "/variant_id"),
    ({"season": {"name": "x", "starts_on": "2026-08-31", "ends_on": "2026-03-01"}}, "/season/ends_on"),
    ({"season": {"name": "x", "starts_on": "2026-13-31", "ends_on": "2026-03-01"}}, "/season/starts_on"),
    (
        {"observed": [{"channel": "moon", "price": pesos("1.00"), "seen_on": "2026-01-01", "source": "x"}]},
        "/observed/0/channel",
    ),
    (
        {"observed": [{"channel": "local", "price": pesos("1.00"), "seen_on": "2126-01-01", "source": "x"}]},
        "/observed/0/seen_on",
    ),
    ({"profit": "1"}, "/profit"),
]


async def test_what_is_wrong_is_named_and_nothing_is_kept(piece: Piece, farmer: Headers, jitomate: Json) -> None:
    for change, pointer in WRONG:
        answer = await piece.client.post(
            f"/v1/products/{jitomate['id']}/diagnoses", json=tomatoes(**change), headers=farmer
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await rows(piece, "SELECT 1 FROM diagnoses") == []


async def test_only_its_producer_diagnoses_a_product(
    piece: Piece, farmer: Headers, jitomate: Json, coordinator: Headers
) -> None:
    address = f"/v1/products/{jitomate['id']}/diagnoses"
    assert (await piece.client.post(address, json=tomatoes(), headers=coordinator)).status_code == 403
    assert (await piece.client.post(address, json=tomatoes())).status_code == 401
    nothing = f"/v1/products/{uuid4()}/diagnoses"
    assert (await piece.client.post(nothing, json=tomatoes(), headers=farmer)).status_code == 404
    draft = await create(piece, farmer, product("Calabaza"))
    hidden = await piece.client.post(f"/v1/products/{draft['id']}/diagnoses", json=tomatoes(), headers=coordinator)
    assert hidden.status_code == 404
    nul = await piece.client.post(address, json=tomatoes(note="a\0b"), headers=farmer)
    assert nul.status_code == 422


async def test_a_draft_is_thrown_away_and_what_was_published_is_not(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    assert (await piece.client.post(f"/v1/diagnoses/{made['id']}/withdraw", headers=farmer)).status_code == 409
    assert (await piece.client.delete(f"/v1/diagnoses/{made['id']}", headers=farmer)).status_code == 204
    assert (await piece.client.get(f"/v1/diagnoses/{made['id']}", headers=farmer)).status_code == 404
    made = await diagnosed(piece, farmer, jitomate["id"])
    await told(piece, "POST", f"/v1/diagnoses/{made['id']}/publish", farmer)
    refused = await piece.client.delete(f"/v1/diagnoses/{made['id']}", headers=farmer)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:trama:problem:was-published")
    nothing: Json = {"work": [], "inputs": [], "energy": [], "transport": [], "depreciation": []}
    none_left = await piece.client.patch(
        f"/v1/diagnoses/{made['id']}", json=nothing, headers={**farmer, "if-match": "*"}
    )
    assert none_left.json()["errors"][0]["pointer"] == "/work"
    free = {**nothing, "work": [{"task": "Gratis", "hours": "3", "wage": pesos("0.00")}]}
    await told(piece, "PATCH", f"/v1/diagnoses/{made['id']}", {**farmer, "if-match": "*"}, json=free)
    refused = await piece.client.post(f"/v1/diagnoses/{made['id']}/publish", headers=farmer)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:trama:problem:nothing-costs")


async def test_the_charts_are_drawings_with_the_same_figures_in_words(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    named = tomatoes(season=season("<Primavera> & verano"))
    made = await diagnosed(piece, farmer, jitomate["id"], named)
    await told(piece, "POST", f"/v1/diagnoses/{made['id']}/publish", farmer)
    spanish = {"accept-language": "es"}
    for address in (f"/v1/diagnoses/{made['id']}/chart", f"/v1/products/{jitomate['id']}/diagnoses/chart"):
        drawn = await piece.client.get(address, headers=spanish)
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert drawn.headers["vary"] == "accept-language"
        words = "".join(ElementTree.fromstring(drawn.text).itertext())
        assert "Trabajo" in words
        assert "<Primavera> & verano" in words
        again = await piece.client.get(address, headers={**spanish, "if-none-match": drawn.headers["etag"]})
        assert again.status_code == 304
    empty = await piece.client.get(f"/v1/products/{uuid4()}/diagnoses/chart")
    assert ElementTree.fromstring(empty.text).tag.endswith("svg")


async def test_a_list_makes_as_many_queries_for_many_seasons_as_for_one(
    piece: Piece, farmer: Headers, jitomate: Json
) -> None:
    address = f"/v1/products/{jitomate['id']}/diagnoses"
    counts = []
    for year in range(2020, 2023):
        await diagnosed(piece, farmer, jitomate["id"], tomatoes(season=season(f"PV {year}", year)))
        with piece.counted_queries() as statements:
            await told(piece, "GET", address, farmer)
        counts.append(len(statements))
    assert len(set(counts)) == 1
    first = await told(piece, "GET", f"{address}?limit=2", farmer)
    assert [one["season"]["name"] for one in first["items"]] == ["PV 2022", "PV 2021"]
    rest = await told(piece, "GET", f"{address}?limit=2&after={first['next']}", farmer)
    assert [one["season"]["name"] for one in rest["items"]] == ["PV 2020"]
    assert (await piece.client.get(f"{address}?after=W10")).status_code == 422


async def test_what_was_written_down_is_never_changed(piece: Piece, farmer: Headers, jitomate: Json) -> None:
    await diagnosed(piece, farmer, jitomate["id"])
    for table in ("diagnosis_versions", "diagnosis_costs", "diagnosis_observations"):
        async with piece.database.transaction() as work:
            with pytest.raises(DBAPIError, match="never changed"):
                await work.execute(text(f"UPDATE {table} SET version = version"))


async def test_nothing_is_left_of_an_erased_members_costs(
    piece: Piece, spy: Spy, farmer: Headers, jitomate: Json, admitted: UUID
) -> None:
    made = await diagnosed(piece, farmer, jitomate["id"])
    await told(piece, "POST", f"/v1/diagnoses/{made['id']}/publish", farmer)
    held = await told(piece, "GET", f"/v1/personal-data/{admitted}", farmer)
    assert len(held["holdings"]["diagnosis_costs"]) == 9
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=9)
    assert (await spy.next(DiagnosisWithdrawn, UUID(made["id"]))).version == 3
    await eventually(lambda: rows(piece, "SELECT 1 FROM diagnoses"), lambda found: not found)
    assert await rows(piece, "SELECT 1 FROM diagnosis_costs") == []
