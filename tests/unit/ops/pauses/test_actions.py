"""Pause and resume: what they change, in which order, and what is left after a fault."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ops.pauses.actions import Pauser, PauseResult
from ops.pauses.pauses import read_pauses
from ops.stage.audit_log import AuditError
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import NotDeployedError
from ops.terminal.errors import OperatorError
from schemas.availability import services_waiting_for
from schemas.destinations import Destination
from schemas.names import QUEUE_PROCESSOR, resource_name
from schemas.pauses import BY_TAG, LONGEST_PAUSE, SINCE_TAG, SUBJECT_TAG, UNTIL_TAG, Pause, pause_of
from tests.fakes.lambda_api import mapping_arn
from tests.fakes.service import NOON, client_error, failing
from tests.fakes.stage import OF_ALL_TYPES, OPERATOR, SERVICE, FakeStage

CRM = services_waiting_for(Destination.CRM)
CHANGES = ("put_log_events", "tag_resource", "untag_resource", "update_event_source_mapping")


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage(services=OF_ALL_TYPES)


def pauser(stage: FakeStage) -> Pauser:
    return Pauser(stage=stage.deployed, now=stage.clock.now, sleep=stage.clock.sleep)


def pause(
    stage: FakeStage, subject: str = SERVICE, hours: float | None = None, comment: str = "CRM down"
) -> PauseResult:
    duration = None if hours is None else timedelta(hours=hours)
    return pauser(stage).pause(subject, comment=comment, duration=duration)


def resume(stage: FakeStage, subject: str = SERVICE) -> PauseResult:
    return pauser(stage).resume(subject)


def paused(stage: FakeStage) -> Mapping[str, Pause]:
    return read_pauses(stage.deployed).by_service


def disable_by_hand(stage: FakeStage, service: str) -> None:
    stage.functions.mapping(service)["State"] = "Disabled"


def changes_in_order(stage: FakeStage) -> list[str]:
    """Record the calls that change something, over all services, in order."""
    calls: list[str] = []
    for service in (stage.logs, stage.functions):
        service.before = lambda name: calls.append(name) if name in CHANGES else None
    return calls


def test_a_pause_says_who_paused_what_since_when_and_until_when(stage: FakeStage) -> None:
    pause(stage, hours=2)

    assert stage.functions.disabled() == {resource_name("dev", SERVICE)}
    assert stage.functions.tags_of(SERVICE) == {
        SUBJECT_TAG: SERVICE,
        BY_TAG: OPERATOR,
        SINCE_TAG: "2026-04-14T12:00:00.000Z",
        UNTIL_TAG: "2026-04-14T14:00:00.000Z",
    }


def test_a_pause_without_a_duration_has_no_end(stage: FakeStage) -> None:
    pause(stage)

    assert paused(stage)[SERVICE].until is None


def test_the_comment_is_in_the_audit_log_alone(stage: FakeStage) -> None:
    pause(stage, hours=2, comment="  the CRM is being moved ")

    (line,) = stage.logs.lines()
    assert line == {
        "message": "paused",
        "timestamp": "2026-04-14T12:00:00.000Z",
        "who": OPERATOR,
        "service": SERVICE,
        "subject": SERVICE,
        "why": "the CRM is being moved",
        "until": "2026-04-14T14:00:00.000Z",
    }
    assert "moved" not in str(stage.functions.tags)


def test_a_pause_writes_audit_then_tags_then_enabled(stage: FakeStage) -> None:
    calls = changes_in_order(stage)

    pause(stage, hours=1)

    assert calls == ["put_log_events", "tag_resource", "update_event_source_mapping"]


def test_a_resume_writes_audit_then_enabled_then_tags(stage: FakeStage) -> None:
    pause(stage, hours=1)
    calls = changes_in_order(stage)

    resume(stage)

    assert calls == ["put_log_events", "update_event_source_mapping", "untag_resource"]
    assert stage.functions.tags_of(SERVICE) == {}
    assert [line["message"] for line in stage.logs.lines()] == ["paused", "resumed"]


def test_a_pause_without_end_drops_the_end_of_an_earlier_one(stage: FakeStage) -> None:
    pause(stage, hours=1)
    stage.functions.mapping(SERVICE)["State"] = "Enabled"  # a resume that was interrupted before it removed the tags

    pause(stage)

    assert UNTIL_TAG not in stage.functions.tags_of(SERVICE)


@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_pause_leaves_no_pause_without_an_owner(stage: FakeStage, step: int, moment: str) -> None:
    class KilledError(BaseException):
        """Stands for a kill of the process."""

    seen: list[str] = []

    def kill(name: str) -> None:
        seen.extend([name] if name in CHANGES else [])
        if len(seen) == step + 1:
            raise KilledError

    for service in (stage.logs, stage.functions):
        setattr(service, moment, kill)

    with pytest.raises(KilledError):
        pause(stage, hours=1)

    for service in (stage.logs, stage.functions):
        setattr(service, moment, lambda _name: None)
    found = paused(stage)
    assert all(each.subject == SERVICE and each.by == OPERATOR for each in found.values())
    pause(stage, hours=1)
    assert set(paused(stage)) == {SERVICE}


def test_a_destination_pauses_all_types_that_call_it(stage: FakeStage) -> None:
    result = pause(stage, "crm")

    assert set(result.changed) == set(CRM) == set(paused(stage))
    assert {each.subject for each in paused(stage).values()} == {"crm"}
    assert [line["service"] for line in stage.logs.lines()] == list(CRM)


def test_a_type_that_is_paused_already_keeps_its_pause(stage: FakeStage) -> None:
    pause(stage, CRM[0], hours=1)
    stage.clock.sleep(60)

    result = pause(stage, "crm", hours=3)

    assert set(result.kept) == {CRM[0]}
    assert result.ends_otherwise == (CRM[0],)
    assert set(result.changed) == set(CRM[1:])
    assert paused(stage)[CRM[0]].subject == CRM[0]
    assert paused(stage)[CRM[0]].until == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "second", "otherwise"),
    [(None, None, False), (1, 1, False), (None, 1, True), (2, 1, True), (1, 2, True), (1, None, True)],
)
def test_a_kept_pause_that_ends_at_another_time_is_named(
    stage: FakeStage, first: float | None, second: float | None, otherwise: bool
) -> None:
    pause(stage, hours=first)

    assert bool(pause(stage, hours=second).ends_otherwise) is otherwise


def test_a_pause_that_somebody_else_begins_at_the_same_time_is_named(stage: FakeStage) -> None:
    other = Pause(service=SERVICE, subject=SERVICE, by="arn:aws:iam::1:user/bea", since=NOON)

    def somebody_pauses(operation: str) -> None:
        if operation == "update_event_source_mapping":
            stage.functions.tags_of(SERVICE).update(other.tags())

    stage.functions.after = somebody_pauses

    result = pause(stage, hours=1)

    assert result.changed == {}
    assert result.kept[SERVICE].operator == "user/bea"


def test_a_pause_whose_tags_cannot_be_read_back_holds(stage: FakeStage) -> None:
    stage.functions.fail = failing("ThrottlingException", "list_tags")

    assert set(pause(stage, hours=1).changed) == {SERVICE}


def test_pausing_a_type_takes_over_a_mapping_disabled_by_hand(stage: FakeStage) -> None:
    disable_by_hand(stage, SERVICE)
    assert paused(stage)[SERVICE].is_by_hand

    pause(stage, hours=1)

    assert not paused(stage)[SERVICE].is_by_hand


def test_pausing_a_destination_leaves_what_was_disabled_by_hand(stage: FakeStage) -> None:
    disable_by_hand(stage, CRM[0])

    assert set(pause(stage, "crm").kept) == {CRM[0]}
    assert set(resume(stage, "crm").kept) == {CRM[0]}
    assert paused(stage)[CRM[0]].is_by_hand


def test_resuming_a_type_ends_its_part_of_a_destinations_pause(stage: FakeStage) -> None:
    pause(stage, "crm")

    result = resume(stage, CRM[0])

    assert set(result.changed) == {CRM[0]}
    assert set(paused(stage)) == set(CRM[1:])


def test_resuming_a_type_enables_what_was_disabled_by_hand(stage: FakeStage) -> None:
    disable_by_hand(stage, SERVICE)

    assert resume(stage).changed[SERVICE].is_by_hand
    assert paused(stage) == {}


def test_resuming_a_destination_leaves_types_that_were_paused_alone(stage: FakeStage) -> None:
    pause(stage, CRM[0])
    pause(stage, "crm")

    result = resume(stage, "crm")

    assert set(result.changed) == set(CRM[1:])
    assert set(result.kept) == set(paused(stage)) == {CRM[0]}


def test_resuming_what_runs_changes_nothing(stage: FakeStage) -> None:
    calls = changes_in_order(stage)

    assert resume(stage).running == (SERVICE,)
    assert calls == []


def test_a_mapping_in_use_is_tried_again(stage: FakeStage) -> None:
    stage.functions.in_use = 4

    assert set(pause(stage).changed) == {SERVICE}
    assert stage.clock.seconds == 15


def test_a_mapping_that_stays_in_use_is_said(stage: FakeStage) -> None:
    stage.functions.in_use = 5

    assert "repeat this in a minute" in pause(stage).failed[SERVICE]
    assert set(pause(stage).changed) == {SERVICE}


def test_a_pause_that_a_deployment_hides_keeps_its_tags(stage: FakeStage) -> None:
    pause(stage)
    before = dict(stage.functions.tags_of(SERVICE))
    stage.functions.mapping(SERVICE)["State"] = "Updating"

    result = pause(stage, hours=1)

    assert "an earlier change of its mapping" in result.failed[SERVICE]
    assert stage.functions.tags_of(SERVICE) == before


def test_a_mapping_that_a_deployment_changes_is_not_said_to_run(stage: FakeStage) -> None:
    pause(stage)
    stage.functions.mapping(SERVICE)["State"] = "Updating"

    result = resume(stage)

    assert result.running == ()
    assert "repeat this in a minute" in result.failed[SERVICE]


def test_a_refusal_of_one_type_leaves_the_others_paused(stage: FakeStage) -> None:
    refused = stage.functions.mapping(CRM[2])["UUID"]

    def refuse(operation: str, request: Mapping[str, Any]) -> Exception | None:
        wanted = operation == "update_event_source_mapping" and request["UUID"] == refused
        return client_error("ServiceException", "UpdateEventSourceMapping") if wanted else None

    stage.functions.fail = refuse
    first = pause(stage, "crm", hours=1)
    stage.functions.fail = lambda _operation, _request: None
    second = pause(stage, "crm", hours=1)

    assert list(first.failed) == [CRM[2]] == list(second.changed)
    assert set(paused(stage)) == set(CRM)


@pytest.mark.parametrize("action", [pause, resume])
def test_nothing_changes_if_the_audit_log_refuses(stage: FakeStage, action: Any) -> None:
    disable_by_hand(stage, QUEUE_PROCESSOR)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    calls = changes_in_order(stage)

    result = action(stage, QUEUE_PROCESSOR)

    assert "audit log could not be written" in result.failed[QUEUE_PROCESSOR]
    assert [call for call in calls if call != "put_log_events"] == []


def test_an_audit_log_that_cannot_be_opened_is_an_error(stage: FakeStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "create_log_stream")

    with pytest.raises(AuditError, match="access denied"):
        pause(stage)


def test_a_refused_list_is_an_error(stage: FakeStage) -> None:
    stage.functions.fail = failing("AccessDeniedException", "list_event_source_mappings")

    with pytest.raises(AwsError, match="access denied"):
        pause(stage)


@pytest.mark.parametrize("comment", ["", "  "])
def test_a_pause_needs_a_comment(stage: FakeStage, comment: str) -> None:
    with pytest.raises(OperatorError, match="say why"):
        pause(stage, comment=comment)

    assert stage.functions.calls == []


def test_a_pause_is_shorter_than_messages_are_kept(stage: FakeStage) -> None:
    too_long = LONGEST_PAUSE.total_seconds() / 3600 + 1

    with pytest.raises(OperatorError, match=rf"{LONGEST_PAUSE.days} d 01 h is too long.*at most {LONGEST_PAUSE.days}d"):
        pause(stage, hours=too_long)

    assert set(pause(stage, hours=too_long - 1).changed) == {SERVICE}


@pytest.mark.parametrize(("name", "nearest"), [("email.sned", "email.send"), ("crn", "crm")])
def test_a_misspelt_name_gets_a_suggestion(stage: FakeStage, name: str, nearest: str) -> None:
    with pytest.raises(OperatorError, match=rf"there is no type {name}. Did you mean {nearest}\?"):
        pause(stage, name)


def test_a_type_that_is_not_deployed_yet_cannot_be_paused() -> None:
    stage = FakeStage()

    with pytest.raises(OperatorError, match=r"email.send has no event source mapping here: deploy"):
        pause(stage, "email.send")


def test_a_destination_skips_types_that_are_not_deployed_yet() -> None:
    stage = FakeStage(services=(CRM[0], QUEUE_PROCESSOR))

    result = pause(stage, "crm")

    assert set(result.changed) == {CRM[0]}
    assert result.absent == CRM[1:]


def test_a_stage_that_is_not_here_is_an_error() -> None:
    stage = FakeStage(services=())

    with pytest.raises(NotDeployedError, match="stage dev is not deployed here"):
        pause(stage)


def test_mappings_of_other_stages_and_pages_are_told_apart(stage: FakeStage) -> None:
    other = FakeStage(name="prod", services=OF_ALL_TYPES)
    for uuid, each in other.functions.mappings.items():
        stage.functions.mappings[f"prod-{uuid}"] = {**each, "EventSourceMappingArn": mapping_arn(f"prod-{uuid}")}
    stage.functions.page = 7

    pause(stage)

    assert stage.functions.disabled() == {resource_name("dev", SERVICE)}


def test_a_name_that_tags_do_not_take_is_written_without_it(stage: FakeStage) -> None:
    arn = "arn:aws:sts::1:assumed-role/Admin/ada,lovelace" + "x" * 300

    tags = Pause(service=SERVICE, subject=SERVICE, by=arn, since=NOON).tags()

    stage.functions.tag_resource(Resource=mapping_arn("1"), Tags=tags)
    assert pause_of(SERVICE, tags).by.startswith("arn:aws:sts::1:assumed-role/Admin/ada_lovelace")


@pytest.mark.parametrize("tag", ["0001-01-01T00:00:00+14:00", "0900-01-01T00:00:00Z", "soon"])
def test_a_tag_that_is_no_time_of_ours_is_a_pause_without_that_time(tag: str) -> None:
    found = pause_of(SERVICE, {SUBJECT_TAG: SERVICE, SINCE_TAG: tag, UNTIL_TAG: tag})

    assert (found.since, found.until) == (None, None)
