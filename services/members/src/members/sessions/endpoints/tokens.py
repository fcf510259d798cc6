"""HTTP of signing in. Holds no transaction open while a password is being checked."""

from typing import Annotated

from fastapi import Form, Request, Response

from kit.auth import ActorDep
from kit.database import utc_now
from kit.errors import Invalid
from kit.routing import DatabaseDep, ReadDep, plain_router, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.identity.rules import LIFE, Purpose
from members.sessions import recovery, rules, service
from members.sessions.rules import RefreshToken
from members.sessions.schemas import JwksOut, MeOut, MyMemberOut, NamedUser, SentOut, TokensOut

tokens = plain_router(prefix="/v1", tags=["session"])
router = service_router(prefix="/v1", tags=["session"])


CODE_GRANT = "urn:trama:grant:code"
GRANTS = ("password", "refresh_token", CODE_GRANT)


def address_of(request: Request) -> str:
    """The client's address, as far as is known."""
    return request.client.host if request.client else ""


def shown(issued: service.Issued, response: Response) -> TokensOut:
    """Tokens as they are answered, to be kept by nobody on the way (RFC 6749 section 5.1)."""
    response.headers["cache-control"] = "no-store"
    return TokensOut(access_token=issued.access_token, refresh_token=issued.refresh_token, expires_in=issued.expires_in)


def sent(purpose: Purpose) -> SentOut:
    """The one answer to every name."""
    return SentOut(expires_in=int(LIFE[purpose].total_seconds()))


@tokens.post("/token")
async def create_token(
    *,
    request: Request,
    response: Response,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    grant_type: Annotated[
        str, Form(description="`password`, `refresh_token`, or `urn:trama:grant:code`", max_length=100)
    ],
    username: Annotated[str, Form(description="E-mail address or phone number", max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(description="The one-time code that was sent", max_length=100)] = "",
    refresh_token: Annotated[str, Form(max_length=1000)] = "",
) -> TokensOut:
    """Signs in, or goes on with a session (OAuth2 password and refresh grants, RFC 6749).

    With `grant_type=urn:trama:grant:code` a one-time code takes the place of the password; `POST /v1/token/codes` sends
    one. A name that nobody has is answered like one with a wrong password or code.
    """
    address = address_of(request)
    if grant_type == "password":
        issued = await service.sign_in(
            database, passwords, settings, username=username, password=password, address=address
        )
    elif grant_type == CODE_GRANT:
        issued = await recovery.sign_in_with_code(database, settings, username=username, code=code, address=address)
    elif grant_type == "refresh_token":
        token = RefreshToken.read(refresh_token)
        async with database.transaction() as work:
            refreshed = await service.refresh(work, settings, token)
        if refreshed is None:
            raise rules.session_over()
        issued = refreshed
    else:
        known = ", ".join(GRANTS)
        raise Invalid("grant_unknown", "Must be one of {known}", known=known, extra={"error": "unsupported_grant_type"})
    return shown(issued, response)


@tokens.post("/token/revoke", status_code=204)
async def revoke_token(token: Annotated[str, Form(max_length=1000)], database: DatabaseDep) -> None:
    """Signs out (RFC 7009): the refresh token is good for nothing from now on."""
    async with database.transaction() as work:
        await service.end(work, RefreshToken.read(token))


@tokens.post("/token/codes", status_code=202)
async def send_sign_in_code(body: NamedUser, request: Request, database: DatabaseDep, settings: SettingsDep) -> SentOut:
    """Sends a one-time code by e-mail to whoever has this name. The answer does not tell whether somebody has."""
    async with database.transaction() as work:
        await recovery.send_code(work, settings, username=body.username, address=address_of(request))
    return sent("code")


@router.get("/jwks.json")
async def get_token_keys(connection: ReadDep, response: Response) -> JwksOut:
    """The public keys that tokens are checked with."""
    response.headers["cache-control"] = "public, max-age=300"
    return JwksOut.model_validate(await service.jwks(connection))


@router.get("/me")
async def get_me(connection: ReadDep, actor: ActorDep) -> MeOut:
    """Who is signed in, what they may do, and for which members they act."""
    found = await service.me(connection, actor.user_id, utc_now())
    return MeOut(
        user_id=found.profile.id,
        email=found.profile.email,
        phone=found.profile.phone,
        name=found.profile.name,
        roles=sorted(found.roles),
        members=[MyMemberOut.model_validate(member, from_attributes=True) for member in found.members],
    )
