"""Runs in processes of their own, one of which is killed while it bills."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece, eventually
from tests.members.conftest import Office
from tests.members.dues import Treasury

RUN = """
import asyncio, sys
from kit.database import Database
from members.dues.service import runs
from members.settings import Settings

async def main() -> None:
    settings = Settings()
    url = settings.database_url.get_secret_value()
    database = Database(url, network=settings.network, service=sys.argv[1], zone=settings.zone)
    async with database.transaction() as work:
        await runs.run(work, settings)
    await database.close()

asyncio.run(main())
"""


async def start(piece: Piece, name: str) -> Process:
    settings = piece.app.state.settings
    told = {
        "TRAMA_NETWORK": settings.network,
        "TRAMA_NUMBER_PREFIX": settings.number_prefix,
        "TRAMA_ZONE": settings.zone,
        "TRAMA_DATABASE_URL": piece.database_url,
    }
    return await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, name, env=os.environ | told)


async def waits(piece: Piece, name: str) -> bool:
    async with piece.database.reading() as connection:
        statement = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND wait_event_type = 'Lock'"
        )
        return bool((await connection.execute(statement, {"name": f"trama-{name}"})).scalar_one())


@pytest.mark.faults
async def test_a_run_killed_while_it_bills_leaves_no_gap_and_the_others_bill_all_once(
    office: Office, piece: Piece
) -> None:
    treasury = Treasury(office)
    # The processes go by the real clock, so that this does, too.
    today = piece.database.clock().astimezone(piece.database.zone).date()
    new_year = today.replace(month=1, day=1).isoformat()
    await treasury.plan(rhythm="monthly", starts_on=new_year)
    members = [await treasury.member(new_year) for _ in range(3)]
    first = await treasury.invoice(members[0], due_on=(today + timedelta(days=30)).isoformat())
    processes: list[Process] = []
    try:
        async with piece.database.transaction() as work:
            # Whoever has claimed the periods now waits for the numbers, in the middle of its transaction.
            await work.execute(text("SELECT FROM counters WHERE series LIKE '%-F-%' FOR UPDATE"))
            for name in ("killed", "second", "third"):
                processes.append(await start(piece, name))
                await eventually(partial(waits, piece, name), seconds=60)
            processes[0].kill()
            assert await processes[0].wait() == -9
        assert [await process.wait() for process in processes[1:]] == [0, 0]
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                await process.wait()
    invoices = await treasury.invoices(limit=200)
    periods = [(one["member_id"], one["period_start"]) for one in invoices if one["plan_id"]]
    assert len(periods) == len(set(periods)) > 0
    again = await treasury.run()
    assert (again["issued"], again["already"]) == ([], len(periods))
    numbers = sorted(one["number"] for one in invoices)
    assert first["number"] == numbers[0]
    assert [int(number[-4:]) for number in numbers] == list(range(1, len(numbers) + 1))
