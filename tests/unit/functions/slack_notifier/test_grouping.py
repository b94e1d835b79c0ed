"""Grouping the alerts queue's messages by cause and by alarm, in order of time."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.alerts.digest import Digest, interleave
from lambdas.slack_notifier.alerts.parsing import AlarmNotice, Unreadable, parse
from schemas.message import Message
from schemas.system import DeadLettered
from tests.unit.functions.slack_notifier.slack_fakes import NO_TENANT, NOW, alarm, dead_lettered, without_memory


def digest(*bodies: Any) -> Digest:
    result = Digest()
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else json.dumps(body)
        result.add(parse(text), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    return result


def only_cause(*bodies: Any) -> AlertCause:
    (cause,) = digest(*bodies).causes.values()
    return cause


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


def test_alert_is_parsed() -> None:
    message = parse(json.dumps(dead_lettered(3)))

    assert isinstance(message, Message)
    assert isinstance(message.payload, DeadLettered)
    assert message.payload.ids == ("message-3",)


def test_raw_sns_alarm_notification_is_parsed() -> None:
    notice = parse(json.dumps(alarm("dead-letters")))

    assert isinstance(notice, AlarmNotice)
    assert (notice.name, notice.state) == ("taly-async-prod/email.send/dead-letters", "ALARM")
    assert notice.changed_at == NOW
    assert notice.queue_name == "taly-async-prod-email-send-dlq"


@pytest.mark.parametrize(
    "changes",
    [
        {"Trigger": {"Dimensions": [{"Name": "QueueName", "Value": "dead-letters"}]}},
        {"Trigger": {"Dimensions": [{"name": "Other", "value": "x"}, {"name": "QueueName", "value": "dead-letters"}]}},
    ],
    ids=["as an emulator writes it", "among others"],
)
def test_alarm_queue_name_is_found(changes: dict[str, Any]) -> None:
    notice = parse(json.dumps(alarm("dead-letters", **changes)))

    assert isinstance(notice, AlarmNotice)
    assert notice.queue_name == "dead-letters"


def test_a_composite_alarm_has_no_trigger() -> None:
    body = alarm("unhealthy", subject="system") | {"AlarmRule": "ALARM(a) OR ALARM(b)"}
    del body["Trigger"]

    notice = parse(json.dumps(body))

    assert isinstance(notice, AlarmNotice)
    assert notice.queue_name == ""


@pytest.mark.parametrize("odd", [None, 7, [], {}, "x", True, {"Dimensions": [7]}], ids=str)
def test_no_odd_field_but_name_state_and_time_costs_an_alarm(odd: object) -> None:
    body = alarm()
    others = body.keys() - {"AlarmName", "NewStateValue", "StateChangeTime"}
    others |= {"AlarmConfigurationUpdatedTimestamp"}

    notice = parse(json.dumps(body | dict.fromkeys(others, odd)))

    assert isinstance(notice, AlarmNotice)
    assert notice.name == "taly-async-prod/email.send/oldest"


@pytest.mark.parametrize("changed_at", ["2026-11-24T14:00:00", "2026-11-24T14:00:00Z", "2026-11-24T15:00:00.000+0100"])
def test_change_time_is_parsed_in_each_notation(changed_at: str) -> None:
    notice = parse(json.dumps(alarm(StateChangeTime=changed_at)))

    assert isinstance(notice, AlarmNotice)
    assert notice.changed_at == NOW


@pytest.mark.parametrize(
    ("body", "reason"),
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
def test_unreadable_message_states_the_reason_without_content(body: str, reason: str) -> None:
    alert = parse(body)

    assert isinstance(alert, Unreadable)
    assert reason in alert.reason
    assert len(alert.reason) <= 300
    assert "ada" not in alert.reason + alert.excerpt


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        ('{"name": "Ada Lovelace", "n": [1, 4917012345678]}', '{"name": "…", "n": [1, …]}'),
        ('{"type": "x.y", "source": "crm", "Ada": "x"', '{"type": "x.y", "source": "crm", "Ada": "…"'),
        ('{"AlarmName": "others/5xx", "NewStateValue": 1}', '{"AlarmName": "others/5xx", "NewStateValue": 1}'),
        ('{"type": "Ada Lovelace", "Ada Lovelace": 1}', '{"type": "…", "…": 1}'),
        ('{"name": "Ada \\" Lovelace', '{"name": "…"'),
        ("{'name': 'Ada Lovelace'}", '{"…": "…"}'),
        ("name=Ada+Lovelace&id=1", 'name="…"&id="…"'),
        (
            '<to lang="en">Ada</to>\n<cc><name>Ada Lovelace</name></cc>',
            '<to lang="…">"…"</to> <cc><name>"…"</name></cc>',
        ),
        ("<name>Ada Lovel", '<name>"…"'),
        ("CPU > 80 in zone a", "CPU > 80 in zone a"),
        ("Call +49 170 1234567, ada@example.com or\nhttps://x.test/ada", "Call [phone], [email] or [url]"),
    ],
)
def test_unreadable_message_is_shown_without_its_values(body: str, excerpt: str) -> None:
    alert = parse(body)

    assert isinstance(alert, Unreadable)
    assert alert.excerpt == excerpt


@given(name=st.text(), cut=st.integers(0, 60))
def test_no_text_of_json_is_in_the_excerpt(name: str, cut: int) -> None:
    body = json.dumps({"payload": {"customer": {"name": name}}, "list": [name]}, ensure_ascii=False)

    alert = parse(body[: len(body) - cut])

    assert isinstance(alert, Unreadable)
    structure = re.sub('"(payload|customer|name|list)":', "", alert.excerpt)
    assert not set(structure) - set('{}[]:, "…')


def test_alerts_of_one_cause_are_merged() -> None:
    cause = only_cause(dead_lettered(1, count=3), dead_lettered(2, count=4, attempts=7), dead_lettered(3))

    assert cause.count == 8
    assert cause.attempts == 7
    assert cause.tenants == "3 tenants"
    assert cause.handles == ["handle-0", "handle-1", "handle-2"]


def test_one_cause_in_two_services_makes_two_groups() -> None:
    found = digest(
        dead_lettered(1, service="queue_processor", subject="booking.created"),
        dead_lettered(2, service="booking.created", subject="booking.created"),
    )

    assert [service for service, _ in found.causes] == ["queue_processor", "booking.created"]


@given(st.permutations(range(6)))
def test_first_alert_is_the_earliest_by_timestamp(order: Sequence[int]) -> None:
    cause = only_cause(*[dead_lettered(number, at=at(number), detail=f"detail {number}") for number in order])

    assert (cause.first_at, cause.last_at) == (at(0), at(5))
    assert cause.first.detail == "detail 0"
    assert cause.ids == [f"message-{number}" for number in range(6)]


@given(st.permutations([*range(4), *range(4)]))
def test_duplicate_alert_counts_once(order: Sequence[int]) -> None:
    cause = only_cause(*[dead_lettered(number, count=2) for number in order])

    assert cause.count == 8
    assert len(cause.handles) == 8, "every delivery must be deleted"


def test_ids_are_the_fifty_earliest() -> None:
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
def test_tenants_beyond_an_alerts_ids_are_counted_as_or_more(changes: dict[str, Any], tenants: str) -> None:
    assert only_cause(dead_lettered(**changes)).tenants == tenants


@pytest.mark.parametrize(("causes", "single", "shared"), [(0, 0, 0), (1, 1, 0), (5, 5, 0), (6, 4, 2), (40, 4, 36)])
def test_causes_fit_in_five_cards(causes: int, single: int, shared: int) -> None:
    found = digest(*[dead_lettered(number, fingerprint=f"{number:012x}") for number in range(causes)])

    assert tuple(map(len, without_memory().ranked(found))) == (single, shared)


def test_largest_causes_get_cards_then_the_latest() -> None:
    small = [dead_lettered(n, fingerprint=f"{n:012x}", at=at(n)) for n in range(5)]
    found = digest(*small, dead_lettered(9, fingerprint="999999999999", count=10))

    single, shared = without_memory().ranked(found)

    assert [report.cause.fingerprint[-1] for report in (*single, *shared)] == ["9", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(("alarms", "single", "shared"), [(5, 5, 0), (6, 4, 2)])
def test_alarms_fit_in_five_cards(alarms: int, single: int, shared: int) -> None:
    found = digest(*[alarm(subject=f"type{number}.a") for number in range(alarms)])

    assert tuple(map(len, found.ranked_alarms())) == (single, shared)


def test_alarms_that_are_on_get_cards_before_recovered_ones() -> None:
    recovered = [alarm(subject=f"a{n}.b", state="OK", at=at(n)) for n in range(5)]
    found = digest(*recovered, alarm(subject="z.z", at=at(-100)), alarm("unhealthy", subject="system", at=at(-200)))

    single, shared = found.ranked_alarms()

    assert [each.latest.name.split("/")[1] for each in single] == ["system", "z.z", "a4.b", "a3.b"]
    assert [each.latest.state for each in shared] == ["OK"] * 3


def test_alarms_about_the_system_come_first_of_those_that_are_on() -> None:
    later = [alarm(subject=f"a{n}.b", at=at(n)) for n in range(4)]
    no_data = alarm("heartbeat", subject="system", state="INSUFFICIENT_DATA", at=at(9))
    found = digest(*later, no_data, alarm("unrouted", subject="system", at=at(-9)))

    single, shared = found.ranked_alarms()

    names = [each.latest.name.split("/", 1)[1] for each in (*single, *shared)]
    assert (names[0], names[-1]) == ("system/unrouted", "system/heartbeat")


@given(st.permutations(["ALARM", "OK", "INSUFFICIENT_DATA"]))
def test_of_changes_at_one_time_the_alarm_counts(order: Sequence[str]) -> None:
    (changes,) = digest(*[alarm(state=state) for state in order]).alarms.values()

    assert changes.latest.state == "ALARM"


@given(st.permutations([(0, "ALARM"), (60, "OK"), (120, "ALARM"), (120, "ALARM")]))
def test_latest_change_by_time_decides_the_state(order: Sequence[tuple[int, str]]) -> None:
    found = digest(*[alarm(state=state, at=at(seconds)) for seconds, state in order])

    (changes,) = found.alarms.values()
    assert (changes.latest.state, changes.latest.changed_at) == ("ALARM", at(120))
    assert changes.count == 3, "one was delivered twice"
    assert len(changes.handles) == 4


def test_lists_are_interleaved() -> None:
    assert interleave([["a1", "a2", "a3"], ["b1"], []], 3) == ["a1", "b1", "a2"]
    assert interleave([], 3) == []
