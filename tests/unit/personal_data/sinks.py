"""All places where a function, the notifier and people's tools tell of messages, as far as text can leak there."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from ops.dead_letters.causes import cause_lines
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.next_step import next_step
from ops.dead_letters.record import display_record, summary
from ops.dead_letters.search import FoundDeadLetter
from ops.dead_letters.view import _line as list_line
from ops.dead_letters.view import _lines as show_lines
from ops.pauses.report import _tried as try_lines
from ops.pauses.report import _tried_record as try_record
from ops.pauses.try_message import TryResult
from ops.stage.audit_log import Audit
from ops.stage.log_lines import parse_all
from ops.terminal.output import show
from ops.trace.journey import journeys
from ops.trace.notifications import support_lines
from ops.trace.records import records
from ops.trace.tail import compact, record
from ops.trace.tree import text
from tests.fakes.function import NOW, FunctionHarness
from tests.fakes.logs import FakeLogs
from tests.unit.functions.slack_notifier.slack_fakes import NotifierHarness


def told(harness: FunctionHarness) -> Iterator[str]:
    """Everything that is told of what happened in a harness: all but messages themselves, and what they go out as."""
    yield from attributes(harness)
    yield from told_apart_from_messages(harness)


def told_apart_from_messages(harness: FunctionHarness) -> Iterator[str]:
    """Of that, what does not lie beside the message, as its attributes do."""
    yield from harness.log
    yield from (json.dumps(item, default=str) for item in harness.dynamodb.items.values())
    yield from (
        json.dumps({**schedule, "Target": None}, default=str) for schedule in harness.scheduler.schedules.values()
    )
    yield from (json.dumps(entry, default=str, ensure_ascii=False) for entry in harness.events.alerts)
    yield from _slack(harness)
    yield from _ops(harness)


def attributes(harness: FunctionHarness) -> Iterator[str]:
    """Histories, biographies and reasons, on whatever queue."""
    for entries in harness.sqs.sent.values():
        for entry in entries:
            yield from (value["StringValue"] for value in entry.get("MessageAttributes", {}).values())


def _slack(harness: FunctionHarness) -> Iterator[str]:
    """Cards, the notifier's log, and the mail that takes the cards' place where Slack is off."""
    alerts = [entry["Detail"] for entry in harness.events.alerts]
    on, off = NotifierHarness(), NotifierHarness(secret="none")  # noqa: S106 no secret: it says that there is none
    for scene in (on, off):
        scene.send(*alerts)
        scene.run()
        yield from scene.log
    assert bool(on.slack.posted) == bool(off.sns.published) == bool(alerts), "what is not told cannot leak"
    yield from (json.dumps(posted, ensure_ascii=False) for posted in on.slack.posted)
    yield from (json.dumps(mail, ensure_ascii=False) for mail in off.sns.published)
    yield from (json.dumps(item) for item in on.dynamodb.causes.values())


def _ops(harness: FunctionHarness) -> Iterator[str]:
    """What an operator sees without asking for a payload, and what the audit log keeps of it."""
    lines = parse_all((line, 0) for line in harness.log)
    yield from (compact(line).plain for line in lines)
    yield from (json.dumps(record(line), default=str) for line in lines)
    for line in lines:
        tried = TryResult(sqs_message_id=line.sqs_message_id, id=line.id, line=line)
        yield from (each.plain for each in try_lines(line.service, tried, "prod"))
        yield json.dumps(try_record(line.service, tried), default=str)
    trees = journeys(lines)
    yield from (each.plain for each in support_lines(trees, NOW))
    yield from (json.dumps(each, default=str) for each in records(trees, NOW))
    shown = io.StringIO()
    out = Console(file=shown, width=500)
    if trees:
        show(text(trees, asked=trees[0].id, stage="prod", now=NOW), (), to=out)
    found = [
        FoundDeadLetter("email.send", DeadLetter.of(_received(number, entry)))
        for number, entry in enumerate(harness.dead_letters)
    ]
    show(cause_lines(found), (), to=out)
    yield shown.getvalue()
    for each in found:
        whole = display_record(each, payload=False)
        yield from (json.dumps(record, default=str) for record in (whole, summary(each)))
        yield from (
            line.plain for line in (list_line(each), *show_lines(whole, next_step(each, "prod"), payload=False))
        )
    yield from _audited([each.dead_letter for each in found])


def _audited(letters: list[DeadLetter]) -> Iterator[str]:
    logs = FakeLogs()
    audit = Audit(logs=logs, log_group="audit", stream="s", service="email.send", who="arn", now=lambda: NOW)
    audit.write("discarded", (each.audited for each in letters))
    written = [event["message"] for batch in logs.batches for event in batch]
    assert len(written) == len(letters)
    yield from written


def _received(number: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A dead letter as `ReceiveMessage` gives it."""
    return {
        "MessageId": f"letter-{number}",
        "ReceiptHandle": f"handle-{number}",
        "Body": entry["MessageBody"],
        "Attributes": {"SentTimestamp": str(int(NOW.timestamp() * 1000))},
        "MessageAttributes": entry.get("MessageAttributes", {}),
    }
