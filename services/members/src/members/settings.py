"""What the members service reads from its environment besides the kit's settings."""

import hmac
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from contracts.members import MemberKind
from kit.settings import Settings as KitSettings


class Settings(KitSettings):
    """Settings of the members service, prefix ``TRAMA_``."""

    admin_email: str = Field(default="", description="The first administrator, made at start if there is none")
    admin_password: SecretStr = Field(default=SecretStr(""), description="The first administrator's password")
    access_minutes: int = Field(default=15, ge=1, le=60, description="Minutes that an access token is good for")
    refresh_days: int = Field(default=30, ge=1, le=365, description="Days without use after which one signs in anew")
    key_days: int = Field(default=30, ge=1, le=365, description="Days after which a new key signs the tokens")
    key_secret: SecretStr = Field(
        default=SecretStr(""),
        description="A long random secret, kept apart from the database, that signing keys, one-time codes and invitations are kept "
        "under; without it whoever has a copy of the database has them",
    )
    hashing_slots: int = Field(default=2, ge=1, le=32, description="Passwords hashed at once; each takes 19 MiB")
    default_credit: Decimal = Field(
        default=Decimal(500), ge=0, description="Community credit that a new member may owe, in the credit currency"
    )
    default_ceiling: Decimal | None = Field(
        default=Decimal(2000), ge=0, description="Community credit that a new member may accumulate; empty: no limit"
    )
    public_reports: bool = Field(default=False, description="Published transparency reports are shown to anyone")
    share_minimums: dict[MemberKind, Annotated[int, Field(ge=1)]] = Field(
        default={}, description='Shares that a member needs by kind, as JSON such as {"enterprise": 5}; none elsewhere'
    )
    legal_name: str = Field(default="", description="The network's name in law, on invoices; its name when empty")
    address: str = Field(default="", description="Where it has its seat, on invoices; \\n begins a new line")
    tax_id: str = Field(default="", description="Its own tax id, on invoices")
    invoice_note: str = Field(default="", description="What the law wants said at the foot of an invoice")
    bank_account: str = Field(default="", description="IBAN, CLABE or number that members pay into")
    bank_bic: str = Field(default="", description="BIC of that account's bank")
    bank_booking: bool = Field(
        default=True, description="Whether lines of the bank that are certain are booked by themselves"
    )
    creditor_id: str = Field(default="", description="SEPA creditor identifier, such as ES23ZZZ47690558N")
    debit_format: Literal["pain.008.001.02", "pain.008.001.08"] = Field(
        default="pain.008.001.02", description="What the bank takes direct debits in"
    )
    debit_lead_days: int = Field(
        default=2, ge=1, le=14, description="Target days that the bank wants before collection"
    )
    debit_notice_days: int = Field(
        default=14, ge=1, le=60, description="Days before collection that members are told; 14 unless agreed otherwise"
    )
    papers_years: int = Field(
        default=6, ge=0, le=50, description="Years for which papers of erased members keep their names, as the law asks"
    )
    admission: Literal["coordinator", "vote"] = Field(
        default="coordinator", description="Who admits: a coordinator, or the members by a vote on each application"
    )
    loans: Literal["committee", "vote"] = Field(
        default="committee", description="Who decides on loans of the fund: a committee, or the members by a vote"
    )
    vote_days: int = Field(default=7, ge=1, le=90, description="Days that a vote on an application is open")
    vote_method: Literal["consent", "majority"] = Field(default="majority", description="How applications are voted on")
    vote_ballot: Literal["open", "secret"] = Field(default="open", description="How applications are voted on")
    vote_quorum: int = Field(default=20, ge=1, le=100, description="Per cent of those entitled that must take part")
    vote_kinds: Annotated[tuple[MemberKind, ...], NoDecode] = Field(
        default=(), description="Kinds of member that vote on applications, by comma; all when empty"
    )
    vote_in_arrears: bool = Field(default=True, description="Whether members in arrears vote")
    vote_weights: dict[MemberKind, Annotated[int, Field(ge=1, le=1000)]] = Field(
        default={}, description='Votes of a member by kind, as JSON such as {"cooperative": 3}; one where it is silent'
    )
    vote_delegation: bool = Field(default=False, description="Whether a member may let another vote for it")
    vote_signatures: int = Field(
        default=0, ge=0, le=1000, description="Members who sign a proposal to announce it; 0: coordinators only"
    )
    vote_letters: bool = Field(default=True, description="Whether members are written to when voting opens")
    vote_reminder_hours: int = Field(
        default=48, ge=0, le=720, description="Hours before closing that those who did not vote are reminded; 0: never"
    )

    dues_send_invoices: bool = Field(default=True, description="A new invoice is sent to its member by letter")
    dues_reminder_days: Annotated[tuple[Annotated[int, Field(ge=0, le=366)], ...], NoDecode] = Field(
        default=(0, 15, 30),
        description="Days after an invoice is due that its member is reminded, by comma; empty: never",
    )

    @field_validator("dues_reminder_days", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        return tuple(day.strip() for day in value.split(",") if day.strip()) if isinstance(value, str) else value

    @field_validator("vote_kinds", mode="before")
    @classmethod
    def _kinds(cls, value: object) -> object:
        return tuple(kind.strip() for kind in value.split(",") if kind.strip()) if isinstance(value, str) else value

    @field_validator("default_ceiling", mode="before")
    @classmethod
    def _no_ceiling(cls, value: object) -> object:
        return None if value == "" else value

    def secret_for(self, purpose: str) -> bytes:
        """A key of its own for each purpose, from the one secret; empty without it."""
        secret = self.key_secret.get_secret_value()
        return hmac.digest(secret.encode(), purpose.encode(), "sha256") if secret else b""
