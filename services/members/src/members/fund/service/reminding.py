"""Letters about instalments: before the day, after it, and when the days of grace are over; each once."""

from datetime import timedelta
from uuid import uuid5

from contracts.values import Money
from kit import mail
from kit.database import Work
from kit.mail import Letter
from members.fund.repository import plans
from members.fund.rules.repaying import Due
from members.fund.service import reading
from members.fund.service.reading import Loan
from members.fund.wording import Voice
from members.membership import service as membership
from members.settings import Settings

#: Days before an instalment's day on which its first letter goes out.
AHEAD = timedelta(days=3)
#: Letters that one run writes.
AT_ONCE = 200


async def remind(work: Work, settings: Settings) -> None:
    """Writes the letters that these days ask for. Which ones went out is kept with them, in one transaction."""
    rows = await plans.to_remind(work.connection, today=work.today, horizon=work.today + AHEAD, limit=AT_ONCE)
    if not rows:
        return
    loans = await reading.loans(work.connection, {row.loan_id for row in rows})
    for row in rows:
        loan = loans[row.loan_id]
        due = next(due for due in loan.dues if due.no == row.no)
        member = await membership.record(work.connection, loan.member_id, work.now)
        subject, text = _words(row.kind, loan, due, settings)
        letter = Letter(to=member.email, subject=subject, text=text, id=uuid5(row.instalment_id, row.kind))
        await mail.post(work, letter)
    await plans.add_reminders(
        work.connection, [{"instalment_id": row.instalment_id, "kind": row.kind} for row in rows], work.now
    )


def _words(kind: str, loan: Loan, due: Due, settings: Settings) -> tuple[str, str]:
    voice = Voice.of(loan.language, settings.country)
    values = {
        "name": loan.member_name,
        "number": loan.number,
        "no": due.no,
        "count": len(loan.dues),
        "amount": voice.money(Money.of_minor(due.open, loan.currency)),
        "day": voice.day(due.due_on),
        "network": settings.name or settings.network,
    }
    if kind == "coming":
        return (
            voice.say("Your instalment of {day}", {"day": values["day"]}),
            voice.say(
                "Hello {name},\n\ninstalment {no} of {count} of your loan {number} is due on {day}: {amount}.\n\n"
                "If you have paid it already, thank you; this letter has crossed your payment.\n\n{network}",
                values,
            ),
        )
    if kind == "due":
        return (
            voice.say("Your instalment of {day} is open", {"day": values["day"]}),
            voice.say(
                "Hello {name},\n\ninstalment {no} of {count} of your loan {number} was due on {day}, and {amount} of "
                "it is open.\n\nIf you can't pay it now, talk to us: another plan can be agreed on.\n\n{network}",
                values,
            ),
        )
    return (
        voice.say("Loan {number} is in arrears", {"number": loan.number}),
        voice.say(
            "Hello {name},\n\ninstalment {no} of {count} of your loan {number} was due on {day}, and {amount} of it "
            "is still open. Until it is paid you can't order.\n\nTalk to us: another plan can be agreed on.\n\n{network}",
            values,
        ),
    )
