"""Passwords that everybody tries first: the most common of those that were leaked, as zxcvbn keeps them. Pure.

NIST SP 800-63B (3.1.1.2) asks to refuse these, and words of the service's own.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from zxcvbn import frequency_lists

_LISTS: dict[str, Any] = frequency_lists.FREQUENCY_LISTS
#: Shorter ones are refused for their length.
COMMON = frozenset(word for word in _LISTS["passwords"] if len(word) >= 8)
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_common(password: str) -> bool:
    """Whether it is one of the most common, however it is capitalised, with or without digits about it."""
    folded = _folded(password)
    return folded in COMMON or len(set(folded)) <= 2 or (len(core := _core(folded)) >= 6 and core in _WORDS)


def is_word_of(password: str, words: Iterable[str]) -> bool:
    """Whether it is no more than one of these words, such as the network's name with a year behind it."""
    core = _squashed(_core(_folded(password)))
    return bool(core) and core in {_squashed(_folded(word)) for word in words}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _core(text: str) -> str:
    return _EDGES.sub("", text)


def _squashed(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if letter.isalnum())


#: What is common however many digits are put before or behind it: "password2026!".
_WORDS = frozenset(word for word in _LISTS["passwords"][:2000] if len(word) >= 6 and word.isalpha())
