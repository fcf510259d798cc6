"""Rules of people and sessions, by example and by property."""

import string
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.members import MemberKind, MemberStatus
from kit.errors import Forbidden, Invalid, Unauthenticated
from members.identity import rules as identity
from members.identity.rules import RoleGrant
from members.membership import rules as membership
from members.membership.rules import MemberRecord
from members.membership.tax_ids import tax_id
from members.sessions import rules as sessions
from members.sessions.rules import RefreshToken, Session, SigningKey

NOW = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)


def member(status: MemberStatus = "active", kind: MemberKind = "household") -> MemberRecord:
    return MemberRecord(
        id=uuid4(),
        number=None,
        kind=kind,
        name="Luna",
        email="luna@queretaro.example",
        phone=None,
        tax_id=None,
        language="es",
        applied_at=NOW,
        version=1,
        status=status,
    )


@pytest.mark.parametrize("address", ["ana@queretaro.example", " o'neil+coop@mail.example.org ", "josé@correo.example"])
def test_addresses_that_people_have_are_taken(address: str) -> None:
    assert identity.email_address(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@a.example",
        "a b@c.example",
        "a@b@c.example",
        "a@-b.example",
        "a@b..c",
        "a" * 250 + "@b.mx",
        "a\x00b@c.example",
    ],
)
def test_texts_that_are_no_address_are_refused(address: str) -> None:
    with pytest.raises(Invalid):
        identity.email_address(address)


@given(st.text(max_size=60))
def test_whatever_is_taken_as_an_address_has_one_at_and_is_found_again_in_capitals(text: str) -> None:
    try:
        address = identity.email_address(text)
    except Invalid:
        return
    assert address.count("@") == 1
    assert identity.email_key(address) == identity.email_key(f" {address}")


@given(
    st.lists(st.tuples(st.sampled_from(identity.GRANTABLE), st.booleans())),
    st.sets(st.sampled_from(identity.GRANTABLE)),
)
def test_after_the_changes_the_roles_are_those_that_were_wanted(
    history: list[tuple[str, bool]], wanted: set[str]
) -> None:
    grants = [RoleGrant(role, granted, NOW) for role, granted in history]
    changes = identity.role_changes(identity.current_roles(grants), sorted(wanted), NOW)
    assert identity.current_roles([*grants, *changes]) == wanted
    assert identity.role_changes(frozenset(wanted), sorted(wanted), NOW) == []


@pytest.mark.parametrize(
    ("country", "text", "kept"),
    [
        ("MX", "gode-561231-gr8", "GODE561231GR8"),
        ("ES", "A-58818501", "A58818501"),
        ("ES", "x2482300w", "X2482300W"),
        ("EC", "1714307103001", "1714307103001"),
        ("EC", "171430710-3", "1714307103"),
        ("FR", " 12 ", "12"),
    ],
)
def test_a_tax_id_is_kept_as_its_country_writes_it(country: str, text: str, kept: str) -> None:
    assert tax_id(text, country) == kept


@pytest.mark.parametrize(
    ("country", "text"), [("MX", "GODE561331GR8"), ("ES", "A58818502"), ("EC", "1714307104"), ("MX", "A58818501")]
)
def test_a_tax_id_of_another_country_or_with_a_wrong_digit_is_refused(country: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        tax_id(text, country)
    assert refused.value.field == "/tax_id"


def test_a_number_is_of_the_networks_own_year() -> None:
    new_year_in_utc = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)
    assert membership.number_series("QRO", new_year_in_utc, "America/Mexico_City") == "QRO-2026"
    assert membership.number("QRO-2026", 42) == "QRO-2026-0042"
    assert membership.number("QRO-2026", 12345) == "QRO-2026-12345"


