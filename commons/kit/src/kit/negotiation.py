"""Which form of a thing the caller wants (RFC 9110 section 12.5.1)."""

from collections.abc import Sequence

from fastapi import HTTPException

#: To be read by programs, by spreadsheets, by people.
KINDS = ("application/json", "text/csv", "application/pdf")


def negotiated(accept: str, kinds: Sequence[str] = KINDS) -> str:
    """The best of the forms that there are; the first where the caller does not mind. Raises 406 for none of them."""
    best = max(kinds, key=lambda kind: _weight(accept, kind))
    if _weight(accept, best) <= 0:
        raise HTTPException(406)
    return best


def _weight(accept: str, kind: str) -> float:
    """The weight of the most specific range that the kind falls into."""
    found: dict[str, float] = {}
    for part in accept.split(",")[:30]:
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        found[media_range] = weight
    ranges = (kind, f"{kind.split('/', maxsplit=1)[0]}/*", "*/*")
    return next((found[media_range] for media_range in ranges if media_range in found), 0.0)
