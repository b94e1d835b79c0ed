"""The calls of the CRM that functions make, and what must become of their messages by the agreed answers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from tests.fuzz.crm.delivery import Unit
from tests.fuzz.crm.scenarios import Json, admins, webhooks
from tests.messages import (
    APPOINTMENT,
    activity,
    appointment,
    contact_email_status,
    contact_sms_status,
    disabled_endpoint,
    failed_payment,
    failing_endpoint,
    message,
    reminder,
    webhook,
)
from tests.stripe.events import GIVEN_UP, invoice, stripe_event, uncollected


class Meaning(Enum):
    """What an answer says."""

    FOUND = auto()
    DONE = auto()
    NOT_FOUND = auto()
    ALREADY_DONE = auto()
    IN_PROGRESS = auto()
    DECLINED = auto()
    REFUSED = auto()
    UNAVAILABLE = auto()
    """Nothing about this message: it is not the CRM's."""

    UNCLEAR = auto()
    """Nothing: it is not the CRM's, and the message may be at fault, or the CRM."""

    ANOTHER = auto()
    """It has what a read needs and is not the agreed document: `odd_fields` judges such documents."""


ERRORS: Mapping[tuple[int, str], Meaning] = {
    (404, "not_found"): Meaning.NOT_FOUND,
    (409, "already_done"): Meaning.ALREADY_DONE,
    (409, "in_progress"): Meaning.IN_PROGRESS,
    (402, "declined"): Meaning.DECLINED,
    (422, "refused"): Meaning.REFUSED,
}
"""The agreed errors, by status and the body's `error`."""

_TO_READS = {Meaning.NOT_FOUND, Meaning.REFUSED}
_TO_WRITES = _TO_READS | {Meaning.ALREADY_DONE, Meaning.IN_PROGRESS}
_TO_CHARGES = _TO_WRITES | {Meaning.DECLINED}


class Expected(NamedTuple):
    """What must become of a message."""

    outcome: str
    units: Collection[Unit] = ()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the CRM by one function."""

    message: Json
    path: str
    """Part of the address that no other call of the function has."""

    errors: Collection[Meaning]
    agreed: Json
    """The body of a 2xx answer."""

    needed: Mapping[str, type]
    """Fields of a read's answer without which nothing is found; empty for a write."""

    becomes: Callable[[Meaning, Json, bool], Expected]
    """What must become of the message by the meaning, the body and whether it is the last attempt."""

    is_read: bool = True


_SCHEDULES: Collection[Unit] = [("schedule", "")] * 2
_MAIL: Unit = ("email.send", "ada@example.com")
_MAILS: Collection[Unit] = [("activity.record", ""), *(("email.send", each["email"]) for each in admins(2)["admins"])]
_DEAD = Expected("dead_lettered")


def _read(found: Expected, not_found: Expected) -> Callable[[Meaning, Json, bool], Expected]:
    outcomes = {Meaning.FOUND: found, Meaning.NOT_FOUND: not_found, Meaning.REFUSED: _DEAD}
    return lambda meaning, _body, _is_last: outcomes[meaning]


def _created(meaning: Meaning, _body: Json, is_last: bool) -> Expected:
    if meaning is Meaning.NOT_FOUND:
        return Expected("skipped" if is_last else "retrying")
    return Expected("succeeded", _SCHEDULES) if meaning is Meaning.FOUND else _DEAD


def _written(meaning: Meaning, _body: Json, _is_last: bool) -> Expected:
    outcomes = {
        Meaning.DONE: "succeeded",
        Meaning.DECLINED: "succeeded",
        Meaning.ALREADY_DONE: "skipped",
        Meaning.IN_PROGRESS: "deferred",
        Meaning.NOT_FOUND: "dead_lettered",
        Meaning.REFUSED: "dead_lettered",
    }
    return Expected(outcomes[meaning])


def _written_if_known(meaning: Meaning, body: Json, is_last: bool) -> Expected:
    return Expected("skipped") if meaning is Meaning.NOT_FOUND else _written(meaning, body, is_last)


def _is_paid(body: Json) -> bool:
    status = body.get("status")
    return isinstance(status, str) and status.strip().lower() == "paid"


def _state_read(meaning: Meaning, body: Json, _is_last: bool) -> Expected:
    if meaning is Meaning.REFUSED:
        return _DEAD
    if meaning is Meaning.FOUND and _is_paid(body):
        return Expected("skipped", [("activity.record", "")])
    return Expected("succeeded", _MAILS)


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and 0 <= value < 2**53 - 1 and value % 1 == 0


def _counted(meaning: Meaning, body: Json, _is_last: bool) -> Expected:
    if meaning is Meaning.REFUSED:
        return _DEAD
    if meaning is Meaning.FOUND and _is_paid(body):
        return Expected("skipped")
    is_known = meaning is Meaning.FOUND and _is_count(body.get("retries"))
    return Expected("succeeded", [("payment.failed", f"charged again: {is_known}")])


