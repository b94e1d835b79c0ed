"""Deliveries for tests of what is said about them."""

import json
from typing import Any

from lambdas.common.batch.decision import Decision, DoneDecision
from lambdas.common.batch.delivery import Delivery
from schemas.decoding import decode
from schemas.reasons import Outcome
from schemas.system import SYSTEM_HEARTBEAT
from tests.fakes.function import sqs_record

_DONE = DoneDecision(Outcome.SUCCEEDED)


TENANT = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"


def heartbeat(decision: Decision = _DONE, *, group: str | None = None, **fields: Any) -> Delivery:
    """A first delivery of a heartbeat, published at 13:59:59 by `TENANT`."""
    body = {
        "type": "system.heartbeat",
        "timestamp": "2026-04-14T13:59:59Z",
        "attempts": 1,
        "payload": {"companyId": TENANT},
        **{name: value for name, value in fields.items() if value},
    }
    delivery = Delivery(sqs_record(json.dumps(body), group=group))
    message = decode(delivery.body, SYSTEM_HEARTBEAT, catalogue=dict)
    assert isinstance(message, SYSTEM_HEARTBEAT.message_model)
    delivery.message, delivery.decision = message, decision
    return delivery
