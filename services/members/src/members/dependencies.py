"""What the endpoints of this service ask FastAPI for, besides the kit's."""

from typing import Annotated

from fastapi import Depends, Request

from kit.auth import TokenVerifier
from members.identity.passwords import Passwords
from members.settings import Settings


def _passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


PasswordsDep = Annotated[Passwords, Depends(_passwords)]
SettingsDep = Annotated[Settings, Depends(_settings)]


def _external(request: Request) -> TokenVerifier | None:
    """Checks the tokens of the issuer where people sign in, if that is not here."""
    found: TokenVerifier | None = getattr(request.app.state, "external", None)
    return found


ExternalDep = Annotated[TokenVerifier | None, Depends(_external)]
