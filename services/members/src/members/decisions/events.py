"""What others are told of a decision."""

from contracts.members import DecisionTaken, OptionCount
from members.decisions.rules.counting import Result
from members.decisions.rules.proposals import Proposal


def taken(proposal: Proposal, result: Result) -> DecisionTaken:
    """The outcome with its figures, and nothing of who voted what."""
    return DecisionTaken(
        proposal_id=proposal.id,
        title=proposal.content.title,
        matter=proposal.content.matter,
        matter_id=proposal.content.matter_id,
        outcome=result.outcome,
        chosen=list(result.chosen),
        tied=list(result.tied),
        entitled=result.entitled,
        voted=result.present,
        counts=[OptionCount(option=c.option, votes=c.votes, weight=c.weight) for c in result.counts],
    )
