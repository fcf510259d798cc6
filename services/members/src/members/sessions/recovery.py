"""Use cases of getting in without the password, and of changing what one signs in with.

What is asked for in a name is answered the same whether somebody has it or not, after the same work: the letter that
nobody gets is written, too (OWASP Forgot Password Cheat Sheet).
"""

from uuid import UUID

from kit.database import Database, Work
from kit.errors import Conflict, Invalid
from members.identity import letters, phones, proving, throttle
from members.identity import rules as identity_rules
from members.identity import service as identity
from members.identity.letters import Reader
from members.identity.passwords import Passwords
from members.membership import service as membership
from members.sessions import repository, rules, service
from members.sessions.service import Issued
from members.settings import Settings


async def _count_letter(work: Work, what: str, account: str, address: str) -> None:
    """Raises TooManyRequests."""
    await throttle.count(
        work,
        throttle.account_of(what, account),
        address,
        free=identity_rules.FREE_LETTERS,
        free_anywhere=identity_rules.FREE_LETTERS_ANYWHERE,
    )


async def send_code(work: Work, settings: Settings, *, username: str, address: str) -> None:
    """Sends a code to sign in with to whoever has this name. Raises TooManyRequests."""
    known = await identity.credentials(work.connection, settings, username)
    await _count_letter(work, "code", known.account, address)
    code = await proving.issue_code(work, known.user_id, settings.secret_for("codes"))
    await letters.code(work, settings, known.reader, code)


async def sign_in_with_code(
    database: Database, settings: Settings, *, username: str, code: str, address: str
) -> Issued:
    """Begins a session of whoever brings the code that was sent. Raises Unauthenticated, Forbidden, TooManyRequests."""
    digits = "".join(code.split())
    async with database.transaction() as work:
        known = await identity.credentials(work.connection, settings, username)
        account = throttle.account_of("sign-in", known.account)
        await throttle.count(work, account, address)
        right = await proving.is_code(work, known.user_id, digits, settings.secret_for("codes"))
    if known.user_id is None or not right:
        raise rules.credentials_wrong()
    async with database.transaction() as work:
        await throttle.forget(work, account, address)
        await identity.confirm_email(work, known.user_id)
        return await service.start(work, settings, known.user_id)


async def send_reset(work: Work, settings: Settings, *, username: str, address: str) -> None:
    """Sends the way to a new password to whoever has this name. Raises TooManyRequests."""
    known = await identity.credentials(work.connection, settings, username)
    await _count_letter(work, "reset", known.account, address)
    secret = await proving.issue(work, "reset", known.user_id)
    await letters.reset(work, settings, known.reader, secret)


async def reset_password(work: Work, passwords: Passwords, settings: Settings, *, secret: str, password: str) -> None:
    """Sets the password of whoever brings the secret that was sent, ends all their sessions, and tells them.

    Raises NotFound for a secret that is not good, Invalid for the password (the secret stays good).
    """
    proved = await proving.redeem(work, "reset", secret)
    changed = await _change_password(work, passwords, settings, proved.user_id, password=password)
    await identity.confirm_email(work, changed.id)


async def change_password(
    database: Database,
    passwords: Passwords,
    settings: Settings,
    user_id: UUID,
    *,
    current: str,
    new: str,
    address: str,
) -> Issued:
    """Changes the password of who is signed in, ends all their sessions, tells them, and begins a new session.

    Raises Unauthenticated if the current one is not right, Invalid for the new one, TooManyRequests.
    """
    await check_password(database, passwords, user_id, current, address=address, field="/current")
    async with database.transaction() as work:
        await _change_password(work, passwords, settings, user_id, password=new, field="/new")
        return await service.start(work, settings, user_id)


async def check_password(
    database: Database, passwords: Passwords, user_id: UUID, password: str, *, address: str, field: str = "/password"
) -> None:
    """That who is signed in knows the password, too. Raises Invalid, Conflict without one, TooManyRequests."""
    account = throttle.account_of("sign-in", str(user_id))
    async with database.transaction() as work:
        known = await identity.credentials_of(work.connection, user_id)
        await throttle.count(work, account, address)
    if not await passwords.matches(known.password_hash, password):
        if known.password_hash is None:
            raise Conflict("no_password", "You sign in elsewhere and have no password here")
        raise Invalid("password_wrong", "This is not your password", field=field)
    async with database.transaction() as work:
        await throttle.forget(work, account, address)


async def _change_password(
    work: Work, passwords: Passwords, settings: Settings, user_id: UUID, *, password: str, field: str = "/password"
) -> identity.Profile:
    known = await identity.set_password(work, passwords, settings, user_id, password, field=field)
    await proving.end_all(work, user_id)
    await repository.revoke_all(work.connection, user_id, work.now)
    await letters.password_changed(work, settings, known.reader)
    return known


async def ask_for_email(work: Work, settings: Settings, user_id: UUID, email: str) -> None:
    """Sends the new address a way to confirm it, and word to the old one. Somebody else's is told so by letter alone.

    Raises Invalid, TooManyRequests.
    """
    address = identity_rules.email_address(email)
    await _count_letter(work, "email", str(user_id), "")
    known = await identity.profile(work.connection, user_id)
    owner = await identity.credentials(work.connection, settings, address)
    secret = await proving.issue(work, "email", user_id, email=address)
    reader = Reader(address, known.language)
    if owner.user_id in (None, user_id):
        await letters.new_address(work, settings, reader, secret)
    else:
        await letters.address_taken(work, settings, reader)
    await letters.address_changes(work, settings, known.reader)


async def confirm_new_email(work: Work, secret: str) -> None:
    """The user of the secret signs in with the new address from now on. Raises NotFound, Conflict."""
    proved = await proving.redeem(work, "email", secret)
    await identity.set_email(work, proved.user_id, proved.email or "")


async def set_phone(work: Work, settings: Settings, user_id: UUID, phone: str | None) -> str | None:
    """The number to sign in with from now on, in E.164. Raises Invalid, Conflict."""
    number = phones.phone_number(phone, settings.country) if phone else None
    await identity.set_phone(work, user_id, number)
    return number


async def confirm_application(work: Work, secret: str) -> UUID:
    """Whoever reads what is sent to an applicant's address acts for the applicant. Gives the member. Raises NotFound."""
    proved = await proving.redeem(work, "join", secret)
    await identity.confirm_email(work, proved.user_id)
    member_id = proved.member
    await membership.act_for(work, proved.user_id, member_id, by=proved.user_id)
    return member_id
