"""The overview: health of the stage, causes of dead letters, and actions."""

import json
import re
from datetime import timedelta

import pytest

from ops.dead_letters.causes import MOVED_BY_SQS
from ops.stage.services import HOLDING_QUEUES
from schemas.destinations import RECORD_ACTIVITY, SEND_EMAIL
from schemas.endpoints import INDEX_KEY, endpoint_key
from schemas.webhooks import WEBHOOK_DELIVER
from schemas.wire import timestamp
from tests.fakes.service import NOON, client_error
from tests.fakes.stage import CAUSE, INGRESS_DEAD_LETTERS, OF_ALL_TYPES, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.page import Page
from tests.unit.ops.console.stage_fakes import ConsoleStage
from tests.unit.ops.dead_letters.interruptions import unreachable
from tests.unit.ops.pauses.paused import disable, pause


def test_overview_before_the_first_poll_does_not_say_healthy(console: Console) -> None:
    page = console.get("/")

    assert page.status == 200
    assert "No snapshot yet." in page.text
    assert "Reading the stage" in page.text
    assert "Healthy" not in page.text
    assert console.page_requests == [False]


def test_every_page_names_stage_region_and_operator(console: Console) -> None:
    for path in ("/", "/dead-letters", "/nowhere"):
        page = console.get(path)

        assert "dev" in page.text
        assert "eu-central-1" in page.text
        assert "assumed-role/Admin/ada" in page.text


@pytest.mark.parametrize(("stage", "marked"), [("prod", True), ("dev", False)])
def test_production_is_marked(console: Console, stage: str, marked: bool) -> None:
    object.__setattr__(console.context.stage, "name", stage)

    (body,) = [attributes for name, attributes in console.get("/").elements if name == "body"]

    assert ("prod" in body.get("class", "").split()) is marked


