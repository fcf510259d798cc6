"""All of the service's tables, for migrations and their test."""

from members.banking import models as banking
from members.base import Base
from members.decisions import models as decisions
from members.departure import models as departure
from members.dues import models as dues
from members.exchange import models as exchange
from members.fund import models as fund
from members.identity import models as identity
from members.income import models as income
from members.invitations import models as invitations
from members.ledger import models as ledger
from members.membership import models as membership
from members.privacy import models as privacy
from members.reports import models as reports
from members.sessions import models as sessions
from members.shares import models as shares

ROOMS = (
    identity,
    membership,
    sessions,
    invitations,
    ledger,
    decisions,
    departure,
    dues,
    income,
    reports,
    fund,
    exchange,
    privacy,
    shares,
    banking,
)
METADATA = Base.metadata
