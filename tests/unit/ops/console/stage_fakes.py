"""A stage in memory, with all that the console asks of AWS."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ops.stage.services import HOLDING_QUEUES
from schemas.names import ProcessingOutput
from tests.fakes.stage import DEAD_LETTERS, OF_ONE_TYPE, QUEUE, SERVICE, FakeStage, Outputs
from tests.messages import COMPANY

INGRESS_DEAD_LETTERS = "ingress dead letters"
LETTERS = 25
EVERYTHING = {f"task-{number}" for number in range(LETTERS)}
ADA = "ada@example.com"
"""Somebody's data."""


CONSOLE = {
    **OF_ONE_TYPE,
    "Messaging": {**OF_ONE_TYPE["Messaging"], **{key: f"{name} queue" for name, key in HOLDING_QUEUES.items()}},
    "Processing": {**OF_ONE_TYPE["Processing"], ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME: "ingress log"},
}
"""With all that the console asks."""


@dataclass
class ConsoleStage(FakeStage):
    """A stage whose functions can be let come to an end."""

    outputs: Outputs = field(default_factory=lambda: CONSOLE)

    def outcome(self, what: str, **fields: Any) -> None:
        """Let each message that is sent from now on come to this outcome at once."""
        told, known = self.sqs.after, {message.id for message in self.sqs.messages(QUEUE)}

        def after(operation: str) -> None:
            told(operation)
            if operation == "send_message_batch":
                for message in self.sqs.messages(QUEUE):
                    if message.id not in known:
                        known.add(message.id)
                        line = {"message": what, "outcome": what, "sqs_message_id": message.id}
                        at = datetime.now(UTC)  # it is by the machine's clock that a sample is watched
                        stamp = self.clock.now().isoformat(timespec="milliseconds")
                        self.log(SERVICE, at, **line, timestamp=stamp, **fields)

        self.sqs.after = after


def message(**payload: Any) -> str:
    """A body that is one."""
    known = {"id": "task-1", "type": SERVICE, "timestamp": "2026-04-14T11:00:00Z", "attempts": 3, "zone": "b"}
    return json.dumps(known | {"payload": {"companyId": COMPANY} | payload})


def buried() -> ConsoleStage:
    """With all of them dead."""
    stage = ConsoleStage()
    for number in range(LETTERS):
        stage.bury(number)
    return stage


def visible(stage: ConsoleStage) -> set[str]:
    """The ids of those that others see where they lie."""
    return {json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)}
