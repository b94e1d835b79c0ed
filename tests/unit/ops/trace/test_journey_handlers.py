"""A journey of three generations through the real handlers: their log lines give every hop."""

import importlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.errors import PermanentError, RetryableError
from lambdas.queue_processor.handler import handler as ingress
from ops.stage.log_lines import parse_all
from ops.trace.announcements import MessageState
from ops.trace.journey import Node, journeys
from ops.trace.mails import MailState, mail_result
from schemas.catalogue import BY_NAME
from schemas.suppression import suppression_key
from tests.fakes.function import SUPPRESSION_KEY, FakeContext, FunctionHarness, redelivered, sqs_record
from tests.messages import COMPANY, message, report, text


@dataclass
class Mailbox:
    """SES with a list of failures, one for each next call."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)


@dataclass
class Chain:
    """Runs a message from the ingress, and delivers every follow-up and copy until none is left."""

    mailbox: Mailbox
    harness: FunctionHarness = field(default_factory=FunctionHarness)

    def __post_init__(self) -> None:
        self.harness.capabilities = {Ses: self.mailbox}

    def run(self, body: str) -> tuple[Node, ...]:
        ingress.process({"Records": [sqs_record(body)]}, FakeContext(), self.harness.runtime())
        while self.harness.events.published or self.harness.copies:
            self._deliver_next()
        return self.journeys()

    def report(self, event_type: str, **event: Any) -> tuple[Node, ...]:
        """SES reports on the last mail; the jobs that follow from it stay in their queues."""
        sent = {"timestamp": "2026-04-14T14:00:30Z", "destination": [self.mailbox.sent[-1].to]}
        mail = sent | {"tags": {name: [value] for name, value in self.mailbox.sent[-1].tags.items()}}
        payload = {"companyId": COMPANY, "sesEvent": {"eventType": event_type, "mail": mail, **event}}
        self._handle("ses.event", sqs_record(text(message("ses.event", payload, id="report-of-ses"))))
        (outcome,) = self.harness.events.published
        self._handle(outcome["DetailType"], sqs_record(outcome["Detail"], message_id="sqs-outcome"))
        return self.journeys()

    def journeys(self) -> tuple[Node, ...]:
        return journeys(parse_all((line, 0) for line in self.harness.log))

    def _deliver_next(self) -> None:
        number = len(self.harness.log)
        if self.harness.copies:
            copy = self.harness.copies.pop(0)
            self.harness.now += timedelta(seconds=copy.get("DelaySeconds", 0))
            self._handle("email.send", redelivered(copy, message_id=f"sqs-{number}"))
        else:
            event = self.harness.events.published.pop(0)
            self.harness.now += timedelta(milliseconds=25)
            self._handle(event["DetailType"], sqs_record(event["Detail"], message_id=f"sqs-{number}"))

    def _handle(self, type_name: str, record: object) -> None:
        handler = importlib.import_module(f"lambdas.{BY_NAME[type_name].folder}.handler").handler
        handler.process({"Records": [record]}, FakeContext(), self.harness.runtime())


GENERATED = report() | {"type": "report.generated", "id": "report-1"}


def shape(node: Node) -> tuple[str, list[tuple[str, int | None]], list[object]]:
    """A node's type, its hops with their attempts, and the same for its children."""
    return (
        node.type,
        [(hop.last.what, hop.last.attempt) for hop in node.hops],
        [shape(child) for child in node.children],
    )


def test_three_generations_and_two_retries_show_every_hop() -> None:
    chain = Chain(Mailbox([RetryableError("SES throttles"), RetryableError("SES is down", retry_after=20)]))

    (root,) = chain.run(text(GENERATED))

    assert shape(root) == (
        "report.generated",
        [("routed", 1), ("succeeded", 1)],
        [
            (
                "report.ready",
                [("succeeded", 1)],
                [("email.send", [("retrying", 1), ("retrying", 2), ("succeeded", 3)], [])],
            )
        ],
    )
    (mail,) = root.children[0].children
    first, second, third = (hop.last for hop in mail.hops)
    assert (first.error, first.detail) == ("RetryableError", "SES throttles")
    assert (second.detail, second.delay) == ("SES is down", 20)
    assert third.at - second.at >= timedelta(seconds=20)
    assert len({line.key for _, node in root.walk() for line in node.lines}) == 3


def test_a_dead_letter_has_its_reason() -> None:
    chain = Chain(Mailbox([PermanentError("SES suspended the account")]))

    (root,) = chain.run(text(GENERATED))

    last = root.children[0].children[0].hops[-1].last
    assert (last.what, last.reason, last.detail) == ("dead_lettered", "permanent", "SES suspended the account")
    assert last.fingerprint


def test_a_follow_up_without_a_line_is_published() -> None:
    chain = Chain(Mailbox())
    chain.run(text(GENERATED))
    halfway = [line for line in chain.harness.log if '"service":"email.send"' not in line]

    (root,) = journeys(parse_all((line, 0) for line in halfway))

    (mail,) = root.children[0].children
    assert (mail.state, mail.hops, mail.type) == (MessageState.PUBLISHED, (), "")


def test_a_message_refused_at_the_ingress_has_one_hop() -> None:
    (root,) = Chain(Mailbox()).run("{")

    assert (root.id, [hop.last.reason for hop in root.hops]) == ("m-1", ["invalid_json"])


def test_what_ses_reports_is_below_the_mail_and_named_at_it() -> None:
    chain = Chain(Mailbox())
    chain.run(text(GENERATED))

    (root, _) = chain.report("Delivery", delivery={"timestamp": "2026-04-14T14:00:33.512Z"})

    (mail,) = root.children[0].children
    (outcome,) = mail.children
    assert (outcome.type, outcome.hops[-1].last.detail) == ("email.delivered", "delivered 14:00:33")
    assert mail_result(mail) == (MailState.DELIVERED, "delivered 14:00:33")


def test_a_mail_that_bounced_says_why() -> None:
    chain = Chain(Mailbox())
    chain.run(text(GENERATED))
    bounce = {"bounceType": "Permanent", "bounceSubType": "NoEmail", "timestamp": "2026-04-14T14:00:33Z"}

    (root, _) = chain.report("Bounce", bounce=bounce | {"bouncedRecipients": [{"emailAddress": "ada@example.com"}]})

    assert mail_result(root.children[0].children[0]) == (MailState.BOUNCED, "bounced: the mailbox is unknown")


def test_a_mail_to_a_suppressed_address_says_that_it_was_skipped() -> None:
    chain = Chain(Mailbox())
    key = suppression_key(SUPPRESSION_KEY.encode(), COMPANY, "ada@example.com")
    expiration = str(int((chain.harness.now + timedelta(days=1)).timestamp()))
    item = {"id": {"S": key}, "suppression": {"S": "bounced"}, "expiration": {"N": expiration}}
    chain.harness.dynamodb.items[key] = item

    (root,) = chain.run(text(GENERATED))

    result = mail_result(root.children[0].children[0])
    assert result
    assert result.sentence.startswith("skipped: suppressed: ")
    assert chain.mailbox.sent == []
