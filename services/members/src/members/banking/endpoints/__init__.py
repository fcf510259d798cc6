"""HTTP of bank accounts, statements, mandates and direct debits."""

from fastapi import APIRouter

from members.banking.endpoints import accounts, debits, lines, mandates, statements

ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    statements.router,
    lines.router,
    mandates.router,
    debits.router,
)
#: The path that takes whole files, and how large they may be, in bytes.
LARGER_BODIES = {"/v1/bank-statements": 10_000_000}
