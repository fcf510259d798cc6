"""Members are found whatever way one writes their name, and taken away as a spreadsheet that runs nothing."""

from typing import Any

import pytest

from kit import sheets
from tests.members.conftest import Office


async def found(office: Office, **query: Any) -> list[str]:
    answer = await office.piece.client.get("/v1/members", params=query, headers=office.coordinator)
    assert answer.status_code == 200, answer.text
    return [member["name"] for member in answer.json()["items"]]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("munoz", ["Familia Muñoz Ávila"]),
        ("ÁVILA familia", ["Familia Muñoz Ávila"]),
        ("familia", ["Familia Muñoz Ávila", "Familia Xolotl"]),
        ("milpa@", ["Huerta La Milpa"]),
        ("0002", ["Familia Xolotl"]),
        ("munoz milpa", []),
        ("%", []),
        ("_", []),
        ("   ", ["Familia Muñoz Ávila", "Familia Xolotl", "Huerta La Milpa"]),
    ],
)
async def test_members_are_found_by_name_number_and_address_without_accents(
    office: Office, q: str, names: list[str]
) -> None:
    await office.admit(name="Familia Muñoz Ávila")
    await office.admit(name="Familia Xolotl")
    await office.apply(name="Huerta La Milpa", email="milpa@queretaro.example")
    assert await found(office, q=q) == names


async def test_members_are_found_by_the_day_on_which_they_joined(office: Office) -> None:
    for name, day in (("Old", "2019-05-01"), ("Older", "2012-01-31")):
        member_id = (await office.apply(name=name)).json()["id"]
        await office.piece.client.post(
            f"/v1/members/{member_id}/admit", json={"effective_on": day}, headers=office.coordinator
        )
    await office.apply(name="Applicant")
    assert await found(office, joined_from="2019-05-01") == ["Old"]
    assert await found(office, joined_until="2019-04-30") == ["Older"]
    assert await found(office, joined_from="2012-01-31", joined_until="2019-05-01", q="old", status="active") == [
        "Old",
        "Older",
    ]
    wrong = await office.piece.client.get("/v1/members", params={"joined_from": "May"}, headers=office.coordinator)
    assert wrong.status_code == 422


async def test_a_found_list_is_read_page_by_page(office: Office) -> None:
    for number in range(5):
        await office.apply(name=f"Sol {number}")
        await office.apply(name=f"Luna {number}")
    first = await office.piece.client.get("/v1/members", params={"q": "sol", "limit": 3}, headers=office.coordinator)
    rest = await office.piece.client.get(
        "/v1/members", params={"q": "sol", "limit": 3, "after": first.json()["next"]}, headers=office.coordinator
    )
    names = [member["name"] for page in (first, rest) for member in page.json()["items"]]
    assert names == [f"Sol {number}" for number in range(5)]


@pytest.mark.parametrize("accept", [sheets.CSV, sheets.XLSX])
async def test_the_list_is_taken_away_and_nothing_in_it_runs(office: Office, accept: str) -> None:
    await office.admit(name="=HYPERLINK(1)", phone="+52 442 123 4567", kind="producer")
    await office.admit(name="José Ñandú")
    answer = await office.piece.client.get(
        "/v1/members/export", params={"status": "active"}, headers={**office.coordinator, "accept": accept}
    )
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, accept)
    assert "attachment" in answer.headers["content-disposition"]
    table = sheets.read(answer.content)
    first, second = (dict(zip(table.header, cells, strict=False)) for _, cells in table.rows)
    assert (first["name"], first["phone"], first["kind"]) == ("'=HYPERLINK(1)", "'+524421234567", "producer")
    assert (second["name"], second["status"]) == ("José Ñandú", "active")
    assert second["joined_on"].startswith("20")


async def test_the_list_is_taken_away_by_coordinators_only(office: Office) -> None:
    member_id = await office.admit()
    for headers, status in ((office.of(member_id), 403), (office.treasurer, 403), ({}, 401), (office.coordinator, 200)):
        assert (await office.piece.client.get("/v1/members/export", headers=headers)).status_code == status
