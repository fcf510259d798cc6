"""SQL of imports."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TURN = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-import'))")


async def take_turn(connection: AsyncConnection) -> None:
    """One list at a time: who comes second sees what the first has done."""
    await connection.execute(_TURN)
