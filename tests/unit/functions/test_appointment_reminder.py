"""A reminder is due: the CRM's current state decides what is sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.appointment_reminder.handler import handler
from lambdas.common.errors import RetryableError, Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Schedule, Unschedule
from lambdas.common.reminders import Reminders
from lambdas.email_send.rendering import render
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.crm import Appointment, read
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.event_type import EventType
from schemas.message import Message
from schemas.sms import SMS_SEND, SmsSend
from tests.fakes.function import NOW
from tests.mails import BLANK, ODD
from tests.messages import APPOINTMENT, COMPANY, appointment, reminder, text

LEADS = (timedelta(hours=24), timedelta(hours=1))


class FakeCrm:
    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.requests: list[tuple[str, str]] = []

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        self.requests.append((appointment_id, company_id))
        if isinstance(self.answer, Exception):
            raise self.answer
        return read(Appointment, text(self.answer).encode())


def decide(crm: FakeCrm, *, now: datetime = NOW, message: dict[str, Any] | None = None) -> tuple[list[FollowUp], str]:
    """Return the reaction's follow-ups, and the reason if it skipped."""
    parsed = Message[AppointmentReminder].model_validate_json(text(message or reminder()))
    follow_ups: list[FollowUp] = []
    try:
        follow_ups.extend(handler.decide(parsed, crm=crm, reminders=Reminders(LEADS, lambda: now)) or ())
    except Skip as skip:  # `extend` has taken what was yielded before
        return follow_ups, str(skip)
    return follow_ups, ""


def test_reminder_is_sent_by_email_and_sms() -> None:
    crm = FakeCrm(appointment())

    (mail, sms), why = decide(crm)

    assert crm.requests == [(APPOINTMENT, COMPANY)]
    assert why == ""
    assert isinstance(mail, Emit)
    assert isinstance(sms, Emit)
    assert (mail.event_type, sms.event_type) == (EMAIL_SEND, SMS_SEND)


def test_reminder_email_has_current_values_from_the_crm() -> None:
    (mail, _), _ = decide(FakeCrm(appointment(service="Shave & trim")))

    assert isinstance(mail, Emit)
    payload = mail.payload
    assert isinstance(payload, EmailSend)
    assert payload.template is Template.APPOINTMENT_REMINDER
    assert (payload.to.email, payload.to.time_zone) == ("ada@example.com", "Europe/Berlin")
    assert payload.values["service"] == "Shave & trim"


def test_nobody_is_reminded_once_the_appointment_has_begun() -> None:
    follow_ups, _ = decide(FakeCrm(appointment(startTime="2026-04-15T16:00:00+02:00")))

    ends = [follow_up.payload.ends_at() for follow_up in follow_ups if isinstance(follow_up, Emit)]
    assert ends == [datetime(2026, 4, 15, 14, 0, tzinfo=UTC)] * 2


def sms_text(**changes: Any) -> str:
    follow_ups, _ = decide(FakeCrm(appointment(**changes)))
    sms = follow_ups[-1]
    assert isinstance(sms, Emit)
    assert isinstance(sms.payload, SmsSend)
    assert sms.payload.to == "+14155550123"
    return sms.payload.text


def test_reminder_text_has_the_time_in_the_customers_zone() -> None:
    assert sms_text() == "Café Zoë: reminder of Haircut with Grace on Wed 15 Apr, 16:00 (CEST)"


def test_long_names_are_cut_to_fit_one_segment() -> None:
    sms = sms_text(companyName="C" * 200, service="S" * 200, staff="T" * 200, timeZone="Asia/Kathmandu")

    assert len(sms) <= 160
    assert sms.isascii()
    assert f"{'S' * 27}... with" in sms


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("companyName", "your provider: reminder of Haircut with Grace on Wed"),
        ("service", "Café Zoë: reminder of your appointment with Grace on Wed"),
        ("staff", "Café Zoë: reminder of Haircut with our team on Wed"),
    ],
)
def test_a_blank_name_is_replaced_in_the_text(field: str, shown: str, blank: str) -> None:
    assert sms_text(**{field: blank}).startswith(shown)


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_names_add_no_controls_to_the_text(odd: str) -> None:
    sms = sms_text(companyName=f"Ca{odd}fe", service=f"Hair{odd}cut", staff=f"Gra{odd}ce")

    assert odd not in sms
    assert len(sms.splitlines()) == 1


