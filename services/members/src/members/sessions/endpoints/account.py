"""HTTP of what one signs in with: a forgotten password, another password, address or phone number.

Where a password is checked or made no transaction is open meanwhile, but for the last statements.
"""

from fastapi import Request, Response

from kit.auth import ActorDep
from kit.routing import DatabaseDep, WorkDep, plain_router, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.identity import throttle
from members.sessions import elsewhere, recovery
from members.sessions.endpoints.tokens import address_of, sent, shown
from members.sessions.schemas import (
    ChangedEmail,
    ChangedPassword,
    ChangedPhone,
    ConfirmedOut,
    NamedUser,
    NewPassword,
    PhoneOut,
    SentOut,
    TokensOut,
)

#: Links that may be tried by everybody together: they can't be guessed, this is for the log's peace.
ANYWHERE = 1000

own = plain_router(prefix="/v1/me", tags=["account"])
lost = plain_router(prefix="/v1/password-resets", tags=["account"])
confirming = service_router(prefix="/v1", tags=["account"])


@lost.post("", status_code=202)
async def ask_for_new_password(
    body: NamedUser, request: Request, database: DatabaseDep, settings: SettingsDep
) -> SentOut:
    """Sends the way to a new password to whoever has this name. The answer does not tell whether somebody has."""
    elsewhere.check_signs_in_here(settings)
    async with database.transaction() as work:
        await recovery.send_reset(work, settings, username=body.username, address=address_of(request))
    return sent("reset")


@lost.post("/{secret}", status_code=204)
async def reset_password(
    *,
    secret: str,
    body: NewPassword,
    request: Request,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
) -> None:
    """Sets a new password with what was sent by letter. Ends all sessions; sign in with the new one."""
    account = throttle.account_of("link", "reset")
    address = address_of(request)
    async with database.transaction() as work:
        await throttle.count(work, account, address, free_anywhere=ANYWHERE)
    async with database.transaction() as work:
        await recovery.reset_password(work, passwords, settings, secret=secret, password=body.password)
        await throttle.forget(work, account, address)


@own.put("/password")
async def change_password(
    *,
    body: ChangedPassword,
    request: Request,
    response: Response,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    actor: ActorDep,
) -> TokensOut:
    """Changes your password. You are signed out everywhere else; go on with these tokens."""
    issued = await recovery.change_password(
        database,
        passwords,
        settings,
        actor.user_id,
        current=body.current,
        new=body.new,
        address=address_of(request),
    )
    return shown(issued, response)


@own.put("/email", status_code=202)
async def change_email(
    *,
    body: ChangedEmail,
    request: Request,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    actor: ActorDep,
) -> SentOut:
    """Asks for another address to sign in with. It counts once it is confirmed by what is sent to it; the old one is
    told."""
    address = address_of(request)
    await recovery.check_password(database, passwords, actor.user_id, body.password, address=address)
    async with database.transaction() as work:
        await recovery.ask_for_email(work, settings, actor.user_id, body.email)
    return sent("email")


@own.put("/phone")
async def change_phone(
    *,
    body: ChangedPhone,
    request: Request,
    database: DatabaseDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    actor: ActorDep,
) -> PhoneOut:
    """Sets the phone number that signs in beside the address, or takes it away."""
    address = address_of(request)
    await recovery.check_password(database, passwords, actor.user_id, body.password, address=address)
    async with database.transaction() as work:
        return PhoneOut(phone=await recovery.set_phone(work, settings, actor.user_id, body.phone))


@confirming.post("/email-changes/{secret}", status_code=204)
async def confirm_new_email(secret: str, work: WorkDep) -> None:
    """Signs in with the new address from now on; the secret is in the letter that was sent to it."""
    await recovery.confirm_new_email(work, secret)


@confirming.post("/confirmations/{secret}")
async def confirm_application(secret: str, work: WorkDep) -> ConfirmedOut:
    """Confirms the address of an application, with the secret in the letter that was sent to it.

    If the address was somebody's already, they act for the applicant, too, from now on.
    """
    return ConfirmedOut(member_id=await recovery.confirm_application(work, secret))
