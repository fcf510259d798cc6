"""Gaps and gluts as a picture: a row a crop, a column a week, what is missing in red, what is left over in blue.

Colour never speaks alone: each field says its difference as a number, and the title says the rest to who hovers or hears.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from catalog.seasons import rules
from catalog.seasons.rules import WeekBalance
from catalog.seasons.service import Balance
from contracts.values import plain

Say = Callable[[str], str]

_NAME, _CELL, _ROW, _HEAD = 260, 64, 28, 64
#: Told apart by those who see no red or green, too (Okabe and Ito 2008: vermilion and blue).
_FILLS = {"gap": "#D55E00", "glut": "#0072B2", "even": "#FFFFFF", "unknown": "#EEEEEE"}
_INK = {"gap": "#FFFFFF", "glut": "#FFFFFF", "even": "#222222", "unknown": "#777777"}
UNITS = {"KGM": "kg", "LTR": "l", "H87": "", "HUR": "h"}


def draw(balances: Sequence[Balance], say: Say) -> str:
    """An SVG document. Every balance has the same weeks."""
    weeks = balances[0].weeks if balances else []
    width, height = _NAME + _CELL * len(weeks) + 10, _HEAD + _ROW * max(len(balances), 1) + 34
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" role="img">',
        f"<title>{escape(say('Plans against demand, by week'))}</title>",
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
        _text(10, 22, say("Plans against demand, by week"), size=15, weight="bold"),
    ]
    parts += [
        _text(_NAME + _CELL * place + _CELL / 2, _HEAD - 8, rules.iso(week.week)[2:], anchor="middle", ink="#555555")
        for place, week in enumerate(weeks)
    ]
    if not balances:
        parts.append(_text(10, _HEAD + 18, say("Nothing was planned or asked for in these weeks"), ink="#555555"))
    for line, one in enumerate(balances):
        parts += _row(one, _HEAD + _ROW * line, say)
    parts += _legend(height - 12, say)
    return "\n".join([*parts, "</svg>"])


def _row(one: Balance, top: float, say: Say) -> list[str]:
    unit = UNITS[one.unit]
    name = f"{one.name} ({unit})" if unit else one.name
    place = one.place.name if one.place else ""
    label = f"{name} · {place}" if place else name
    parts = [f"<g><title>{escape(label)}</title>{_text(10, top + 18, _short(label))}</g>"]
    for column, week in enumerate(one.weeks):
        left = _NAME + _CELL * column
        parts.append(
            f"<g><title>{escape(_told(label, week, say))}</title>"
            f'<rect x="{left + 1}" y="{top + 1}" width="{_CELL - 2}" height="{_ROW - 2}" rx="3" '
            f'fill="{_FILLS[week.meets]}" stroke="#CCCCCC"/>'
            f"{_text(left + _CELL / 2, top + 18, _number(week.difference), anchor='middle', ink=_INK[week.meets])}</g>"
        )
    return parts


def _told(label: str, week: WeekBalance, say: Say) -> str:
    asked = "?" if week.demand.quantity is None else plain(week.demand.quantity)
    return f"{label}, {rules.iso(week.week)}: {say('planned')} {plain(week.planned.quantity)}, {say('demand')} {asked}"


def _number(difference: Decimal | None) -> str:
    """Whole numbers fit; the data have the rest."""
    if difference is None:
        return "?"
    shown = difference.quantize(Decimal(1)) if abs(difference) >= 10 else difference.quantize(Decimal("0.1"))
    return f"{'+' if shown > 0 else ''}{plain(shown)}".replace("-", "−")


def _short(label: str) -> str:
    return label if len(label) <= 36 else f"{label[:35]}…"


def _legend(y: float, say: Say) -> list[str]:
    parts, left = [], 10.0
    for kind, text in (
        ("gap", say("missing")),
        ("even", say("within 10 %")),
        ("glut", say("left over")),
        ("unknown", say("nothing known")),
    ):
        parts.append(f'<rect x="{left}" y="{y - 10}" width="12" height="12" fill="{_FILLS[kind]}" stroke="#CCCCCC"/>')
        parts.append(_text(left + 18, y, text, ink="#555555"))
        left += 34 + 7 * len(text)
    return parts


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    weight: str = "normal",
    anchor: str = "start",
    ink: str = "#222222",
) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f"fill={quoteattr(ink)}>{escape(text)}</text>"
    )
