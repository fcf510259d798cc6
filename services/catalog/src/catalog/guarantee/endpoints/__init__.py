"""HTTP of the guarantee."""

from catalog.guarantee.endpoints import applications, board, certificates, nonconformities, plots, standards, visits

ROUTERS = (
    standards.router,
    plots.router,
    applications.router,
    visits.router,
    nonconformities.router,
    certificates.router,
    board.router,
)
