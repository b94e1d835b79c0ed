"""`redo`: chosen messages are done exactly once more, whatever interrupts it."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ops.redo.report import RedoRequest
from ops.redo.selection import Criteria
from ops.stage.audit_log import AuditError
from ops.stage.aws_errors import AwsError
from ops.terminal.errors import OperatorError
from ops.terminal.output import json_lines
from schemas.reasons import Outcome
from tests.fakes.service import NOON, failing, refusing
from tests.fakes.stage import CAUSE, OPERATOR
from tests.messages import COMPANY, email
from tests.unit.ops.dead_letters.interruptions import KilledError, kill_at, unreachable
from tests.unit.ops.redo.redo_stage import (
    AN_HOUR_AGO,
    OTHERS,
    RUN,
    RedoStage,
    address,
    dead_mail,
    mail,
    published,
    run,
)


def test_three_of_500_mails_redone_are_exactly_three_second_mails() -> None:
    stage = RedoStage()
    ids = [stage.has_done(mail(number)) for number in range(500)]

    assert run(stage, stage.request(*ids[100:103]))

    again = {address(number): 2 for number in range(100, 103)}
    assert stage.done == Counter({address(number): 1 for number in range(500)}) | Counter(again)


def test_the_new_message_is_the_old_one_under_a_new_id() -> None:
    stage = RedoStage()
    old = mail(1, attempts=3, hops=2, correlationId="booking-1", causationId="booking-1", somethingNew={"a": 1.5})
    stage.has_done(old)

    assert run(stage, stage.request("mail-1"))

    (new,) = published(stage)
    assert new == {
        **old,
        "id": new["id"],
        "attempts": 1,
        "source": "taly.ops",
        "causationId": "mail-1",
    }
    assert new["id"] != "mail-1"
    (entry,) = stage.events.published
    assert (entry["Source"], entry["DetailType"]) == ("taly.ops", "email.send")


def test_the_first_message_of_a_chain_becomes_the_new_ones_chain() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))

    run(stage, stage.request("mail-1"))

    assert [(new["causationId"], new["correlationId"]) for new in published(stage)] == [("mail-1", "mail-1")]


def test_the_replay_goes_to_the_redo_queue_alone_and_leaves_it_empty() -> None:
    stage = RedoStage()
    for number in range(30):
        stage.has_done(mail(number))

    run(stage, stage.request("mail-7"))

    (replay,) = stage.events.started
    assert replay["Destination"]["FilterArns"] == ["rule taly-async-dev-redo"]
    assert replay["ReplayName"] == "taly-async-dev-redo-20260414T120000-1"
    assert replay["EventStartTime"] == AN_HOUR_AGO - timedelta(minutes=15)
    assert stage.sqs.messages(stage.queue_url("redo")) == []


def test_the_audit_log_names_old_and_new_id_and_no_value() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))

    run(stage, stage.request("mail-1"))

    (line,) = stage.logs.lines()
    assert line == {
        "message": "redone",
        "timestamp": line["timestamp"],
        "who": OPERATOR,
        "service": "email.send",
        "id": "mail-1",
        "new_id": published(stage)[0]["id"],
        "company_id": COMPANY,
        "run": RUN,
        "why": "wrong template",
    }


def test_messages_are_chosen_by_type_time_tenant_and_outcome() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.has_done(mail(2), at=NOON - timedelta(hours=3))
    stage.outcome(mail(3), "skipped", AN_HOUR_AGO)
    other = mail(4)
    other["payload"]["companyId"] = OTHERS
    stage.has_done(other)
    stage.outcome(mail(5), "retrying", AN_HOUR_AGO)

    criteria = Criteria(types=frozenset({"email.send"}), since=NOON - timedelta(hours=2), tenant=COMPANY)
    assert run(stage, stage.request(criteria=criteria))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]


def test_messages_are_chosen_by_a_cause_of_which_an_attempt_failed() -> None:
    stage = RedoStage()
    for number in (1, 2):
        stage.outcome(mail(number), "retrying", AN_HOUR_AGO, fingerprint=CAUSE if number == 1 else "0" * 12)
        stage.has_done(mail(number), at=AN_HOUR_AGO + timedelta(minutes=1))

    criteria = Criteria(types=frozenset({"email.send"}), since=NOON - timedelta(hours=2), cause=CAUSE)
    assert run(stage, stage.request(criteria=criteria))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]


def test_a_message_on_its_way_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.outcome(mail(1), "retrying", AN_HOUR_AGO)

    assert not run(stage, stage.request("mail-1"))

    assert stage.events.published == []
    assert "still on its way" in capsys.readouterr().out


def test_a_message_of_ses_is_left_out_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.outcome({"id": "r", "type": "ses.event", "payload": {"companyId": COMPANY}}, "succeeded", AN_HOUR_AGO)

    assert not run(stage, stage.request("r"))

    assert "do not pass the stage's bus" in capsys.readouterr().out


def test_an_id_that_is_nowhere_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()

    assert not run(stage, stage.request("nowhere"))

    assert "nowhere is left out: no log of the time names it" in capsys.readouterr().out


def test_a_message_that_the_archive_lacks_is_named_and_others_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.run(mail(2), AN_HOUR_AGO)

    assert not run(stage, stage.request("mail-1", "mail-2"))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]
    assert "mail-2 is left out: the archive has no such event" in capsys.readouterr().out


def test_the_archive_is_searched_from_the_given_time_on() -> None:
    stage = RedoStage()
    waited_long = mail(1)
    stage.archive(waited_long, NOON - timedelta(hours=9))
    stage.run(waited_long, AN_HOUR_AGO)

    assert not run(stage, stage.request("mail-1"))
    stage.clock.sleep(60)
    assert run(stage, stage.request("mail-1", archived_since=NOON - timedelta(hours=10)))


def test_another_redo_that_reads_the_archive_is_not_disturbed() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.events.replays["taly-async-dev-redo-20260414T115900-1"] = [{"State": "RUNNING"}]

    with pytest.raises(OperatorError, match="another redo is reading the archive: replay taly-async-dev-redo-20260414"):
        run(stage, stage.request("mail-1"))


def test_a_replay_that_fails_ends_the_redo_with_its_reason() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.events.course = ({"State": "FAILED", "StateReason": "no access"},)

    with pytest.raises(OperatorError, match="ended as FAILED: no access"):
        run(stage, stage.request("mail-1"))

    assert stage.events.published == []


def test_events_that_arrive_after_the_end_of_their_replay_are_waited_for() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.events.course = ({"State": "STARTING"},) * 40 + ({"State": "COMPLETED"},)
    late: list[dict[str, Any]] = []
    stage.events.replayed = late.append

    def deliver_late(operation: str) -> None:
        if operation == "receive_message" and stage.sqs.calls.count(operation) == 45:  # four after the end
            stage.send_to_redo(late.pop())

    stage.sqs.before = deliver_late

    assert run(stage, stage.request("mail-1"))
    assert late == []


def test_events_that_an_interrupted_redo_left_are_not_published() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    forged = {"replay-name": "taly-async-dev-redo-old-1", "detail": mail(1, attempts=7, version=9)}
    stage.sqs.put(stage.queue_url("redo"), json.dumps(forged))
    stage.sqs.put(stage.queue_url("redo"), "no event")

    assert run(stage, stage.request("mail-1"))

    assert [new.get("version") for new in published(stage)] == [None]


def test_nothing_that_charges_a_customer_is_redone_without_money(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    charge = {"companyId": COMPANY, "invoiceId": "in_1"}
    for type_name in ("payment.failed", "payment.retry"):
        stage.outcome({"id": type_name, "type": type_name, "payload": charge}, "succeeded", AN_HOUR_AGO)
    stage.has_done(mail(1))

    assert not run(stage, stage.request("payment.failed", "payment.retry", "mail-1"))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]
    assert "payment.failed can charge a customer, by payment.retry: give --money" in capsys.readouterr().out


def test_a_sample_that_fails_stops_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    for number in range(5):
        stage.has_done(mail(number))
    stage.fails = frozenset({address(1)})

    assert not run(stage, stage.request(types=("email.send",), sample=2))

    assert len(stage.events.published) == 2
    assert "the sample did not succeed" in capsys.readouterr().out


def test_the_rest_follows_a_sample_that_succeeds() -> None:
    stage = RedoStage()
    for number in range(25):
        stage.has_done(mail(number))

    assert run(stage, stage.request(types=("email.send",), sample=2))

    assert len(stage.events.published) == 25


def test_a_rate_limits_the_messages_a_second() -> None:
    stage = RedoStage()
    for number in range(30):
        stage.has_done(mail(number))
    began = stage.clock.seconds

    run(stage, stage.request(types=("email.send",), rate=2))

    assert stage.clock.seconds - began >= 28 / 2


def test_a_dead_letter_is_done_from_its_queue_and_deleted_there() -> None:
    stage = RedoStage()
    dead_mail(stage, 1)

    assert run(stage, stage.request("mail-1"))

    assert stage.done == {address(1): 1}
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == []
    assert stage.events.started == [], "nothing is replayed for it"


def test_a_dead_letter_that_no_log_names_is_found_in_its_queue() -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    stage.logs.groups.clear()

    assert run(stage, stage.request("mail-1"))

    assert stage.done == {address(1): 1}


def test_a_refused_message_stays_a_dead_letter_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    stage.events.refuse = refusing("ThrottlingException")

    assert not run(stage, stage.request("mail-1"))

    assert len(stage.sqs.messages(stage.dead_letters_url("email.send"))) == 1
    assert [line["message"] for line in stage.logs.lines()] == ["redone", "redo_refused"]
    assert "EventBridge did not take it: ThrottlingException" in capsys.readouterr().out


def test_a_dead_letter_that_somebody_else_took_is_not_published() -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    (held,) = stage.sqs.messages(stage.dead_letters_url("email.send"))
    stage.sqs.receive(held, 600)

    assert not run(stage, stage.request("mail-1"))

    assert stage.events.published == []


def test_without_an_audit_log_nothing_is_published() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    with pytest.raises(AuditError):
        run(stage, stage.request("mail-1"))

    assert stage.events.published == []


def test_a_call_without_an_answer_leaves_messages_in_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.events.after = lambda operation: unreachable(operation) if operation == "put_events" else None

    with pytest.raises(AwsError):
        run(stage, stage.request("mail-1"))

    printed = capsys.readouterr().out
    assert "up to 1 more may have been published" in printed
    assert f"--run {RUN}: nothing is done twice" in printed


def calls_of_a_whole_run() -> int:
    stage = scene_of_both_kinds()
    run(stage, request_for_both_kinds(stage))
    return len(stage.events.calls) + len(stage.sqs.calls) + len(stage.logs.calls)


def scene_of_both_kinds() -> RedoStage:
    stage = RedoStage()
    stage.has_done(mail(1))
    dead_mail(stage, 2)
    return stage


def request_for_both_kinds(stage: RedoStage) -> RedoRequest:
    return stage.request("mail-1", "mail-2")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", range(1, calls_of_a_whole_run() + 1))
def test_a_redo_killed_at_any_call_and_repeated_does_nothing_twice(calls: int, after: bool) -> None:
    stage = scene_of_both_kinds()
    before, afterwards = kill_at(calls, after=after)
    for service in (stage.events, stage.sqs, stage.logs):
        service.before, service.after = before, afterwards
    with pytest.raises(KilledError):
        run(stage, request_for_both_kinds(stage))

    for service in (stage.events, stage.sqs, stage.logs):
        service.before = service.after = lambda _operation: None
    stage.clock.sleep(600)  # leases have ended, and the replay has
    for descriptions in stage.events.replays.values():
        descriptions[:] = [{"State": "COMPLETED"}]

    assert run(stage, request_for_both_kinds(stage)), "all is done"
    assert stage.done == {address(1): 2, address(2): 1}
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == []


def test_a_run_under_another_name_says_who_redid_them_before(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    run(stage, stage.request("mail-1"))
    stage.clock.sleep(60)
    capsys.readouterr()

    run(stage, stage.request("mail-1", run="run-2"))
    third = " ".join(capsys.readouterr().err.split())
    stage.clock.sleep(60)
    run(stage, stage.request("mail-1", run="run-2"))

    assert "- 1 message of these redone before, last on 2026-04-14 12:00 UTC by assumed-role/Admin/ada" in third
    assert "1 person gets a second mail" in third
    assert stage.done == {address(1): 3}


def test_dead_letters_of_two_tenants_with_one_id_are_both_redone() -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    dead_mail(stage, 1, companyId=OTHERS)

    assert run(stage, stage.request("mail-1"))

    assert {new["payload"]["companyId"] for new in published(stage)} == {COMPANY, OTHERS}
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == []


def test_a_dead_letter_that_sqs_moved_after_a_retry_is_found() -> None:
    stage = RedoStage()
    message = mail(1)
    stage.outcome(message, "retrying", AN_HOUR_AGO)
    stage.sqs.put(stage.dead_letters_url("email.send"), json.dumps(message))

    assert run(stage, stage.request("mail-1"))

    assert stage.done == {address(1): 1}
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == []


def test_a_continued_run_succeeds_once_all_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    stage = scene_of_both_kinds()
    outcomes = frozenset({Outcome.SUCCEEDED, Outcome.DEAD_LETTERED})
    since = NOON - timedelta(hours=2)
    request = stage.request(
        criteria=Criteria(types=frozenset({"email.send"}), since=since, until=NOON, outcomes=outcomes)
    )
    assert run(stage, request)
    stage.clock.sleep(600)
    capsys.readouterr()

    assert run(stage, request)

    assert stage.done == {address(1): 2, address(2): 1}
    printed = capsys.readouterr()
    assert "this run has published it already" in printed.out
    assert f"repeat it with --run {RUN} --since 2026-04-14T10:00:00.000Z --until 2026-04-14T12:00:00.000Z" in " ".join(
        printed.err.split()
    )


def test_a_dry_run_counts_and_publishes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))

    with json_lines():
        assert run(stage, stage.request("mail-1", dry_run=True, yes=False))

    record = json.loads(capsys.readouterr().out)
    assert (record["chosen"], record["again"], record["sent"]) == (1, {"email.send": 1}, 0)
    assert (stage.events.started, stage.events.published) == ([], [])


def test_without_confirmation_nothing_is_read_or_published() -> None:
    stage = RedoStage()
    stage.has_done(mail(1))

    with pytest.raises(OperatorError, match="give --yes"):
        run(stage, stage.request("mail-1", yes=False))

    assert (stage.events.started, stage.events.published) == ([], [])


def test_who_gets_something_twice_is_said_before(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    booking = {"id": "booking-1", "type": "booking.created", "payload": {"companyId": COMPANY}}
    stage.outcome(booking, "succeeded", AN_HOUR_AGO)
    for number in (1, 2):
        stage.outcome(mail(number, correlationId="booking-1", causationId="booking-1"), "succeeded", AN_HOUR_AGO)
    stage.outcome(mail(3, correlationId="booking-1", causationId="booking-1"), "skipped", AN_HOUR_AGO)
    stage.has_done(email(id="unrelated"))

    run(stage, stage.request("booking-1"))

    said = " ".join(capsys.readouterr().err.split())
    assert "2 people get a second mail, nobody gets a second text" in said
    assert "Reactions run again" in said


def test_outcomes_other_than_success_are_chosen_when_asked_for() -> None:
    stage = RedoStage()
    stage.archive(mail(1), AN_HOUR_AGO)
    stage.outcome(mail(1), "skipped", AN_HOUR_AGO)
    criteria = Criteria(
        types=frozenset({"email.send"}), since=NOON - timedelta(hours=2), outcomes=frozenset({Outcome.SKIPPED})
    )

    assert run(stage, stage.request(criteria=criteria))

    assert stage.done == {address(1): 1}
