"""HTTP of signing in. Holds no transaction open while a password is being checked."""

from typing import Annotated

import structlog
from fastapi import Depends, Form, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, TokenVerifier, require
from kit.database import utc_now
from kit.routing import DatabaseDep, ReadDep, plain_router, service_router
from members.dependencies import ExternalDep, PasswordsDep, SettingsDep
from members.identity.rules import LIFE, Purpose
from members.sessions import elsewhere, recovery, rules, service, signing
from members.sessions.rules import RefreshToken
from members.sessions.schemas import JwksOut, MeOut, MyMemberOut, NamedUser, RotatedOut, Rotation, SentOut, TokensOut

tokens = plain_router(prefix="/v1", tags=["session"])
router = service_router(prefix="/v1", tags=["session"])


log = structlog.get_logger()

AdminDep = Annotated[Actor, Depends(require("admin"))]
CODE_GRANT = "urn:trama:grant:code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
GRANTS = ("password", "refresh_token", CODE_GRANT)
GRANTS_ELSEWHERE = ("refresh_token", EXCHANGE_GRANT)


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
    external: ExternalDep,
    grant_type: Annotated[
        str,
        Form(
            description="`password`, `refresh_token`, `urn:trama:grant:code`, or, where people sign in elsewhere, "
            "`urn:ietf:params:oauth:grant-type:token-exchange`",
            max_length=100,
        ),
    ],
    username: Annotated[str, Form(description="E-mail address or phone number", max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(description="The one-time code that was sent", max_length=100)] = "",
    refresh_token: Annotated[str, Form(max_length=1000)] = "",
    subject_token: Annotated[str, Form(description="The other issuer's token", max_length=20_000)] = "",
) -> TokensOut:
    """Signs in, or goes on with a session (OAuth2 password and refresh grants, RFC 6749).

    With `grant_type=urn:trama:grant:code` a one-time code takes the place of the password; `POST /v1/token/codes` sends
    one. A name that nobody has is answered like one with a wrong password or code.

    Where people sign in at another issuer (OpenID Connect), its token is exchanged here (RFC 8693): send it as
    `subject_token`. Passwords and codes are refused then.
    """
    address = address_of(request)
    known = GRANTS_ELSEWHERE if external else GRANTS
    if grant_type not in known:
        raise rules.grant_unknown(known, settings.issuer)
    if grant_type == "password":
        issued = await service.sign_in(
            database, passwords, settings, username=username, password=password, address=address
        )
    elif grant_type == CODE_GRANT:
        issued = await recovery.sign_in_with_code(database, settings, username=username, code=code, address=address)
    elif grant_type == EXCHANGE_GRANT and external:
        claims = await external.claims(subject_token)
        async with database.transaction() as work:
            issued = await elsewhere.exchange(work, settings, claims)
    else:
        token = RefreshToken.read(refresh_token)
        async with database.transaction() as work:
            refreshed = await service.refresh(work, settings, token)
        if refreshed is None:
            raise rules.session_over()
        issued = refreshed
    return shown(issued, response)


@tokens.post("/token/revoke", status_code=204)
async def revoke_token(token: Annotated[str, Form(max_length=1000)], database: DatabaseDep) -> None:
    """Signs out (RFC 7009): the refresh token is good for nothing from now on."""
    async with database.transaction() as work:
        await service.end(work, RefreshToken.read(token))


@tokens.post("/token/codes", status_code=202)
async def send_sign_in_code(body: NamedUser, request: Request, database: DatabaseDep, settings: SettingsDep) -> SentOut:
    """Sends a one-time code by e-mail to whoever has this name. The answer does not tell whether somebody has."""
    elsewhere.check_signs_in_here(settings)
    async with database.transaction() as work:
        await recovery.send_code(work, settings, username=body.username, address=address_of(request))
    return sent("code")


@router.get("/jwks.json")
async def get_token_keys(connection: ReadDep, response: Response) -> JwksOut:
    """The public keys that tokens are checked with."""
    response.headers["cache-control"] = "public, max-age=300"
    return JwksOut.model_validate(await signing.jwks(connection))


@tokens.post("/keys/rotate")
async def rotate_keys(
    body: Rotation, request: Request, database: DatabaseDep, settings: SettingsDep, actor: AdminDep
) -> RotatedOut:
    """Changes the key that signs, out of turn. Nobody is signed out.

    With `compromised` the keys until now are removed at once: tokens that they signed are refused here from now on and
    in every piece within a minute; a refresh gives a new one.
    """
    async with database.transaction() as work:
        done = await signing.rotate_now(work, settings, compromised=body.compromised)
    log.warning("keys_rotated_by_hand", by=str(actor.user_id), reason=body.reason)
    verifier: TokenVerifier = request.app.state.verifier
    verifier.forget()
    return RotatedOut(kid=done.kid, signs_from=done.signs_from, removed=done.removed)


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
