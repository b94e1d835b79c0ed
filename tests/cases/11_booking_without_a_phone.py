"""The CRM's own model says that a customer may have no phone (schemas/crm.py): their bookings are confirmed too."""

from kit import BOOKING, message, ok, routed

for customer in (
    {"name": "Ada", "email": "ada@example.com"},
    {"name": "Ada", "email": "ada@example.com", "phone": None},
):
    routed(message("booking.created", {**BOOKING, "customer": customer}))
ok()
