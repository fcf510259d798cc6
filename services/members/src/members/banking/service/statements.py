"""Use cases of statements: taken in, each line once, matched, and booked where that is certain."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from members.banking.repository import known as known_rows
from members.banking.repository import statements as repository
from members.banking.rules import camt, table
from members.banking.rules import lines as rules
from members.banking.rules.accounts import same_account
from members.banking.rules.known import Known
from members.banking.rules.lines import BankLine, State, Statement
from members.banking.rules.matching import RECORDED_DAYS, Match, Verdict, match_all
from members.banking.service import accounts, booking
from members.banking.service.accounts import Account
from members.settings import Settings

Format = Literal["csv", "camt053"]


@dataclass(frozen=True)
class Upload:
    """A file, and what is asked of it. ``account_id`` is whose it is; a CAMT.053 file says so itself."""

    format: Format
    body: bytes
    account_id: UUID | None
    book: bool


@dataclass(frozen=True)
class Taken:
    """A statement that was taken in, with how its own lines stand. ``difference`` is what is lost between balances."""

    id: UUID
    account_id: UUID
    number: str
    format: Format
    opening: int | None
    closing: int | None
    difference: int | None
    since: date | None
    until: date | None
    lines: int
    known: int
    taken_at: datetime
    states: dict[State, int]


async def take(work: Work, settings: Settings, upload: Upload, *, by: UUID) -> list[Taken]:
    """Takes a file in. Each of its lines is there once, whatever files bring it; the same file again is the same
    statements. Certain matches are booked if ``book`` says so and the statement is whole; the others are proposed.

    Raises Invalid and Conflict, naming the place, for a file that can't be read or is of no account of ours.
    """
    read = await _read(work, settings, upload)
    ids = []
    for account, statement in read:
        ids.append(await _take_one(work, settings, account, statement, upload, by=by))
    found = {row.id: _taken(row) for row in await repository.statements(work.connection, ids)}
    return [found[statement_id] for statement_id in dict.fromkeys(ids)]


async def _read(work: Work, settings: Settings, upload: Upload) -> list[tuple[Account, Statement]]:
    """The file's statements, each with its account. Long files are read beside the event loop."""
    if upload.format == "csv":
        if upload.account_id is None:
            raise Invalid("account_not_said", "Say of which account: account_id")
        account = await accounts.account(work.connection, upload.account_id)
        if account.mapping is None:
            raise Conflict("mapping_missing", "Say first how this account's CSV is to be read: its mapping")
        return [
            (
                account,
                await asyncio.to_thread(table.read, upload.body, account.mapping, account.number, account.currency),
            )
        ]
    known = await accounts.accounts(work.connection)
    if upload.account_id is not None:
        known = [await accounts.account(work.connection, upload.account_id)]
    statements = await asyncio.to_thread(camt.read, upload.body, settings.currency)
    return [(_account_of(statement, known, place), statement) for place, statement in enumerate(statements)]


def _account_of(statement: Statement, known: Sequence[Account], place: int) -> Account:
    for account in known:
        if same_account(account.number, statement.account):
            return account
    raise Invalid(
        "account_not_ours",
        "This is a statement of another account, {account}",
        field=f"/statements/{place}",
        account=statement.account[:40],
    )


async def _take_one(
    work: Work, settings: Settings, account: Account, statement: Statement, upload: Upload, *, by: UUID
) -> UUID:
    """Takes one statement in; returns its id, or that of the same one before."""
    statement_id, digest = new_id(), rules.digest(statement)
    values = {
        "id": statement_id,
        "account_id": account.id,
        "number": statement.number,
        "format": upload.format,
        "digest": digest,
        "opening": statement.opening,
        "closing": statement.closing,
        "difference": statement.difference,
        "since": statement.since,
        "until": statement.until,
        "lines": len(statement.lines),
        "known": 0,
        "taken_at": work.now,
        "taken_by": by,
    }
    if not await repository.add_statement(work.connection, values):
        return await repository.with_digest(work.connection, account.id, digest)
    named = zip(rules.identities(statement.lines), statement.lines, strict=True)
    lines = {new_id(): (identity, line) for identity, line in named}
    rows = [{"id": line_id, "identity": identity, **asdict(line)} for line_id, (identity, line) in lines.items()]
    added = await repository.add_lines(work.connection, account.id, statement_id, rows) if rows else set()
    await repository.count_known(work.connection, statement_id, len(rows) - len(added))
    fresh = {line_id: line for line_id, (_, line) in lines.items() if line_id in added}
    # A file that lost lines on its way is shown, and books nothing by itself.
    sure = upload.book and settings.bank_booking and not statement.difference
    await _match(work, settings, account, {line_id: (line, 0) for line_id, line in fresh.items()}, book=sure, by=by)
    return statement_id


