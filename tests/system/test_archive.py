"""A member's archive has what every piece of the network keeps of it."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from demo.people import member_of
from tests.system.calling import Person

pytestmark = pytest.mark.system


def test_an_archive_has_what_each_piece_keeps(anyone: Person) -> None:
    member_id = member_of("queretaro", "laluna")
    producer = anyone.sign_in("laluna@queretaro.example", member_id=member_id)
    answer = producer.call("GET", f"/api/members/v1/members/{member_id}/archive")
    with ZipFile(BytesIO(answer.content)) as archive:
        rows = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert rows["index.json"]["rows"].keys() == {"members", "catalog", "orders", "directory"}
    assert rows["members/members.json"][0]["id"] == member_id
    assert {row["member_id"] for row in rows["catalog/products.json"]} == {member_id}
    assert {row["producer_id"] for row in rows["orders/offers.json"]} == {member_id}
    assert {row["owner_id"] for row in rows["directory/entities.json"]} == {member_id}
    stranger = anyone.sign_in("hernandez@queretaro.example")
    stranger.call("GET", f"/api/members/v1/members/{member_id}/archive", expect=404)
