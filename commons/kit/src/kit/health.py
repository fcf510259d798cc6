"""Is the process alive; can it do its work."""

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kit.database import Database

router = APIRouter(prefix="/health", tags=["health"])


class Readiness(BaseModel):
    status: str
    database: str
    broker: str


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """The database and the broker answer, too."""
    database = await _database_answers(request.app.state.database)
    broker = bool(request.app.state.broker.connected)
    if not (database and broker):
        response.status_code = 503
    return Readiness(
        status="ok" if database and broker else "down",
        database="ok" if database else "down",
        broker="ok" if broker else "down",
    )


async def _database_answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(2), database.reading() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True
