"""Log lines and the log groups that they are read from."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.stage import log_groups
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import NotDeployedError
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine, Scheduled, in_effect, parse, parse_all
from ops.terminal.errors import OperatorError
from schemas.reasons import OperatorAction, Outcome
from tests.fakes.logs import FakeLogs
from tests.fakes.service import NOON, client_error, failing
from tests.fakes.stage import OF_ALL_TYPES, FakeStage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def line(**fields: Any) -> str:
    return json.dumps({"timestamp": "2026-04-14T12:00:00.123+00:00", **fields})


@pytest.mark.parametrize(
    ("fields", "chain"),
    [
        ({"outcome": Outcome.SUCCEEDED}, "mail-1"),
        ({"outcome": Outcome.SUCCEEDED, "correlation_id": "booking-1"}, "booking-1"),
        ({"message": OperatorAction.REDRIVEN}, ""),
    ],
    ids=["first of its chain", "follow-up", "an operator's action"],
)
def test_an_outcome_without_correlation_id_is_the_first_of_its_chain(fields: dict[str, str], chain: str) -> None:
    (found,) = parse(line(id="mail-1", **fields), 0)

    assert found.correlation_id == chain


def test_an_outcome_is_read_with_all_its_fields() -> None:
    text = line(
        outcome="retrying",
        service="email.send",
        id="mail-1",
        attempt=2,
        delay=4,
        follow_ups=["a"],
        scheduled=[{"key": "reminder/1", "id": "b", "at": "2026-04-15T14:00:00.000Z"}, {"key": "k", "id": "c"}],
        unscheduled=["reminder/2"],
        left_out=["admins[1].email: is missing"],
    )

    (found,) = parse(text, 0)

    assert (found.what, found.service, found.id, found.attempt, found.delay) == (
        Outcome.RETRYING,
        "email.send",
        "mail-1",
        2,
        4,
    )
    assert found.at == NOON + timedelta(milliseconds=123)
    assert found.left_out == ("admins[1].email: is missing",)
    assert (found.follow_ups, found.scheduled, found.unscheduled) == (
        ("a",),
        (Scheduled("reminder/1", "b", datetime(2026, 4, 15, 14, tzinfo=UTC)), Scheduled("k", "c")),
        ("reminder/2",),
    )
    assert all(found.mentions(each) for each in ("mail-1", "a", "b"))
    assert not found.mentions("mail-10")


def test_an_operators_action_is_read_with_the_operator() -> None:
    (found,) = parse(line(message="redriven", id="mail-1", who="arn:aws:sts::1:assumed-role/Admin/ada"), 0)

    assert (found.what, found.who) == (OperatorAction.REDRIVEN, "arn:aws:sts::1:assumed-role/Admin/ada")


def test_a_card_is_a_line_for_each_of_its_messages() -> None:
    found = parse_all([(line(message="posted", ids=["mail-1", "mail-2"]), 0)])

    assert [(each.what, each.id) for each in found] == [
        (OperatorAction.POSTED, "mail-1"),
        (OperatorAction.POSTED, "mail-2"),
    ]


def test_a_line_without_a_time_has_the_time_of_its_event() -> None:
    (found,) = parse(json.dumps({"outcome": "routed", "id": "a", "timestamp": "yesterday"}), 1_000)

    assert found.at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        "{}",
        "[]",
        '"routed"',
        '{"outcome": "unheard of", "id": "a"}',
        '{"message": "drained", "id": "a"}',
        '{"_aws": {}}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_a_line_that_is_not_about_a_message_is_left_out(text: str) -> None:
    assert list(parse(text, 0)) == []


@given(fields=st.dictionaries(st.sampled_from(["id", "timestamp", "attempt", "follow_ups", "scheduled", "ids"]), JSON))
def test_a_field_of_the_wrong_type_is_read_or_left_out(fields: dict[str, Any]) -> None:
    found = list(parse(json.dumps({**fields, "outcome": "succeeded"}), 0))

    assert found[0].what is Outcome.SUCCEEDED
    assert hash(found[0]) == hash(next(parse(json.dumps({**fields, "outcome": "succeeded"}), 0)))


@pytest.mark.parametrize("number", [10**21, -(10**21), 1.5, True, "7", None])
@pytest.mark.parametrize("name", ["delay", "duration_ms", "attempt"])
def test_a_number_too_large_for_a_duration_is_left_out(name: str, number: Any) -> None:
    (found,) = parse(json.dumps({"outcome": "retrying", "id": "a", name: number}), 0)

    assert getattr(found, name) is None


def test_all_pages_of_all_groups_are_read_from_a_time_on() -> None:
    logs = FakeLogs()
    for number in range(7):
        logs.write("log of a", NOON + timedelta(seconds=number), id="x")
    logs.write("log of b", NOON, id="x")
    logs.write("log of b", NOON - timedelta(seconds=1), id="x")
    logs.write("log of b", NOON, id="y")

    events = LogGroups(logs).read_from(dict.fromkeys(["log of a", "log of b", "log of gone"], NOON), '"x"')

    assert len(events) == len({event.key for event in events}) == 8


def test_throttled_calls_are_retried() -> None:
    waited: list[float] = []
    logs = FakeLogs(fail=lambda *_: client_error("ThrottlingException") if len(waited) < 3 else None)
    logs.write("log of a", NOON, id="x")

    assert len(LogGroups(logs, waited.append).read_from({"log of a": NOON}, "")) == 1
    assert waited == sorted(waited)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_refused_call_is_explained(code: str) -> None:
    logs = FakeLogs(fail=failing(code))

    with pytest.raises(AwsError, match="FilterLogEvents"):
        LogGroups(logs, lambda _: None).read_from({"log of a": NOON}, "")


def absent(*groups: str) -> Callable[[str, Mapping[str, Any]], Exception | None]:
    """Let the calls for these groups be refused: they do not exist."""

    def fail(_: str, request: Mapping[str, Any]) -> Exception | None:
        return client_error("ResourceNotFoundException") if request["logGroupName"] in groups else None

    return fail


def test_groups_of_which_none_exists_are_not_taken_for_empty_ones() -> None:
    """Such as those of a stage of which only the Messaging stack is deployed."""
    logs = FakeLogs(fail=absent("log of a", "log of b"))

    with pytest.raises(NotDeployedError, match="there is no log group log of a: is the stage deployed in part"):
        LogGroups(logs, lambda _: None).read_from({"log of b": NOON, "log of a": NOON}, "")


def test_a_group_that_does_not_exist_reads_as_empty_beside_another() -> None:
    logs = FakeLogs(fail=absent("log of a"))
    logs.write("log of b", NOON)

    events = LogGroups(logs, lambda _: None).read_from({"log of a": NOON, "log of b": NOON}, "")

    assert [event.group for event in events] == ["log of b"]


def test_a_stage_that_is_not_deployed_is_explained() -> None:
    with pytest.raises(OperatorError, match="stage prod is not deployed here"):
        log_groups.of_functions(FakeStage("prod", ()).deployed)


def test_types_and_groups_that_are_not_deployed_are_left_out() -> None:
    stage = FakeStage("prod", ("queue_processor", "sms.send"))

    assert log_groups.of_functions(stage.deployed) == {
        "queue_processor": "/aws/lambda/taly-async-prod-queue-processor",
        "sms.send": "/aws/lambda/taly-async-prod-sms-send",
    }
    assert log_groups.of_audit_and_alerts(stage.deployed) == {}


def test_the_logs_of_actions_and_alerts_are_those_of_monitoring() -> None:
    assert log_groups.of_audit_and_alerts(FakeStage("prod").deployed) == {
        "audit": "taly-async-prod-audit",
        "slack_notifier": "/aws/lambda/taly-async-prod-slack-notifier",
        "dead_letter_keeper": "/aws/lambda/taly-async-prod-dead-letter-keeper",
    }


def test_the_names_of_a_stage_are_read_by_one_call() -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)

    log_groups.of_functions(stage.deployed)
    log_groups.of_audit_and_alerts(stage.deployed)

    assert stage.sqs.calls == ["list_queues"]


def test_each_refusal_takes_back_the_last_action_on_its_message() -> None:
    failed, first = logged(0, Outcome.DEAD_LETTERED), logged(1, OperatorAction.REDRIVEN)
    other, of_tenant = (
        logged(2, OperatorAction.REDRIVEN, id="mail-2"),
        logged(2, OperatorAction.REDRIVEN, company_id="c-2"),
    )
    again, refused = logged(3, OperatorAction.REDRIVEN), logged(4, OperatorAction.REDRIVE_REFUSED)
    redone = logged(5, OperatorAction.REDONE, new_id="new-1")
    unknown = logged(6, OperatorAction.REDO_REFUSED, new_id="new-2")

    kept = in_effect([failed, first, other, of_tenant, again, refused, redone, unknown])

    assert kept == [failed, first, other, of_tenant, redone]


def logged(seconds: int, what: Outcome | OperatorAction, **fields: str) -> LogLine:
    """A line some seconds after noon."""
    known: Any = {"id": "mail-1", **fields}
    return LogLine(at=NOON + timedelta(seconds=seconds), what=what, **known)
