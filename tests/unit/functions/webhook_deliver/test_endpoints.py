"""Endpoints that fail, recover, are gone or disabled: which webhooks call them, and who is informed."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.common.clients.outbox import EventBus
from lambdas.common.errors import UnavailableError
from lambdas.webhook_deliver.reports import Reports
from schemas.destinations import READ_WEBHOOKS
from schemas.endpoints import INDEX_KEY, EndpointState
from schemas.webhooks import WEBHOOK_DELIVER
from schemas.wire import timestamp
from tests.fakes.function import NOW
from tests.fakes.service import failing, refusing, works
from tests.messages import COMPANY, text, webhook
from tests.unit.functions.webhook_deliver.stage import Stage, status, unreachable

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def failing_endpoint(stage: Stage, *, days: float) -> None:
    """Let two webhooks fail, and put back the time of the first failure."""
    stage.posts.answer = status(503)
    stage.send("before-1", "before-2")
    stage.run(until=MINUTE)
    stage.harness.dynamodb.items[stage.state().key]["failing_since"] = {
        "S": timestamp(stage.harness.now - timedelta(days=days))
    }
    stage.posts.calls.clear()
    stage.harness.now += HOUR


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def call_at_once(stage: Stage, *, others: int) -> None:
    """Let so many other webhooks call while the first post goes on, before anybody knows how it ends."""
    left = iter(range(others))

    def during() -> None:
        if next(left, None) is not None:
            stage.run_next()

    stage.posts.during = during


def run_another_before_the_claim(stage: Stage) -> None:
    """Let the next webhook run after one has read the endpoint's state, and before it takes the probe."""
    left = iter(range(1))

    def run_next(operation: str, request: Any) -> None:
        if operation == "update_item" and ":probed_at" in str(request) and next(left, None) is not None:
            stage.run_next()

    stage.harness.dynamodb.fail = run_next


def test_a_healthy_endpoint_costs_one_read_and_no_write(stage: Stage) -> None:
    stage.send("m-1")
    stage.run()

    about_endpoints = [
        operation
        for operation, request in zip(stage.harness.dynamodb.calls, stage.harness.dynamodb.requests, strict=True)
        if json.dumps(request.get("Key")).find("health#webhook") > 0
    ]
    assert about_endpoints == ["get_item"]
    assert stage.outcomes("m-1") == ["succeeded"]


def test_a_webhook_that_fails_keeps_its_attempt_and_is_tried_nine_times(stage: Stage) -> None:
    stage.posts.answer = status(404)
    stage.send("m-1")
    stage.run()

    assert len(stage.posts.calls) == 9
    assert set(stage.outcomes("m-1")) == {"deferred", "dead_lettered"}
    assert [line["attempt"] for line in stage.harness.lines] == [1] * len(stage.harness.lines)
    (letter,) = stage.harness.dead_letters
    assert json.loads(letter["MessageAttributes"]["biography"]["StringValue"])["reason"] == "unavailable"
    waited = stage.posts.calls[-1][0] - stage.posts.calls[0][0]
    assert timedelta(hours=51) < waited < timedelta(hours=53)


def test_a_webhook_that_an_older_version_tried_is_tried_nine_times_more(stage: Stage) -> None:
    """Up to 8 attempts were spent on what endpoints answered, and the type now has three."""
    stage.posts.answer = status(404)
    stage.send("m-1", attempts=5)
    stage.run()

    assert len(stage.posts.calls) == 9
    assert {line["attempt"] for line in stage.harness.lines} == {5}
    (letter,) = stage.harness.dead_letters
    assert json.loads(letter["MessageAttributes"]["biography"]["StringValue"])["reason"] == "unavailable"


