"""The idempotency key tells every job of every tenant apart."""

from datetime import UTC, datetime

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload

COMPANY, OTHER = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
AT = datetime(2026, 4, 14, 12, tzinfo=UTC)
JOBS = [each for each in CATALOGUE if each.kind is Kind.JOB]


def key(type_name: str, company: str, id_: str) -> str:
    return Message[Payload](
        type=type_name, id=id_, timestamp=AT, attempts=1, payload=Payload(company_id=company)
    ).idempotency_key


def test_jobs_that_share_an_id_have_keys_of_their_own() -> None:
    keys = {key(job.name, company, "outbox-4711") for job in JOBS for company in (COMPANY, OTHER)}

    assert len(keys) == 2 * len(JOBS)
    assert key("payment.retry", COMPANY, "outbox-4711") == f"payment.retry/{COMPANY}/outbox-4711"


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_key_with_the_longest_id_is_within_stripes_limit(job: EventType[Payload]) -> None:
    assert len(key(job.name, COMPANY, "x" * 128)) <= 255
