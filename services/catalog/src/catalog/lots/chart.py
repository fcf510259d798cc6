"""A trace as a picture: lots as boxes from left to right as they came to be, bands between them as wide as their weight.

Colour says little and never alone: each box has its words, and its title says the rest to who hovers or hears.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID
from xml.sax.saxutils import escape

from catalog.lots.rules.kinds import LotUnit
from catalog.lots.rules.lots import Lot
from catalog.lots.rules.tracing import Step, Trace, depths, roots
from catalog.lots.service.tracing import Shown
from contracts.values import plain

type Say = Callable[[str], str]

#: Lots in one picture; more than that nobody can follow, and the data have them all.
MOST = 80
_BOX, _HIGH, _GAP, _ROW, _EDGE, _HEAD = 206, 58, 70, 76, 16, 64
#: Letters that a box is wide: of a name, and of what stands under it.
_WIDE, _LETTERS = 25, 29
_UNITS: Mapping[LotUnit, str] = {"KGM": "kg", "LTR": "l", "H87": ""}
#: Okabe and Ito's palette, light enough for dark letters: first lots, lots in between, what left with orders.
_FIRST, _BETWEEN, _ORDERS = "#9FD9C5", "#F2F2F2", "#BFDDF2"


@dataclass(frozen=True)
class _Box:
    key: UUID
    column: int
    lines: tuple[str, ...]
    fill: str
    title: str


@dataclass(frozen=True)
class _Band:
    source: UUID
    target: UUID
    kg: Decimal


def draw(trace: Trace, shown: Shown, say: Say) -> str:
    """An SVG document of the nearest lots of a trace."""
    away = depths(trace.starts, trace.steps, trace.direction)
    lots = sorted(trace.lots, key=lambda lot: (away.get(lot.id, 0), lot.made_in, lot.number))[:MOST]
    kept = {lot.id for lot in lots}
    columns = _columns(lots, trace.steps)
    boxes = [_box(lot, columns[lot.id], trace, shown, say) for lot in lots]
    bands = [band for step in trace.steps for band in _bands(step, {lot.id: lot for lot in lots})]
    ordered, packed = _orders(trace, lots, columns, say)
    boxes += ordered
    bands += packed
    places = _placed(boxes, bands)
    width = 2 * _EDGE + (max((box.column for box in boxes), default=0) + 1) * (_BOX + _GAP) - _GAP
    height = _HEAD + max((y for _, y in places.values()), default=0) + _HIGH + _EDGE + 24
    title = say("Where it came from") if trace.direction == "back" else say("Where it went")
    widest = max((band.kg for band in bands), default=Decimal(0))
    left_out = len(trace.lots) - len(kept)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' font-family="system-ui, sans-serif" font-size="12" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
        _text(_EDGE, 28, title, 'font-size="16" font-weight="600"'),
        *(_path(band, places, widest) for band in bands),
        *(_drawn(box, places[box.key]) for box in boxes),
    ]
    if left_out or not trace.complete:
        more = say("{count} more lots are in the data").format(count=left_out)
        parts.append(_text(_EDGE, height - _EDGE, more, 'fill="#555555"'))
    return "\n".join([*parts, "</svg>"])


def _columns(lots: Sequence[Lot], steps: Sequence[Step]) -> dict[UUID, int]:
    """A lot stands right of everything that it came from."""
    columns = {lot.id: 0 for lot in lots}
    for step in steps:
        for source, target in step.links:
            if source in columns and target in columns:
                columns[target] = max(columns[target], columns[source] + 1)
    return columns


def _box(lot: Lot, column: int, trace: Trace, shown: Shown, say: Say) -> _Box:
    made = next(
        (step for step in trace.steps if any(flow.lot_id == lot.id and flow.quantity > 0 for flow in step.flows)), None
    )
    quantity = (
        sum((flow.quantity for flow in (made.flows if made else ()) if flow.lot_id == lot.id), Decimal(0))
        or lot.balance
    )
    unit = _UNITS[lot.thing.unit]
    producer = shown.producers.get(lot.thing.producer_id, "") if lot.thing.producer_id else ""
    where = " · ".join(dict.fromkeys(part for part in (producer, lot.thing.place) if part))
    number = f"{lot.number} · {lot.made_on.isoformat()}"
    amount = f"{plain(quantity)} {unit}".strip()
    lines = (f"{_cut(lot.thing.name, _WIDE - len(amount) - 1)} {amount}", where, number)
    losses = ", ".join(f"{say(name)} {plain(kg)} kg" for name, kg in sorted(made.losses.items())) if made else ""
    title = " · ".join(
        part
        for part in (lot.thing.name, amount, where, number, losses and f"{say('Lost on the way')}: {losses}")
        if part
    )
    fill = _FIRST if lot.id in roots(trace.lots, trace.steps) else _BETWEEN
    return _Box(lot.id, column, lines, fill, title)


def _bands(step: Step, lots: Mapping[UUID, Lot]) -> list[_Band]:
    """What went from lot to lot: each source's weight, shared by the weight of what was made."""
    made = {flow.lot_id: _kg(lots, flow.lot_id, flow.quantity) for flow in step.flows if flow.quantity > 0}
    whole = sum((kg for id_, kg in made.items() if id_ in lots), Decimal(0)) or Decimal(1)
    taken = {flow.lot_id: _kg(lots, flow.lot_id, -flow.quantity) for flow in step.flows if flow.quantity < 0}
    return [
        _Band(source, target, taken.get(source, Decimal(0)) * made.get(target, Decimal(0)) / whole)
        for source, target in step.links
        if source in lots and target in lots
    ]


