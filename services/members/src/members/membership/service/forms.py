"""What each kind is asked when it applies."""

from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from kit.database import Work
from kit.errors import NotFound, PreconditionFailed
from members.membership.repository import forms
from members.membership.rules import forms as rules
from members.membership.rules.forms import Form

KINDS: tuple[MemberKind, ...] = get_args(MemberKind)


async def all_forms(connection: AsyncConnection) -> list[Form]:
    """The form of each kind as it is now."""
    own = {row.kind: rules.from_stored(row.kind, row.version, row.asked) for row in await forms.newest(connection)}
    return [own.get(kind) or rules.usual(kind) for kind in KINDS]


async def form(connection: AsyncConnection, kind: MemberKind, version: int | None = None) -> Form:
    """The form of a kind as it is now, or a version of it. Raises NotFound."""
    if version is None:
        return (await asked_now(connection, kind))[0]
    if version == 0:
        return rules.usual(kind)
    row = await forms.form(connection, kind, version)
    if row is None:
        raise NotFound("form_unknown", "There is no such version of this form")
    return rules.from_stored(kind, row.version, row.asked)


async def asked_now(connection: AsyncConnection, kind: MemberKind) -> tuple[Form, int | None]:
    """The form as it is now, and its row if the network has one of its own."""
    for row in await forms.newest(connection, kind):
        return rules.from_stored(kind, row.version, row.asked), row.id
    return rules.usual(kind), None


async def put(work: Work, wanted: Form, *, version: int | None, by: UUID) -> Form:
    """A new version of a kind's form, in the place of ``version`` (None: whichever is the newest). The same again is
    no new version. Raises Invalid, PreconditionFailed."""
    rules.check_form(wanted)
    await forms.lock(work.connection, wanted.kind)
    now = await form(work.connection, wanted.kind)
    if version is not None and version != now.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    if rules.as_stored(now) == rules.as_stored(wanted):
        return now
    following = now.version + 1
    await forms.add(work.connection, wanted.kind, following, rules.as_stored(wanted), at=work.now, by=by)
    return await form(work.connection, wanted.kind, following)
