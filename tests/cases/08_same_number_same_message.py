"""2 and 2.0 are one number, and one derived id (RFC 8785): the second message is a duplicate, no id_conflict."""

import json

from kit import check, message, ok, routed, run, with_crm

harness = with_crm(lambda _method, _url: (200, {}))
for number in ("2", "2.0"):
    body = json.dumps(message("payment.retry", {"paymentId": "in_1", "attempt": 12345})).replace("12345", number)
    run(routed(body), harness)
reasons = [line.get("reason") for line in harness.lines]
check(harness.outcomes == ["succeeded", "duplicate"], f"{harness.outcomes} {reasons}")
ok()
