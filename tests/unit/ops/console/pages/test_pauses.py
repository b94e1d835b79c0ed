"""The page that pauses and resumes: what it shows, what its forms do, and what they refuse."""

import re
from datetime import timedelta

import pytest

from ops.pauses.pauses import HEARTBEATS_STOP
from schemas.availability import services_waiting_for
from schemas.destinations import Destination
from schemas.pauses import BY_TAG, SUBJECT_TAG
from tests.fakes.service import NOON, failing
from tests.fakes.stage import OF_ALL_TYPES, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.stage_fakes import ConsoleStage
from tests.unit.ops.pauses.paused import disable, pause, paused

FORM = {"subject": SERVICE, "length": "2h", "comment": "the CRM is being migrated"}


@pytest.fixture
def console() -> Console:
    """The console of a stage with all types."""
    return Console(ConsoleStage("dev", OF_ALL_TYPES))


def audited(console: Console) -> list[tuple[str, str, str]]:
    lines = console.stage.logs.lines()
    return [(line["message"], line["service"], line.get("why", "")) for line in lines]


def test_page_without_a_pause_says_so(console: Console) -> None:
    page = console.get("/pauses")

    assert page.status == 200
    assert "Nothing is paused." in page.text
    assert page.actions() == ["/pause"]


def test_page_explains_what_a_pause_does_and_which_types_call_a_system(console: Console) -> None:
    page = console.get("/pauses")

    assert "Messages wait in their queue, and spend no attempt." in page.text
    assert "ses: 1 type" in page.text
    assert f"crm {', '.join(services_waiting_for(Destination.CRM))}" in page.text


def test_submitted_form_pauses_the_type(console: Console) -> None:
    page = console.post("/pause", FORM)

    assert page.status == 200
    assert f"Paused: {SERVICE}." in page.text
    assert "until 2026-04-14 14:00 UTC" in page.text
    assert paused(console.stage) == {SERVICE}
    assert audited(console) == [("paused", SERVICE, FORM["comment"])]
    assert console.page_requests[-1], "the stage is polled at once"


def test_comment_is_kept_in_the_audit_log_alone(console: Console) -> None:
    page = console.post("/pause", FORM)

    assert FORM["comment"] not in page.text
    assert FORM["comment"] not in str(console.stage.functions.tags)


def test_pause_without_a_length_lasts_until_somebody_resumes(console: Console) -> None:
    page = console.post("/pause", FORM, length=" ")

    assert "until somebody resumes it" in page.text


def test_destination_pauses_all_types_that_call_it(console: Console) -> None:
    page = console.post("/pause", FORM, subject="crm")

    assert paused(console.stage) == set(services_waiting_for(Destination.CRM))
    assert "are paused with the CRM by" in page.text


def test_type_that_was_paused_before_keeps_its_pause(console: Console) -> None:
    pause(console.stage, SERVICE)

    page = console.post("/pause", FORM, subject="crm")

    assert f"Paused already, so left as before: {SERVICE}." in page.text
    assert console.stage.functions.tags_of(SERVICE)[SUBJECT_TAG] == SERVICE


@pytest.mark.parametrize("subject", ["queue_processor", "system.heartbeat", "bus"])
def test_pause_that_stops_heartbeats_asks_a_second_time(console: Console, subject: str) -> None:
    page = console.post("/pause", FORM, subject=subject)

    assert f"Pause {subject} all the same? {HEARTBEATS_STOP}" in page.text
    assert paused(console.stage) == set()
    assert audited(console) == []

    confirmed = console.post("/pause", page.fields())

    assert subject in page.fields().values()
    assert paused(console.stage)
    assert "Paused:" in confirmed.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"subject": "email.sent"}, "there is no type email.sent. Did you mean email.send?"),
        ({"subject": ""}, "there is no type"),
        ({"comment": "  "}, "enter a comment: it is written into the audit log"),
        ({"length": "soon"}, "soon"),
        ({"length": "0h"}, "0h"),
        ({"length": "20d"}, "20 d 00 h is too long for a pause"),
    ],
)
def test_form_that_cannot_be_carried_out_is_explained(console: Console, changes: dict[str, str], sentence: str) -> None:
    page = console.post("/pause", FORM | changes)

    assert page.status == 400
    assert sentence in page.text
    assert paused(console.stage) == set()


