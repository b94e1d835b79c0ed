"""The made-up messages are what they are said to be."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.checks.expectations import due, ended, expected
from local.traffic import appointments, bookings, payments, reports, variations
from local.traffic.mix import CASES, REPEATED, SPOILT, Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.settings import Rules, local_rules
from local.traffic.variations import Spoil
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

RULES = Rules(
    reminder_leads=(timedelta(hours=24), timedelta(hours=1)),
    dunning=(timedelta(days=1), timedelta(days=3), timedelta(days=5)),
)
NOW = datetime(2026, 4, 14, 12, 7, 33, 123_456, tzinfo=UTC)
TRAFFIC = Traffic(seed=1, now=NOW, rules=RULES)
MORNING = TRAFFIC.morning()


def name(case: Case | Spoil) -> str:
    return f"{case.__module__.rsplit('.', 1)[-1]}.{case.__name__}"


def many(
    case: Case, *, spoil: Spoil | None = None, door: PublicationDoor = PublicationDoor.QUEUE
) -> Iterator[Publication]:
    return (TRAFFIC.publication(case, door, number=number, spoil=spoil) for number in range(40))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_case_is_a_valid_message_with_the_id_that_it_is_accounted_by(case: Case) -> None:
    for item in many(case):
        message = decode_strictly(item.body, catalogue=BY_NAME)
        assert isinstance(message, Message)
        assert (message.id, message.type, message.company_id) == (item.id, item.type, item.company_id)


@pytest.mark.parametrize(("spoil", "case", "door"), SPOILT, ids=lambda value: name(value) if callable(value) else value)
def test_what_is_spoilt_is_refused_for_what_is_wrong_with_it(spoil: Spoil, case: Case, door: PublicationDoor) -> None:
    for item in many(case, spoil=spoil, door=door):
        if item.endings == ((UNROUTED, UNROUTED),):
            assert item.type not in BY_NAME
            continue
        refusal = (
            decode_strictly(item.body, catalogue=BY_NAME)
            if door is PublicationDoor.QUEUE
            else decode(item.body, BY_NAME[item.type], catalogue=lambda: BY_NAME)
        )
        assert isinstance(refusal, Refusal)
        assert refusal.reason is item.reason


def test_broken_json_has_no_id_and_tells_the_crm_nothing() -> None:
    (broken, *_) = many(appointments.stands, spoil=variations.broken_json)

    assert (broken.id, broken.reason) == ("", Reason.INVALID_JSON)
    assert broken.facts.appointments == ()
    assert broken.endings == ((QUEUE_PROCESSOR, Outcome.DEAD_LETTERED),)


def test_the_same_seed_makes_the_same_morning() -> None:
    assert Traffic(seed=1, now=NOW, rules=RULES).morning() == MORNING
    assert Traffic(seed=2, now=NOW, rules=RULES).morning() != MORNING


def test_a_morning_has_at_least_300_events_of_all_reactions_over_both_doors() -> None:
    doors_by_type: dict[str, set[PublicationDoor]] = {}
    for item in MORNING:
        doors_by_type.setdefault(item.type, set()).add(item.door)

    assert 300 <= len(MORNING) <= 400
    for event_type in BY_NAME.values():
        if event_type.kind is Kind.REACTION:
            assert doors_by_type[event_type.name] == set(PublicationDoor)


def test_no_two_messages_share_an_id_a_subject_or_a_phone_unless_one_comes_after_the_other() -> None:
    firsts = [item for item in MORNING if not item.comes_after]
    for values in (
        [item.id for item in firsts if item.id],
        [item.subject for item in firsts],
        [item.phone for item in firsts if item.phone],
    ):
        assert Counter(values).most_common(1)[0][1] == 1


def test_what_comes_after_a_message_comes_after_it() -> None:
    positions = {item.id: position for position, item in enumerate(MORNING) if not item.comes_after}
    seconds = [(position, item) for position, item in enumerate(MORNING) if item.comes_after]

    assert len(seconds) == len(REPEATED)
    assert all(positions[item.comes_after] < position for position, item in seconds)


def test_the_scheduler_of_the_emulator_can_list_all_that_must_stand() -> None:
    assert due(MORNING).total() < 100


def test_uncommon_things_happen_among_the_others() -> None:
    wrong = [position for position, item in enumerate(MORNING) if item.reason]

    assert wrong[0] < len(MORNING) / 2 < wrong[-1]


def test_most_of_what_dies_of_one_cause_can_be_mended_in_the_crm() -> None:
    refused = [item for item in MORNING if any(failure.times is None for failure in item.facts.failures.values())]
    causes = Counter((item.type, item.reason) for item in MORNING if item.reason)

    assert len(refused) == expected(MORNING)[ACTIVITY_RECORD.name, Outcome.DEAD_LETTERED]
    assert len(refused) > causes.most_common(1)[0][1]


def test_what_is_foretold_sums_up() -> None:
    booking = TRAFFIC.publication(bookings.crm_fails_once, PublicationDoor.QUEUE, number=1)
    other = TRAFFIC.publication(bookings.confirmed, PublicationDoor.BUS, number=2)
    retry = TRAFFIC.publication(payments.declined_at_first, PublicationDoor.BUS, number=3)

    tally = expected([booking, other, retry])

    assert tally == {
        (QUEUE_PROCESSOR, "routed"): 1,
        ("booking.created", "succeeded"): 2,
        ("email.send", "succeeded"): 2,
        ("activity.record", "retrying"): 1,
        ("activity.record", "succeeded"): 3,
        ("payment.failed", "succeeded"): 1,
    }
    assert ended(tally) == 8
    assert due([booking, other, retry]).total() == 1


def test_a_moved_appointment_foretells_each_reminder_that_is_still_to_come() -> None:
    for moved, closer in zip(many(appointments.moved), many(appointments.moved_closer), strict=True):
        (appointment,) = moved.facts.appointments
        assert [(each.key, each.at) for each in moved.due] == [
            (f"reminder/{appointment.id}/24h", appointment.start_time - timedelta(hours=24)),
            (f"reminder/{appointment.id}/1h", appointment.start_time - timedelta(hours=1)),
        ]
        assert datetime.fromisoformat(json.loads(moved.body)["payload"]["startTime"]) != appointment.start_time
        assert [each.key[-3:] for each in closer.due] == ["/1h"]
        assert {each.type for each in (*moved.due, *closer.due)} == {APPOINTMENT_REMINDER.name}


def test_an_appointment_that_has_begun_has_begun() -> None:
    assert all(item.facts.appointments[0].start_time <= NOW for item in many(appointments.begun))


def test_a_soft_decline_foretells_when_it_is_tried_again() -> None:
    for item in many(payments.declined_again):
        message = json.loads(item.body)
        attempt = message["payload"]["attemptCount"]
        failed_at = datetime.fromisoformat(message["timestamp"])
        (retry,) = item.due
        assert retry.at == (failed_at + RULES.dunning[attempt - 1]).replace(microsecond=0)
        assert (retry.key, retry.type) == (f"payment/{item.subject}/{attempt + 1}", PAYMENT_RETRY.name)


def test_a_retry_that_is_due_at_once_was_to_be_made_in_the_past() -> None:
    for item in many(payments.due_at_once):
        assert datetime.fromisoformat(json.loads(item.body)["timestamp"]) + RULES.dunning[0] < NOW


def test_an_address_that_a_report_names_twice_is_mailed_once() -> None:
    for item in many(reports.one_address_twice):
        addresses = [recipient["email"].lower() for recipient in json.loads(item.body)["payload"]["recipients"]]
        assert item.endings.count(("email.send", "succeeded")) == len(set(addresses)) == len(addresses) - 1


def test_further_fields_are_written_as_they_are_given() -> None:
    item = TRAFFIC.publication(bookings.confirmed, PublicationDoor.QUEUE, number=2, attempts=2, correlationId="order-1")

    assert json.loads(item.body) | {"attempts": 2, "correlationId": "order-1"} == json.loads(item.body)


def test_the_local_stages_rules_are_those_of_cdk_json() -> None:
    assert local_rules() == RULES
