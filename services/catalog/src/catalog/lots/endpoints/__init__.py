"""HTTP of lots."""

from catalog.lots.endpoints import balances, events, lots, recipes, traces

ROUTERS = (events.router, lots.router, traces.router, traces.lines, recipes.router, balances.router)
