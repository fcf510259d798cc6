"""What the directory keeps of a member is told whole, and forgotten."""

from uuid import UUID

from contracts.directory import EntityWithdrawn
from contracts.members import MemberAdmitted, MemberErased
from directory.base import Base
from directory.privacy.repository import HOLDINGS, NOBODYS
from kit.personal import unaccounted
from kit.tables import service_metadata
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.directory.test_entities import Owner, listed, publish, told


def test_each_table_is_told_of_or_said_to_hold_nothing_about_a_member() -> None:
    kits = service_metadata().tables.keys()
    assert unaccounted(Base.metadata, HOLDINGS, dict.fromkeys(kits, "the kit's") | NOBODYS) == set()
    assert unaccounted(Base.metadata, HOLDINGS[1:], dict.fromkeys(kits, "the kit's") | NOBODYS) == {"owners"}


async def test_an_erased_members_entries_are_told_withdrawn_and_are_gone(
    piece: Piece, steward: dict[str, str], tokens: Tokens, spy: Spy
) -> None:
    owner = Owner(piece, tokens)
    await spy.publish(told(owner.member, "active", MemberAdmitted), subject=owner.member, version=2)
    entity = await publish(piece, steward, await owner.enter())
    await owner.enter()
    other = Owner(piece, tokens)
    stays = await publish(piece, steward, await other.enter())
    own = f"/v1/personal-data/{owner.member}"
    before = (await piece.client.get(own, headers=owner.headers)).json()["holdings"]
    assert [len(before["member"]), len(before["entities"])] == [1, 2]
    assert (await piece.client.get(own, headers=other.headers)).status_code == 404

    await spy.publish(MemberErased(member_id=owner.member), subject=owner.member, version=3)
    await spy.next(EntityWithdrawn, UUID(entity["id"]))
    after = (await piece.client.get(own, headers=owner.headers)).json()["holdings"]
    assert after == {"member": [], "entities": []}
    assert await listed(piece) == [stays["id"]]
