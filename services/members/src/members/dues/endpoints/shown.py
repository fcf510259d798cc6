"""What this room knows, as it is answered."""

from datetime import date, timedelta

from contracts.values import Money
from members.dues.rules import invoices as invoice_rules
from members.dues.rules.invoices import Invoice
from members.dues.rules.payments import Payment
from members.dues.rules.plans import Plan
from members.dues.schemas import (
    CreditNoteOut,
    ExemptFigureOut,
    FigureOut,
    InvoiceOut,
    LineOut,
    PartOut,
    PaymentOut,
    PlanOut,
    PriceOut,
    RunLineOut,
    RunOut,
    RunTotal,
)
from members.dues.service.figures import Figure
from members.dues.service.runs import RunLine, RunReport

_DAY = timedelta(days=1)


def plan(found: Plan) -> PlanOut:
    terms = found.terms
    return PlanOut(
        id=found.id,
        name=found.name,
        texts=dict(found.texts),
        kinds=list(found.kinds),
        rhythm=terms.rhythm,
        anchor=terms.anchor,
        start_month=terms.start_month,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        pro_rata=terms.pro_rata,
        days_until_due=found.days_until_due,
        grace_days=found.grace_days,
        tax_rate=found.tax_rate,
        tax_text=found.tax_text,
        prices=[
            PriceOut(valid_from=price.valid_from, price=Money.of_minor(price.amount, found.currency))
            for price in terms.prices
        ],
    )


def report(found: RunReport) -> RunOut:
    totals: dict[str, tuple[int, int]] = {}
    for line in found.issued:
        count, amount = totals.get(line.currency, (0, 0))
        totals[line.currency] = (count + 1, amount + line.amount)
    return RunOut(
        until=found.until,
        dry_run=found.dry_run,
        issued=[_line(line) for line in found.issued],
        exempt=[_line(line) for line in found.exempt],
        already=found.already,
        totals=[
            RunTotal(invoices=count, amount=Money.of_minor(amount, currency))
            for currency, (count, amount) in sorted(totals.items())
        ],
    )


def _line(line: RunLine) -> RunLineOut:
    return RunLineOut(
        member_id=line.member_id,
        plan_id=line.plan_id,
        period_start=line.period_start,
        period_end=line.period_end - _DAY,
        price=Money.of_minor(line.price, line.currency),
        amount=Money.of_minor(line.amount, line.currency),
        invoice_id=line.invoice_id,
        number=line.number,
        exemption_id=line.exemption_id,
    )


def invoice(found: Invoice, today: date) -> InvoiceOut:
    note = found.credit_note
    return InvoiceOut(
        id=found.id,
        number=found.number,
        member_id=found.member_id,
        member_name=found.member_name,
        member_number=found.member_number,
        member_tax_id=found.member_tax_id,
        plan_id=found.plan_id,
        period_start=found.period_start,
        period_end=found.period_end and found.period_end - _DAY,
        issued_on=found.issued_on,
        due_on=found.due_on,
        arrears_from=found.arrears_from,
        lines=[
            LineOut(
                text=line.text,
                net=Money.of_minor(line.net, found.currency),
                tax_rate=line.tax_rate,
                amount=Money.of_minor(line.amount, found.currency),
            )
            for line in found.lines
        ],
        tax_text=found.tax_text,
        note=found.note,
        amount=Money.of_minor(found.amount, found.currency),
        paid=Money.of_minor(found.allocated, found.currency),
        open=Money.of_minor(found.open, found.currency),
        status=invoice_rules.status(
            amount=found.amount,
            allocated=found.allocated,
            due_on=found.due_on,
            cancelled_on=found.cancelled_on,
            today=today,
        ),
        credit_note=CreditNoteOut.model_validate(note, from_attributes=True) if note else None,
    )


def payment(found: Payment) -> PaymentOut:
    return PaymentOut(
        id=found.id,
        number=found.number,
        member_id=found.member_id,
        amount=Money.of_minor(found.amount, found.currency),
        method=found.method,
        paid_on=found.paid_on,
        reference=found.reference,
        received_at=found.received_at,
        invoices=[
            PartOut(invoice_id=part.invoice_id, number=part.number, amount=Money.of_minor(part.amount, found.currency))
            for part in found.parts
        ],
        excess=Money.of_minor(found.excess, found.currency),
        reversed_on=found.reversed_on,
        reversal_reason=found.reversal_reason,
    )


def figure(found: Figure) -> FigureOut:
    return FigureOut(
        plan_id=found.plan_id,
        name=found.name,
        invoices=found.invoices,
        billed=Money.of_minor(found.billed, found.currency),
        cancelled=Money.of_minor(found.cancelled, found.currency),
        paid=Money.of_minor(found.paid, found.currency),
        open=Money.of_minor(found.open, found.currency),
        received=Money.of_minor(found.received, found.currency),
        exempt=[
            ExemptFigureOut(
                reason=exempt.reason, periods=exempt.periods, amount=Money.of_minor(exempt.amount, found.currency)
            )
            for exempt in found.exempt
        ],
    )
