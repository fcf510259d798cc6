"""What a row sells one of: a kilo, a litre, or a pack that counts as a piece and is named by its content."""

import re
from dataclasses import dataclass
from decimal import Decimal

from catalog.producers.rules import fold
from contracts.catalog import Unit
from contracts.values import plain

_KILO = frozenset({"kg", "kgm", "kilo", "kilos", "kilogram", "kilograms", "kilogramo", "kilogramos", "kilogramm"})
_LITRE = frozenset({"l", "lt", "ltr", "liter", "litre", "liters", "litres", "litro", "litros"})
_HOUR = frozenset({"h", "hr", "hrs", "hur", "hour", "hours", "hora", "horas", "stunde", "stunden", "uur"})
_PIECE = frozenset(
    {"", "h87", "piece", "pieces", "pieza", "piezas", "unidad", "pz", "stuck", "stk", "st", "st.", "stuk"}
)

_ONE = re.compile(r"^1?\s*([^\W\d]+\.?)$")


@dataclass(frozen=True)
class Pack:
    """One of what is sold."""

    name: str
    unit: Unit


def unit_of(word: str) -> Unit | None:
    """The unit that a word means in the languages that the files come in, None for a word of its own."""
    folded = fold(word)
    if folded in _KILO:
        return "KGM"
    if folded in _LITRE:
        return "LTR"
    if folded in _HOUR:
        return "HUR"
    return "H87" if folded in _PIECE else None


def pack(text: str) -> Pack:
    """A pack from free text: "kg" and "1 kg" are kilos, "500 g", "4x250ml" or "bunch" are pieces called that."""
    one = _ONE.match(text.strip())
    unit = unit_of(one[1]) if one else None
    if unit in ("KGM", "LTR", "HUR"):
        return Pack({"KGM": "1 kg", "LTR": "1 l", "HUR": "1 h"}[unit], unit)
    return Pack(text.strip(), "H87")


def measured(amount: Decimal, unit_type: str) -> Pack:
    """A pack of so many g, kg, ml…: one kilo or litre is counted in kilos or litres, all else by the piece."""
    return pack(f"{plain(amount)} {unit_type}")
