"""The sample messages are what they are described to be."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.checks.expectations import expected_outcomes, expected_schedules, final_outcomes
from local.traffic import appointments, bookings, corruptions, payments, reports
from local.traffic.corruptions import Corruption
from local.traffic.mix import CASES, CORRUPTED, DUPLICATED, Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.settings import ScheduleSettings, local_settings
from local.traffic.shared_ids import SHARED_IDS
from ops.stage.services import UNROUTED
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.catalogue import BY_NAME
from schemas.decoding import decode, decode_strictly
from schemas.event_type import Kind
from schemas.message import Message
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_RETRY
from schemas.problems import Refusal
from schemas.reasons import Outcome, Reason
from schemas.ses import SES_EVENT

SETTINGS = ScheduleSettings(
    reminder_leads=(timedelta(hours=24), timedelta(hours=1)),
    dunning=(timedelta(days=1), timedelta(days=3), timedelta(days=5)),
)
NOW = datetime(2026, 4, 14, 12, 7, 33, 123_456, tzinfo=UTC)
TRAFFIC = Traffic(seed=1, now=NOW, settings=SETTINGS)
MORNING = TRAFFIC.morning()


def name(case: Case | Corruption) -> str:
    return f"{case.__module__.rsplit('.', 1)[-1]}.{case.__name__}"


def many(
    case: Case, *, corruption: Corruption | None = None, door: PublicationDoor = PublicationDoor.QUEUE
) -> Iterator[Publication]:
    return (TRAFFIC.publication(case, door, number=number, corruption=corruption) for number in range(40))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_case_is_a_valid_message_with_the_expected_id(case: Case) -> None:
    for item in many(case):
        message = decode_strictly(item.body, catalogue=BY_NAME)
        assert isinstance(message, Message)
        assert (message.id, message.type, message.company_id) == (item.id, item.type, item.company_id)


@pytest.mark.parametrize(
    ("corruption", "case", "door"), CORRUPTED, ids=lambda value: name(value) if callable(value) else value
)
def test_a_corrupt_message_is_refused_for_its_corruption(
    corruption: Corruption, case: Case, door: PublicationDoor
) -> None:
    for item in many(case, corruption=corruption, door=door):
        if item.outcomes == ((UNROUTED, UNROUTED),):
            assert item.type not in BY_NAME
            continue
        refusal = (
            decode_strictly(item.body, catalogue=BY_NAME)
            if door is PublicationDoor.QUEUE
            else decode(item.body, BY_NAME[item.type], catalogue=lambda: BY_NAME)
        )
        assert isinstance(refusal, Refusal)
        assert refusal.reason is item.reason


def test_broken_json_has_no_id_and_no_facts() -> None:
    (broken, *_) = many(appointments.unchanged, corruption=corruptions.broken_json)

    assert (broken.id, broken.reason) == ("", Reason.INVALID_JSON)
    assert broken.facts.appointments == ()
    assert broken.outcomes == ((QUEUE_PROCESSOR, Outcome.DEAD_LETTERED),)


def test_the_same_seed_makes_the_same_morning() -> None:
    assert Traffic(seed=1, now=NOW, settings=SETTINGS).morning() == MORNING
    assert Traffic(seed=2, now=NOW, settings=SETTINGS).morning() != MORNING


def test_a_morning_has_300_events_and_every_reaction_by_both_doors() -> None:
    doors_by_type: dict[str, set[PublicationDoor]] = {}
    for item in MORNING:
        doors_by_type.setdefault(item.type, set()).add(item.door)

    assert 300 <= len(MORNING) <= 400
    for event_type in BY_NAME.values():
        if event_type.kind is Kind.REACTION and event_type.sent_by and event_type is not SES_EVENT:
            assert doors_by_type[event_type.name] == set(PublicationDoor)


def test_only_a_second_message_shares_an_id_a_subject_or_a_phone() -> None:
    firsts = [item for item in MORNING if not item.follows]
    for values in (
        [item.id for item in firsts if item.id],
        [item.subject for item in firsts],
        [item.phone for item in firsts if item.phone],
    ):
        assert Counter(values).most_common(1)[0][1] == 1


def test_a_second_message_comes_after_the_first() -> None:
    positions = {item.id: position for position, item in enumerate(MORNING) if not item.follows}
    seconds = [(position, item) for position, item in enumerate(MORNING) if item.follows]

    assert len(seconds) == len(DUPLICATED) + len(SHARED_IDS)
    assert all(positions[item.follows] < position for position, item in seconds)


def test_the_emulators_scheduler_can_list_all_expected_schedules() -> None:
    assert expected_schedules(MORNING).total() < 100


def test_failures_are_spread_over_the_morning() -> None:
    refused_at = [position for position, item in enumerate(MORNING) if item.reason]

    assert refused_at[0] < len(MORNING) / 2 < refused_at[-1]


def test_the_most_frequent_cause_of_dead_letters_is_in_the_crm() -> None:
    refused = [item for item in MORNING if any(failure.times is None for failure in item.facts.failures.values())]
    causes = Counter((item.type, item.reason) for item in MORNING if item.reason)

    # Each of these bookings has an activity, and its mail another.
    assert 2 * len(refused) == expected_outcomes(MORNING)[ACTIVITY_RECORD.name, Outcome.DEAD_LETTERED]
    assert len(refused) > causes.most_common(1)[0][1]


def test_expected_outcomes_and_schedules_are_added_up() -> None:
    booking = TRAFFIC.publication(bookings.crm_fails_once, PublicationDoor.QUEUE, number=1)
    other = TRAFFIC.publication(bookings.confirmed, PublicationDoor.BUS, number=2)
    retry = TRAFFIC.publication(payments.first_soft_decline, PublicationDoor.BUS, number=3)

    counts = expected_outcomes([booking, other, retry])

    assert counts == {
        (QUEUE_PROCESSOR, "routed"): 1,
        ("booking.created", "succeeded"): 2,
        ("email.send", "succeeded"): 2,
        ("webhook.fan_out", "succeeded"): 2,
        ("activity.record", "succeeded"): 5,
        ("ses.event", "succeeded"): 2,
        ("email.delivered", "succeeded"): 2,
        ("payment.failed", "succeeded"): 1,
    }
    assert final_outcomes(counts).total() == 16
    assert expected_schedules([booking, other, retry]).total() == 1


def test_a_moved_appointment_expects_the_reminders_still_to_come() -> None:
    for moved, closer in zip(many(appointments.moved), many(appointments.moved_closer), strict=True):
        (appointment,) = moved.facts.appointments
        assert [(each.key, each.at) for each in moved.schedules] == [
            (f"reminder/{appointment.company_id}/{appointment.id}/24h", appointment.start_time - timedelta(hours=24)),
            (f"reminder/{appointment.company_id}/{appointment.id}/1h", appointment.start_time - timedelta(hours=1)),
        ]
        assert datetime.fromisoformat(json.loads(moved.body)["payload"]["startTime"]) != appointment.start_time
        assert [each.key[-3:] for each in closer.schedules] == ["/1h"]
        assert {each.type for each in (*moved.schedules, *closer.schedules)} == {APPOINTMENT_REMINDER.name}


def test_an_already_started_appointment_starts_in_the_past() -> None:
    assert all(item.facts.appointments[0].start_time <= NOW for item in many(appointments.already_started))


def test_a_soft_decline_expects_its_scheduled_retry() -> None:
    for item in many(payments.later_soft_decline):
        message = json.loads(item.body)
        attempt = message["payload"]["attemptCount"]
        failed_at = datetime.fromisoformat(message["timestamp"])
        (retry,) = item.schedules
        assert retry.at == (failed_at + SETTINGS.dunning[attempt - 1]).replace(microsecond=0)
        key = f"payment/{message['payload']['companyId']}/{item.subject}/{attempt + 1}"
        assert (retry.key, retry.type) == (key, PAYMENT_RETRY.name)


def test_an_overdue_retry_was_due_in_the_past() -> None:
    for item in many(payments.retry_overdue):
        assert datetime.fromisoformat(json.loads(item.body)["timestamp"]) + SETTINGS.dunning[0] < NOW


def test_a_duplicate_recipient_expects_one_mail() -> None:
    for item in many(reports.duplicate_recipient):
        addresses = [recipient["email"].lower() for recipient in json.loads(item.body)["payload"]["recipients"]]
        assert item.outcomes.count(("email.send", "succeeded")) == len(set(addresses)) == len(addresses) - 1


def test_further_fields_are_added_to_the_message() -> None:
    item = TRAFFIC.publication(bookings.confirmed, PublicationDoor.QUEUE, number=2, attempts=2, correlationId="order-1")

    assert json.loads(item.body) | {"attempts": 2, "correlationId": "order-1"} == json.loads(item.body)


def test_the_local_settings_are_those_of_cdk_json() -> None:
    assert local_settings() == SETTINGS
