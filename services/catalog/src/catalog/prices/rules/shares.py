"""Sharing a whole so that the parts always add up to it."""

from collections.abc import Sequence
from fractions import Fraction


def apportion(whole: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Parts of ``whole`` in proportion to ``weights``, by largest remainder (Hamilton); they add up to ``whole``.

    Of equal remainders the earlier weight is served first. Raises ValueError for something to share and no weight.
    """
    basis = sum(weights, Fraction(0))
    if basis == 0:
        if whole:
            raise ValueError("nothing to share among")
        return [0] * len(weights)
    exact = [whole * Fraction(weight) / basis for weight in weights]
    parts = [int(share // 1) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: whole - sum(parts)]:
        parts[place] += 1
    return parts
