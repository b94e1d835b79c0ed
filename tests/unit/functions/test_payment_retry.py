"""Handler of `payment.retry`."""

from lambdas.payment_retry.handler import handler
from schemas.message import Message
from schemas.payments import PaymentRetry
from tests.messages import message, text


class FakeCrm:
    def __init__(self) -> None:
        self.retried: list[tuple[PaymentRetry, str]] = []

    def retry_payment(self, retry: PaymentRetry, *, idempotency_key: str) -> None:
        self.retried.append((retry, idempotency_key))


def test_payment_is_retried_with_the_messages_idempotency_key() -> None:
    crm = FakeCrm()
    retry = Message[PaymentRetry].model_validate_json(
        text(message("payment.retry", {"paymentId": "in_1", "attempt": 2}))
    )

    handler.decide(retry, crm=crm)

    assert crm.retried == [(retry.payload, retry.idempotency_key)]
