"""Jobs whose only side effect is one call in the CRM: the cheapest jobs."""

import json
from uuid import uuid4

from local.traffic.publication import Publication, PublicationDoor
from schemas.activities import ACTIVITY_RECORD
from tests.e2e.chaos.chaos import Chaos


def activity_jobs(chaos: Chaos, times: int) -> list[Publication]:
    """This many jobs, each with another company and booking, by both doors in turn."""
    return [
        _activity_job(next(chaos.numbers), list(PublicationDoor)[number % len(PublicationDoor)])
        for number in range(times)
    ]


def _activity_job(number: int, door: PublicationDoor) -> Publication:
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
        outcomes=(),
    )
