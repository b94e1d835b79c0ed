"""An appointment is created, moved or cancelled: whatever the order of events, the CRM's current state decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.appointment_cancelled.handler import handler as cancelled
from lambdas.appointment_created.handler import handler as created
from lambdas.appointment_rescheduled.handler import handler as rescheduled
from lambdas.common.appointments import COMMIT_SECONDS
from lambdas.common.errors import RetryableError, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Note, Schedule, Unschedule
from lambdas.common.handlers import Handler
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentChanged, AppointmentReminder, text_key
from schemas.crm import Appointment, read
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.message import Message
from tests.fakes.function import NOW
from tests.messages import APPOINTMENT, COMPANY, appointment, message, text

EACH = pytest.mark.parametrize("handler", [created, rescheduled, cancelled], ids=lambda each: each.event_type.name)
MAILING = pytest.mark.parametrize(
    ("handler", "status"),
    [pytest.param(rescheduled, "booked", id="rescheduled"), pytest.param(cancelled, "cancelled", id="cancelled")],
)
"""The changes that are mailed, each with the state that the CRM has after it."""

TEXT = text_key(COMPANY, APPOINTMENT)
DAY, HOUR = (f"reminder/{COMPANY}/{APPOINTMENT}/{lead}" for lead in ("24h", "1h"))


class FakeCrm:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, str]] = []

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        self.requests.append((appointment_id, company_id))
        return read(Appointment, text(self.answer).encode())


def decide(
    handler: Handler[AppointmentChanged],
    *,
    leads: tuple[float, ...] = (24, 1),
    event_version: int | None = None,
    **stands: Any,
) -> list[FollowUp]:
    """The follow-ups of a change, of an appointment in some state."""
    crm = FakeCrm(appointment(**stands))
    event = text(message(handler.event_type.name, {"appointmentId": APPOINTMENT, "version": event_version}))
    reminders = Reminders([timedelta(hours=lead) for lead in leads], lambda: NOW)
    follow_ups = list(
        handler.decide(Message[AppointmentChanged].model_validate_json(event), crm=crm, reminders=reminders) or ()
    )
    assert crm.requests == [(APPOINTMENT, COMPANY)]
    return follow_ups


def planned(follow_ups: list[FollowUp]) -> list[FollowUp]:
    """The changes of schedules of reminders."""
    return [each for each in follow_ups if isinstance(each, Schedule | Unschedule) and each.key != TEXT]


def mail(follow_ups: list[FollowUp]) -> EmailSend | None:
    """The one mail, if there is one."""
    emitted = [each for each in follow_ups if isinstance(each, Emit)]
    assert [each.event_type for each in emitted] in ([], [EMAIL_SEND])
    payloads = [each.payload for each in emitted if isinstance(each.payload, EmailSend)]
    return payloads[0] if payloads else None


def notes(follow_ups: list[FollowUp]) -> list[str]:
    return [each.sentence for each in follow_ups if isinstance(each, Note)]


@EACH
def test_reminders_are_scheduled_by_the_start_in_the_crm(handler: Handler[AppointmentChanged]) -> None:
    start = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)

    follow_ups = planned(decide(handler, startTime="2026-05-01T09:30:00Z"))

    reminder = AppointmentReminder(company_id=COMPANY, appointment_id=APPOINTMENT, start_time=start)
    assert follow_ups == [
        Schedule(APPOINTMENT_REMINDER, reminder, at=start - timedelta(hours=24), key=DAY),
        Schedule(APPOINTMENT_REMINDER, reminder, at=start - timedelta(hours=1), key=HOUR),
    ]


@EACH
def test_cancelled_appointment_has_no_reminders(handler: Handler[AppointmentChanged]) -> None:
    follow_ups = decide(handler, status="cancelled", startTime="2026-05-01T09:30:00Z")

    assert planned(follow_ups) == [Unschedule(DAY), Unschedule(HOUR)]


@EACH
def test_passed_lead_is_cancelled_as_the_old_start_may_be_later(
    handler: Handler[AppointmentChanged],
) -> None:
    day, hour = planned(decide(handler, startTime="2026-04-14T16:00:00Z"))

    assert day == Unschedule(DAY)
    assert isinstance(hour, Schedule)


@EACH
def test_started_appointment_has_no_reminders(handler: Handler[AppointmentChanged]) -> None:
    assert planned(decide(handler, startTime="2026-04-14T13:00:00Z")) == [Unschedule(DAY), Unschedule(HOUR)]


@EACH
def test_leads_come_from_the_stage(handler: Handler[AppointmentChanged]) -> None:
    (reminder,) = planned(decide(handler, leads=(1.5,), startTime="2026-05-01T09:30:00Z"))

    assert isinstance(reminder, Schedule)
    assert reminder.key == f"reminder/{COMPANY}/{APPOINTMENT}/90m"


def test_stage_without_leads_schedules_nothing() -> None:
    assert decide(created, leads=()) == []


@EACH
def test_what_waits_for_the_morning_is_cancelled_with_the_appointment(handler: Handler[AppointmentChanged]) -> None:
    assert Unschedule(TEXT) in decide(handler, status="cancelled")


@EACH
def test_what_waits_for_the_morning_stays_as_it_reads_again(handler: Handler[AppointmentChanged]) -> None:
    assert Unschedule(TEXT) not in decide(handler, status="booked")


def test_a_new_appointment_is_not_mailed() -> None:
    assert mail(decide(created)) is None


def test_a_moved_appointment_is_mailed_as_the_crm_has_it() -> None:
    sent = mail(decide(rescheduled, version=3, companyEmail="hello@zoe.example", startTime="2026-05-01T09:30:00Z"))

    assert sent is not None
    assert (sent.template, sent.company_name) == (Template.APPOINTMENT_MOVED, "Café Zoë")
    assert (sent.to.email, sent.to.name, sent.to.time_zone) == ("ada@example.com", "Ada Lovelace", "Europe/Berlin")
    assert (sent.reply_to, sent.subject_id) == ("hello@zoe.example", APPOINTMENT)
    assert sent.values == {
        "appointmentId": APPOINTMENT,
        "version": 3,
        "service": "Haircut",
        "staff": "Grace",
        "startTime": "2026-05-01T09:30:00+00:00",
        "endTime": "2026-04-15T14:45:00+00:00",
    }


def test_names_that_the_crm_lacks_are_left_to_the_mails_language() -> None:
    sent = mail(decide(rescheduled, companyName=None, service=None, staff=" "))

    assert sent is not None
    assert (sent.company_name, sent.values["service"], sent.values["staff"]) == (None, None, None)


def test_a_cancelled_appointment_is_mailed() -> None:
    sent = mail(decide(cancelled, status="cancelled", version=4))

    assert sent is not None
    assert (sent.template, sent.values["version"]) == (Template.APPOINTMENT_CANCELLED, 4)


@MAILING
def test_a_change_is_not_mailed_once_the_appointment_has_begun(
    handler: Handler[AppointmentChanged], status: str
) -> None:
    sent = mail(decide(handler, status=status, startTime="2026-04-14T14:00:01Z"))
    assert sent is not None
    assert sent.ends_at() == NOW + timedelta(seconds=1)

    begun = decide(handler, status=status, startTime="2026-04-14T14:00:00Z")
    assert (mail(begun), notes(begun)) == (None, ["no mail: the appointment has begun"])


@MAILING
def test_mails_about_changes_have_no_link_to_end_them(handler: Handler[AppointmentChanged], status: str) -> None:
    sent = mail(decide(handler, status=status, unsubscribeUrl="https://app.taly.dev/unsubscribe"))

    assert sent is not None
    assert sent.unsubscribe_url is None


@MAILING
@pytest.mark.parametrize(
    ("event_version", "version"), [(None, None), (None, 3), (3, None), (3, 3)], ids=["none", "crm", "event", "equal"]
)
def test_a_change_is_mailed_by_its_own_event(
    handler: Handler[AppointmentChanged], status: str, event_version: int | None, version: int | None
) -> None:
    assert mail(decide(handler, status=status, event_version=event_version, version=version)) is not None


@MAILING
def test_a_change_before_a_later_one_plans_reminders_alone(handler: Handler[AppointmentChanged], status: str) -> None:
    follow_ups = decide(handler, status=status, event_version=3, version=4)

    assert len(planned(follow_ups)) == 2
    assert mail(follow_ups) is None
    assert notes(follow_ups) == ["no mail: the appointment was changed again, and the event about that sends one"]


@MAILING
def test_a_change_that_the_crm_does_not_show_yet_is_read_again(
    handler: Handler[AppointmentChanged], status: str
) -> None:
    with pytest.raises(RetryableError, match="does not show this change") as again:
        decide(handler, status=status, event_version=4, version=3)

    assert again.value.retry_after == COMMIT_SECONDS


def test_a_move_of_what_is_cancelled_is_not_mailed() -> None:
    follow_ups = decide(rescheduled, status="cancelled")

    assert (mail(follow_ups), notes(follow_ups)) == (None, ["no mail: the appointment was cancelled"])


def test_a_cancellation_of_what_takes_place_is_not_mailed() -> None:
    follow_ups = decide(cancelled, status="booked", startTime="2026-05-01T09:30:00Z")

    assert (mail(follow_ups), notes(follow_ups)) == (None, ["no mail: the appointment takes place"])
    assert [type(each) for each in planned(follow_ups)] == [Schedule, Schedule]


@MAILING
@pytest.mark.parametrize(
    ("customer", "why"),
    [
        ({"phone": "+14155550123"}, "customer.email: the CRM knows no address that the change could be mailed to"),
        ({}, "customer.email: the CRM knows no address that the change could be mailed to"),
        (
            {"email": "ada@example.com", "channels": ["sms"]},
            "customer.channels: the customer wants no mail, so the change is not mailed",
        ),
        (
            {"email": "ada@example.com", "channels": []},
            "customer.channels: the customer wants no mail, so the change is not mailed",
        ),
    ],
)
def test_who_cannot_or_would_not_be_mailed_is_named_in_the_log(
    handler: Handler[AppointmentChanged], status: str, customer: dict[str, Any], why: str
) -> None:
    follow_ups = decide(handler, status=status, customer={"name": "Ada"} | customer)

    assert mail(follow_ups) is None
    assert LeftOut(why) in follow_ups
    assert len(planned(follow_ups)) == 2


@MAILING
def test_an_address_that_cannot_be_read_costs_the_mail_alone(handler: Handler[AppointmentChanged], status: str) -> None:
    follow_ups = decide(handler, status=status, customer={"email": "ada@", "phone": "+14155550123"})

    assert mail(follow_ups) is None
    assert any(isinstance(each, LeftOut) and "customer.email: must be" in each.sentence for each in follow_ups)
    assert len(planned(follow_ups)) == 2


@MAILING
def test_customer_who_cannot_be_reached_at_all_is_no_silent_success(
    handler: Handler[AppointmentChanged], status: str
) -> None:
    with pytest.raises(UnreadableError, match=r"customer\.email: must be an email address"):
        decide(handler, status=status, customer={"email": "ada@", "phone": None})
