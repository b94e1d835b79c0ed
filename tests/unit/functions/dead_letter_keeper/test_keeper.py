"""The dead-letter keeper: fresh copies in place of old ones, nothing lost, and an alert before the end."""

import json

import pytest

from lambdas.dead_letter_keeper.handler import DeadLettersNotKeptError
from lambdas.dead_letter_keeper.held import MAX_BYTES
from lambdas.dead_letter_keeper.runtime import queue_names
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.services import DEAD_LETTER_SOURCES
from schemas.names import SINCE_ATTRIBUTE
from tests.fakes.service import NOON, client_error, failing
from tests.fakes.sqs import FakeSqs
from tests.unit.functions.dead_letter_keeper.keeper_harness import (
    OTHER,
    QUEUES,
    SERVICE,
    TENANT,
    KeeperHarness,
    days,
    producers,
    text,
    url,
)


@pytest.fixture
def keeper() -> KeeperHarness:
    return KeeperHarness()


def as_ops_reads(sqs: FakeSqs, service: str = SERVICE) -> list[DeadLetter]:
    return list(DeadLetterQueue(sqs, url(service), wait_seconds=0).read(lambda _: True))


def test_an_old_dead_letter_gets_a_fresh_copy_under_its_message_id(keeper: KeeperHarness) -> None:
    old = keeper.dead_letter()

    keeper.run_daily(10)

    (copy,) = keeper.held()
    assert copy.id != old
    assert copy.sent_at == keeper.clock.now()
    (read,) = as_ops_reads(keeper.sqs)
    assert (read.id, read.group, read.company_id) == ("message-1", TENANT, TENANT)
    assert (read.reason, read.fingerprint) == ("permanent", "c83d68dfbef7")
    assert read.dead_lettered_at == NOON


def test_a_young_dead_letter_stays_as_it_is_and_visible(keeper: KeeperHarness) -> None:
    young = keeper.dead_letter()

    keeper.run_daily(9)

    assert [each.id for each in keeper.sqs.visible(url())] == [young]


def test_what_sqs_moved_keeps_its_first_time_and_is_still_moved_by_sqs(keeper: KeeperHarness) -> None:
    keeper.put(attributes={"trace": text("abc"), "picture": {"DataType": "Binary", "BinaryValue": b"\x00"}})

    keeper.run_daily(10)

    (read,) = as_ops_reads(keeper.sqs)
    assert read.reason == ""
    assert read.dead_lettered_at == NOON
    assert read.sent_at == keeper.clock.now()
    assert read.attributes == {
        "trace": text("abc"),
        "picture": {"DataType": "Binary", "BinaryValue": b"\x00"},
        SINCE_ATTRIBUTE: text("2026-04-14T12:00:00.000Z"),
    }


def test_an_event_of_a_rule_keeps_its_attributes_and_its_ids_are_logged(keeper: KeeperHarness) -> None:
    event = {"detail-type": "email.send", "detail": {"id": "held-1", "type": "email.send", "payload": {}}}
    attributes = {"RULE_ARN": text("arn:aws:events:rule"), "ERROR_CODE": text("NO_PERMISSIONS")}
    keeper.sqs.put(url(OTHER), json.dumps(event), attributes)

    keeper.run_daily(10)

    (read,) = as_ops_reads(keeper.sqs, OTHER)
    assert read.id == "held-1"
    assert read.error == "NO_PERMISSIONS"
    assert [line["id"] for line in keeper.logged("renewed")] == ["held-1"]


@pytest.mark.parametrize("full", ["attributes", "bytes"])
def test_a_dead_letter_without_room_is_not_renewed_and_gets_a_card(keeper: KeeperHarness, full: str) -> None:
    if full == "attributes":
        keeper.put(attributes=producers(10))
    else:
        keeper.sqs.put(url(), "x" * (MAX_BYTES - 10))

    keeper.run_daily(13)

    assert [each.sent_at for each in keeper.held()] == [NOON]
    assert [card["queues"][0]["count"] for card in keeper.cards] == [1, 1, 1]


