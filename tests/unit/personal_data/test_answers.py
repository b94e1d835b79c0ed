"""What the CRM, AWS and endpoints answer, and what lets functions in there: nothing of it is told either."""

import json
from collections.abc import Callable, Iterator
from http.client import BadStatusLine
from typing import Any

import pytest

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import NotNowError, PermanentError, Skip
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import Handler, reaction
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND, EmailSend
from schemas.event_type import EventType, Needs
from schemas.message import Message
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND, SmsSend
from schemas.users import USER_INVITED
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from tests.unit.personal_data.sinks import told
from tests.unit.personal_data.surroundings import Surroundings, handler_of

reads_the_crm = pytest.mark.parametrize(
    "event_type",
    [APPOINTMENT_REMINDER, WEBHOOK_FAN_OUT, WEBHOOK_DELIVER],
    ids=lambda event_type: event_type.name,
)


@pytest.fixture
def around() -> Iterator[Surroundings]:
    surroundings = Surroundings()
    yield surroundings
    for text in told(surroundings.harness):
        assert surroundings.sentinels.found_in(text) == []


def spoilt(value: Any) -> Any:
    """The same answer, its texts in lists."""
    match value:
        case dict():
            return {name: spoilt(each) for name, each in value.items()}
        case list():
            return [spoilt(each) for each in value]
        case _:
            return [value]


@reads_the_crm
def test_an_answer_that_is_not_as_agreed_is_not_repeated(around: Surroundings, event_type: EventType[Any]) -> None:
    around.spoil = spoilt

    around.handle(event_type, around.body(event_type))

    assert around.harness.lines[0]["error"] in {"UnavailableError", "UnreadableError"}
    assert "must be a string, found an array of 1" in around.harness.lines[0]["detail"]


def test_what_is_left_out_of_an_answer_is_not_repeated(around: Surroundings) -> None:
    around.spoil = lambda answer: answer | {"service": [answer["service"]], "staff": {"name": answer["staff"]}}

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER))

    assert around.harness.lines[0]["left_out"] == [
        "service: must be a string, found an array of 1",
        "staff: must be a string, found an object",
    ]


def test_those_who_run_an_account_are_not_named_either(around: Surroundings) -> None:
    around.spoil = spoilt
    body = json.loads(around.body(PAYMENT_FAILED))
    body["payload"]["declineCode"] = "stolen_card"

    around.handle(PAYMENT_FAILED, json.dumps(body))

    assert around.harness.lines[0]["error"] == "UnreadableError"
    assert "admins[0].email: must be a string" in around.harness.lines[0]["detail"]


def faulty(say: Callable[[Any], str]) -> Handler[Any]:
    """A reminder with a bug: it raises what `say` makes of the appointment that the CRM told."""

    @reaction(APPOINTMENT_REMINDER)
    def handler(reminder: Message[AppointmentReminder], crm: Crm) -> Iterator[FollowUp]:
        found = crm.appointment(reminder.payload.appointment_id, company_id=reminder.company_id)
        raise ValueError(say(found))
        yield  # type: ignore[unreachable]  # what makes it a generator

    return handler


@pytest.mark.parametrize(
    "say",
    [
        lambda found: f"{found.customer.name} booked {found.service!r} with {json.dumps(found.staff)}",
        lambda found: f"neither {found.customer.email} nor {found.customer.phone} nor {found.customer.phone[1:]}",
        str,
        repr,
        lambda found: repr(found.customer),
    ],
    ids=["names", "addresses", "the whole", "the whole of it as Python shows it", "the customer"],
)
def test_an_error_about_an_answer_does_not_repeat_it(around: Surroundings, say: Callable[[Any], str]) -> None:
    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=faulty(say))

    assert around.harness.lines[0]["error"] == "ValueError"
    assert around.sentinels.values


def test_a_refused_follow_up_does_not_show_its_content(around: Surroundings) -> None:
    def say(found: Any) -> str:
        EmailSend.model_validate(dict(found.customer) | {"to": found.customer.name})
        return "it was not refused"

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=faulty(say))

    assert around.harness.lines[0]["error"] == "ValidationError"
    assert "to: must be" in around.harness.lines[0]["detail"]


@pytest.mark.parametrize(
    ("read", "say"),
    [
        (lambda crm, company: crm.webhooks(company, "booking.created"), lambda found: found.endpoints[0].secrets[0]),
        (lambda crm, company: crm.webhooks(company, "booking.created"), lambda found: repr(found.endpoints[0].url)),
        (lambda crm, company: crm.admins(company).admins, lambda found: f"{found[0].name}, {found[0].email}"),
        (lambda crm, company: {"them": [crm.admins(company)]}, lambda found: found["them"][0].admins[0].name),
    ],
    ids=["secrets", "an address", "admins", "in a dict"],
)
def test_an_error_about_one_of_several_does_not_repeat_it(
    around: Surroundings, read: Callable[[Crm, str], Any], say: Callable[[Any], str]
) -> None:
    @reaction(APPOINTMENT_REMINDER)
    def handler(reminder: Message[AppointmentReminder], crm: Crm) -> Iterator[FollowUp]:
        found = read(crm, reminder.company_id)
        raise ValueError(f"this is it: {say(found)}")
        yield  # type: ignore[unreachable]  # what makes it a generator

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=handler)

    assert around.harness.lines[0]["detail"].startswith("this is it: ")


