"""What the gateway reads from its environment, beside what every piece reads."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from kit.settings import Settings as KitSettings


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class Settings(KitSettings):
    gateway_host: str = Field(default="127.0.0.1", description="Address to listen on")
    gateway_port: int = Field(default=8080, ge=1, le=65_535, description="Port to listen on")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(), description="Networks, by comma, whose X-Forwarded-For and -Proto are believed"
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins, by comma, whose pages may call from a browser; * for all"
    )

    max_body: int = Field(default=10_485_760, ge=1_000, description="Largest request body, bytes")
    max_head: int = Field(default=32_768, ge=1_024, le=65_536, description="Largest request head, bytes")
    head_seconds: float = Field(default=10, gt=0, description="Time for a caller to send a request's head")
    answer_seconds: float = Field(default=30, gt=0, description="Time for a piece to begin its answer")
    idle_seconds: float = Field(default=75, gt=0, description="Longest silence within a body, either way")
    rate_limit: float = Field(
        default=200, gt=0, description="Requests a second, of one user or one address, in the long run"
    )
    rate_burst: int = Field(default=2_000, ge=1, description="Requests of one user or address at once")
    max_streams: int = Field(default=1_000, ge=0, description="Open event streams")

    @field_validator("trusted_proxies", "allowed_origins", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return _listed(value)
