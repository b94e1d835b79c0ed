"""Follow-ups of an event about an earlier message, and sentences about what an event says."""

import json
from collections.abc import Iterator
from typing import Any

from lambdas.common.follow_ups import Cause, Emit, FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload, Reference
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import message

JOB = "7f3c1a52-0000-4000-8000-000000000001"
CHAIN = "7f3c1a52-0000-4000-8000-000000000002"


class Outcome(Payload):
    """The outcome of a job."""

    job: Reference


class Report(Payload):
    """Another system's report about a job, with a number of its own."""

    number: int


OUTCOME = EventType("test.outcome", Outcome, Kind.REACTION)
REPORT = EventType("test.report", Report, Kind.REACTION, emits={OUTCOME})


@reaction(REPORT)
def handle(report: Message[Report]) -> Iterator[FollowUp]:
    yield Note("bounced: the mailbox is unknown")
    yield Emit(OUTCOME, Outcome(company_id=report.company_id, job=JOB), cause=Cause("test.job", JOB, CHAIN))


def published(harness: FunctionHarness, report: dict[str, Any], **more: Any) -> dict[str, Any]:
    before = len(harness.events.published)
    handle.process(sqs_event(json.dumps(message(REPORT.name, report, **more))), FakeContext(), harness.runtime())
    (entry,) = harness.events.published[before:]
    found: dict[str, Any] = json.loads(entry["Detail"])
    return found


def test_a_follow_up_continues_the_chain_of_its_cause() -> None:
    outcome = published(FunctionHarness(), {"number": 1}, hops=2)

    assert (outcome["causationId"], outcome["correlationId"], outcome["hops"]) == (JOB, CHAIN, 3)


def test_two_reports_of_one_fact_have_one_follow_up() -> None:
    harness = FunctionHarness()

    first = published(harness, {"number": 1}, id="report-1")
    second = published(harness, {"number": 2}, id="report-2")

    assert first["id"] == second["id"]


def test_the_same_report_to_two_tenants_has_two_follow_ups() -> None:
    harness = FunctionHarness()

    first = published(harness, {"number": 1})
    second = published(harness, {"number": 1, "companyId": "1c8e5d3f-7a2b-4e6d-9f0a-2b4c6d8e0f12"})

    assert first["id"] != second["id"]


def test_a_note_is_the_detail_of_the_log_line() -> None:
    harness = FunctionHarness()

    published(harness, {"number": 1})

    (line,) = (json.loads(each) for each in harness.log if '"outcome"' in each)
    assert (line["outcome"], line["detail"]) == ("succeeded", "bounced: the mailbox is unknown")
