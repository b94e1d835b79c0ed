"""Every message is delivered several times, by every way in, and its side effects happen once."""

from dataclasses import replace

from local.traffic import appointments, bookings, invitations, payments, reports
from local.traffic.publication import Publication, PublicationDoor
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos

CASES = (
    appointments.unchanged,
    bookings.confirmed,
    bookings.two_webhooks,
    appointments.created_and_cancelled,
    invitations.by_name,
    payments.hard_decline,
    payments.retry_overdue,
    reports.generated,
    reports.regenerate,
    payments.stripe_attempts_exhausted,
)


def test_a_message_delivered_three_ways_is_processed_once(chaos: Chaos) -> None:
    messages = chaos.messages(*CASES, times=5) + activity_jobs(chaos, 30)

    accepted = chaos.send([by_door(door, message) for door in PublicationDoor for message in messages])
    accepted += chaos.send_to_its_queue(messages)
    settled = chaos.settle("everything three times", accepted)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DUPLICATE] > len(messages)
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def by_door(door: PublicationDoor, message: Publication) -> Publication:
    return replace(message, door=door)
