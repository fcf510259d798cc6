"""HTTP of purposes, contributions, subsidies and spending."""

from fastapi import APIRouter

from members.income.endpoints import contributions, purposes, spendings, subsidies

ROUTERS: tuple[APIRouter, ...] = (purposes.router, contributions.router, subsidies.router, spendings.router)
