"""A journey of three generations through the real handlers: their log lines give every hop."""

import importlib
from dataclasses import dataclass, field
from datetime import timedelta

from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.errors import PermanentError, RetryableError
from lambdas.queue_processor.handler import handler as ingress
from ops.stage.log_lines import parse_all
from ops.trace.journey import MessageState, Node, journeys
from schemas.catalogue import BY_NAME
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_record
from tests.messages import report, text


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
