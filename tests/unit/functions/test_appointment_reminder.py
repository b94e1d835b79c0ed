"""A reminder is due: the CRM's current state decides what is sent."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.appointment_reminder.handler import handler
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import RetryableError, Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Schedule, Unschedule
from lambdas.common.reminders import Reminders
from lambdas.common.texts.quiet_hours import QuietHours
from lambdas.email_send.rendering import render
from lambdas.sms_send.segments import Encoding, segments
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.crm import Appointment, read
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.event_type import EventType
from schemas.message import Message
from schemas.sms import SMS_SEND, SmsSend
from schemas.wire import Channel
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
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


def run(crm: FakeCrm, message: dict[str, Any], now: datetime, quiet: str) -> Iterable[FollowUp]:
    parsed = Message[AppointmentReminder].model_validate_json(text(message))
    capabilities = {"reminders": Reminders(LEADS, lambda: now), "quiet_hours": QuietHours(quiet, lambda: now)}
    return handler.decide(parsed, crm=crm, **capabilities) or ()


def decide(
    crm: FakeCrm, *, now: datetime = NOW, message: dict[str, Any] | None = None, quiet: str = ""
) -> tuple[list[FollowUp], str]:
    """Return the reaction's follow-ups, and the reason if it skipped."""
    follow_ups: list[FollowUp] = []
    try:
        follow_ups.extend(run(crm, message or reminder(), now, quiet))
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


def text_of(follow_ups: list[FollowUp]) -> str:
    sms = follow_ups[-1]
    assert isinstance(sms, Emit)
    assert isinstance(sms.payload, SmsSend)
    assert sms.payload.to == "+14155550123"
    return sms.payload.text


def sms_text(**changes: Any) -> str:
    follow_ups, _ = decide(FakeCrm(appointment(**changes)))
    return text_of(follow_ups)


def test_reminder_text_has_the_time_in_the_customers_zone() -> None:
    assert sms_text() == "Café Zoë: reminder of Haircut with Grace on Wed, Apr 15, 4:00 PM (GMT+2)"


@pytest.mark.parametrize("locale", ["en", "en-GB", "de", "de-AT", "fr", "fr-CA"])
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Nowhere/Here"])
@pytest.mark.parametrize("month", range(1, 13))
def test_long_names_are_cut_to_fit_one_segment(locale: str, zone: str, month: int) -> None:
    start = f"2026-{month:02}-30T22:45:00Z" if month != 2 else "2026-02-25T22:45:00Z"
    long = {"companyName": "C" * 200, "service": "[" * 200, "staff": "ß" * 200, "startTime": start, "timeZone": zone}
    customer = appointment()["customer"] | {"locale": locale}

    follow_ups, _ = decide(
        FakeCrm(appointment(customer=customer, **long)),
        now=datetime(2025, 12, 1, tzinfo=UTC),
        message=reminder(startTime=start),
    )

    size = segments(text_of(follow_ups))
    assert (size.encoding, size.count) == (Encoding.GSM_7, 1)


@pytest.mark.parametrize(
    ("locale", "body"),
    [
        ("de-AT", "Café Zoë: Erinnerung an Haircut mit Grace am "),
        ("fr", "Café Zoë: rappel de Haircut avec Grace le "),
        ("x-klingon", "Café Zoë: reminder of Haircut with Grace on "),
    ],
)
def test_reminder_text_is_in_the_customers_language(locale: str, body: str) -> None:
    assert sms_text(customer=appointment()["customer"] | {"locale": locale}).startswith(body)


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
    assert sms.text == "your provider: reminder of your appointment with our team on Wed, Apr 15, 2:00 PM (UTC)"
    rendered = render(EmailSend.model_validate_json(mail.model_dump_json()), "email-1")
    assert "your appointment with the company" in rendered.text
    assert "What   Appointment\nWhen   Wednesday, April 15, 2026\n" in rendered.text
    assert "2:00 PM (UTC)\n" in rendered.text


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
    with pytest.raises(type(error)):
        list(run(FakeCrm(error), reminder(), NOW, ""))


@pytest.mark.parametrize("zone", ["Etc/Unknown", "US/Pacific-New", "", None, 7])
def test_reminder_text_in_an_unknown_zone_says_utc(zone: object) -> None:
    assert sms_text(timeZone=zone).endswith("on Wed, Apr 15, 2:00 PM (UTC)")


