"""The kit's own job: forgets answers and events that nobody can ask for any more."""

from datetime import timedelta

from sqlalchemy import text

from kit.database import Work
from kit.idempotency import KEPT
from kit.jobs import Job

#: An event older than this is no longer in the stream, so it can't come again.
INBOX_KEPT = timedelta(days=120)
#: Sent events stay as long as the longest outage promised: an origin restored from a backup publishes them anew.
OUTBOX_KEPT = timedelta(days=90)


async def _forget(work: Work) -> None:
    await work.execute(text("DELETE FROM idempotency WHERE created_at < :before"), {"before": work.now - KEPT})
    await work.execute(text("DELETE FROM inbox WHERE handled_at < :before"), {"before": work.now - INBOX_KEPT})
    await work.execute(
        text("DELETE FROM outbox WHERE created_at < :before AND published_at IS NOT NULL"),
        {"before": work.now - OUTBOX_KEPT},
    )


JOB = Job("housekeeping", timedelta(minutes=15), _forget)
