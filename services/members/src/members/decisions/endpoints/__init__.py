"""HTTP of proposals, ballots and delegations."""

from members.decisions.endpoints import ballots, delegations, proposals

ROUTERS = (proposals.router, ballots.router, delegations.router)
