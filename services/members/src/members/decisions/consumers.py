"""What happens to members and loans, as far as it opens a vote or ends one."""

from collections.abc import Sequence
from typing import Any

from contracts.members import (
    LoanApplied,
    LoanWithdrawn,
    MemberAdmitted,
    MemberApplied,
    MemberChanged,
    MemberErased,
    MemberLeft,
)
from kit.database import Work
from kit.language import texts_of
from kit.messaging.events import Event, Subscription
from members.decisions.service import applications
from members.settings import Settings


def subscriptions(settings: Settings) -> list[Subscription[Any]]:
    """What this room listens to."""
    texts = texts_of("members")
    language = settings.language

    async def on_member_applied(work: Work, events: Sequence[Event[MemberApplied]]) -> None:
        for event in events if settings.admission == "vote" else ():
            await applications.put_to_vote(
                work,
                settings,
                "admission",
                event.data.member_id,
                applicant=event.data.member_id,
                title=texts.say(language, "Application to belong"),
                text=texts.say(language, "Somebody asks to belong to the network; shall we admit them?"),
            )

    async def on_loan_applied(work: Work, events: Sequence[Event[LoanApplied]]) -> None:
        for event in events if settings.loans == "vote" else ():
            amount = f"{event.data.amount.amount:f} {event.data.amount.currency}"
            await applications.put_to_vote(
                work,
                settings,
                "loan",
                event.data.loan_id,
                applicant=event.data.member_id,
                title=texts.say(language, "Application for a loan of {amount}", {"amount": amount}),
                text=event.data.purpose,
            )

    async def on_loan_withdrawn(work: Work, events: Sequence[Event[LoanWithdrawn]]) -> None:
        reason = texts.say(language, "The application is not waiting any more")
        await applications.take_back(work, "loan", [event.data.loan_id for event in events], reason)

    async def on_member(work: Work, events: Sequence[Event[Any]]) -> None:
        gone = [event.data.member_id for event in events if getattr(event.data, "status", "") != "applied"]
        reason = texts.say(language, "The application is not waiting any more")
        await applications.take_back(work, "admission", gone, reason)

    return [
        Subscription(MemberApplied, on_member_applied),
        Subscription(LoanApplied, on_loan_applied),
        Subscription(LoanWithdrawn, on_loan_withdrawn),
        *(Subscription(fact, on_member) for fact in (MemberAdmitted, MemberChanged, MemberLeft, MemberErased)),
    ]
