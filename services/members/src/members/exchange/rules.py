"""Who may pay whom, and how a request to be paid ends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.members import MemberStatus, RequestStatus
from contracts.values import Money
from kit.actor import Actor
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from members.ledger.rules import AccountKey, Owner, Transfer
from members.membership import rules as membership

#: What a transfer between members is booked as.
CAUSE = "exchange"
#: How long a request waits for its answer.
VALID_FOR = timedelta(days=30)

#: On which side of a payment one stands.
Side = Literal["payer", "payee"]
#: What people answer a request with; the clock answers with ``expired``.
Answer = Literal["paid", "declined", "withdrawn", "expired"]


@dataclass(frozen=True)
class Party:
    """A member, as the other side of a payment may know it."""

    id: UUID
    number: str | None
    name: str


@dataclass(frozen=True)
class Payment:
    """What one member pays another, or is asked to."""

    id: UUID
    payer_id: UUID
    payee_id: UUID
    amount: Money
    text: str
    #: The offer of the catalogue that it is for, if one was named.
    offer_id: UUID | None = None

    @property
    def transfer(self) -> Transfer:
        """The transfer of the same id: so there is one, however often it is asked for."""
        return Transfer(
            id=self.id,
            debit=AccountKey(Owner.member(self.payer_id), self.amount.currency),
            credit=AccountKey(Owner.member(self.payee_id), self.amount.currency),
            amount=self.amount.minor,
            cause=CAUSE,
            cause_id=self.offer_id or self.id,
            text=self.text,
        )


@dataclass(frozen=True)
class Exchange:
    """A payment that was made."""

    id: UUID
    payer: Party
    payee: Party
    amount: Money
    text: str
    offer_id: UUID | None
    at: datetime
    booked_on: date


@dataclass(frozen=True)
class Request:
    """A payment that its payee asks for, as it stands."""

    id: UUID
    payer: Party
    payee: Party
    amount: Money
    text: str
    offer_id: UUID | None
    status: RequestStatus
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    reason: str

    @property
    def payment(self) -> Payment:
        return Payment(self.id, self.payer.id, self.payee.id, self.amount, self.text, self.offer_id)


def may_pay(status: MemberStatus) -> bool:
    """Whether a member of this standing may pay others: as it may order. Who is in arrears owes the network first."""
    return membership.may_order(status)


def may_be_paid(status: MemberStatus) -> bool:
    """Whether a member of this standing may be found, asked and paid: what comes in helps out of arrears."""
    return status in ("active", "in_arrears")


def check_payment(payment: Payment, *, other: str) -> None:
    """Raises Invalid for a payment to oneself, or of nothing; ``other`` is the field that names the other side."""
    if payment.payer_id == payment.payee_id:
        raise Invalid("payer_is_payee", "Nobody can pay themselves: name another member", field=other)
    if payment.amount.minor <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/amount/amount", least=0)


def check_found(status: MemberStatus | None, field: str | None) -> None:
    """Raises Invalid unless it is a member that others may find. What else it may be, is not said."""
    if status is None or not may_be_paid(status):
        raise Invalid("member_not_found", "There is no such member to pay or to ask", field=field)


def check_payer(status: MemberStatus | None, field: str | None) -> None:
    """Raises Conflict unless a member of this standing may pay."""
    if status is None or not may_pay(status):
        raise Conflict(
            "payer_not_active",
            "Only active members can pay others; this one's status is {status}",
            field=field,
            status=status,
            extra={"standing": status},
        )


def check_payee(status: MemberStatus | None, field: str | None) -> None:
    """Raises Conflict unless a member of this standing may ask to be paid."""
    if status is None or not may_be_paid(status):
        raise Conflict(
            "payee_not_active",
            "Only members of standing can be paid; this one's status is {status}",
            field=field,
            status=status,
            extra={"standing": status},
        )


def check_mine(actor: Actor, member_id: UUID, field: str) -> None:
    """Raises NotFound unless the actor acts for this member."""
    if not actor.acts_for(member_id):
        raise NotFound("member_unknown", "There is no such member", field=field)


def check_side(actor: Actor, request: Request, side: Side) -> None:
    """Raises NotFound for a stranger to the request, Forbidden for whoever is on its other side only."""
    own = {"payer": actor.acts_for(request.payer.id), "payee": actor.acts_for(request.payee.id)}
    if not any(own.values()):
        raise unknown()
    if not own[side]:
        raise Forbidden(
            "other_side",
            "Only who is to pay can accept or decline a request"
            if side == "payer"
            else "Only who asked to be paid can withdraw a request",
        )


def check_open(request: Request) -> None:
    """Raises Conflict for a request that was answered, withdrawn, or not answered in time."""
    if request.status == "expired":
        raise Conflict("request_expired", "This request was not answered in time", extra={"request": "expired"})
    if request.status != "open":
        raise Conflict("request_answered", "This request was answered already", extra={"request": request.status})


def check_same(original: Request, again: Payment) -> None:
    """The same id twice is the same request. Raises Conflict if it is not."""
    if original.payment != again:
        raise Conflict("id_taken", "There is another request with this id; take a new one", field="/id")


def status_at(status: RequestStatus, expires_at: datetime, now: datetime) -> RequestStatus:
    """A request that waits past its time has expired, whether the run that says so came by or not."""
    return "expired" if status == "open" and expires_at <= now else status


def unknown() -> NotFound:
    return NotFound("request_unknown", "There is no such request")
