"""Stacked bars as SVG: what a price is made of, and what it is short of. Read in grey, the figures beside say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from catalog.prices.rules.results import AnyPart, PartKind

#: Okabe and Ito's palette, told apart by the colour-blind, too; a margin is light, what is not covered is hatched.
COLOURS: dict[PartKind, str] = {
    "labour": "#0072B2",
    "inputs": "#009E73",
    "energy": "#E69F00",
    "transport": "#CC79A7",
    "depreciation": "#8C6D46",
    "other": "#999999",
    "margin": "#F0E442",
    "shortfall": "url(#short)",
}
#: Colours that take dark letters.
_PALE = frozenset({"energy", "transport", "other", "margin"})
_WIDTH, _NAME, _FIGURE, _EDGE = 760, 170, 120, 16
_BAR, _STEP, _TOP = 34, 66, 76
#: Pixels that a letter takes at most, at 12 and at 14 pixels.
_LETTER, _TITLE_LETTER = 7.0, 8.0


_HATCHING = (
    '<defs><pattern id="short" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff"/><rect width="2" height="6" fill="#b00020"/></pattern></defs>'
)


@dataclass(frozen=True)
class Bar:
    """A price or cost with its parts in minor units; ``short`` parts are negative and drawn beyond the price.

    ``note`` stands below the bar.
    """

    name: str
    figure: str
    parts: tuple[AnyPart, ...]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """All that a chart shows, in its reader's language; ``legend`` names the kinds, ``figures`` a part's amount."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    legend: dict[PartKind, str]
    figures: dict[int, str]


def draw(chart: Chart) -> str:
    """The chart as an SVG document, as high as its bars need."""
    longest = max((_length(bar) for bar in chart.bars), default=0) or 1
    rows = _legend_rows(chart)
    height = _TOP + _STEP * len(chart.bars) + 24 * len(rows) + _EDGE
    drawn = [
        _opening(height),
        f'<title id="title">{escape(chart.title)}</title>',
        f'<desc id="desc">{escape(_described(chart))}</desc>',
        _HATCHING,
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_EDGE, 30, _cut(chart.title, (_WIDTH - 2 * _EDGE) / _TITLE_LETTER), 'font-size="16" font-weight="600"'),
        _text(_EDGE, 52, _cut(chart.subtitle, (_WIDTH - 2 * _EDGE) / _LETTER), 'fill="#444"'),
    ]
    for place, bar in enumerate(chart.bars):
        drawn += _bar(bar, _TOP + _STEP * place, longest, chart.figures)
    for place, row in enumerate(rows):
        drawn += _legend(row, chart.legend, _TOP + _STEP * len(chart.bars) + 24 * place + 8)
    return "\n".join([*drawn, "</svg>"])


def _opening(height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        ' role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12">'
    )


def _length(bar: Bar) -> int:
    """What is drawn of it: where a price is short of the cost, the cost."""
    return sum(part.minor for part in bar.parts if part.minor > 0)


def _described(chart: Chart) -> str:
    """The same in words."""
    bars = []
    for bar in chart.bars:
        parts = ", ".join(f"{chart.legend[part.kind]} {chart.figures[part.minor]}" for part in bar.parts)
        bars.append(f"{bar.name}: {bar.figure} ({parts})")
    return "; ".join(bars)


def _bar(bar: Bar, top: int, longest: int, figures: dict[int, str]) -> list[str]:
    scale = (_WIDTH - _NAME - _FIGURE - 2 * _EDGE) / longest
    left: float = _EDGE + _NAME
    # What is missing covers the end of the cost: the price reaches as far as the hatching starts.
    seen = left + sum(part.minor for part in bar.parts) * scale
    drawn = [_text(_EDGE, top + _BAR / 2 + 4, _cut(bar.name, _NAME / _LETTER))]
    for part in bar.parts:
        if part.minor > 0:
            width = part.minor * scale
            drawn += _segment(part, left, top, width, figures[part.minor], said=left + width <= seen + 0.1)
            left += width
        else:
            width = -part.minor * scale
            drawn.append(
                f'<rect x="{left - width:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="url(#short)"'
                f' fill-opacity="0.75" stroke="#b00020"><title>{escape(figures[part.minor])}</title></rect>'
            )
    drawn.append(_text(left + 8, top + _BAR / 2 + 4, bar.figure, 'font-weight="600"'))
    if bar.note:
        width = (_WIDTH - _EDGE - _NAME - _EDGE) / 6.2
        drawn.append(_text(_EDGE + _NAME, top + _BAR + 15, _cut(bar.note, width), 'font-size="11" fill="#555"'))
    return drawn


def _segment(part: AnyPart, left: float, top: int, width: float, figure: str, *, said: bool) -> list[str]:
    """A part of a bar, with its figure inside if it is ``said`` and has the room."""
    drawn = [
        (
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{COLOURS[part.kind]}"'
            f' stroke="#fff"><title>{escape(figure)}</title></rect>'
        )
    ]
    number = figure.rsplit(" ", 1)[0]
    if said and width > len(number) * _LETTER + 6:
        ink = "#111" if part.kind in _PALE else "#fff"
        at = left + width / 2
        drawn.append(_text(at, top + _BAR / 2 + 4, number, f'text-anchor="middle" fill="{ink}"'))
    return drawn


def _legend_rows(chart: Chart) -> list[list[PartKind]]:
    """The kinds that any bar has, as many to a row as fit."""
    present = {part.kind for bar in chart.bars for part in bar.parts}
    rows: list[list[PartKind]] = []
    left = float(_WIDTH)
    for kind in (kind for kind in COLOURS if kind in present):
        width = _legend_width(chart.legend[kind])
        if left + width > _WIDTH - _EDGE:
            rows.append([])
            left = _EDGE
        rows[-1].append(kind)
        left += width
    return rows


def _legend_width(name: str) -> float:
    return 18 + len(name) * _LETTER + 14


def _legend(kinds: Sequence[PartKind], names: dict[PartKind, str], top: int) -> list[str]:
    drawn = []
    left = float(_EDGE)
    for kind in kinds:
        edge = ' stroke="#b00020"' if kind == "shortfall" else ""
        drawn.append(
            f'<rect x="{left:.1f}" y="{top}" width="12" height="12" fill="{COLOURS[kind]}"{edge}/>'
            + _text(left + 18, top + 10, names[kind])
        )
        left += _legend_width(names[kind])
    return drawn


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def _cut(words: str, letters: float) -> str:
    """As many letters as fit."""
    return words if len(words) <= letters else words[: int(letters) - 1] + "…"
