"""What other pieces have to tell a member reaches it as a letter in its language, once."""

from uuid import uuid4

from sqlalchemy import text

from contracts.notices import CatalogNotice
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.members.conftest import Office


async def letters(piece: Piece) -> list[tuple[str, str, str]]:
    async with piece.database.reading() as connection:
        found = await connection.execute(text("SELECT recipient, subject, text FROM letters ORDER BY made_at"))
        return [tuple(row) for row in found]


async def test_a_notice_is_a_letter_in_the_members_language_once_and_none_to_a_stranger(
    office: Office, piece: Piece, spy: Spy
) -> None:
    member_id = await office.admit(email="luna@queretaro.example", language="en")
    before = len(await letters(piece))
    words = {"es": "Tu certificado vence", "en": "Your certificate ends"}
    notice = CatalogNotice(member_id=member_id, subject=words, text=words)
    for fact, subject in ((notice.model_copy(update={"member_id": uuid4()}), new_id()), (notice, new_id())):
        await spy.publish(fact, subject=subject)
        # A broker may bring an event twice.
        await spy.publish(fact, subject=subject)

    async def written() -> bool:
        return len(await letters(piece)) > before

    await eventually(written)
    assert (await letters(piece))[before:] == [
        ("luna@queretaro.example", "Your certificate ends", "Your certificate ends\n")
    ]
