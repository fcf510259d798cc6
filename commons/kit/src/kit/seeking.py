"""From what somebody types to what an index is asked for: words that begin so, plurals, and near misses."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.spelling import slips, sound, words

#: Terms that are looked for; what is typed beyond them is left out.
TERMS = 8
#: Shorter terms are found at the beginning of words only, longer ones inside of compounds too.
SHORTEST_PART = 4
#: From this length on, two slips of the finger are forgiven.
LONG = 8

#: Words that say nothing about what is looked for, folded: es, en, pt, ca, it, fr, de, el, bg.
_JOINING = """
a al con de del e el en la las lo los o para por que se sin su un una y and at by for from in of on or the to with
as da das do dos em na no os um uma amb els i les per che di gli il le nel au aux chez dans des du et l d ou sur une
am auf bei dem den der die ein eine fur im ist mit oder und von zu zum zur η και ο οι στη στην στο τα τη την της το
του των в во за и на от по с със
"""
FUNCTION_WORDS = frozenset(_JOINING.split())


@dataclass(frozen=True)
class Known:
    """What the lexicon's words have to do with a term."""

    #: Whether some word begins with it.
    begins: bool
    #: Words that it is a part of.
    within: Sequence[str]
    #: Words that share a key with it: one slip of the finger away, or two.
    near: Sequence[str]


def terms(text: str) -> list[str]:
    """The words to look for: each once, without those that only join others (unless there are no others)."""
    found = list(dict.fromkeys(words(text)))
    telling = [word for word in found if word not in FUNCTION_WORDS]
    return (telling or found)[:TERMS]


def all_of(groups: Sequence[set[str]], weights: str) -> str:
    """A tsquery: of each group some word, standing where these weights are."""
    return " & ".join(
        "(" + " | ".join(sorted(f"{word}{weights}".rstrip(":") for word in group)) + ")" for group in groups
    )


def alternatives(term: str, known: Known, loose: bool) -> set[str]:
    """What may stand for a term, as atoms of a tsquery. ``loose`` takes it for mistyped though some word begins so."""
    found = {f"'{stem}':*" for stem in _stems(term)}
    found |= {f"'{word}':" for word in (*_forms(term), *known.within)}
    if loose or not known.begins:
        found |= {f"'{word}':" for word in known.near if mistyped(term, word)}
    return found


def _stems(term: str) -> list[str]:
    """The term, and what is left of it without the plural of Spanish, English, French and Portuguese."""
    stems = [term]
    if len(term) >= 5 and term.endswith("s") and not _short(term):
        stems.append(term[:-1])
    if len(term) >= 7 and term.endswith("es"):
        stems.append(term[:-2])
    return stems


def _forms(term: str) -> list[str]:
    """Whole words that are its other number, where a beginning would say too little: panes, pan; nueces, nuez."""
    if len(term) >= 5 and term.endswith("ces"):
        return [f"{term[:-3]}z"]
    if _short(term):
        return [term[:-1], term[:-2]]
    return [f"{term[:-1]}ces"] if len(term) >= 3 and term.endswith("z") else []


def _short(term: str) -> bool:
    """A plural like leches or panes: its beginning is that of too many other words."""
    return len(term) in (5, 6) and term.endswith("es")


def mistyped(term: str, word: str) -> bool:
    """Whether somebody who typed the one may have meant the other: by a slip or two, or because they sound alike."""
    return slips(term, word) <= (2 if len(term) >= LONG else 1) or sound(term) == sound(word)
