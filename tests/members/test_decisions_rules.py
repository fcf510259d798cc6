"""Proposals, ballots, delegations and their count, as arithmetic."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Conflict, DomainError, Invalid
from kit.language import Texts
from members.decisions.rules import ballots, counting, delegation, proposals
from members.decisions.rules.counting import Cast, RollEntry, Taken
from members.decisions.rules.proposals import Asked, Content, Option, Proposal, Quorum, Rules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NETWORK = Rules(in_arrears=True, weights={"cooperative": 3}, delegation=True)
ASKED = Asked(
    title="Buy a mill",
    text="",
    method="majority",
    majority=None,
    ballot="open",
    options=(),
    max_choices=None,
    seats=None,
    quorum=Quorum(percent=50),
    kinds=None,
    matter=None,
    matter_id=None,
    opens_at=NOW + timedelta(days=1),
    closes_at=NOW + timedelta(days=8),
)
THREE = tuple(Option(key, key.capitalize()) for key in ("mill", "press", "oven"))


def content(**changes: Any) -> Content:
    return proposals.content(replace(ASKED, **changes), NETWORK, NOW)


def approval(**changes: Any) -> Content:
    return content(method="approval", options=THREE, **changes)


def proposal(found: Content | None = None, **changes: Any) -> Proposal:
    values: dict[str, Any] = {
        "id": UUID(int=1),
        "content": found or content(),
        "made_at": NOW,
        "made_by": None,
        "proposed_by": None,
        "announced_at": NOW,
        "opened_at": None,
        "entitled": None,
        "cancelled_at": None,
        "cancelled_because": None,
        "counted_at": None,
        "result": None,
        "version": 1,
    }
    return Proposal(**{**values, **changes})


def member(number: int) -> UUID:
    return UUID(int=number)


def counted(found: Content, *choices: str, entitled: int = 10, represented: int = 0) -> counting.Result:
    """The count of ballots written as ``"yes"`` or ``"mill press"``."""
    cast = tuple(Cast(tuple(text.split())) for text in choices)
    votes = Taken(cast, voted=len(cast) - represented, represented=represented)
    return counting.count(found, entitled=entitled, entitled_weight=entitled, votes=votes)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"closes_at": ASKED.opens_at}, "/closes_at"),
        ({"closes_at": NOW, "opens_at": None}, "/closes_at"),
        ({"closes_at": NOW + timedelta(days=367)}, "/closes_at"),
        ({"quorum": Quorum(percent=10, number=3)}, "/quorum"),
        ({"matter": "loan"}, "/matter_id"),
        ({"matter_id": UUID(int=1)}, "/matter"),
        ({"method": "consent", "majority": "absolute"}, "/majority"),
        ({"options": THREE}, "/options"),
        ({"max_choices": 2}, "/max_choices"),
        ({"seats": 2}, "/seats"),
        ({"method": "approval"}, "/options"),
        ({"method": "approval", "options": THREE[:1]}, "/options"),
        ({"method": "approval", "options": (*THREE, THREE[1])}, "/options/3/key"),
        ({"method": "approval", "options": (THREE[0], Option("nothing", " "))}, "/options/1/text"),
        ({"method": "approval", "options": THREE, "max_choices": 4}, "/max_choices"),
        ({"method": "approval", "options": THREE, "seats": 4}, "/seats"),
        ({"title": " ! "}, "/title"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        content(**change)
    assert refused.value.field == field


def test_a_secret_ballot_is_one_member_one_vote_cast_by_itself() -> None:
    assert (content().weights, content().delegation) == ({"cooperative": 3}, True)
    secret = content(ballot="secret")
    assert (secret.weights, secret.delegation) == ({}, False)


def test_the_state_follows_from_dates_and_facts() -> None:
    opens, closes = NOW + timedelta(days=1), NOW + timedelta(days=8)
    assert proposals.state(proposal(announced_at=None), closes) == "draft"
    moments = [(NOW, "announced"), (opens, "open"), (closes - timedelta(microseconds=1), "open"), (closes, "closed")]
    assert [proposals.state(proposal(), at) for at, _ in moments] == [expected for _, expected in moments]
    assert proposals.state(proposal(counted_at=closes), closes) == "counted"
    assert proposals.state(proposal(cancelled_at=opens), opens) == "cancelled"


def test_an_announcement_opens_when_it_was_asked_for_or_at_once_if_that_has_passed() -> None:
    draft = proposal(announced_at=None)
    assert proposals.opening(draft, NOW) == ASKED.opens_at
    assert proposals.opening(draft, NOW + timedelta(days=3)) == NOW + timedelta(days=3)
    for found, at in ((draft, NOW + timedelta(days=8)), (proposal(), NOW)):
        with pytest.raises(Conflict):
            proposals.opening(found, at)


@pytest.mark.parametrize(
    ("percent", "number", "entitled", "needed"),
    [
        (50, None, 7, 4),
        (50, None, 8, 4),
        (1, None, 10, 1),
        (100, None, 3, 3),
        (None, 5, 3, 5),
        (None, None, 9, 0),
        (20, None, 0, 0),
    ],
)
def test_the_quorum_is_a_share_rounded_up_or_a_number(
    percent: int | None, number: int | None, entitled: int, needed: int
) -> None:
    assert Quorum(percent, number).needed(entitled) == needed


@pytest.mark.parametrize(
    ("found", "wanted", "reason", "field"),
    [
        (content(), ["perhaps"], "", "/choices/0"),
        (content(), ["yes", "no"], "", "/choices"),
        (content(), [], "", "/choices"),
        (content(method="consent"), ["object"], "  ", "/reason"),
        (approval(max_choices=2), ["mill", "press", "oven"], "", "/choices"),
        (approval(), ["mill", "mill"], "", "/choices/1"),
        (approval(), ["mill", "boat"], "", "/choices/1"),
    ],
)
def test_what_is_wrong_with_a_ballot_is_named(found: Content, wanted: list[str], reason: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ballots.choices(proposal(found), wanted, reason)
    assert refused.value.field == field


def test_a_ballot_is_kept_in_the_order_of_the_options() -> None:
    assert ballots.choices(proposal(approval()), ["oven", "mill"], "") == ("mill", "oven")
    assert ballots.choices(proposal(approval()), [], "") == ()


def test_a_receipt_is_known_again_however_it_is_typed() -> None:
    code = ballots.new_receipt()
    assert ballots.receipt(code.lower().replace("-", " ")) == code
    assert len({ballots.new_receipt() for _ in range(100)}) == 100
    for wrong in ("", "AAAA", code[:-1], code + "A", code.replace("-", "")[:31] + "1"):
        with pytest.raises(Invalid):
            ballots.receipt(wrong)


@pytest.mark.parametrize(
    ("majority", "choices", "outcome", "threshold"),
    [
        ("simple", ["yes", "yes", "no"], "accepted", 2),
        ("simple", ["yes", "no"], "rejected", 2),
        ("simple", ["yes", "abstain", "abstain", "abstain"], "accepted", 1),
        ("simple", ["abstain"] * 5, "rejected", 1),
        ("absolute", ["yes"] * 5, "rejected", 6),
        ("absolute", ["yes"] * 6 + ["no"] * 4, "accepted", 6),
        ("two_thirds", ["yes", "yes", "no"], "accepted", 2),
        ("two_thirds", ["yes"] * 3 + ["no"] * 2, "rejected", 4),
        ("two_thirds", ["abstain"], "rejected", 1),
    ],
)
def test_majorities(majority: str, choices: list[str], outcome: str, threshold: int) -> None:
    found = counted(content(majority=majority, quorum=Quorum()), *choices)
    assert (found.outcome, found.threshold) == (outcome, threshold)
    assert found.chosen == (("yes",) if outcome == "accepted" else ())


@pytest.mark.parametrize(
    ("choices", "outcome", "because"),
    [
        (["consent", "stand_aside"], "accepted", counting.CONSENT),
        (["consent"] * 9 + ["object"], "rejected", counting.OBJECTION),
        (["stand_aside"] * 3, "rejected", counting.NO_CONSENT),
        ([], "rejected", counting.NO_CONSENT),
    ],
)
def test_consent_passes_without_objections(choices: list[str], outcome: str, because: str) -> None:
    found = counted(content(method="consent", quorum=Quorum()), *choices)
    assert (found.outcome, found.because) == (outcome, because)


@pytest.mark.parametrize(
    ("seats", "choices", "chosen", "tied"),
    [
        (1, ["mill", "mill press", "press mill"], ["mill"], []),
        (2, ["mill", "mill press", "oven press mill"], ["mill", "press"], []),
        (1, ["mill", "press"], [], ["mill", "press"]),
        (2, ["mill oven", "mill press"], ["mill"], ["press", "oven"]),
        (2, ["mill press", "mill press", "oven"], ["mill", "press"], []),
        (3, ["mill"], ["mill"], []),
        (1, ["", ""], [], []),
    ],
)
def test_approval_fills_its_seats_and_draws_no_lots(
    seats: int, choices: list[str], chosen: list[str], tied: list[str]
) -> None:
    found = counted(approval(seats=seats, quorum=Quorum()), *choices)
    assert (list(found.chosen), sorted(found.tied)) == (chosen, sorted(tied))
    assert found.outcome == ("accepted" if chosen else "rejected")


def test_without_quorum_nothing_is_decided() -> None:
    found = counted(content(), *["yes"] * 4)
    assert (found.outcome, found.chosen, found.quorum_needed, found.quorum_met) == ("no_quorum", (), 5, False)
    assert counted(content(), *["yes"] * 5, represented=2).outcome == "accepted"


def test_votes_are_handed_on_along_the_chain_and_ones_own_beats_it() -> None:
    entries = [
        RollEntry(member(1), 1, ("yes",)),
        RollEntry(member(2), 3, None, member(1)),
        RollEntry(member(3), 1, None, member(2)),
        RollEntry(member(4), 1, ("no",), member(1)),
        RollEntry(member(5), 1, None, member(6)),
        RollEntry(member(6), 1, None, member(5)),
        RollEntry(member(7), 1, None, member(8)),
        RollEntry(member(8), 1),
        RollEntry(member(9), 1, None, member(99)),
    ]
    votes = counting.taken(entries)
    assert (votes.voted, votes.represented, votes.lost, votes.longest_chain) == (2, 2, 4, 2)
    found = counting.count(content(quorum=Quorum()), entitled=9, entitled_weight=11, votes=votes)
    assert {c.option: (c.votes, c.weight) for c in found.counts} == {"yes": (3, 5), "no": (1, 1), "abstain": (0, 0)}


def test_a_delegation_to_oneself_or_around_in_a_circle_is_refused() -> None:
    delegates = {member(1): member(2), member(2): member(3)}
    with pytest.raises(Invalid):
        delegation.check(member(1), member(1), {})
    for closing in (member(1), member(2)):
        with pytest.raises(Conflict):
            delegation.check(member(3), closing, delegates)
    delegation.check(member(3), member(4), delegates)


def test_every_reason_is_said_in_spanish_with_its_figures() -> None:
    texts = Texts(["kit", "members"])
    found: dict[str, str] = {}
    for content_, ballots_ in (
        (content(), ["yes"]),
        (content(quorum=Quorum()), ["yes"]),
        (content(quorum=Quorum()), ["no"]),
        (content(method="consent", quorum=Quorum()), ["consent"]),
        (content(method="consent", quorum=Quorum()), ["object"]),
        (content(method="consent", quorum=Quorum()), []),
        (approval(quorum=Quorum()), ["mill"]),
        (approval(quorum=Quorum(), seats=2), ["mill press", "mill oven"]),
        (approval(quorum=Quorum()), ["mill", "press"]),
        (approval(quorum=Quorum()), [""]),
    ):
        result = counted(content_, *ballots_)
        names = {option.key: option.text for option in content_.options}
        found[result.because] = texts.say("es", result.because, counting.facts(content_, result, names))
    assert found.keys() == set(counting.SENTENCES)
    assert all(texts.say("es", sentence) != sentence for sentence in found)
    assert found[counting.TIE] == "Empate entre Mill, Press; no se sortea, decide una segunda vuelta."


def test_an_objection_is_one_members_whatever_its_votes() -> None:
    found = content(method="consent", quorum=Quorum())
    result = counting.count(found, entitled=1, entitled_weight=3, votes=Taken((Cast(("object",), 3),), voted=1))
    assert counting.facts(found, result, {"object": "I object"})["object"] == 1


# Properties

KEYS = {"majority": ("yes", "no", "abstain"), "consent": ("consent", "stand_aside", "object")}


@st.composite
def rolls(draw: st.DrawFn, keys: Sequence[str] = KEYS["majority"]) -> list[RollEntry]:
    """A roll in which some voted, some delegated (to anybody, in circles too) and some did both."""
    entries = []
    for number in range(draw(st.integers(0, 12))):
        chosen = draw(st.none() | st.sampled_from(keys))
        delegate = draw(st.none() | st.integers(0, 14))
        entries.append(
            RollEntry(
                member(number),
                draw(st.integers(1, 4)),
                None if chosen is None else (chosen,),
                None if delegate in {None, number} else member(int(delegate or 0)),
            )
        )
    return entries


def count(found: Content, roll: Sequence[RollEntry]) -> counting.Result:
    weight = sum(entry.weight for entry in roll)
    return counting.count(found, entitled=len(roll), entitled_weight=weight, votes=counting.taken(roll))


@given(rolls(), st.randoms(use_true_random=False))
def test_the_order_of_votes_does_not_matter(roll: list[RollEntry], chance: Random) -> None:
    shuffled = list(roll)
    chance.shuffle(shuffled)
    assert count(content(), shuffled) == count(content(), roll)


@given(rolls())
def test_the_sums_are_equal(roll: list[RollEntry]) -> None:
    found = count(content(), roll)
    assert sum(c.votes for c in found.counts) == found.present == found.voted + found.represented
    assert sum(c.weight for c in found.counts) == found.weight_cast <= found.entitled_weight
    delegating = sum(1 for entry in roll if entry.delegate_id is not None and entry.choices is None)
    assert found.represented + found.lost == delegating


@given(rolls())
def test_one_member_one_vote(roll: list[RollEntry]) -> None:
    equal = [replace(entry, weight=1) for entry in roll]
    found = count(content(), equal)
    assert all(c.votes == c.weight for c in found.counts)
    assert found.present <= found.entitled


@given(rolls(), st.sampled_from(["simple", "absolute", "two_thirds"]))
def test_an_abstention_changes_nothing_but_the_quorum(roll: list[RollEntry], majority: str) -> None:
    found = content(majority=majority, quorum=Quorum())
    silent = [entry for entry in roll if entry.choices is None and entry.delegate_id is None]
    listened_to = {entry.delegate_id for entry in roll}
    for entry in silent:
        if entry.member_id not in listened_to:
            abstaining = [replace(e, choices=("abstain",)) if e is entry else e for e in roll]
            before, after = count(found, roll), count(found, abstaining)
            assert (after.outcome, after.threshold) == (before.outcome, before.threshold)
            assert after.present == before.present + 1


@given(rolls())
def test_another_vote_in_favour_never_turns_a_yes_into_a_no(roll: list[RollEntry]) -> None:
    found = content(quorum=Quorum(percent=30))
    if count(found, roll).outcome == "accepted":
        for place, entry in enumerate(roll):
            if entry.choices == ("no",):
                changed = [*roll[:place], replace(entry, choices=("yes",)), *roll[place + 1 :]]
                assert count(found, changed).outcome == "accepted"


@given(st.lists(st.sets(st.sampled_from(["mill", "press", "oven"])), max_size=12), st.integers(1, 3))
def test_no_seat_goes_to_less_than_what_was_left_out(chosen: list[set[str]], seats: int) -> None:
    found = counted(approval(seats=seats, quorum=Quorum()), *(" ".join(c) for c in chosen))
    weights = {c.option: c.weight for c in found.counts}
    seated = [weights[key] for key in found.chosen]
    others = [weights[key] for key in weights if key not in found.chosen]
    assert len(seated) <= seats
    assert not seated or not others or min(seated) >= max(others)
    assert len(found.chosen) + len(found.tied) != seats or not found.tied


def test_errors_are_of_the_kinds_that_are_answered() -> None:
    with pytest.raises(DomainError):
        proposals.check_open(proposal(announced_at=None), NOW)
    with pytest.raises(Conflict):
        proposals.tied_options(proposal(), [], [])
