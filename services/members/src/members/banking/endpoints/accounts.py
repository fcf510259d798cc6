"""HTTP of the network's bank accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from kit.actor import Actor
from kit.auth import require
from kit.conditional import VersionDep, version_tag
from kit.routing import ReadDep, WorkDep, service_router
from members.banking.rules.mapping import Mapping
from members.banking.schemas import AccountChange, AccountOut, AccountsOut, MappingBody, NewAccount
from members.banking.service import accounts as service
from members.dependencies import SettingsDep

router = service_router(prefix="/v1/bank-accounts", tags=["banking"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _mapping(body: MappingBody | None) -> Mapping | None:
    return None if body is None else Mapping(**body.model_dump())


def _shown(account: service.Account) -> AccountOut:
    return AccountOut.model_validate(account, from_attributes=True)


@router.post("", status_code=201)
async def add_bank_account(
    body: NewAccount, work: WorkDep, settings: SettingsDep, response: Response, _actor: TreasurerDep
) -> AccountOut:
    """Adds an account of the network, whose statements can then be taken in."""
    wish = service.Wish(body.name, body.number, body.bic, body.currency or settings.currency, _mapping(body.mapping))
    added = await service.add(work, settings, wish, account_id=body.id)
    response.headers["location"] = f"/v1/bank-accounts/{added.id}"
    response.headers["etag"] = version_tag(added.version)
    return _shown(added)


@router.get("")
async def list_bank_accounts(connection: ReadDep, _actor: TreasurerDep) -> AccountsOut:
    """All accounts of the network."""
    return AccountsOut(items=[_shown(account) for account in await service.accounts(connection)])


@router.get("/{account_id}")
async def get_bank_account(
    account_id: UUID, connection: ReadDep, response: Response, _actor: TreasurerDep
) -> AccountOut:
    """An account of the network; its ETag is asked for where it is changed."""
    found = await service.account(connection, account_id)
    response.headers["etag"] = version_tag(found.version)
    return _shown(found)


@router.put("/{account_id}")
async def change_bank_account(
    *,
    account_id: UUID,
    body: AccountChange,
    work: WorkDep,
    settings: SettingsDep,
    response: Response,
    version: VersionDep,
    _actor: TreasurerDep,
) -> AccountOut:
    """Changes name, BIC and how the CSV is read."""
    before = await service.account(work.connection, account_id)
    wish = service.Wish(body.name, before.number, body.bic, before.currency, _mapping(body.mapping))
    changed = await service.change(work, settings, account_id, wish, version=version)
    response.headers["etag"] = version_tag(changed.version)
    return _shown(changed)
