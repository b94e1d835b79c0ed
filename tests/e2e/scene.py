"""The deployed system that all end-to-end tests share, and its records."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from local.checks.expectations import expected_outcomes, found_outcomes, outcome_differences, redelivered
from local.checks.records import StageRecords
from local.emulator.deployment import STAGE
from local.polling import poll
from local.stage import LocalStage
from local.standins.crm.state import CrmCall
from local.standins.ses.mail import SentMail
from local.standins.webhooks.state import Post
from local.traffic.corruptions import Corruption
from local.traffic.duplicates import Duplication
from local.traffic.mix import Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication, publish
from ops.dead_letters.dead_letter import DeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.activities import ACTIVITY_RECORD
from schemas.causes import FINGERPRINT, SERVICE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.names import CAUSES, resource_name
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER

T = TypeVar("T")

_SECONDS = 150
"""The deadline: on a busy machine a message is redelivered after six times its function's timeout, perhaps twice."""


@dataclass(frozen=True)
class Scene:
    """The stage and the records of everything that was published to it."""

    stage: LocalStage
    records: StageRecords
    traffic: Traffic = field(default_factory=lambda: Traffic(seed=11))
    numbers: "count[int]" = field(default_factory=count)

    def publish(
        self,
        case: Case,
        door: PublicationDoor = PublicationDoor.QUEUE,
        *,
        corruption: Corruption | None = None,
        **fields: Any,
    ) -> AcceptedPublication:
        """Publish a message of this case; the stand-ins get its data first."""
        return self.send(self._create(case, door, corruption, fields))

    def publish_ten(self, case: Case, door: PublicationDoor) -> list[AcceptedPublication]:
        """Publish ten messages of this case in one call."""
        (batch,) = publish(self.stage, [self._create(case, door, None, {}) for _ in range(10)])
        self.records.add(batch)
        return batch

    def record_activity(self, subject: str, company: str, **fields: Any) -> AcceptedPublication:
        """Publish one job to the ingress queue, as a service does after a failed attempt."""
        return self.send(_activity(subject, company, **fields))

    def record_activities(self, count: int) -> list[AcceptedPublication]:
        """Publish jobs of a new tenant to the ingress queue, ten in each call."""
        company = str(uuid4())
        accepted = []
        for batch in publish(self.stage, [_activity(str(uuid4()), company) for _ in range(count)]):
            self.records.add(batch)
            accepted += batch
        return accepted

    def publish_message(
        self, event_type: EventType[Any], payload: Mapping[str, Any], *, subject: str, **fields: Any
    ) -> AcceptedPublication:
        """Publish a message with this payload to the ingress queue."""
        return self.send(_publication(event_type, payload, subject=subject, **fields))

    def publish_second(self, first: AcceptedPublication, duplication: Duplication) -> AcceptedPublication:
        """Publish a second message that repeats or contradicts the first."""
        return self.send(duplication(first.publication))

    def send(self, publication: Publication) -> AcceptedPublication:
        """Publish a message and add it to the records."""
        (batch,) = publish(self.stage, [publication])
        self.records.add(batch)
        return batch[0]

    def mails_of(self, jobs: Collection[LogLine]) -> list[SentMail]:
        """The mails that these jobs sent."""
        ids = {line.id for line in jobs if line.service == EMAIL_SEND.name}
        return [mail for mail in self.stage.ses.state.mails() if mail.message_id in ids]

    def texts_to(self, accepted: AcceptedPublication) -> list[str]:
        """The text messages to the phone number of an appointment's customer, which no other message has."""
        return [sent.text for sent in self.stage.emulator.texts() if sent.to == accepted.publication.phone]

    def calls_about(self, accepted: AcceptedPublication) -> tuple[CrmCall, ...]:
        """The CRM calls about the booking, appointment or payment, without those about what became of its mails."""
        calls = self.stage.crm.state.calls_about(accepted.publication.subject)
        return tuple(call for call in calls if not str(call.body.get("activity")).startswith("email."))

    def schedule(self, key: str) -> PendingSchedule | None:
        """The pending schedule with this key."""
        return self.records.schedule_group.find(key)

    def lines(self, condition: Callable[[LogLine], bool], *, what: str, service: str = "") -> list[LogLine]:
        """The outcome lines that meet the condition, as soon as there is one; of one function, if that is known."""
        return self.eventually(lambda: [line for line in self.records.lines(service) if condition(line)], what=what)

    def outcome_at(self, id_: str, service: str) -> LogLine:
        """The final outcome at one function of a message or of one of its follow-ups."""

        def is_it(line: LogLine) -> bool:
            return line.service == service and line.final and id_ in {line.id, line.causation_id}

        return self.lines(is_it, what=f"a final outcome of {id_} at {service}", service=service)[0]

    def outcome_of(self, accepted: AcceptedPublication) -> LogLine:
        """The final outcome of a message at its type's function."""
        return self.outcome_at(accepted.id, accepted.publication.type)

    def follow_ups_of(self, decided: LogLine) -> list[LogLine]:
        """The final outcomes of all follow-ups of a reaction."""
        if not decided.follow_ups:
            return []

        def all_final() -> list[LogLine] | None:
            final = [line for line in self.records.lines() if line.id in decided.follow_ups and line.final]
            return final if {line.id for line in final} == set(decided.follow_ups) else None

        return self.eventually(all_final, what=f"the final outcomes of all follow-ups of {decided.id}")

    def chain_of(self, item: AcceptedPublication) -> list[LogLine]:
        """The final outcomes of a message, of its follow-ups, and of theirs."""
        chain, decided = [], [self.outcome_of(item)]
        while decided:
            chain += decided
            decided = [line for each in decided for line in self.follow_ups_of(each)]
        return chain

    def completed(self, *accepted: AcceptedPublication) -> list[LogLine]:
        """The lines of the messages' chains without deferrals, as soon as all expected outcomes are logged.

        SES's reports about the mails are among them.
        """
        expected = expected_outcomes(item.publication for item in accepted)
        chains = {item.id for item in accepted}

        def all_logged() -> list[LogLine] | None:
            read = self.records.lines()
            chain = [line for line in read if line.correlation_id in chains]
            reports = self.records.report_ids(chain)
            lines = [*chain, *(line for line in read if line.id in reports)]
            return lines if not expected - found_outcomes(lines, 0) else None

        lines = self.eventually(all_logged, what=f"the expected outcomes of {', '.join(chains)}: {dict(expected)}")
        assert outcome_differences(expected, found_outcomes(lines, 0), redelivered=redelivered(lines)) == []
        return [line for line in lines if line.what is not Outcome.DEFERRED]

    def posts_of(self, jobs: Collection[LogLine]) -> list[Post]:
        """The webhooks that these jobs posted."""
        ids = {line.id for line in jobs if line.service == WEBHOOK_DELIVER.name}
        return [post for post in self.stage.receiver.state.posts() if post.webhook_id in ids]

    def dead_letter(self, service: str, condition: Callable[[DeadLetter], bool]) -> DeadLetter:
        """A dead letter of a type or of the ingress, or an unrouted message, as soon as there is one."""

        def matching() -> list[DeadLetter]:
            return [each for each in self.records.dead_letters_of(service) if condition(each)]

        return self.eventually(matching, what=f"a dead letter of {service}")[0]

    def forget_causes(self) -> None:
        """Let the notifier forget the causes of dead letters, so that each that comes is new."""
        dynamodb, table = self.stage.endpoint.client("dynamodb"), resource_name(STAGE, CAUSES)
        for item in dynamodb.scan(TableName=table)["Items"]:
            dynamodb.delete_item(TableName=table, Key={name: item[name] for name in (FINGERPRINT, SERVICE)})

    def eventually(self, condition: Callable[[], T | None], *, what: str) -> T:
        """Poll until the condition returns a true value, and return that value."""
        return poll(condition, what=what, seconds=_SECONDS)

    def _create(
        self, case: Case, door: PublicationDoor, corruption: Corruption | None, fields: Mapping[str, Any]
    ) -> Publication:
        created = self.traffic.publication(case, door, number=next(self.numbers), corruption=corruption, **fields)
        self.stage.prepare(created.facts)
        return created


