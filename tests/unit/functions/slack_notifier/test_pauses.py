"""Pauses: the notifier ends them on time, posts a card at their begin and end, and writes a metric meanwhile."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.slack_notifier.slack.http_post import HttpResponse
from schemas.destinations import RECORD_ACTIVITY, Destination
from schemas.names import queue_name, resource_name
from schemas.pauses import QUEUE_RETENTION, RETENTION_NEAR, SINCE_TAG, SUBJECT_TAG, UNTIL_TAG, Pause
from schemas.wire import timestamp
from tests.fakes.lambda_api import function_arn, mapping_arn
from tests.fakes.service import failing, works
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    OFF,
    SERVICES,
    NotifierHarness,
    alarm,
    dead_lettered,
    queue_url,
    shown,
)

ADA = "arn:aws:sts::123456789012:assumed-role/Operator/ada"
SINCE = NOW - timedelta(minutes=2)
UNTIL = NOW + timedelta(hours=2)


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness()


def pause(
    harness: NotifierHarness,
    *services: str,
    subject: str = "",
    since: datetime = SINCE,
    until: datetime | None = UNTIL,
) -> None:
    """Pause services as `taly-async pause` does."""
    for service in services:
        tags = Pause(service=service, subject=subject or service, by=ADA, since=since, until=until).tags()
        disable(harness, service, tags)


def disable(harness: NotifierHarness, service: str, tags: Mapping[str, str] = MappingProxyType({})) -> None:
    """Disable a service's mapping and replace its tags."""
    mapping = harness.functions.mapping(service)
    mapping["State"] = "Disabled"
    harness.functions.tags[mapping["EventSourceMappingArn"]] = dict(tags)


def enable(harness: NotifierHarness, service: str, *, state: str = "Enabled") -> None:
    harness.functions.mapping(service)["State"] = state


def paused(harness: NotifierHarness) -> set[str]:
    """The services whose mappings are disabled."""
    return {each for each in SERVICES if resource_name("prod", each) in harness.functions.disabled()}


def minutes(harness: NotifierHarness, count: int) -> None:
    for _ in range(count):
        harness.run()


def metrics(harness: NotifierHarness) -> list[str]:
    """The services that a metric says are paused, in order."""
    found = [line for line in map(json.loads, harness.log) if "_aws" in line]
    for line in found:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "TalyAsync/prod"
        assert directive["Dimensions"] == [["service"]]
        assert directive["Metrics"] == [{"Name": "Paused", "Unit": "Count"}]
        assert line["Paused"] == 1
    return [line["service"] for line in found]


# Resume


def test_a_pause_ends_when_its_time_is_over(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=3))
    minutes(harness, 3)
    before = paused(harness)

    harness.run()

    assert before == {"email.send"}
    assert paused(harness) == set()
    assert harness.functions.tags_of("email.send") == {}


def test_other_tags_of_the_mapping_stay(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW)
    harness.functions.tags_of("email.send").update({"stage": "prod"})

    harness.run()

    assert harness.functions.tags_of("email.send") == {"stage": "prod"}


def test_a_pause_without_an_end_stays(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=None)

    minutes(harness, 60)

    assert paused(harness) == {"email.send"}


def test_a_mapping_disabled_by_hand_stays(harness: NotifierHarness) -> None:
    disable(harness, "email.send")

    minutes(harness, 60)

    assert paused(harness) == {"email.send"}


