"""SQL of application forms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from members.membership.models import ApplicationForm

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('trama-application-form-' || :kind))")
_COLUMNS = (ApplicationForm.id, ApplicationForm.kind, ApplicationForm.version, ApplicationForm.asked)


async def newest(connection: AsyncConnection, kind: str | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The newest form of each kind that has one, or of this kind."""
    statement = select(*_COLUMNS).ext(distinct_on(ApplicationForm.kind))
    if kind is not None:
        statement = statement.where(ApplicationForm.kind == kind)
    ordered = statement.order_by(ApplicationForm.kind, ApplicationForm.version.desc())
    return (await connection.execute(ordered)).all()


async def form(connection: AsyncConnection, kind: str, version: int) -> Row[*tuple[Any, ...]] | None:
    statement = select(*_COLUMNS).where(ApplicationForm.kind == kind, ApplicationForm.version == version)
    return (await connection.execute(statement)).one_or_none()


async def lock(connection: AsyncConnection, kind: str) -> None:
    """Nobody else changes the form of this kind until this transaction ends."""
    await connection.execute(_LOCK, {"kind": kind})


async def add(
    connection: AsyncConnection, kind: str, version: int, asked: Mapping[str, Any], *, at: datetime, by: UUID
) -> None:
    await connection.execute(
        insert(ApplicationForm).values(kind=kind, version=version, asked=asked, made_at=at, made_by=by)
    )
