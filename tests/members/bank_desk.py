"""The treasurer of León's desk: the bank's files, and what is made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from tests.members.dues import Treasury, money

OURS = "ES9121000418450200051332"
ANAS, LUISS = "ES7921000813610123456789", "ES6621000418401234567891"
#: León's settings, as far as the bank asks for them.
LEON: dict[str, Any] = {
    "currency": "EUR",
    "credit_currency": "HOUR",
    "locale": "es-ES",
    "zone": "Europe/Madrid",
    "number_prefix": "LEO",
    "name": "Cooperactivas",
    "legal_name": "Asociación Cooperactivas de León",
    "bank_account": OURS,
    "bank_bic": "CAIXESBBXXX",
    "creditor_id": "ES23ZZZ47690558N",
}


@dataclass(frozen=True)
class Entry:
    """An entry of a statement; ``amount`` with its sign."""

    amount: str
    text: str = ""
    day: str = "2026-02-10"
    payer: str = ""
    account: str = ""
    end_to_end: str = ""
    reference: str = ""
    batch: str = ""
    returned: str = ""

    def xml(self) -> str:
        mark = "DBIT" if self.amount.startswith("-") else "CRDT"
        bank_reference = f"<AcctSvcrRef>{self.reference}</AcctSvcrRef>" if self.reference else ""
        batch = f"<Btch><PmtInfId>{self.batch}</PmtInfId></Btch>" if self.batch else ""
        refs = f"<Refs><EndToEndId>{self.end_to_end}</EndToEndId></Refs>" if self.end_to_end else ""
        account = f"<DbtrAcct><Id><IBAN>{self.account}</IBAN></Id></DbtrAcct>" if self.account else ""
        returned = f"<RtrInf><Rsn><Cd>{self.returned}</Cd></Rsn></RtrInf>" if self.returned else ""
        return (
            f'<Ntry><Amt Ccy="EUR">{self.amount.lstrip("-")}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>BOOK</Sts>'
            f"<BookgDt><Dt>{self.day}</Dt></BookgDt>{bank_reference}<NtryDtls>{batch}<TxDtls>{refs}"
            f"<RltdPties><Dbtr><Nm>{self.payer}</Nm></Dbtr>{account}</RltdPties>"
            f"<RmtInf><Ustrd>{self.text}</Ustrd></RmtInf>{returned}</TxDtls></NtryDtls></Ntry>"
        )


def statement(
    entries: Sequence[Entry], *, account: str = OURS, balances: tuple[str, str] | None = None, number: str = "1"
) -> bytes:
    told = ""
    for code, balance in zip(("OPBD", "CLBD"), balances or (), strict=False):
        mark = "DBIT" if balance.startswith("-") else "CRDT"
        told += (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="EUR">{balance.lstrip("-")}</Amt><CdtDbtInd>{mark}</CdtDbtInd></Bal>'
        )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Id>{number}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{told}"
        f"{''.join(entry.xml() for entry in entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


@dataclass(frozen=True)
class Desk:
    treasury: Treasury

    async def account(self, **changes: Any) -> dict[str, Any]:
        """Our account at the bank."""
        answer = await self.treasury.post("/v1/bank-accounts", {"name": "Cuenta", "number": OURS, **changes})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def member(self, name: str = "Ana Ortiz Peña", **changes: Any) -> UUID:
        return await self.treasury.member("2026-01-01", name=name, **changes)

    async def invoice(self, member_id: UUID, amount: str = "60.00", **changes: Any) -> dict[str, Any]:
        lines = [{"text": "Cuota 2026", "amount": money(amount, "EUR")}]
        return await self.treasury.invoice(member_id, lines=lines, **changes)

    async def pay(self, member_id: UUID, amount: str, **more: Any) -> httpx.Response:
        """A transfer that was recorded by hand."""
        body = {"amount": money(amount, "EUR"), "method": "transfer", **more}
        return await self.treasury.post(f"/v1/members/{member_id}/payments", body)

    async def upload(self, body: bytes, form: str = "camt053", **query: Any) -> httpx.Response:
        client, headers = self.treasury.office.piece.client, self.treasury.office.treasurer
        return await client.post("/v1/bank-statements", params={"format": form, **query}, content=body, headers=headers)

    async def take(self, entries: Sequence[Entry], **more: Any) -> dict[str, Any]:
        """The statement that was made of these entries."""
        query = {name: more.pop(name) for name in ("book",) if name in more}
        answer = await self.upload(statement(entries, **more), **query)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()["statements"][0]
        return found

    async def lines(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.treasury.get("/v1/bank-lines", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def line(self, **query: Any) -> dict[str, Any]:
        (found,) = await self.lines(**query)
        return found

    async def say(self, line_id: str, verb: str, **body: Any) -> httpx.Response:
        return await self.treasury.post(f"/v1/bank-lines/{line_id}/{verb}", body)

    async def invoice_status(self, invoice: dict[str, Any]) -> tuple[str, str]:
        """How an invoice stands, and what is open of it."""
        found = await self.treasury.read(invoice["id"])
        return found["status"], found["open"]["amount"]

    async def at_bank(self) -> int:
        """What the ledger says lies at the bank, in cents."""
        async with self.treasury.office.piece.database.reading() as connection:
            found = await connection.execute(text("SELECT -coalesce(sum(posted), 0) FROM accounts WHERE name = 'bank'"))
            return int(found.scalar_one())

    async def booked(self) -> int:
        """What the lines that are booked come to, in cents."""
        async with self.treasury.office.piece.database.reading() as connection:
            wanted = "SELECT coalesce(sum(amount), 0) FROM bank_lines WHERE state = 'booked'"
            return int((await connection.execute(text(wanted))).scalar_one())
