"""What a line of the bank pays for, with the reasons that say so. Amounts are integers of minor units.

Each reason has points. A match of ``CERTAIN`` points or more that no other comes near is booked by itself; fewer are put
before the treasurer; below ``PROBABLE`` nothing is said. What tells who paid counts more than what was paid: two members
owe the same amount every day of the year, but only one has that account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain, combinations
from typing import Literal
from uuid import UUID

from stdnum import iso11649

from members.banking.rules.lines import BankLine
from members.banking.rules.words import found_in, name_words, squeezed
from members.dues.references import creditor_reference

type ReasonCode = Literal[
    "reference", "debit", "returned", "account", "mandate", "number", "name", "amount", "several", "part", "too_much"
]

POINTS: dict[ReasonCode, int] = {
    # The invoice's number or its structured reference is in the text.
    "reference": 70,
    # It carries the end-to-end id of a direct debit of ours, collected or come back.
    "debit": 100,
    "returned": 100,
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
#: As many proposals are worth reading.
MOST_PROPOSALS = 3
#: Sums of so many open invoices are tried; who owes more than that pays the oldest.
_MOST_COMBINED = 8


@dataclass(frozen=True)
class Owed:
    """An invoice on which something is open."""

    id: UUID
    number: str
    member_id: UUID
    open: int
    due_on: date


@dataclass(frozen=True)
class Payer:
    """A member, as a bank's text may tell of it."""

    id: UUID
    number: str
    name: str


@dataclass(frozen=True)
class Debit:
    """A direct debit of ours that is at the bank (``collected`` is what it asks for) or was paid."""

    item_id: UUID
    end_to_end_id: str
    member_id: UUID
    invoice_ids: tuple[UUID, ...]
    amount: int
    paid: bool


@dataclass(frozen=True)
class Match:
    """Who paid, for what, and why that is thought. ``invoice_ids`` empty: the oldest first."""

    member_id: UUID
    invoice_ids: tuple[UUID, ...]
    reasons: tuple[ReasonCode, ...]
    debit_id: UUID | None = None

    @property
    def score(self) -> int:
        return max(0, min(100, sum(POINTS[reason] for reason in self.reasons)))


@dataclass(frozen=True)
class Verdict:
    """What is made of a line: the best matches, best first, and whether the first is certain."""

    matches: tuple[Match, ...] = ()
    certain: bool = False


@dataclass(frozen=True)
class Known:
    """All that lines are matched with: invoices open, members, accounts known, direct debits at the bank.

    ``accounts`` says which members have paid from an account, ``mandates`` who gave a mandate on it.
    """

    owed: Sequence[Owed] = ()
    payers: Sequence[Payer] = ()
    accounts: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    mandates: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    debits: Sequence[Debit] = ()

    @cached_property
    def invoices_of(self) -> dict[UUID, list[Owed]]:
        """Each member's, the oldest first."""
        found: dict[UUID, list[Owed]] = defaultdict(list)
        for owed in sorted(self.owed, key=lambda owed: (owed.due_on, owed.number)):
            found[owed.member_id].append(owed)
        return found

    @cached_property
    def by_reference(self) -> dict[str, Owed]:
        return {
            key: owed
            for owed in self.owed
            for key in (squeezed(owed.number), squeezed(creditor_reference(owed.number)))
        }

    @cached_property
    def by_number(self) -> dict[str, Payer]:
        return {squeezed(payer.number): payer for payer in self.payers if payer.number}

    @cached_property
    def by_word(self) -> dict[str, list[tuple[Payer, frozenset[str]]]]:
        """Members by the rarest-looking word of their name: the longest."""
        found: dict[str, list[tuple[Payer, frozenset[str]]]] = defaultdict(list)
        for payer in self.payers:
            words = name_words(payer.name)
            # One short word alone is no name.
            if len(words) > 1 or any(len(word) > 5 for word in words):
                found[max(words, key=lambda word: (len(word), word))].append((payer, words))
        return found

    @cached_property
    def by_amount(self) -> dict[int, list[Owed]]:
        found: dict[int, list[Owed]] = defaultdict(list)
        for owed in self.owed:
            found[owed.open].append(owed)
        return found

    @cached_property
    def by_end_to_end(self) -> dict[str, Debit]:
        return {squeezed(debit.end_to_end_id): debit for debit in self.debits}


def match_all(lines: Iterable[BankLine], known: Known) -> list[Verdict]:
    """What each line is thought to be, in their order: what a certain one pays is open no more for those after it."""
    left = {owed.id: owed.open for owed in known.owed}
    done: set[UUID] = set()
    verdicts = []
    for line in lines:
        verdict = match(line, known, left, done)
        verdicts.append(verdict)
        if verdict.certain:
            best = verdict.matches[0]
            if best.debit_id:
                done.add(best.debit_id)
            _use(line.amount, best, known, left)
    return verdicts


def _use(amount: int, best: Match, known: Known, left: dict[UUID, int]) -> None:
    mine = [owed.id for owed in known.invoices_of.get(best.member_id, ())]
    for invoice_id in best.invoice_ids or mine:
        used = min(max(amount, 0), left.get(invoice_id, 0))
        left[invoice_id] = left.get(invoice_id, 0) - used
        amount -= used


def match(
    line: BankLine, known: Known, left: Mapping[UUID, int] | None = None, done: Collection[UUID] = frozenset()
) -> Verdict:
    """What the line is thought to be: nothing for what went out, unless a direct debit came back by it.

    ``left`` says what is still open of each invoice, ``done`` which debits were dealt with, if other lines came before.
    """
    debit = _debit(line, known)
    if debit is not None and debit.debit_id not in done:
        return Verdict((debit,), certain=True)
    if line.amount <= 0:
        return Verdict()
    still = {owed.id: owed.open for owed in known.owed} if left is None else left
    clues = _clues(line, known, still)
    matches = [
        _weighed(line.amount, member_id, clue, known.invoices_of.get(member_id, ()), still)
        for member_id, clue in clues.items()
    ]
    best = sorted((one for one in matches if one.score >= PROBABLE), key=lambda one: (-one.score, str(one.member_id)))
    # Too many who might have paid is nobody who did.
    if len(best) > MOST_PROPOSALS and best[MOST_PROPOSALS].score == best[0].score:
        return Verdict()
    alone = len(best) < 2 or best[1].score < CERTAIN
    return Verdict(tuple(best[:MOST_PROPOSALS]), certain=bool(best) and best[0].score >= CERTAIN and alone)


def _debit(line: BankLine, known: Known) -> Match | None:
    debit = known.by_end_to_end.get(squeezed(line.end_to_end_id)) if line.end_to_end_id else None
    if debit is None or abs(line.amount) != debit.amount:
        return None
    if line.amount > 0 and not debit.paid:
        return Match(debit.member_id, debit.invoice_ids, ("debit",), debit.item_id)
    if line.amount < 0 and debit.paid:
        return Match(debit.member_id, debit.invoice_ids, ("returned",), debit.item_id)
    return None


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
    for key in found_in(told, known.by_reference):
        owed = known.by_reference[key]
        if left[owed.id]:
            clues[owed.member_id].refer(owed)
    for key in found_in(told, known.by_number):
        clues[known.by_number[key].id].add("number")
    for member_id, reason in _of_account(squeezed(line.counterparty_account), known):
        clues[member_id].add(reason)
    for member_id in _named(f"{line.counterparty} {line.text}", known):
        clues[member_id].add("name")
    if not clues:
        same = known.by_amount.get(line.amount, ())
        clues.update({owed.member_id: _Clue() for owed in same if left[owed.id] == line.amount})
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
