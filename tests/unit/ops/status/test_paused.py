"""`status`: what is paused, by whom and until when, what that explains, and what somebody has to end."""

import json
from datetime import timedelta

import pytest

from ops.status.health import Status
from ops.status.status import status
from ops.terminal.output import json_lines
from schemas.endpoints import INDEX_KEY, endpoint_key
from schemas.pauses import BY_TAG, RETENTION_NEAR, SINCE_TAG, SUBJECT_TAG, UNTIL_TAG
from schemas.wire import timestamp
from tests.fakes.service import NOON, failing
from tests.fakes.stage import OPERATOR
from tests.unit.ops.pauses.paused import disable, enable, mappings_of, pause
from tests.unit.ops.status.test_status import StatusStage, health_of, healthy_stage, printed

BEGAN, ENDS = NOON - timedelta(hours=1), NOON + timedelta(hours=2)


def row(found: Status, name: str) -> str:
    """The row of a service or a called system, without the lines above the tables."""
    rows = [" ".join(line.split()) for line in printed(found).splitlines() if not line.startswith(" ")]
    return next(each for each in rows if each[2:].startswith(f"{name} "))


def headline(found: Status) -> str:
    return printed(found).splitlines()[0].rstrip()


def test_a_pause_says_who_made_it_and_until_when() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=ENDS)

    shown = printed(stage.read())

    assert (
        "email.send is paused by assumed-role/Admin/ada since 2026-04-14 11:00 UTC, until 2026-04-14 14:00 UTC."
        in shown
    )


def test_a_pause_without_an_end_lasts_until_somebody_ends_it() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN)

    assert "since 2026-04-14 11:00 UTC, until somebody resumes it." in printed(stage.read())


def test_a_paused_type_has_its_own_mark_and_a_name_in_the_headline() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=ENDS)

    found = stage.read()

    assert row(found, "email.send") == "‖ email.send – – 0 – 0 paused"
    assert headline(found).endswith("‖ all healthy except paused: email.send")
    assert health_of(found, "sms.send").state == "healthy"


def test_types_that_were_paused_with_a_destination_are_named_once() -> None:
    stage = healthy_stage()
    pause(stage, "activity.record", "report.generate", since=BEGAN, subject="crm")

    shown = printed(stage.read())

    line = (
        "  activity.record, report.generate are paused with the CRM by assumed-role/Admin/ada "
        "since 2026-04-14 11:00 UTC, until somebody resumes it."
    )
    assert [each for each in shown.splitlines() if " paused with " in each] == [line]


@pytest.mark.parametrize("slug", ["oldest", "depth", "late"])
def test_an_alarm_that_a_pause_explains_needs_no_attention(slug: str) -> None:
    stage = healthy_stage(**{f"email.send/{slug}": "ALARM"})
    assert stage.read().state == "needs attention"

    pause(stage, "email.send", since=BEGAN, until=ENDS)

    found = stage.read()
    assert found.state == "paused"
    assert row(found, "email.send").endswith(" 0 paused")


def test_an_alarm_that_a_pause_does_not_explain_needs_attention() -> None:
    stage = healthy_stage(**{"email.send/failing": "ALARM", "email.send/depth": "ALARM"})
    pause(stage, "email.send", since=BEGAN, until=ENDS)

    found = stage.read()

    assert found.state == "needs attention"
    assert row(found, "email.send").endswith(" 0 failing")


def test_dead_letters_of_a_paused_type_need_attention() -> None:
    stage = healthy_stage()
    stage.sqs.put(stage.dead_letters_url("email.send"), "{}")
    pause(stage, "email.send", since=BEGAN, until=ENDS)

    assert row(stage.read(), "email.send").startswith("✗ email.send")


def test_messages_that_wait_for_a_paused_type_are_not_unknown() -> None:
    stage = healthy_stage()
    stage.sqs.put(stage.queue_url("email.send"), "{}")
    assert stage.read().state == "unknown"

    pause(stage, "email.send", since=BEGAN, until=ENDS)

    assert stage.read().state == "paused"


def test_a_mapping_disabled_by_hand_needs_attention() -> None:
    stage = healthy_stage()
    disable(stage, "email.send")

    found = stage.read()

    assert headline(found).endswith("✗ needs attention: email.send")
    assert row(found, "email.send").startswith("✗ email.send")
    assert (
        "email.send: event source mapping disabled by hand. It does not end by itself. "
        "To do: taly-async resume email.send --stage prod" in printed(found)
    )


def test_a_pause_that_the_notifier_does_not_end_needs_attention() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=NOON - timedelta(minutes=4))
    assert stage.read().state == "paused"

    pause(stage, "email.send", since=BEGAN, until=NOON - timedelta(minutes=5))

    found = stage.read()
    assert found.state == "needs attention"
    assert "and the notifier has not ended it. To do: taly-async resume email.send --stage prod" in printed(found)


def test_a_pause_near_the_retention_says_when_messages_are_lost() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", "sms.send", subject="crm", since=NOON - RETENTION_NEAR)

    found = stage.read()

    assert found.state == "needs attention"
    assert "SQS deletes the messages that have waited since then from 2026-04-16 12:00 UTC on." in printed(found)
    assert "To do: taly-async resume crm --stage prod" in printed(found)


