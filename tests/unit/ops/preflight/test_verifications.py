"""Verifications settle assumptions by what a deployed stage shows."""

from typing import Any

import pytest

from ops.preflight.check_result import CheckResult, CheckState
from ops.preflight.preflight import run
from ops.preflight.verifications import VERIFICATIONS
from schemas.catalogue import CATALOGUE
from schemas.names import alarm_name
from schemas.signals import ERRORS
from schemas.system import SYSTEM_HEARTBEAT
from tests.unit.ops.preflight.new_account import NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

RAISED = ("taly-async-prod/system/unrouted", "Successfully executed action arn:aws:sns:eu-central-1:123456789012:t")
REFUSED = ("taly-async-prod/system/unrouted", "Failed to execute action arn:aws:sns:eu-central-1:123456789012:t")
OF_OTHERS = ("taly-async-prod2/system/unrouted", "Failed to execute action arn:aws:sns:eu-central-1:123456789012:t")


UNKNOWN_AT_FIRST = {"fill", "search", "alarm-actions", "text-metric", "mail-metric"}
"""Verifications that ask for metrics, which exist once something happened."""


def verified(name: str, account: NewAccount) -> CheckResult:
    (found,) = run(account.read_for(assembly_of()), {name: VERIFICATIONS[name]})
    return found


def deployed(**changes: Any) -> NewAccount:
    account = NewAccount(**changes)
    account.deploy()
    return account


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("queue-urls", {}, f"{2 * len(CATALOGUE)} queues have the URL that functions build"),
        ("message-groups", {}, "keeps the path of the tenant"),
        ("heartbeat", {"heartbeats": 9}, "9 of 10 heartbeats succeeded"),
        ("fill", {"filled": (0.0, 0.0)}, "is 0 (2 values)"),
        ("search", {"searched": 3}, "finds the metric Latency of 3 services"),
        ("mapping-tags", {}, f"{len(CATALOGUE) + 1} mappings have the tags"),
        ("recursive-loop", {}, f"{len(CATALOGUE) + 1} functions may send to their own queues"),
        ("alarm-actions", {"actions": [RAISED, OF_OTHERS]}, "1 action of alarms succeeded"),
        ("saved-queries", {}, "CloudWatch accepts 1 of 1 queries"),
        ("text-metric", {"metrics": {"SMSMonthToDateSpentUSD": []}}, "AWS/SNS has SMSMonthToDateSpentUSD"),
        ("mail-metric", {"metrics": {"Reputation.BounceRate": []}}, "AWS/SES has Reputation.BounceRate"),
        ("archive", {"archived": 1440}, "1,440 events are archived"),
    ],
)
def test_an_assumption_that_holds_says_what_was_seen(name: str, changes: dict[str, Any], says: str) -> None:
    found = verified(name, deployed(**changes))

    assert found.state is CheckState.OK
    assert says in found.found


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        (
            "queue-urls",
            {"queue_host": "https://eu-central-1.queue.amazonaws.com"},
            "SQS names https://eu-central-1.queue",
        ),
        ("message-groups", {"group_path": None}, "no path of a message group"),
        ("heartbeat", {}, "no heartbeat succeeded"),
        ("fill", {"filled": ()}, "has no value"),
        ("mapping-tags", {"stage_tags": {"stage": "prod"}}, "lack the tags application and stage"),
        ("fill", {"filled": (1.0,)}, "has no value"),
        ("alarm-actions", {"actions": [RAISED, REFUSED]}, "1 of 2 actions of alarms failed"),
        ("saved-queries", {"malformed": "limit"}, "taly-async-prod/slowest is refused"),
        ("text-metric", {"metrics": {"SMSMonthToDateSpentUSD": ["Country"]}}, "by Country alone"),
        ("archive", {}, "0 events are archived"),
    ],
)
def test_an_assumption_that_does_not_hold_fails(name: str, changes: dict[str, Any], says: str) -> None:
    found = verified(name, deployed(**changes))

    assert found.state is CheckState.FAILED
    assert says in found.found
    assert found.meaning
    assert found.remedy


def test_a_function_whose_loops_lambda_ends_fails() -> None:
    account = deployed()
    account.recursion["taly-async-prod-email-send"] = "Terminate"

    assert verified("recursive-loop", account).found == "Lambda ends loops of taly-async-prod-email-send"


@pytest.mark.parametrize("name", ["alarm-actions", "search", "text-metric", "mail-metric"])
def test_what_has_not_happened_yet_is_unknown_and_says_how_to_cause_it(name: str) -> None:
    found = verified(name, deployed())

    assert found.state is CheckState.UNKNOWN
    assert found.remedy


def test_the_alarm_to_try_the_actions_by_pages_nobody_and_goes_off_again() -> None:
    """An alarm on missing data that is ignored, such as `unrouted`, would stay on, and page."""
    remedy = verified("alarm-actions", deployed()).remedy

    assert f"--alarm-name {alarm_name('prod', SYSTEM_HEARTBEAT.name, ERRORS.slug)} --state-value ALARM" in remedy


def test_queries_that_were_started_are_stopped() -> None:
    account = deployed()

    verified("saved-queries", account)

    assert len(account.stopped) == account.called.count("StartQuery") == 1


def test_a_query_that_has_ended_needs_no_stop() -> None:
    """A query over one second may end first, and CloudWatch refuses to stop what has ended (API, StopQuery)."""
    assert verified("saved-queries", deployed(ended=True)).state is CheckState.OK


def test_urls_in_chinas_partition_have_its_suffix() -> None:
    account = deployed(partition="aws-cn", region="cn-north-1", queue_host="https://sqs.cn-north-1.amazonaws.com.cn")

    assert verified("queue-urls", account).state is CheckState.OK


@pytest.mark.parametrize("name", [name for name in VERIFICATIONS if name not in UNKNOWN_AT_FIRST])
def test_before_a_deploy_there_is_nothing_to_see(name: str) -> None:
    assert verified(name, NewAccount()).state is CheckState.NOT_YET
