"""Cost of webhooks that their endpoint does not take, compared with what their function does."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from lambdas.common.batch.retry import LONGEST_DELAY
from lambdas.webhook_deliver.posting import MAX_POST_SECONDS
from ops.cost.assumptions import Assumptions
from ops.cost.bill import AwsService, Purpose
from ops.cost.per_event import CAUSE_BYTES, LINE_BYTES, NOTES_PER_FAILURE, WRITES_PER_JOB, UsageCost
from ops.cost.prices import LAMBDA_GB_SECOND
from ops.cost.tables import dead_endpoint_sheet, webhook_lines, webhook_sheet
from ops.cost.webhooks import (
    MS_WITHOUT_ANSWER,
    PROBES_A_DAY,
    ROUND,
    ROUNDS_A_DAY,
    WebhookCost,
    dead_endpoint_costs,
    rounds_of,
    tries_within,
    webhook_costs,
)
from schemas.activities import ACTIVITY_RECORD
from schemas.webhooks import WEBHOOK_DELIVER
from tests.unit.functions.webhook_deliver.stage import Stage, status
from tests.unit.ops.cost.stage_sizes import SIZES

MILLION = 1_000_000
HOUR = timedelta(hours=1)
USAGE = UsageCost(SIZES, Assumptions())


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.posts.answer = status(503)
    return stage


def costs() -> dict[str, WebhookCost]:
    return {each.label: each for each in webhook_costs(SIZES, Assumptions())}


def calls(stage: Stage) -> Counter[str]:
    """Count calls of DynamoDB: `get_item health`, `put_item webhook.deliver`."""
    keys = (request.get("Key") or request["Item"] for request in stage.harness.dynamodb.requests)
    about = (key["id"]["S"].partition("#")[0] for key in keys)
    return Counter(f"{operation} {name}" for operation, name in zip(stage.harness.dynamodb.calls, about, strict=True))


def test_a_round_lasts_as_long_as_sqs_may_delay_a_message() -> None:
    assert timedelta(seconds=LONGEST_DELAY) == ROUND


def test_a_webhook_that_is_never_taken_makes_as_many_tries_and_rounds(stage: Stage) -> None:
    stage.send("m-1")
    stage.run()

    never = costs()["never taken"]
    assert len(stage.posts.calls) == never.tries
    assert len(stage.outcomes("m-1")) - never.tries == pytest.approx(never.rounds, abs=2)


def test_a_round_makes_one_read_one_send_one_line_and_no_metric(stage: Stage) -> None:
    stage.send("m-1")
    stage.run(until=HOUR)
    before, lines, tries = calls(stage), len(stage.harness.log), len(stage.posts.calls)

    stage.run_next()

    assert len(stage.posts.calls) == tries, "it was a try"
    assert calls(stage) - before == Counter({"get_item health": 1})
    (line,) = stage.harness.log[lines:]
    assert json.loads(line)["outcome"] == "deferred"
    assert len(line) <= LINE_BYTES + CAUSE_BYTES
    assert stage.waiting == 1
    price = USAGE.waiting_round(WEBHOOK_DELIVER)
    assert price.of(AwsService.SQS) * MILLION == pytest.approx(3 * 0.50)
    assert price.of(AwsService.DYNAMODB) * MILLION == pytest.approx(0.125)
    assert Purpose.METRICS not in price.by_purpose


def test_a_failed_try_makes_the_writes_that_are_assumed(stage: Stage) -> None:
    stage.send("m-1")
    stage.run()

    made, tries = calls(stage), len(stage.posts.calls)
    assert made["put_item webhook.deliver"] + made["delete_item webhook.deliver"] == WRITES_PER_JOB * tries
    assert made["update_item health"] / tries == pytest.approx(NOTES_PER_FAILURE, rel=0.15)
    price = USAGE.failed_try(WEBHOOK_DELIVER)
    writes = WRITES_PER_JOB + NOTES_PER_FAILURE + 0.1
    assert price.of(AwsService.DYNAMODB) * MILLION == pytest.approx(writes * 0.625 + 0.125)


def test_webhooks_of_a_probed_endpoint_go_round_as_often_as_assumed(stage: Stage) -> None:
    stage.send(*(f"m-{number}" for number in range(5)))
    stage.run(until=HOUR)
    before, probes = len(stage.harness.lines), len(stage.posts.calls)

    stage.run(until=12 * HOUR)

    rounds = (len(stage.harness.lines) - before) / 5 * 2
    assert rounds <= ROUNDS_A_DAY * 1.05
    assert rounds >= ROUNDS_A_DAY / 1.15
    assert (len(stage.posts.calls) - probes) * 2 <= PROBES_A_DAY


def test_a_try_without_an_answer_is_paid_until_it_is_given_up() -> None:
    found, seconds = costs(), MAX_POST_SECONDS - Assumptions().job_ms / 1_000

    assert MS_WITHOUT_ANSWER == MAX_POST_SECONDS * 1_000
    more = found["one more try, without an answer in 10 s"].dollars - found["one more try"].dollars
    assert more == pytest.approx(seconds * SIZES.memory["webhook_deliver"] / 1024 * LAMBDA_GB_SECOND)


@pytest.mark.parametrize(
    ("delays", "rounds"), [((), 0), ((5,), 0), ((900,), 0), ((901,), 1), ((1_800, 5, 7_200), 1 + 7)]
)
def test_a_delay_ends_with_a_try_and_not_with_a_round(delays: tuple[int, ...], rounds: int) -> None:
    assert rounds_of([timedelta(seconds=each) for each in delays]) == rounds


@pytest.mark.parametrize(("outage", "tries"), [(1, 1), (6, 2), (3_600, 4), (172_800, 8), (1_000_000, 9)])
def test_an_outage_takes_the_tries_that_fall_into_it(outage: int, tries: int) -> None:
    assert tries_within(timedelta(seconds=outage)) == tries


def test_a_delivery_costs_one_read_and_no_other_job_does() -> None:
    assert USAGE.of(WEBHOOK_DELIVER).by_purpose[Purpose.ENDPOINT_READS] * MILLION == pytest.approx(0.125)
    assert Purpose.ENDPOINT_READS not in USAGE.of(ACTIVITY_RECORD).by_purpose


def test_the_longer_an_endpoint_is_away_the_more_its_webhooks_cost() -> None:
    found = costs()

    away = [found[label].dollars for label in ("taken at the first try", "taken after 2 hours", "taken after 24 hours")]
    assert sorted(away) == away
    assert found["never taken"].dollars > away[-1]


def test_a_dead_endpoint_costs_in_proportion_to_its_webhooks() -> None:
    hundred, thousand, ten_thousand = dead_endpoint_costs(SIZES, Assumptions())

    assert thousand.rounds == 1_000 * (2 * 3 + 3 * 1.5) * ROUNDS_A_DAY
    assert 9 < thousand.dollars / hundred.dollars < 10 > ten_thousand.dollars / thousand.dollars > 9
    assert thousand.dollars < 3


def test_the_tables_and_records_show_each_cost() -> None:
    webhooks, dead = webhook_costs(SIZES, Assumptions()), dead_endpoint_costs(SIZES, Assumptions())

    lines = list(webhook_lines(webhooks, dead))

    assert len(webhook_sheet(webhooks, "prod").rows) + len(dead_endpoint_sheet(dead, "prod").rows) == len(lines)
    assert [line["dollars_per_million"] for line in lines[:1]] == [pytest.approx(webhooks[0].dollars * MILLION)]
    assert lines[-1]["webhooks_per_day"] == 10_000
