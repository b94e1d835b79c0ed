"""What is read: the CRM's answers by each function that reads them, and the payloads of producers."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lambdas.common.clients.http.response import HttpResult
from tests.fakes.crm import answer
from tests.fuzz.crm import roles
from tests.fuzz.crm.delivery import Delivered, Unit, deliver
from tests.fuzz.crm.roles import Field, Role
from tests.fuzz.crm.values import Kind
from tests.messages import (
    APPOINTMENT,
    SECRET,
    START,
    appointment,
    booking,
    company_admins,
    failed_payment,
    failing_endpoint,
    invited,
    message,
    reminder,
    report,
    webhook,
)
from tests.stripe.events import GIVEN_UP, invoice, stripe_event, uncollected

Json = dict[str, Any]
Units = Collection[Unit]

CHANNELS = ("email", "sms")
REPLY_TO = "hello.9f31c7@example.com"

LATER = "2026-05-01T09:30:00Z"
"""A start with all reminders still to come."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """One document and the function that reads it."""

    name: str
    type_name: str
    fields: Mapping[str, Field]
    document: Callable[[int], Json]
    """The document in the agreed form, with a number of rows where it has a list."""

    run: Callable[[str], Delivered]
    """Deliver a message to the function with this document, given as JSON text."""

    units: Callable[[Json], Units]
    """Who must be served by a document in the agreed form."""

    refused: str = "deferred"
    """The outcome where the document as a whole is refused."""

    names_what_is_left_out: bool = True
    """Whether the function serves many, so that its line must name those whom it leaves out."""

    outcome: Callable[[Json], str] = lambda _document: "succeeded"
    """The outcome with a document in the agreed form."""

    is_message: bool = False


def _addresses(count: int) -> list[str]:
    return [f"admin-{number}.9f31c7@example.com" for number in range(count)]


def admins(count: int) -> Json:
    """A company's admins in the agreed form, with all fields."""
    found = company_admins(*_addresses(count))
    for admin in found["admins"]:
        admin["locale"] = "de"
        admin["channels"] = [*CHANNELS]
    return found


def reminded(_count: int) -> Json:
    """An appointment in the agreed form, with all fields."""
    found = appointment(version=3, companyEmail=REPLY_TO, unsubscribeUrl="https://app.example/u/9f31c7")
    found["customer"] = found["customer"] | {"channels": [*CHANNELS]}
    return found


def webhooks(count: int) -> Json:
    """A company's endpoints in the agreed form; the ids end in their positions."""
    return {
        "endpoints": [
            {
                "id": f"we_{number}",
                "url": f"https://we-{number}.example/9f31c7",
                "secrets": [SECRET],
                "enabledAt": LATER,
            }
            for number in range(count)
        ]
    }


def payment(count: int) -> Json:
    """A payment in the agreed form; with an even count a paid one."""
    return {"status": "open" if count % 2 else "paid", "retries": 2}


def reports(count: int) -> Json:
    """A report's payload with recipients."""
    recipients = [
        {"email": address, "name": "Ada", "locale": "de", "timeZone": "Europe/Berlin"} for address in _addresses(count)
    ]
    return dict(report(recipients=recipients, expiresAt=LATER)["payload"])


def _booked(_count: int) -> Json:
    found = dict(booking()["payload"])
    found["customer"] = found["customer"] | {"channels": [*CHANNELS]}
    return found | {"appointmentId": APPOINTMENT, "appointmentVersion": 2, "companyEmail": REPLY_TO}


def _invitation(_count: int) -> Json:
    given = {"name": "Grace", "locale": "de", "timeZone": "Europe/Berlin", "expiresAt": LATER}
    return dict(invited(**given)["payload"])


def _reminded(document: Json) -> Units:
    customer = document.get("customer") or {}
    channels = {"email.send": customer.get("email"), "sms.send": customer.get("phone")}
    return [(name, key) for name, key in channels.items() if key]


def _admins_mailed(document: Json) -> Units:
    mails = [("email.send", admin["email"]) for admin in document["admins"]]
    return [("activity.record", ""), *mails]


def _skipped_if_paid(document: Json) -> str:
    return "skipped" if document.get("status") == "paid" else "succeeded"


def _reminded_or_skipped(document: Json) -> str:
    return "succeeded" if _reminded(document) else "skipped"


def _charged_again(document: Json) -> Units:
    if document.get("status") == "paid":
        return []
    return [("payment.failed", f"charged again: {document.get('retries') is not None}")]


def _own(document: Json) -> Json | None:
    """The endpoint to which `webhook.deliver` is."""
    return next((each for each in document["endpoints"] if each["id"] == "we_0"), None)


def _posted(document: Json) -> Units:
    own = _own(document)
    return [("post", own["url"].partition("://")[2])] if own and own.get("url") and own.get("secrets") else []


def _posted_or_not(document: Json) -> str:
    return "succeeded" if _posted(document) else "deferred" if _own(document) else "skipped"


def _routed(answers: Mapping[str, Json], path: str, text: str) -> Callable[[str, str], HttpResult]:
    """Answer one read with a text, and all others in the agreed form."""

    def respond(_method: str, url: str) -> HttpResult:
        if path in url:
            return answer(200, text)
        return answer(200, next(body for part, body in answers.items() if part in url))

    return respond