def message(body: str) -> dict[str, Any]:
    """The fields of a body."""
    return dict(json.loads(body))


def outcomes(lines: Collection[LogLine]) -> list[tuple[str, str]]:
    """Function and outcome of each line, sorted."""
    return sorted((line.service, line.what) for line in lines)


def _activity(subject: str, company: str, **fields: Any) -> Publication:
    payload = {
        "companyId": company,
        "activity": "booking.created",
        "subjectId": subject,
        "summary": "Haircut with Grace",
        "occurredAt": "2026-04-14T14:00:00Z",
    }
    return _publication(ACTIVITY_RECORD, {**payload, **fields.pop("payload", {})}, subject=subject, **fields)


def _publication(event_type: EventType[Any], payload: Mapping[str, Any], *, subject: str, **fields: Any) -> Publication:
    message = {
        "id": str(uuid4()),
        "type": event_type.name,
        "payload": payload,
        "timestamp": datetime.now(UTC).isoformat(),
        "attempts": 1,
        **fields,
    }
    return Publication(
        door=PublicationDoor.QUEUE,
        type=event_type.name,
        body=json.dumps(message, ensure_ascii=False),
        company_id=str(payload["companyId"]),
        id=str(message["id"]),
        subject=subject,
        outcomes=(),
    )
