"""What spellings of a word have in common, so that a search forgives accents and slips of the finger.

A service that is searched keeps a lexicon: each word of what it offers with its keys (``near``). A term that begins no
word is looked for among the words that share a key with it (``kit.seeking``).
"""

import re
import unicodedata

#: Letters that Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: A word is cut at this many letters: longer ones are encodings, not words.
LONGEST_WORD = 40

_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """What spellings have in common: no case, no accents, in any script (``Αθήνα`` is ``αθηνα``, ``й`` is ``и``).

    The same function folds what is stored and what is asked, which PostgreSQL's unaccent rules would not do as surely:
    they leave Greek and Cyrillic marks alone.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in text if unicodedata.category(letter) != "Mn").translate(_LETTERS)


def words(text: str) -> list[str]:
    """The folded words of a text, in order, each at most ``LONGEST_WORD`` letters long."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def near(word: str) -> list[str]:
    """Keys that a word shares with every word one slip of the finger away: itself, and itself less each letter.

    Two letters swapped, one wrong, one missing or one too many all leave a key in common. Words under four letters
    have only themselves: there everything is near everything.
    """
    if len(word) < 4:
        return [word]
    return sorted({word, *(word[:at] + word[at + 1 :] for at in range(len(word)))})


def endings(word: str) -> list[str]:
    """The word from each of its letters on, down to four letters: a prefix of one of them is a part of the word."""
    return [word[at:] for at in range(max(1, len(word) - 3))]


def slips(one: str, other: str) -> int:
    """How many letters were swapped with their neighbour, wrong, missing or too many (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


#: What is said alike in Latin America, in the order in which it is looked at.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ch", "1"),
        ("h", ""),
        ("qu(?=[ei])", "k"),
        ("g(?=[ei])", "j"),
        ("gu(?=[ei])", "g"),
        ("c(?=[ei])|z", "s"),
        ("c|q", "k"),
        ("v", "b"),
        ("ll|y", "i"),
        (r"(.)\1+", r"\1"),
    )
)


def sound(word: str) -> str:
    """A folded Spanish word as it is heard: ``cebolla``, ``sevoya`` and ``zeboya`` are one."""
    for pattern, heard in _SOUNDS:
        word = pattern.sub(heard, word)
    return word
