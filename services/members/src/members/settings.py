"""What the members service reads from its environment besides the kit's settings."""

from decimal import Decimal

from pydantic import Field, SecretStr

from kit.settings import Settings as KitSettings


class Settings(KitSettings):
    """Settings of the members service, prefix ``TRAMA_``."""

    admin_email: str = Field(default="", description="The first administrator, made at start if there is none")
    admin_password: SecretStr = Field(default=SecretStr(""), description="The first administrator's password")
    access_minutes: int = Field(default=15, ge=1, le=60, description="Minutes that an access token is good for")
    refresh_days: int = Field(default=30, ge=1, le=365, description="Days without use after which one signs in anew")
    key_days: int = Field(default=30, ge=1, le=365, description="Days after which a new key signs the tokens")
    hashing_slots: int = Field(default=2, ge=1, le=32, description="Passwords hashed at once; each takes 19 MiB")
    default_credit: Decimal = Field(
        default=Decimal(500), ge=0, description="Community credit that a new member may owe, in the credit currency"
    )
    legal_name: str = Field(default="", description="The network's name in law, on invoices; its name when empty")
    address: str = Field(default="", description="Where it has its seat, on invoices; \\n begins a new line")
    tax_id: str = Field(default="", description="Its own tax id, on invoices")
    invoice_note: str = Field(default="", description="What the law wants said at the foot of an invoice")
    bank_account: str = Field(default="", description="IBAN, CLABE or number that members pay into")
    bank_bic: str = Field(default="", description="BIC of that account's bank")
