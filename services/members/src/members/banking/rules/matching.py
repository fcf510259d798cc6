"""What a line of the bank pays for, with the reasons that say so. Amounts are integers of minor units.

Each reason has points. A match of ``CERTAIN`` points or more that no other comes near is booked by itself; fewer are put
before the treasurer; below ``PROBABLE`` nothing is said. What tells who paid counts more than what was paid: two members
owe the same amount every day of the year, but only one has that account.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Literal
from uuid import UUID

from stdnum import iso11649

from members.banking.rules.debits import ItemState
from members.banking.rules.known import Debit, Known, Owed
from members.banking.rules.lines import BankLine
from members.banking.rules.words import found_in, lengths, name_words, squeezed

type ReasonCode = Literal[
    "reference",
    "debit",
    "batch",
    "returned",
    "recorded",
    "account",
    "mandate",
    "number",
    "name",
    "amount",
    "several",
    "part",
    "too_much",
]

POINTS: dict[ReasonCode, int] = {
    # The invoice's number or its structured reference is in the text.
    "reference": 70,
    # It carries the end-to-end id of a direct debit of ours, collected or come back.
    "debit": 100,
    "returned": 100,
    # It names a batch or a collection of ours, and is what all of it comes to.
    "batch": 100,
    # A payment of that amount was recorded by hand about that day.
    "recorded": 60,
    # The member has paid from this account before, or gave a mandate on it.
    "account": 45,
    "mandate": 45,
    # The member's number, or its name, is in the text or the payer's name.
    "number": 45,
    "name": 25,
    # It is exactly what is open: of one invoice, or of several together.
    "amount": 30,
    "several": 25,
    # It is less, or more, than is open.
    "part": 0,
    "too_much": -20,
}
CERTAIN = 70
PROBABLE = 25
#: Days by which a record made by hand may differ from the bank's.
RECORDED_DAYS = 10
#: As many proposals are worth reading.
MOST_PROPOSALS = 3
#: Sums of so many open invoices are tried; who owes more than that pays the oldest.
_MOST_COMBINED = 8


@dataclass(frozen=True)
class Match:
    """Who paid, for what, and why that is thought. ``invoice_ids`` empty: the oldest first.

    With ``items`` it is direct debits of ours, of one member or of several, collected or come back; with ``transfer_id``
    a transfer that is in the books already.
    """

    member_id: UUID | None
    invoice_ids: tuple[UUID, ...]
    reasons: tuple[ReasonCode, ...]
    items: tuple[UUID, ...] = ()
    transfer_id: UUID | None = None

    @property
    def score(self) -> int:
        return max(0, min(100, sum(POINTS[reason] for reason in self.reasons)))


@dataclass(frozen=True)
class Verdict:
    """What is made of a line: the best matches, best first, and whether the first is certain."""

    matches: tuple[Match, ...] = ()
    certain: bool = False


class Left:
    """What is still to be told by lines: what is open of each invoice, and the direct debits. Shrinks as they are."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.open = {owed.id: owed.open for owed in known.owed}
        self._debits = {debit.item_id: debit for debit in known.debits}
        self._by_end_to_end = {squeezed(debit.end_to_end_id): debit.item_id for debit in known.debits}
        self._by_batch: dict[str, list[UUID]] = defaultdict(list)
        self._by_number: dict[str, list[UUID]] = defaultdict(list)
        for debit in known.debits:
            self._by_batch[squeezed(debit.batch)].append(debit.item_id)
            self._by_number[squeezed(debit.number)].append(debit.item_id)
        self._lengths = lengths(self._by_number)

    def debits(self, line: BankLine) -> Match | None:
        """The direct debits that the line collects, all of them together, or the one that came back by it."""
        one = self._debits.get(self._by_end_to_end.get(squeezed(line.end_to_end_id), _NONE))
        if one is not None:
            return self._one(line, one)
        batches = [self._by_batch.get(squeezed(line.batch), [])] if line.batch else []
        batches += [self._by_number[key] for key in found_in(line.text, self._by_number, self._lengths)]
        for items in batches:
            untold = [item_id for item_id in items if not self._debits[item_id].told]
            if untold and sum(self._debits[item_id].amount for item_id in untold) == line.amount:
                return Match(None, (), ("batch",), tuple(untold))
        return None

    def _one(self, line: BankLine, debit: Debit) -> Match | None:
        if line.amount == debit.amount and not debit.told:
            return Match(debit.member_id, (), ("debit",), (debit.item_id,))
        back = debit.state == "paid" or (debit.state == "returned" and not debit.return_told)
        if line.amount == -debit.amount and back:
            return Match(debit.member_id, (), ("returned",), (debit.item_id,))
        return None

    def use(self, amount: int, best: Match) -> None:
        """Notes that a line is this."""
        for item_id in best.items:
            debit = self._debits[item_id]
            if amount > 0:
                state: ItemState = "paid" if debit.state == "collecting" else debit.state
                self._debits[item_id] = replace(debit, state=state, told=True)
            else:
                self._debits[item_id] = replace(debit, state="returned", return_told=True)
        if best.member_id is not None and not best.items:
            mine = [owed.id for owed in self._known.invoices_of.get(best.member_id, ())]
            for invoice_id in best.invoice_ids or mine:
                used = min(amount, self.open[invoice_id])
                self.open[invoice_id] -= used
                amount -= used


