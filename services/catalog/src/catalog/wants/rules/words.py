"""Which words mean the same thing to people: singular and plural, as it sounds, and a slip of the finger in a long word.

A search forgives more, for who searches sees at once what was found. A match writes a letter: ``pan`` must not find
``panela``, nor ``casa`` a ``cama``.
"""

from collections.abc import Iterable
from functools import lru_cache

from kit.seeking import FUNCTION_WORDS
from kit.spelling import near, slips, sound, words

#: Words that are looked for; more would be a letter, not a want.
MOST_WORDS = 12
#: From this length on, one slip of the finger is forgiven.
LONG = 6
#: Shorter words say too little, unless they are written alike.
HEARD = 4


def telling(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of texts that say something, each once, in their order."""
    found = dict.fromkeys(word for text in texts for word in words(text))
    return tuple(word for word in found if word not in FUNCTION_WORDS and len(word) > 1)


def base(word: str) -> str:
    """A folded word without the plural of Spanish and English: ``nueces`` and ``nuez``, ``panes`` and ``pan``."""
    if len(word) >= 5 and word.endswith("ces"):
        return f"{word[:-3]}z"
    if len(word) >= 5 and word.endswith("es") and word[-3] not in "aeiou":
        # Where the singular ends in e, its own base drops it as well: leches, leche.
        return word[:-2]
    if len(word) >= 4 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1].removesuffix("e") if len(word) >= 6 else word[:-1]
    return word.removesuffix("e") if len(word) >= 5 else word


def same(one: str, other: str) -> bool:
    """Whether two folded words mean the same, as far as their letters tell."""
    (first, heard), (second, other_heard) = _said(one), _said(other)
    if first == second:
        return True
    shorter, longer = sorted((len(first), len(second)))
    if shorter >= HEARD and heard == other_heard:
        return True
    return shorter >= LONG and longer - shorter <= 1 and slips(first, second) <= 1


@lru_cache(maxsize=20_000)
def _said(word: str) -> tuple[str, str]:
    """A word's base, and how that sounds: of a lexicon, the same few thousand are asked for again and again."""
    bare = base(word)
    return bare, sound(bare)


def keys(word: str) -> list[str]:
    """What a word has in common with every word that is the same (``same``)."""
    bare = base(word)
    found = {bare}
    if len(bare) >= HEARD:
        found.add(f"~{sound(bare)}")
    if len(bare) >= LONG:
        found.update(near(bare))
    return sorted(found)


def all_keys(said: Iterable[str]) -> list[str]:
    """The keys of several words."""
    return sorted({key for word in said for key in keys(word)})


def spellings(word: str) -> list[str]:
    """How the same word may stand in an index of whole words: its base with each ending that bases drop."""
    bare = base(word)
    endings = ["", "s", "e", "es"]
    found = [f"{bare}{ending}" for ending in endings]
    return [*found, f"{bare[:-1]}ces"] if bare.endswith("z") else found


def common(wanted: Iterable[str], offered: Iterable[str]) -> tuple[str, ...]:
    """The wanted words of which an offer has the same."""
    have = list(offered)
    return tuple(word for word in wanted if any(same(word, other) for other in have))
