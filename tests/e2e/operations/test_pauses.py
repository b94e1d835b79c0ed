"""A paused type runs nothing, also after a deployment; when its time is over, the notifier alone resumes it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.clock.alarms.sources import Metric
from local.emulator.deployment import STAGE
from local.traffic.publish import AcceptedPublication
from ops.pauses.actions import Pauser
from ops.pauses.pauses import read_pauses
from ops.stage.endpoint import ACCOUNT, REGION
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from schemas.activities import ACTIVITY_RECORD
from schemas.names import PROCESSING, queue_name, resource_name, stack_name
from schemas.pauses import UNTIL_TAG
from schemas.reasons import Outcome
from schemas.wire import timestamp
from tests.e2e.scene import Scene

TYPE = ACTIVITY_RECORD.name
QUEUE = queue_name(STAGE, TYPE)
OLDEST = Metric.of("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": QUEUE})

BUCKET, KEY = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", "changed-template.json"
"""A template is too large for the request: `cdk deploy`, too, puts it into this bucket of `cdk bootstrap`."""


@pytest.fixture
def _paused(scene: Scene) -> Iterator[None]:
    pauser = Pauser(stage=scene.stage.deployed)
    pauser.pause(TYPE, comment="the CRM moves to another database", duration=timedelta(hours=1))
    try:
        yield
    finally:
        scene.stage.scheduled_tasks.metric_overrides.clear(OLDEST)
        pauser.resume(TYPE)
        for _ in range(5):  # so that the alarm is off when the next test turns it on
            scene.stage.clock.tick()


def is_paused(scene: Scene) -> bool:
    return TYPE in read_pauses(scene.stage.deployed).by_service


def waiting(scene: Scene) -> int:
    """The number of messages in the type's queue."""
    url = service(TYPE, scene.stage.deployed).queue_url
    found = scene.stage.endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def runs_of(scene: Scene, jobs: list[AcceptedPublication]) -> list[LogLine]:
    """The outcomes of these jobs at their function."""
    ids = {job.id for job in jobs}
    return [line for line in scene.records.lines() if line.service == TYPE and line.id in ids]


def done(runs: list[LogLine]) -> list[str]:
    """The ids of the jobs that succeeded; some are deferred before that, since a burst keeps the CRM's pace, too."""
    return [line.id for line in runs if line.what is Outcome.SUCCEEDED]


def texts(scene: Scene, since: int) -> list[str]:
    """The cards after the first `since` ones, each as JSON."""
    return [json.dumps(card, ensure_ascii=False) for card in scene.stage.slack.state.cards()[since:]]


def redeploy(scene: Scene) -> None:
    """Change the type's function and its mapping by an update of their stack, as `cdk deploy` does, and back."""
    cloudformation = scene.stage.deployed.client("cloudformation")
    name = stack_name(STAGE, PROCESSING)
    before = cloudformation.get_template(StackName=name)["TemplateBody"]
    template: dict[str, Any] = json.loads(before) if isinstance(before, str) else before
    parameters = [{"ParameterKey": key, "UsePreviousValue": True} for key in template.get("Parameters", {})]
    for change in (1, -1):
        for resource in of_type(template):
            properties = resource["Properties"]
            if resource["Type"] == "AWS::Lambda::Function":
                properties["MemorySize"] += change
            else:
                properties["BatchSize"] += change
        scene.stage.endpoint.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(template))
        cloudformation.update_stack(
            StackName=name,
            TemplateURL=f"https://s3.{REGION}.amazonaws.com/{BUCKET}/{KEY}",
            Parameters=parameters,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        state = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        assert state == "UPDATE_COMPLETE"
        assert memory(scene) == 256 + max(0, change)
        assert is_paused(scene)


def of_type(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The type's function and its mapping in the stack's template."""
    resources = template["Resources"]
    ((key, function),) = (
        (key, each)
        for key, each in resources.items()
        if each["Properties"].get("FunctionName") == resource_name(STAGE, TYPE)
    )
    (mapping,) = (
        each
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::EventSourceMapping" and each["Properties"]["FunctionName"] == {"Ref": key}
    )
    return [function, mapping]


def memory(scene: Scene) -> int:
    function = scene.stage.endpoint.functions.get_function_configuration(FunctionName=resource_name(STAGE, TYPE))
    return int(function["MemorySize"])


@pytest.mark.usefixtures("_paused")
@pytest.mark.parametrize("count", [150, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_pause_ends_by_itself_and_each_message_runs_once(scene: Scene, count: int) -> None:
    cards = len(scene.stage.slack.state.cards())
    jobs = scene.record_activities(count)
    scene.eventually(lambda: waiting(scene) >= count, what="all jobs in the paused queue")

    scene.stage.scheduled_tasks.metric_overrides.set(OLDEST, 3_600.0)
    for _ in range(10):
        scene.stage.clock.tick()
    redeploy(scene)
    scene.stage.clock.tick()

    assert runs_of(scene, jobs) == []
    assert is_paused(scene)
    assert [text for text in texts(scene, cards) if f"🟡 {STAGE}: {TYPE} is paused until" in text]
    (alarm,) = [text for text in texts(scene, cards) if f"🟡 {STAGE}: {TYPE} waits too long" in text]
    assert "Nothing to do: its messages wait until then." in alarm

    let_its_time_pass(scene)
    scene.stage.clock.tick()

    assert not is_paused(scene)
    scene.eventually(lambda: len(done(runs_of(scene, jobs))) >= count, what="the outcomes of all jobs")
    runs = runs_of(scene, jobs)
    assert sorted(done(runs)) == sorted(job.id for job in jobs)
    assert {line.attempt for line in runs} == {1}
    (card,) = [text for text in texts(scene, cards) if f"{TYPE} runs again" in text]
    assert "Its time was over." in card


def let_its_time_pass(scene: Scene) -> None:
    """Set the end that the pause's tags say to now: an hour would be long for a test."""
    mapping = read_pauses(scene.stage.deployed).mappings[TYPE]
    tags = {UNTIL_TAG: timestamp(datetime.now(UTC))}
    scene.stage.endpoint.functions.tag_resource(Resource=mapping.arn, Tags=tags)