_NONE = UUID(int=0)


def match_all(lines: Iterable[BankLine], known: Known) -> list[Verdict]:
    """What each line is thought to be, in their order: what a certain one pays is open no more for those after it."""
    left = Left(known)
    verdicts = []
    for line in lines:
        verdict = match(line, known, left)
        verdicts.append(verdict)
        if verdict.certain:
            left.use(line.amount, verdict.matches[0])
    return verdicts


def match(line: BankLine, known: Known, left: Left) -> Verdict:
    """What the line is thought to be: nothing for what went out, unless a direct debit came back by it."""
    debits = left.debits(line)
    if debits is not None:
        return Verdict((debits,), certain=True)
    if line.amount <= 0:
        return Verdict()
    clues = _clues(line, known, left.open)
    matches = _by_hand(line, known, clues)
    matches += [
        _weighed(line.amount, member_id, clue, known.invoices_of.get(member_id, ()), left.open)
        for member_id, clue in clues.items()
    ]
    best = sorted((one for one in matches if one.score >= PROBABLE), key=lambda one: (-one.score, str(one.member_id)))
    # Too many who might have paid is nobody who did.
    if len(best) > MOST_PROPOSALS and best[MOST_PROPOSALS].score == best[0].score:
        return Verdict()
    return Verdict(tuple(best[:MOST_PROPOSALS]), certain=_is_certain(best))


def _is_certain(best: Sequence[Match]) -> bool:
    """Whether the first is certain: no other comes near, it is not more than is open (a slip?), and nothing like it was
    recorded by hand (the same money?)."""
    if not best or best[0].score < CERTAIN or "too_much" in best[0].reasons:
        return False
    if any(one.transfer_id for one in best):
        return False
    return len(best) < 2 or best[1].score < CERTAIN


def _by_hand(line: BankLine, known: Known, clues: Mapping[UUID, "_Clue"]) -> list[Match]:
    """Transfers recorded by hand that the line may be: of members of whom it tells, or of anybody if of nobody."""
    anybody = not any(clue.reasons for clue in clues.values())
    found = []
    for one in known.recorded_by_amount.get(line.amount, ()):
        if abs((line.booked_on - one.paid_on).days) > RECORDED_DAYS:
            continue
        reasons: list[ReasonCode] = ["recorded"]
        if found_in(line.text, {squeezed(number): number for number in one.numbers}):
            reasons.append("reference")
        if one.member_id in clues:
            reasons += [reason for reason in clues[one.member_id].reasons if reason != "reference"]
        if anybody or len(reasons) > 1:
            found.append(Match(one.member_id, (), tuple(reasons), transfer_id=one.transfer_id))
    return found


