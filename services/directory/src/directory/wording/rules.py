"""Text as people send it: what is kept of it, and what two spellings of a word have in common."""

import html
import re
import unicodedata

from kit.spelling import LONGEST_WORD, fold

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
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SCRIPT = re.compile(r"<(/?)(?:script|style)\b[^<>]*>?", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>|<(?=[a-zA-Z/!?])")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_EMPTY_LINES = re.compile(r"\n{3,}")


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


def code(text: str) -> str:
    """A stable code out of a word or two: ``Community garden`` is ``community_garden``. Empty if nothing is left."""
    return re.sub(r"[^a-z0-9+]+", "_", fold(text)).strip("_")[:60]
