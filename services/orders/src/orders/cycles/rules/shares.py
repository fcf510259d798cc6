"""Sharing a whole so that the parts always add up to it."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def apportion(whole: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Parts of `whole` in proportion to `weights`, by largest remainder (Hamilton); they add up to `whole`.

    Of equal remainders the earlier weight is served first. No part exceeds a whole-numbered weight as long as
    `whole` does not exceed their sum. Raises ValueError for something to share and nobody to share it among.
    """
    # In whole numbers throughout: fractions would cost ten times as much, on every order that is placed.
    denominator = lcm(*(weight.denominator for weight in weights))
    scaled = [weight.numerator * (denominator // weight.denominator) for weight in weights]
    basis = sum(scaled)
    if basis == 0:
        if whole:
            raise ValueError("nobody to share among")
        return [0] * len(scaled)
    shared = [divmod(whole * weight, basis) for weight in scaled]
    parts = [part for part, _ in shared]
    left = whole - sum(parts)
    if left:
        by_remainder = sorted(range(len(parts)), key=lambda index: (-shared[index][1], index))
        for index in by_remainder[:left]:
            parts[index] += 1
    return parts
