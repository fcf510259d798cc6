"""HTTP of the fund and its loans."""

from fastapi import APIRouter

from members.fund.endpoints import deciding, fund, loans

ROUTERS: tuple[APIRouter, ...] = (fund.router, loans.router, deciding.router)
