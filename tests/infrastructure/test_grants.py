"""Each function may do what its type says it needs, on the resources that it is told, and nothing else."""

from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Needs
from schemas.names import MessagingOutput, ProcessingOutput
from tests.infrastructure.deployment import Deployment, Resource, as_list, statements

each_type = pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)

CONSUME = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
}
SEND = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

WILDCARDS = {
    "xray:PutTraceSegments": "X-Ray knows no resources (Service Authorization Reference)",
    "xray:PutTelemetryRecords": "likewise",
}
"""Actions that are allowed on `*`, each with its reason."""


def on(resource: Resource | str, actions: set[str]) -> set[tuple[str, str]]:
    return {(action, str(resource)) for action in actions}


def of_every_function(deployment: Deployment, queue: Resource, dead_letters: Resource) -> set[tuple[str, str]]:
    function = deployment.function_of(queue)
    group = deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])
    return on(queue, CONSUME | SEND) | on(dead_letters, SEND) | on(group, LOG) | on("*", TRACE)


@each_type
def test_a_function_is_granted_its_queues_its_needs_and_its_emissions(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    queue = deployment.queue(event_type)
    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)
    secret = deployment.output(deployment.processing, ProcessingOutput.CRM_TOKEN_SECRET_ARN)
    by_need = {
        Needs.CRM: on(secret, {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}),
        Needs.EMAIL: on(f":identity/{deployment.stage.mail_domain}", {"ses:SendEmail", "ses:SendRawEmail"}),
    }

    expected = of_every_function(deployment, queue, deployment.dead_letter_queue(event_type))
    expected = expected.union(*(by_need[need] for need in event_type.needs))
    if event_type.emits:
        expected |= on(bus, {"events:PutEvents"})

    assert deployment.grants(deployment.function_of(queue)) == expected


def test_the_ingress_is_granted_its_queues_and_the_bus(deployment: Deployment) -> None:
    queue = deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL)
    dead_letters = deployment.output(deployment.messaging, MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL)
    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)

    granted = deployment.grants(deployment.function_of(queue))

    assert granted == of_every_function(deployment, queue, dead_letters) | on(bus, {"events:PutEvents"})


def test_roles_are_assumed_by_lambda_alone(deployment: Deployment) -> None:
    principals = [
        statement["Principal"]
        for resource, statement in statements(deployment)
        if resource.type == "AWS::IAM::Role" and statement["Action"] == "sts:AssumeRole"
    ]

    assert principals == [{"Service": "lambda.amazonaws.com"}] * (len(CATALOGUE) + 1)


def test_nothing_is_allowed_on_a_wildcard_but_what_is_listed(deployment: Deployment) -> None:
    allowed = [statement for _, statement in statements(deployment) if statement["Effect"] == "Allow"]

    on_wildcards = {
        action
        for statement in allowed
        for action in as_list(statement["Action"])
        if "*" in action or any("*" in str(resource) for resource in as_list(statement.get("Resource", [])))
    }

    assert on_wildcards == set(WILDCARDS)


def test_no_policy_allows_everything_but_something(deployment: Deployment) -> None:
    inverted = {"NotAction", "NotResource", "NotPrincipal"}

    assert [resource for resource, statement in statements(deployment) if inverted & statement.keys()] == []


def test_no_resource_is_open_to_everyone(deployment: Deployment) -> None:
    everyone: list[object] = ["*", {"AWS": "*"}]

    open_to_all = [
        resource
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and statement.get("Principal") in everyone
    ]

    assert open_to_all == []
