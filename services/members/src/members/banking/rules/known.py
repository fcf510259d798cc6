"""What lines of the bank are matched with. Amounts are integers of minor units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from members.banking.rules.debits import ItemState
from members.banking.rules.words import lengths, name_words, squeezed
from members.dues.references import creditor_reference


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
    """A direct debit of ours. ``told`` and ``return_told``: a line of the bank has spoken of its collection, or of its
    coming back."""

    item_id: UUID
    number: str
    end_to_end_id: str
    batch: str
    member_id: UUID
    amount: int
    state: ItemState
    told: bool = False
    return_told: bool = False


@dataclass(frozen=True)
class Recorded:
    """A transfer of a member that was recorded by hand, and that no line has told of; ``numbers`` are the invoices it
    paid."""

    transfer_id: UUID
    member_id: UUID
    amount: int
    paid_on: date
    numbers: tuple[str, ...] = ()


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
    recorded: Sequence[Recorded] = ()

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
    def reference_lengths(self) -> tuple[int, ...]:
        return lengths(self.by_reference)

    @cached_property
    def number_lengths(self) -> tuple[int, ...]:
        return lengths(self.by_number)

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
    def recorded_by_amount(self) -> dict[int, list[Recorded]]:
        found: dict[int, list[Recorded]] = defaultdict(list)
        for recorded in self.recorded:
            found[recorded.amount].append(recorded)
        return found

    @cached_property
    def by_amount(self) -> dict[int, list[Owed]]:
        found: dict[int, list[Owed]] = defaultdict(list)
        for owed in self.owed:
            found[owed.open].append(owed)
        return found
