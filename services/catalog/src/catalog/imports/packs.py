"""What a row sells one of: a kilo, a litre, or a pack that counts as a piece and is named by its content."""

import re
from dataclasses import dataclass
from decimal import Decimal

from catalog.producers.rules import fold
from catalog.products.rules import FINEST, NetContent
from contracts.catalog import ContentUnit, Unit
from contracts.values import LARGEST_QUANTITY, plain
from kit.sheets import number

_KILO = frozenset({"kg", "kgm", "kilo", "kilos", "kilogram", "kilograms", "kilogramo", "kilogramos", "kilogramm"})
_LITRE = frozenset({"l", "lt", "ltr", "liter", "litre", "liters", "litres", "litro", "litros"})
_HOUR = frozenset({"h", "hr", "hrs", "hur", "hour", "hours", "hora", "horas", "stunde", "stunden", "uur"})
_PIECE = frozenset(
    {"", "h87", "piece", "pieces", "pieza", "piezas", "unidad", "pz", "stuck", "stk", "st", "st.", "stuk"}
)

#: Measures that packs are named by, as a unit of ours and how many of it they are.
_METRIC: dict[str, tuple[ContentUnit, Decimal]] = {
    "mg": ("GRM", Decimal("0.001")),
    "g": ("GRM", Decimal(1)),
    "kg": ("KGM", Decimal(1)),
    "t": ("KGM", Decimal(1000)),
    "ml": ("MLT", Decimal(1)),
    "cl": ("MLT", Decimal(10)),
    "dl": ("MLT", Decimal(100)),
    "l": ("LTR", Decimal(1)),
    "kl": ("LTR", Decimal(1000)),
}
_MEASURE = re.compile(r"^([0-9][0-9.,]*)\s*([A-Za-z]{1,2})$")

_ONE = re.compile(r"^1?\s*([^\W\d]+\.?)$")


@dataclass(frozen=True)
class Pack:
    """One of what is sold."""

    name: str
    unit: Unit
    #: What is in a pack that counts as a piece, where its name is a weight or a volume.
    content: NetContent | None = None


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
    return Pack(text.strip(), "H87", _content(text))


def _content(text: str) -> NetContent | None:
    """What a name such as "500 g" or "0,75 l" says is in it."""
    measure = _MEASURE.match(text.strip())
    amount = number(measure[1]) if measure else None
    if measure is None or not amount or measure[2].lower() not in _METRIC:
        return None
    unit, factor = _METRIC[measure[2].lower()]
    quantity = amount * factor
    return NetContent(quantity, unit) if quantity < LARGEST_QUANTITY and quantity == quantity.quantize(FINEST) else None


def measured(amount: Decimal, unit_type: str) -> Pack:
    """A pack of so many g, kg, ml…: one kilo or litre is counted in kilos or litres, all else by the piece."""
    return pack(f"{plain(amount)} {unit_type}")
