"""Getting in by phone, by a code, by a new password; and that nobody learns who has an account."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from kit.database import utc_now
from kit.errors import Invalid
from kit.testing.mail import Postbox, text_of
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from members.identity.known_passwords import COMMON, is_common, is_word_of
from members.identity.phones import phone_number, read
from members.identity.rules import SignInName, check_password
from tests.members.people import (
    ADMIN,
    ADMIN_EMAIL,
    PASSWORD,
    admitted,
    apply,
    bearer,
    claims,
    code,
    link,
    refresh,
    sign_in,
    signed_in,
    with_code,
)

LUNA = "luna@queretaro.example"
SOL = "sol@queretaro.example"
NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def ask(piece: Piece, place: str, username: str) -> httpx.Response:
    return await piece.client.post(f"/v1/{place}", json={"username": username})


# Phone numbers and names.


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


# Passwords.


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


# Codes.


async def test_a_code_sent_by_letter_signs_in_once(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    asked = await ask(piece, "token/codes", LUNA)
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 600})
    secret = await code(postbox, LUNA, 2)
    first = await with_code(piece, LUNA, f"{secret[:3]} {secret[3:]}")
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    assert (await claims(piece, bearer(first)))["email"] == LUNA
    assert (await with_code(piece, LUNA, secret)).status_code == 401


async def test_a_code_used_many_times_at_once_signs_in_once(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 2)
    answers = await asyncio.gather(*(with_code(piece, LUNA, secret) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_a_code_is_good_for_few_guesses_ten_minutes_and_its_own_user(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    await admitted(piece, SOL)
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 2)
    wrong = f"{(int(secret) + 1) % 1_000_000:06d}"
    assert (await with_code(piece, SOL, secret)).status_code == 401
    for _ in range(rules.MOST_TRIES):
        assert (await with_code(piece, LUNA, wrong)).status_code == 401
    assert (await with_code(piece, LUNA, secret)).status_code == 401
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 3)
    piece.database.clock = lambda: utc_now() + timedelta(minutes=10, seconds=1)
    assert (await with_code(piece, LUNA, secret)).status_code == 401


async def test_a_new_code_takes_the_place_of_the_one_before(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    for _ in range(2):
        await ask(piece, "token/codes", LUNA)
    first, second = await code(postbox, LUNA, 2), await code(postbox, LUNA, 3)
    assert first == second or (await with_code(piece, LUNA, first)).status_code == 401
    assert (await with_code(piece, LUNA, second)).status_code == 200


async def test_neither_code_nor_link_can_be_read_in_the_database(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "token/codes", ADMIN_EMAIL)
    await ask(piece, "password-resets", ADMIN_EMAIL)
    secret, (_, reset) = await code(postbox, ADMIN_EMAIL), await link(postbox, ADMIN_EMAIL, 2)
    async with piece.database.reading() as connection:
        kept = "".join((await connection.execute(text("SELECT tickets::text FROM tickets"))).scalars())
    assert reset not in kept
    assert secret.encode().hex() not in kept


@pytest.mark.parametrize("wrong", ["", "abc", "0" * 100, "१२३४५६"])
async def test_what_is_no_code_is_refused(piece: Piece, wrong: str) -> None:
    await ask(piece, "token/codes", ADMIN_EMAIL)
    answer = await with_code(piece, ADMIN_EMAIL, wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


async def test_a_code_gets_nobody_in_who_may_not_sign_in(piece: Piece, postbox: Postbox) -> None:
    await apply(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    answer = await with_code(piece, LUNA, await code(postbox, LUNA, 2))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:trama:problem:not-admitted-yet")


# That nobody learns who has an account.


async def same_work(piece: Piece, do: Callable[[str], Any], *names: str) -> list[tuple[int, Any, list[str]]]:
    """Status, body and statements of the same thing done in each name."""
    found: list[tuple[int, Any, list[str]]] = []
    for name in names:
        with piece.counted_queries() as statements:
            answer = await do(name)
        found.append((answer.status_code, answer.json(), list(statements)))
    return found


@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
async def test_a_known_and_an_unknown_name_are_answered_alike_after_the_same_statements(
    piece: Piece, postbox: Postbox, place: str
) -> None:
    known, unknown = await same_work(piece, lambda name: ask(piece, place, name), ADMIN_EMAIL, NOBODY)
    assert known == unknown
    await postbox.next(ADMIN_EMAIL)
    await ask(piece, place, ADMIN_EMAIL)
    await postbox.next(ADMIN_EMAIL, count=2)
    assert {letter["To"] for letter in postbox.letters} == {ADMIN_EMAIL}


async def test_a_wrong_code_is_answered_alike_for_known_and_unknown_names(piece: Piece) -> None:
    for name in (ADMIN_EMAIL, NOBODY):
        await ask(piece, "token/codes", name)
    known, unknown = await same_work(piece, lambda name: with_code(piece, name, "000000"), ADMIN_EMAIL, NOBODY)
    assert known == unknown


async def test_an_application_with_a_taken_address_is_answered_like_any_other(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)

    async def applying(name: str) -> httpx.Response:
        return await apply(piece, name, name="Familia Sol", password="otra cosa muy larga")

    known, unknown = await same_work(piece, applying, "LUNA@queretaro.example", SOL)
    changing = {"id", "email", "applied_at"}
    for body in (known[1], unknown[1]):
        assert changing <= body.keys()
    assert (known[0], {k: v for k, v in known[1].items() if k not in changing}) == (
        unknown[0],
        {k: v for k, v in unknown[1].items() if k not in changing},
    )
    assert known[2] == unknown[2]
    async with piece.database.reading() as connection:
        users = await connection.execute(
            text("SELECT count(*) FROM users WHERE lower(email) = :email"), {"email": LUNA}
        )
        assert users.scalar_one() == 1
    assert "with your address" in text_of(await postbox.next(LUNA, count=2)) or "con tu correo" in text_of(
        await postbox.next(LUNA, count=2)
    )


async def test_neither_sending_it_again_nor_signing_in_tells_that_the_address_was_taken(piece: Piece) -> None:
    await admitted(piece, LUNA)
    applied = [
        {"id": str(uuid4()), "email": email, "password": "otra cosa muy larga", "kind": "person", "name": "X 1"}
        for email in (LUNA, SOL)
    ]
    for body in applied:
        for _ in range(2):
            assert (await piece.client.post("/v1/members", json=body)).status_code == 201
        other = await piece.client.post("/v1/members", json={**body, "password": "noch etwas anderes"})
        assert other.status_code == 409
    known, unknown = [await sign_in(piece, str(body["email"]), "otra cosa muy larga") for body in applied]
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.json()["type"] == "urn:trama:problem:not-admitted-yet"
    assert (await sign_in(piece, LUNA)).status_code == 200, "the password of the address's owner stays good"


async def test_once_it_is_decided_nobody_can_guess_at_a_password_by_sending_the_application_again(piece: Piece) -> None:
    member_id = await admitted(piece, LUNA)
    again = await apply(piece, LUNA, id=member_id)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:id-taken")


async def test_the_owner_of_a_taken_address_may_act_for_the_new_member_too(piece: Piece, postbox: Postbox) -> None:
    first = await admitted(piece, LUNA)
    second = await admitted(piece, LUNA, kind="producer", name="Milpa Luna", password="otra cosa muy larga")
    assert (await sign_in(piece, LUNA, "otra cosa muy larga")).status_code == 401
    assert [m["id"] for m in (await claims(piece, await signed_in(piece, LUNA)))["members"]] == [first]
    place, secret = await link(postbox, LUNA, 2)
    confirmed = await piece.client.post(f"/v1/{place}/{secret}")
    assert (place, confirmed.json()) == ("confirmations", {"member_id": second})
    found = await claims(piece, await signed_in(piece, LUNA))
    assert ({m["id"] for m in found["members"]}, found["roles"]) == ({first, second}, ["member", "producer"])
    assert (await piece.client.post(f"/v1/{place}/{secret}")).status_code == 404


async def test_an_applicant_confirms_the_address_and_keeps_the_password(piece: Piece, postbox: Postbox) -> None:
    member_id = await admitted(piece, LUNA)
    place, secret = await link(postbox, LUNA)
    assert (await piece.client.post(f"/v1/{place}/{secret}")).json() == {"member_id": member_id}
    async with piece.database.reading() as connection:
        found = await connection.execute(text("SELECT email_confirmed_at FROM users WHERE email = :e"), {"e": LUNA})
        assert found.scalar_one() is not None
    assert (await sign_in(piece, LUNA)).status_code == 200


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Your application"), ("es", "Tu solicitud"), ("qu", "Tu solicitud")]
)
async def test_letters_are_in_the_readers_language_or_the_networks(
    piece: Piece, postbox: Postbox, language: str, subject: str
) -> None:
    await apply(piece, LUNA, language=language)
    assert (await postbox.next(LUNA))["Subject"].startswith(subject)


async def test_nobody_is_written_to_again_and_again_by_applying_in_their_name(piece: Piece) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [await apply(piece, LUNA) for _ in range(rules.FREE_LETTERS_ANYWHERE + 1)]
    assert [answer.status_code for answer in answers] == [201] * rules.FREE_LETTERS_ANYWHERE + [429]


@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
@pytest.mark.parametrize("name", [ADMIN_EMAIL, NOBODY])
async def test_letters_that_are_asked_for_are_slowed_for_any_name(piece: Piece, place: str, name: str) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [await ask(piece, place, name) for _ in range(rules.FREE_LETTERS + 1)]
    assert [answer.status_code for answer in answers] == [202] * rules.FREE_LETTERS + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("body", [{}, {"username": ""}, {"username": "x" * 1001}, {"username": LUNA, "more": 1}])
@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
async def test_a_request_without_a_name_is_refused(piece: Piece, place: str, body: dict[str, Any]) -> None:
    answer = await piece.client.post(f"/v1/{place}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:invalid")


# A forgotten password.


async def test_a_reset_sets_the_password_ends_all_sessions_and_tells_the_owner(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    thief, phone = await sign_in(piece, LUNA), await sign_in(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    pending = await code(postbox, LUNA, 2)
    asked = await ask(piece, "password-resets", LUNA)
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 3600})
    place, secret = await link(postbox, LUNA, 3)
    done = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "maíz azul y frijol"})
    assert (place, done.status_code, done.text) == ("password-resets", 204, "")
    assert (await refresh(piece, thief)).status_code == (await refresh(piece, phone)).status_code == 401
    assert (await with_code(piece, LUNA, pending)).status_code == 401
    assert (await sign_in(piece, LUNA)).status_code == 401
    assert (await sign_in(piece, LUNA, "maíz azul y frijol")).status_code == 200
    assert "contraseña" in (await postbox.next(LUNA, count=4))["Subject"]
    again = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "otra vez otra cosa"})
    assert (again.status_code, again.json()["type"]) == (404, "urn:trama:problem:link-over")


async def test_a_password_that_is_refused_leaves_the_link_good(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "password-resets", ADMIN_EMAIL)
    place, secret = await link(postbox, ADMIN_EMAIL)
    refused = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "short"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/password")
    assert (await piece.client.post(f"/v1/{place}/{secret}", json={"password": "largo y nuevo"})).status_code == 204


async def test_a_reset_link_ends_after_an_hour_and_when_another_is_sent(piece: Piece, postbox: Postbox) -> None:
    for _ in range(2):
        await ask(piece, "password-resets", ADMIN_EMAIL)
    (place, first), (_, second) = await link(postbox, ADMIN_EMAIL), await link(postbox, ADMIN_EMAIL, 2)
    body = {"password": "largo y nuevo"}
    assert (await piece.client.post(f"/v1/{place}/{first}", json=body)).status_code == 404
    piece.database.clock = lambda: utc_now() + timedelta(hours=1, seconds=1)
    assert (await piece.client.post(f"/v1/{place}/{second}", json=body)).status_code == 404


async def test_a_link_is_good_for_its_own_purpose_only(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "password-resets", ADMIN_EMAIL)
    _, secret = await link(postbox, ADMIN_EMAIL)
    assert (await piece.client.post(f"/v1/email-changes/{secret}")).status_code == 404
    assert (await piece.client.post(f"/v1/confirmations/{secret}")).status_code == 404
    assert (await with_code(piece, ADMIN_EMAIL, secret)).status_code == 401


async def test_trying_links_is_slowed(piece: Piece) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [
        await piece.client.post(f"/v1/password-resets/{n}", json={"password": "largo y nuevo"})
        for n in range(rules.FREE_ATTEMPTS + 1)
    ]
    assert [answer.status_code for answer in answers] == [404] * rules.FREE_ATTEMPTS + [429]


# What one signs in with, changed by who is signed in.


async def test_a_changed_password_ends_every_other_session(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    here, elsewhere = await sign_in(piece, LUNA), await sign_in(piece, LUNA)
    body = {"current": PASSWORD, "new": "maíz azul y frijol"}
    changed = await piece.client.put("/v1/me/password", json=body, headers=bearer(here))
    assert (changed.status_code, changed.headers["cache-control"]) == (200, "no-store")
    assert (await refresh(piece, elsewhere)).status_code == (await refresh(piece, here)).status_code == 401
    assert (await refresh(piece, changed)).status_code == 200
    assert (await sign_in(piece, LUNA, "maíz azul y frijol")).status_code == 200
    await postbox.next(LUNA, count=2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"current": "wrong", "new": "maíz azul y frijol"}, "/current"),
        ({"current": PASSWORD, "new": "short"}, "/new"),
        ({"current": PASSWORD, "new": "password1"}, "/new"),
        ({"current": PASSWORD}, "/new"),
    ],
)
async def test_what_is_wrong_with_a_change_of_password_is_named(
    piece: Piece, body: dict[str, str], pointer: str
) -> None:
    answer = await piece.client.put("/v1/me/password", json=body, headers=await signed_in(piece))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await sign_in(piece)).status_code == 200


async def test_guessing_the_password_of_an_open_session_is_slowed(piece: Piece) -> None:
    headers = await signed_in(piece)
    instant = utc_now()
    piece.database.clock = lambda: instant
    for _ in range(rules.FREE_ATTEMPTS):
        body = {"current": "wrong", "new": "maíz azul y frijol"}
        assert (await piece.client.put("/v1/me/password", json=body, headers=headers)).status_code == 422
    body = {"current": PASSWORD, "new": "maíz azul y frijol"}
    assert (await piece.client.put("/v1/me/password", json=body, headers=headers)).status_code == 429


async def test_another_address_counts_once_it_is_confirmed_and_the_old_one_is_told(
    piece: Piece, postbox: Postbox
) -> None:
    await admitted(piece, LUNA)
    headers = await signed_in(piece, LUNA)
    asked = await piece.client.put("/v1/me/email", json={"email": SOL, "password": PASSWORD}, headers=headers)
    assert asked.status_code == 202
    assert (await claims(piece, headers))["email"] == LUNA
    await postbox.next(LUNA, count=2)
    place, secret = await link(postbox, SOL)
    assert (place, (await piece.client.post(f"/v1/{place}/{secret}")).status_code) == ("email-changes", 204)
    assert (await claims(piece, headers))["email"] == SOL
    assert [(await sign_in(piece, name)).status_code for name in (SOL, LUNA)] == [200, 401]


async def test_somebody_elses_address_is_told_by_letter_alone(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    headers = await signed_in(piece)
    answers = [
        await piece.client.put("/v1/me/email", json={"email": email, "password": PASSWORD}, headers=headers)
        for email in (SOL, LUNA)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 202
    assert "https://" not in text_of(await postbox.next(LUNA, count=2))


async def test_an_address_taken_meanwhile_is_not_taken_over(piece: Piece, postbox: Postbox) -> None:
    await piece.client.put("/v1/me/email", json={"email": SOL, "password": PASSWORD}, headers=await signed_in(piece))
    place, secret = await link(postbox, SOL)
    await admitted(piece, SOL)
    answer = await piece.client.post(f"/v1/{place}/{secret}")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:email-taken")


@pytest.mark.parametrize(
    ("what", "body", "pointer"),
    [
        ("email", {"email": "nowhere", "password": PASSWORD}, "/email"),
        ("email", {"email": SOL, "password": "wrong"}, "/password"),
        ("phone", {"phone": "call me", "password": PASSWORD}, "/phone"),
        ("phone", {"phone": "442 123 4567", "password": "wrong"}, "/password"),
    ],
)
async def test_a_change_that_can_not_be_is_named(piece: Piece, what: str, body: dict[str, str], pointer: str) -> None:
    answer = await piece.client.put(f"/v1/me/{what}", json=body, headers=await signed_in(piece))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_phone_number_can_be_set_and_taken_away(piece: Piece) -> None:
    headers = await signed_in(piece)
    body = {"phone": "442 765 4321", "password": PASSWORD}
    assert (await piece.client.put("/v1/me/phone", json=body, headers=headers)).json() == {"phone": "+524427654321"}
    assert (await sign_in(piece, "4427654321")).status_code == 200
    await admitted(piece, LUNA)
    taken = await piece.client.put("/v1/me/phone", json=body, headers=await signed_in(piece, LUNA))
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:trama:problem:phone-taken")
    none = {"phone": None, "password": PASSWORD}
    assert (await piece.client.put("/v1/me/phone", json=none, headers=headers)).json() == {"phone": None}
    assert (await sign_in(piece, "4427654321")).status_code == 401


@pytest.mark.parametrize("what", ["password", "email", "phone"])
async def test_nothing_is_changed_for_who_is_not_signed_in(piece: Piece, what: str) -> None:
    body = {
        "password": {"current": PASSWORD, "new": "maíz azul y frijol"},
        "email": {"email": SOL, "password": PASSWORD},
        "phone": {"phone": "442 123 4567", "password": PASSWORD},
    }[what]
    assert (await piece.client.put(f"/v1/me/{what}", json=body)).status_code == 401


# Users, to administrators; and who acts for whom.


async def test_administrators_find_users_by_role_and_words_in_pages(piece: Piece) -> None:
    headers = await signed_in(piece)
    for n in range(3):
        body = {
            "email": f"c{n}@queretaro.example",
            "password": PASSWORD,
            "name": f"Coordinadora_{n}",
            "roles": ["coordinator"],
        }
        assert (await piece.client.post("/v1/users", json=body, headers=headers)).status_code == 201
    await admitted(piece, LUNA, phone="442 123 4567")

    async def names(**query: Any) -> list[str]:
        answer = await piece.client.get("/v1/users", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [user["name"] for user in answer.json()["items"]]

    coordinators = [f"Coordinadora_{n}" for n in range(3)]
    assert await names(role="coordinator") == coordinators
    assert await names(q="nadora_1") == ["Coordinadora_1"]
    assert await names(q="_") == coordinators
    assert await names(q="%") == []
    assert await names(q="LUNA@") == ["Familia Luna"]
    assert await names(q="4421234") == ["Familia Luna"]
    first = await piece.client.get("/v1/users", params={"role": "coordinator", "limit": 2}, headers=headers)
    assert [user["roles"] for user in first.json()["items"]] == [["coordinator"]] * 2
    rest = await names(role="coordinator", limit=2, after=first.json()["next"])
    assert rest == coordinators[2:]
    assert (await piece.client.get("/v1/users?role=king", headers=headers)).status_code == 422
    member = await signed_in(piece, LUNA)
    assert (await piece.client.get("/v1/users", headers=member)).status_code == 403


async def test_a_list_of_users_takes_as_many_statements_however_long_it_is(piece: Piece) -> None:
    headers = await signed_in(piece)
    await piece.client.get("/v1/users", headers=headers)
    counts = []
    for n in range(2):
        await apply(piece, f"u{n}@queretaro.example")
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/users", headers=headers)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_who_acts_for_a_member_is_listed_and_ended_with_a_trace(piece: Piece, postbox: Postbox) -> None:
    member_id = await admitted(piece, SOL)
    other_id = await admitted(piece, LUNA)
    address = f"/v1/members/{member_id}/users"
    sol = await signed_in(piece, SOL)
    me = (await claims(piece, sol))["user_id"]
    alone = await piece.client.delete(f"{address}/{me}", headers=sol)
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:trama:problem:last-user")
    async with piece.database.transaction() as work:
        luna = (await claims(piece, await signed_in(piece, LUNA)))["user_id"]
        await work.execute(
            text("INSERT INTO acting (user_id, member_id, since) VALUES (:u, :m, now())"),
            {"u": UUID(luna), "m": UUID(member_id)},
        )
    assert (await piece.client.delete(f"{address}/{luna}", headers=sol)).status_code == 204
    found = (await piece.client.get(address, headers=sol)).json()
    assert [(row["email"], row["ended_at"] is None, row["ended_by"]) for row in found] == [
        (SOL, True, None),
        (LUNA, False, me),
    ]
    members = (await claims(piece, await signed_in(piece, LUNA)))["members"]
    assert [member["id"] for member in members] == [other_id]
    assert (await piece.client.delete(f"{address}/{luna}", headers=sol)).status_code == 404
    strange = await signed_in(piece, LUNA)
    assert (await piece.client.get(address, headers=strange)).status_code == 404
    assert (await piece.client.delete(f"{address}/{me}", headers=strange)).status_code == 404


async def test_of_two_who_end_each_other_at_once_one_stays(piece: Piece) -> None:
    member_id = await admitted(piece, SOL)
    await admitted(piece, LUNA)
    ids = {}
    for email in (SOL, LUNA):
        ids[email] = (await claims(piece, await signed_in(piece, email)))["user_id"]
    async with piece.database.transaction() as work:
        await work.execute(
            text("INSERT INTO acting (user_id, member_id, since) VALUES (:u, :m, now())"),
            {"u": UUID(ids[LUNA]), "m": UUID(member_id)},
        )
    headers = {email: await signed_in(piece, email) for email in ids}
    answers = await asyncio.gather(
        piece.client.delete(f"/v1/members/{member_id}/users/{ids[LUNA]}", headers=headers[SOL]),
        piece.client.delete(f"/v1/members/{member_id}/users/{ids[SOL]}", headers=headers[LUNA]),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_who_acted_for_whom_can_not_be_rewritten(piece: Piece) -> None:
    await admitted(piece, SOL)
    for change in ("DELETE FROM acting", "UPDATE acting SET since = now()"):
        async with piece.database.engine.connect() as connection:
            with pytest.raises(Exception, match="only ever ended"):
                await connection.execute(text(change))
