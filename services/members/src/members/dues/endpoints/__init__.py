"""HTTP of dues."""

from members.dues.endpoints import agreements, invoices, payments, plans

ROUTERS = (plans.router, agreements.router, invoices.router, payments.router)
