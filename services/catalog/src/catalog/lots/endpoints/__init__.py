"""HTTP of lots."""

from catalog.lots.endpoints import balances, containers, events, lots, recipes, traces

ROUTERS = (events.router, lots.router, traces.router, traces.lines, recipes.router, balances.router, containers.router)
