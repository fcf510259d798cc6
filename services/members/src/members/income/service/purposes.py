"""Use cases of purposes."""

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, NotFound, PreconditionFailed
from members.income.repository import purposes as repository
from members.income.rules import Purpose


async def purposes(connection: AsyncConnection) -> dict[str, Purpose]:
    """All of them, by code."""
    return {
        row.code: Purpose(row.code, {"es": row.name_es, "en": row.name_en}, row.active, row.version)
        for row in await repository.purposes(connection)
    }


async def purpose(connection: AsyncConnection, code: str) -> Purpose:
    """Raises NotFound."""
    found = (await purposes(connection)).get(code)
    if found is None:
        raise NotFound("purpose_unknown", "There is no such purpose")
    return found


async def add(work: Work, code: str, *, name_es: str, name_en: str) -> Purpose:
    """Adds a purpose. The same again is the same; raises Conflict if the code has another name."""
    values = {"code": code, "name_es": name_es, "name_en": name_en, "active": True, "version": 1}
    added = await repository.add(work.connection, values)
    found = await purpose(work.connection, code)
    if not added and dict(found.names) != {"es": name_es, "en": name_en}:
        raise Conflict("code_taken", "There is another purpose with this code", field="/code")
    return found


async def change(work: Work, code: str, *, name_es: str, name_en: str, active: bool, version: int | None) -> Purpose:
    """Renames a purpose, or takes it out of use. Raises NotFound; PreconditionFailed if somebody else was first."""
    values = {"name_es": name_es, "name_en": name_en, "active": active}
    if not await repository.change(work.connection, code, values, version):
        await purpose(work.connection, code)
        raise PreconditionFailed("changed_meanwhile", "Somebody else changed it meanwhile; read it again")
    return await purpose(work.connection, code)
