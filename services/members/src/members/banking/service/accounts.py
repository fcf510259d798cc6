"""Use cases of the network's bank accounts."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, NotFound, PreconditionFailed
from kit.ids import new_id
from members.banking.models import BankAccount
from members.banking.repository import accounts as repository
from members.banking.rules import accounts as rules
from members.banking.rules.mapping import Mapping, checked
from members.ledger import rules as ledger_rules
from members.membership import rules as membership_rules
from members.settings import Settings


@dataclass(frozen=True)
class Account:
    """An account of the network at a bank."""

    id: UUID
    name: str
    number: str
    bic: str
    currency: str
    mapping: Mapping | None
    version: int


@dataclass(frozen=True)
class Wish:
    """What the treasurer says of an account. Empty ``bic``: not told."""

    name: str
    number: str
    bic: str
    currency: str
    mapping: Mapping | None


def _values(settings: Settings, wish: Wish) -> dict[str, Any]:
    ledger_rules.check_currency(wish.currency, frozenset({settings.currency}), "/currency")
    return {
        "name": membership_rules.plain_name(wish.name),
        "number": rules.account_number(wish.number, settings.country, "/number"),
        "bic": rules.bic(wish.bic, "/bic") if wish.bic else "",
        "currency": wish.currency,
        "mapping": None if wish.mapping is None else asdict(checked(wish.mapping)),
    }


async def add(work: Work, settings: Settings, wish: Wish, *, account_id: UUID | None) -> Account:
    """Adds an account. The same id with the same number is the same account. Raises Invalid, Conflict."""
    values = {"id": account_id or new_id(), "version": 1, **_values(settings, wish)}
    added = await repository.add(work.connection, values)
    row = await repository.account(work.connection, values["id"])
    if row is None:
        raise Conflict("account_known", "There is an account with this number already", field="/number")
    found = _account(row)
    if not added and (found.number, found.currency) != (values["number"], values["currency"]):
        raise Conflict("id_taken", "There is another account with this id; take a new one", field="/id")
    return found


async def change(work: Work, settings: Settings, account_id: UUID, wish: Wish, *, version: int | None) -> Account:
    """Changes name, BIC and mapping; number and currency stay, for lines hang on them. Raises NotFound, Invalid,
    Conflict, PreconditionFailed."""
    before = await account(work.connection, account_id)
    values = _values(settings, wish)
    if (values.pop("number"), values.pop("currency")) != (before.number, before.currency):
        raise Conflict("account_number_stays", "Another number is another account: add it", field="/number")
    row = await repository.change(work.connection, account_id, values, version)
    if row is None:
        raise PreconditionFailed("changed_meanwhile", "Somebody else changed it meanwhile; read it again")
    return _account(row)


async def account(connection: AsyncConnection, account_id: UUID) -> Account:
    """Raises NotFound."""
    row = await repository.account(connection, account_id)
    if row is None:
        raise NotFound("bank_account_unknown", "There is no such bank account")
    return _account(row)


async def accounts(connection: AsyncConnection) -> list[Account]:
    return [_account(row) for row in await repository.accounts(connection)]


def _account(row: Row[tuple[BankAccount]]) -> Account:
    values = row._asdict()
    stored = values.pop("mapping")
    if stored is None:
        return Account(**values, mapping=None)
    lists = {"text": tuple(stored["text"]), "debit_words": tuple(stored["debit_words"])}
    return Account(**values, mapping=Mapping(**{**stored, **lists}))
