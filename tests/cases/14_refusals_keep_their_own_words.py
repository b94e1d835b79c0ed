"""A refusal's example is ours and nobody's: it says "such as ada@example.com", not "such as [email]"."""

from kit import BOOKING, check, ingress, message, ok

harness = ingress(message("booking.created", {**BOOKING, "customer": {**BOOKING["customer"], "email": "nobody"}}))
detail = harness.lines[0]["detail"]
check("[email]" not in detail and "nobody" not in detail, detail)
ok()
