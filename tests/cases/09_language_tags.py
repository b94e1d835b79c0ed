"""BCP 47 tags know no case (RFC 5646, 2.1.1) and have variants and extensions; nobody reads the locale yet, so none
may cost a mail.
"""

from kit import BOOKING, check, ingress, message, ok

for tag in ("en-us", "EN", "zh-hans-cn", "en-GB-oxendict"):
    body = message("booking.created", {**BOOKING, "customer": {**BOOKING["customer"], "locale": tag}})
    harness = ingress(body)
    check(harness.outcomes == ["routed"], f"locale {tag!r}: {harness.lines[0].get('detail')}")
ok()
