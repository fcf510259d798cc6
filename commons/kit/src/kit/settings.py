"""The settings that every piece reads from its environment, prefix ``TRAMA_``."""

from email.utils import parseaddr
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.values import SCALES

#: Ways to hand in letters, and their usual ports.
SMTP_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
#: How another issuer may sign: never by a shared secret, for that would be the public key to whoever forges a token
#: (RFC 8725, 3.1), and never by none.
TOKEN_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
PIECES = ("members", "catalog", "orders", "directory")


class Settings(BaseSettings):
    """Refused at start, with the name of what is wrong, if a value can't be used."""

    model_config = SettingsConfigDict(env_prefix="TRAMA_", extra="ignore", frozen=True)

    network: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,30}$", description="The network's slug: the first word of its events"
    )
    name: str = Field(default="", description="The network's name, as people say it")
    locale: str = Field(default="es-MX", pattern=r"^[a-z]{2,3}-[A-Z]{2}$", description="Language and country")
    currency: str = Field(default="MXN", description="The money that prices are in")
    credit_currency: str | None = Field(default=None, description="The community credit, if the network has one")
    prices_include_tax: bool = Field(default=True, description="Prices have their tax in them, as people pay them")
    zone: str = Field(default="UTC", description="IANA time zone that 'closes Friday 20:00' means")
    number_prefix: str = Field(default="TRA", pattern=r"^[A-Z]{2,5}$", description="First letters of human numbers")
    pieces: Annotated[tuple[str, ...], NoDecode] = Field(default=PIECES, description="The pieces deployed, by comma")

    database_url: SecretStr = Field(default=SecretStr(""), description="postgresql://user:password@host:port/database")
    database_pool: int = Field(default=10, ge=1, le=100, description="Connections that a process may hold open")
    nats_url: SecretStr = Field(default=SecretStr("nats://127.0.0.1:4222"), description="The broker")
    stream: str = Field(
        default="EVENTS", pattern=r"^[A-Za-z0-9_-]{1,60}$", description="The network's JetStream stream"
    )
    stream_days: int = Field(default=90, ge=1, description="Days that events are kept: the longest outage promised")
    background: bool = Field(
        default=True, description="Relay, consumer and jobs run in the HTTP process; false where workers run them"
    )
    members_url: str = Field(default="http://127.0.0.1:8001", description="Where the members piece answers")
    catalog_url: str = Field(default="http://127.0.0.1:8002", description="Where the catalog piece answers")
    orders_url: str = Field(default="http://127.0.0.1:8003", description="Where the orders piece answers")
    directory_url: str = Field(default="http://127.0.0.1:8004", description="Where the directory piece answers")
    issuer: str = Field(
        default="",
        description="Where people sign in, if not at the members piece: an OpenID provider's issuer, https://…",
    )
    audience: str = Field(default="", description="What that issuer's tokens must name as their audience: us")
    jwks_url: str = Field(default="", description="Its keys, if it has no discovery document that says where they are")
    token_algorithms: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="How it signs, by comma; any of the usual asymmetric ways when empty"
    )
    roles_claim: str = Field(
        default="roles", description="Its claim with the roles, nested by dots; where no members piece knows them"
    )
    members_claim: str = Field(default="members", description="Its claim with the ids of the user's members")
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="Where letters are handed in: smtp://user:password@host:587 (STARTTLS), smtps://… (TLS), "
        "smtp+plain://… (a relay on this machine); they wait when empty",
    )
    mail_from: str = Field(default="", description="Sender of letters: La Coope <hola@coope.example>")
    public_url: str = Field(
        default="", description="Where people reach the network, for links in letters and QR codes: https://…"
    )
    max_body: int = Field(default=1_000_000, ge=1_000, description="Largest request body, bytes")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")

    @field_validator("pieces", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(piece.strip() for piece in value.split(",") if piece.strip()) if isinstance(value, str) else value

    @field_validator("pieces")
    @classmethod
    def _known_pieces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [piece for piece in value if piece not in PIECES]
        if unknown:
            raise ValueError(f"unknown piece {unknown[0]!r}; there are {', '.join(PIECES)}")
        return value

    @field_validator("currency", "credit_currency")
    @classmethod
    def _known_currency(cls, value: str | None) -> str | None:
        if value is not None and value not in SCALES:
            raise ValueError(f"unknown currency {value!r}; there are {', '.join(sorted(SCALES))}")
        return value

    @field_validator("credit_currency", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {value!r}; write it like America/Mexico_City") from error
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (parts.scheme not in SMTP_PORTS or not parts.hostname):
            known = ", ".join(SMTP_PORTS)
            raise ValueError(f"write it like smtp://user:password@mail.example.org:587; known are {known}")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        local, _, domain = parseaddr(value)[1].rpartition("@")
        if value and not (local and domain and value.isprintable()):
            raise ValueError("write it like La Coope <hola@coope.example>")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("write it like https://coope.example")
        return value.rstrip("/")

    @field_validator("token_algorithms", mode="before")
    @classmethod
    def _split_algorithms(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("token_algorithms")
    @classmethod
    def _only_asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in TOKEN_ALGORITHMS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no way to sign here; there are {', '.join(TOKEN_ALGORITHMS)}")
        return value

    @field_validator("issuer", "jwks_url")
    @classmethod
    def _provider(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if value and (not parts.hostname or parts.scheme != "https") and not (local and parts.scheme == "http"):
            raise ValueError("write it like https://login.example.org/realms/coope; http is for this machine alone")
        return value

    @model_validator(mode="after")
    def _issuer_speaks_to_us(self) -> Self:
        if self.issuer and not self.audience:
            raise ValueError("TRAMA_AUDIENCE is needed with TRAMA_ISSUER, or tokens made for others would be taken")
        if self.jwks_url and not self.issuer:
            raise ValueError("TRAMA_ISSUER is needed with TRAMA_JWKS_URL")
        return self

    @model_validator(mode="after")
    def _letters_have_a_sender(self) -> Self:
        if self.smtp_url.get_secret_value() and not self.mail_from:
            raise ValueError("TRAMA_MAIL_FROM is needed with TRAMA_SMTP_URL: La Coope <hola@coope.example>")
        return self

    @property
    def language(self) -> str:
        return self.locale.split("-")[0]

    @property
    def country(self) -> str:
        return self.locale.split("-")[1]

    @property
    def external_issuer(self) -> bool:
        """Whether people sign in elsewhere."""
        return bool(self.issuer)

    @property
    def token_issuer(self) -> str:
        """The issuer of the network's own tokens."""
        return f"/networks/{self.network}"

    @property
    def keys_url(self) -> str:
        """The keys of the network's own tokens."""
        return f"{self.members_url.rstrip('/')}/v1/jwks.json"

    @property
    def addresses(self) -> dict[str, str]:
        """Where each deployed piece answers."""
        known = {
            "members": self.members_url,
            "catalog": self.catalog_url,
            "orders": self.orders_url,
            "directory": self.directory_url,
        }
        return {piece: known[piece] for piece in self.pieces}

    def deployed(self, piece: str) -> bool:
        return piece in self.pieces
