"""The gateway: ``python -m gateway``, or ``uvicorn --factory gateway.main:app`` on a server of another's making."""

from gateway.app import Gateway
from gateway.settings import Settings
from kit import logs
from kit.auth import TokenVerifier, keys_from


def build(settings: Settings) -> Gateway:
    """The gateway as these settings say."""
    logs.configure(settings.log_level, "gateway")
    return Gateway(settings, TokenVerifier(settings.token_issuer, keys_from(settings.keys_url)))


def app() -> Gateway:
    """The gateway as the environment says."""
    return build(Settings())
