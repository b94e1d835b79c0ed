"""A stage in which a booking was accepted an hour ago, and what `conserve` finds in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ops.conserve.conserve import Check, Conservation
from schemas.names import AUDIT, DEAD_LETTER_KEEPER, QUEUE_PROCESSOR, resource_name
from tests.fakes.service import NOON
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import COMPANY

HOUR_AGO = NOON - timedelta(hours=1)


@dataclass
class ConservedStage:
    """A stage and its log lines, each about one message; a message's id begins with its type."""

    stage: FakeStage = field(default_factory=lambda: FakeStage("dev", OF_ALL_TYPES))

    def log(self, outcome: str, an_id: str, at: datetime = HOUR_AGO, **fields: Any) -> None:
        """Write a function's line; `service` and `sqs_message_id` can be given."""
        type_name = fields.pop("type", "") or an_id.rpartition("-")[0]
        service = fields.pop("service", QUEUE_PROCESSOR if outcome == "routed" else type_name)
        sqs = fields.pop("sqs_message_id", f"{service} {an_id}")
        self.stage.log(
            service,
            at,
            outcome=outcome,
            id=fields.pop("id", an_id),
            type=type_name,
            company_id=fields.pop("company_id", COMPANY),
            sqs_message_id=sqs,
            **fields,
        )

    def renew(self, an_id: str, at: datetime = HOUR_AGO) -> None:
        """Write the line of the dead-letter keeper about a message."""
        line = {"message": "renewed", "type": an_id.rpartition("-")[0], "id": an_id, "company_id": COMPANY}
        self.stage.log(DEAD_LETTER_KEEPER, at, **line)

    def act(self, action: str, an_id: str, at: datetime = HOUR_AGO, **fields: Any) -> None:
        """Write a line of the audit log, which names the service instead of the type."""
        line = {"message": action, "service": an_id.rpartition("-")[0], "id": an_id, "company_id": COMPANY, **fields}
        self.stage.logs.write(resource_name("dev", AUDIT), at, **line)

    def hold(self, service: str, messages: int = 1) -> None:
        """Put messages into a service's queue."""
        for _ in range(messages):
            self.stage.sqs.put(self.stage.queue_url(service), "{}")

    def check(
        self,
        *,
        since: timedelta = timedelta(hours=24),
        until: datetime = NOON,
        sleep: Callable[[float], None] | None = None,
    ) -> Conservation:
        return Check(
            stage=self.stage.deployed,
            since=NOON - since,
            until=until,
            grace=timedelta(minutes=10),
            now=self.stage.clock.now,
            sleep=sleep or self.stage.clock.sleep,
        ).run()

    def named(self) -> list[str]:
        """The ids that a check names."""
        result = self.check()
        lost = [message.finding.id for each in result.candidates for message in each.messages]
        return lost + [each.id for each in result.accounts.doubled]
