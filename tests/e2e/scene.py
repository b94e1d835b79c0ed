"""What the cases share: one deployed system, its doors, and its books."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from ops.local.crm_books import Call
from ops.local.demo import instruct
from ops.local.doors import Accepted, publish
from ops.local.emulator import SentMail
from ops.local.ledger import Ledger
from ops.local.letters import Letter
from ops.local.local_stage import LocalStage
from ops.local.outcomes import OutcomeLine
from ops.local.polling import poll
from ops.local.traffic import Bookings, Door, Fate, Publication
from schemas.activities import ACTIVITY_RECORD

T = TypeVar("T")

_SECONDS = 60
"""An activity's three attempts wait 5 and 10 s at most between them."""


@dataclass(frozen=True)
class Scene:
    """The stage, and everything that was published to it."""

    stage: LocalStage
    ledger: Ledger
    bookings: Bookings = field(default_factory=lambda: Bookings(seed=11))
    numbers: "count[int]" = field(default_factory=count)

    def book(self, door: Door, fate: Fate = Fate.CONFIRMED, **fields: Any) -> Accepted:
        """Publish one booking."""
        booking = self.bookings.booking(door, fate, number=next(self.numbers), **fields)
        instruct(self.stage.crm.books, [booking])
        return self.hand_over(booking)

    def record_activity(self, subject: str, company: str, **fields: Any) -> Accepted:
        """Publish one job by the ingress queue, as a service does that tried it itself before."""
        message = {
            "id": str(uuid4()),
            "type": ACTIVITY_RECORD.name,
            "payload": {
                "companyId": company,
                "activity": "booking.created",
                "subjectId": subject,
                "summary": "Haircut with Grace",
                "occurredAt": "2026-04-14T14:00:00Z",
            },
            "timestamp": "2026-04-14T14:00:00Z",
            "attempts": 1,
        }
        body = json.dumps(_merged(message, fields), ensure_ascii=False)
        sent = Publication(
            door=Door.QUEUE,
            fate=Fate.CONFIRMED,
            type=ACTIVITY_RECORD.name,
            body=body,
            company_id=company,
            id=str(message["id"]),
            booking_id=subject,
            email="",
        )
        return self.hand_over(sent)

    def book_ten(self, door: Door) -> list[Accepted]:
        """Publish ten bookings in one call."""
        bookings = [self.bookings.booking(door, number=next(self.numbers)) for _ in range(10)]
        (batch,) = publish(self.stage, bookings)
        self.ledger.enter(batch)
        return batch

    def hand_over(self, publication: Publication) -> Accepted:
        """Publish a message and enter it in the books."""
        (batch,) = publish(self.stage, [publication])
        self.ledger.enter(batch)
        return batch[0]

    def mails_of(self, accepted: Accepted) -> list[SentMail]:
        """The mails to a booking's customer."""
        return [mail for mail in self.stage.emulator.mails() if accepted.publication.email in mail.to]

    def calls_about(self, accepted: Accepted) -> tuple[Call, ...]:
        """What the CRM was asked about a booking."""
        return self.stage.crm.books.calls_about(accepted.publication.booking_id)

    def lines(self, wanted: Callable[[OutcomeLine], bool], *, what: str) -> list[OutcomeLine]:
        """The outcome lines that are wanted, as soon as there is one."""
        return self.eventually(lambda: [line for line in self.ledger.lines() if wanted(line)], what=what)

    def concluded(self, accepted: Accepted, service: str) -> OutcomeLine:
        """The final outcome of a booking's follow-up, or of the message itself, at one function."""

        def is_it(line: OutcomeLine) -> bool:
            return line.service == service and line.outcome.final and accepted.id in {line.id, line.causation_id}

        return self.lines(is_it, what=f"a final outcome of {accepted.id} at {service}")[0]

    def letter(self, queue: str, wanted: Callable[[Letter], bool]) -> Letter:
        """A letter in a queue, as soon as it is there."""

        def look() -> list[Letter]:
            return [letter for letter in self.ledger.letters_in(queue) if wanted(letter)]

        return self.eventually(look, what=f"a letter in the queue: {queue}")[0]

    def eventually(self, look: Callable[[], T | None], *, what: str) -> T:
        """What is there in the end."""
        return poll(look, what=what, seconds=_SECONDS)


def message(body: str) -> dict[str, Any]:
    """A body's fields."""
    return dict(json.loads(body))


def _merged(message: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """A payload among the fields adds to the message's own."""
    payload = {**message["payload"], **fields.get("payload", {})}
    return {**message, **fields, "payload": payload}
