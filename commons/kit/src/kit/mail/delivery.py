"""Takes letters out of the database to the SMTP server: each at least once, by one replica at a time.

No transaction is open while the server is spoken to. What was taken is leased for some minutes: if the process dies
between sending and noting it, the letter goes out once more, with the same Message-ID, and mail programs show it once.
"""

import asyncio
import base64
import contextlib
import random
from collections.abc import Sequence
from datetime import timedelta
from email.headerregistry import Address
from typing import Any

import aiosmtplib
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from kit.database import Database
from kit.jobs import Job, run_once
from kit.mail import table
from kit.mail.letter import Attachment, compose, sender_of
from kit.mail.smtp import Server, judge
from kit.metrics import LETTERS
from kit.settings import Settings

log = structlog.get_logger()

#: Letters taken at once, to be sent over one connection.
BATCH = 10
#: All of them must be sent well within the lease.
BATCH_SECONDS = table.LEASE_MINUTES * 60 - 60
#: Seconds after which letters are looked for although nobody called.
POLL = 2.0
#: Seconds between two tries, of a letter or a server: doubling from the first to the last.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 3600.0
LONGEST_OUTAGE_PAUSE = 60.0
_TIDY = Job("letters-tidy", timedelta(hours=1), table.tidy)


class Postman:
    """Run it as a task; it wakes after each commit that posted a letter."""

    def __init__(self, database: Database, server: Server | None, sender: Address | None) -> None:
        self._database = database
        self._server = server
        self._sender = sender
        self._woken = asyncio.Event()
        self._outage = 0
        self._told = False
        database.committed.append(self._on_commit)

    def _on_commit(self, _staged: Sequence[Any], signals: Sequence[str]) -> None:
        if table.SIGNAL in signals:
            self._woken.set()

    async def run(self) -> None:
        """Delivers for ever; comes back from losing the database or the server."""
        tidy_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            try:
                if loop.time() >= tidy_at:
                    tidy_at = loop.time() + _TIDY.every.total_seconds()
                    await run_once(self._database, _TIDY)
                await self.deliver()
            except (SQLAlchemyError, OSError) as error:
                log.warning("letters_interrupted", error=type(error).__name__)
                await asyncio.sleep(1)
            if self._outage:
                await asyncio.sleep(_pause(self._outage, LONGEST_OUTAGE_PAUSE))
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL)

    async def deliver(self) -> None:
        """Sends all that is due. Without a server they wait, and the log says so once."""
        async with self._database.reading() as connection:
            if not await table.any_due(connection):
                return
        if self._server is None or self._sender is None:
            if not self._told:
                log.warning("letters_wait", why="no server is set: TRAMA_SMTP_URL and TRAMA_MAIL_FROM")
            self._told = True
            return
        try:
            async with self._server.connected() as client:
                if self._outage:
                    log.info("mail_server_back")
                self._outage = 0
                while await self._send_some(client, self._sender):
                    pass
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            _, said = judge(error)
            if not self._outage:
                log.warning("mail_server_away", error=said)
            self._outage += 1

    async def _send_some(self, client: aiosmtplib.SMTP, sender: Address) -> bool:
        """Sends some; false when none was left. Raises what is wrong with the server, the letters put back."""
        async with self._database.reading() as connection:
            rows = await table.take(connection, BATCH)
        waiting = list(rows)
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                while waiting:
                    await self._send(client, sender, waiting[0])
                    waiting.pop(0)
        finally:
            if waiting:
                async with self._database.reading() as connection:
                    for row in waiting:
                        await table.put_back(connection, row.id, row.attempts)
        return bool(rows)

    async def _send(self, client: aiosmtplib.SMTP, sender: Address, row: Any) -> None:
        if row.too_late:
            LETTERS.labels("too_late").inc()
            await self._refuse(row, "it was good no more when it could have been sent")
            return
        try:
            message = compose(
                letter_id=row.id,
                sender=sender,
                to=row.recipient,
                subject=row.subject,
                text=row.text,
                attachments=[
                    Attachment(a["name"], a["media_type"], base64.b64decode(a["content"])) for a in row.attachments
                ],
                made_at=row.made_at,
            )
            await client.send_message(message, sender=sender.addr_spec, recipients=row.recipient)
        except (aiosmtplib.SMTPException, ValueError) as error:
            verdict, said = judge(error)
            if verdict == "server":
                raise
            LETTERS.labels("refused" if verdict == "never" else "put_off").inc()
            log.warning("letter_not_taken", letter=str(row.id), verdict=verdict, code=said[:3])
            if verdict == "never":
                await self._refuse(row, said)
            else:
                async with self._database.reading() as connection:
                    pause = _pause(row.attempts + 5, LONGEST_PAUSE)
                    await table.put_off(connection, row.id, row.attempts, said[:500], pause)
            return
        async with self._database.reading() as connection:
            await table.mark_sent(connection, row.id, row.attempts)
        LETTERS.labels("sent").inc()

    async def _refuse(self, row: Any, reason: str) -> None:
        async with self._database.reading() as connection:
            await table.mark_refused(connection, row.id, row.attempts, reason[:500])


def _pause(attempt: int, longest: float) -> float:
    """Seconds to wait after so many failures: doubling, with some chance in it so that replicas don't march in step."""
    doubled = FIRST_PAUSE * float(2 ** min(attempt - 1, 30))
    return min(doubled, longest) * random.uniform(0.8, 1.0)


async def deliver(app: FastAPI) -> None:
    """A task for ``create_app``: delivers the service's letters as its settings say."""
    settings: Settings = app.state.settings
    url = settings.smtp_url.get_secret_value()
    server = Server.read(url) if url else None
    sender = sender_of(settings.mail_from) if settings.mail_from else None
    await Postman(app.state.database, server, sender).run()
