"""An endpoint that the CRM lists twice (a join) is told once; the customer's confirmation does not depend on it."""

from kit import BOOKING, check, message, ok, run, types, with_crm

endpoint = {"id": "wh_1", "url": "https://hooks.example.com/x", "secrets": ["whsec_" + "A" * 32]}
harness = with_crm(lambda _method, _url: (200, {"endpoints": [endpoint, endpoint]}))
run(message("booking.created", BOOKING), harness)
expected = ["activity.record", "email.send", "webhook.deliver"]
check(sorted(types(harness)) == expected, f"{harness.outcomes} {harness.lines[0].get('detail')}")
ok()
