"""SQL of erasure: words, names and addresses go; ids, figures and dates stay."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.personal import MEMBER, NOBODY
from members.privacy.holdings import USERS_ALONE
from members.privacy.models import Erasure
from members.tables import METADATA

T = METADATA.tables

_OPEN = text("""
SELECT (SELECT count(*) FROM accounts WHERE member_id = :member_id AND (posted <> 0 OR held <> 0)) AS balances,
       (SELECT count(*) FROM invoices
        WHERE member_id = :member_id AND cancelled_on IS NULL AND allocated < amount) AS invoices,
       (SELECT count(*) FROM share_holdings WHERE member_id = :member_id AND subscribed > 0) AS shares,
       (SELECT count(*) FROM obligations WHERE member_id = :member_id AND cleared_at IS NULL) AS obligations,
       (SELECT count(*) FROM payment_requests WHERE :member_id IN (payer_id, payee_id) AND status = 'open') AS requests
""")

_INVOICES = select(T["invoices"].c.id).where(T["invoices"].c.member_id == MEMBER)
#: Rows of a table that carry words of or about the member: the table, what tells whose they are, and the words.
_WORDS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("standing_facts", T["standing_facts"].c.member_id == MEMBER, ("reason",)),
    ("departure_agreements", T["departure_agreements"].c.member_id == MEMBER, ("reason",)),
    ("credit_notes", T["credit_notes"].c.invoice_id.in_(_INVOICES), ("reason",)),
    ("dues_exemptions", T["dues_exemptions"].c.member_id == MEMBER, ("reason",)),
    ("dues_choices", T["dues_choices"].c.member_id == MEMBER, ("reason",)),
    ("payments", T["payments"].c.member_id == MEMBER, ("reference",)),
    (
        "payment_reversals",
        T["payment_reversals"].c.payment_id.in_(select(T["payments"].c.id).where(T["payments"].c.member_id == MEMBER)),
        ("reason",),
    ),
    ("contributions", T["contributions"].c.member_id == MEMBER, ("note",)),
    (
        "receipts",
        T["receipts"].c.contribution_id.in_(
            select(T["contributions"].c.id).where(T["contributions"].c.member_id == MEMBER)
        ),
        ("note",),
    ),
    ("share_operations", T["share_operations"].c.member_id == MEMBER, ("note",)),
    ("loans", T["loans"].c.member_id == MEMBER, ("purpose",)),
    *(
        (name, T[name].c.loan_id.in_(select(T["loans"].c.id).where(T["loans"].c.member_id == MEMBER)), ("reason",))
        for name in ("loan_facts", "loan_votes", "loan_schedules")
    ),
    ("fund_movements", T["fund_movements"].c.member_id == MEMBER, ("note",)),
    ("ballots", T["ballots"].c.member_id == MEMBER, ("reason",)),
    ("invitations", T["invitations"].c.member_id == MEMBER, ("note",)),
    (
        "payment_requests",
        (T["payment_requests"].c.payer_id == MEMBER) | (T["payment_requests"].c.payee_id == MEMBER),
        ("text", "reason"),
    ),
    (
        "proposals",
        ((T["proposals"].c.matter == "admission") & (T["proposals"].c.matter_id == MEMBER))
        | ((T["proposals"].c.matter == "loan") & (T["proposals"].c.proposed_by == MEMBER)),
        ("title", "text"),
    ),
)
#: Causes whose transfers carry words that somebody wrote by hand; the others' texts are numbers of papers.
_WRITTEN_CAUSES = ("deposit", "exchange", "reversal")
_ACCOUNTS = select(T["accounts"].c.id).where(T["accounts"].c.member_id == MEMBER)

#: Papers of erased members that the law keeps no longer, and files with many names in them.
_PAPERS = (
    text("""
    UPDATE invoices SET member_name = :nobody, member_tax_id = NULL
    WHERE member_id IN (SELECT member_id FROM erasures WHERE papers_erased_at IS NULL) AND issued_on < :since
      AND (member_name <> :nobody OR member_tax_id IS NOT NULL)
    """),
    text("""
    UPDATE bank_lines SET counterparty = :nobody, counterparty_account = '', text = :nobody
    WHERE member_id IN (SELECT member_id FROM erasures WHERE papers_erased_at IS NULL) AND booked_on < :since
      AND counterparty <> :nobody
    """),
    text("""
    UPDATE sepa_mandates AS m SET iban = :nobody, bic = '', holder = :nobody
    WHERE member_id IN (SELECT member_id FROM erasures WHERE papers_erased_at IS NULL) AND holder <> :nobody
      AND NOT EXISTS (
          SELECT FROM direct_debit_items AS i JOIN direct_debits AS d ON d.id = i.debit_id
          WHERE i.mandate_id = m.id AND d.collect_on >= :since)
    """),
)
_FILES = text("UPDATE direct_debits SET file = '' WHERE collect_on < :since AND file <> ''")
_PAPERS_DONE = text("""
UPDATE erasures AS e SET papers_erased_at = :now
WHERE papers_erased_at IS NULL
  AND NOT EXISTS (SELECT FROM invoices AS i WHERE i.member_id = e.member_id AND i.issued_on >= :since)
  AND NOT EXISTS (SELECT FROM bank_lines AS l WHERE l.member_id = e.member_id AND l.booked_on >= :since)
