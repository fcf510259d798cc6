"""Text as people send it: what is kept of it, and what two spellings of a word have in common."""

import html
import re
import unicodedata

#: Letters that Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: How folded Greek and Bulgarian are written with Latin letters (ELOT 743; the Bulgarian law of 2009), near enough.
_LATIN = str.maketrans(
    {
        **dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstyfo", strict=True)),
        "θ": "th",
        "χ": "ch",
        "ψ": "ps",
        **dict(zip("абвгдезийклмнопрстуфхъь", "abvgdeziyklmnoprstufhay", strict=True)),
        "ж": "zh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sht",
        "ю": "yu",
        "я": "ya",
    }
)
#: A word is cut at this many letters: longer ones are encodings, not words.
LONGEST_WORD = 40

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SCRIPT = re.compile(r"<(/?)(?:script|style)\b[^<>]*>?", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>|<(?=[a-zA-Z/!?])")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_WORD = re.compile(r"[^\W_]+")


def has_markup(text: str) -> bool:
    """Whether a browser could take some of it for HTML."""
    return _TAG.search(_visible(_resolved(text))) is not None


def clean_text(text: str) -> str:
    """Plain text: no tags, no scripts, no control or invisible characters. Lines stay lines."""
    text = unicodedata.normalize("NFC", _visible(_resolved(text)))
    text = _TAG.sub(" ", _BREAK.sub("\n", _without_scripts(text)))
    text = "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """The same on one line, without the separators that spreadsheets leave at the ends."""
    return " ".join(clean_text(text).split()).strip(" ,;|")


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


def _resolved(text: str) -> str:
    # Twice, because an entity may hide another. What hides deeper stays text for every reader.
    for _ in range(2):
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text


def _without_scripts(text: str) -> str:
    kept: list[str] = []
    start, inside = 0, False
    for tag in _SCRIPT.finditer(text):
        if not inside:
            kept.append(text[start : tag.start()])
        inside, start = not tag[1], tag.end()
    if not inside:
        kept.append(text[start:])
    return " ".join(kept)


def _visible(text: str) -> str:
    lines = _LINE_END.split(text)
    return "\n".join(line if line.isprintable() else "".join(map(_visible_letter, line)) for line in lines)


def _visible_letter(letter: str) -> str:
    if letter.isspace():
        return " "
    # Controls, formats (soft hyphens, direction marks), lone surrogates, private use, not assigned.
    return "" if unicodedata.category(letter)[0] == "C" else letter


def latin(word: str) -> str:
    """A folded word as somebody without a Greek or Cyrillic keyboard types it: ``αθηνα`` is ``athina``."""
    if word.isascii():
        return word
    # Two letters that are one sound, and the ending that the law excepts: София is Sofia.
    word = word.replace("ου", "ou")
    return (f"{word[:-2]}ia" if word.endswith("ия") else word).translate(_LATIN)[:LONGEST_WORD]


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


def code(text: str) -> str:
    """A stable code out of a word or two: ``Community garden`` is ``community_garden``. Empty if nothing is left."""
    return re.sub(r"[^a-z0-9+]+", "_", fold(text)).strip("_")[:60]
