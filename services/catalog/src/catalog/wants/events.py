"""From wants to the contract's events. Nobody's words and places are in them."""

from uuid import UUID

from catalog.wants.rules.matching import Fit
from catalog.wants.rules.wants import Want
from contracts.catalog import WantEnded, WantMatched, WantOpened, WantState


def stated(want: Want) -> WantState:
    """The want as it is: open, or ended."""
    fact = WantOpened if want.status == "open" else WantEnded
    wish = want.wish
    return fact(
        want_id=want.id,
        member_id=want.member_id,
        status=want.status,
        kind=wish.kind,
        category=wish.category,
        quantity=wish.quantity,
        unit=wish.unit,
        needed_by=wish.needed_by,
    )


def matched(match_id: UUID, fit: Fit) -> WantMatched:
    return WantMatched(
        match_id=match_id,
        want_id=fit.want_id,
        product_id=fit.product_id,
        seeker_id=fit.seeker_id,
        provider_id=fit.provider_id,
        score=fit.score,
    )
