"""Dead letters are assigned to the accepted messages that they are."""

from datetime import UTC, datetime, timedelta

from local.checks.conservation import check
from local.checks.records import keys_in_queues
from local.traffic import bookings
from local.traffic.corruptions import broken_json
from local.traffic.mix import Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.settings import ScheduleSettings
from ops.conserve.message_key import MessageKey
from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
TRAFFIC = Traffic(seed=1, now=NOW, settings=ScheduleSettings(reminder_leads=(), dunning=(timedelta(days=1),)))
READABLE = AcceptedPublication(TRAFFIC.publication(bookings.confirmed, PublicationDoor.QUEUE, number=1), "sqs-1")
UNREADABLE = AcceptedPublication(
    TRAFFIC.publication(bookings.confirmed, PublicationDoor.QUEUE, number=2, corruption=broken_json), "sqs-2"
)
DEFERRED = LogLine(at=NOW, what=Outcome.DEFERRED, service="queue_processor", sqs_message_id="sqs-2")


def dead_letter(body: str) -> DeadLetter:
    return DeadLetter.of({"MessageId": "sqs-of-the-dead-letter", "Body": body})


def test_a_readable_dead_letter_has_the_key_in_its_body() -> None:
    assert list(keys_in_queues([READABLE], [dead_letter(READABLE.publication.body)])) == [READABLE.key]


def test_an_unreadable_message_that_was_deferred_is_known_by_its_body() -> None:
    keys = list(keys_in_queues([UNREADABLE], [dead_letter(UNREADABLE.publication.body)]))

    assert keys == [UNREADABLE.key] == [MessageKey("", "", "sqs-2")]
    assert check([UNREADABLE.key], [DEFERRED], keys, {}).holds


def test_another_unreadable_dead_letter_does_not_stand_for_it() -> None:
    keys = list(keys_in_queues([UNREADABLE], [dead_letter("{ another")]))

    assert not check([UNREADABLE.key], [DEFERRED], keys, {}).holds
