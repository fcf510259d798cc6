"""What somebody types finds what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.seeking import Known, alternatives, mistyped, terms
from kit.spelling import near, sound


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jitomte", "jitomate"),
        ("quezo", "queso"),
        ("kezo", "queso"),
        ("chyle", "chile"),
        ("sevoya", "cebolla"),
        ("zanaoria", "zanahoria"),
        ("aguakate", "aguacate"),
        ("mermelda", "mermelada"),
        ("tortiyas", "tortillas"),
    ],
)
def test_slips_and_words_that_sound_alike_are_forgiven(typed: str, meant: str) -> None:
    assert mistyped(typed, meant)
    assert set(near(typed)) & set(near(meant)) or sound(typed) == sound(meant)


letters = st.sampled_from("abcdefghijlmnopqrstuvxyz")


@st.composite
def slip(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same with one letter too many, missing, wrong, or swapped with the next."""
    word = "".join(draw(st.lists(letters, min_size=4, max_size=12)))
    at = draw(st.integers(0, len(word) - 2))
    kind = draw(st.sampled_from(["more", "less", "wrong", "swapped"]))
    if kind == "more":
        return word, word[:at] + draw(letters) + word[at:]
    if kind == "less":
        return word, word[:at] + word[at + 1 :]
    if kind == "wrong":
        return word, word[:at] + draw(letters) + word[at + 1 :]
    return word, word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@given(slip())
def test_any_one_slip_leaves_a_key_in_common_and_is_forgiven(case: tuple[str, str]) -> None:
    word, typed = case
    assert mistyped(typed, word)
    # A term of three letters has no keys but itself: it is found where a word begins so.
    assert len(typed) < 4 or set(near(typed)) & set(near(word))


def test_other_words_are_not() -> None:
    assert not mistyped("leche", "lechuga")
    assert not mistyped("pan", "panela")
    assert sound("casa") != sound("queso")


@pytest.mark.parametrize(
    ("term", "atom"),
    [
        ("jitomates", "'jitomate':*"),
        ("frijoles", "'frijol':*"),
        ("panes", "'pan':"),
        ("nueces", "'nuez':"),
        ("nuez", "'nueces':"),
    ],
)
def test_one_number_finds_the_other(term: str, atom: str) -> None:
    assert atom in alternatives(term, Known(begins=True, within=(), near=()), loose=False)


def test_words_that_only_join_are_left_out_unless_there_are_no_others() -> None:
    assert terms("queso de la granja") == ["queso", "granja"]
    assert terms("de la") == ["de", "la"]
    assert terms("¡!") == []
