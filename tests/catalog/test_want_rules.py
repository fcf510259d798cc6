"""Which words are the same, and which offer is what somebody looks for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.vocabulary import CATEGORIES, path
from catalog.wants.rules import matching, wants, words
from catalog.wants.rules.matching import Looked, Offered
from catalog.wants.rules.wants import Wish
from contracts.values import Location, Money
from kit.errors import Invalid

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pan", "panes"),
        ("nuez", "nueces"),
        ("queso", "quesos"),
        ("leche", "leches"),
        ("frijol", "frijoles"),
        ("cebolla", "sevoyas"),
        ("jitomate", "gitomates"),
        ("calabaza", "calavasas"),
        ("yogurt", "yogurth"),
        ("taller", "talleres"),
    ],
)
def test_words_are_the_same_in_both_numbers_as_they_sound_and_with_a_slip(one: str, other: str) -> None:
    assert words.same(one, other)
    assert words.same(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("pan", "panela"), ("casa", "cama"), ("leche", "lechuga"), ("papa", "paja"), ("sal", "sol")]
)
def test_words_that_only_look_alike_are_not(one: str, other: str) -> None:
    assert not words.same(one, other)


WORD = st.text("abceghijklmnoqrsuvyz", min_size=2, max_size=12)


@given(WORD, WORD)
def test_words_that_are_the_same_have_a_key_in_common(one: str, other: str) -> None:
    assert words.same(one, other) == words.same(other, one)
    if words.same(one, other):
        assert set(words.keys(one)) & set(words.keys(other))


@given(WORD, st.integers(0, 11), st.sampled_from("abceilmnorstu"))
def test_a_slip_in_a_long_word_leaves_a_key_in_common(word: str, at: int, letter: str) -> None:
    other = word[:at] + letter + word[at + 1 :]
    if words.same(word, other):
        assert set(words.keys(word)) & set(words.keys(other))


@given(WORD)
def test_a_word_is_written_in_one_of_its_spellings(word: str) -> None:
    assert word in words.spellings(word)


def test_words_that_say_nothing_are_left_out() -> None:
    assert words.telling(["Queso de cabra, del rancho y QUESO"]) == ("queso", "cabra", "rancho")


QUERETARO = Location(lat=20.59, lon=-100.39)
LOOKED = Looked(
    want_id=UUID(int=1),
    member_id=UUID(int=2),
    kind=None,
    words=("queso", "cabra"),
    category="dairy",
    practices=(),
    unit=None,
    max_price=None,
    location=QUERETARO,
    radius_km=20,
)


def offered(category: str = "cheese", **more: object) -> Offered:
    offer = Offered(
        product_id=UUID(int=3),
        member_id=UUID(int=4),
        kind="good",
        words=("queso", "fresco"),
        category=category,
        wider=frozenset(term.code for term in path(category)),
        practices=frozenset({"artisanal"}),
        prices=(("KGM", Decimal(180)), ("H87", Decimal(45))),
        location=Location(lat=20.62, lon=-100.40),
    )
    return replace(offer, **more)  # type: ignore[arg-type]


def fit(looked: Looked = LOOKED, offer: Offered | None = None) -> matching.Fit | None:
    wider = {term.code for term in path(looked.category)[1:]} if looked.category else set()
    return matching.fit(looked, offer or offered(), wider)


def test_a_fit_says_why() -> None:
    found = fit()
    assert found is not None
    assert (found.category, found.words, found.distance_km) == ("under", ("queso",), Decimal("3.5"))
    # Half of the words, a category under the wanted one, within five kilometres.
    assert found.score == 30 + 25 + 10
    assert fit(replace(LOOKED, words=(), category="cheese")) is not None


@pytest.mark.parametrize(
    ("looked", "offer"),
    [
        ({}, {"member_id": UUID(int=2)}),
        ({}, {"words": ("mantequilla",)}),
        ({}, {"category": "bakery", "wider": frozenset({"bakery", "food"})}),
        ({}, {"location": Location(lat=19.43, lon=-99.13)}),
        ({"kind": "service"}, {}),
        ({"practices": ("organic",)}, {}),
        ({"max_price": Decimal(150), "unit": "KGM"}, {}),
        ({"words": (), "category": "bakery"}, {}),
        # Without words, what was filed under a wider category may be anything.
        ({"words": (), "category": "cheese"}, {"category": "dairy", "wider": frozenset({"dairy", "food"})}),
    ],
)
def test_all_that_a_want_says_must_hold(looked: dict[str, object], offer: dict[str, object]) -> None:
    assert fit(replace(LOOKED, **looked), offered(**offer)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("looked", "offer"),
    [
        ({}, {"location": None}),
        ({"location": None, "radius_km": None}, {}),
        ({"max_price": Decimal(50)}, {}),
        ({"max_price": Decimal(50), "unit": "LTR"}, {}),
        ({"practices": ("artisanal",)}, {}),
        ({"category": None}, {"category": "bakery"}),
        ({"category": "cheese"}, {"category": "dairy", "wider": frozenset({"dairy", "food"})}),
    ],
)
def test_what_an_offer_does_not_say_is_not_held_against_it(looked: dict[str, object], offer: dict[str, object]) -> None:
    assert fit(replace(LOOKED, **looked), offered(**offer)) is not None  # type: ignore[arg-type]


@given(
    st.lists(st.sampled_from(["queso", "cabra", "vaca", "fresco"]), max_size=4, unique=True),
    st.sampled_from([None, "dairy", "cheese", "food", "bakery"]),
    st.sampled_from(["dairy", "cheese", "bakery"]),
)
def test_a_score_is_from_0_to_100(wanted: list[str], category: str | None, filed: str) -> None:
    assert filed in CATEGORIES
    found = fit(replace(LOOKED, words=tuple(wanted), category=category), offered(filed))
    assert found is None or 0 <= found.score <= 100


WISH = Wish(
    text="queso de cabra",
    note="",
    kind=None,
    category=None,
    practices=(),
    quantity=None,
    unit=None,
    needed_by=None,
    place="",
    location=None,
    radius_km=None,
    max_price=None,
    audience="members",
)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"text": "de la y"}, None, None),
        ({"text": "¡!"}, "nothing_wanted", "/text"),
        ({"text": " ".join(f"palabra{n}" for n in range(13))}, "too_many_words", "/text"),
        ({"category": "cheez"}, "unknown_category", "/category"),
        ({"practices": ("organic", "organic")}, "repeated", "/practices/1"),
        ({"practices": ("magic",)}, "unknown_practice", "/practices/0"),
        ({"quantity": Decimal(2)}, "unit_missing", "/unit"),
        ({"max_price": Money(amount=Decimal(5), currency="EUR")}, "wrong_currency", "/max_price/currency"),
        ({"max_price": Money(amount=Decimal(0), currency="MXN")}, "price_not_positive", "/max_price/amount"),
        ({"radius_km": 5}, "place_missing", "/place/location"),
        ({"needed_by": date(2026, 11, 20)}, "already_past", "/needed_by"),
        ({"needed_by": date(2030, 1, 1)}, "too_far_ahead", "/needed_by"),
    ],
)
def test_what_nobody_could_look_for_is_refused_with_its_field(
    wrong: dict[str, object], code: str | None, field: str | None
) -> None:
    wish = replace(WISH, **wrong)  # type: ignore[arg-type]
    if code is None:
        with pytest.raises(Invalid):
            wants.check(wish, "MXN", TODAY)
        return
    with pytest.raises(Invalid) as refused:
        wants.check(wish, "MXN", TODAY)
    assert (refused.value.code, refused.value.field) == (code, field)
