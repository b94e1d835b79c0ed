"""Whatever dates a message and the CRM's answers have, what follows is a message that the ingress accepts.

Hypothesis generates the dates: the first and last years of the contracts, offsets of nearly a day, fractions.
"""

import importlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.clients.crm import Crm
from lambdas.email_send.composition import Composer
from lambdas.sms_send.segments import segments
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.decoding import decode_strictly
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.sms import SMS_SEND
from schemas.system import NO_TENANT
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service import Clock
from tests.messages import (
    APPOINTMENT,
    appointment,
    booking,
    company_admins,
    company_webhooks,
    failed_payment,
    failing_endpoint,
    invited,
    message,
    reminder,
    report,
    webhook,
)
from tests.ses_events import REPORTED_AT, bounced, reported
from tests.stripe.events import GIVEN_UP, invoice, stripe_event, uncollected

SUITE = settings(max_examples=150, derandomize=True, database=None, deadline=None)

_DAYS = [
    *("1970-01-01", "1972-02-29", "2000-02-29", "2026-04-14", "2026-04-15", "2096-02-29"),
    *("2999-12-26", "2999-12-30", "2999-12-31"),
]
_TIMES = ["00:00:00", "00:00:00.000000001", "12:00:00.5", "14:00:30", "23:59:59", "23:59:59.999999999"]
_OFFSETS = ["Z", "+00:00", "-00:00", "+23:59", "-23:59", "+05:45", "-03:30"]

TIMESTAMPS = st.builds(
    lambda day, time, offset: f"{day}T{time}{offset}",
    st.sampled_from(_DAYS) | st.dates(datetime(1970, 1, 1).date(), datetime(2999, 12, 31).date()).map(str),  # noqa: DTZ001 dates
    st.sampled_from(_TIMES),
    st.sampled_from(_OFFSETS),
)

EPOCH_SECONDS = st.sampled_from([None, 1, 59, 1_776_175_200, 32_503_679_998, 32_503_679_999])

ZONES = st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin", "Asia/Kathmandu"])

CLOCKS = st.sampled_from(
    [NOW, datetime(1970, 1, 3, tzinfo=UTC), datetime(2999, 12, 20, tzinfo=UTC), NOW - timedelta(days=1)]
)

_CHANGED = {"appointmentId": APPOINTMENT}

_MAIL = {
    "messageId": "email-1",
    "template": "appointment_reminder",
    "email": "ada@example.com",
    "subjectId": APPOINTMENT,
    "occurredAt": REPORTED_AT,
}

_BOUNCE = {"kind": "hard", "reason": "the mailbox is unknown", "texted": False, "validUntil": "2026-04-15T14:00:00Z"}

MESSAGES: dict[str, dict[str, Any]] = {
    "appointment.created": message("appointment.created", _CHANGED),
    "appointment.rescheduled": message("appointment.rescheduled", _CHANGED),
    "appointment.cancelled": message("appointment.cancelled", _CHANGED),
    "appointment.reminder": reminder(),
    "booking.created": booking(id="booking-1"),
    "webhook.fan_out": webhook() | {"type": "webhook.fan_out"},
    "webhook.endpoint_failing": failing_endpoint(),
    "report.generated": report() | {"type": "report.generated"},
    "report.ready": report(),
    "payment.failed": failed_payment(),
    "stripe.invoice.payment_failed": uncollected(stripe_event(invoice(**GIVEN_UP))),
    "user.invited": invited(),
    "ses.event": reported(bounced()),
    "email.delivered": message("email.delivered", _MAIL),
    "email.bounced": message("email.bounced", _MAIL | _BOUNCE),
    "email.complained": message("email.complained", _MAIL),
    "system.heartbeat": message("system.heartbeat", {"companyId": NO_TENANT}),
}

_TIMED = {"timestamp", "startTime", "endTime", "expiresAt", "occurredAt", "failingSince", "disabledFrom", "validUntil"}
_IN_SECONDS = {"created", "next_payment_attempt"}


def redated(value: Any, draw: Any) -> Any:
    """The same JSON with another date for each one in it."""
    match value:
        case dict():
            return {name: _drawn(name, each, draw) for name, each in value.items()}
        case list():
            return [redated(each, draw) for each in value]
        case _:
            return value


def _drawn(name: str, value: Any, draw: Any) -> Any:
    if name in _TIMED:
        return draw(TIMESTAMPS)
    if name == "timeZone":
        return draw(ZONES)
    return draw(EPOCH_SECONDS) if name in _IN_SECONDS else redated(value, draw)


def crm(draw: Any) -> Crm:
    """A CRM whose answers have any dates."""

    def answering(_method: str, url: str) -> Any:
        if "/appointments/" in url:
            return answer(200, redated(appointment(status=draw(st.sampled_from(["booked", "cancelled"]))), draw))
        if "/payments/" in url:
            return answer(200, {"status": "open", "retries": draw(st.integers(0, 4))})
        return answer(200, company_admins("ada@example.com") if "/admins" in url else company_webhooks("we_1"))

    http: Any = FakeCrmHttp(answering)
    return Crm("https://crm.test", http=http, read_token=lambda: "token-1", seconds=lambda: 5.0, now=lambda: NOW)


def test_every_reaction_is_tried() -> None:
    assert MESSAGES.keys() == {each.name for each in CATALOGUE if each.kind is Kind.REACTION}


@pytest.mark.parametrize("event_type", [BY_NAME[name] for name in MESSAGES], ids=str)
@given(st.data())
@SUITE
def test_the_ingress_accepts_whatever_follows(event_type: EventType[Any], data: st.DataObject) -> None:
    body = json.dumps(redated(MESSAGES[event_type.name], data.draw))
    assert isinstance(decode_strictly(body, catalogue=BY_NAME), Message)
    now = data.draw(CLOCKS)
    harness = FunctionHarness(
        now=now, capabilities={Crm: crm(data.draw)}, scheduler=FakeScheduler(clock=Clock(now + timedelta(seconds=1)))
    )
    handler = importlib.import_module(f"lambdas.{event_type.folder}.handler").handler

    handler.process(sqs_event(body), FakeContext(), harness.runtime())

    (line,) = harness.lines
    assert line["outcome"] in {"succeeded", "skipped"} or "had expired when it was sent" in line["detail"]
    for text in (
        *(entry["Detail"] for entry in harness.events.published if entry["DetailType"] != "system.dead_lettered"),
        *(schedule["Target"]["Input"] for schedule in harness.scheduler.schedules.values()),
    ):
        follow_up = decode_strictly(text, catalogue=BY_NAME)
        assert isinstance(follow_up, Message), follow_up
        if follow_up.type == EMAIL_SEND.name:
            assert Composer("Taly <no-reply@mail.taly.dev>").compose(follow_up).subject
        if follow_up.type == SMS_SEND.name:
            assert segments(follow_up.payload.text).fits
