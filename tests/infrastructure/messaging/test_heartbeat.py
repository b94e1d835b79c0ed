"""A heartbeat is sent every minute, and it is a valid message."""

import json

import pytest

from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.names import MessagingOutput
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource

DEPLOYED = ("dev", "staging", "prod")


@pytest.fixture(params=DEPLOYED)
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def heartbeat(deployment: Deployment) -> Resource:
    (schedule,) = (
        each for each in deployment.resources("AWS::Scheduler::Schedule") if each.stack == deployment.messaging
    )
    return schedule


def test_a_heartbeat_is_sent_to_the_ingress_queue_every_minute(deployed: Deployment) -> None:
    schedule = heartbeat(deployed)
    target = schedule.properties["Target"]

    assert schedule.properties["ScheduleExpression"] == "rate(1 minute)"
    ingress = deployed.output(deployed.messaging, MessagingOutput.INGRESS_QUEUE_URL)
    assert deployed.follow(schedule.stack, target["Arn"]) == ingress


def test_the_sent_heartbeat_is_a_valid_message(deployed: Deployment) -> None:
    target = heartbeat(deployed).properties["Target"]

    sent = target["Input"].replace("<aws.scheduler.scheduled-time>", "2026-04-14T14:00:00Z")

    assert isinstance(decode_strictly(sent, catalogue=BY_NAME), Message)
    assert json.loads(sent)["payload"]["companyId"] == target["SqsParameters"]["MessageGroupId"]


def test_an_unsent_heartbeat_goes_to_the_dead_schedules_queue(deployed: Deployment) -> None:
    schedule = heartbeat(deployed)

    dead_letters = deployed.follow(schedule.stack, schedule.properties["Target"]["DeadLetterConfig"]["Arn"])

    assert dead_letters == deployed.output(deployed.messaging, MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL)