def test_a_time_that_cannot_be_read_ends_no_pause(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.functions.tags_of("email.send").update({UNTIL_TAG: "yesterday"})

    minutes(harness, 3)

    assert paused(harness) == {"email.send"}


def test_the_log_says_that_it_resumes_before_it_does(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW)
    harness.functions.fail = failing("AccessDeniedException", "update_event_source_mapping")

    harness.run()

    (line,) = harness.logged("resumed")
    assert (line["paused"], line["pause"], line["level"]) == ("email.send", "email.send", "INFO")
    assert "ada" not in "".join(harness.log)


@pytest.mark.parametrize("code", ["ResourceInUseException", "AccessDeniedException", "TooManyRequestsException"])
def test_a_refused_resume_is_tried_again_each_minute(harness: NotifierHarness, code: str) -> None:
    pause(harness, "email.send", "sms.send", until=NOW)
    uuid = harness.functions.mapping("email.send")["UUID"]
    refuse = failing(code, "update_event_source_mapping")
    harness.functions.fail = lambda operation, request: (
        refuse(operation, request) if request.get("UUID") == uuid else None
    )
    harness.send(dead_lettered())
    minutes(harness, 2)
    before = paused(harness)
    harness.functions.fail = works

    harness.run()

    assert before == {"email.send"}
    assert paused(harness) == set()
    assert [line["why"] for line in harness.logged("not resumed, will be tried again")] == [code] * 2
    assert harness.waiting == []


def test_a_resume_that_aws_refuses_for_long_gets_one_card(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW)
    harness.functions.fail = failing("AccessDeniedException", "update_event_source_mapping")

    minutes(harness, 15)

    assert harness.headers == [
        "🟡 prod: email.send is paused until 14:00 UTC",
        "🔴 prod: email.send is still paused: AWS refuses to resume it",
    ]
    assert "AWS answered `AccessDeniedException`" in shown(harness.slack.posted[1])
    assert "taly-async resume email.send --stage prod" in shown(harness.slack.posted[1])


def test_tags_that_a_crash_left_are_removed_in_the_next_minute(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=1))
    harness.run()
    harness.functions.fail = failing("InternalServerError", "untag_resource")
    harness.slack.down = True
    harness.run()
    left = dict(harness.functions.tags_of("email.send"))
    harness.functions.fail = works

    harness.run()

    assert left
    assert paused(harness) == set()
    assert harness.functions.tags_of("email.send") == {}