@dataclass
class _Clue:
    """What tells of a member that the line may come from it."""

    reasons: list[ReasonCode] = field(default_factory=list)
    referred: list[Owed] = field(default_factory=list)

    def add(self, reason: ReasonCode) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)

    def refer(self, owed: Owed) -> None:
        if owed not in self.referred:
            self.referred.append(owed)
        self.add("reference")


def _clues(line: BankLine, known: Known, left: Mapping[UUID, int]) -> dict[UUID, _Clue]:
    clues: dict[UUID, _Clue] = defaultdict(_Clue)
    told = f"{line.text} {_trusted(line.reference)} {line.end_to_end_id}"
    for key in found_in(told, known.by_reference, known.reference_lengths):
        owed = known.by_reference[key]
        if left[owed.id]:
            clues[owed.member_id].refer(owed)
    for key in found_in(told, known.by_number, known.number_lengths):
        clues[known.by_number[key].id].add("number")
    for member_id, reason in _of_account(squeezed(line.counterparty_account), known):
        clues[member_id].add(reason)
    for member_id in _named(f"{line.counterparty} {line.text}", known):
        clues[member_id].add("name")
    if not clues:
        owing = (owed.member_id for owed in known.by_amount.get(line.amount, ()) if left[owed.id] == line.amount)
        # One more than are worth reading says that there are too many, however many there are.
        for member_id in owing:
            clues[member_id] = _Clue()
            if len(clues) > MOST_PROPOSALS:
                break
    return clues


def _trusted(reference: str) -> str:
    """A structured reference, unless its check digits say that it was mistyped."""
    return "" if reference[:2].upper() == "RF" and not iso11649.is_valid(reference) else reference


def _of_account(account: str, known: Known) -> Iterable[tuple[UUID, ReasonCode]]:
    """Whose account it is, as payments or else mandates have told."""
    payers = known.accounts.get(account, frozenset())
    yield from ((member_id, "account") for member_id in payers)
    yield from ((member_id, "mandate") for member_id in known.mandates.get(account, frozenset()) - payers)


def _named(text: str, known: Known) -> Iterable[UUID]:
    """Members all of whose name's words are in the text."""
    words = name_words(text)
    for word in words:
        for payer, needed in known.by_word.get(word, ()):
            if needed <= words:
                yield payer.id


def _weighed(amount: int, member_id: UUID, clue: _Clue, mine: Sequence[Owed], left: Mapping[UUID, int]) -> Match:
    """The match with what the amount says of it, and the invoices that it pays."""
    open_ones = [owed for owed in mine if left[owed.id] > 0]
    chosen = _adding_up(amount, clue.referred, open_ones, left)
    told: ReasonCode
    if chosen:
        told = "amount" if len(chosen) == 1 else "several"
        return Match(member_id, tuple(owed.id for owed in chosen), (*clue.reasons, told))
    told = "part" if amount < sum(left[owed.id] for owed in clue.referred or open_ones) else "too_much"
    return Match(member_id, tuple(owed.id for owed in clue.referred), (*clue.reasons, told))


def _adding_up(
    amount: int, referred: Sequence[Owed], mine: Sequence[Owed], left: Mapping[UUID, int]
) -> tuple[Owed, ...]:
    """The invoices that come to exactly this: those referred to, else all, else the oldest few, else any few.

    Where some are referred to, no others are guessed beside all of them. Empty if none come to it.
    """
    choices: Iterable[Sequence[Owed]] = [referred, mine]
    if not referred:
        tried = mine[:_MOST_COMBINED]
        some = (few for count in range(1, len(tried) + 1) for few in combinations(tried, count))
        choices = chain([mine], some)
    return next((tuple(few) for few in choices if few and sum(left[owed.id] for owed in few) == amount), ())
