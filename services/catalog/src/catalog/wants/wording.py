"""What is said about matches."""

from collections.abc import Callable, Sequence

from catalog.products.vocabulary import CATEGORIES, PRACTICES
from catalog.wants.repository.matches import MatchSeen
from contracts.values import plain
from kit.language import Words

#: Lines of one kind in a letter.
MOST_LINES = 10


def digest(sought: Sequence[str], wanted: Sequence[str]) -> tuple[Words, Words]:
    """A letter about what was found for a member, about who looks for what it offers, or about both."""
    params = {"sought": _listed(sought), "wanted": _listed(wanted)}
    if not wanted:
        return (
            Words("There is what you are looking for"),
            Words("What you are looking for, and who offers it:\n\n{sought}", {"sought": params["sought"]}),
        )
    if not sought:
        return (
            Words("Somebody is looking for what you offer"),
            Words("What others are looking for, and what you offer of it:\n\n{wanted}", {"wanted": params["wanted"]}),
        )
    return (
        Words("What you are looking for, and what others are"),
        Words(
            "What you are looking for, and who offers it:\n\n{sought}\n\nWhat others are looking for, and what you offer"
            " of it:\n\n{wanted}",
            params,
        ),
    )


def _listed(lines: Sequence[str]) -> str:
    shown = [f"- {line}" for line in lines[:MOST_LINES]]
    more = len(lines) - len(shown)
    return "\n".join([*shown, f"- … (+{more})"] if more else shown)


def why(match: MatchSeen, say: Callable[[str, dict[str, object]], str], language: str) -> list[str]:
    """Why it was found, in words."""
    reasons = []
    if match.category is not None:
        reasons.append(say(_CATEGORY[match.category], {"category": _category(match.want_category, language)}))
    if match.distance_km is not None:
        reasons.append(say("{distance} km away", {"distance": plain(match.distance_km)}))
    if match.words:
        reasons.append(say("words in common: {words}", {"words": ", ".join(match.words)}))
    if match.practices:
        names = (getattr(PRACTICES[code], _of(language)) for code in match.practices if code in PRACTICES)
        reasons.append(say("as you ask: {practices}", {"practices": ", ".join(names)}))
    return reasons


_CATEGORY = {
    "same": Words("same category: {category}").message,
    "under": Words("in your category: {category}").message,
    "wider": Words("in a wider category than {category}").message,
}


def _of(language: str) -> str:
    return "es" if language == "es" else "en"


def _category(code: str | None, language: str) -> str:
    return str(getattr(CATEGORIES[code], _of(language))) if code in CATEGORIES else ""