@pytest.fixture
def healthy(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console of a stage with one type, all of whose alarms are off."""
    monkeypatch.setattr("ops.status.status._QUEUES", (SERVICE,))
    console.stage.cloudwatch.alarms = {f"{SERVICE}/failing": "OK"}
    console.stage.cloudwatch.composites = {"system/unhealthy": "OK"}
    return console


def deny_receiving(operation: str, _request: object) -> Exception | None:
    """Let SQS refuse what shows messages, as for a viewer."""
    return client_error("AccessDenied", "ReceiveMessage") if operation == "receive_message" else None


def mark(page: Page) -> str:
    """The class of the mark of the first type's row: ok, bad or pending."""
    (row,) = re.findall(r'<th scope="row" role="rowheader"><span aria-hidden="true" class="(\w+)">', page.html)
    return str(row)


def test_stage_without_dead_letters_is_healthy(healthy: Console) -> None:
    healthy.poll()

    page = healthy.get("/")

    assert "Healthy" in page.text
    assert "No dead letters." in page.text
    assert SERVICE in page.text
    assert mark(page) == "ok"


@pytest.mark.parametrize("state", [None, "INSUFFICIENT_DATA"])
def test_stage_with_an_alarm_without_data_is_not_healthy(healthy: Console, state: str | None) -> None:
    healthy.stage.cloudwatch.alarms = {f"{SERVICE}/failing": state} if state else {}
    healthy.poll()

    page = healthy.get("/")

    assert "State unknown" in page.text
    assert "Healthy" not in page.text
    assert mark(page) == "pending"
    assert ": all types" in page.text, "a list of each would fill the page"


def test_stage_that_can_no_longer_be_read_is_not_healthy(healthy: Console) -> None:
    healthy.poll()
    healthy.stage.sqs.before = unreachable
    healthy.poll()

    page = healthy.get("/")

    assert "AWS cannot be reached" in page.text
    assert "State unknown" in page.text
    assert "Healthy" not in page.text
    assert "No dead letters." not in page.text
    assert mark(page) == "pending"


def test_a_viewer_sees_counts_and_which_policy_shows_dead_letters(healthy: Console) -> None:
    healthy.stage.add_dead_letter(1)
    healthy.stage.sqs.fail = deny_receiving
    healthy.poll()

    page = healthy.get("/")

    assert f"The dead letters of {SERVICE} could not be read" in page.text
    assert "may not call ReceiveMessage here; the stage's policy taly-async-" in page.text
    assert "1 type needs attention" in page.text
    assert "No dead letters" not in page.text
    assert f"those of {SERVICE} could not be read" in healthy.get("/dead-letters").text


def test_unread_dead_letters_leave_the_health_of_types_known(healthy: Console) -> None:
    healthy.stage.add_dead_letter(1)
    healthy.stage.sqs.fail = deny_receiving

    healthy.poll()

    assert healthy.context.cache.snapshot.is_current(healthy.stage.clock.now())


def test_each_called_system_has_a_row(healthy: Console) -> None:
    healthy.stage.dynamodb.note_failure(RECORD_ACTIVITY, since=NOON - timedelta(minutes=31))
    healthy.stage.dynamodb.note_success(SEND_EMAIL)
    healthy.poll()

    page = healthy.get("/")

    assert "Called systems" in page.text
    assert "… the CRM has not answered since 2026-04-14 11:29 UTC; no message waits for it now." in page.text
    assert "✓ Amazon SES works; last success noted" in page.text
    assert "– Amazon SNS no failure was noted" in page.text
    assert "Healthy" in page.text


def test_called_system_that_needs_people_needs_attention(healthy: Console) -> None:
    since = NOON - timedelta(minutes=31)
    healthy.stage.dynamodb.note_failure(SEND_EMAIL, since=since, why="<b>403</b>", to_do="Verify the sender.")
    healthy.poll()

    page = healthy.get("/")

    assert "The stage needs attention" in page.text
    assert "✗ Amazon SES" in page.text
    assert "To do: Verify the sender." in page.text
    assert "&lt;b&gt;403" in page.html


def test_undelivered_webhooks_leave_the_stage_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    name = WEBHOOK_DELIVER.name
    monkeypatch.setattr("ops.status.status._QUEUES", (name,))
    console = Console(stage=ConsoleStage(services=OF_ALL_TYPES))
    console.stage.cloudwatch.alarms = {f"{name}/failing": "OK", f"{name}/undelivered-webhooks": "ALARM"}
    console.stage.cloudwatch.composites = {"system/unhealthy": "OK"}
    console.stage.sqs.put(console.stage.queue_url(f"{name}-dlq"), "{}")
    console.poll()

    page = console.get("/")

    assert "✓ Healthy" in page.text
    assert mark(page) == "ok"
    assert "1 dead letter of webhook.deliver: customers' endpoints did not take them." in page.text


def test_stage_that_was_read_long_ago_is_not_healthy(healthy: Console) -> None:
    healthy.poll()
    healthy.stage.clock.sleep(61)

    page = healthy.get("/")

    assert "State unknown" in page.text
    assert "updated 1 min ago" in page.text
    assert mark(page) == "pending"


def test_stage_that_lacks_a_type_is_not_healthy(console: Console) -> None:
    console.stage.cloudwatch.alarms = {f"{SERVICE}/failing": "OK", "queue_processor/failing": "OK"}
    console.stage.cloudwatch.composites = {"system/unhealthy": "OK"}
    console.poll()

    page = console.get("/")

    assert "State unknown" in page.text
    assert "Unknown, not deployed: appointment.created" in page.text


def test_cause_shows_its_count_tenants_error_and_actions(console: Console) -> None:
    for number in range(3):
        console.stage.add_dead_letter(number)
        console.stage.clock.sleep(60)
    console.poll()

    page = console.get("/")

    for text in (
        "3",
        SERVICE,
        "permanent",
        CAUSE,
        "1 tenant",
        "PermanentError: the CRM answered 422",
        "last 1 min ago",
        "first 3 min ago",
    ):
        assert text in page.text
    assert "1 type needs attention" in page.text
    assert f"/dead-letters?type={SERVICE}&cause={CAUSE}&reason=permanent" in page.links()
    assert f"/redrive?type={SERVICE}&cause={CAUSE}&reason=permanent" in page.links()
    assert f"/discard?type={SERVICE}&cause={CAUSE}&reason=permanent" in page.links()


def test_stage_with_a_pause_that_is_meant_says_what_it_is_except_for(healthy: Console) -> None:
    pause(healthy.stage, SERVICE)
    healthy.poll()

    page = healthy.get("/")

    assert "Healthy except 1 paused type" in page.text
    assert f"‖ {SERVICE} paused" in page.text
    assert mark(page) == "pending"
    assert "state unknown" not in page.text


def test_stage_with_a_mapping_disabled_by_hand_needs_attention(healthy: Console) -> None:
    disable(healthy.stage, SERVICE)
    healthy.poll()

    page = healthy.get("/")

    assert "1 type needs attention" in page.text
    assert f"{SERVICE}: event source mapping disabled by hand. It does not end by itself. Resume …" in page.text
    assert mark(page) == "bad"


def test_an_older_status_does_not_say_paused(healthy: Console) -> None:
    pause(healthy.stage, SERVICE)
    healthy.poll()
    healthy.stage.clock.sleep(120)

    assert mark(healthy.get("/")) == "pending"
    assert "State unknown" in healthy.get("/").text


def test_webhook_endpoints_that_fail_have_a_row(healthy: Console) -> None:
    healthy.poll()
    assert "✓ webhook endpoints none fails" in healthy.get("/").text
    key = endpoint_key("company", "ep_1")
    since = {"S": timestamp(NOON - timedelta(days=1))}
    healthy.stage.dynamodb.items[key] = {"id": {"S": key}, "failing_since": since}
    healthy.stage.dynamodb.items[INDEX_KEY] = {"id": {"S": INDEX_KEY}, "endpoints": {"SS": [key]}}

    healthy.poll()

    assert "… webhook endpoints 1 fails, the first since 2026-04-13 12:00 UTC." in healthy.get("/").text


def test_title_counts_one_dead_letter_in_the_singular(console: Console) -> None:
    console.add_dead_letter()

    assert "<title>1 dead letter " in " ".join(console.get("/").html.split())


def test_overview_says_that_sqs_moved_a_message(console: Console) -> None:
    console.add_dead_letter(cause="")

    page = console.get("/")

    assert MOVED_BY_SQS in page.text
    assert f"/redrive?type={SERVICE}&reason=none" in page.links()


def test_cause_that_its_sender_must_correct_says_so(console: Console) -> None:
    console.add_dead_letter(reason="invalid_payload")

    assert "the sender's turn" in console.get("/").text


def test_overview_shows_all_causes(console: Console) -> None:
    for number in range(5):
        console.stage.add_dead_letter(number, f"{number:012}")
    console.stage.add_dead_letter(9, url=INGRESS_DEAD_LETTERS)
    console.poll()

    page = console.get("/")

    assert [attributes["class"] for name, attributes in page.elements if name == "article"] == ["cause"] * 6
    assert len({attributes["id"] for name, attributes in page.elements if name == "article"}) == 6


def test_refused_messages_are_shown_with_type_and_source(console: Console) -> None:
    body = json.dumps({"id": "b-1", "type": "booking.created", "source": "crm.bookings", "payload": {}})
    console.stage.add_dead_letter(1, body=body, url=INGRESS_DEAD_LETTERS)
    console.poll()

    for address in ("/", "/dead-letters", "/dead-letters/queue_processor/sqs-1"):
        assert "booking.created from crm.bookings" in console.get(address).text


def test_overview_shows_the_progress_of_reads(console: Console) -> None:
    for number in range(15):
        console.stage.add_dead_letter(number)
    pages = []
    console.stage.sqs.before = lambda operation: (
        pages.append(console.get("/").text) if operation == "receive_message" else None
    )

    console.poll()

    assert f"Reading {SERVICE} …" in pages[0]
    assert f"Reading {SERVICE} (10 dead letters so far) …" in pages[1]
    assert "No dead letters" not in pages[0]
    assert "No dead letters match yet" not in console.get("/dead-letters").text


def test_error_is_shown_beside_the_last_snapshot(console: Console) -> None:
    console.add_dead_letter()
    console.stage.sqs.before = unreachable
    console.poll()

    page = console.get("/")

    assert "AWS cannot be reached" in page.text
    assert CAUSE in page.text


def test_stage_that_was_never_read_is_not_healthy(console: Console) -> None:
    console.stage.sqs.before = unreachable
    console.poll()

    page = console.get("/")

    assert "The stage cannot be read" in page.text
    assert "Healthy" not in page.text


def test_health_shows_figures_and_alarms(console: Console) -> None:
    console.stage.cloudwatch.figures = {
        ("Failure", SERVICE, "SampleCount"): [4_000.0],
        ("Failure", SERVICE, "Sum"): [12.0],
        ("ApproximateAgeOfOldestMessage", "taly-async-dev-activity-record", "Maximum"): [95.0],
    }
    console.stage.cloudwatch.alarms = {
        f"{SERVICE}/dead-letters": "ALARM",
        "system/heartbeat": "ALARM",
        "slack_notifier/alert-not-published": "OK",
    }
    console.poll()

    page = console.get("/")

    for text in ("4,000", "12", "1 m 35 s", "dead-letters alarm", "system/heartbeat is on, raised 3 min ago"):
        assert text in page.text
    assert "alert-not-published" not in page.text
    assert "1 type needs attention" in page.text


@pytest.mark.parametrize("queue", HOLDING_QUEUES)
def test_messages_in_holding_queues_are_shown_with_their_pages(console: Console, queue: str) -> None:
    sqs_message_id = console.stage.add_dead_letter(1, "", url=console.stage.queue_url(queue))
    console.poll()

    page = console.get("/")

    assert f"1 message in {queue}" in page.text
    assert f"/dead-letters?type={queue}" in page.links()
    assert "The stage needs attention" in page.text
    for path in ("/dead-letters", "/redrive", "/discard"):
        assert "1 dead letter" in console.get(path, type=queue).text
    assert "First step:" in console.get(f"/dead-letters/{queue}/{sqs_message_id}").text


def test_refresh_requests_a_poll_and_redirects_to_the_overview(console: Console) -> None:
    console.add_dead_letter()

    page = console.post("/refresh")

    assert (page.status, page.location) == (303, "/")
    assert console.page_requests[-1] is True
    received = console.stage.sqs.calls.count("receive_message")
    console.poll()
    assert console.stage.sqs.calls.count("receive_message") > received


def test_overview_counts_the_types_that_need_attention(console: Console) -> None:
    console.stage.add_dead_letter(1)
    console.stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    console.poll()

    assert "2 types need attention" in console.get("/").text


def test_age_of_a_dead_letter_has_its_time_in_a_tooltip(console: Console) -> None:
    console.add_dead_letter()
    console.stage.clock.sleep(90)

    page = console.get("/")

    assert "last 1 min ago" in page.text
    assert {"datetime": "2026-04-14T12:00:00Z", "title": "2026-04-14 12:00:00 UTC"} in [
        attributes for name, attributes in page.elements if name == "time"
    ]


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (86_399, "23 h"),
        (14 * 86_400, "14 d"),
    ],
)
def test_age_is_given_in_its_largest_whole_unit(console: Console, seconds: float, age: str) -> None:
    console.add_dead_letter()
    console.stage.clock.sleep(seconds)

    assert f"last {age} ago" in console.get("/").text


@pytest.mark.parametrize(
    ("ahead", "expected"), [(timedelta(seconds=60), "last 0 s ago"), (timedelta(hours=3), "last in 3 h")]
)
def test_time_ahead_of_this_clock_is_in_the_future(console: Console, ahead: timedelta, expected: str) -> None:
    console.stage.add_dead_letter(1, deadLetteredAt=(NOON + ahead).isoformat())
    console.poll()

    assert expected in console.get("/").text