@pytest.mark.parametrize("cut", [True, False], ids=["from None", "from the other"])
def test_an_error_in_the_words_of_another_does_not_repeat_what_that_had(around: Surroundings, *, cut: bool) -> None:
    def read(crm: Crm, reminder: Message[AppointmentReminder]) -> None:
        found = crm.appointment(reminder.payload.appointment_id, company_id=reminder.company_id)
        raise ValueError(found.customer.name)

    @reaction(APPOINTMENT_REMINDER)
    def handler(reminder: Message[AppointmentReminder], crm: Crm) -> Iterator[FollowUp]:
        try:
            read(crm, reminder)
        except ValueError as error:
            raise PermanentError(f"cannot: {error}") from (None if cut else error)
        yield from ()

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=handler)

    assert around.harness.lines[0]["detail"] == "cannot: [redacted]"


@pytest.mark.parametrize("planned", [True, False], ids=["with a follow-up", "alone"])
@pytest.mark.parametrize(
    ("end", "outcome"), [(Skip, Outcome.SKIPPED), (NotNowError, Outcome.DEFERRED)], ids=["skipped", "not now"]
)
def test_what_is_not_done_does_not_repeat_an_answer(
    around: Surroundings, end: type[Exception], outcome: Outcome, *, planned: bool
) -> None:
    @reaction(APPOINTMENT_REMINDER)
    def handler(reminder: Message[AppointmentReminder], crm: Crm) -> Iterator[FollowUp]:
        found = crm.appointment(reminder.payload.appointment_id, company_id=reminder.company_id)
        if planned:
            text = SmsSend(company_id=reminder.company_id, to="+14155550123", text="see you")
            yield Emit(SMS_SEND, text)
        raise end(f"{found.customer.name} cancelled")

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=handler)

    assert around.harness.outcomes == [outcome]
    assert around.harness.lines[0]["detail"] == "[redacted] cancelled"


class UnreadableError(Exception):
    def __str__(self) -> str:
        raise UnicodeError("pii1q")


def test_an_error_that_cannot_be_read_costs_its_own_message_alone(around: Surroundings) -> None:
    def say(_found: Any) -> str:
        raise UnreadableError

    around.handle(APPOINTMENT_REMINDER, around.body(APPOINTMENT_REMINDER), handler=faulty(say))

    assert around.harness.outcomes == [Outcome.RETRYING]
    assert around.harness.lines[0]["detail"] == "the exception's message cannot be read"


@pytest.mark.parametrize("code", ["MessageRejected", "TooManyRequestsException"])
@pytest.mark.parametrize("event_type", [EMAIL_SEND, SMS_SEND], ids=lambda event_type: event_type.name)
def test_ses_and_sns_are_not_quoted(around: Surroundings, event_type: EventType[Any], code: str) -> None:
    around.code = code

    around.handle(event_type, around.body(event_type))

    assert code in around.harness.lines[0]["detail"]


@pytest.mark.parametrize("error", [OSError, BadStatusLine, ConnectionResetError])
def test_an_endpoint_that_does_not_answer_is_not_named(around: Surroundings, error: type[Exception]) -> None:
    around.line.error = error("https://sentinel.example/hook?token=pii1q and pii2q")

    around.handle(WEBHOOK_DELIVER, around.body(WEBHOOK_DELIVER))

    assert around.harness.outcomes == [Outcome.DEFERRED]


@pytest.mark.parametrize("secret", ["https://u:pii1q@a.example/", "not a url pii1q", "http://a.example/pii1q"])
def test_an_endpoint_that_was_set_up_wrongly_is_not_shown(around: Surroundings, secret: str) -> None:
    around.spoil = lambda answer: {"endpoints": [{**answer["endpoints"][0], "url": secret, "secrets": [secret]}]}

    around.handle(WEBHOOK_DELIVER, around.body(WEBHOOK_DELIVER))

    assert around.harness.outcomes == [Outcome.DEFERRED]
    assert "pii1q" not in json.dumps(around.harness.dynamodb.items), "what is known of the endpoint names it"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500])
@pytest.mark.parametrize(
    "event_type", [each for each in CATALOGUE if Needs.CRM in each.needs], ids=lambda event_type: event_type.name
)
def test_a_crm_that_refuses_leaves_no_trace_of_what_it_was_asked(
    around: Surroundings, event_type: EventType[Any], status: int
) -> None:
    around.status = status

    around.handle(event_type, around.body(event_type))

    assert len(around.harness.lines) == 1


def test_the_templates_of_an_invitation_name_nobody_when_they_lack_a_value(around: Surroundings) -> None:
    around.handle(USER_INVITED, around.body(USER_INVITED))
    (mail,) = around.harness.events.published
    message = json.loads(mail["Detail"])
    del message["payload"]["values"]["inviter"]

    around.handle(EMAIL_SEND, json.dumps(message))

    assert around.harness.lines[-1]["detail"] == "template user_invitation: inviter: is missing"


def test_each_function_that_was_tried_here_is_the_deployed_one() -> None:
    assert [handler_of(each).event_type for each in CATALOGUE] == list(CATALOGUE)
