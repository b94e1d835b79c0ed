"""A stage with an archive, and functions that do each message once per id, as the real ones do."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ops.redo.report import RedoRequest, redo
from ops.redo.selection import Criteria
from ops.stage.services import HOLDING_QUEUES
from schemas.names import ALERTS, QUEUE_PROCESSOR, REDO
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, FakeStage
from tests.messages import COMPANY, email

RUN = "run-1"
OTHERS = "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"
"""Another tenant."""

AN_HOUR_AGO = NOON - timedelta(hours=1)
TYPES = ("email.send", "activity.record", "booking.created", "payment.failed", "payment.retry", "ses.event")
PARTS = (*TYPES, QUEUE_PROCESSOR, *HOLDING_QUEUES, ALERTS, REDO)
COURSE = ({"State": "STARTING"}, {"State": "RUNNING"}, {"State": "COMPLETED"})


class RedoStage(FakeStage):
    """A stage whose archive and logs have messages; what is published is done once for each id."""

    def __init__(self, *, fails: frozenset[str] = frozenset()) -> None:
        """Fail messages to these people."""
        super().__init__(services=PARTS)
        self.fails = fails
        self.done: Counter[str] = Counter()
        """How often a side effect was carried out, by the recipient's address."""

        self.known: set[str] = set()
        """The ids that the guard remembers."""

        self.events.course = COURSE
        self.events.replayed = self.send_to_redo
        self.events.deliver = lambda entry: self.run(json.loads(entry["Detail"]))

    def send_to_redo(self, event: Mapping[str, Any]) -> None:
        """Deliver a replayed event, as the rule does."""
        self.sqs.put(self.queue_url(REDO), json.dumps(event))

    def has_done(self, message: Mapping[str, Any], at: datetime = AN_HOUR_AGO, **fields: Any) -> str:
        """Put a message into the archive, do it, and log its outcome; returns its id."""
        self.archive(message, at - timedelta(seconds=1))
        self.run(message, at, **fields)
        return str(message["id"])

    def archive(self, message: Mapping[str, Any], at: datetime) -> None:
        self.events.archived.append({"detail-type": message["type"], "detail": dict(message), "time": at})

    def run(self, message: Mapping[str, Any], at: datetime | None = None, **fields: Any) -> None:
        """Do a message as its function does."""
        to = message["payload"].get("to", {}).get("email", "")
        outcome = "duplicate" if message["id"] in self.known else "succeeded"
        if to in self.fails:
            outcome = "dead_lettered"
        elif outcome == "succeeded":
            self.done[to] += 1
            self.known.add(message["id"])
        self.outcome(message, outcome, at or self.clock.now(), **fields)

    def outcome(self, message: Mapping[str, Any], outcome: str, at: datetime, **fields: Any) -> None:
        """Log an outcome of a message."""
        ids = {"id": message["id"], "type": message["type"], "company_id": message["payload"]["companyId"]}
        chain = {
            "correlation_id": message.get("correlationId") or message["id"],
            "causation_id": message.get("causationId") or "",
        }
        self.log(message["type"], at, **{"outcome": outcome, **ids, **chain, **fields})

    def request(self, *ids: str, types: tuple[str, ...] = (), **fields: Any) -> RedoRequest:
        """Redo these messages, or those of types in the last two hours; without a question."""
        since = NOON - timedelta(hours=2)
        criteria = Criteria(ids=frozenset(ids), types=frozenset(types), since=since)
        return RedoRequest(
            **{
                "stage": self.deployed,
                "criteria": criteria,
                "read_since": since,
                "run": RUN,
                "comment": "wrong template",
                "yes": True,
                **fields,
            }
        )


def mail(number: int, **fields: Any) -> dict[str, Any]:
    """A mail to the person of this number."""
    message = email(id=f"mail-{number}", **fields)
    message["payload"]["to"]["email"] = address(number)
    return message


def address(number: int) -> str:
    return f"person-{number}@example.com"


def run(stage: RedoStage, request: RedoRequest) -> bool:
    return redo(request, now=stage.clock.now, sleep=stage.clock.sleep)


def published(stage: RedoStage) -> list[dict[str, Any]]:
    return [json.loads(entry["Detail"]) for entry in stage.events.published]


def dead_mail(stage: RedoStage, number: int, **changes: Any) -> str:
    """Dead-letter a mail of which the contract's values may be changed; returns its id."""
    message = mail(number)
    message["payload"] |= changes
    attributes = {
        name: {"DataType": "String", "StringValue": value}
        for name, value in {"reason": "permanent", "fingerprint": CAUSE}.items()
    }
    stage.sqs.put(stage.dead_letters_url("email.send"), json.dumps(message), attributes, COMPANY)
    stage.outcome(message, "dead_lettered", AN_HOUR_AGO, fingerprint=CAUSE, reason="permanent")
    return str(message["id"])
