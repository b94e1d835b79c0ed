"""Every message is delivered more than once, by every way in: its side effects are done once."""

from dataclasses import replace

from local.traffic import appointments, bookings, invitations, payments, reports
from local.traffic.publication import Publication, PublicationDoor
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos

CASES = (
    appointments.stands,
    bookings.confirmed,
    bookings.told_to_two,
    appointments.created_and_cancelled,
    invitations.by_name,
    payments.declined_for_good,
    payments.due_at_once,
    reports.generated,
    reports.run_again,
    payments.given_up_by_stripe,
)


def test_every_message_comes_by_both_doors_and_straight_to_its_queue(chaos: Chaos) -> None:
    messages = chaos.made(*CASES, times=5) + recorded(chaos, 30)

    accepted = chaos.hand_over([by(door, message) for door in PublicationDoor for message in messages])
    accepted += chaos.send_to_its_queue(messages)
    settled = chaos.settle("everything three times", accepted)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DUPLICATE] > len(messages)
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def by(door: PublicationDoor, message: Publication) -> Publication:
    return replace(message, door=door)
