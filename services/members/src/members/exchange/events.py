"""What is told of payments between members, so that a phone can ring."""

from contracts.members import PaymentAnswered, PaymentMade, PaymentRequested
from members.exchange.rules import Payment, Request


def made(payment: Payment) -> PaymentMade:
    return PaymentMade(
        payment_id=payment.id,
        payer_id=payment.payer_id,
        payee_id=payment.payee_id,
        amount=payment.amount,
        text=payment.text,
    )


def requested(request: Request) -> PaymentRequested:
    return PaymentRequested(**_state(request))


def answered(request: Request) -> PaymentAnswered:
    return PaymentAnswered(**_state(request))


def _state(request: Request) -> dict[str, object]:
    return {
        "request_id": request.id,
        "payer_id": request.payer.id,
        "payee_id": request.payee.id,
        "amount": request.amount,
        "text": request.text,
        "status": request.status,
        "expires_at": request.expires_at,
    }