def test_nothing_is_paused_if_the_audit_log_refuses(console: Console) -> None:
    console.stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    page = console.post("/pause", FORM)

    assert f"{SERVICE} was not paused: the audit log could not be written" in page.text
    assert paused(console.stage) == set()


def test_operator_who_may_not_pause_gets_a_sentence(console: Console) -> None:
    console.stage.functions.fail = failing("AccessDeniedException", "update_event_source_mapping")

    page = console.post("/pause", FORM)

    assert f"{SERVICE} was not paused: access denied" in page.text
    assert "Repeat this" in page.text


def test_operator_who_may_not_list_mappings_gets_a_sentence(console: Console) -> None:
    console.stage.functions.fail = failing("AccessDeniedException", "list_event_source_mappings")

    page = console.get("/pauses")

    assert page.status == 400
    assert "access denied: these credentials may not call" in page.text


def test_paused_type_can_be_resumed(console: Console) -> None:
    pause(console.stage, SERVICE)
    console.stage.sqs.put(console.stage.queue_url(SERVICE), "{}")
    console.poll()
    page = console.get("/pauses")
    assert "1 message in the queue" in page.text
    assert page.actions() == ["/resume", "/pause"]

    resumed = console.post("/resume", page.fields(), comment="it works again")

    assert f"Resumed: {SERVICE}." in resumed.text
    assert "Nothing is paused." in resumed.text
    assert paused(console.stage) == set()
    assert audited(console) == [("resumed", SERVICE, "it works again")]


def test_types_paused_together_are_resumed_together_or_one_by_one(console: Console) -> None:
    console.post("/pause", FORM, subject="crm")
    page = console.get("/pauses")
    options = re.findall(r"<option(?: value=\"(\w+)\")?>([\w. ]+)</option>", page.html.split('id="new-pause"')[0])
    assert options == [("crm", "all of crm"), *(("", name) for name in services_waiting_for(Destination.CRM))]

    console.post("/resume", subject=SERVICE)
    assert SERVICE not in paused(console.stage)
    console.post("/resume", subject="crm")

    assert paused(console.stage) == set()


def test_mapping_disabled_by_hand_can_be_resumed(console: Console) -> None:
    disable(console.stage, SERVICE)
    page = console.get("/pauses")
    assert f"{SERVICE}: event source mapping disabled by hand." in page.text

    console.post("/resume", page.fields())

    assert paused(console.stage) == set()


def test_resuming_what_runs_says_so(console: Console) -> None:
    page = console.post("/resume", subject=SERVICE)

    assert f"Not paused, so there was nothing to resume: {SERVICE}." in page.text


def test_resuming_a_system_leaves_types_that_were_paused_by_name(console: Console) -> None:
    pause(console.stage, SERVICE)

    page = console.post("/resume", subject="crm")

    assert f"Not paused with this system, so left as before: {SERVICE}." in page.text
    assert paused(console.stage) == {SERVICE}


def test_form_of_another_site_pauses_nothing(console: Console) -> None:
    page = console.client.post(
        "/pause", data=FORM, headers={"Origin": "http://evil.test"}, base_url="http://127.0.0.1:8710"
    )

    assert page.status_code == 403
    assert paused(console.stage) == set()


def test_texts_of_tags_are_escaped(console: Console) -> None:
    pause(console.stage, SERVICE)
    console.stage.functions.tags_of(SERVICE)[BY_TAG] = "<script>\u202e"

    html = console.get("/pauses").html

    assert "&lt;script&gt;\\u202e" in html


def test_health_shows_the_pause_and_leads_to_its_end(console: Console) -> None:
    pause(console.stage, SERVICE, until=NOON + timedelta(hours=2))
    console.stage.cloudwatch.alarms = {f"{SERVICE}/oldest": "ALARM"}
    console.poll()

    page = console.get("/")

    assert f"{SERVICE} is paused by assumed-role/Admin/ada since 2026-04-14 12:00 UTC" in page.text
    assert "/pauses" in page.links()
    assert "oldest alarm" not in page.text
    assert f"‖ {SERVICE} paused" in page.text
