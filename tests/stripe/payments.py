"""A client of the CRM that knows the same of every payment."""

import json
from typing import Any

from schemas.crm import PaymentState, read


class FakePayments:
    """The part of `Crm` that reads payments."""

    def __init__(self, **state: Any) -> None:
        self.state = read(PaymentState, json.dumps(state).encode())
        self.requests: list[str] = []

    def payment(self, payment_id: str) -> PaymentState:
        self.requests.append(payment_id)
        return self.state