@pytest.mark.parametrize(
    ("customer", "types"),
    [
        ({"name": "Ada", "email": "ada@example.com"}, [EMAIL_SEND]),
        ({"name": "Ada", "phone": "+14155550123", "email": None}, [SMS_SEND]),
    ],
)
def test_reminder_uses_the_channels_known_to_the_crm(customer: dict[str, Any], types: list[Any]) -> None:
    follow_ups, _ = decide(FakeCrm(appointment(customer=customer)))

    assert [follow_up.event_type for follow_up in follow_ups if isinstance(follow_up, Emit)] == types


def test_customer_without_email_and_phone_is_skipped() -> None:
    assert decide(FakeCrm(appointment(customer={"name": "Ada"}))) == (
        [],
        "the customer has neither an email address nor a phone number",
    )


BAD_EMAILS = ("", "ada at example", "änne@example.com", 7, ["ada@example.com"])
BAD_PHONES = ("", "0170/1234567", "(415) 555-0123", 14155550123, {"number": "+14155550123"})


def sent(follow_ups: list[FollowUp]) -> list[EventType[Any]]:
    return [follow_up.event_type for follow_up in follow_ups if isinstance(follow_up, Emit)]


def left_out(follow_ups: list[FollowUp]) -> list[str]:
    return [follow_up.sentence for follow_up in follow_ups if isinstance(follow_up, LeftOut)]


@pytest.mark.parametrize("phone", BAD_PHONES, ids=ascii)
def test_phone_that_cannot_be_read_costs_the_sms_alone(phone: object) -> None:
    customer = appointment()["customer"] | {"phone": phone}

    follow_ups, why = decide(FakeCrm(appointment(customer=customer)))

    assert (sent(follow_ups), why) == ([EMAIL_SEND], "")
    (sentence,) = left_out(follow_ups)
    assert sentence.startswith("customer.phone: must be ")


@pytest.mark.parametrize("address", BAD_EMAILS, ids=ascii)
def test_address_that_cannot_be_read_costs_the_email_alone(address: object) -> None:
    customer = appointment()["customer"] | {"email": address}

    follow_ups, why = decide(FakeCrm(appointment(customer=customer)))

    assert (sent(follow_ups), why) == ([SMS_SEND], "")
    (sentence,) = left_out(follow_ups)
    assert sentence.startswith("customer.email: ")


@pytest.mark.parametrize(
    "customer",
    [
        *({"name": "Ada", "email": address, "phone": "0170"} for address in BAD_EMAILS),
        *({"name": "Ada", "phone": phone} for phone in BAD_PHONES),
        {"email": "ada at example", "phone": None},
        "Ada",
        ["ada@example.com"],
    ],
    ids=ascii,
)
def test_customer_whose_channels_cannot_be_read_is_no_silent_skip(customer: object) -> None:
    with pytest.raises(UnreadableError, match=r"^the customer cannot be reached; correct this .*: customer"):
        decide(FakeCrm(appointment(customer=customer)))


@pytest.mark.parametrize("customer", [None, {}, {"name": 7, "email": None, "phone": None}], ids=ascii)
def test_customer_without_channels_is_skipped_whatever_else_is_odd(customer: object) -> None:
    _, why = decide(FakeCrm(appointment(customer=customer, endTime="soon")))

    assert why == "the customer has neither an email address nor a phone number"


def test_reminder_goes_out_without_what_the_crm_does_not_say() -> None:
    said = ("id", "companyId", "status", "startTime", "customer")
    least = {name: value for name, value in appointment().items() if name in said}

    follow_ups, _ = decide(FakeCrm(least))

    mail, sms = (follow_up.payload for follow_up in follow_ups if isinstance(follow_up, Emit))
    assert isinstance(mail, EmailSend)
    assert isinstance(sms, SmsSend)
    assert sms.text == "your provider: reminder of your appointment with our team on Wed 15 Apr, 14:00 (UTC)"
    rendered = render(EmailSend.model_validate_json(mail.model_dump_json()), "email-1")
    assert "your appointment with your provider" in rendered.text
    assert "What   your appointment\nWho    our team\n" in rendered.text
    assert "       14:00 (UTC)\n" in rendered.text