@pytest.mark.parametrize("claimed", ["0900-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "yesterday", "2026-04-01", ""])
def test_a_forged_first_time_keeps_no_dead_letter_for_longer(keeper: KeeperHarness, claimed: str) -> None:
    history = json.dumps({"deadLetteredAt": claimed})
    keeper.put(attributes={SINCE_ATTRIBUTE: text(claimed or "x"), "biography": text(history)})

    keeper.run_daily(31)

    assert not keeper.held()


def test_a_forged_first_time_does_not_keep_the_card_from_the_others(keeper: KeeperHarness) -> None:
    keeper.put(attributes={SINCE_ATTRIBUTE: text("0900-01-01T00:00:00Z")})
    keeper.put(attributes=producers(10), service=OTHER)

    keeper.run_daily(11)

    assert [each["service"] for each in keeper.cards[0]["queues"]] == [OTHER]


def test_a_renewal_is_a_log_line_with_ids_alone(keeper: KeeperHarness) -> None:
    old = keeper.dead_letter()

    keeper.run_daily(10)

    (line,) = keeper.logged("renewed")
    assert (line["id"], line["sqs_message_id"], line["company_id"]) == ("message-1", old, TENANT)
    assert (line["service"], line["queue"], line["type"]) == ("dead_letter_keeper", SERVICE, "email.send")
    assert not any("ada@" in logged for logged in keeper.log)


def test_the_card_names_queues_counts_tenants_and_the_oldest(keeper: KeeperHarness) -> None:
    keeper.dead_letter("message-1")
    keeper.clock.sleep(60)
    keeper.dead_letter("message-2")
    keeper.sqs.put(url(OTHER), "not JSON")

    keeper.run_daily(27)

    card = keeper.cards[0]
    assert [(each["service"], each["count"], each["companies"]) for each in card["queues"]] == [
        (SERVICE, 2, 1),
        (OTHER, 1, 0),
    ]
    assert card["queues"][0]["since"] == "2026-04-14T12:00:00Z"
    assert card["until"] == "2026-04-14T12:01:01Z"


def test_a_lease_of_an_operator_is_left_alone(keeper: KeeperHarness) -> None:
    old = keeper.dead_letter()
    keeper.clock.sleep(days(10))

    with DeadLetterQueue(keeper.sqs, url(), wait_seconds=0).lease(lambda _: True):
        keeper.run()

        assert [each.id for each in keeper.held()] == [old]


def test_of_many_dead_letters_each_gets_one_copy(keeper: KeeperHarness) -> None:
    for number in range(95):
        keeper.dead_letter(f"message-{number}")

    keeper.run_daily(10)

    assert {each.sent_at for each in keeper.held()} == {keeper.clock.now()}
    assert sorted(each.id for each in as_ops_reads(keeper.sqs)) == sorted(f"message-{number}" for number in range(95))


def test_an_empty_queue_costs_no_wait_for_a_message(keeper: KeeperHarness) -> None:
    keeper.run()

    assert "receive_message" not in keeper.sqs.calls


def test_what_one_run_has_no_time_for_is_renewed_the_next_day() -> None:
    keeper = KeeperHarness()
    for number in range(50):
        keeper.dead_letter(f"message-{number}")
    keeper.clock.sleep(days(10))
    keeper.sqs.latency = 1

    keeper.run(seconds=90)
    renewed = len(keeper.logged("renewed"))
    keeper.clock.sleep(days(1))
    keeper.run()

    assert 0 < renewed < 50
    assert len(keeper.logged("renewed")) == 50


def test_a_dead_letter_whose_last_copy_was_missed_ends_earlier_with_a_card(keeper: KeeperHarness) -> None:
    keeper.dead_letter()
    keeper.run_daily(14)
    keeper.clock.sleep(days(1))

    keeper.run_daily(8)

    assert len(keeper.held()) == 1
    assert len(keeper.cards) == 3
    keeper.run_daily(1)
    assert keeper.held() == []


def test_a_queue_too_large_for_a_run_leaves_time_for_the_card() -> None:
    keeper = KeeperHarness()
    keeper.put(attributes=producers(10), service=OTHER)
    keeper.clock.sleep(days(11))
    for number in range(800):
        keeper.dead_letter(f"message-{number}")
    keeper.sqs.latency, began = 1, keeper.clock.now()

    keeper.run(seconds=140)

    assert [card["queues"][0]["service"] for card in keeper.cards] == [OTHER]
    assert (keeper.clock.now() - began).total_seconds() < 140, "Lambda would have killed it"


def test_a_queue_that_cannot_be_read_fails_the_run_and_no_other_queue(keeper: KeeperHarness) -> None:
    keeper.dead_letter()
    keeper.put(service=OTHER)
    keeper.clock.sleep(days(10))
    keeper.sqs.fail = lambda operation, request: (
        client_error("AccessDenied") if operation == "receive_message" and request["QueueUrl"] == url(OTHER) else None
    )

    with pytest.raises(DeadLettersNotKeptError):
        keeper.run()

    assert len(keeper.logged("renewed")) == 1
    assert [(line["queue"], line["error"]) for line in keeper.logged("not read")] == [(OTHER, "AccessDenied")]


def test_a_missing_queue_fails_the_run_and_no_other_queue(keeper: KeeperHarness) -> None:
    keeper.dead_letter()
    keeper.clock.sleep(days(10))
    del keeper.sqs.queues[url(OTHER)]

    with pytest.raises(DeadLettersNotKeptError):
        keeper.run()

    assert len(keeper.logged("renewed")) == 1


def test_a_dead_letter_that_sqs_does_not_take_again_gets_a_card(keeper: KeeperHarness) -> None:
    old = keeper.dead_letter()
    keeper.clock.sleep(days(11.5))
    keeper.sqs.fail = failing("InvalidMessageContents", "send_message")

    with pytest.raises(DeadLettersNotKeptError):
        keeper.run()

    assert [each.id for each in keeper.sqs.visible(url())] == [old]
    assert [line["error"] for line in keeper.logged("not renewed")] == ["InvalidMessageContents"]
    assert [card["queues"][0]["count"] for card in keeper.cards] == [1]


def test_an_alert_that_the_bus_refuses_fails_the_run(keeper: KeeperHarness) -> None:
    keeper.put(attributes=producers(10))
    keeper.clock.sleep(days(12))
    keeper.events.fail = failing("InternalException")

    with pytest.raises(DeadLettersNotKeptError):
        keeper.run()

    assert [line["error"] for line in keeper.logged("not alerted")] == ["InternalException"]


def test_the_deployed_keeper_knows_every_queue_of_dead_letters() -> None:
    names = queue_names("prod")

    assert names.keys() == set(DEAD_LETTER_SOURCES)
    assert {names[service] for service in QUEUES} == set(QUEUES.values())
