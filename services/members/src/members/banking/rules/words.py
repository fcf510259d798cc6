"""Names and references in what people write on a transfer."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

#: What stands in many members' names and tells none of them.
_COMMON = frozenset(
    {"de", "del", "la", "las", "los", "el", "sl", "sa", "slu", "scl", "sll", "coop", "cooperativa", "sociedad"}
    | {"asociacion", "familia", "limitada", "anonima"}
)
_WORD = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def squeezed(text: str) -> str:
    """Letters and digits alone, in capitals: how references are compared, however they were spaced."""
    return re.sub(r"[\W_]", "", fold(text)).upper()


def name_words(name: str) -> frozenset[str]:
    """The words of a name that tell something."""
    return frozenset(word for word in _WORD.findall(fold(name)) if len(word) > 1 and word not in _COMMON)


def lengths(keys: Iterable[str]) -> tuple[int, ...]:
    """How long these references are, the longest first: asked once for many texts."""
    return tuple(sorted({len(key) for key in keys}, reverse=True))


def found_in(text: str, keys: Mapping[str, object], of_length: Sequence[int] | None = None) -> list[str]:
    """The squeezed references in a text, longest first, none inside another, and none that runs on in digits.

    ``LEO-F-2026-0042`` is found in "leo f 2026/0042" and not in "LEO-F-2026-00421".
    """
    plain = fold(text).upper()
    places = [place for place, letter in enumerate(plain) if letter.isalnum()]
    tight = "".join(plain[place] for place in places)
    taken = [False] * len(tight)
    found: list[str] = []
    for length in lengths(keys) if of_length is None else of_length:
        for start in range(len(tight) - length + 1):
            key, end = tight[start : start + length], start + length
            if key not in keys or any(taken[start:end]):
                continue
            runs_on = end < len(tight) and tight[end].isdigit() and places[end] == places[end - 1] + 1
            runs_in = start > 0 and tight[start].isdigit() and places[start] == places[start - 1] + 1
            if not (runs_on or runs_in):
                found.append(key)
                taken[start:end] = [True] * length
    return found
