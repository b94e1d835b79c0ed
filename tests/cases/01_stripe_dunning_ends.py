"""Stripe does not count charges that others make (Invoice.attempt_count: "only automatic retries increment"):
however often our own retry is declined, its webhook says attempt_count 1. The dunning must end all the same,
with a mail to the admins.
"""

from datetime import datetime, timedelta

from kit import check, fail, message, ok, run, types, with_crm

ADMINS = {"companyName": "C", "admins": [{"id": "u1", "name": "Ada", "email": "ada@example.com"}]}
retries = 0
for day in range(1, 13):  # 1 + 3 + 5 days are the whole schedule
    now = datetime.fromisoformat("2026-04-15T14:00:00+00:00") + timedelta(days=day)
    invoice = {
        "id": "in_1",
        "number": "A-1",
        "currency": "eur",
        "amount_remaining": 4900,
        "attempt_count": 1,
        "next_payment_attempt": None,
    }
    event = {
        "id": f"evt_{day}",
        "type": "invoice.payment_failed",
        "created": int(now.timestamp()),
        "data": {"object": invoice},
    }
    harness = with_crm(lambda _method, _url: (200, ADMINS), now)
    timestamp = now.isoformat()
    run(message("stripe.invoice.payment_failed", {"stripeEvent": event}, id=f"evt_{day}", timestamp=timestamp), harness)
    failed = [each["Detail"] for each in harness.events.published if each["DetailType"] == "payment.failed"]
    harness.events.published.clear()
    for body in failed:
        run(body, harness)
    retries += len(harness.scheduler.schedules)
    if "email.send" in types(harness):
        check(retries <= 3, f"{retries} charges before anybody was told")
        ok()
fail(f"{retries} charges in 12 days, all under one key, and no admin was ever told")
