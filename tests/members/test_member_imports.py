"""A list of members that was kept elsewhere is taken in, once, however often it is sent."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from contracts.members import MemberAdmitted
from kit import sheets
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from members.imports import repository
from tests.members.conftest import Office

SPANISH = (
    "N.º de socio",
    "Tipo",
    "Nombre",
    "Correo electrónico",
    "Teléfono",
    "RFC",
    "Idioma",
    "Fecha de alta",
    "Estado",
)
LIST = [
    ("QRO-2019-0007", "Familia", "Familia Muñoz", "munoz@queretaro.example", "442 123 4567", "", "español", "01/03/2019", "Activo"),
    ("12", "Productora", "Huerta La Milpa", "milpa@queretaro.example", "", "GODE561231GR8", "hñähñu", "2015-07-01", ""),
    ("", "Asociación", "Vecinas del Barrio", "vecinas@queretaro.example", "", "", "", "", "alta"),
    ("9", "Persona", "Ana Sol", "ana@queretaro.example", "", "", "", "2012-01-31", "Suspendida"),
]  # fmt: skip


async def send(
    office: Office, rows: Sequence[Sequence[str]], header: Sequence[str] = SPANISH, *, dry_run: bool = False
) -> Any:
    return await send_file(office, sheets.write_csv(header, rows), dry_run=dry_run)


async def send_file(office: Office, body: bytes, *, dry_run: bool = False, language: str = "es") -> Any:
    return await office.piece.client.post(
        "/v1/members/imports",
        params={"dry_run": dry_run},
        content=body,
        headers={**office.coordinator, "accept-language": language},
    )


def counts(answer: Any) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["created"], body["updated"], body["unchanged"], len(body["refused"])


async def members(office: Office) -> dict[str, dict[str, Any]]:
    answer = await office.piece.client.get("/v1/members", headers=office.coordinator)
    return {member["name"]: member for member in answer.json()["items"]}


async def everything(piece: Piece) -> list[Any]:
    """All that an import could have touched. Of events it is which there are: the relay writes beside them."""
    tables = ("members", "users", "acting", "standing_facts", "counters", "member_numbers")
    statements = [*(f"SELECT * FROM {table}" for table in tables), "SELECT id FROM outbox"]
    async with piece.database.reading() as connection:
        found = [(await connection.execute(text(statement))).all() for statement in statements]
    return [sorted(map(str, rows)) for rows in found]


async def test_members_come_in_as_admitted_with_their_number_and_day(office: Office, piece: Piece, spy: Spy) -> None:
    assert counts(await send(office, LIST)) == (4, 0, 0, 0)
    found = await members(office)
    family = found["Familia Muñoz"]
    assert (family["number"], family["kind"], family["status"]) == ("QRO-2019-0007", "household", "active")
    assert (family["joined_on"], family["phone"], family["language"]) == ("2019-03-01", "+524421234567", "es")
    assert (found["Huerta La Milpa"]["number"], found["Huerta La Milpa"]["language"]) == ("12", "otq")
    assert found["Ana Sol"]["status"] == "suspended"
    year = datetime.now(UTC).year
    assert found["Vecinas del Barrio"]["number"].startswith(f"QRO-{year}-")
    told = await spy.next(MemberAdmitted, UUID(family["id"]))
    assert (told.data.number, told.data.status) == ("QRO-2019-0007", "active")
    async with piece.database.reading() as connection:
        users = (await connection.execute(text("SELECT email, password_hash FROM users ORDER BY email"))).all()
    assert [user.email for user in users] == sorted(row[3] for row in LIST)
    assert {user.password_hash for user in users} == {None}


async def test_the_same_file_twice_changes_nothing(office: Office, piece: Piece) -> None:
    await send(office, LIST)
    before = await everything(piece)
    assert counts(await send(office, LIST)) == (0, 0, 4, 0)
    as_workbook = sheets.write_xlsx("socios", SPANISH, LIST)
    assert counts(await send_file(office, as_workbook)) == (0, 0, 4, 0)
    assert await everything(piece) == before


async def test_a_dry_run_says_the_same_and_does_nothing(office: Office, piece: Piece) -> None:
    rows = [*LIST, ("", "Club", "X", "x@queretaro.example", "", "", "", "", ""), LIST[1]]
    before = await everything(piece)
    told = await send(office, rows, dry_run=True)
    assert await everything(piece) == before
    done = await send(office, rows)
    assert (told.json()["dry_run"], done.json()["dry_run"]) == (True, False)
    assert {**told.json(), "dry_run": None} == {**done.json(), "dry_run": None}
    assert counts(done) == (4, 0, 0, 2)


async def test_a_changed_row_changes_its_member_with_a_trace(office: Office) -> None:
    await send(office, LIST)
    changed = [(*LIST[0][:2], "Familia Muñoz Ávila", LIST[0][3], "442 765 4321", *LIST[0][5:]), *LIST[1:]]
    assert counts(await send(office, changed)) == (0, 1, 3, 0)
    family = (await members(office))["Familia Muñoz Ávila"]
    assert family["phone"] == "+524427654321"
    trace = await office.piece.client.get(f"/v1/members/{family['id']}/changes", headers=office.coordinator)
    assert {one["field"] for one in trace.json()["items"]} == {"name", "phone"}
    assert counts(await send(office, changed)) == (0, 0, 4, 0)


async def test_what_was_taken_away_comes_back_unchanged(office: Office) -> None:
    await office.admit(name="=Familia", phone="+52 442 123 4567", tax_id="GODE561231GR8")
    await office.admit(kind="cooperative", address={"street": "Hidalgo 1", "town": "Tolimán", "postal_code": "76600"})
    for accept in (sheets.CSV, sheets.XLSX):
        taken = await office.piece.client.get("/v1/members/export", headers={**office.coordinator, "accept": accept})
        assert counts(await send_file(office, taken.content)) == (0, 0, 2, 0)


async def test_english_headings_other_separators_and_encodings_are_read(office: Office) -> None:
    body = "Member number;Kind;Full name;E-mail;Joined;City;Shoe size\r\n3;household;Muñoz;m@x.example;2019-03-01;León;42\r\n"
    answer = await send_file(office, body.encode("cp1252"), language="en")
    assert counts(answer) == (1, 0, 0, 0)
    assert answer.json()["ignored_columns"] == ["City", "Shoe size"]
    assert (await members(office))["Muñoz"]["number"] == "3"


async def test_the_series_goes_on_after_the_highest_number_that_came_in(office: Office) -> None:
    year = datetime.now(UTC).year
    series = f"QRO-{year}"
    rows = [
        (f"{series}-0041", "Familia", "Uno", "uno@x.example", "", "", "", "", ""),
        ("", "Familia", "Dos", "dos@x.example", "", "", "", "", ""),
    ]
    await send(office, rows)
    member_id = await office.admit()
    found = await members(office)
    assert found["Dos"]["number"] == f"{series}-0042"
    assert next(m["number"] for m in found.values() if m["id"] == str(member_id)) == f"{series}-0043"


def row(**changes: str) -> tuple[str, ...]:
    usual = dict(zip(SPANISH, ("", "Familia", "Luna", "luna@x.example", "", "", "", "", ""), strict=True))
    return tuple((usual | changes).values())


TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("bad", "column", "code"),
    [
        ({"Tipo": "Club"}, "Tipo", "word_unknown"),
        ({"Tipo": ""}, "Tipo", "missing"),
        ({"Nombre": ""}, "Nombre", "missing"),
        ({"Nombre": "¡!"}, "Nombre", "name_invalid"),
        ({"Nombre": "x" * 201}, "Nombre", "too_long"),
        ({"Correo electrónico": ""}, "Correo electrónico", "missing"),
        ({"Correo electrónico": "luna"}, "Correo electrónico", "email_invalid"),
        ({"Teléfono": "llámame"}, "Teléfono", "phone_invalid"),
        ({"RFC": "GODE561331GR8"}, "RFC", "tax_id_invalid"),
        ({"Idioma": "klingon"}, "Idioma", "word_unknown"),
        ({"Fecha de alta": TOMORROW}, "Fecha de alta", "date_in_future"),
        ({"Fecha de alta": "31/02/2019"}, "Fecha de alta", "not_a_day"),
        ({"Fecha de alta": "ayer"}, "Fecha de alta", "not_a_day"),
        ({"Fecha de alta": "01/01/1850"}, "Fecha de alta", "date_out_of_range"),
        ({"Estado": "quizás"}, "Estado", "word_unknown"),
        ({"N.º de socio": "a b"}, "N.º de socio", "number_invalid"),
        ({"N.º de socio": "7"}, "N.º de socio", "number_taken"),
        ({"N.º de socio": "8"}, "Nombre", "row_repeated"),
        ({"Nombre": "familia LUNA", "Correo electrónico": "LUNA@y.example"}, "Estado", "standing_differs"),
    ],
)
async def test_what_is_wrong_with_a_row_is_said_by_its_column_and_the_others_are_taken(
    office: Office, bad: dict[str, str], column: str, code: str
) -> None:
    # Number 7 was a member's who has another one now; another family is suspended.
    first = await office.admit()
    for number in ("7", "70"):
        await office.piece.client.patch(
            f"/v1/members/{first}", json={"number": number}, headers={**office.coordinator, "if-match": "*"}
        )
    second = await office.admit(name="Familia Luna", email="luna@y.example")
    await office.piece.client.post(f"/v1/members/{second}/suspend", headers=office.coordinator)
    good = row(**{"N.º de socio": "8", "Nombre": "Sol", "Correo electrónico": "sol@x.example"})
    bad = {**({"Estado": "activo"} if code == "standing_differs" else {}), **bad}
    answer = await send(office, [good, row(**bad)])
    assert counts(answer) == (1, 0, 0, 1)
    [refused] = answer.json()["refused"]
    assert (refused["row"], refused["column"], refused["code"]) == (3, column, code), refused
    assert refused["reason"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "file-empty", None),
        (b"Nombre;Correo\nLuna;luna@x.example\n", "column-missing", "/kind"),
        (b"PK\x03\x04 nothing", "not-xlsx", None),
        (b"\x00\x01\x02", "not-text", None),
        (b"kind,name,email\n" + b"family,x,x@x.example\n" * 5_001, "too-many-rows", None),
    ],
)
async def test_a_file_that_is_no_list_of_members_is_refused_whole(
    office: Office, body: bytes, code: str, pointer: str | None
) -> None:
    answer = await send_file(office, body)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:trama:problem:{code}")
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_lists_are_taken_from_coordinators_only(office: Office) -> None:
    body = sheets.write_csv(SPANISH, LIST)
    for headers, status in ((office.of(UUID(int=1)), 403), (office.treasurer, 403), ({}, 401)):
        answer = await office.piece.client.post("/v1/members/imports", content=body, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("guarded", [True, False])
async def test_two_who_send_the_same_list_at_once_bring_each_member_once(
    office: Office, piece: Piece, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        together = asyncio.Barrier(3)

        async def no_turn(_connection: Any) -> None:
            await together.wait()

        monkeypatch.setattr(repository, "take_turn", no_turn)
    # Without numbers, which the database itself would refuse to give twice.
    rows = [("", *row[1:]) for row in LIST]
    answers = await asyncio.gather(*(send(office, rows) for _ in range(3)))
    async with piece.database.reading() as connection:
        there = (await connection.execute(text("SELECT count(*) FROM members"))).scalar_one()
    if guarded:
        assert sorted(map(counts, answers)) == [(0, 0, 4, 0), (0, 0, 4, 0), (4, 0, 0, 0)]
        assert there == 4
    else:
        assert there > 4 or any(answer.status_code != 200 for answer in answers)


async def test_a_long_list_takes_a_fixed_number_of_statements(office: Office, piece: Piece) -> None:
    seen = []
    for start, size in ((0, 2), (100, 200)):
        rows = [("", "Familia", f"F{n}", f"f{n}@x.example", "", "", "", "", "") for n in range(start, start + size)]
        with piece.counted_queries() as statements:
            assert counts(await send(office, rows)) == (size, 0, 0, 0)
        seen.append(len(statements))
    assert seen[0] == seen[1]
