"""A phone number that no SMS can go to must not cost the customer the mail."""

from kit import APPOINTMENT, check, message, ok, run, types, with_crm

for phone in ("+49 170 1234567", "", "0170/1234567"):
    appointment = {**APPOINTMENT, "customer": {**APPOINTMENT["customer"], "phone": phone}}
    world = with_crm(lambda _method, _url, appointment=appointment: (200, appointment))
    reminded = {"appointmentId": appointment["id"], "startTime": appointment["startTime"]}
    run(message("appointment.reminder", reminded), world)
    check("email.send" in types(world), f"phone {phone!r}: {world.outcomes}, no mail either")
ok()
