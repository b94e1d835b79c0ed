"""Each check detects its faults."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from lambdas.common.batch import planning
from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.loop import BatchResponse
from lambdas.common.clients import scheduler
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.clients.sms import Sms
from lambdas.common.handlers import Handler, job
from lambdas.queue_processor.handler import handler as ingress
from lambdas.queue_processor.ingress import IngressHandler
from lambdas.slack_notifier.alerts.alarms import AlarmChanges
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import Alert
from lambdas.webhook_deliver.posting import Webhooks
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_CREATED
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.message import AnyMessage, Message
from schemas.problems import Refusal
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from tests.fakes.function import DEAD_LETTER_QUEUE, FunctionHarness, sqs_record
from tests.fuzz import console, slack
from tests.fuzz.conservation import check_conservation
from tests.fuzz.consumers import check_function
from tests.fuzz.ingress import check_ingress
from tests.fuzz.seeds import valid
from tests.fuzz.targets import SLACK
from tests.messages import booking, text
from tests.unit.ops.console.console_fakes import KEY, PORT


def check_valid_message(event_type: EventType[Any]) -> None:
    """Check a type's function with a valid message."""
    records = [sqs_record(valid()[event_type.name][0])]
    check_function(event_type, records, Random(1))


class Swallowing(IngressHandler):
    """An ingress that reports a message as routed without publishing it."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        return DoneDecision(Outcome.ROUTED)


class Trimming(IngressHandler):
    """An ingress that publishes a changed text."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        return super().run(message, body.replace(" ", ""))


