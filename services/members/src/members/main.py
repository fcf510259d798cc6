"""The members service: what it is made of."""

from datetime import timedelta

from fastapi import FastAPI

from kit import mail, trust
from kit.app import create_app
from kit.auth import TokenVerifier
from kit.jobs import Job
from kit.language import Texts
from members.banking import endpoints as banking
from members.decisions import consumers as decisions_consumers
from members.decisions import endpoints as decisions
from members.departure import endpoints as departure
from members.dues import endpoints as dues
from members.dues import jobs as dues_jobs
from members.exchange import consumers as exchange_runs
from members.exchange import endpoints as exchange
from members.fund import consumers as fund_consumers
from members.fund import endpoints as fund
from members.holds import consumers
from members.identity import endpoints as identity
from members.identity.passwords import Passwords
from members.imports import endpoints as imports
from members.income import endpoints as income
from members.income import jobs as income_jobs
from members.invitations import endpoints as invitations
from members.ledger import endpoints as ledger
from members.membership import consumers as membership_consumers
from members.membership import endpoints as membership
from members.membership import service as membership_service
from members.privacy import endpoints as privacy
from members.privacy import service as privacy_service
from members.reports import endpoints as reports
from members.sessions import endpoints as sessions
from members.sessions import service as sessions_service
from members.sessions import signing
from members.settings import Settings
from members.setup import first_start, own_keys
from members.shares import endpoints as shares


def build(settings: Settings) -> FastAPI:
    """The service as an ASGI application."""
    texts = Texts(["kit", "members"])
    app = create_app(
        settings,
        service="members",
        routers=[
            *sessions.ROUTERS,
            *invitations.ROUTERS,
            identity.router,
            imports.router,
            *membership.ROUTERS,
            ledger.router,
            *dues.ROUTERS,
            departure.router,
            *income.ROUTERS,
            shares.register,
            shares.of_members,
            reports.reading,
            reports.router,
            *fund.ROUTERS,
            exchange.router,
            *decisions.routers,
            *privacy.ROUTERS,
            *banking.ROUTERS,
        ],
        subscriptions=[
            *consumers.subscriptions(settings),
            *membership_consumers.subscriptions(settings),
            *fund_consumers.subscriptions(settings),
            *decisions_consumers.subscriptions(settings, texts),
        ],
        jobs=[
            consumers.EXPIRY,
            exchange_runs.EXPIRY,
            *dues_jobs.jobs(settings),
            *income_jobs.jobs(settings),
            *fund_consumers.jobs(settings),
            Job("standing-follows", timedelta(minutes=1), membership_service.follow),
            *decisions_consumers.jobs(settings, texts),
            Job("keys-rotate", timedelta(hours=1), lambda work: signing.rotate_keys(work, settings)),
            Job("papers-forget", timedelta(days=1), lambda work: privacy_service.forget_papers(work, settings)),
            Job("sessions-tidy", timedelta(hours=1), sessions_service.tidy),
        ],
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
