"""Look-ups of alarms by subject and signal, and of the resources that they refer to."""

from collections.abc import Mapping
from typing import Any

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import ALERTS, QUEUE_PROCESSOR, SLACK_NOTIFIER, alarm_parts
from tests.infrastructure.deployment import FUNCTION, QUEUE, Deployment, Resource

Key = tuple[str, str]
"""Subject and signal."""


def alarms(deployment: Deployment) -> dict[Key, Resource]:
    """Return every metric alarm by subject and signal."""
    found: dict[Key, Resource] = {}
    for resource in deployment.resources("AWS::CloudWatch::Alarm"):
        key = alarm_parts(resource.properties["AlarmName"])
        assert key is not None
        assert key not in found
        found[key] = resource
    return found


def composite(deployment: Deployment) -> Resource:
    (resource,) = deployment.resources("AWS::CloudWatch::CompositeAlarm")
    return resource


def alarms_topic(deployment: Deployment) -> Resource:
    return deployment.topic(ALERTS)


def notifier_topic(deployment: Deployment) -> Resource:
    return deployment.topic(SLACK_NOTIFIER)


def alerts_queue(deployment: Deployment) -> Resource:
    return deployment.alerts


def subjects() -> dict[str, EventType[Any] | None]:
    """Return the subjects of alarms on functions: each type by name, and the ingress without a type."""
    return {QUEUE_PROCESSOR: None} | {event_type.name: event_type for event_type in CATALOGUE}


def queue_of(deployment: Deployment, subject: str) -> Resource:
    event_type = subjects()[subject]
    if event_type:
        return deployment.queue(event_type)
    return deployment.ingress


def dead_letter_queue_of(deployment: Deployment, subject: str) -> Resource:
    event_type = subjects()[subject]
    if event_type:
        return deployment.dead_letter_queue(event_type)
    return deployment.ingress_dead_letters


def about(deployment: Deployment, alarm: Resource, dimension: str) -> Resource:
    """Return the resource named by the only dimension of an alarm's metric."""
    ((name, value),) = dimensions(alarm.properties).items()
    assert name == dimension
    return deployment.follow(alarm.stack, value, {"QueueName": QUEUE, "FunctionName": FUNCTION}[dimension])


def dimensions(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def timing(alarm: Resource) -> tuple[int, int, int]:
    """Return seconds per period, datapoints to alarm and evaluation periods."""
    properties = alarm.properties
    return properties["Period"], properties["DatapointsToAlarm"], properties["EvaluationPeriods"]


EACH_MINUTE, EACH_DAY = "EachMinute", "EachDay"
"""Constructs of the schedules that start the notifier and the dead-letter keeper."""


def starter(deployment: Deployment, schedule: str) -> Resource:
    """Return the role by which EventBridge Scheduler starts the function of a schedule."""
    (role,) = (
        role
        for role in deployment.resources("AWS::IAM::Role")
        if role.stack == deployment.monitoring and schedule in role.logical_id
    )
    return role


def schedule_of(deployment: Deployment, schedule: str) -> Resource:
    """Return the schedule of a construct in the Monitoring stack."""
    (found,) = (
        each
        for each in deployment.resources("AWS::Scheduler::Schedule")
        if each.stack == deployment.monitoring and schedule in each.logical_id
    )
    return found
