"""A phone number that no SMS can go to must not cost the customer the mail."""

from kit import APPOINTMENT, check, message, ok, run, types, with_crm

for phone in ("+49 170 1234567", "", "0170/1234567"):
    appointment = {**APPOINTMENT, "customer": {**APPOINTMENT["customer"], "phone": phone}}
    harness = with_crm(lambda _method, _url, appointment=appointment: (200, appointment))
    reminded = {"appointmentId": appointment["id"], "startTime": appointment["startTime"]}
    run(message("appointment.reminder", reminded), harness)
    check("email.send" in types(harness), f"phone {phone!r}: {harness.outcomes}, no mail either")
ok()
