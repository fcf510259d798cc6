"""The loan agreement on paper: who, how much, on what terms, when it is paid back, and where to sign."""

from datetime import UTC, date, datetime, time

from kit.paper import FAMILY, Sheet
from members.fund.service.reading import Loan
from members.fund.wording import Voice

_PER_INSTALMENT = (14, 46, 34, 30, 34)


def contract(loan: Loan, voice: Voice, issuer: str, printed_on: date) -> bytes:
    """As a PDF, in the language that ``voice`` speaks."""
    title = voice.say("Loan agreement {number}", {"number": loan.number})
    sheet = Sheet(title, datetime.combine(printed_on, time(12), UTC))
    sheet.text_line(issuer, 11)
    sheet.ln(2)
    sheet.text_line(title, 18, "B")
    sheet.ln(2)
    for line in _terms(loan, voice, issuer, printed_on):
        sheet.text_line(line, 11)
    sheet.ln(3)
    sheet.text_line(voice.say("Plan of repayment"), 13, "B")
    _instalments(sheet, loan, voice, printed_on)
    sheet.ln(3)
    for line in _rules(voice):
        sheet.text_line(line, 9)
    _signatures(sheet, loan, voice, issuer)
    return bytes(sheet.output())


def _terms(loan: Loan, voice: Voice, issuer: str, printed_on: date) -> list[str]:
    dues = loan.planned(printed_on)
    rate = loan.schedule.yearly_rate if loan.disbursed else loan.terms.yearly_rate
    given = {"issuer": issuer, "name": loan.member_name, "amount": voice.money(loan.money(loan.amount))}
    lines = [
        voice.say("{issuer} lends {name} {amount} out of its community fund.", given),
        voice.say("Purpose: {purpose}", {"purpose": loan.purpose}),
        voice.say(
            "Interest: {rate} % a year on what is owed, counted by days (actual/365). In all: {interest}.",
            {"rate": voice.number(rate), "interest": voice.money(loan.money(sum(due.interest for due in dues)))},
        ),
    ]
    if loan.disbursed:
        lines.append(voice.say("The money was handed over on {day}.", {"day": voice.day(loan.schedules[0].agreed_on)}))
    else:
        lines.append(voice.say("The plan below is as if the money were handed over today; it is counted anew then."))
    if len(loan.schedules) > 1:
        agreed = loan.schedule
        lines.append(
            voice.say(
                "This plan was agreed on {day} and takes the place of the one before: {reason}",
                {"day": voice.day(agreed.agreed_on), "reason": agreed.reason},
            )
        )
    if loan.guarantors:
        names = ", ".join(guarantor.name for guarantor in loan.guarantors)
        lines.append(voice.say("Guarantors: {names}", {"names": names}))
    return lines


def _instalments(sheet: Sheet, loan: Loan, voice: Voice, printed_on: date) -> None:
    dues = loan.planned(printed_on)
    sheet.set_font(FAMILY, "", 10)
    with sheet.table(
        col_widths=_PER_INSTALMENT,
        first_row_as_headings=True,
        line_height=6,
        text_align=("RIGHT", "LEFT", "RIGHT", "RIGHT", "RIGHT"),
    ) as table:
        table.row(("", voice.say("Due on"), voice.say("Principal"), voice.say("Interest"), voice.say("To pay")))
        for due in dues:
            amounts = (due.principal, due.interest, due.principal + due.interest)
            table.row((str(due.no), voice.day(due.due_on), *(voice.money(loan.money(a)) for a in amounts)))
        totals = (sum(due.principal for due in dues), sum(due.interest for due in dues))
        table.row(("", voice.say("In all"), *(voice.money(loan.money(a)) for a in (*totals, sum(totals)))))


def _rules(voice: Voice) -> list[str]:
    return [
        voice.say("What is paid goes to the oldest instalment first, interest before principal."),
        voice.say("Whoever pays more than is due and the next instalment shortens the plan and pays less interest."),
        voice.say("Nothing is added for being late. If it gets difficult, talk to us: another plan can be agreed on."),
    ]


def _signatures(sheet: Sheet, loan: Loan, voice: Voice, issuer: str) -> None:
    """A line for each who signs, two beside each other."""
    signers = [
        (loan.member_name, voice.say("Borrower")),
        (issuer, voice.say("For the fund")),
        *((guarantor.name, voice.say("Guarantor")) for guarantor in loan.guarantors),
    ]
    for place in range(0, len(signers), 2):
        if sheet.will_page_break(32):
            sheet.add_page()
        sheet.ln(18)
        top = sheet.get_y()
        for column, (name, role) in enumerate(signers[place : place + 2]):
            left = sheet.l_margin + column * 95
            sheet.line(left, top, left + 80, top)
            sheet.set_xy(left, top + 1)
            sheet.set_font(FAMILY, "", 10)
            sheet.multi_cell(80, 5, f"{name}\n{role}", align="L")
        sheet.set_xy(sheet.l_margin, top + 12)