def test_while_an_endpoint_fails_no_other_webhook_calls_it(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1", "m-2", "m-3")
    stage.run_next()
    stage.run_next()
    stage.run_next()

    assert [message_id for _, message_id in stage.posts.calls] == ["m-1"]
    assert stage.outcomes("m-2") == stage.outcomes("m-3") == ["deferred"]
    assert stage.harness.lines[-1]["detail"] == (
        "the endpoint is not called for a while, since it failed: the endpoint answered 503"
    )


def test_an_endpoint_that_fails_delays_no_other_endpoint(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1")
    stage.run_next()
    stage.posts.answer = status(200)

    stage.send("m-2", endpoint_id="we_2")
    stage.run(until=timedelta(seconds=1))

    assert stage.outcomes("m-2") == ["succeeded"]


def test_a_refused_webhook_delays_the_others_by_seconds(stage: Stage) -> None:
    """A receiver may refuse one payload for good, whatever else it takes."""
    stage.posts.answer = lambda headers: status(400 if headers["webhook-id"] == "poison" else 200)(headers)
    stage.send("poison")
    for number in range(200):
        stage.send(f"m-{number}")
        stage.run(until=3 * MINUTE)
        done = [line for line in stage.harness.lines if line["id"] == f"m-{number}" and line["outcome"] == "succeeded"]
        assert done, f"m-{number} waits for minutes"

    assert "dead_lettered" not in stage.outcomes("poison"), "the others' successes made its tries follow each other"
    stage.run()
    assert len([1 for _, message_id in stage.posts.calls if message_id == "poison"]) == 9


@pytest.mark.parametrize("answer", [unreachable, status(404)])
def test_a_dead_host_with_500_webhooks_gets_20_calls_in_an_hour(stage: Stage, answer: object) -> None:
    stage.posts.answer = answer  # type: ignore[assignment]  # as parametrized
    stage.send(*(f"m-{number}" for number in range(500)))
    call_at_once(stage, others=15)

    stage.run(until=HOUR)

    assert 16 < len(stage.posts.calls) <= 20
    assert stage.waiting == 500
    assert stage.state().failures <= 5


def test_without_the_breaker_the_dead_host_would_get_every_webhook(stage: Stage) -> None:
    """The test before would fail without the items."""
    stage.harness.dynamodb.fail = lambda operation, request: (
        failing("InternalServerError")(operation, request)
        if "health#webhook" in request.get("Key", {}).get("id", {}).get("S", "")
        else None
    )
    stage.posts.answer = status(503)
    stage.send(*(f"m-{number}" for number in range(50)))

    stage.run(until=timedelta(seconds=1))

    assert len(stage.posts.calls) == 50, "without the table, each is delivered as if nothing were known"


def test_after_an_outage_all_webhooks_arrive_within_16_minutes(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send(*(f"m-{number}" for number in range(30)))
    stage.run(until=10 * HOUR)
    stage.posts.answer = status(200)
    well_at = stage.harness.now

    stage.run(until=DAY)

    assert stage.harness.outcomes.count("succeeded") == 30
    assert stage.harness.dead_letters == []
    first = next(at for at, _ in stage.posts.calls if at > well_at)
    assert first - well_at <= 31 * MINUTE
    assert stage.posts.calls[-1][0] - first <= 16 * MINUTE


def test_a_webhook_tried_often_need_not_wait_once_another_arrives(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1", "m-2")
    stage.run(until=10 * HOUR)
    stage.posts.answer = status(200)
    stage.send("new")

    stage.run(until=16 * MINUTE)

    assert [stage.outcomes(each)[-1] for each in ("m-1", "m-2", "new")] == ["succeeded"] * 3


def test_an_hour_of_404_costs_no_letter_and_no_attempt(stage: Stage) -> None:
    stage.posts.answer = status(404)
    for number in range(20):
        stage.send(f"m-{number}")
        stage.run(until=3 * MINUTE)
    stage.posts.answer = status(200)
    stage.run()

    assert stage.harness.dead_letters == []
    assert stage.harness.outcomes.count("succeeded") == 20
    assert {line["attempt"] for line in stage.harness.lines} == {1}


def test_the_endpoint_may_ask_to_be_left_alone(stage: Stage) -> None:
    stage.posts.answer = status(429, "7200")
    stage.send("m-1", "m-2")
    stage.run(until=119 * MINUTE)

    assert len(stage.posts.calls) == 1
    stage.posts.answer = status(200)
    stage.run()
    assert stage.harness.outcomes.count("succeeded") == 2


def test_one_webhook_probes_and_the_others_wait_for_it(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1", "m-2", "m-3", "m-4")
    stage.run_next()
    stage.harness.now += timedelta(seconds=3)

    def others_meanwhile() -> None:
        stage.run_next()
        stage.run_next()

    stage.posts.during = others_meanwhile
    stage.run_next()

    assert [message_id for _, message_id in stage.posts.calls] == ["m-1", "m-2"]
    assert stage.outcomes("m-3") == stage.outcomes("m-4") == ["deferred"]


def test_of_two_webhooks_that_read_alike_one_probes(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1", "m-2", "m-3")
    stage.run_next()
    stage.harness.now += timedelta(seconds=3)
    run_another_before_the_claim(stage)
    stage.run_next()

    assert [message_id for _, message_id in stage.posts.calls] == ["m-1", "m-3"]
    assert stage.outcomes("m-2") == ["deferred"]


def test_a_webhook_that_is_not_asked_looks_again_within_15_minutes(stage: Stage) -> None:
    stage.posts.answer = status(429, "7200")
    stage.send("m-1", "m-2")
    stage.run(until=MINUTE)
    del stage.harness.dynamodb.items[stage.state().key]
    stage.posts.answer = status(200)

    stage.run(until=15 * MINUTE)

    assert stage.outcomes("m-2")[-1] == "succeeded"


def test_after_a_probe_that_died_another_webhook_calls(stage: Stage) -> None:
    stage.posts.answer = status(503)
    stage.send("m-1", "m-2", "m-3")
    stage.run_next()
    stage.posts.answer = status(200)
    stage.crm.fail = UnavailableError("the CRM is unavailable", READ_WEBHOOKS)
    stage.harness.now += timedelta(seconds=3)
    stage.run_next()  # it takes the probe, and never calls
    stage.crm.fail = None

    stage.run(until=2 * MINUTE)

    assert stage.harness.outcomes.count("succeeded") == 3


def test_a_success_ends_the_failure(stage: Stage) -> None:
    failing_endpoint(stage, days=0.1)
    stage.posts.answer = status(200)

    stage.run()

    assert stage.state().failing_since is None
    assert stage.listed == []
    assert stage.harness.outcomes.count("succeeded") == 2


def test_an_endpoint_that_is_gone_is_disabled_at_once(stage: Stage) -> None:
    stage.posts.answer = status(410)
    stage.send("m-1", "m-2")
    stage.run()

    assert len(stage.posts.calls) == 1
    assert stage.outcomes("m-1") == ["skipped"]
    assert stage.outcomes("m-2")[-1] == "skipped"
    assert stage.harness.dead_letters == []
    (report,) = stage.reports
    assert report["type"] == "webhook.endpoint_disabled"
    assert report["payload"] == {
        "companyId": COMPANY,
        "endpointId": "we_1",
        "failingSince": report["timestamp"],
        "lastAnswer": "the endpoint answered 410: it is gone",
        "gone": True,
    }
    assert (report["causationId"], report["correlationId"], report["hops"]) == ("m-1", "root", 1)
    assert moment(report["timestamp"]) == stage.state().disabled_at
    assert stage.listed == ["we_1"]


def test_calls_of_which_all_are_told_gone_report_it_once(stage: Stage) -> None:
    stage.posts.answer = status(410)
    stage.send("m-1", "m-2", "m-3")
    call_at_once(stage, others=2)

    stage.run()

    assert len(stage.posts.calls) == 3
    assert len(stage.reports) == 1
    assert [stage.outcomes(each)[-1] for each in ("m-1", "m-2", "m-3")] == ["skipped"] * 3


def test_a_report_that_the_bus_refuses_is_made_at_the_next_probe(stage: Stage) -> None:
    stage.posts.answer = status(410)
    stage.harness.events.refuse = refusing("ThrottlingException")
    stage.send("m-1")
    stage.run_next()
    assert stage.outcomes("m-1") == ["deferred"]
    assert stage.state().disabled_at is None
    assert "the event bus did not take the report: ThrottlingException" in stage.harness.lines[-1]["detail"]
    stage.harness.events.refuse = works

    stage.run()

    assert [report["type"] for report in stage.reports] == ["webhook.endpoint_disabled"]
    assert stage.outcomes("m-1")[-1] == "skipped"


def test_the_owner_is_informed_once_after_three_days(stage: Stage) -> None:
    failing_endpoint(stage, days=3)
    since = stage.state().failing_since
    assert since

    stage.run(until=8 * HOUR)

    (report,) = stage.reports
    assert report["type"] == "webhook.endpoint_failing"
    assert report["payload"] == {
        "companyId": COMPANY,
        "endpointId": "we_1",
        "failingSince": timestamp(since).replace(".000Z", "Z"),
        "lastAnswer": "the endpoint answered 503",
        "disabledFrom": report["payload"]["disabledFrom"],
    }
    assert moment(report["payload"]["disabledFrom"]) - moment(report["timestamp"]) == 2 * DAY
    assert len(stage.posts.calls) > 1
    assert stage.state().disabled_at is None


def test_an_endpoint_is_disabled_two_days_later(stage: Stage) -> None:
    failing_endpoint(stage, days=3)
    for number in range(15):
        stage.send(f"m-{number}")
        stage.run(until=4 * HOUR)

    failing_report, disabled = stage.reports
    assert [failing_report["type"], disabled["type"]] == ["webhook.endpoint_failing", "webhook.endpoint_disabled"]
    assert disabled["payload"]["gone"] is False
    assert disabled["timestamp"] >= failing_report["payload"]["disabledFrom"]
    assert stage.outcomes("m-14") == ["skipped"]
    assert failing_report["id"] != disabled["id"]


def test_reports_about_endpoints_of_two_companies_have_two_ids(stage: Stage) -> None:
    reports = Reports(EventBus(stage.harness.events, "bus"))
    parent = WEBHOOK_DELIVER.message_model.model_validate_json(text(webhook() | {"id": "m-1", "correlationId": "root"}))
    for company_id in (COMPANY, "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"):
        state = EndpointState(company_id=company_id, endpoint_id="we_1", failed_at=NOW, last_answer="gone")
        assert reports.disabled(state, parent, NOW, gone=True) is None

    assert len({report["id"] for report in stage.reports}) == 2


def test_a_crash_after_a_report_loses_no_report(stage: Stage) -> None:
    failing_endpoint(stage, days=3)
    refused = failing("InternalServerError", "update_item")
    stage.harness.dynamodb.fail = lambda operation, request: (
        refused(operation, request) if stage.reports else None  # the note that it was published
    )
    stage.run_next()
    assert len(stage.reports) == 1
    stage.harness.dynamodb.fail = works

    stage.run(until=2 * HOUR)

    assert [report["type"] for report in stage.reports] == ["webhook.endpoint_failing"] * 2
    assert len({report["id"] for report in stage.reports}) == 2


def disabled_endpoint(stage: Stage) -> None:
    stage.posts.answer = status(410)
    stage.send("gone")
    stage.run()
    stage.posts.calls.clear()
    stage.posts.answer = status(200)


def test_a_disabled_endpoint_gets_nothing(stage: Stage) -> None:
    disabled_endpoint(stage)

    stage.send("m-1")
    stage.run()

    assert stage.posts.calls == []
    assert stage.outcomes("m-1") == ["skipped"]


def test_webhooks_of_a_disabled_endpoint_are_no_skips_for_the_alarm(stage: Stage) -> None:
    """The alarm `skipping` watches what the CRM answers: one busy endpoint that is gone is nobody's to look at here."""
    disabled_endpoint(stage)

    stage.send("m-1")
    stage.run()

    assert stage.outcomes("gone") == stage.outcomes("m-1") == ["skipped"]
    assert stage.harness.metrics == []


def test_an_endpoint_that_was_enabled_again_is_called(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.crm.enable(timestamp(stage.harness.now + MINUTE))
    stage.harness.now += HOUR

    stage.send("m-1", "m-2")
    stage.run()

    assert stage.harness.outcomes.count("succeeded") == 2
    assert stage.state().disabled_at is None
    assert stage.listed == []


@pytest.mark.parametrize("enabled_at", ["2026-04-01T00:00:00Z", None, "soon"])
def test_an_endpoint_enabled_before_it_was_disabled_stays_so(stage: Stage, enabled_at: str) -> None:
    disabled_endpoint(stage)
    stage.crm.enable(enabled_at)

    stage.send("m-1")
    stage.run()

    assert stage.outcomes("m-1") == ["skipped"]


def test_an_endpoint_enabled_again_that_is_still_gone_is_disabled(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.crm.enable(timestamp(stage.harness.now + MINUTE))
    stage.harness.now += HOUR
    stage.posts.answer = status(410)

    stage.send("m-1", "m-2")
    stage.run()

    assert len(stage.posts.calls) == 1
    assert [report["type"] for report in stage.reports] == ["webhook.endpoint_disabled"] * 2
    assert len({report["id"] for report in stage.reports}) == 2


def test_a_disabled_endpoint_that_the_crm_lists_is_tried_once_a_day(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.posts.answer = status(410)
    for number in range(72):
        stage.send(f"m-{number}")
        stage.run(until=HOUR)

    assert 2 <= len(stage.posts.calls) <= 3
    assert len(stage.reports) == 1
    assert [stage.outcomes(f"m-{number}") for number in range(72)] == [["skipped"]] * 72


def test_one_webhook_makes_the_daily_try_and_the_others_are_skipped(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.posts.answer = status(503)
    stage.harness.now += 25 * HOUR
    stage.send("m-1", "m-2")
    run_another_before_the_claim(stage)
    stage.run_next()

    assert [message_id for _, message_id in stage.posts.calls] == ["m-2"]
    assert stage.outcomes("m-1") == stage.outcomes("m-2") == ["skipped"]


def test_a_success_of_the_daily_try_enables_the_endpoint(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.harness.now += 25 * HOUR

    stage.send("m-1", "m-2")
    stage.run()

    assert stage.harness.outcomes.count("succeeded") == 2
    assert stage.state().disabled_at is None


def test_a_deleted_endpoint_is_forgotten(stage: Stage) -> None:
    failing_endpoint(stage, days=1)
    stage.crm.answer = {"endpoints": []}

    stage.run()

    assert stage.posts.calls == []
    assert stage.state().failing_since is None
    assert stage.listed == []
    assert {stage.outcomes(each)[-1] for each in ("before-1", "before-2")} == {"skipped"}


def test_a_disabled_endpoint_that_is_not_listed_is_still_shown(stage: Stage) -> None:
    disabled_endpoint(stage)
    stage.crm.answer = {"endpoints": []}

    stage.send("m-1")
    stage.run()

    assert stage.outcomes("m-1") == ["skipped"]
    assert stage.state().disabled_at is not None
    assert stage.listed == ["we_1"]


@pytest.mark.parametrize("fields", [{"url": None}, {"secrets": []}, {"secrets": ["hunter2"]}], ids=str)
def test_what_an_admin_entered_wrongly_is_reported_to_the_owner(stage: Stage, fields: dict[str, object]) -> None:
    failing_endpoint(stage, days=3)
    for row in stage.crm.answer["endpoints"]:
        row.update(fields)

    stage.run(until=8 * HOUR)

    (report,) = stage.reports
    assert report["payload"]["lastAnswer"].startswith(("the endpoint has no", "a signing secret of the endpoint"))
    assert "hunter2" not in json.dumps([*stage.harness.log, *stage.reports])
    assert stage.posts.calls == []


def test_our_own_exception_spends_an_attempt_and_blames_no_endpoint(stage: Stage) -> None:
    def broken(_headers: object) -> Exception:
        return ZeroDivisionError()

    stage.posts.answer = broken
    stage.send("m-1")
    stage.run()

    assert stage.outcomes("m-1") == ["retrying", "retrying", "dead_lettered"]
    assert [line["attempt"] for line in stage.harness.lines] == [1, 2, 3]
    assert stage.state().failing_since is None
    assert INDEX_KEY not in stage.harness.dynamodb.items


def test_the_whole_table_away_delays_webhooks_and_loses_none(stage: Stage) -> None:
    stage.harness.dynamodb.fail = failing("InternalServerError")
    stage.send("m-1")
    stage.run(until=MINUTE)
    assert set(stage.outcomes("m-1")) == {"deferred"}
    stage.harness.dynamodb.fail = works

    stage.run()

    assert stage.outcomes("m-1")[-1] == "succeeded"


def test_a_success_that_cannot_be_noted_stays_a_success(stage: Stage) -> None:
    failing_endpoint(stage, days=0.1)
    stage.posts.answer = status(200)

    def refuse(operation: str, request: object) -> Exception | None:
        is_recovery = "REMOVE #failing_since" in str(request)
        return failing("InternalServerError")(operation, {}) if is_recovery else None

    stage.harness.dynamodb.fail = refuse

    stage.run(until=2 * HOUR)

    assert stage.harness.outcomes.count("succeeded") == 2