""")


async def lock_member(connection: AsyncConnection, member_id: UUID) -> None:
    """Nobody else changes this member until the transaction ends; nor is anything booked for it."""
    members = T["members"]
    await connection.execute(select(members.c.id).where(members.c.id == member_id).with_for_update())


async def is_erased(connection: AsyncConnection, member_id: UUID) -> bool:
    found = await connection.execute(select(Erasure.member_id).where(Erasure.member_id == member_id))
    return found.one_or_none() is not None


async def open_things(connection: AsyncConnection, member_id: UUID) -> dict[str, int]:
    """How many of each kind of thing are still to be settled with a member."""
    return dict((await connection.execute(_OPEN, {"member_id": member_id})).mappings().one())


async def note(connection: AsyncConnection, member_id: UUID, *, now: datetime, by: UUID) -> None:
    await connection.execute(insert(Erasure).values(member_id=member_id, erased_at=now, by=by))


async def forget_words(connection: AsyncConnection, member_id: UUID) -> None:
    """Takes out what was written by and about the member."""
    whose = {MEMBER.key: member_id}
    for name, condition, words in _WORDS:
        table = T[name]
        written = [table.c[word] for word in words]
        statement = update(table).where(condition, func.coalesce(written[0], "") != NOBODY)
        await connection.execute(statement.values(dict.fromkeys(words, NOBODY)), whose)
    transfers = T["transfers"]
    await connection.execute(
        update(transfers)
        .where(
            transfers.c.cause.in_(_WRITTEN_CAUSES),
            transfers.c.text.not_in(("", NOBODY)),
            transfers.c.debit_id.in_(_ACCOUNTS) | transfers.c.credit_id.in_(_ACCOUNTS),
        )
        .values(text=NOBODY),
        whose,
    )
    sent = T["invoice_letters"]
    await connection.execute(update(sent).where(sent.c.invoice_id.in_(_INVOICES)).values(sent_to=NOBODY), whose)


async def forget_person(connection: AsyncConnection, member_id: UUID, *, address: str, now: datetime, by: UUID) -> int:
    """Takes out who the member was and who signed in for it alone; the member's new version."""
    params = {MEMBER.key: member_id}
    # Read before acting ends: it says who acted for nobody else, and has no role of the network now.
    grants, later = T["role_grants"], T["role_grants"].alias()
    changed_since = select(later.c.id).where(
        later.c.user_id == grants.c.user_id, later.c.role == grants.c.role, later.c.id > grants.c.id
    )
    in_office = select(grants.c.user_id).where(grants.c.granted, ~changed_since.exists())
    users: Sequence[UUID] = (
        (await connection.execute(USERS_ALONE.where(T["acting"].c.user_id.not_in(in_office)), params)).scalars().all()
    )
    acting, letters, people = T["acting"], T["letters"], T["users"]
    await connection.execute(
        update(acting)
        .where(acting.c.member_id == member_id, acting.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=by)
    )
    for name in ("sessions", "tickets", "external_subjects"):
        table = T[name]
        await connection.execute(delete(table).where(table.c.user_id.in_(users)))
    await connection.execute(
        update(people)
        .where(people.c.id.in_(users))
        .values(name=NOBODY, email=None, phone=None, password_hash=None, email_confirmed_at=None)
    )
    enrolments, changes, members = T["enrolments"], T["member_changes"], T["members"]
    await connection.execute(delete(enrolments).where(enrolments.c.member_id == member_id))
    await connection.execute(
        update(changes).where(changes.c.member_id == member_id).values(before=null(), after=null())
    )
    # Who goes on under that address, for another member or in an office, still gets its letters.
    reads_on = select(people.c.id).where(func.lower(people.c.email) == address.lower()).exists()
    await connection.execute(delete(letters).where(letters.c.recipient == address, ~reads_on))
    changed = await connection.execute(
        update(members)
        .where(members.c.id == member_id)
        .values(
            name=NOBODY,
            email="",
            phone=None,
            tax_id=None,
            country=None,
            address=null(),
            representative=null(),
            notes="",
            answers={},
            search_key="",
            version=members.c.version + 1,
        )
        .returning(members.c.version)
    )
    return int(changed.scalar_one())


async def forget_papers(connection: AsyncConnection, *, since: date, now: datetime) -> None:
    """Takes erased members' names off papers older than that day, and notes whose are all done."""
    for papers in _PAPERS:
        await connection.execute(papers, {"nobody": NOBODY, "since": since})
    await connection.execute(_FILES, {"since": since})
    await connection.execute(_PAPERS_DONE, {"now": now, "since": since})
