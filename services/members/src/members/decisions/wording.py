"""Votes in the words of those who read them."""

from collections.abc import Callable, Mapping

from members.decisions.rules import counting
from members.decisions.rules.counting import Result
from members.decisions.rules.proposals import Proposal

type Say = Callable[..., str]

#: What the answers of consent and majority are called.
ANSWERS: Mapping[str, str] = {
    "consent": "I consent",
    "stand_aside": "I stand aside",
    "object": "I object",
    "yes": "Yes",
    "no": "No",
    "abstain": "I abstain",
}
METHODS: Mapping[str | None, str] = {
    "consent": "Consent: it passes if nobody objects",
    "approval": "Approval: the options that most support",
    "simple": "Simple majority: more in favour than against",
    "absolute": "Absolute majority: more than half of all votes on the roll",
    "two_thirds": "Two thirds of those in favour and against",
}
OUTCOMES: Mapping[str, str] = {"accepted": "Accepted", "rejected": "Rejected", "no_quorum": "No quorum"}
BALLOTS: Mapping[str, str] = {"open": "Open ballot", "secret": "Secret ballot"}


def options(proposal: Proposal, say: Say) -> dict[str, str]:
    """What each option is called."""
    return {
        option.key: option.text if proposal.content.method == "approval" else say(ANSWERS[option.key])
        for option in proposal.content.options
    }


def method(proposal: Proposal, say: Say) -> str:
    return say(METHODS[proposal.content.majority or proposal.content.method])


def because(proposal: Proposal, result: Result, say: Say) -> str:
    """Why it came out so, in a sentence."""
    return say(result.because, counting.facts(proposal.content, result, options(proposal, say)))