def test_tags_of_an_earlier_pause_say_nothing() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=ENDS)
    enable(stage, "email.send")

    assert stage.read().state == "healthy"


def test_check_passes_with_a_pause_that_is_meant_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN)

    assert status(stage.deployed, check=True, now=stage.clock.now)

    assert "all healthy except paused: email.send" in capsys.readouterr().out


def test_check_fails_with_a_mapping_disabled_by_hand() -> None:
    stage = healthy_stage()
    disable(stage, "email.send")

    assert not status(stage.deployed, check=True)


def test_a_pause_is_not_waited_for() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN)

    assert status(stage.deployed, check=True, wait=600, now=stage.clock.now, sleep=stage.clock.sleep)

    assert stage.clock() == 0


def test_json_has_the_pause_of_each_service(capsys: pytest.CaptureFixture[str]) -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=ENDS)
    disable(stage, "sms.send")

    with json_lines():
        status(stage.deployed)

    system, *services = map(json.loads, capsys.readouterr().out.splitlines())
    paused = {each["service"]: each["paused"] for each in services if each["paused"]}
    assert paused == {
        "email.send": {
            "subject": "email.send",
            "by": OPERATOR,
            "since": "2026-04-14T11:00:00+00:00",
            "until": "2026-04-14T14:00:00+00:00",
        },
        "sms.send": {"subject": None, "by": None, "since": None, "until": None},
    }
    assert sorted(system["paused"]) == ["email.send", "sms.send"]


def test_a_viewer_who_may_not_list_mappings_sees_the_rest() -> None:
    stage = healthy_stage()
    stage.functions.fail = failing("AccessDeniedException", "list_event_source_mappings")

    found = stage.read()

    assert found.state == "unknown"
    assert "unknown, Lambda answered AccessDeniedException: which types are paused" in printed(found)


def test_a_viewer_who_may_not_read_tags_sees_what_is_disabled() -> None:
    stage = healthy_stage()
    pause(stage, "email.send", since=BEGAN, until=ENDS)
    stage.functions.fail = failing("AccessDeniedException", "list_tags")

    found = stage.read()

    assert row(found, "email.send").startswith("? email.send")
    assert (
        "unknown, event source mapping disabled, and Lambda answered AccessDeniedException for its tags: email.send"
        in printed(found)
    )


@pytest.mark.parametrize("state", ["Creating", "Updating", "Deleting"])
def test_a_mapping_that_a_deployment_changes_is_unknown(state: str) -> None:
    stage = healthy_stage()
    pause(stage, "email.send")
    stage.functions.mapping("email.send")["State"] = state

    found = stage.read()

    assert row(found, "email.send").startswith("? email.send")
    assert "unknown, its event source mapping is being changed: email.send" in printed(found)


def test_a_mapping_that_is_missing_is_not_deployed() -> None:
    stage = healthy_stage()
    del stage.functions.mappings[mappings_of(stage)["email.send"].uuid]

    assert "unknown, not deployed: event source mapping of email.send" in printed(stage.read())


def test_texts_of_tags_cannot_reach_the_terminal() -> None:
    stage = healthy_stage()
    hostile = {SUBJECT_TAG: "\x1b[2J", BY_TAG: "[red]\x1b[2J\u202e", SINCE_TAG: "\x1b", UNTIL_TAG: timestamp(ENDS)}
    stage.client("lambda").tags[mappings_of(stage)["email.send"].arn] = hostile
    disable(stage, "email.send")

    shown = printed(stage.read())

    assert "email.send is paused by [red]\\x1b[2J\\u202e, until 2026-04-14 14:00 UTC." in shown
    assert "\x1b" not in shown


def keep_endpoint(stage: StatusStage, endpoint: str, *, disabled: bool = False) -> None:
    """Keep the item of an endpoint that has failed since yesterday, and list it in the index."""
    key = endpoint_key("company", endpoint)
    times = {"failing_since": NOON - timedelta(days=1)} | ({"disabled_at": NOON} if disabled else {})
    stage.dynamodb.items[key] = {"id": {"S": key}, **{name: {"S": timestamp(at)} for name, at in times.items()}}
    listed = stage.dynamodb.items.setdefault(INDEX_KEY, {"id": {"S": INDEX_KEY}, "endpoints": {"SS": []}})
    listed["endpoints"]["SS"].append(key)


def test_endpoints_that_all_work_say_so() -> None:
    assert row(healthy_stage().read(), "webhook endpoints") == "✓ webhook endpoints none fails"


def test_endpoints_that_fail_are_counted_and_need_no_attention(capsys: pytest.CaptureFixture[str]) -> None:
    stage = healthy_stage()
    for number in range(2):
        keep_endpoint(stage, f"ep_{number}")
    keep_endpoint(stage, "ep_2", disabled=True)

    found = stage.read()
    with json_lines():
        assert status(stage.deployed, check=True, now=stage.clock.now)

    assert row(found, "webhook endpoints") == (
        "… webhook endpoints 2 fail, 1 is disabled, the first since 2026-04-13 12:00 UTC. "
        "Nothing to do; see taly-async endpoints --stage prod"
    )
    system = json.loads(capsys.readouterr().out.splitlines()[0])
    assert system["webhook_endpoints"] == {"failing": 2, "disabled": 1}