@pytest.mark.parametrize(
    ("granted", "members", "roles"),
    [
        (set(), [member("active")], {"member"}),
        (set(), [member("active", "cooperative")], {"member", "producer"}),
        (set(), [member("suspended", "producer")], set()),
        (set(), [member("left")], set()),
        ({"coordinator"}, [], {"coordinator"}),
        ({"coordinator"}, [member("applied")], {"coordinator"}),
        ({"treasurer"}, [member("active"), member("excluded", "producer")], {"treasurer", "member"}),
    ],
)
def test_roles_are_those_granted_and_those_that_membership_brings(
    granted: set[str], members: list[MemberRecord], roles: set[str]
) -> None:
    who = sessions.reach(frozenset(granted), members)
    assert who.roles == roles
    shut_out = {"applied", "declined", "excluded"}
    assert set(who.member_ids) == {m.id for m in members if m.status not in shut_out}


@pytest.mark.parametrize("status", ["applied", "declined", "excluded"])
def test_who_does_not_belong_does_not_sign_in(status: MemberStatus) -> None:
    with pytest.raises(Forbidden):
        sessions.reach(frozenset(), [member(status)])


def session(current: RefreshToken, previous: RefreshToken | None = None) -> Session:
    return Session(
        user_id=uuid4(),
        salt=b"salt",
        current_hash=current.hash,
        previous_hash=previous.hash if previous else None,
        started_at=NOW,
        rotated_at=NOW,
        expires_at=NOW + timedelta(days=30),
        revoked_at=None,
    )


def test_only_the_newest_refresh_token_is_good_and_the_one_before_for_a_moment() -> None:
    oldest = RefreshToken(uuid4(), "first")
    older = oldest.successor(b"salt")
    newest = older.successor(b"salt")
    kept = session(newest, older)
    assert sessions.judge(kept, newest, NOW) == "rotate"
    assert sessions.judge(kept, older, NOW + sessions.GRACE) == "repeat"
    assert sessions.judge(kept, older, NOW + sessions.GRACE + timedelta(seconds=1)) == "reused"
    assert sessions.judge(kept, oldest, NOW) == "reused"
    assert sessions.judge(kept, newest, NOW + timedelta(days=30)) == "over"


@given(st.uuids(), st.text(string.ascii_letters + string.digits, min_size=1), st.binary(min_size=1))
def test_a_refresh_token_is_read_as_it_was_written_and_its_successor_needs_the_salt(
    session_id: UUID, secret: str, salt: bytes
) -> None:
    token = RefreshToken(session_id, secret)
    assert RefreshToken.read(str(token)) == token
    assert token.successor(salt) == token.successor(salt) != token.successor(salt + b"x")


@given(st.text(max_size=40))
def test_any_other_text_is_no_session(text: str) -> None:
    try:
        token = RefreshToken.read(text)
    except Unauthenticated:
        return
    assert text.partition(".")[2] == token.secret


def test_a_session_ends_without_use_and_after_half_a_year_in_any_case() -> None:
    assert sessions.session_end(NOW, NOW, 30) == NOW + timedelta(days=30)
    assert sessions.session_end(NOW, NOW + timedelta(days=170), 30) == NOW + sessions.LONGEST_SESSION


@given(st.integers(0, 10_000))
def test_the_wait_never_shrinks_with_more_failures_and_ends_at_a_quarter_hour(failures: int) -> None:
    wait = identity.wait_after(failures, 10)
    assert (wait == timedelta(0)) == (failures < 10)
    assert wait <= identity.wait_after(failures + 1, 10) <= identity.LONGEST_WAIT


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6, unique=True), st.integers(400, 800))
def test_the_key_that_signs_and_those_of_living_tokens_stay_published(days: list[int], now: int) -> None:
    keys = [
        SigningKey(str(n), NOW + timedelta(days=day), NOW + timedelta(days=day, hours=1)) for n, day in enumerate(days)
    ]
    life, later = timedelta(minutes=15), NOW + timedelta(days=now)
    gone = sessions.retired(keys, later, life)
    assert sessions.signers(keys, later)[0] not in gone
    for moment in (later, later - life):
        assert sessions.signers(keys, moment)[0] not in gone if any(k.signs_from <= moment for k in keys) else True
