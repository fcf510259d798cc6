"""The members service: what it is made of."""

from fastapi import FastAPI

from kit import mail, trust
from kit.app import create_app
from kit.auth import TokenVerifier
from members.banking import endpoints as banking
from members.decisions import consumers as decisions_consumers
from members.decisions import endpoints as decisions
from members.decisions import jobs as decisions_jobs
from members.departure import endpoints as departure
from members.dues import endpoints as dues
from members.dues import jobs as dues_jobs
from members.exchange import endpoints as exchange
from members.exchange import jobs as exchange_jobs
from members.fund import consumers as fund_consumers
from members.fund import endpoints as fund
from members.fund import jobs as fund_jobs
from members.holds import consumers as holds_consumers
from members.holds import jobs as holds_jobs
from members.identity import endpoints as identity
from members.identity.passwords import Passwords
from members.imports import endpoints as imports
from members.income import endpoints as income
from members.income import jobs as income_jobs
from members.invitations import endpoints as invitations
from members.ledger import endpoints as ledger
from members.membership import consumers as membership_consumers
from members.membership import endpoints as membership
from members.membership import jobs as membership_jobs
from members.notices import consumers as notices_consumers
from members.privacy import endpoints as privacy
from members.privacy import jobs as privacy_jobs
from members.reports import endpoints as reports
from members.sessions import endpoints as sessions
from members.sessions import jobs as sessions_jobs
from members.settings import Settings
from members.setup import first_start, own_keys
from members.shares import endpoints as shares

#: In the order in which addresses are tried: `/v1/members/imports` is no member's.
ENDPOINTS = (
    sessions,
    invitations,
    identity,
    imports,
    membership,
    departure,
    ledger,
    exchange,
    dues,
    banking,
    income,
    shares,
    fund,
    reports,
    decisions,
    privacy,
)
CONSUMERS = (holds_consumers, membership_consumers, fund_consumers, decisions_consumers, notices_consumers)
JOBS = (
    holds_jobs,
    exchange_jobs,
    dues_jobs,
    income_jobs,
    fund_jobs,
    membership_jobs,
    decisions_jobs,
    privacy_jobs,
    sessions_jobs,
)


def build(settings: Settings) -> FastAPI:
    """The service as an ASGI application."""
    app = create_app(
        settings,
        service="members",
        routers=[router for room in ENDPOINTS for router in room.ROUTERS],
        subscriptions=[subscription for room in CONSUMERS for subscription in room.subscriptions(settings)],
        jobs=[job for room in JOBS for job in room.jobs(settings)],
        startup=[first_start],
        tasks=[mail.deliver],
        keys=own_keys,
        larger_bodies=banking.LARGER_BODIES,
    )
    if settings.external_issuer:
        app.state.external = TokenVerifier(trust.external(settings), trust.external_keys(settings))
    app.state.passwords = Passwords(settings.hashing_slots)
    return app


def app() -> FastAPI:
    """The service as the environment says: ``uvicorn --factory members.main:app``."""
    return build(Settings())
