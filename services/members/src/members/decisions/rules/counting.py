"""The count: arithmetic that everybody can repeat.

Thresholds are compared in whole numbers, never in fractions. Abstaining, standing aside and a blank ballot take part
(quorum) and weigh on neither side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from members.decisions.rules.delegation import represented
from members.decisions.rules.proposals import Content

Outcome = Literal["accepted", "rejected", "no_quorum"]

#: Why it came out so; filled from the result, and said in the reader's language.
NO_QUORUM = "No quorum: {present} of {entitled} took part; at least {quorum_needed} were needed."
CONSENT = "Consent: nobody objected (consenting: {consent}, standing aside: {stand_aside})."
OBJECTION = "No consent. Objections: {object}."
NO_CONSENT = "No consent: nobody consented."
MAJORITY = "Accepted: {yes} in favour, {no} against; at least {threshold} in favour were needed."
NO_MAJORITY = "Rejected: {yes} in favour, {no} against; at least {threshold} in favour were needed."
CHOSEN = "Chosen: {chosen}."
CHOSEN_AND_TIE = "Chosen: {chosen}. The next ones tied: {tied}; a run-off decides between them."
TIE = "A tie between {tied}; no lot is drawn, a run-off decides between them."
NOBODY_CHOSEN = "No option got a vote."
SENTENCES = (
    NO_QUORUM,
    CONSENT,
    OBJECTION,
    NO_CONSENT,
    MAJORITY,
    NO_MAJORITY,
    CHOSEN,
    CHOSEN_AND_TIE,
    TIE,
    NOBODY_CHOSEN,
)


@dataclass(frozen=True)
class RollEntry:
    """A member on the roll of an open ballot: how many votes it has, what it chose, to whom it delegated."""

    member_id: UUID
    weight: int
    #: None if it cast no ballot.
    choices: tuple[str, ...] | None = None
    delegate_id: UUID | None = None


@dataclass(frozen=True)
class Cast:
    """A ballot that counts."""

    choices: tuple[str, ...]
    weight: int = 1


@dataclass(frozen=True)
class Count:
    """What an option came to: members, and their votes."""

    option: str
    votes: int
    weight: int


@dataclass(frozen=True)
class Taken:
    """The ballots that count, and who took part how."""

    ballots: tuple[Cast, ...]
    #: Members who cast a ballot themselves.
    voted: int
    #: Members for whom a delegate did.
    represented: int = 0
    #: Delegations that led to nobody who voted.
    lost: int = 0
    #: Delegations between a vote and who cast it, at most.
    longest_chain: int = 0


@dataclass(frozen=True)
class Result:
    """The count with its arithmetic."""

    entitled: int
    entitled_weight: int
    voted: int
    represented: int
    lost: int
    longest_chain: int
    present: int
    weight_cast: int
    quorum_needed: int
    quorum_met: bool
    counts: tuple[Count, ...]
    #: The weight that ``yes`` needed; None where that is not the question.
    threshold: int | None
    outcome: Outcome
    chosen: tuple[str, ...]
    tied: tuple[str, ...]
    #: One of ``SENTENCES``.
    because: str


def taken(roll: Sequence[RollEntry]) -> Taken:
    """The ballots of an open vote: one for each member who voted, or whose delegate did."""
    cast = {entry.member_id: entry.choices for entry in roll if entry.choices is not None}
    on_roll = {entry.member_id for entry in roll}
    delegates = {
        entry.member_id: entry.delegate_id
        for entry in roll
        if entry.delegate_id is not None and entry.delegate_id in on_roll
    }
    others = represented(delegates, cast.keys())
    ballots = [
        Cast(cast[entry.member_id if entry.member_id in cast else others[entry.member_id].voter_id], entry.weight)
        for entry in roll
        if entry.member_id in cast or entry.member_id in others
    ]
    named = sum(1 for entry in roll if entry.delegate_id is not None and entry.choices is None)
    return Taken(
        ballots=tuple(ballots),
        voted=len(cast),
        represented=len(others),
        lost=named - len(others),
        longest_chain=max((other.depth for other in others.values()), default=0),
    )


def taken_from_box(ballots: Iterable[tuple[str, ...]]) -> Taken:
    """The ballots of a secret vote: one member, one vote."""
    cast = tuple(Cast(choices) for choices in ballots)
    return Taken(ballots=cast, voted=len(cast))


def count(content: Content, *, entitled: int, entitled_weight: int, votes: Taken) -> Result:
    """Counts. The order of the ballots makes no difference."""
    numbers = {option.key: 0 for option in content.options}
    weights = dict(numbers)
    for ballot in votes.ballots:
        for key in ballot.choices:
            numbers[key] += 1
            weights[key] += ballot.weight
    present = votes.voted + votes.represented
    needed = content.quorum.needed(entitled)
    threshold = _threshold(content, weights, entitled_weight)
    outcome, chosen, tied, because = _decided(content, weights, threshold)
    if present < needed:
        outcome, chosen, tied, because = "no_quorum", (), (), NO_QUORUM
    return Result(
        entitled=entitled,
        entitled_weight=entitled_weight,
        voted=votes.voted,
        represented=votes.represented,
        lost=votes.lost,
        longest_chain=votes.longest_chain,
        present=present,
        weight_cast=sum(ballot.weight for ballot in votes.ballots),
        quorum_needed=needed,
        quorum_met=present >= needed,
        counts=tuple(Count(key, numbers[key], weights[key]) for key in numbers),
        threshold=threshold,
        outcome=outcome,
        chosen=chosen,
        tied=tied,
        because=because,
    )


def _threshold(content: Content, weights: Mapping[str, int], entitled_weight: int) -> int | None:
    """The least weight of ``yes`` that carries: more than ``no``; more than half of the roll; two thirds of both."""
    if content.majority is None:
        return None
    yes, no = weights["yes"], weights["no"]
    return {
        "simple": no + 1,
        "absolute": entitled_weight // 2 + 1,
        "two_thirds": max(1, -(-2 * (yes + no) // 3)),
    }[content.majority]


type _Decided = tuple[Outcome, tuple[str, ...], tuple[str, ...], str]


def _decided(content: Content, weights: Mapping[str, int], threshold: int | None) -> _Decided:
    if content.method == "approval":
        return _approved(weights, content.seats)
    if threshold is not None:
        carried = weights["yes"] >= threshold
        return ("accepted", ("yes",), (), MAJORITY) if carried else ("rejected", (), (), NO_MAJORITY)
    if weights["object"]:
        return "rejected", (), (), OBJECTION
    if not weights["consent"]:
        return "rejected", (), (), NO_CONSENT
    return "accepted", ("consent",), (), CONSENT


def _approved(weights: Mapping[str, int], seats: int) -> _Decided:
    """The ``seats`` heaviest options. Where the last seat is tied, those above the tie have theirs and the rest wait."""
    ranked = sorted((key for key in weights if weights[key]), key=lambda key: -weights[key])
    above: tuple[str, ...] = tuple(ranked)
    edge: tuple[str, ...] = ()
    if len(ranked) > seats:
        last = weights[ranked[seats - 1]]
        above = tuple(key for key in ranked if weights[key] > last)
        edge = tuple(key for key in ranked if weights[key] == last)
    fits = len(above) + len(edge) <= seats
    chosen = above + edge if fits else above
    tied: tuple[str, ...] = () if fits else edge
    if chosen:
        return "accepted", chosen, tied, CHOSEN_AND_TIE if tied else CHOSEN
    return "rejected", (), tied, TIE if tied else NOBODY_CHOSEN


def facts(content: Content, result: Result, names: Mapping[str, str]) -> dict[str, Any]:
    """What fills the sentence ``because``; ``names`` are the options as people call them.

    A majority is one of votes; who consents or objects is a member, whatever its votes.
    """
    members = content.method == "consent"
    return {
        **{count.option: count.votes if members else count.weight for count in result.counts},
        "present": result.present,
        "entitled": result.entitled,
        "quorum_needed": result.quorum_needed,
        "threshold": result.threshold,
        "chosen": ", ".join(names[key] for key in result.chosen),
        "tied": ", ".join(names[key] for key in result.tied),
    }
