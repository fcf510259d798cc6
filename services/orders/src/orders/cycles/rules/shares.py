"""Sharing a whole so that the parts always add up to it."""

from collections.abc import Sequence
from fractions import Fraction


def apportion(whole: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Parts of `whole` in proportion to `weights`, by largest remainder (Hamilton); they add up to `whole`.

    Of equal remainders the earlier weight is served first. No part exceeds a whole-numbered weight as long as
    `whole` does not exceed their sum. Raises ValueError for something to share and nobody to share it among.
    """
    basis = sum(weights, Fraction(0))
    if basis == 0:
        if whole:
            raise ValueError("nobody to share among")
        return [0] * len(weights)
    quotas = [whole * Fraction(weight) / basis for weight in weights]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - quotas[index], index))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts
