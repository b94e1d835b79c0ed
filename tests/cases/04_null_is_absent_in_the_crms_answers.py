"""A backend writes null for what it does not have: what has a default must take it."""

from kit import APPOINTMENT, check, message, ok, run, with_crm

for field in ("locale", "phone", "email"):
    appointment = {**APPOINTMENT, "customer": {**APPOINTMENT["customer"], field: None}}
    harness = with_crm(lambda _method, _url, appointment=appointment: (200, appointment))
    reminded = {"appointmentId": appointment["id"], "startTime": appointment["startTime"]}
    run(message("appointment.reminder", reminded), harness)
    check(harness.outcomes == ["succeeded"], f"customer.{field}: null -> {harness.lines[0].get('detail')}")
ok()
