"""The gateway: ``python -m gateway``, or ``uvicorn --factory gateway.main:app`` on a server of another's making."""

from gateway.app import Gateway
from gateway.settings import Settings
from kit import logs, trust
from kit.auth import TokenVerifier


def build(settings: Settings) -> Gateway:
    """The gateway as these settings say."""
    logs.configure(settings.log_level, "gateway")
    return Gateway(settings, TokenVerifier(trust.own(settings), trust.own_keys(settings)))


def app() -> Gateway:
    """The gateway as the environment says."""
    return build(Settings())
