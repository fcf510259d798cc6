"""Receipts, as every endpoint of income shows them."""

from contracts.values import Money
from members.income.rules import Receipt
from members.income.schemas import IncomeReceiptOut


def receipt_out(receipt: Receipt) -> IncomeReceiptOut:
    return IncomeReceiptOut(
        id=receipt.id,
        number=receipt.number,
        amount=Money.of_minor(receipt.amount, receipt.currency),
        received_on=receipt.received_on,
        method=receipt.method,
        note=receipt.note,
        reverses=receipt.reverses,
        reversed=receipt.reversed,
        transfer_id=receipt.transfer_id,
    )
