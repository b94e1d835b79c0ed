"""Causes while DynamoDB, Slack or the notifier itself fails: never silent, and nothing counted twice without need."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.slack_notifier.handler import handler
from schemas.causes import CauseState
from tests.fakes.service import Fail, client_error, works
from tests.unit.functions.slack_notifier.causes.cause_harness import HOUR, KEY, CauseHarness
from tests.unit.functions.slack_notifier.slack_fakes import OFF, SECRET, shown

AWAY = "the table of causes did not answer, so each cause of this run gets a card"


@pytest.fixture
def harness() -> CauseHarness:
    return CauseHarness()


def failing_for_causes(error: Exception, operation: str, *, after: int = 0) -> Fail:
    """Fail calls of one operation on the table of causes, after so many that succeed."""
    calls = 0

    def fail(called: str, request: Mapping[str, Any]) -> Exception | None:
        nonlocal calls
        if called != operation or request.get("TableName") != "taly-causes":
            return None
        calls += 1
        return error if calls > after else None

    return fail


NOT_DEPLOYED = client_error("ResourceNotFoundException")
REFUSED = client_error("AccessDeniedException")
SILENT = EndpointConnectionError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")


@pytest.mark.parametrize("error", [NOT_DEPLOYED, REFUSED, SILENT], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("operation", ["scan", "put_item"])
def test_without_the_table_each_run_has_a_card(harness: CauseHarness, error: Exception, operation: str) -> None:
    harness.dynamodb.fail = failing_for_causes(error, operation)

    harness.minutes(3)

    assert harness.headers == ["🟠 prod: 1 dead letter of email.send, attempts exhausted"] * 3
    assert harness.waiting == []
    assert len(harness.logged(AWAY)) == 3


@pytest.mark.parametrize("operation", ["scan", "put_item"])
def test_a_table_that_goes_away_is_missed_at_once(harness: CauseHarness, operation: str) -> None:
    harness.minutes(2)
    harness.dynamodb.fail = failing_for_causes(SILENT, operation)

    harness.minutes(2)

    assert harness.totals == [1, 1, 1]
    assert harness.waiting == []


def test_a_table_that_comes_back_goes_on(harness: CauseHarness) -> None:
    harness.minutes(2)
    harness.dynamodb.fail = failing_for_causes(SILENT, "scan")
    harness.minutes(1)
    harness.dynamodb.fail = works

    harness.minutes(3)

    assert harness.totals == [1, 1]
    assert harness.cause.total == 5


def test_a_table_that_fails_is_asked_once_a_run(harness: CauseHarness) -> None:
    harness.minutes(1, causes=4)
    harness.dynamodb.fail = failing_for_causes(SILENT, "put_item")
    harness.dynamodb.calls.clear()

    harness.minutes(1, causes=4)

    assert harness.dynamodb.calls.count("put_item") == 1
    assert harness.totals == [1] * 8
    assert harness.waiting == []


def test_a_note_that_is_refused_after_the_card_costs_the_count_alone(harness: CauseHarness) -> None:
    harness.dynamodb.fail = failing_for_causes(SILENT, "put_item", after=1)
    harness.minutes(1)
    harness.dynamodb.fail = works

    harness.minutes(1)

    assert harness.words == ["new", "new"]
    assert harness.logged("not remembered in the table of causes")
    assert harness.waiting == []


def test_causes_beyond_a_scan_have_a_card_in_each_run(harness: CauseHarness) -> None:
    harness.minutes(1, causes=30)
    harness.dynamodb.causes_a_page = 1  # of 20 pages
    posted = len(harness.slack.posted)

    harness.minutes(1, causes=30)

    cards = "\n".join(map(shown, harness.slack.posted[posted:]))
    fingerprints = [fingerprint for _, fingerprint in harness.dynamodb.causes]
    assert sum(f"`{each}`" in cards for each in fingerprints) == 30 - 20
    assert harness.waiting == []


@pytest.mark.parametrize("damage", [{"state": {"S": "bored"}}, {"since": {"S": "noon"}}])
def test_an_item_that_is_no_cause_costs_no_card(harness: CauseHarness, damage: dict[str, Any]) -> None:
    harness.minutes(1)
    harness.dynamodb.causes[KEY].update(damage)

    harness.minutes(2)

    assert harness.totals == [1, 1, 1]
    assert harness.waiting == []


def test_an_item_with_an_unknown_reason_still_has_its_card(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.decide(lambda cause: replace(cause, reason="bored"))

    harness.silence(HOUR)

    assert harness.words == ["new", "over"]


def test_ten_minutes_without_slack_have_one_card_with_the_true_total(harness: CauseHarness) -> None:
    harness.slack.down = True
    harness.minutes(10)
    harness.slack.down = False

    harness.silence(HOUR / 10)

    assert harness.totals == [10]
    assert harness.words == ["new"]
    assert harness.cause.total == 10
    assert harness.waiting == []


def test_a_run_right_after_one_without_slack_posts_the_card(harness: CauseHarness) -> None:
    harness.dead_letter()
    harness.slack.down = True
    handler.run(harness.context(), harness.runtime)
    harness.slack.down = False

    handler.run(harness.context(), harness.runtime)

    assert harness.words == ["new"]


def test_what_needs_no_card_is_noted_while_slack_is_down(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.slack.down = True

    harness.minutes(5)

    assert harness.cause.total == 6
    assert harness.waiting == []


def test_a_cause_ends_on_a_card_once_slack_is_back(harness: CauseHarness) -> None:
    harness.minutes(1)
    harness.slack.down = True
    harness.silence(2 * HOUR)
    harness.slack.down = False

    harness.silence(HOUR / 10)

    assert harness.words == ["new", "over"]


def test_a_card_that_slack_refuses_is_mailed_once(harness: CauseHarness) -> None:
    harness.slack.refuses = lambda _payload: True

    harness.minutes(3)

    assert len(harness.sns.published) == 1
    assert harness.cause.total == 3


def test_while_slack_is_off_emails_follow_the_same_decisions(harness: CauseHarness) -> None:
    harness.secrets.secrets[SECRET] = OFF

    harness.minutes(60)
    harness.silence(HOUR)

    texts = [str(mail["Message"]) for mail in harness.sns.published]
    assert len(texts) == 3
    assert "prod: new: 1 dead letter of email.send" in texts[0]
    assert "prod: grown: 10 dead letters of email.send" in texts[1]
    assert "prod: over: 60 dead letters of email.send" in texts[2]


class CrashError(Exception):
    """The process ends: none of its later calls arrives."""


def crash_at(harness: CauseHarness, number: int, *, before: bool) -> Callable[[], int]:
    """End the process before or after its call of this number; returns the calls so far."""
    calls = 0

    def count(_operation: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls >= number:
            raise CrashError

    for service in (harness.dynamodb, harness.sqs):
        if before:
            service.before = count
        else:
            service.after = count
    return lambda: calls


def repair(harness: CauseHarness) -> None:
    for service in (harness.dynamodb, harness.sqs):
        service.before = service.after = lambda _operation: None
    harness.new_process()


@pytest.mark.parametrize("known", [False, True], ids=["new cause", "known cause"])
@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_a_crash_at_any_call_loses_no_alert(*, before: bool, known: bool) -> None:
    number, crashed = 0, True
    while crashed:
        number += 1
        harness = CauseHarness()
        if known:
            harness.minutes(1)
        harness.dead_letter()
        crash_at(harness, number, before=before)
        try:
            harness.run()
        except CrashError:
            pass
        else:
            crashed = False
        repair(harness)
        harness.silence(HOUR / 6)  # longer than the alerts' visibility timeout

        assert harness.waiting == []
        assert harness.words[:1] == ["new"]
        assert harness.cause.total >= 1 + known
        assert harness.cause.said_at
        assert not harness.cause.is_claimed(harness.clock.now())
    assert number > 5, "each run makes more calls than that"


def test_a_write_whose_answer_is_lost_and_that_is_sent_again_counts_once(harness: CauseHarness) -> None:
    put = harness.dynamodb.put_item

    def twice(**request: Any) -> None:
        """As boto3 does after a time-out: the first request arrived."""
        if request["TableName"] == "taly-causes":
            put(**request)
        put(**request)

    harness.dynamodb.put_item = twice  # type: ignore[method-assign]
    harness.minutes(12)

    assert harness.totals == [1, 10]
    assert harness.cause.total == 12
    assert harness.waiting == []


@pytest.mark.parametrize("state", [CauseState.ACKNOWLEDGED, CauseState.SNOOZED, CauseState.RESOLVED])
def test_a_decision_while_a_card_is_posted_is_kept(harness: CauseHarness, state: CauseState) -> None:
    decisions: dict[CauseState, Callable[[], None]] = {
        CauseState.ACKNOWLEDGED: harness.acknowledge,
        CauseState.SNOOZED: lambda: harness.snooze(HOUR),
        CauseState.RESOLVED: harness.resolve,
    }

    def posting(_payload: object) -> bool:
        decisions[state]()
        return False

    harness.minutes(9)
    harness.slack.refuses = posting
    harness.minutes(1)
    harness.slack.refuses = lambda _payload: False

    harness.clock.sleep(-60)  # what comes next is from before the decision
    harness.minutes(1)

    assert harness.words == ["new", "grown"]
    assert (harness.cause.state, harness.cause.total) == (state, 11)
    assert harness.cause.total_then == 10
