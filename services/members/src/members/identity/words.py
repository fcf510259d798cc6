"""What letters to users say, in their language."""

from functools import cache

from kit.language import Texts
from kit.settings import Settings


@cache
def texts() -> Texts:
    """The service's catalogues, read once."""
    return Texts(["kit", "members"])


def network(settings: Settings) -> str:
    """The network as people say it."""
    return settings.name or settings.network


def link(settings: Settings, path: str, secret: str) -> str:
    """Where the secret is used: an address of the network's pages, or the secret alone if it has none."""
    return f"{settings.public_url}/{path}/{secret}" if settings.public_url else secret
