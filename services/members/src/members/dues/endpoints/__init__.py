"""HTTP of dues."""

from members.dues.endpoints import invoices, payments, plans

ROUTERS = (plans.router, invoices.router, payments.router)
