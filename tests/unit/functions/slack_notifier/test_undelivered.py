"""Webhooks that customers' endpoints did not take: one card a day at most, and no alert is lost."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.common.errors import NotDeliveredError, NotNowError, UnavailableError
from lambdas.slack_notifier.slack.http_post import HttpResponse
from lambdas.slack_notifier.undelivered.sums import MAX_TENANTS, SUMS_KEY
from lambdas.webhook_deliver.answers import EndpointGoneError
from tests.fakes.service import failing, refusing
from tests.messages import COMPANY
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    OFF,
    RUNBOOK,
    NotifierHarness,
    dead_lettered,
    shown,
)

DAY = timedelta(days=1)
ENDPOINTS = "taly-async endpoints --stage prod"
REDRIVE = "taly-async redrive webhook.deliver --endpoint ENDPOINT --tenant TENANT --stage prod"


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness()


def undelivered(number: int = 0, *, at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """An alert of a webhook that its endpoint did not take."""
    about = {
        "service": "webhook.deliver",
        "subject": "webhook.deliver",
        "reason": "unavailable",
        "error": NotDeliveredError.__name__,
        "detail": "the endpoint answered 503",
        "function": "taly-async-prod-webhook-deliver",
    }
    return dead_lettered(number, at=at, **about | changes)


def sums(harness: NotifierHarness) -> Mapping[str, Any]:
    return harness.dynamodb.items[SUMS_KEY]


def never(_operation: str, _request: Mapping[str, Any]) -> None:
    """Let each call succeed."""


def pass_until(harness: NotifierHarness, at: datetime) -> None:
    harness.clock.sleep((at - harness.clock.now()).total_seconds())


def test_the_first_is_reported_at_once(harness: NotifierHarness) -> None:
    harness.send(*[undelivered(number, at=NOW + timedelta(seconds=number)) for number in range(3)])

    harness.run()

    (payload,) = harness.slack.posted
    text = shown(payload)
    assert harness.headers == ["🟠 prod: 3 undelivered webhooks"]
    assert payload["text"] == "prod: 3 undelivered webhooks of 3 tenants. Nothing to do at night."
    assert "3 webhooks of 3 tenants were dead-lettered: customers' endpoints did not take them for days." in text
    assert ENDPOINTS in text
    assert REDRIVE in text
    assert f"{RUNBOOK}#undelivered-webhooks" in text
    assert harness.waiting == []
    (line,) = harness.logged("posted")
    assert (line["card"], line["count"], line["fingerprints"]) == ("undelivered", 3, ["c83d68dfbef7"])
    assert sorted(line["ids"]) == ["message-0", "message-1", "message-2"]


def test_all_causes_share_the_card(harness: NotifierHarness) -> None:
    harness.send(undelivered(0), undelivered(1, fingerprint="0" * 12, error=NotNowError.__name__))

    harness.run()

    assert harness.headers == ["🟠 prod: 2 undelivered webhooks"]


def test_what_follows_is_summed_up_and_its_alerts_are_deleted(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.send(undelivered(1, count=4), undelivered(2))

    harness.run()

    assert len(harness.slack.posted) == 1
    assert harness.waiting == []
    assert sums(harness)["count"] == {"N": "5"}
    (line,) = harness.logged("summed up")
    assert (line["card"], line["count"], sorted(line["ids"])) == ("undelivered", 5, ["message-1", "message-2"])


def test_a_day_of_alerts_each_minute_has_two_cards(harness: NotifierHarness) -> None:
    for number in range(24 * 60 + 1):
        harness.send(undelivered(number, at=harness.clock.now()))
        harness.run()

    assert harness.headers == ["🟠 prod: 1 undelivered webhook", "🟠 prod: 1,440 undelivered webhooks"]
    assert harness.waiting == []


def test_the_sums_are_reported_after_a_day_without_further_alerts(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    later = NOW + timedelta(hours=1)
    harness.send(undelivered(1, at=later, companies=[COMPANY]))
    harness.send(undelivered(2, at=later + timedelta(hours=1), companies=[COMPANY]))
    harness.run()
    pass_until(harness, NOW + DAY)

    harness.run()
    harness.run()

    assert harness.headers[1:] == ["🟠 prod: 2 undelivered webhooks"]
    text = shown(harness.slack.posted[1])
    assert "2 webhooks of 1 tenant were dead-lettered" in text
    assert f"*Since*\n<!date^{int(later.timestamp())}^" in text
    assert sums(harness).keys() == {"id", "said_at", "count", "expiration"}
    assert sums(harness)["count"] == {"N": "0"}


def test_without_new_ones_there_is_no_second_card(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    pass_until(harness, NOW + 3 * DAY)

    harness.run()

    assert len(harness.slack.posted) == 1


def test_one_after_quiet_days_is_reported_at_once(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    pass_until(harness, NOW + 3 * DAY)
    harness.send(undelivered(1))

    harness.run()

    assert len(harness.slack.posted) == 2


def test_a_new_process_goes_on_with_the_sums(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    for number in (1, 2):
        harness.new_process()
        harness.send(undelivered(number))
        harness.run()

    assert len(harness.slack.posted) == 1
    assert sums(harness)["count"] == {"N": "2"}


@pytest.mark.parametrize("error", [NotDeliveredError, *NotDeliveredError.__subclasses__(), NotNowError])
def test_each_error_about_an_endpoint_is_summed_up(harness: NotifierHarness, error: type[Exception]) -> None:
    assert EndpointGoneError in NotDeliveredError.__subclasses__()
    harness.send(undelivered(0, error=error.__name__))

    harness.run()

    assert harness.headers == ["🟠 prod: 1 undelivered webhook"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "attempts_exhausted", "error": "KeyError"},
        {"reason": "permanent", "error": "UnreadableError"},
        {"reason": "crashed", "error": "Crashed"},
        {"error": UnavailableError.__name__, "detail": "the CRM answered 503"},
        {"service": "activity.record", "subject": "activity.record"},
        {"service": "queue_processor", "reason": "invalid_payload"},
    ],
    ids=["our bug", "the CRM's data", "a crash", "the CRM was away", "another type", "refused"],
)
def test_what_is_no_endpoint_s_has_its_own_card_at_once(harness: NotifierHarness, changes: dict[str, Any]) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.send(undelivered(1, **changes))

    harness.run()

    assert len(harness.slack.posted) == 2
    assert "undelivered" not in harness.headers[1]
    assert SUMS_KEY in harness.dynamodb.items
    assert sums(harness)["count"] == {"N": "0"}


def test_more_tenants_than_the_item_keeps_are_many(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.send(*[undelivered(number, at=NOW + timedelta(seconds=number)) for number in range(1, MAX_TENANTS + 2)])
    harness.run()
    pass_until(harness, NOW + DAY)

    harness.run()

    assert "1,001 webhooks of 1,000 or more tenants were dead-lettered" in shown(harness.slack.posted[1])


def test_while_the_table_cannot_be_read_the_alerts_are_reported_at_once(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.dynamodb.fail = failing("InternalServerError")
    harness.send(undelivered(1))

    harness.run()

    assert harness.headers[-1] == "🟠 prod: 1 undelivered webhook"
    assert harness.waiting == []


def test_sums_that_the_table_does_not_take_are_reported_at_once(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.dynamodb.fail = failing("ProvisionedThroughputExceededException", "put_item")
    harness.send(undelivered(1), undelivered(2))

    harness.run()

    assert harness.headers[-1] == "🟠 prod: 2 undelivered webhooks"
    assert harness.waiting == []
    assert sums(harness)["count"] == {"N": "0"}
    assert any(line.get("endpoints") for line in harness.logged("not remembered in the idempotency table"))


def test_a_card_that_the_table_does_not_take_is_not_repeated(harness: NotifierHarness) -> None:
    harness.dynamodb.fail = failing("ThrottlingException", "put_item")
    harness.send(undelivered(0))
    harness.run()
    harness.dynamodb.fail = never
    harness.send(undelivered(1))

    harness.run()

    assert len(harness.slack.posted) == 1
    assert sums(harness)["count"] == {"N": "1"}


def test_a_first_card_waits_while_slack_is_down(harness: NotifierHarness) -> None:
    harness.slack.down = True
    harness.send(undelivered(0))
    harness.run()
    assert len(harness.waiting) == 1
    harness.slack.down = False

    harness.run()
    harness.run()

    assert harness.headers == ["🟠 prod: 1 undelivered webhook"]
    assert harness.waiting == []


def test_sums_go_on_while_slack_is_down(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.slack.down = True
    harness.send(undelivered(1))

    harness.run()

    assert harness.waiting == []
    assert sums(harness)["count"] == {"N": "1"}


def test_an_alert_that_sqs_keeps_is_counted_again_and_not_lost(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.send(undelivered(1))
    harness.sqs.refuse = refusing("InternalError", "delete_message_batch")
    harness.run()
    harness.sqs.refuse = never
    harness.clock.sleep(300)

    harness.run()

    assert harness.waiting == []
    assert sums(harness)["count"] == {"N": "2"}


def test_a_card_that_slack_refuses_is_mailed_once(harness: NotifierHarness) -> None:
    harness.slack.responses = [HttpResponse(400, text="invalid_blocks"), HttpResponse(400, text="invalid_payload")]
    harness.send(undelivered(0))
    harness.run()
    harness.send(undelivered(1))

    harness.run()

    assert [mail["Subject"] for mail in harness.sns.published] == [
        "[prod] 1 undelivered webhook of 1 tenant. Nothing to do at night."
    ]
    assert harness.slack.posted == []
    assert harness.waiting == []


def test_while_slack_is_off_one_email_a_day_reports_them() -> None:
    harness = NotifierHarness(secret=OFF)
    for number in range(3):
        harness.send(undelivered(number, at=harness.clock.now()))
        harness.run()
    pass_until(harness, NOW + DAY)

    harness.run()

    assert [mail["Subject"] for mail in harness.sns.published] == [
        "[prod] 1 undelivered webhook of 1 tenant. Nothing to do at night.",
        "[prod] 2 undelivered webhooks of 2 tenants. Nothing to do at night.",
    ]
    assert f"    {REDRIVE}" in harness.sns.published[1]["Message"]
    assert harness.waiting == []


@pytest.mark.parametrize(
    "broken",
    [
        {"said_at": {"S": "soon"}, "count": {"N": "-1"}},
        {"said_at": {"N": "5"}, "count": {"S": "many"}, "tenants": {"S": "x"}},
        {},
    ],
    ids=str,
)
def test_an_item_of_another_form_counts_as_none(harness: NotifierHarness, broken: dict[str, Any]) -> None:
    harness.dynamodb.items[SUMS_KEY] = {"id": {"S": SUMS_KEY}, **broken}
    harness.send(undelivered(0))

    harness.run()

    assert harness.headers == ["🟠 prod: 1 undelivered webhook"]


def test_the_item_shows_no_value_of_a_message(harness: NotifierHarness) -> None:
    harness.send(undelivered(0))
    harness.run()
    harness.send(undelivered(1, detail="ada@example.com"))

    harness.run()

    assert "ada" not in json.dumps(sums(harness))
    assert set(sums(harness)) == {"id", "said_at", "count", "first_at", "last_at", "tenants", "expiration"}
