"""An endpoint that the CRM lists twice (a join) is told once; the customer's confirmation does not depend on it."""

from kit import BOOKING, check, message, ok, run, types, with_crm

endpoint = {"id": "wh_1", "url": "https://hooks.example.com/x", "secrets": ["whsec_" + "A" * 32]}
harness = with_crm(lambda _method, _url: (200, {"endpoints": [endpoint, endpoint]}))
run(message("booking.created", BOOKING), harness)
fan_outs = [each["Detail"] for each in harness.events.published if each["DetailType"] == "webhook.fan_out"]
check(fan_outs, f"nothing of the booking's goes to webhooks: {types(harness)}")
confirmed = with_crm(lambda _method, _url: (503, ""))
run(message("booking.created", BOOKING), confirmed)
check("email.send" in types(confirmed), "the confirmation waits for the CRM")
harness.events.published = [each for each in harness.events.published if each["DetailType"] != "webhook.fan_out"]
for body in fan_outs:
    run(body, harness)
expected = ["activity.record", "email.send", "webhook.deliver"]
check(sorted(types(harness)) == expected, f"{harness.outcomes} {harness.lines[0].get('detail')}")
ok()
