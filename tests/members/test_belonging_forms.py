"""What each kind is asked when it applies."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece
from tests.members.conftest import SIGNED_FOR, Office

ASKS = {
    "tax_id": "required",
    "questions": [
        {"code": "how_heard", "text": {"es": "¿Cómo supiste?", "en": "How did you hear?"}, "required": True},
        {"code": "hectares", "text": {"es": "¿Cuántas hectáreas?"}, "kind": "number"},
        {"code": "organic", "text": {"es": "¿Orgánico?"}, "kind": "yes_no"},
        {
            "code": "place",
            "text": {"es": "¿Dónde vendes?"},
            "kind": "choice",
            "options": [{"code": "market", "text": {"es": "Mercado"}}, {"code": "home", "text": {"es": "Casa"}}],
        },
    ],
}


async def put(office: Office, kind: str, body: dict[str, Any], tag: str = "*", **headers: str) -> Any:
    return await office.piece.client.put(
        f"/v1/application-forms/{kind}", json=body, headers={**office.coordinator, "if-match": tag, **headers}
    )


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_anyone_reads_what_each_kind_is_asked_in_their_language(office: Office, piece: Piece) -> None:
    answer = await piece.client.get("/v1/application-forms", headers={"accept-language": "es"})
    forms = {form["kind"]: form for form in answer.json()["items"]}
    assert len(forms) == 10
    asked = {one["name"]: (one["asked"], one["text"]) for one in forms["cooperative"]["particulars"]}
    assert asked["tax_id"] == ("optional", "Número fiscal (RFC, NIF, RUC)")
    assert {one["asked"] for form in forms.values() for one in form["particulars"]} == {"optional"}
    await put(office, "producer", ASKS)
    for language, said in (("en", "How did you hear?"), ("es", "¿Cómo supiste?")):
        form = (await piece.client.get("/v1/application-forms/producer", headers={"accept-language": language})).json()
        assert form["questions"][0]["text"] == said
        # Where a question is not written in it, in the network's own.
        assert form["questions"][1]["text"] == "¿Cuántas hectáreas?"


@pytest.mark.parametrize(
    ("missing", "pointer"),
    [
        ({"tax_id": None}, "/tax_id"),
        ({"representative": None}, "/representative"),
        ({"representative": {"name": "Rosa"}}, "/representative/document"),
        ({"representative": {"name": "!", "document": "1"}}, "/representative/name"),
        ({"address": {"street": "Hidalgo 1"}}, "/address/town"),
        ({"address": {"street": "Hidalgo 1", "town": "León", "country": "1A"}}, "/address/country"),
        ({"country": "ESP"}, "/country"),
        ({"country": "1A"}, "/country"),
        ({"answers": {"shoe_size": 42}}, "/answers/shoe_size"),
        ({"answers": "none"}, "/answers"),
    ],
)
async def test_what_a_person_in_law_leaves_out_is_named(office: Office, missing: dict[str, Any], pointer: str) -> None:
    for kind in ("cooperative", "enterprise", "association", "public_body"):
        put_answer = await put(office, kind, {"tax_id": "required", "representative": "required"})
        assert put_answer.status_code == 200, put_answer.text
        answer = await office.apply(kind=kind, **missing)
        assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_what_is_given_is_kept_and_shown(office: Office) -> None:
    address = {"street": " Calle  Hidalgo 12 ", "town": "Querétaro", "postal_code": "76000"}
    answer = await office.apply(kind="cooperative", address=address, country="MX")
    assert answer.status_code == 201, answer.text
    assert answer.json()["address"] == {**address, "street": "Calle Hidalgo 12", "country": None}
    assert answer.json()["representative"] == SIGNED_FOR["representative"]
    assert (answer.json()["country"], answer.json()["tax_id"]) == ("MX", "COO980101AB1")


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({"tax_id": "B24555120", "country": "ES"}, "B24555120"),
        ({"tax_id": "ES-B24555120"}, "ESB24555120"),
        ({"tax_id": "X1234567L", "country": "ES"}, "X1234567L"),
        ({"tax_id": "EC 1791555015001"}, "EC1791555015001"),
        ({"tax_id": "MX GODE561231GR8"}, "GODE561231GR8"),
        ({"tax_id": "FR 12 345678901", "country": "FR"}, "FR12345678901"),
        ({"tax_id": "B24555120"}, None),
        ({"tax_id": "ESB24555121"}, None),
        ({"tax_id": "GODE561231GR8", "country": "ES"}, None),
        ({"tax_id": "nothing", "country": "FR"}, None),
    ],
)
async def test_foreigners_have_the_tax_id_of_their_country(
    office: Office, change: dict[str, str], taken: str | None
) -> None:
    answer = await office.apply(**change)
    if taken is None:
        assert (answer.status_code, pointers(answer)) == (422, ["/tax_id"])
    else:
        assert (answer.status_code, answer.json()["tax_id"]) == (201, taken)


async def test_answers_keep_the_version_that_they_answered(office: Office) -> None:
    assert (await put(office, "producer", ASKS, '"0"')).json()["version"] == 1
    said = {"how_heard": " Radio ", "hectares": 3, "organic": False, "place": "market"}
    answer = await office.apply(kind="producer", tax_id="GODE561231GR8", answers=said)
    assert answer.status_code == 201, answer.text
    address = f"/v1/members/{answer.json()['id']}"
    assert (await put(office, "producer", {}, '"1"')).json()["version"] == 2
    kept = (await office.piece.client.get(address, headers=office.coordinator)).json()
    assert (kept["answers"], kept["form_version"]) == ({**said, "how_heard": "Radio"}, 1)
    old = await office.piece.client.get("/v1/application-forms/producer", params={"version": 1})
    assert [question["code"] for question in old.json()["questions"]] == ["how_heard", "hectares", "organic", "place"]
    usual = await office.piece.client.get("/v1/application-forms/producer", params={"version": 0})
    unknown = await office.piece.client.get("/v1/application-forms/producer", params={"version": 9})
    assert (usual.json()["questions"], unknown.status_code) == ([], 404)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"tax_id": None}, "/tax_id"),
        ({"answers": {}}, "/answers/how_heard"),
        ({"answers": {"how_heard": "  "}}, "/answers/how_heard"),
        ({"answers": {"how_heard": "x" * 2001}}, "/answers/how_heard"),
        ({"answers": {"how_heard": 3}}, "/answers/how_heard"),
        ({"answers": {"how_heard": "x", "hectares": "many"}}, "/answers/hectares"),
        ({"answers": {"how_heard": "x", "hectares": True}}, "/answers/hectares"),
        ({"answers": {"how_heard": "x", "organic": "yes"}}, "/answers/organic"),
        ({"answers": {"how_heard": "x", "place": "street"}}, "/answers/place"),
        ({"answers": {"how_heard": "x", "colour": "green"}}, "/answers/colour"),
    ],
)
async def test_an_answer_that_does_not_fit_is_named(office: Office, change: dict[str, Any], pointer: str) -> None:
    await put(office, "producer", ASKS)
    said = {"kind": "producer", "tax_id": "GODE561231GR8", "answers": {"how_heard": "x"}, **change}
    answer = await office.apply(**said)
    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


def question(**changes: Any) -> dict[str, Any]:
    return {"questions": [{"code": "one", "text": {"es": "¿?"}}, {"code": "two", "text": {"es": "¿?"}, **changes}]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tax_id": "never"}, "/tax_id"),
        ({"shoe_size": "required"}, "/shoe_size"),
        (question(code="Two"), "/questions/1/code"),
        (question(code="one"), "/questions/1/code"),
        (question(text={}), "/questions/1/text"),
        (question(text={"es": " "}), "/questions/1/text"),
        (question(kind="colour"), "/questions/1/kind"),
        (question(kind="choice"), "/questions/1/options"),
        (question(options=[{"code": "a", "text": {"es": "a"}}]), "/questions/1/options"),
        (question(kind="choice", options=[{"code": "a", "text": {}}]), "/questions/1/options/0/text"),
        (question(kind="choice", options=[{"code": "a", "text": {"es": "a"}}] * 2), "/questions/1/options/1/code"),
    ],
)
async def test_a_form_that_can_not_be_asked_is_refused(office: Office, body: dict[str, Any], pointer: str) -> None:
    answer = await put(office, "person", body)
    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_forms_are_changed_by_coordinators_who_read_them_first(office: Office, piece: Piece) -> None:
    address = "/v1/application-forms/person"
    blind = await piece.client.put(address, json=ASKS, headers=office.coordinator)
    assert blind.status_code == 428
    first = await put(office, "person", ASKS, '"0"')
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    late = await put(office, "person", {}, '"0"')
    assert (late.status_code, late.json()["type"]) == (412, "urn:trama:problem:changed-meanwhile")
    again = await put(office, "person", ASKS, '"1"')
    assert again.json()["version"] == 1
    family = await piece.client.put(address, json=ASKS, headers={**office.of(uuid4()), "if-match": "*"})
    unknown = await piece.client.put(
        "/v1/application-forms/club", json=ASKS, headers={**office.coordinator, "if-match": "*"}
    )
    assert (family.status_code, unknown.status_code) == (403, 422)
    with pytest.raises(IntegrityError):
        async with piece.database.transaction() as work:
            await work.execute(text("UPDATE application_forms SET version = 7"))


async def test_a_family_applies_with_what_it_always_needed(office: Office) -> None:
    answer = await office.apply(id=str(mine := uuid4()))
    assert (answer.status_code, UUID(answer.json()["id"])) == (201, mine)