def _kg(lots: Mapping[UUID, Lot], lot_id: UUID, quantity: Decimal) -> Decimal:
    return (lots[lot_id].kg(quantity) if lot_id in lots else None) or quantity


def _orders(trace: Trace, lots: Sequence[Lot], columns: Mapping[UUID, int], say: Say) -> tuple[list[_Box], list[_Band]]:
    """A box for what of each lot was packed for orders."""
    by_lot: dict[UUID, list[Decimal]] = defaultdict(list)
    for line in trace.lines:
        by_lot[line.lot_id].append(line.quantity)
    boxes, bands = [], []
    for lot in lots:
        if quantities := by_lot.get(lot.id):
            whole, unit = sum(quantities, Decimal(0)), _UNITS[lot.thing.unit]
            key = UUID(int=lot.id.int ^ 1)
            count = say("Lines of orders: {count}").format(count=len(quantities))
            words = (count, f"{plain(whole)} {unit}".strip())
            boxes.append(_Box(key, columns[lot.id] + 1, words, _ORDERS, " · ".join(words)))
            bands.append(_Band(lot.id, key, lot.kg(whole) or whole))
    return boxes, bands


def _placed(boxes: Sequence[_Box], bands: Sequence[_Band]) -> dict[UUID, tuple[int, int]]:
    """Where each box stands: in its column, near the middle of what leads to it."""
    sources: dict[UUID, list[UUID]] = defaultdict(list)
    for band in bands:
        sources[band.target].append(band.source)
    rows: dict[UUID, float] = {}
    places: dict[UUID, tuple[int, int]] = {}
    for column in range(max((box.column for box in boxes), default=0) + 1):
        here = [box for box in boxes if box.column == column]
        wished = {
            box.key: sum(known) / len(known)
            if (known := [rows[one] for one in sources[box.key] if one in rows])
            else 0.0
            for box in here
        }
        row = -1.0
        for box in sorted(here, key=lambda box: (wished[box.key], box.lines)):
            row = max(row + 1, wished[box.key])
            rows[box.key] = row
            places[box.key] = _EDGE + column * (_BOX + _GAP), int(row * _ROW)
    return places


def _path(band: _Band, places: Mapping[UUID, tuple[int, int]], widest: Decimal) -> str:
    (left, top), (right, bottom) = places[band.source], places[band.target]
    x1, y1, x2, y2 = left + _BOX, top + _HEAD + _HIGH // 2, right, bottom + _HEAD + _HIGH // 2
    middle = (x1 + x2) // 2
    wide = 1.5 + 20 * float(band.kg / widest) if widest else 1.5
    return (
        f'<path d="M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}" fill="none" stroke="#8C6D46" stroke-opacity="0.45"'
        f' stroke-width="{wide:.1f}"/>'
    )


def _drawn(box: _Box, place: tuple[int, int]) -> str:
    x, y = place[0], place[1] + _HEAD
    styles = ('font-weight="600"', 'fill="#333333"', 'fill="#555555" font-size="11"')
    words = "".join(
        _text(x + 8, y + 18 + 16 * row, _cut(line, _LETTERS), style)
        for row, (line, style) in enumerate(zip(box.lines, styles, strict=False))
    )
    return (
        f"<g><title>{escape(box.title)}</title>"
        f'<rect x="{x}" y="{y}" width="{_BOX}" height="{_HIGH}" rx="6" fill="{box.fill}" stroke="#888888"/>{words}</g>'
    )


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(letters - 1, 1)]}…"


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'
