"""HTTP of signing in. Holds no transaction open while a password is being checked."""

from typing import Annotated

from fastapi import Form, Request, Response

from kit.auth import ActorDep
from kit.database import Database, utc_now
from kit.errors import Invalid, Unauthenticated
from kit.routing import DatabaseDep, ReadDep, plain_router, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.identity import service as identity
from members.identity.passwords import Passwords
from members.sessions import rules, service
from members.sessions.rules import RefreshToken
from members.sessions.schemas import JwksOut, MeOut, MyMemberOut, TokensOut
from members.settings import Settings

tokens = plain_router(prefix="/v1", tags=["session"])
router = service_router(prefix="/v1", tags=["session"])


@tokens.post("/token")
async def create_token(
    *,
    request: Request,
    response: Response,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    grant_type: Annotated[str, Form(description="`password` or `refresh_token`", max_length=100)],
    username: Annotated[str, Form(description="E-mail address", max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    refresh_token: Annotated[str, Form(max_length=1000)] = "",
) -> TokensOut:
    """Signs in, or goes on with a session (OAuth2 password and refresh grants, RFC 6749)."""
    if grant_type == "password":
        address = request.client.host if request.client else ""
        issued = await _sign_in(
            database=database,
            passwords=passwords,
            settings=settings,
            username=username,
            password=password,
            address=address,
        )
    elif grant_type == "refresh_token":
        token = RefreshToken.read(refresh_token)
        async with database.transaction() as work:
            refreshed = await service.refresh(work, settings, token)
        if refreshed is None:
            raise rules.session_over()
        issued = refreshed
    else:
        raise Invalid("grant_unknown", "Must be password or refresh_token", extra={"error": "unsupported_grant_type"})
    response.headers["cache-control"] = "no-store"
    return TokensOut(access_token=issued.access_token, refresh_token=issued.refresh_token, expires_in=issued.expires_in)


async def _sign_in(
    *, database: Database, passwords: Passwords, settings: Settings, username: str, password: str, address: str
) -> service.Issued:
    async with database.transaction() as work:
        await service.count_attempt(work, username, address)
    async with database.reading() as connection:
        known = await identity.credentials(connection, username)
    right = await passwords.matches(known.password_hash, password)
    if known.user_id is None or not right:
        raise Unauthenticated(
            "credentials_wrong", "Address or password are not right", extra={"error": "invalid_grant"}
        )
    async with database.transaction() as work:
        return await service.start(work, settings, known.user_id, username=username, address=address)


@tokens.post("/token/revoke", status_code=204)
async def revoke_token(token: Annotated[str, Form(max_length=1000)], database: DatabaseDep) -> None:
    """Signs out (RFC 7009): the refresh token is good for nothing from now on."""
    async with database.transaction() as work:
        await service.end(work, RefreshToken.read(token))


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
        name=found.profile.name,
        roles=sorted(found.roles),
        members=[MyMemberOut.model_validate(member, from_attributes=True) for member in found.members],
    )
