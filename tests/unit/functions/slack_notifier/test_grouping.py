"""From the alerts queue's messages to what there is to tell: by cause, by alarm, in order of time."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.alerts.digest import Digest, one_of_each_first
from lambdas.slack_notifier.alerts.reading import AlarmNotice, Unreadable, read
from schemas.message import Message
from tests.unit.functions.slack_notifier.slack_fakes import NO_TENANT, NOW, alarm, dead_lettered


def digest(*bodies: Any) -> Digest:
    found = Digest()
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else json.dumps(body)
        found.take(read(text), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    return found


def only_cause(*bodies: Any) -> AlertCause:
    (cause,) = digest(*bodies).causes.values()
    return cause


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


def test_an_alert_is_read() -> None:
    message = read(json.dumps(dead_lettered(3)))

    assert isinstance(message, Message)
    assert message.payload.ids == ("message-3",)


def test_an_alarm_is_read_as_sns_delivers_it_raw() -> None:
    notice = read(json.dumps(alarm("dead-letters")))

    assert isinstance(notice, AlarmNotice)
    assert (notice.name, notice.state) == ("taly-async-prod/email.send/dead-letters", "ALARM")
    assert notice.changed_at == NOW
    assert notice.queue_name == "TalyAsync-Prod-EmailSendDeadLetters"


@pytest.mark.parametrize(
    "changes",
    [
        {"Trigger": {"Dimensions": [{"Name": "QueueName", "Value": "letters"}]}},
        {"Trigger": {"Dimensions": [{"name": "Other", "value": "x"}, {"name": "QueueName", "value": "letters"}]}},
    ],
    ids=["as an emulator writes it", "among others"],
)
def test_the_queue_of_an_alarm_is_found(changes: dict[str, Any]) -> None:
    notice = read(json.dumps(alarm("dead-letters", **changes)))

    assert isinstance(notice, AlarmNotice)
    assert notice.queue_name == "letters"


def test_a_composite_alarm_has_no_trigger() -> None:
    body = alarm("unhealthy", subject="system") | {"AlarmRule": "ALARM(a) OR ALARM(b)"}
    del body["Trigger"]

    notice = read(json.dumps(body))

    assert isinstance(notice, AlarmNotice)
    assert notice.queue_name == ""


@pytest.mark.parametrize("changed_at", ["2026-11-24T14:00:00", "2026-11-24T14:00:00Z", "2026-11-24T15:00:00.000+0100"])
def test_a_time_is_an_instant_however_it_is_written(changed_at: str) -> None:
    notice = read(json.dumps(alarm(StateChangeTime=changed_at)))

    assert isinstance(notice, AlarmNotice)
    assert notice.changed_at == NOW


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ('{"a": "ada@example.com"}', "type: is missing"),
        (json.dumps(dead_lettered(reason="bored")), "payload.reason: must be"),
        (json.dumps(dead_lettered(fingerprint="")), "payload.fingerprint: must be 12 hexadecimal digits"),
        (json.dumps(dead_lettered() | {"type": "email.send"}), "type"),
        ('{"AlarmName": "a", "NewStateValue": "OK"}', "StateChangeTime: is missing"),
        ('{"AlarmName": "\\ud800", "NewStateValue": "OK", "StateChangeTime": "2026-11-24T14:00:00Z"}', "is no JSON"),
        (json.dumps(alarm(StateChangeTime="0001-01-01T00:00:00+01:00")), "must be between 1970 and 2999"),
        ('{"a":' * 100_000, "nested"),
        ('{"ids": [' + '"ada@example.com",' * 10_000 + "1]}", "type: is missing"),
    ],
)
def test_what_is_neither_says_why_and_shows_nothing_of_itself(body: str, why: str) -> None:
    alert = read(body)

    assert isinstance(alert, Unreadable)
    assert why in alert.why
    assert len(alert.why) <= 300
    assert "ada" not in alert.why


def test_dead_letters_of_one_cause_are_one() -> None:
    cause = only_cause(dead_lettered(1, count=3), dead_lettered(2, count=4, attempts=7), dead_lettered(3))

    assert cause.count == 8
    assert cause.attempts == 7
    assert cause.tenants == "3 tenants"
    assert cause.handles == ["handle-0", "handle-1", "handle-2"]


def test_one_cause_in_two_queues_is_two() -> None:
    found = digest(
        dead_lettered(1, service="queue_processor", subject="booking.created"),
        dead_lettered(2, service="booking.created", subject="booking.created"),
    )

    assert [service for service, _ in found.causes] == ["queue_processor", "booking.created"]


@given(st.permutations(range(6)))
def test_what_is_first_is_so_by_time_whatever_sqs_delivers_first(order: Sequence[int]) -> None:
    cause = only_cause(*[dead_lettered(number, at=at(number), detail=f"detail {number}") for number in order])

    assert (cause.first_at, cause.last_at) == (at(0), at(5))
    assert cause.first.detail == "detail 0"
    assert cause.ids == [f"message-{number}" for number in range(6)]


@given(st.permutations([*range(4), *range(4)]))
def test_an_alert_that_comes_twice_counts_once(order: Sequence[int]) -> None:
    cause = only_cause(*[dead_lettered(number, count=2) for number in order])

    assert cause.count == 8
    assert len(cause.handles) == 8, "all of them are to be deleted"


def test_fifty_of_the_earliest_messages_are_named() -> None:
    cause = only_cause(*[dead_lettered(number, at=at(-number)) for number in range(80)])

    assert cause.ids == [f"message-{number}" for number in range(79, 29, -1)]


@pytest.mark.parametrize(
    ("changes", "tenants"),
    [
        ({"companies": []}, "no tenant"),
        ({"companies": [NO_TENANT]}, "no tenant"),
        ({"count": 2}, "1 tenant"),
        ({"companies": [f"7d1f0a52-3c1e-4d5b-9a64-{n:012x}" for n in range(10)], "count": 10}, "10 tenants"),
        ({"companies": [f"7d1f0a52-3c1e-4d5b-9a64-{n:012x}" for n in range(10)], "count": 11}, "10 or more tenants"),
    ],
)
def test_tenants_are_counted_as_far_as_they_are_known(changes: dict[str, Any], tenants: str) -> None:
    assert only_cause(dead_lettered(**changes)).tenants == tenants


@pytest.mark.parametrize(("causes", "own", "shared"), [(0, 0, 0), (1, 1, 0), (5, 5, 0), (6, 4, 2), (40, 4, 36)])
def test_five_cards_tell_of_all_causes(causes: int, own: int, shared: int) -> None:
    found = digest(*[dead_lettered(number, fingerprint=f"{number:012x}") for number in range(causes)])

    assert tuple(map(len, found.ranked_causes())) == (own, shared)


def test_the_biggest_causes_have_their_own_card_and_of_equal_ones_the_latest() -> None:
    small = [dead_lettered(n, fingerprint=f"{n:012x}", at=at(n)) for n in range(5)]
    found = digest(*small, dead_lettered(9, fingerprint="999999999999", count=10))

    own, shared = found.ranked_causes()

    assert [cause.first.fingerprint[-1] for cause in (*own, *shared)] == ["9", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(("alarms", "own", "shared"), [(5, 5, 0), (6, 4, 2)])
def test_five_cards_tell_of_all_alarms(alarms: int, own: int, shared: int) -> None:
    found = digest(*[alarm(subject=f"type{number}.a") for number in range(alarms)])

    assert tuple(map(len, found.ranked_alarms())) == (own, shared)


def test_what_is_on_has_its_own_card_before_what_is_over() -> None:
    over = [alarm(subject=f"a{n}.b", state="OK", at=at(n)) for n in range(5)]
    found = digest(*over, alarm(subject="z.z", at=at(-100)), alarm("unhealthy", subject="system", at=at(-200)))

    own, shared = found.ranked_alarms()

    assert [each.latest.name.split("/")[1] for each in own] == ["system", "z.z", "a4.b", "a3.b"]
    assert [each.latest.state for each in shared] == ["OK"] * 3


@given(st.permutations([(0, "ALARM"), (60, "OK"), (120, "ALARM"), (120, "ALARM")]))
def test_of_several_changes_the_last_by_time_is_told(order: Sequence[tuple[int, str]]) -> None:
    found = digest(*[alarm(state=state, at=at(seconds)) for seconds, state in order])

    (told,) = found.alarms.values()
    assert (told.latest.state, told.latest.changed_at) == ("ALARM", at(120))
    assert told.changes == 3, "one was delivered twice"
    assert len(told.handles) == 4


def test_ids_are_taken_from_each_list_in_turn() -> None:
    assert one_of_each_first([["a1", "a2", "a3"], ["b1"], []], 3) == ["a1", "b1", "a2"]
    assert one_of_each_first([], 3) == []