@pytest.mark.parametrize(
    ("channels", "types"),
    [
        (None, [EMAIL_SEND, SMS_SEND]),
        (["email", "sms"], [EMAIL_SEND, SMS_SEND]),
        (["email"], [EMAIL_SEND]),
        (["sms"], [SMS_SEND]),
        ([" SMS", "push"], [SMS_SEND]),
        (["sms", None, 7], [SMS_SEND]),
        ("email", [EMAIL_SEND, SMS_SEND]),
    ],
    ids=str,
)
def test_reminder_goes_by_the_channels_that_the_customer_wants(channels: object, types: list[Any]) -> None:
    customer = appointment()["customer"] | {"channels": channels}

    follow_ups, why = decide(FakeCrm(appointment(customer=customer)))

    assert (sent(follow_ups), why) == (types, "")


@pytest.mark.parametrize("channels", [[], ["push"]], ids=str)
def test_customer_who_wants_no_channel_is_skipped(channels: list[str]) -> None:
    customer = appointment()["customer"] | {"channels": channels, "phone": "0170"}

    follow_ups, why = decide(FakeCrm(appointment(customer=customer)))

    assert sent(follow_ups) == []
    assert why == "the CRM has no contact details of the customer for a channel that is wanted"


def test_an_unknown_channel_is_named_in_the_log() -> None:
    customer = appointment()["customer"] | {"channels": ["email", "push"]}

    follow_ups, _ = decide(FakeCrm(appointment(customer=customer)))

    (sentence,) = left_out(follow_ups)
    assert sentence.startswith("customer.channels[1]: ")
    assert "push" not in sentence


def test_bad_phone_of_a_customer_who_wants_emails_alone_harms_nobody() -> None:
    customer = {"name": "Ada", "phone": "0170", "channels": ["email"]}

    follow_ups, why = decide(FakeCrm(appointment(customer=customer)))

    assert (sent(follow_ups), why) == ([], "the customer has neither an email address nor a phone number")


def test_bad_phone_of_a_customer_who_wants_texts_alone_is_no_silent_skip() -> None:
    customer = {"name": "Ada", "email": "ada@example.com", "phone": "0170", "channels": ["sms"]}

    with pytest.raises(UnreadableError, match=r"customer\.phone"):
        decide(FakeCrm(appointment(customer=customer)))


def test_reminder_email_says_what_answers_and_outcomes_need() -> None:
    answer = appointment(version=3, companyEmail="hello@zoe.example", unsubscribeUrl="https://app.taly.dev/u/1")

    (mail, _), _ = decide(FakeCrm(answer))

    assert isinstance(mail, Emit)
    payload = mail.payload
    assert isinstance(payload, EmailSend)
    assert (payload.values["appointmentId"], payload.values["version"]) == (APPOINTMENT, 3)
    assert (payload.subject_id, payload.reply_to) == (APPOINTMENT, "hello@zoe.example")
    assert payload.unsubscribe_url == "https://app.taly.dev/u/1"


def is_texted(follow_ups: list[FollowUp]) -> bool:
    (payload,) = (each.payload for each in follow_ups if isinstance(each, Emit) and each.event_type is EMAIL_SEND)
    assert isinstance(payload, EmailSend)
    return payload.texted


@pytest.mark.parametrize(("channels", "texted"), [(["email", "sms"], True), (["email"], False)], ids=str)
def test_reminder_email_knows_of_the_text(channels: list[str], *, texted: bool) -> None:
    customer = appointment()["customer"] | {"channels": channels}

    follow_ups, _ = decide(FakeCrm(appointment(customer=customer)))

    assert is_texted(follow_ups) is texted


NIGHT = datetime(2026, 4, 14, 21, 30, tzinfo=UTC)
"""23:30 in Berlin, before the appointment's day."""

QUIET = "21:00-08:00"


def test_the_text_waits_for_the_morning_and_the_email_does_not() -> None:
    (mail, schedule), why = decide(FakeCrm(appointment()), now=NIGHT, quiet=QUIET)

    assert isinstance(mail, Emit)
    assert (mail.event_type, why) == (EMAIL_SEND, "")
    assert schedule == Schedule(
        APPOINTMENT_REMINDER,
        AppointmentReminder(
            company_id=COMPANY,
            appointment_id=APPOINTMENT,
            start_time=datetime(2026, 4, 15, 14, tzinfo=UTC),
            channel=Channel.SMS,
        ),
        at=datetime(2026, 4, 15, 6, 0, tzinfo=UTC),
        key=f"text/{COMPANY}/{APPOINTMENT}",
    )
    assert is_texted([mail])


