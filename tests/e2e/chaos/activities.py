"""Jobs whose one side effect stands in the CRM's own books: the cheapest that there are."""

import json
from uuid import uuid4

from local.traffic.publication import Publication, PublicationDoor
from schemas.activities import ACTIVITY_RECORD
from tests.e2e.chaos.chaos import Chaos


def recorded(chaos: Chaos, times: int) -> list[Publication]:
    """So many activities, each of a company and a booking of its own, over both doors in turn."""
    return [_one(next(chaos.numbers), list(PublicationDoor)[number % len(PublicationDoor)]) for number in range(times)]


def _one(number: int, door: PublicationDoor) -> Publication:
    id_, company, subject = str(uuid4()), str(uuid4()), str(uuid4())
    message = {
        "id": id_,
        "type": ACTIVITY_RECORD.name,
        "payload": {
            "companyId": company,
            "activity": "booking.created",
            "subjectId": subject,
            "summary": f"Haircut number {number}",
            "occurredAt": "2026-04-14T14:00:00Z",
        },
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
    }
    return Publication(
        door=door,
        type=ACTIVITY_RECORD.name,
        body=json.dumps(message),
        company_id=company,
        id=id_,
        subject=subject,
        endings=(),
    )
