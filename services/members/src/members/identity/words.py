"""What letters to users say, in their language."""

from kit.language import LANGUAGES, Texts, texts_of
from kit.settings import Settings


def texts() -> Texts:
    return texts_of("members")


def language(settings: Settings, wanted: str | None) -> str:
    """The reader's language, if there are texts in it; else the network's, which is nearer to them than English."""
    return wanted if wanted in LANGUAGES else settings.language


def network(settings: Settings) -> str:
    """The network as people say it."""
    return settings.name or settings.network


def link(settings: Settings, path: str, secret: str) -> str:
    """Where the secret is used: an address of the network's pages, or the secret alone if it has none."""
    return f"{settings.public_url}/{path}/{secret}" if settings.public_url else secret