@pytest.mark.parametrize("field", ["companyName", "service", "staff", "endTime", "timeZone"])
@pytest.mark.parametrize("value", [None, 7, "", ["x"]], ids=ascii)
def test_odd_field_of_the_appointment_costs_no_reminder(field: str, value: object) -> None:
    follow_ups, why = decide(FakeCrm(appointment(**{field: value})))

    assert (sent(follow_ups), why) == ([EMAIL_SEND, SMS_SEND], "")
    assert all(sentence.startswith(f"{field}: ") for sentence in left_out(follow_ups))


def test_cancelled_appointment_is_skipped() -> None:
    assert decide(FakeCrm(appointment(status="cancelled"))) == ([], "the appointment was cancelled")


def test_cancelled_and_moved_appointment_schedules_nothing() -> None:
    cancelled = appointment(status="cancelled", startTime="2026-05-01T14:00:00Z")

    assert decide(FakeCrm(cancelled)) == ([], "the appointment was cancelled")


def test_moved_appointment_schedules_new_reminders_and_is_skipped() -> None:
    follow_ups, why = decide(FakeCrm(appointment(startTime="2026-05-01T09:30:00+02:00")))

    assert why == "the appointment was moved: its reminders are scheduled anew"
    schedules = [follow_up for follow_up in follow_ups if isinstance(follow_up, Schedule)]
    assert len(schedules) == len(follow_ups)
    assert [(each.key, each.at) for each in schedules] == [
        (f"reminder/{COMPANY}/{APPOINTMENT}/24h", datetime(2026, 4, 30, 7, 30, tzinfo=UTC)),
        (f"reminder/{COMPANY}/{APPOINTMENT}/1h", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
    ]
    assert {each.event_type for each in schedules} == {APPOINTMENT_REMINDER}
    payload = schedules[0].payload
    assert isinstance(payload, AppointmentReminder)
    assert payload.start_time == datetime(2026, 5, 1, 7, 30, tzinfo=UTC)
    assert payload.company_id == COMPANY


def test_passed_leads_of_a_moved_appointment_are_cancelled() -> None:
    follow_ups, _ = decide(FakeCrm(appointment(startTime="2026-04-14T20:00:00Z")))

    assert [type(each) for each in follow_ups] == [Unschedule, Schedule]
    assert [each.key for each in follow_ups if isinstance(each, Schedule | Unschedule)] == [
        f"reminder/{COMPANY}/{APPOINTMENT}/24h",
        f"reminder/{COMPANY}/{APPOINTMENT}/1h",
    ]


def test_same_time_in_another_offset_is_not_a_move() -> None:
    follow_ups, why = decide(FakeCrm(appointment(startTime="2026-04-15T16:00:00.000+02:00")))

    assert (len(follow_ups), why) == (2, "")


def test_started_appointment_is_skipped() -> None:
    late = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)

    assert decide(FakeCrm(appointment()), now=late) == ([], "the appointment has begun")


@pytest.mark.parametrize("error", [Skip("the CRM answered 404"), RetryableError("the CRM answered 503")])
def test_crm_errors_reach_the_shared_layer(error: Exception) -> None:
    parsed = Message[AppointmentReminder].model_validate_json(text(reminder()))

    with pytest.raises(type(error)):
        list(handler.decide(parsed, crm=FakeCrm(error), reminders=Reminders(LEADS, lambda: NOW)) or ())


@pytest.mark.parametrize("zone", ["Etc/Unknown", "US/Pacific-New", "", None, 7])
def test_reminder_text_in_an_unknown_zone_says_utc(zone: object) -> None:
    assert sms_text(timeZone=zone).endswith("on Wed 15 Apr, 14:00 (UTC)")
