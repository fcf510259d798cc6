"""Use cases of dues: what other rooms may ask of this one."""

from members.dues.service.figures import Figure, expected
from members.dues.service.invoices import invoice, unpaid
from members.dues.service.payments import payment, receive, reverse
from members.dues.service.runs import RunReport, run

__all__ = ["Figure", "RunReport", "expected", "invoice", "payment", "receive", "reverse", "run", "unpaid"]
