"""Amounts in minor units, as JSON and as people read them."""

from decimal import Decimal

from contracts.values import scale


def money(minor: int, currency: str) -> dict[str, str]:
    """Money as JSON, just as contracts.values.Money writes it."""
    return {"amount": format(Decimal(minor).scaleb(-scale(currency)), "f"), "currency": currency}


def money_text(minor: int, currency: str) -> str:
    """``1.20 MXN``"""
    return f"{Decimal(minor).scaleb(-scale(currency)):f} {currency}"
