"""An event can overtake the transaction that it tells of: a 404 for an appointment that was just created must be
tried again (or end where people see it), not be skipped in silence: nothing else ever schedules its reminders.
"""

from kit import APPOINTMENT, check, message, ok, run, with_crm

harness = with_crm(lambda _method, _url: (404, {}))
run(message("appointment.created", {"appointmentId": APPOINTMENT["id"]}), harness)
check(harness.outcomes != ["skipped"], "skipped: its reminders are never scheduled, and nobody is told")
ok()
