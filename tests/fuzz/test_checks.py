"""Each check sees the fault that it is for."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.loop import BatchResponse
from lambdas.common.clients import scheduler
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.clients.sms import Sms
from lambdas.common.handlers import Handler, job
from lambdas.common.ingress import Ingress
from lambdas.queue_processor.handler import handler as ingress
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import Alert
from lambdas.webhook_deliver.posting import Webhooks
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_CREATED
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.message import AnyMessage, Message
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER
from tests.fakes.function import DEAD_LETTER_QUEUE, World, sqs_record
from tests.fuzz import console, slack
from tests.fuzz.conservation import conserved
from tests.fuzz.consumers import at_its_function
from tests.fuzz.ingress import at_the_ingress
from tests.fuzz.seeds import valid
from tests.fuzz.targets import SLACK
from tests.messages import booking, text
from tests.unit.ops.console.console_fakes import KEY, PORT


def at_work(event_type: EventType[Any]) -> None:
    """Let its function handle a good message."""
    came = [sqs_record(valid()[event_type.name][0])]
    at_its_function(event_type, came, Random(1))  # noqa: S311 the same answers in each run


class Swallowing(Ingress):
    """An ingress that says that it routed, and did not."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        return DoneDecision(Outcome.ROUTED)


class Trimming(Ingress):
    """An ingress that publishes another text than came."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        return super().run(message, body.replace(" ", ""))


@pytest.mark.parametrize("faulty", [Swallowing, Trimming])
def test_what_is_not_published_as_it_came_is_seen(faulty: type[Ingress], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.ingress.ingress", faulty(ingress.decide))

    with pytest.raises(AssertionError):
        at_the_ingress([sqs_record(BODY)])


BODY = text(booking(id="b-1"))


@pytest.mark.parametrize(
    ("outcomes", "letters", "left", "seen"),
    [
        ([], [], [], "no outcome"),
        (["dead_lettered"], [], [], "as it came"),
        (["dead_lettered"], [f" {BODY}"], [], "as it came"),
        (["dead_lettered", "dead_lettered"], [BODY], [], "two outcomes"),
        (["deferred"], [], [], "on its way"),
        (["succeeded"], [], ["m-1"], "stays on the queue"),
        (["succeeded"], [BODY], [], "as it came"),
    ],
)
def test_what_is_lost_changed_or_told_twice_is_seen(
    outcomes: list[str], letters: list[str], left: list[str], seen: str
) -> None:
    world = World()
    world.log += [f'{{"outcome":"{each}","sqs_message_id":"m-1","reason":"loop"}}' for each in outcomes]
    world.sqs.sent[DEAD_LETTER_QUEUE] = [{"MessageBody": each} for each in letters]
    answer: BatchResponse = {"batchItemFailures": [{"itemIdentifier": each} for each in left]}

    with pytest.raises(AssertionError, match=seen):
        conserved([sqs_record(BODY)], answer, world)


@pytest.mark.parametrize("markup", ["<!channel>", "<https://evil.test|Dashboard>", "a & b"])
def test_markup_that_is_not_escaped_is_seen(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.slack_notifier.slack.mrkdwn._ESCAPES", {})

    with pytest.raises(AssertionError, match="markup"):
        slack.told([SLACK.seeds[0].replace("SES did not answer", markup)])


class Forgetful(Digest):
    """A digest that deletes all alerts but those of one cause, told to nobody."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        super().add(alert, sqs_message_id=sqs_message_id, handle=handle)
        for key in list(self.causes)[1:]:
            next(iter(self.causes.values())).handles += self.causes.pop(key).handles


class Silent(Digest):
    """A digest to which no alarm is news."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        super().add(alert, sqs_message_id=sqs_message_id, handle=handle)
        for alarm in self.alarms.values():
            self.unreadable.handles += alarm.handles
        self.alarms.clear()


class Repetitive(Digest):
    """A digest that counts an alert as often as SQS delivers it."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        self._alert_ids.clear()
        super().add(alert, sqs_message_id=sqs_message_id, handle=handle)


