"""What is kept of a text, and what two spellings have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.wording import countries
from directory.wording.rules import clean_line, clean_text, code, has_markup, latin
from kit.spelling import endings, fold, near, slips, words

MARKUP = st.sampled_from(
    ["<", ">", "<script>", "</script>", "<b", "&lt;", "&gt;", "&#60;", "&amp;", "!", "/", "\n", "\0"]
)
PIECES = st.lists(st.one_of(MARKUP, st.text(max_size=4))).map("".join)


@given(PIECES)
def test_nothing_that_was_cleaned_can_be_taken_for_a_tag(text: str) -> None:
    cleaned = clean_text(text)
    assert not any(f"<{letter}" in cleaned for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/!?")
    cleaned.encode()


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="<>&")))
def test_plain_text_keeps_all_its_words(text: str) -> None:
    assert words(clean_text(text)) == words(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a < b & c > d", "a < b & c > d"),
        ("I <3 bread", "I <3 bread"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("x<script>alert('</b>')</script>y", "x y"),
        ("x<script>never closed", "x"),
        ("<scr\u200bipt>alert(1)</scr\u200bipt>y", "y"),
        ("&lt;b&gt;bold", "bold"),
        ("caf\u0065\u0301\u00ad", "café"),
        ("a\u2028b\r\nc", "a\nb\nc"),
    ],
)
def test_cleaning_takes_out_what_is_not_text(text: str, kept: str) -> None:
    assert clean_text(text) == kept


def test_a_line_has_no_separators_at_its_ends() -> None:
    assert clean_line("  Brighton,\n") == "Brighton"


def test_a_lot_of_unclosed_markup_is_cleaned_in_linear_time() -> None:
    # Quadratic work on half a megabyte would take minutes.
    for piece in "<a", "<script", "</script", "&amp", "<!", "<script>x":
        clean_text(piece * (500_000 // len(piece)))


@given(st.text())
def test_folding_again_changes_nothing_and_case_does_not_matter(text: str) -> None:
    assert words(" ".join(words(text))) == [word[:40] for word in words(text)]
    assert fold(text.upper()) == fold(text.upper().lower())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Αθήνα", "αθηνα"),
        ("ΑΘΗΝΑΣ", "αθηνας"),
        ("йога", "ИОГА"),
        ("diseño", "DISENO"),
        ("Größe", "grosse"),
        ("Łódź", "lodz"),
        ("Crédit", "credit"),
        ("Søren", "soren"),
        ("œuvre", "oeuvre"),
        ("İzmir", "izmir"),
        ("ﬁn", "fin"),
    ],
)
def test_accents_and_case_do_not_make_another_word(one: str, other: str) -> None:
    assert words(one) == words(other)


@given(st.text(alphabet="abcdeαβγжзи", min_size=4, max_size=12), st.data())
def test_words_one_slip_apart_share_a_key(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyψщ"))
    swapped = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    for other in (
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        swapped,
    ):
        assert slips(word, other) <= 1
        if len(other) >= 4:
            assert set(near(word)) & set(near(other))


@given(st.text(max_size=8), st.text(max_size=8))
def test_slips_are_counted_alike_from_both_sides(one: str, other: str) -> None:
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips(one, other) <= max(len(one), len(other))


def test_every_part_of_a_compound_begins_one_of_its_endings() -> None:
    for part in "garten", "gemeinschaft", "schaftsgart":
        assert any(ending.startswith(part) for ending in endings("gemeinschaftsgarten"))


@pytest.mark.parametrize(
    ("word", "typed"),
    [("Αθήνα", "athina"), ("Θεσσαλονίκη", "thessaloniki"), ("София", "sofia"), ("Пловдив", "plovdiv")],
)
def test_greek_and_bulgarian_can_be_typed_with_latin_letters(word: str, typed: str) -> None:
    assert latin(fold(word)) == typed


def test_codes_are_plain_ascii() -> None:
    assert code("Community garden ") == "community_garden"
    assert code("food+drink") == "food+drink"
    assert code("κήπος") == ""


def test_markup_is_seen_through_entities() -> None:
    assert has_markup("&lt;script&gt;")
    assert not has_markup("2 < 3")


def test_every_country_has_a_code_and_a_box_that_holds_its_middle() -> None:
    for country in countries.BY_CODE.values():
        assert len(country.code) == 2
        if country.box is not None:
            west, south, east, north = country.box
            assert west < east
            assert south < north
            assert country.holds((south + north) / 2, (west + east) / 2)
            assert all(country in countries.named(name) for name in country.names)
