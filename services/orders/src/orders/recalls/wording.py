"""Amounts as people write them."""

from decimal import Decimal

from contracts.values import plain

_UNITS = {"KGM": " kg", "LTR": " l", "H87": "", "HUR": " h"}


def amount(quantity: Decimal, unit: str) -> str:
    """Such as ``2.5 kg``; pieces stand alone."""
    return f"{plain(quantity)}{_UNITS.get(unit, f' {unit}')}"
