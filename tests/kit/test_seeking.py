"""What somebody types finds what they mean."""

import pytest

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
