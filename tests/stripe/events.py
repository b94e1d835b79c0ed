"""Stripe's event that an invoice could not be collected, and what other versions of the API make of it."""

import json
from pathlib import Path
from typing import Any

from tests.messages import message

INVOICE_ID = "in_1Pgc6tB7WZ01zgkWu9fdqL6I"

_REAL = (Path(__file__).parent / "invoice.payment_failed.json").read_text()

GIVEN_UP: dict[str, Any] = {"next_payment_attempt": None}
"""What the invoice says when Stripe will not try again."""

OLD = {"charge": "ch_1", "payment_intent": "pi_1", "subscription": "sub_1", "paid": False, "parent": ...}
NEW = {"charge": ..., "payment_intent": ..., "subscription": ..., "paid": ...}

VERSIONS: dict[str, dict[str, Any]] = {
    "as in the fixture": {},
    "old, with charge, payment intent and subscription": OLD,
    "old, with them expanded to objects": OLD
    | {"charge": {"id": "ch_1"}, "payment_intent": {"id": "pi_1"}, "subscription": {"id": "sub_1"}},
    "old, with them null": OLD | {"charge": None, "payment_intent": None, "subscription": None},
    "new, without them": NEW,
    "new, with the payments as a list": NEW | {"payments": {"object": "list", "data": [{"status": "open"}]}},
    "without lines": {"lines": ...},
    "without a number": {"number": ...},
    "a draft": {"number": None, "status": "draft"},
    "without attempts": {"attempt_count": ...},
    "attempts null": {"attempt_count": None},
    "none counted": {"attempt_count": 0},
    "without the amount that remains": {"amount_remaining": ...},
    "without amounts but the total": {"amount_remaining": None, "amount_due": ..., "amount_paid": ...},
    "integers with a fraction of zero": {"amount_remaining": 1000.0, "attempt_count": 2.0},
    "all null that can be": dict.fromkeys(
        set(json.loads(_REAL)["data"]["object"]) - {"id", "currency", "amount_due", "next_payment_attempt"}
    ),
    "nothing but what must be there": {
        name: ...
        for name in json.loads(_REAL)["data"]["object"]
        if name not in {"id", "currency", "total", "next_payment_attempt"}
    },
}
"""Changes to the invoice, by what they stand for. All say the same of the amount."""


def invoice(**changes: Any) -> dict[str, Any]:
    """The fixture's invoice with fields changed; those that are `...` are missing."""
    return _changed(json.loads(_REAL)["data"]["object"], changes)


def stripe_event(of: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The fixture with another invoice, and with fields of the event changed likewise."""
    event = json.loads(_REAL)
    return _changed(event | {"data": {"object": of or invoice()}}, changes)


def uncollected(event: Any, **changes: Any) -> dict[str, Any]:
    """The message that carries an event, whatever it is."""
    return message("stripe.invoice.payment_failed", {"stripeEvent": event}, **changes)


def _changed(fields: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**fields, **changes}.items() if value is not ...}
