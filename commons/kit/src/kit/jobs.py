"""What a service does by the clock: one replica at a time, each run one transaction."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, select

from kit.database import Database, Work

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """Runs every so often. What expires by the clock waits with ``only_when_caught_up`` until no event is waiting,
    lest something is given up whose confirmation is already on its way."""

    name: str
    every: timedelta
    run: Callable[[Work], Awaitable[None]]
    only_when_caught_up: bool = False


async def run_once(database: Database, job: Job) -> bool:
    """Runs the job now, unless another replica is at it. True if it ran."""
    async with database.transaction() as work:
        lock = func.pg_try_advisory_xact_lock(func.hashtext(f"trama-job-{job.name}"))
        if not (await work.connection.execute(select(lock))).scalar_one():
            return False
        await job.run(work)
        return True


async def run_forever(database: Database, job: Job, caught_up: Callable[[], bool]) -> None:
    seconds = job.every.total_seconds()
    while True:
        await asyncio.sleep(seconds * random.uniform(0.9, 1.1))
        if job.only_when_caught_up and not caught_up():
            continue
        try:
            await run_once(database, job)
        except Exception as error:
            # A job that failed is tried again at its next time.
            log.error("job_failed", job=job.name, exc_info=error)