@pytest.mark.parametrize("faulty", [Swallowing, Trimming])
def test_a_message_that_is_not_published_unchanged_is_detected(
    faulty: type[IngressHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.ingress.ingress", faulty(ingress.decide))

    with pytest.raises(AssertionError):
        check_ingress([sqs_record(BODY)])


BODY = text(booking(id="b-1"))


@pytest.mark.parametrize(
    ("outcomes", "dead_letters", "left", "finding"),
    [
        ([], [], [], "no outcome"),
        (["dead_lettered"], [], [], "unchanged"),
        (["dead_lettered"], [f" {BODY}"], [], "unchanged"),
        (["dead_lettered", "dead_lettered"], [BODY], [], "two outcomes"),
        (["deferred"], [], [], "has a copy"),
        (["succeeded"], [], ["m-1"], "stays on the queue"),
        (["succeeded"], [BODY], [], "unchanged"),
    ],
)
def test_a_lost_changed_or_repeated_message_is_detected(
    outcomes: list[str], dead_letters: list[str], left: list[str], finding: str
) -> None:
    harness = FunctionHarness()
    harness.log += [f'{{"outcome":"{each}","sqs_message_id":"m-1","reason":"loop"}}' for each in outcomes]
    harness.sqs.sent[DEAD_LETTER_QUEUE] = [{"MessageBody": each} for each in dead_letters]
    answer: BatchResponse = {"batchItemFailures": [{"itemIdentifier": each} for each in left]}

    with pytest.raises(AssertionError, match=finding):
        check_conservation([sqs_record(BODY)], answer, harness)


@pytest.mark.parametrize("markup", ["<!channel>", "<https://evil.test|Dashboard>", "a & b"])
def test_unescaped_markup_is_detected(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.slack_notifier.slack.mrkdwn._ESCAPES", {})

    with pytest.raises(AssertionError, match="markup"):
        slack.check_notifier([SLACK.seeds[0].replace("SES did not answer", markup)])


class Forgetful(Digest):
    """A digest that reports one cause only and deletes the alerts of all others."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        super().add(alert, sqs_message_id=sqs_message_id, handle=handle)
        for key in list(self.causes)[1:]:
            next(iter(self.causes.values())).handles += self.causes.pop(key).handles


class Silent(Digest):
    """A digest that takes no alarm for news."""

    def ranked_alarms(self) -> tuple[Sequence[AlarmChanges], Sequence[AlarmChanges]]:
        return (), ()

    @property
    def handles_without_card(self) -> Sequence[str]:
        return [handle for alarm in self.alarms.values() for handle in alarm.handles]


class Repetitive(Digest):
    """A digest that counts an alert once per delivery."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        self._alert_ids.clear()
        super().add(alert, sqs_message_id=sqs_message_id, handle=handle)


@pytest.mark.parametrize(
    ("faulty", "finding"),
    [
        (Forgetful, "a cause is missing"),
        (Silent, "an alarm is missing"),
        (Repetitive, "dead letters are counted once"),
    ],
)
def test_a_lost_or_repeated_alert_is_detected(
    faulty: type[Digest], finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = [*SLACK.seeds, SLACK.seeds[0], "neither"]
    slack.check_notifier(alerts)
    monkeypatch.setattr("lambdas.slack_notifier.handler.Digest", faulty)

    with pytest.raises(AssertionError, match=finding):
        slack.check_notifier(alerts)


def test_a_card_that_slack_refuses_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.unit.functions.slack_notifier.slack_fakes.problems", lambda _payload: ["too many blocks"]
    )

    with pytest.raises(AssertionError, match="a card"):
        slack.check_notifier(SLACK.seeds[:1])


def test_an_error_of_the_console_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ops.console.pages.overview.sparkline", broken)

    with pytest.raises(AssertionError, match="defect"):
        console.check_response(console.SEEDS[0])


def test_a_response_without_its_headers_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.console.HEADERS", {"X-Frame-Options": "DENY", "X-New": "1"})

    with pytest.raises(AssertionError):
        console.check_response(console.SEEDS[0])


def test_a_page_without_the_key_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.console.access.AccessControl._is_key", lambda *_: True)

    with pytest.raises(AssertionError, match="without the key"):
        console.check_response(console.SEEDS[0].replace(KEY, "wrong"))


@pytest.mark.parametrize("place", ["//evil.test", "https://evil.test/", "evil.test"])
def test_a_redirect_to_another_site_is_detected(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.console.app.quote", lambda _path: place)

    with pytest.raises(AssertionError, match="redirect to another site"):
        console.check_response(f"GET /?key={KEY}\nHost: localhost:{PORT}\n\n")


def test_an_invalid_emitted_message_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    garble_follow_ups(monkeypatch)

    with pytest.raises(AssertionError, match="emits a message that its function refuses"):
        check_valid_message(BOOKING_CREATED)


def garble_follow_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    original = planning._body  # noqa: SLF001 writes what is emitted

    monkeypatch.setattr(planning, "_body", lambda message: original(message).replace('"companyId":', '"company":'))


def nested(levels: int) -> str:
    """A fan-out whose event has arrays so deep."""
    fan_out = json.loads(valid()[WEBHOOK_FAN_OUT.name][0])
    fan_out["payload"]["data"] = {"deep": "@"}
    return json.dumps(fan_out).replace('"@"', "[" * levels + "]" * levels)


def test_a_follow_up_of_what_the_ingress_refuses_is_read_by_its_function() -> None:
    records = [sqs_record(nested(levels)) for levels in (61, 62)]

    read = [decode_strictly(record["body"], catalogue=BY_NAME) for record in records]

    assert [isinstance(each, Refusal) for each in read] == [False, True]
    for record in records:
        (line,) = check_function(WEBHOOK_FAN_OUT, [record], Random(1)).values()
        assert line["outcome"] == Outcome.SUCCEEDED


def test_an_invalid_follow_up_of_what_the_ingress_refuses_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    garble_follow_ups(monkeypatch)

    with pytest.raises(AssertionError, match="emits a message that its function refuses"):
        check_function(WEBHOOK_FAN_OUT, [sqs_record(nested(62))], Random(1))


def test_an_invalid_scheduled_message_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    original = scheduler._request  # noqa: SLF001 builds the request to EventBridge Scheduler

    def request(*arguments: Any) -> dict[str, Any]:
        valid_request = original(*arguments)
        return valid_request | {"Target": valid_request["Target"] | {"Input": "garbage"}}

    monkeypatch.setattr(scheduler, "_request", request)

    with pytest.raises(AssertionError, match="emits a message that its function refuses"):
        check_valid_message(APPOINTMENT_CREATED)


@pytest.mark.parametrize(
    ("declared", "finding"),
    [
        (replace(BOOKING_CREATED, emits=set()), "booking.created. emits"),
        (replace(APPOINTMENT_CREATED, schedules={BOOKING_CREATED}), "schedules appointment.reminder"),
        (replace(APPOINTMENT_CREATED, schedules=set(), emits=APPOINTMENT_CREATED.schedules), "schedules appointment"),
    ],
)
def test_an_undeclared_follow_up_is_detected(declared: EventType[Any], finding: str) -> None:
    with pytest.raises(AssertionError, match=finding):
        check_valid_message(declared)


@job(EMAIL_SEND)
def mails_with_headers(_message: Message[Any], ses: Ses) -> None:
    ses.send(Mail(to="a@b\nBcc:", subject="Hello", text="Hello", html="Hello"))


@job(EMAIL_SEND)
def mails_with_subjects(_message: Message[Any], ses: Ses) -> None:
    ses.send(Mail(to="ada@example.com", subject="Hello\r\nBcc: b@example.com", text="Hello", html="Hello"))


@job(SMS_SEND)
def texts_at_length(_message: Message[Any], sms: Sms) -> None:
    sms.send("+4930123456", "a" * 1_601)


@job(WEBHOOK_DELIVER)
def posts_with_headers(_message: Message[Any], webhooks: Webhooks) -> None:
    webhooks.post("https://a.example", b"{}", {"User-Agent": "Taly\r\nHost: b.example"})


@job(WEBHOOK_DELIVER)
def posts_no_json(_message: Message[Any], webhooks: Webhooks) -> None:
    webhooks.post("https://a.example", b"{", {})


@job(ACTIVITY_RECORD)
def breaks_a_rule(_message: Message[Any]) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("careless", "finding"),
    [
        (mails_with_headers, "not one address"),
        (mails_with_subjects, "must not have a line break"),
        (texts_at_length, "longer than SNS takes"),
        (posts_with_headers, "a header brings another"),
        (posts_no_json, "JSONDecodeError"),
        (breaks_a_rule, "a fake's rule was broken"),
    ],
)
def test_invalid_emails_texts_and_webhooks_are_detected(
    careless: Handler[Any], finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.consumers.handler_of", lambda _type: careless)

    with pytest.raises(AssertionError, match=finding):
        check_valid_message(careless.event_type)
