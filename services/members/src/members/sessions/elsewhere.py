"""Use cases of signing in at another issuer: its token is exchanged for ours, which say for whom the user acts."""

from collections.abc import Mapping
from typing import Any

from kit.database import Work
from kit.errors import Conflict
from members.identity import elsewhere
from members.sessions import repository, service
from members.sessions.service import Issued
from members.settings import Settings


async def exchange(work: Work, settings: Settings, claims: Mapping[str, Any]) -> Issued:
    """Begins a session of whom the issuer's token, which was checked, speaks of (RFC 8693). Raises Forbidden."""
    user_id, is_new = await elsewhere.user_of(work, settings.issuer, claims)
    if is_new:
        await repository.revoke_all(work.connection, user_id, work.now)
    return await service.start(work, settings, user_id)


def check_signs_in_here(settings: Settings) -> None:
    """Raises Conflict where passwords and codes are another issuer's matter."""
    if settings.external_issuer:
        raise Conflict("signs_in_elsewhere", "This network signs in at {issuer}", issuer=settings.issuer)