async def match_again(work: Work, settings: Settings, statement_id: UUID, *, book: bool, by: UUID) -> Taken:
    """Thinks again of the lines that nothing was said of: what is owed or known may have changed. Raises NotFound."""
    found = await statement(work.connection, statement_id)
    account = await accounts.account(work.connection, found.account_id)
    rows = await repository.waiting(work.connection, statement_id)
    lines = {row.id: (_said(row), row.bookings) for row in rows}
    sure = book and settings.bank_booking and not found.difference
    await _match(work, settings, account, lines, book=sure, by=by)
    return await statement(work.connection, statement_id)


_FIELDS = tuple(one.name for one in fields(BankLine))


def _said(row: Row[Any]) -> BankLine:
    return BankLine(**{name: getattr(row, name) for name in _FIELDS})


type _Lines = dict[UUID, tuple[BankLine, int]]
"""Lines by their ids, each with how often it was booked before."""


async def _match(work: Work, settings: Settings, account: Account, lines: _Lines, *, book: bool, by: UUID) -> None:
    """Says of each line what it is thought to be, and books what is certain."""
    if not lines:
        return
    verdicts = await _verdicts(work.connection, account, lines)
    booked: set[UUID] = set()
    if book:
        certain = _certain(verdicts)
        await booking.lock(work, settings, account.currency, certain.values())
        # Now nothing that they pay can be paid otherwise: what is still certain is booked.
        verdicts = await _verdicts(work.connection, account, lines)
        sure = {line_id: best for line_id, best in _certain(verdicts).items() if certain.get(line_id) == best}
        wanted = [booking.Wanted(line_id, lines[line_id][1], lines[line_id][0], best) for line_id, best in sure.items()]
        booked = await booking.book(work, settings, account, wanted, by=by)
    rest = [
        {"id": line_id, "state": "proposed" if verdict.matches else "unmatched", "proposals": proposals(verdict)}
        for line_id, verdict in verdicts.items()
        if line_id not in booked
    ]
    await repository.propose(work.connection, rest)


def _certain(verdicts: dict[UUID, Verdict]) -> dict[UUID, Match]:
    return {line_id: verdict.matches[0] for line_id, verdict in verdicts.items() if verdict.certain}


async def _verdicts(connection: AsyncConnection, account: Account, lines: _Lines) -> dict[UUID, Verdict]:
    said = [line for line, _ in lines.values()]
    known = await _known(connection, account.currency, [line.booked_on for line in said])
    found = await asyncio.to_thread(match_all, said, known)
    return dict(zip(lines, found, strict=True))


async def _known(connection: AsyncConnection, currency: str, days: Sequence[date]) -> Known:
    margin = timedelta(days=RECORDED_DAYS)
    return Known(
        owed=await known_rows.owed(connection, currency),
        payers=await known_rows.payers(connection),
        accounts=await known_rows.accounts(connection),
        mandates=await known_rows.mandates(connection),
        debits=await known_rows.debits(connection) if currency == "EUR" else (),
        recorded=await known_rows.recorded(connection, currency, min(days) - margin, max(days) + margin),
    )


def proposals(verdict: Verdict) -> list[dict[str, Any]]:
    """Matches as they are kept with a line."""
    return [
        {
            "member_id": None if match.member_id is None else str(match.member_id),
            "invoice_ids": [str(invoice_id) for invoice_id in match.invoice_ids],
            "items": [str(item_id) for item_id in match.items],
            "transfer_id": None if match.transfer_id is None else str(match.transfer_id),
            "reasons": list(match.reasons),
            "score": match.score,
        }
        for match in verdict.matches
    ]


async def statement(connection: AsyncConnection, statement_id: UUID) -> Taken:
    """Raises NotFound."""
    rows = await repository.statements(connection, [statement_id])
    if not rows:
        raise NotFound("statement_unknown", "There is no such statement")
    return _taken(rows[0])


async def page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Taken]:
    """Statements, the newest first. One more than ``limit`` if there are more."""
    return [_taken(row) for row in await repository.statements_page(connection, before=before, limit=limit)]


def _taken(row: Row[Any]) -> Taken:
    values = row._asdict()
    for unshown in ("digest", "taken_by"):
        values.pop(unshown)
    return Taken(**values)
