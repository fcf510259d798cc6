"""What the catalog keeps of a member is told whole, and forgotten."""

from uuid import UUID

from catalog.privacy.repository import HOLDINGS, NOBODYS
from catalog.tables import Base
from contracts.catalog import ProductWithdrawn
from contracts.members import MemberErased
from kit.personal import unaccounted
from kit.tables import service_metadata
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, create


def test_each_table_is_told_of_or_said_to_hold_nothing_about_a_member() -> None:
    kits = service_metadata().tables.keys()
    assert unaccounted(Base.metadata, HOLDINGS, dict.fromkeys(kits, "the kit's") | NOBODYS) == set()
    assert unaccounted(Base.metadata, HOLDINGS[1:], dict.fromkeys(kits, "the kit's") | NOBODYS) == {"producers"}


async def test_a_member_is_told_all_of_its_own_and_nothing_of_others(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    await create(piece, farmer, publish=True)
    answer = await piece.client.get(f"/v1/personal-data/{admitted}", headers=farmer)
    assert answer.status_code == 200
    holdings = answer.json()["holdings"]
    assert set(holdings) == {holding.name for holding in HOLDINGS}
    assert [product["member_id"] for product in holdings["products"]] == [str(admitted)]
    assert holdings["member"][0]["name"] == "Rancho El Mezquite"
    assert len(holdings["movements"]) == len(holdings["stock"]) == 1

    stranger = tokens.actor(roles=["member", "coordinator"], members=[])
    refused = await piece.client.get(f"/v1/personal-data/{admitted}", headers=stranger)
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:trama:problem:member-unknown")
    admin = tokens.actor(roles=["admin"], members=[])
    assert (await piece.client.get(f"/v1/personal-data/{admitted}", headers=admin)).json() == answer.json()


async def test_an_erased_member_offers_nothing_and_has_no_name(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=9)
    event = await spy.next(ProductWithdrawn, UUID(made["id"]))
    assert event.data.product_id == UUID(made["id"])
    holdings = (await piece.client.get(f"/v1/personal-data/{admitted}", headers=farmer)).json()["holdings"]
    assert (holdings["member"][0]["name"], holdings["member"][0]["status"]) == ("—", "left")
    assert (holdings["products"][0]["description"], holdings["products"][0]["name"]) == ("", made["name"])