def test_the_mornings_reminder_sends_the_text_alone() -> None:
    morning = datetime(2026, 4, 15, 6, 0, tzinfo=UTC)

    follow_ups, _ = decide(FakeCrm(appointment()), now=morning, quiet=QUIET, message=reminder(channel="sms"))

    assert sent(follow_ups) == [SMS_SEND]


def test_the_mornings_reminder_of_a_cancelled_appointment_sends_nothing() -> None:
    crm = FakeCrm(appointment(status="cancelled"))

    assert decide(crm, message=reminder(channel="sms")) == ([], "the appointment was cancelled")


def test_two_reminders_in_one_night_lead_to_one_text() -> None:
    harness = FunctionHarness(settings={"quiet_hours": QUIET}, now=NIGHT)
    harness.capabilities[Crm] = FakeCrm(appointment())

    for message_id in ("reminder-1", "reminder-2"):
        handler.process(sqs_event(text(reminder() | {"id": message_id})), FakeContext(), harness.runtime())

    assert harness.outcomes == ["succeeded"] * 2
    assert [entry["DetailType"] for entry in harness.events.published] == ["email.send"] * 2
    (schedule,) = harness.scheduler.schedules.values()
    assert schedule["Description"] == f"text/{COMPANY}/{APPOINTMENT}"


def test_a_reminder_that_runs_again_at_night_texts_again() -> None:
    """A known window: SQS may deliver a message twice, here before and after 21:00."""
    harness = FunctionHarness(settings={"quiet_hours": QUIET}, now=NIGHT - timedelta(hours=3))
    harness.capabilities[Crm] = FakeCrm(appointment())

    handler.process(sqs_event(text(reminder())), FakeContext(), harness.runtime())
    harness.now = NIGHT
    handler.process(sqs_event(text(reminder())), FakeContext(), harness.runtime())

    published = [json.loads(entry["Detail"]) for entry in harness.events.published]
    assert [each["type"] for each in published] == ["email.send", "sms.send", "email.send"]
    assert published[0]["id"] == published[2]["id"]
    assert len(harness.scheduler.schedules) == 1


def test_a_schedule_holds_no_personal_data() -> None:
    harness = FunctionHarness(settings={"quiet_hours": QUIET}, now=NIGHT)
    harness.capabilities[Crm] = FakeCrm(appointment())

    handler.process(sqs_event(text(reminder())), FakeContext(), harness.runtime())

    (schedule,) = harness.scheduler.schedules.values()
    payload = json.loads(schedule["Target"]["Input"])["payload"]
    assert payload.keys() == {"companyId", "appointmentId", "startTime", "channel"}


EARLY = {"startTime": "2026-04-15T08:00:00+02:00"}
"""The appointment begins when the quiet hours end."""


def test_a_text_that_would_come_too_late_is_left_out() -> None:
    follow_ups, why = decide(FakeCrm(appointment(**EARLY)), now=NIGHT, quiet=QUIET, message=reminder(**EARLY))

    assert (sent(follow_ups), why) == ([EMAIL_SEND], "")
    assert left_out(follow_ups) == ["the text: the quiet hours last until the appointment begins"]
    assert not is_texted(follow_ups)


def test_a_customer_who_would_be_texted_too_late_is_skipped() -> None:
    answer = appointment(**EARLY, customer=appointment()["customer"] | {"channels": ["sms"]})

    assert decide(FakeCrm(answer), now=NIGHT, quiet=QUIET, message=reminder(**EARLY)) == (
        [],
        "the quiet hours last until the appointment begins",
    )


def test_a_text_that_would_come_too_late_is_no_skip_for_the_alarm() -> None:
    """The alarm `skipping` watches what the CRM answers: a fallback text at night is no mistake of the CRM's."""
    harness = FunctionHarness(settings={"quiet_hours": QUIET}, now=NIGHT)
    harness.capabilities[Crm] = FakeCrm(appointment(**EARLY))

    handler.process(sqs_event(text(reminder(**EARLY, channel="sms"))), FakeContext(), harness.runtime())

    assert harness.outcomes == ["skipped"]
    assert harness.metrics == []


@pytest.mark.parametrize("customer", [{"phone": None}, {"channels": ["email"]}], ids=str)
def test_a_reminder_by_text_alone_reaches_nobody_who_cannot_or_will_not(customer: dict[str, Any]) -> None:
    answer = appointment(customer=appointment()["customer"] | customer)

    follow_ups, why = decide(FakeCrm(answer), message=reminder(channel="sms"))

    assert follow_ups == []
    assert why == "the CRM has no contact details of the customer for a channel that is wanted"
