"""A stage in memory, with everything that the console reads from AWS."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.fakes.stage import DEAD_LETTERS, QUEUE, SERVICE, FakeStage
from tests.messages import COMPANY

COUNT = 25
"""Dead letters of a full stage."""

ALL_IDS = {f"task-{number}" for number in range(COUNT)}
ADA = "ada@example.com"
"""Personal data."""


@dataclass
class ConsoleStage(FakeStage):
    """A stage on which sent messages can have an outcome."""

    def outcome(self, what: str, **fields: Any) -> None:
        """Log this outcome at once for each message that is sent from now on."""
        previous, known = self.sqs.after, {message.id for message in self.sqs.messages(QUEUE)}

        def after(operation: str) -> None:
            previous(operation)
            if operation == "send_message_batch":
                for message in self.sqs.messages(QUEUE):
                    if message.id not in known:
                        known.add(message.id)
                        line = {"message": what, "outcome": what, "sqs_message_id": message.id}
                        at = datetime.now(UTC)  # a sample is monitored by the machine's clock
                        stamp = self.clock.now().isoformat(timespec="milliseconds")
                        self.log(SERVICE, at, **line, timestamp=stamp, **fields)

        self.sqs.after = after


def message(**payload: Any) -> str:
    """Body of a valid message."""
    known = {"id": "task-1", "type": SERVICE, "timestamp": "2026-04-14T11:00:00Z", "attempts": 3, "zone": "b"}
    return json.dumps(known | {"payload": {"companyId": COMPANY} | payload})


def full_stage() -> ConsoleStage:
    """A stage with all dead letters."""
    stage = ConsoleStage()
    for number in range(COUNT):
        stage.add_dead_letter(number)
    return stage


def visible(stage: ConsoleStage) -> set[str]:
    """Ids of the dead letters that are visible in their queue."""
    return {json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)}