def test_a_pause_that_is_being_written_keeps_its_tags(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.run()
    pause(harness, "email.send", since=harness.clock.now())
    enable(harness, "email.send")  # the tool's next step disables it
    tags = dict(harness.functions.tags_of("email.send"))

    harness.run()

    assert harness.functions.tags_of("email.send") == tags


def test_a_pause_that_begins_while_one_is_ended_keeps_its_tags(harness: NotifierHarness) -> None:
    pause(harness, "email.send", since=NOW - timedelta(hours=1), until=NOW)

    def somebody_pauses(operation: str) -> None:
        if operation == "update_event_source_mapping":
            harness.functions.after = lambda _: None
            pause(harness, "email.send", since=NOW)

    harness.functions.after = somebody_pauses

    harness.run()

    assert paused(harness) == {"email.send"}
    assert harness.functions.tags_of("email.send")[SINCE_TAG] == timestamp(NOW)


# Cards


def test_a_card_says_who_paused_what_until_when_and_what_waits(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.sqs.put(queue_url(queue_name("prod", "email.send")), "{}")
    harness.wait("sms.send", 3)

    minutes(harness, 3)

    assert harness.headers == ["🟡 prod: email.send is paused until 16:00 UTC"]
    text = shown(harness.slack.posted[0])
    assert "ada paused it at <!date^" in text
    assert "The notifier resumes it at <!date^" in text
    assert "1 message waits now. A queue keeps a message for 7 days." in text
    assert f"`{ADA}`" in text
    assert "taly-async resume email.send --stage prod" in text
    (line,) = harness.logged("posted")
    assert (line["card"], line["pause"], line["count"]) == ("paused", "email.send", 1)


def test_a_destination_is_one_card_with_its_types(harness: NotifierHarness) -> None:
    pause(harness, "email.send", "appointment.reminder", subject=Destination.SES, until=None)
    harness.wait("email.send", 40)

    minutes(harness, 3)

    assert harness.headers == ["🟡 prod: All that calls Amazon SES is paused"]
    text = shown(harness.slack.posted[0])
    assert "• `appointment.reminder`: 0 messages\n• `email.send`: 40 messages" in text
    assert "until somebody resumes it" in text
    assert "taly-async resume ses --stage prod" in text


def test_a_destination_that_is_still_being_paused_gets_its_card_later(harness: NotifierHarness) -> None:
    pause(harness, "email.send", subject="crm", since=NOW - timedelta(seconds=5))
    harness.run()
    before = harness.headers
    pause(harness, "report.generate", subject="crm", since=NOW - timedelta(seconds=5))

    minutes(harness, 2)

    assert before == []
    assert len(harness.headers) == 1
    assert "report.generate" in shown(harness.slack.posted[0])


def test_a_clock_that_is_ahead_does_not_hide_a_pause(harness: NotifierHarness) -> None:
    pause(harness, "email.send", since=NOW + timedelta(minutes=30))

    minutes(harness, 2)

    assert len(harness.headers) == 1


def test_a_type_that_joins_a_pause_is_a_new_card(harness: NotifierHarness) -> None:
    pause(harness, "email.send", subject="crm")
    harness.run()
    pause(harness, "report.generate", subject="crm", since=harness.clock.now() - timedelta(seconds=20))

    minutes(harness, 3)

    assert len(harness.headers) == 2
    assert "report.generate" in shown(harness.slack.posted[1])


def test_another_pause_of_the_same_type_is_a_new_card(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.run()
    pause(harness, "email.send", since=NOW + timedelta(seconds=10), until=UNTIL + timedelta(hours=1))

    minutes(harness, 2)

    assert harness.headers == [
        "🟡 prod: email.send is paused until 16:00 UTC",
        "🟡 prod: email.send is paused until 17:00 UTC",
    ]


def test_the_end_says_how_long_it_was_and_what_waits(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=1))
    harness.wait("email.send", 12)

    minutes(harness, 4)

    assert harness.headers[1:] == ["🟢 prod: email.send runs again"]
    text = shown(harness.slack.posted[1])
    assert "It was paused for 3 min, since" in text
    assert "Its time was over." in text
    assert "12 messages wait now." in text


def test_an_end_that_was_brought_forward_is_its_end(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.run()
    pause(harness, "email.send", until=harness.clock.now())

    harness.run()

    assert "Its time was over." in shown(harness.slack.posted[1])


def test_the_end_by_an_operator_points_to_the_audit_log(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.run()
    enable(harness, "email.send")
    harness.functions.tags_of("email.send").clear()

    minutes(harness, 3)

    assert harness.headers[1:] == ["🟢 prod: email.send runs again"]
    assert "Somebody resumed it; the audit log says who" in shown(harness.slack.posted[1])


def test_a_destination_runs_again_once_all_its_types_do(harness: NotifierHarness) -> None:
    pause(harness, "email.send", "report.generate", subject="crm")
    harness.run()
    enable(harness, "email.send")
    minutes(harness, 3)
    before = len(harness.headers)
    enable(harness, "report.generate")

    minutes(harness, 3)

    assert before == 1
    assert harness.headers[1:] == ["🟢 prod: All that calls the CRM runs again"]


def test_a_pause_between_two_runs_gets_no_card(harness: NotifierHarness) -> None:
    harness.run()
    pause(harness, "email.send", since=NOW + timedelta(seconds=10))
    enable(harness, "email.send")
    harness.functions.tags_of("email.send").clear()

    minutes(harness, 2)

    assert harness.headers == []


def test_mappings_disabled_by_hand_are_one_card(harness: NotifierHarness) -> None:
    disable(harness, "email.send")
    disable(harness, "sms.send")

    minutes(harness, 5)

    assert harness.headers == ["🔴 prod: 2 types were disabled by hand"]
    text = shown(harness.slack.posted[0])
    assert "taly-async resume email.send --stage prod\ntaly-async resume sms.send --stage prod" in text


def test_a_mapping_enabled_again_after_a_pause_by_hand_is_a_card(harness: NotifierHarness) -> None:
    disable(harness, "email.send")
    minutes(harness, 5)
    enable(harness, "email.send")

    minutes(harness, 2)

    assert harness.headers == ["🔴 prod: email.send was disabled by hand", "🟢 prod: email.send runs again"]
    assert "It was paused for 5 min" in shown(harness.slack.posted[1])


def test_what_was_disabled_by_hand_and_is_paused_does_not_run_again(harness: NotifierHarness) -> None:
    disable(harness, "email.send")
    harness.run()
    pause(harness, "email.send")

    minutes(harness, 2)

    assert harness.headers == [
        "🔴 prod: email.send was disabled by hand",
        "🟡 prod: email.send is paused until 16:00 UTC",
    ]


def test_a_pause_that_ends_in_part_names_only_what_runs_again(harness: NotifierHarness) -> None:
    disable(harness, "email.send")
    disable(harness, "sms.send")
    harness.run()
    pause(harness, "email.send")
    enable(harness, "sms.send")

    minutes(harness, 2)

    assert harness.headers[-1] == "🟢 prod: sms.send runs again"


@pytest.mark.parametrize("by_hand", [True, False])
def test_two_days_before_messages_are_lost_a_card_says_so_once(harness: NotifierHarness, by_hand: bool) -> None:
    if by_hand:
        disable(harness, "email.send")
    else:
        pause(harness, "email.send", until=None, since=NOW)
    minutes(harness, 2)
    harness.clock.sleep(RETENTION_NEAR.total_seconds() - 180)
    minutes(harness, 1)
    before = len(harness.headers)

    minutes(harness, 10)

    assert before == 1
    lost = NOW + QUEUE_RETENTION
    assert harness.headers[1:] == [f"🔴 prod: Messages of email.send will be lost from {lost:%Y-%m-%d %H:%M} UTC"]
    assert "It has been paused for 5 d. From <!date^" in shown(harness.slack.posted[1])


def test_a_deployment_that_changes_a_paused_mapping_is_no_end(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.run()
    enable(harness, "email.send", state="Updating")
    harness.run()
    enable(harness, "email.send", state="Disabled")

    minutes(harness, 2)

    assert len(harness.headers) == 1


def test_a_deployment_that_changes_one_of_several_mappings_is_no_news(harness: NotifierHarness) -> None:
    pause(harness, "email.send", subject="crm")
    pause(harness, "report.generate", subject="crm", since=SINCE + timedelta(seconds=20))
    harness.run()
    for service in ("email.send", "report.generate"):
        enable(harness, service, state="Updating")
        harness.run()
        enable(harness, service, state="Disabled")
        harness.run()

    assert len(harness.headers) == 1


def test_a_new_process_repeats_no_card_of_a_pause(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    disable(harness, "sms.send")
    harness.run()
    harness.new_process()

    minutes(harness, 3)

    assert len(harness.headers) == 2


def test_a_new_process_says_that_a_pause_is_over(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=1))
    harness.run()
    harness.new_process()

    minutes(harness, 2)

    assert harness.headers[1:] == ["🟢 prod: email.send runs again"]


def test_what_was_said_is_one_item(harness: NotifierHarness) -> None:
    pause(harness, "email.send", "report.generate", subject="crm")
    pause(harness, "sms.send")

    minutes(harness, 3)

    assert [key for key in harness.dynamodb.items if key.startswith("cards#")] == ["cards#pauses"]
    assert harness.dynamodb.calls.count("put_item") == 2
    assert "ada" not in str(harness.dynamodb.items)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"email.send": {}}', '{"email.send": {"since": "2026-11-24"}}', "1"])
def test_an_item_that_cannot_be_read_counts_as_not_said(harness: NotifierHarness, text: str) -> None:
    harness.dynamodb.items["cards#pauses"] = {"id": {"S": "cards#pauses"}, "pauses": {"S": text}}
    pause(harness, "email.send")

    minutes(harness, 2)

    assert len(harness.headers) == 1


def test_without_the_table_a_process_says_it_once(harness: NotifierHarness) -> None:
    harness.run()
    harness.dynamodb.fail = failing("InternalServerError")
    pause(harness, "email.send")

    minutes(harness, 10)

    assert [header for header in harness.headers if "email.send" in header] == [
        "🟡 prod: email.send is paused until 16:00 UTC"
    ]


def test_a_process_that_knows_nothing_is_silent_without_the_table(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=2))
    harness.run()
    harness.dynamodb.fail = failing("InternalServerError")

    for _ in range(5):
        harness.new_process()
        harness.run()

    assert [header for header in harness.headers if "email.send" in header] == [
        "🟡 prod: email.send is paused until 14:02 UTC"
    ]
    assert paused(harness) == set()


def test_what_the_table_did_not_take_is_kept_there_later(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.dynamodb.fail = failing("ProvisionedThroughputExceededException", "put_item")
    minutes(harness, 3)
    harness.dynamodb.fail = works
    harness.run()
    harness.new_process()

    minutes(harness, 3)

    assert len(harness.headers) == 1


def test_a_card_that_slack_did_not_take_is_posted_later(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.slack.responses = [HttpResponse(503), HttpResponse(503)]
    harness.run()
    before = len(harness.headers)

    harness.run()

    assert (before, len(harness.headers)) == (0, 1)


def test_while_slack_is_off_the_cards_come_by_email() -> None:
    harness = NotifierHarness(secret=OFF)
    pause(harness, "email.send", until=NOW + timedelta(minutes=3))

    minutes(harness, 6)

    subjects = [mail["Subject"] for mail in harness.sns.published]
    assert subjects == [
        "[prod] email.send is paused until 14:03 UTC. No message waits now.",
        "[prod] email.send runs again after 5 min. No message waits now.",
    ]


def test_tags_cannot_write_markup_into_the_card(harness: NotifierHarness) -> None:
    tags = Pause(service="email.send", subject="<!channel>", by="a/<https://evil.example|click>", since=SINCE).tags()
    disable(harness, "email.send", tags)

    harness.run()

    text = str(harness.slack.posted)
    assert len(harness.slack.posted) == 1
    assert "<!channel>" not in text
    assert "<https://evil" not in text


def test_a_pause_whose_begin_cannot_be_read_gets_its_card(harness: NotifierHarness) -> None:
    disable(harness, "email.send", {SUBJECT_TAG: "email.send", SINCE_TAG: "now"})

    minutes(harness, 3)

    assert harness.headers == ["🟡 prod: email.send is paused"]


# Alarms


@pytest.mark.parametrize("slug", ["oldest", "depth", "late"])
def test_an_alarm_of_a_paused_type_says_so(harness: NotifierHarness, slug: str) -> None:
    pause(harness, "email.send")
    harness.send(alarm(slug, subject="email.send"))

    harness.run()

    title, text = harness.headers[1], shown(harness.slack.posted[1])
    assert title.startswith("🟡 prod:")
    assert "Paused by ada until <!date^" in text
    assert "Nothing to do: its messages wait until then." in text
    assert "Likely:" not in text


def test_an_alarm_of_a_type_without_an_end_says_how_to_resume(harness: NotifierHarness) -> None:
    pause(harness, "email.send", subject="ses", until=None)
    harness.send(alarm("oldest", subject="email.send"))

    harness.run()

    assert "until somebody resumes it: `taly-async resume ses --stage prod`" in shown(harness.slack.posted[1])


def test_an_alarm_of_a_type_disabled_by_hand_needs_somebody(harness: NotifierHarness) -> None:
    disable(harness, "email.send")
    harness.send(alarm("depth", subject="email.send"))

    harness.run()

    assert harness.headers[1].startswith("🔴")
    assert "To do: `taly-async resume email.send --stage prod`" in shown(harness.slack.posted[1])


def test_an_alarm_of_a_paused_type_whose_system_is_away_says_both(harness: NotifierHarness) -> None:
    pause(harness, "activity.record")
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.send(alarm("oldest", subject="activity.record"))

    harness.run()

    (text,) = (shown(payload) for payload in harness.slack.posted if "waits too long" in shown(payload))
    assert "Paused by ada" in text
    assert "The CRM has not answered" in text


def test_other_alarms_say_nothing_of_a_pause(harness: NotifierHarness) -> None:
    pause(harness, "email.send")
    harness.send(alarm("errors", subject="email.send"), alarm("oldest", subject="sms.send"))

    harness.run()

    assert not any("Paused by" in shown(payload) for payload in harness.slack.posted[1:])


# Metric and calls


def test_a_metric_says_each_minute_what_is_paused(harness: NotifierHarness) -> None:
    pause(harness, "email.send", until=NOW + timedelta(minutes=2))
    disable(harness, "sms.send")

    minutes(harness, 3)

    assert metrics(harness) == ["email.send", "sms.send"] * 2 + ["sms.send"]


def test_without_a_pause_there_is_one_call_and_no_metric(harness: NotifierHarness) -> None:
    minutes(harness, 3)

    assert harness.functions.calls == ["list_event_source_mappings"] * 3
    assert metrics(harness) == []
    assert harness.dynamodb.calls == ["batch_get_item", "scan"] * 3


def test_mappings_on_several_pages_are_all_read(harness: NotifierHarness) -> None:
    harness.functions.page = 3
    pause(harness, *SERVICES, subject="crm", until=NOW)

    harness.run()

    assert paused(harness) == set()


def test_mappings_of_another_stage_are_left_alone(harness: NotifierHarness) -> None:
    arn = function_arn("staging", "email.send")
    other = {**harness.functions.mapping("email.send"), "UUID": "other", "FunctionArn": arn, "State": "Disabled"}
    other["EventSourceMappingArn"] = mapping_arn("other")
    harness.functions.mappings["other"] = other
    tags = Pause(service="email.send", subject="email.send", until=SINCE).tags()
    harness.functions.tag_resource(Resource=mapping_arn("other"), Tags=tags)

    minutes(harness, 2)

    assert other["State"] == "Disabled"
    assert harness.headers == []


@pytest.mark.parametrize("operation", ["list_event_source_mappings", "list_tags"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException"])
def test_pauses_that_cannot_be_read_stop_no_alert(harness: NotifierHarness, operation: str, code: str) -> None:
    pause(harness, "email.send")
    harness.run()
    harness.functions.fail = failing(code, operation)
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.send(dead_lettered(), alarm("oldest", subject="email.send"))

    minutes(harness, 2)

    assert harness.waiting == []
    assert len(harness.headers) == 4, "the pause, the outage, the dead letter, the alarm"
    assert [line["why"] for line in harness.logged("pauses are not known")] == [code] * 2


def test_a_lambda_that_does_not_answer_stops_no_alert(harness: NotifierHarness) -> None:
    harness.functions.fail = lambda _operation, _request: EndpointConnectionError(endpoint_url="https://lambda")
    harness.send(dead_lettered())

    harness.run()

    assert len(harness.headers) == 1
    assert harness.logged("pauses are not known")[0]["why"] == "EndpointConnectionError"