_USUAL: Mapping[str, Json] = {
    "/payments/": {"status": "open"},
    "/admins": admins(2),
    "/internal/health": {"status": "ok"},
}


def _with_answer(path: str, body: Json, text: str) -> Delivered:
    return deliver(body["type"], json.dumps(body), _routed(_USUAL, path, text))


def _as_payload(body: Json, text: str) -> Delivered:
    whole = json.dumps({**body, "payload": "@payload@"}).replace('"@payload@"', text)
    return deliver(body["type"], whole, lambda _method, _url: answer(500))


def _planning(name: str, status: str) -> Scenario:
    """The event is about an earlier change than the last: it sends no mail."""
    body = message(name, {"appointmentId": APPOINTMENT, "version": 1})
    return Scenario(
        name=f"{name} reads the appointment",
        type_name=name,
        fields=roles.PLANNED,
        document=lambda count: reminded(count) | {"version": 2, "status": status, "startTime": LATER},
        run=partial(_with_answer, "/appointments/", body),
        units=lambda _document: [("unschedule", "")] * 3 if status == "cancelled" else [("schedule", "")] * 2,
    )


def _producing(body: Json, fields: Mapping[str, Field], document: Callable[[int], Json], units: Any) -> Scenario:
    return Scenario(
        name=f"{body['type']} is sent",
        type_name=body["type"],
        fields=fields,
        document=document,
        run=partial(_as_payload, body),
        units=units,
        refused="dead_lettered",
        is_message=True,
    )


_FINAL = failed_payment(declineCode="lost_card")
_GIVEN_UP = uncollected(stripe_event(invoice(**GIVEN_UP)))
_FAN_OUT = message("webhook.fan_out", {**webhook()["payload"]})
_FAN_OUT["payload"].pop("endpointId")

SCENARIOS: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario(
            name="appointment.reminder reads the appointment",
            type_name="appointment.reminder",
            fields=roles.APPOINTMENT,
            document=reminded,
            run=partial(_with_answer, "/appointments/", reminder(startTime=START)),
            units=_reminded,
            outcome=_reminded_or_skipped,
        ),
        _planning("appointment.created", "booked"),
        _planning("appointment.rescheduled", "booked"),
        _planning("appointment.cancelled", "cancelled"),
        Scenario(
            name="payment.failed reads the admins",
            type_name="payment.failed",
            fields=roles.ADMINS,
            document=admins,
            run=partial(_with_answer, "/admins", _FINAL),
            units=_admins_mailed,
            outcome=lambda document: "succeeded" if document["admins"] else "skipped",
        ),
        Scenario(
            name="webhook.endpoint_failing reads the admins",
            type_name="webhook.endpoint_failing",
            fields=roles.ADMINS,
            document=admins,
            run=partial(_with_answer, "/admins", failing_endpoint()),
            units=_admins_mailed,
            outcome=lambda document: "succeeded" if document["admins"] else "skipped",
        ),
        Scenario(
            name="payment.failed reads the payment",
            type_name="payment.failed",
            fields={**roles.PAYMENT, "retries": Field(Role.UNREAD, Kind.COUNT)},
            document=payment,
            run=partial(_with_answer, "/payments/", _FINAL),
            units=lambda document: _admins_mailed(admins(0 if document.get("status") == "paid" else 2)),
            outcome=_skipped_if_paid,
        ),
        Scenario(
            name="stripe.invoice.payment_failed reads the payment",
            type_name="stripe.invoice.payment_failed",
            fields=roles.PAYMENT,
            document=payment,
            run=partial(_with_answer, "/payments/", _GIVEN_UP),
            units=_charged_again,
            outcome=_skipped_if_paid,
        ),
        Scenario(
            name="webhook.fan_out reads the endpoints",
            type_name="webhook.fan_out",
            fields=roles.WEBHOOKS,
            document=webhooks,
            run=partial(_with_answer, "/webhooks", _FAN_OUT),
            units=lambda document: [("webhook.deliver", each["id"]) for each in document["endpoints"]],
        ),
        Scenario(
            name="webhook.deliver reads the endpoints",
            type_name="webhook.deliver",
            fields=roles.WEBHOOKS,
            document=webhooks,
            run=partial(_with_answer, "/webhooks", webhook(endpointId="we_0")),
            units=_posted,
            outcome=_posted_or_not,
            names_what_is_left_out=False,
        ),
        _producing(
            booking(id="b-1"),
            roles.BOOKING,
            _booked,
            lambda document: [
                *(("email.send", document["customer"]["email"]), ("activity.record", ""), ("webhook.fan_out", ""))
            ],
        ),
        _producing(
            message("report.generated", {}),
            roles.REPORT,
            reports,
            lambda document: [("report.ready", document["reportId"])],
        ),
        _producing(
            report(),
            roles.REPORT,
            reports,
            lambda document: [("email.send", each["email"]) for each in document["recipients"]],
        ),
        _producing(invited(), roles.INVITED, _invitation, lambda document: [("email.send", document["email"])]),
    )
}
"""All scenarios by name."""