@pytest.mark.parametrize(
    ("faulty", "seen"),
    [(Forgetful, "causes are untold"), (Silent, "alarms are untold"), (Repetitive, "dead letters are told of once")],
)
def test_an_alert_that_nobody_is_told_of_or_twice_is_seen(
    faulty: type[Digest], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = [*SLACK.seeds, SLACK.seeds[0], "neither"]
    slack.told(alerts)
    monkeypatch.setattr("lambdas.slack_notifier.handler.Digest", faulty)

    with pytest.raises(AssertionError, match=seen):
        slack.told(alerts)


def test_a_card_that_slack_refuses_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.unit.functions.slack_notifier.slack_fakes.problems", lambda _payload: ["too many blocks"]
    )

    with pytest.raises(AssertionError, match="a card"):
        slack.told(SLACK.seeds[:1])


def test_a_defect_of_the_console_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ops.console.pages.overview.sparkline", broken)

    with pytest.raises(AssertionError, match="defect"):
        console.asked(console.SEEDS[0])


def test_an_answer_without_its_headers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.console.HEADERS", {"X-Frame-Options": "DENY", "X-New": "1"})

    with pytest.raises(AssertionError):
        console.asked(console.SEEDS[0])


def test_a_stranger_who_gets_in_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.console.access.AccessControl._is_key", lambda *_: True)

    with pytest.raises(AssertionError, match="stranger"):
        console.asked(console.SEEDS[0].replace(KEY, "wrong"))


@pytest.mark.parametrize("place", ["//evil.test", "https://evil.test/", "evil.test"])
def test_an_answer_that_leads_away_is_seen(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.console.app.quote", lambda _path: place)

    with pytest.raises(AssertionError, match="leads away"):
        console.asked(f"GET /?key={KEY}\nHost: localhost:{PORT}\n\n")


def test_what_a_function_emits_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.consumers.BY_NAME", {})

    with pytest.raises(AssertionError, match="emits what its function refuses"):
        at_work(BOOKING_CREATED)


def test_what_a_function_schedules_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    of_good = scheduler._request  # noqa: SLF001 what EventBridge Scheduler gets

    def request(*asked: Any) -> dict[str, Any]:
        good = of_good(*asked)
        return good | {"Target": good["Target"] | {"Input": "garbage"}}

    monkeypatch.setattr(scheduler, "_request", request)

    with pytest.raises(AssertionError, match="emits what its function refuses"):
        at_work(APPOINTMENT_CREATED)


@pytest.mark.parametrize(
    ("declared", "seen"),
    [
        (replace(BOOKING_CREATED, emits=set()), "booking.created. emits"),
        (replace(APPOINTMENT_CREATED, schedules={BOOKING_CREATED}), "schedules appointment.reminder"),
        (replace(APPOINTMENT_CREATED, schedules=set(), emits=APPOINTMENT_CREATED.schedules), "schedules appointment"),
    ],
)
def test_what_follows_without_being_declared_is_seen(declared: EventType[Any], seen: str) -> None:
    with pytest.raises(AssertionError, match=seen):
        at_work(declared)


@job(EMAIL_SEND)
def mails_with_headers(_message: Message[Any], ses: Ses) -> None:
    ses.send(Mail(to="a@b\nBcc:", subject="Hello", text="", html=""))


@job(EMAIL_SEND)
def mails_with_subjects(_message: Message[Any], ses: Ses) -> None:
    ses.send(Mail(to="ada@example.com", subject="Hello\r\nBcc: b@example.com", text="", html=""))


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
    ("careless", "seen"),
    [
        (mails_with_headers, "more than one address"),
        (mails_with_subjects, "a subject brings a header"),
        (texts_at_length, "longer than SNS takes"),
        (posts_with_headers, "a header brings another"),
        (posts_no_json, "JSONDecodeError"),
        (breaks_a_rule, "a fake's rule was broken"),
    ],
)
def test_what_no_mail_text_or_webhook_should_have_is_seen(
    careless: Handler[Any], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.consumers.handler_of", lambda _type: careless)

    with pytest.raises(AssertionError, match=seen):
        at_work(careless.event_type)