_APPOINTMENT_FIELDS = {"id": str, "companyId": str, "status": str, "startTime": str}
_LATER = appointment(startTime="2026-05-01T09:30:00Z")
_FINAL = failed_payment(declineCode="lost_card")
_FAN_OUT = message(
    "webhook.fan_out", {name: each for name, each in webhook()["payload"].items() if name != "endpointId"}
)
DONE: Json = {"result": "done"}


def _appointment_call(body: Json, agreed: Json, becomes: Callable[[Meaning, Json, bool], Expected]) -> Call:
    return Call(
        message=body,
        path="/appointments/",
        errors=_TO_READS,
        agreed=agreed,
        needed=_APPOINTMENT_FIELDS,
        becomes=becomes,
    )


def _changed(name: str) -> Json:
    return message(name, {"appointmentId": APPOINTMENT})


def _write_call(
    body: Json,
    path: str,
    errors: Collection[Meaning],
    becomes: Callable[[Meaning, Json, bool], Expected] = _written,
) -> Call:
    return Call(message=body, path=path, errors=errors, agreed=DONE, needed={}, becomes=becomes, is_read=False)


CALLS: Mapping[str, Call] = {
    "appointment.reminder, appointment": _appointment_call(
        reminder(),
        appointment(),
        _read(
            Expected("succeeded", [("email.send", "ada@example.com"), ("sms.send", "+14155550123")]),
            Expected("skipped"),
        ),
    ),
    "appointment.created, appointment": _appointment_call(_changed("appointment.created"), _LATER, _created),
    "appointment.rescheduled, appointment": _appointment_call(
        _changed("appointment.rescheduled"),
        _LATER,
        _read(Expected("succeeded", [*_SCHEDULES, _MAIL]), Expected("skipped")),
    ),
    "appointment.cancelled, appointment": _appointment_call(
        _changed("appointment.cancelled"),
        _LATER | {"status": "cancelled"},
        _read(Expected("succeeded", [*[("unschedule", "")] * 3, _MAIL]), Expected("skipped")),
    ),
    "payment.failed, payment": Call(
        message=_FINAL,
        path="/payments/",
        errors=_TO_READS,
        agreed={"status": "open", "retries": 1},
        needed={},
        becomes=_state_read,
    ),
    "payment.failed, admins": Call(
        message=_FINAL,
        path="/admins",
        errors=_TO_READS,
        agreed=admins(2),
        needed={"admins": list},
        becomes=_read(Expected("succeeded", _MAILS), Expected("skipped", [("activity.record", "")])),
    ),
    "stripe.invoice.payment_failed, payment": Call(
        message=uncollected(stripe_event(invoice(**GIVEN_UP))),
        path="/payments/",
        errors=_TO_READS,
        agreed={"status": "open", "retries": 1},
        needed={},
        becomes=_counted,
    ),
    "webhook.fan_out, endpoints": Call(
        message=_FAN_OUT,
        path="/webhooks",
        errors=_TO_READS,
        agreed=webhooks(2),
        needed={"endpoints": list},
        becomes=_read(
            Expected("succeeded", [("webhook.deliver", "we_0"), ("webhook.deliver", "we_1")]), Expected("succeeded")
        ),
    ),
    "webhook.deliver, endpoints": Call(
        message=webhook(endpointId="we_0"),
        path="/webhooks",
        errors=_TO_READS,
        agreed=webhooks(2),
        needed={"endpoints": list},
        becomes=_read(Expected("succeeded", [("post", "we-0.example/9f31c7")]), Expected("skipped")),
    ),
    "payment.retry, charge": _write_call(
        message("payment.retry", {"paymentId": "in_1", "attempt": 2}), "/payments/in_1/retry", _TO_CHARGES
    ),
    "report.generate, generate": _write_call(
        message("report.generate", {"reportId": "5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f"}), "/reports/", _TO_WRITES
    ),
    "activity.record, record": _write_call(activity(), "/internal/activity", _TO_WRITES),
    "webhook.endpoint_failing, admins": Call(
        message=failing_endpoint(),
        path="/admins",
        errors=_TO_READS,
        agreed=admins(2),
        needed={"admins": list},
        becomes=_read(Expected("succeeded", _MAILS), Expected("skipped", [("activity.record", "")])),
    ),
    "webhook.endpoint_disabled, disable": _write_call(disabled_endpoint(), "/disable", _TO_WRITES, _written_if_known),
    "contact.email_status, report": _write_call(
        contact_email_status(), "/contacts/email-status", _TO_WRITES, _written_if_known
    ),
    "contact.sms_status, report": _write_call(
        contact_sms_status(), "/contacts/sms-status", _TO_WRITES, _written_if_known
    ),
}
"""All calls that functions make, by type and call."""
