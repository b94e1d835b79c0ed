"""Acknowledge, snooze, resolve: what is written, in which order, and what happens beside a notifier that writes too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ops.causes.actions import CauseActions, CauseResult
from ops.stage.audit_log import AuditError
from ops.terminal.errors import OperatorError
from schemas.causes import LONGEST_SNOOZE, Cause, CauseState
from tests.fakes.service import NOON, failing
from tests.fakes.stage import CAUSE, OPERATOR, FakeStage
from tests.unit.ops.causes.causes import OPEN, OVER, another, keep, kept

Act = Callable[[FakeStage, Cause], CauseResult]

UNTIL = NOON + timedelta(hours=4)


@pytest.fixture
def stage() -> FakeStage:
    stage = FakeStage()
    keep(stage, OPEN)
    return stage


def actions(stage: FakeStage) -> CauseActions:
    return CauseActions(stage=stage.deployed, now=stage.clock.now)


def ack(stage: FakeStage, *causes: Cause) -> CauseResult:
    return actions(stage).acknowledge(causes, comment="mine")


def snooze(stage: FakeStage, *causes: Cause) -> CauseResult:
    return actions(stage).snooze(causes, until=UNTIL, comment="mine")


def resolve(stage: FakeStage, *causes: Cause) -> CauseResult:
    return actions(stage).resolve(causes, comment="mine")


each_action = pytest.mark.parametrize(
    ("act", "state"),
    [(ack, CauseState.ACKNOWLEDGED), (snooze, CauseState.SNOOZED), (resolve, CauseState.RESOLVED)],
)


@each_action
def test_an_action_says_who_changed_what_and_why(stage: FakeStage, act: Act, state: CauseState) -> None:
    act(stage, OPEN)

    (cause,) = kept(stage)
    assert (cause.state, cause.by, cause.comment, cause.changed_at) == (state, OPERATOR, "mine", NOON)
    assert (cause.revision, cause.total, cause.total_then) == (OPEN.revision + 1, OPEN.total, OPEN.total)
    (line,) = stage.logs.lines()
    assert {name: line[name] for name in ("message", "who", "service", "fingerprint", "reason", "why")} == {
        "message": state,
        "who": OPERATOR,
        "service": "email.send",
        "fingerprint": CAUSE,
        "reason": "attempts_exhausted",
        "why": "mine",
    }


@each_action
def test_the_audit_log_is_written_before_the_cause(stage: FakeStage, act: Act, state: CauseState) -> None:
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    result = act(stage, OPEN)

    assert "audit log could not be written" in result.failed["email.send"]
    assert kept(stage) == [OPEN]
    assert state not in [each.state for each in result.changed]


@each_action
def test_an_action_keeps_what_a_notifier_wrote_meanwhile(stage: FakeStage, act: Act, state: CauseState) -> None:
    keep(stage, replace(OPEN, revision=OPEN.revision + 2, total=2_000))

    act(stage, OPEN)

    (cause,) = kept(stage)
    assert (cause.state, cause.total, cause.total_then) == (state, 2_000, 2_000)
    assert len(stage.logs.lines()) == 1


def test_a_cause_that_is_always_written_first_is_said(stage: FakeStage) -> None:
    revisions = iter(range(10, 100))

    def notifier_writes(operation: str) -> None:
        if operation == "put_item":
            keep(stage, replace(OPEN, revision=next(revisions)))

    stage.dynamodb.before = notifier_writes

    assert "at each of 5 tries: repeat this" in ack(stage, OPEN).failed["email.send"]


def test_a_cause_that_is_gone_is_said(stage: FakeStage) -> None:
    stage.dynamodb.causes.clear()

    assert "no longer in table taly-async-dev-causes" in ack(stage, OPEN).failed["email.send"]


def test_a_cause_that_ended_meanwhile_is_not_acknowledged(stage: FakeStage) -> None:
    keep(stage, replace(OVER, revision=OPEN.revision + 1))

    assert "is over: there is nothing to acknowledge" in ack(stage, OPEN).failed["email.send"]


def test_a_refusal_of_one_cause_leaves_the_others_changed(stage: FakeStage) -> None:
    ended = replace(OVER, service="sms.send")
    keep(stage, ended)

    result = ack(stage, ended, OPEN)

    assert list(result.failed) == ["sms.send"]
    assert [each.service for each in result.changed] == ["email.send"]
    assert [line["service"] for line in stage.logs.lines()] == ["email.send"]


def test_a_snooze_has_its_end_in_the_audit_log(stage: FakeStage) -> None:
    snooze(stage, OPEN)

    (cause,) = kept(stage)
    assert cause.until == UNTIL
    assert stage.logs.lines()[0]["until"] == "2026-04-14T16:00:00.000Z"


@pytest.mark.parametrize("too_long", [LONGEST_SNOOZE + timedelta(seconds=1), timedelta(0), timedelta(hours=-1)])
def test_a_snooze_that_does_not_end_in_time_is_refused(stage: FakeStage, too_long: timedelta) -> None:
    result = actions(stage).snooze([OPEN], until=NOON + too_long)

    assert "7 days at most" in result.failed["email.send"]
    assert kept(stage) == [OPEN]
    assert stage.logs.lines() == []


@pytest.mark.parametrize(
    ("variables", "version"), [({"CODE_VERSION": "9b1d2c3e"}, "9b1d2c3e"), ({}, OPEN.version)], ids=["runs", "last"]
)
def test_a_resolved_cause_names_the_version_that_runs(
    stage: FakeStage, variables: dict[str, str], version: str
) -> None:
    stage.functions.variables["taly-async-dev-email-send"] = variables

    resolve(stage, OPEN)

    (cause,) = kept(stage)
    assert cause.resolved_version == version == stage.logs.lines()[0]["version"]


def test_a_cause_is_resolved_even_if_lambda_does_not_answer(stage: FakeStage) -> None:
    stage.functions.fail = failing("AccessDeniedException")

    (changed,) = resolve(stage, OPEN).changed

    assert changed.resolved_version == OPEN.version


def test_a_resolved_cause_needs_a_comment(stage: FakeStage) -> None:
    with pytest.raises(OperatorError, match="say how it was fixed"):
        actions(stage).resolve([OPEN], comment="")

    assert stage.dynamodb.calls == []


def test_an_audit_log_that_cannot_be_opened_is_an_error(stage: FakeStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "create_log_stream")

    with pytest.raises(AuditError):
        ack(stage, OPEN)


def test_an_action_changes_no_other_cause(stage: FakeStage) -> None:
    keep(stage, another())

    ack(stage, OPEN)

    assert another() in kept(stage)
