"""HTTP of collections by direct debit."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from contracts.values import Money
from kit.conditional import PRIVATE
from kit.language import Texts
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.banking.endpoints.accounts import TreasurerDep
from members.banking.rules.debits import Item
from members.banking.schemas import (
    DebitOut,
    FullDebitOut,
    ItemInvoiceOut,
    ItemOut,
    LeftOut,
    NewDebit,
    NewDebitOut,
    Return,
    Settlement,
)
from members.banking.service import collections as service
from members.banking.wording import return_in_words
from members.dependencies import SettingsDep

router = service_router(prefix="/v1/direct-debits", tags=["banking"])


def _fields(debit: service.Debit) -> dict[str, Any]:
    return {
        "id": debit.id,
        "number": debit.number,
        "collect_on": debit.collect_on,
        "total": Money.of_minor(debit.total, "EUR"),
        "count": debit.count,
        "made_at": debit.made_at,
        "settled_on": debit.settled_on,
        "withdrawn_on": debit.withdrawn_on,
    }


def _item(item: Item, texts: Texts, language: str) -> ItemOut:
    return ItemOut(
        id=item.id,
        member_id=item.member_id,
        mandate_id=item.mandate_id,
        mandate_reference=item.mandate_reference,
        iban=item.iban,
        holder=item.holder,
        end_to_end_id=item.end_to_end_id,
        sequence=item.sequence,
        amount=Money.of_minor(item.amount, "EUR"),
        invoices=[
            ItemInvoiceOut(id=invoice.id, number=invoice.number, amount=Money.of_minor(invoice.amount, "EUR"))
            for invoice in item.invoices
        ],
        state=item.state,
        payment_id=item.payment_id,
        returned_on=item.returned_on,
        return_reason=item.return_reason,
        return_reason_text=return_in_words(texts, language, item.return_reason) if item.return_reason else None,
    )


@router.post("", status_code=201)
async def make_direct_debits(
    *, body: NewDebit, work: WorkDep, settings: SettingsDep, texts: TextsDep, response: Response, actor: TreasurerDep
) -> NewDebitOut:
    """Gathers what is open of members with a mandate (or the invoices named) into a file for the bank, one direct debit
    for each mandate, and writes to each member what will be collected, when and by which mandate. `left` says what was
    asked for and is not in it, and why."""
    made = await service.collect(
        work,
        settings,
        texts,
        debit_id=body.id,
        collect_on=body.collect_on,
        invoice_ids=None if body.invoice_ids is None else list(dict.fromkeys(body.invoice_ids)),
        by=actor.user_id,
    )
    response.headers["location"] = f"/v1/direct-debits/{made.debit.id}"
    return NewDebitOut(**_fields(made.debit), left=[LeftOut.model_validate(one) for one in made.left])


@router.get("")
async def list_direct_debits(
    connection: ReadDep, paging: PageDep, request: Request, response: Response, _actor: TreasurerDep
) -> Page[DebitOut]:
    """Collections, the newest first."""
    found = await service.page(connection, before=paging.key(lambda key: UUID(str(key[0]))), limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[DebitOut(**_fields(debit)) for debit in shown], next=cursor)


@router.get("/{debit_id}")
async def get_direct_debit(
    debit_id: UUID, connection: ReadDep, texts: TextsDep, language: LanguageDep, _actor: TreasurerDep
) -> FullDebitOut:
    """A collection with each direct debit and what became of it."""
    items = await service.items(connection, debit_id)
    found = await service.debit(connection, debit_id)
    return FullDebitOut(**_fields(found), items=[_item(item, texts, language) for item in items])


@router.get("/{debit_id}/file", response_class=Response, responses={200: {"content": {"application/xml": {}}}})
async def get_direct_debit_file(debit_id: UUID, connection: ReadDep, _actor: TreasurerDep) -> Response:
    """The file for the bank (pain.008), as it was made and checked against its schema."""
    number, content = await service.file(connection, debit_id)
    headers = {"content-disposition": f'attachment; filename="{number}.xml"', "cache-control": PRIVATE}
    return Response(content, media_type="application/xml", headers=headers)


@router.post("/{debit_id}/settle")
async def settle_direct_debit(
    debit_id: UUID, body: Settlement, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> DebitOut:
    """Books every direct debit that is still waited for as paid. A statement's line that collects them does the same."""
    on = body.on or (await service.debit(work.connection, debit_id)).collect_on
    return DebitOut(**_fields(await service.settle(work, settings, debit_id, on=on, by=actor.user_id)))


@router.post("/{debit_id}/withdraw")
async def withdraw_direct_debit(debit_id: UUID, work: WorkDep, _actor: TreasurerDep) -> DebitOut:
    """Takes back a file that was not handed in: its invoices can be collected by another."""
    return DebitOut(**_fields(await service.withdraw(work, debit_id)))


@router.post("/{debit_id}/items/{item_id}/return")
async def return_direct_debit(
    *,
    debit_id: UUID,
    item_id: UUID,
    body: Return,
    work: WorkDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    actor: TreasurerDep,
) -> ItemOut:
    """One direct debit came back, or was turned down: what it paid is owed again. A mandate that is over by such a
    reason (account closed, no mandate…) ends."""
    returned = await service.give_back(
        work, settings, debit_id, item_id, reason=body.reason, on=body.on or work.today, by=actor.user_id
    )
    return _item(returned, texts, language)
