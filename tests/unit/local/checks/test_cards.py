"""What the notifier's cards tell is read off them as people would read it."""

import json
from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import parse
from lambdas.slack_notifier.cards.notices import all_notices
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import message
from local.checks.alerts import Told, told, wanted
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found
from ops.stage.services import UNROUTED
from schemas.names import QUEUE_PROCESSOR, dashboard_name
from schemas.notifier_environment import NotifierEnvironment
from tests.unit.functions.slack_notifier.slack_fakes import ALERTS, REGION, RUNBOOK, SECRET, TOPIC, alarm, dead_lettered

ENVIRONMENT = NotifierEnvironment(
    stage="prod",
    alerts_queue_url=ALERTS,
    slack_webhook_secret_arn=SECRET,
    email_topic_arn=TOPIC,
    dashboard_name=dashboard_name("prod"),
    runbook_url=RUNBOOK,
)


def cards(*alerts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the notifier posts of these."""
    digest = Digest()
    for number, alert in enumerate(alerts):
        digest.add(parse(json.dumps(alert)), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    location = StageLocation.of(ENVIRONMENT, REGION)
    return [message(notice.card) for notice in all_notices(digest, location, lambda _: QueueInspection(checked=2))]


def alarm_of(number: int, **changes: Any) -> dict[str, Any]:
    return alarm("dead-letters", subject=f"some.type{number}", **changes)


def name_of(number: int) -> str:
    return str(alarm_of(number)["AlarmName"])


def fingerprint(number: int) -> str:
    return f"{number:012x}"


NUMBERS = count()


def letter(service: str, cause: int | None = None, *, of: str = "{}") -> Found:
    known = {} if cause is None else {"fingerprint": {"DataType": "String", "StringValue": fingerprint(cause)}}
    return Found(service, DeadLetter.of({"MessageId": f"sqs-{next(NUMBERS)}", "Body": of, "MessageAttributes": known}))


def test_a_card_of_one_cause_tells_how_many_died_of_it() -> None:
    found = told(cards(*(dead_lettered(number, fingerprint=fingerprint(1), count=700) for number in range(2))))

    assert found == Told(Counter({fingerprint(1): 1_400}))


@pytest.mark.parametrize("causes", [1, 5, 9])
def test_each_cause_is_told_whether_it_has_a_card_of_its_own_or_not(causes: int) -> None:
    alerts = [dead_lettered(number, fingerprint=fingerprint(number), count=number + 1) for number in range(causes)]

    assert told(cards(*alerts)).letters == Counter({fingerprint(number): number + 1 for number in range(causes)})


def test_cards_of_several_minutes_are_added_up() -> None:
    minute = cards(dead_lettered(1, count=2)), cards(dead_lettered(2, count=3))

    assert told([*minute[0], *minute[1]]).letters.total() == 5


@pytest.mark.parametrize("count", [1, 5, 9])
def test_each_alarm_that_went_off_is_told_whether_it_has_a_card_of_its_own_or_not(count: int) -> None:
    assert told(cards(*map(alarm_of, range(count)))).alarms == set(map(name_of, range(count)))


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize("count", [1, 9])
def test_an_alarm_that_is_over_or_knows_nothing_did_not_go_off(state: str, count: int) -> None:
    over = [alarm_of(number, state=state) for number in range(count)]

    assert told(cards(*over)).alarms == set()
    assert told(cards(*over, alarm_of(20))).alarms == {name_of(20)}


def test_a_message_without_blocks_tells_nothing_that_can_be_counted() -> None:
    assert told([{"text": "hello"}]) == Told()


def test_of_letters_their_causes_and_their_queues_alarms_must_be_told() -> None:
    letters = [
        letter("email.send", 1),
        letter("email.send", 1),
        letter("email.send"),
        letter(QUEUE_PROCESSOR, 2),
        letter(UNROUTED),
    ]

    assert wanted(letters) == Told(
        Counter({fingerprint(1): 2, fingerprint(2): 1}),
        frozenset(
            {
                "taly-async-local/email.send/dead-letters",
                "taly-async-local/queue_processor/refused",
                "taly-async-local/system/unrouted",
            }
        ),
    )


def test_what_is_not_told_or_told_wrongly_is_said_in_sentences() -> None:
    must = Told(Counter({fingerprint(1): 2, fingerprint(2): 1}), frozenset({"a", "b"}))
    known = Told(Counter({fingerprint(1): 3, fingerprint(2): 1}), frozenset({"a", "c"}))

    assert known.lacks(must) == [
        "of cause 000000000001 the cards tell of 3 dead letters, and 2 lie there",
        "no card tells that the alarm b went off",
    ]
    assert must.lacks(must) == []


def test_all_is_told_once_it_is_on_the_cards_or_more() -> None:
    must = Told(Counter({fingerprint(1): 2}), frozenset({"a"}))

    assert must.covers(must)
    assert Told(Counter({fingerprint(1): 3}), frozenset({"a", "b"})).covers(must)
    assert not Told(Counter({fingerprint(1): 1}), frozenset({"a"})).covers(must)
    assert not Told(Counter({fingerprint(1): 2})).covers(must)


def test_a_message_that_lies_there_twice_may_be_told_of_once_or_twice() -> None:
    body = '{"id": "task-1"}'
    must = wanted([letter(UNROUTED, 1, of=body), letter(UNROUTED, 1, of=body)])

    wrong = {number: Told(Counter({fingerprint(1): number}), must.alarms).lacks(must) for number in range(4)}

    assert [number for number, lacks in wrong.items() if not lacks] == [1, 2]
