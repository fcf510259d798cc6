"""Which day it is for who reads."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from kit.database import Database


async def _today(request: Request) -> date:
    database: Database = request.app.state.database
    return database.clock().astimezone(database.zone).date()


#: The date in the network's zone.
TodayDep = Annotated[date, Depends(_today)]
