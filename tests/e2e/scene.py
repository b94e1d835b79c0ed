"""What the cases share: one deployed system, its doors, and its books."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from local.checks.expectations import differences, found, redelivered
from local.checks.records import StageRecords
from local.emulator.emulator import SentMail
from local.polling import poll
from local.stage import LocalStage
from local.standins.crm.state import Call
from local.standins.webhooks.state import Post
from local.traffic.mix import Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication, publish
from local.traffic.variations import Repeat, Spoil
from ops.dead_letters.dead_letter import DeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER

T = TypeVar("T")

_SECONDS = 150
"""A function that is late on a busy machine is waited for six times its timeout, perhaps more than once."""


@dataclass(frozen=True)
class Scene:
    """The stage, and everything that was published to it."""

    stage: LocalStage
    ledger: StageRecords
    traffic: Traffic = field(default_factory=lambda: Traffic(seed=11))
    numbers: "count[int]" = field(default_factory=count)

    def publish(
        self, case: Case, door: PublicationDoor = PublicationDoor.QUEUE, *, spoil: Spoil | None = None, **fields: Any
    ) -> AcceptedPublication:
        """Let something happen: tell the CRM, and publish the message."""
        return self.hand_over(self._made(case, door, spoil, fields))

    def publish_ten(self, case: Case, door: PublicationDoor) -> list[AcceptedPublication]:
        """Let it happen ten times, in one call."""
        (batch,) = publish(self.stage, [self._made(case, door, None, {}) for _ in range(10)])
        self.ledger.enter(batch)
        return batch

    def record_activity(self, subject: str, company: str, **fields: Any) -> AcceptedPublication:
        """Publish one job by the ingress queue, as a service does that tried it itself before."""
        payload = {
            "companyId": company,
            "activity": "booking.created",
            "subjectId": subject,
            "summary": "Haircut with Grace",
            "occurredAt": "2026-04-14T14:00:00Z",
        }
        return self.tell(ACTIVITY_RECORD, {**payload, **fields.pop("payload", {})}, subject=subject, **fields)

    def tell(
        self, event_type: EventType[Any], payload: Mapping[str, Any], *, subject: str, **fields: Any
    ) -> AcceptedPublication:
        """Publish one message by the ingress queue, as it is."""
        message = {
            "id": str(uuid4()),
            "type": event_type.name,
            "payload": payload,
            "timestamp": datetime.now(UTC).isoformat(),
            "attempts": 1,
            **fields,
        }
        sent = Publication(
            door=PublicationDoor.QUEUE,
            type=event_type.name,
            body=json.dumps(message, ensure_ascii=False),
            company_id=str(payload["companyId"]),
            id=str(message["id"]),
            subject=subject,
            endings=(),
        )
        return self.hand_over(sent)

    def repeat(self, first: AcceptedPublication, repeat: Repeat) -> AcceptedPublication:
        """Publish what comes after a message."""
        return self.hand_over(repeat(first.publication))

    def hand_over(self, publication: Publication) -> AcceptedPublication:
        """Publish a message and enter it in the books."""
        (batch,) = publish(self.stage, [publication])
        self.ledger.enter(batch)
        return batch[0]

    def mails_of(self, jobs: Collection[LogLine]) -> list[SentMail]:
        """The mails that these jobs sent."""
        ids = {line.id for line in jobs if line.service == EMAIL_SEND.name}
        return [mail for mail in self.stage.emulator.mails() if mail.message_id in ids]

    def texts_to(self, accepted: AcceptedPublication) -> list[str]:
        """The texts to the phone of an appointment's customer, no other's."""
        return [sent.text for sent in self.stage.emulator.texts() if sent.to == accepted.publication.phone]

    def calls_about(self, accepted: AcceptedPublication) -> tuple[Call, ...]:
        """What the CRM was asked about the booking, appointment or payment."""
        return self.stage.crm.books.calls_about(accepted.publication.subject)

    def schedule(self, key: str) -> PendingSchedule | None:
        """What stands under a key."""
        return self.ledger.schedule_group.find(key)

    def lines(self, wanted: Callable[[LogLine], bool], *, what: str) -> list[LogLine]:
        """The outcome lines that are wanted, as soon as there is one."""
        return self.eventually(lambda: [line for line in self.ledger.lines() if wanted(line)], what=what)

    def concluded(self, id_: str, service: str) -> LogLine:
        """The final outcome at one function of a message, or of what followed from it."""

        def is_it(line: LogLine) -> bool:
            return line.service == service and line.final and id_ in {line.id, line.causation_id}

        return self.lines(is_it, what=f"a final outcome of {id_} at {service}")[0]

    def decided(self, accepted: AcceptedPublication) -> LogLine:
        """The final outcome of a message at its own function."""
        return self.concluded(accepted.id, accepted.publication.type)

    def followed(self, decided: LogLine) -> list[LogLine]:
        """The final outcomes of all that a reaction put on the bus."""
        if not decided.follow_ups:
            return []

        def all_ended() -> list[LogLine] | None:
            ended = [line for line in self.ledger.lines() if line.id in decided.follow_ups and line.final]
            return ended if {line.id for line in ended} == set(decided.follow_ups) else None

        return self.eventually(all_ended, what=f"the end of all that followed from {decided.id}")

    def came_true(self, *accepted: AcceptedPublication) -> list[LogLine]:
        """The lines of their chains, as soon as all is said that was foretold of them; a full house may defer."""
        foretold = Counter(ending for item in accepted for ending in item.publication.endings)
        chains = {item.id for item in accepted}

        def all_said() -> list[LogLine] | None:
            lines = [line for line in self.ledger.lines() if line.correlation_id in chains]
            return lines if not foretold - found(lines, 0) else None

        lines = self.eventually(all_said, what=f"what was foretold of {', '.join(chains)}: {dict(foretold)}")
        assert differences(foretold, found(lines, 0), redelivered=redelivered(lines)) == []
        return [line for line in lines if line.what is not Outcome.DEFERRED]

    def posts_of(self, jobs: Collection[LogLine]) -> list[Post]:
        """The webhooks that these jobs posted."""
        ids = {line.id for line in jobs if line.service == WEBHOOK_DELIVER.name}
        return [post for post in self.stage.receiver.books.posts() if post.webhook_id in ids]

    def letter(self, service: str, wanted: Callable[[DeadLetter], bool]) -> DeadLetter:
        """A dead letter of a type or of the ingress, or an unrouted one, as soon as it is there."""

        def look() -> list[DeadLetter]:
            return [letter for letter in self.ledger.letters_of(service) if wanted(letter)]

        return self.eventually(look, what=f"a dead letter of {service}")[0]

    def eventually(self, look: Callable[[], T | None], *, what: str) -> T:
        """What is there in the end."""
        return poll(look, what=what, seconds=_SECONDS)

    def _made(self, case: Case, door: PublicationDoor, spoil: Spoil | None, fields: Mapping[str, Any]) -> Publication:
        made = self.traffic.publication(case, door, number=next(self.numbers), spoil=spoil, **fields)
        self.stage.learn(made.facts)
        return made


def message(body: str) -> dict[str, Any]:
    """A body's fields."""
    return dict(json.loads(body))


def endings(lines: Collection[LogLine]) -> list[tuple[str, str]]:
    """How each ended, in the functions' order."""
    return sorted((line.service, line.what) for line in lines)
