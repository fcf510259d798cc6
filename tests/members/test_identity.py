"""What users are called and what they know: addresses, phone numbers, passwords."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.database import utc_now
from kit.errors import Invalid
from kit.testing.mail import Postbox
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from members.identity.known_passwords import COMMON, is_common, is_word_of
from members.identity.phones import phone_number, read
from members.identity.rules import SignInName, check_password
from tests.members.people import (
    ADMIN,
    admitted,
    apply,
    claims,
    sign_in,
    signed_in,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


@pytest.mark.parametrize(
    ("written", "country", "kept"),
    [
        ("442 123 4567", "MX", "+524421234567"),
        ("+52 (442) 123-4567", "ES", "+524421234567"),
        ("0052 442 123 4567", "ES", "+524421234567"),
        ("987 65 43 21", "ES", "+34987654321"),
        ("099 555 0105", "EC", "+593995550105"),
        (" 02/555 0101 ", "EC", "+59325550101"),
    ],
)
def test_a_phone_number_has_one_form_however_it_is_written(written: str, country: str, kept: str) -> None:
    assert phone_number(written, country) == kept
    assert phone_number(kept, country) == kept


@pytest.mark.parametrize(
    "wrong",
    ["", "call me", "12", "+52 442", "1-800-FLOWERS", "442 123 4567 ext 5", "+999 12345678", "4" * 40, "٤٤٢١٢٣٤٥٦٧"],
)
def test_what_is_no_phone_number_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(Invalid, match=r"\+52 442") as refused:
        phone_number(wrong, "MX")
    assert refused.value.field == "/phone"


@given(st.text(max_size=60))
def test_any_text_is_a_name_that_somebody_may_have_typed(typed: str) -> None:
    name = SignInName.read(typed, "MX")
    assert (name.phone == "") or (name.email_key == "" and read(name.phone, "MX") == name.phone)


@pytest.mark.parametrize(
    "easy", ["12345678", "password", "PassWord", "password2026!", "aaaaaaaa", "qwertyuiop", "abababab", "iloveyou1"]
)
def test_the_first_passwords_that_anybody_tries_are_refused(easy: str) -> None:
    assert is_common(easy)
    with pytest.raises(Invalid, match="several words"):
        check_password(easy, LUNA)


@pytest.mark.parametrize("easy", ["LaCoope2026", "la-coope!", "Queretaro1", "luna.perez1", "lunaperez2026"])
def test_the_networks_name_and_ones_own_address_are_no_passwords(easy: str) -> None:
    with pytest.raises(Invalid, match="several words"):
        check_password(easy, "luna.perez@queretaro.example", words=["La Coope", "queretaro"])


@pytest.mark.parametrize(
    "good", ["nopales al sol", "trama-demo", "correct horse battery", "xk93jf02", "La Coope nos une"]
)
def test_others_are_taken(good: str) -> None:
    check_password(good, LUNA, words=["La Coope", "queretaro", ""])


def test_the_list_of_common_passwords_is_there() -> None:
    assert len(COMMON) > 10_000
    assert not is_word_of("", [""])


async def test_a_common_password_is_refused_with_its_place(piece: Piece) -> None:
    answer = await apply(piece, LUNA, password="password1")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:password-common")
    assert answer.json()["errors"][0]["pointer"] == "/password"


async def test_either_name_signs_in_however_it_is_written(piece: Piece) -> None:
    await admitted(piece, LUNA, phone="442 123 4567")
    for name in (LUNA, "LUNA@queretaro.example", "442 123 4567", "+52 (442) 123-4567"):
        assert (await claims(piece, await signed_in(piece, name)))["phone"] == "+524421234567"


async def test_guesses_by_address_and_by_phone_count_together(piece: Piece) -> None:
    await admitted(piece, LUNA, phone="442 123 4567")
    instant = utc_now()
    piece.database.clock = lambda: instant
    for name in (LUNA, "442 123 4567") * (rules.FREE_ATTEMPTS // 2):
        assert (await sign_in(piece, name, "wrong")).status_code == 401
    assert (await sign_in(piece, LUNA)).status_code == 429
    assert (await sign_in(piece, "442 123 4567")).status_code == 429


async def test_a_phone_number_is_one_users_and_the_second_applicant_is_not_told(piece: Piece) -> None:
    await admitted(piece, LUNA, phone="442 123 4567")
    second = await apply(piece, SOL, phone="+524421234567")
    assert (second.status_code, second.json()["phone"]) == (201, "+524421234567")
    assert (await claims(piece, await signed_in(piece, "442 123 4567")))["email"] == LUNA
