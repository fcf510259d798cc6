"""Letters in the database: written by the transaction that makes them necessary, taken by whoever sends them."""

import base64
from typing import Any
from uuid import UUID

from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.mail.letter import Letter
from kit.tables import NAMING

#: What is signalled when a letter was posted.
SIGNAL = "letters"
#: How long what was taken to be sent is nobody else's. If it isn't sent by then, it is taken again.
LEASE_MINUTES = 5
#: A letter that the server could not take for so long is given up: five days, as mail servers do (RFC 5321, 4.5.4.1).
GIVEN_UP_DAYS = 5
#: Its words are forgotten so long after it was sent, or could not be; that there was one, later.
WORDS_KEPT_DAYS = 7
ROW_KEPT_DAYS = 90

_metadata = MetaData(naming_convention=NAMING)

letters = Table(
    "letters",
    _metadata,
    Column("id", Uuid, primary_key=True),
    # Recipient and words are personal: they are gone some days after the letter is.
    Column("recipient", Text),
    Column("subject", Text),
    Column("text", Text),
    Column("attachments", JSONB, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("good_until", DateTime(timezone=True)),
    # Not to be sent before; while it is being sent, the end of the lease.
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("sent_at", DateTime(timezone=True)),
    Column("refused_at", DateTime(timezone=True)),
    CheckConstraint("sent_at IS NULL OR refused_at IS NULL", name="one_end"),
    CheckConstraint(
        "sent_at IS NOT NULL OR refused_at IS NOT NULL OR "
        "(recipient IS NOT NULL AND subject IS NOT NULL AND text IS NOT NULL)",
        name="waiting_is_whole",
    ),
    CheckConstraint("attempts >= 0", name="attempts"),
    Index(
        "ix_letters_waiting",
        "due_at",
        postgresql_where=text("sent_at IS NULL AND refused_at IS NULL"),
    ),
    Index("ix_letters_made_at", "made_at", postgresql_using="brin"),
)


def add_to(metadata: MetaData) -> None:
    """Puts the table among those of a service."""
    letters.to_metadata(metadata)


def create(op: Operations | Any) -> None:
    """Makes the table; called by a migration with Alembic's ``op``."""
    _metadata.create_all(op.get_bind())


async def post(work: Work, letter: Letter) -> None:
    """The letter is sent once this transaction has committed, and only then."""
    values = {
        "id": letter.id,
        "recipient": letter.to,
        # PostgreSQL has no text with NUL in it.
        "subject": letter.subject.replace("\0", ""),
        "text": letter.text.replace("\0", ""),
        "attachments": [
            {"name": a.name, "media_type": a.media_type, "content": base64.b64encode(a.content).decode()}
            for a in letter.attachments
        ],
        "made_at": work.now,
        "good_until": letter.good_until,
        "due_at": func.now(),
        "attempts": 0,
    }
    await work.execute(insert(letters).values(values).on_conflict_do_nothing(index_elements=["id"]))
    work.signal(SIGNAL)


_ANY_DUE = text("""
SELECT EXISTS (SELECT FROM letters WHERE sent_at IS NULL AND refused_at IS NULL AND due_at <= now())
""")
# Others skip what is locked here, and later see the lease.
_TAKE = text("""
WITH due AS (
    SELECT id FROM letters WHERE sent_at IS NULL AND refused_at IS NULL AND due_at <= now()
    ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED
)
UPDATE letters SET attempts = attempts + 1, due_at = now() + make_interval(mins => :lease)
FROM due WHERE letters.id = due.id
RETURNING letters.id, recipient, subject, letters.text, attachments, made_at, attempts,
    coalesce(good_until < now(), false) AS too_late
""")
_SENT = text("""
UPDATE letters SET sent_at = now(), last_error = NULL
WHERE id = :id AND attempts = :attempts AND sent_at IS NULL AND refused_at IS NULL
""")
_REFUSED = text("""
UPDATE letters SET refused_at = now(), last_error = :reason
WHERE id = :id AND attempts = :attempts AND sent_at IS NULL AND refused_at IS NULL
""")
_LATER = text("""
UPDATE letters SET last_error = :reason, due_at = now() + make_interval(secs => :seconds),
    refused_at = CASE WHEN made_at < now() - make_interval(days => :given_up) THEN now() END
WHERE id = :id AND attempts = :attempts AND sent_at IS NULL AND refused_at IS NULL
""")
_UNTRIED = text("""
UPDATE letters SET attempts = attempts - 1, due_at = now()
WHERE id = :id AND attempts = :attempts AND sent_at IS NULL AND refused_at IS NULL
""")
_TOO_LATE = text("""
UPDATE letters SET refused_at = :now, last_error = 'it was good no more when it could have been sent'
WHERE sent_at IS NULL AND refused_at IS NULL AND good_until < CAST(:now AS timestamptz) AND due_at <= :now
""")
_FORGET_WORDS = text("""
UPDATE letters SET recipient = NULL, subject = NULL, text = NULL, attachments = '[]'
WHERE recipient IS NOT NULL AND coalesce(sent_at, refused_at) < CAST(:now AS timestamptz) - make_interval(days => :words)
""")
_FORGET = text("""
DELETE FROM letters WHERE coalesce(sent_at, refused_at) < CAST(:now AS timestamptz) - make_interval(days => :rows)
""")


async def any_due(connection: AsyncConnection) -> bool:
    """Whether a letter waits whose time has come."""
    return bool((await connection.execute(_ANY_DUE)).scalar_one())


async def take(connection: AsyncConnection, batch: int) -> list[Any]:
    """Letters to send, for a lease's time nobody else's, those that wait longest first."""
    rows = (await connection.execute(_TAKE, {"batch": batch, "lease": LEASE_MINUTES})).all()
    return sorted(rows, key=lambda row: (row.made_at, row.id))


async def mark_sent(connection: AsyncConnection, letter_id: UUID, attempts: int) -> None:
    await connection.execute(_SENT, {"id": letter_id, "attempts": attempts})


async def mark_refused(connection: AsyncConnection, letter_id: UUID, attempts: int, reason: str) -> None:
    """It will never be taken, for this reason."""
    await connection.execute(_REFUSED, {"id": letter_id, "attempts": attempts, "reason": reason})


async def put_off(connection: AsyncConnection, letter_id: UUID, attempts: int, reason: str, seconds: float) -> None:
    """It is tried again after so many seconds, unless it has been tried for days."""
    params = {"id": letter_id, "attempts": attempts, "reason": reason, "seconds": seconds, "given_up": GIVEN_UP_DAYS}
    await connection.execute(_LATER, params)


async def put_back(connection: AsyncConnection, letter_id: UUID, attempts: int) -> None:
    """It was taken, but not tried."""
    await connection.execute(_UNTRIED, {"id": letter_id, "attempts": attempts})


async def tidy(work: Work) -> None:
    """Gives up what nobody could use any more; forgets the words of letters that are done with, and later the letters."""
    await work.execute(_TOO_LATE, {"now": work.now})
    await work.execute(_FORGET_WORDS, {"now": work.now, "words": WORDS_KEPT_DAYS})
    await work.execute(_FORGET, {"now": work.now, "rows": ROW_KEPT_DAYS})
