"""A heartbeat is sent every minute, and it is a valid message."""

import pytest

from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.signals import DEAD_SCHEDULES
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource

DEPLOYED = ("dev", "staging", "prod")


@pytest.fixture(params=DEPLOYED)
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def heartbeat(deployment: Deployment) -> Resource:
    (schedule,) = (
        each for each in deployment.resources("AWS::Scheduler::Schedule") if each.stack == deployment.processing
    )
    return schedule


def test_a_heartbeat_is_sent_to_the_ingress_queue_every_minute(deployed: Deployment) -> None:
    schedule = heartbeat(deployed)
    target = schedule.properties["Target"]

    assert schedule.properties["ScheduleExpression"] == "rate(1 minute)"
    ingress = deployed.ingress
    assert deployed.follow(schedule.stack, target["Arn"]) == ingress


def test_the_sent_heartbeat_is_a_valid_message(deployed: Deployment) -> None:
    target = heartbeat(deployed).properties["Target"]

    sent = target["Input"].replace("<aws.scheduler.scheduled-time>", "2026-04-14T14:00:00Z")

    assert isinstance(decode_strictly(sent, catalogue=BY_NAME), Message)


def test_a_schedule_has_no_message_group(deployed: Deployment) -> None:
    """EventBridge Scheduler takes one for FIFO queues alone (API reference, SqsParameters)."""
    schedules = deployed.resources("AWS::Scheduler::Schedule")

    assert [each for each in schedules if "SqsParameters" in each.properties["Target"]] == []


def test_a_schedule_waits_for_the_policy_of_its_role(deployed: Deployment) -> None:
    for schedule in deployed.resources("AWS::Scheduler::Schedule"):
        role = deployed.follow(schedule.stack, schedule.properties["Target"]["RoleArn"])
        policies = deployed.policies_of(role)

        assert policies
        assert {each.logical_id for each in policies} <= set(schedule.definition["DependsOn"])


def test_the_schedules_group_is_in_a_stack_that_is_deployed_before(deployed: Deployment) -> None:
    (group,) = deployed.resources("AWS::Scheduler::ScheduleGroup")

    assert heartbeat(deployed).properties["GroupName"] == group.properties["Name"]
    assert group.stack in deployed.dependencies(heartbeat(deployed).stack)


def test_an_unsent_heartbeat_goes_to_the_dead_schedules_queue(deployed: Deployment) -> None:
    schedule = heartbeat(deployed)

    dead_letters = deployed.follow(schedule.stack, schedule.properties["Target"]["DeadLetterConfig"]["Arn"])

    assert dead_letters == deployed.holding_queue(DEAD_SCHEDULES)
