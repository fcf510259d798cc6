"""What came in and what became of it, for a period: opening + in = out + closing, of each thing, and in kilos of all.

Opening is what the flows before the period add up to; closing is what the lots hold now, less what happened since. The
two come from different books, so a difference of nothing says that they agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from catalog.lots.rules.kinds import LotKind, LotUnit

#: Within the chain: what is made is what was taken, in other hands, places or lots.
NOTHING = Decimal(0)

#: A thing: product, name, unit, and what one unit weighs.
type Key = tuple[UUID | None, str, LotUnit, Decimal | None]


@dataclass(frozen=True)
class Moved:
    """What the flows of one kind add up to, of one thing: before the period, in it (in and out apart), and after it."""

    key: Key
    kind: LotKind
    cause: str | None
    before: Decimal
    came_in: Decimal
    went_out: Decimal
    after: Decimal


@dataclass(frozen=True)
class Line:
    """One thing's balance, in its unit."""

    key: Key
    opening: Decimal
    came_in: Mapping[str, Decimal]
    went_out: Mapping[str, Decimal]
    closing: Decimal

    @property
    def difference(self) -> Decimal:
        return self.opening + sum(self.came_in.values(), NOTHING) - sum(self.went_out.values(), NOTHING) - self.closing


@dataclass(frozen=True)
class Chain:
    """All that can be weighed, in kilos. ``losses`` are those of transformations: water above all."""

    opening: Decimal
    came_in: Mapping[str, Decimal]
    went_out: Mapping[str, Decimal]
    losses: Mapping[str, Decimal]
    #: What transformations took and made whose other side can't be weighed, or was not asked for: out, less in.
    unweighed: Decimal
    closing: Decimal

    @property
    def difference(self) -> Decimal:
        into = self.opening + sum(self.came_in.values(), NOTHING)
        out = sum(self.went_out.values(), NOTHING) + sum(self.losses.values(), NOTHING) + self.unweighed
        return into - out - self.closing


@dataclass(frozen=True)
class Balance:
    lines: tuple[Line, ...]
    chain: Chain
    #: Things that nobody said the weight of: they are not in the chain's kilos.
    not_weighed: tuple[str, ...] = field(default=())


def balanced(
    moves: Sequence[Moved], now: Mapping[Key, Decimal], losses: Mapping[str, Decimal], partly: Decimal
) -> Balance:
    """The balance of each thing and of the chain. ``now`` is what the lots hold; ``losses`` are in kilos and of events
    of which everything can be weighed; ``partly`` is what events took, less what they made, of which not everything is.
    """
    by_key: dict[Key, list[Moved]] = defaultdict(list)
    for move in moves:
        by_key[move.key].append(move)
    lines = [_line(key, by_key[key], now.get(key, NOTHING)) for key in sorted(by_key.keys() | now.keys(), key=_order)]
    lines = [line for line in lines if line.opening or line.closing or line.came_in or line.went_out]
    return Balance(
        tuple(lines), _chain(lines, losses, partly), tuple(line.key[1] for line in lines if line.key[3] is None)
    )


def _order(key: Key) -> tuple[str, str, str, str]:
    return key[1], key[2], str(key[0] or ""), str(key[3] or "")


def _line(key: Key, moves: Iterable[Moved], now: Decimal) -> Line:
    came_in: dict[str, Decimal] = defaultdict(Decimal)
    went_out: dict[str, Decimal] = defaultdict(Decimal)
    opening, after = NOTHING, NOTHING
    for move in moves:
        name = move.kind if move.cause is None else f"{move.kind}:{move.cause}"
        came_in[name] += move.came_in
        went_out[name] += move.went_out
        opening += move.before
        after += move.after
    return Line(key, opening, _some(came_in), _some(went_out), now - after)


def _some(found: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: quantity for name, quantity in sorted(found.items()) if quantity}


#: What one lot gives another: it is not in or out of the chain.
WITHIN = frozenset({"split", "merged", "delivered", "transformed", "composted"})


def _chain(lines: Iterable[Line], losses: Mapping[str, Decimal], partly: Decimal) -> Chain:
    opening, closing = NOTHING, NOTHING
    came_in: dict[str, Decimal] = defaultdict(Decimal)
    went_out: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        weight = line.key[3]
        if weight is None:
            continue
        opening += line.opening * weight
        closing += line.closing * weight
        for name, quantity in line.came_in.items():
            if name not in WITHIN:
                came_in[name] += quantity * weight
        for name, quantity in line.went_out.items():
            if name not in WITHIN:
                went_out[name] += quantity * weight
    return Chain(opening, _some(came_in), _some(went_out), _some(losses), partly, closing)
