"""Each function may do what its type says it needs, on the resources that it is told, and nothing else."""

from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.names import MessagingOutput, ProcessingOutput, schedule_group_name
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

REMEMBER = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem"}
CHANGE_SCHEDULES = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"}

WILDCARDS = {
    "kms:GenerateDataKey*": "SNS asks for it in these words; the resource is one key",
    "xray:PutTraceSegments": "X-Ray knows no resources (Service Authorization Reference)",
    "xray:PutTelemetryRecords": "likewise",
    "sns:Publish": "a phone number is no resource; what has an ARN is denied",
    **dict.fromkeys(CHANGE_SCHEDULES, "schedules of our own group, whose names the business makes"),
}
"""Actions that are allowed on a resource with a `*` in it, each with its reason."""


def on(resource: Resource | str, actions: set[str]) -> set[tuple[str, str]]:
    return {(action, str(resource)) for action in actions}


def schedule_role(deployment: Deployment) -> Resource:
    """The role of what functions schedule."""
    (role,) = (
        role
        for role in deployment.resources("AWS::IAM::Role")
        if role.stack == deployment.messaging and "scheduler.amazonaws.com" in str(role.properties)
    )
    return role


def of_every_function(deployment: Deployment, queue: Resource, dead_letters: Resource) -> set[tuple[str, str]]:
    function = deployment.function_of(queue)
    group = deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])
    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)
    own = on(queue, CONSUME | SEND) | on(dead_letters, SEND) | on(group, LOG) | on("*", TRACE)
    return own | on(bus, {"events:PutEvents"})


@each_type
def test_a_function_is_granted_its_queues_the_bus_and_its_needs(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    queue = deployment.queue(event_type)
    secret = deployment.output(deployment.processing, ProcessingOutput.CRM_TOKEN_SECRET_ARN)
    by_need = {
        Needs.CRM: on(secret, {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}),
        Needs.EMAIL: on(f":identity/{deployment.stage.mail_domain}", {"ses:SendEmail", "ses:SendRawEmail"}),
        Needs.SMS: on("*", {"sns:Publish"}),
        Needs.WEBHOOKS: set[tuple[str, str]](),
        Needs.REMINDERS: set[tuple[str, str]](),
        Needs.DUNNING: set[tuple[str, str]](),
        Needs.TEXTS: set[tuple[str, str]](),
    }

    expected = of_every_function(deployment, queue, deployment.dead_letter_queue(event_type))
    expected = expected.union(*(by_need[need] for need in event_type.needs))
    if event_type.kind is Kind.JOB:
        expected |= on(deployment.output(deployment.messaging, MessagingOutput.IDEMPOTENCY_TABLE_NAME), REMEMBER)
    if event_type.schedules:
        expected |= on(f":schedule/{schedule_group_name(deployment.stage.name)}/*", CHANGE_SCHEDULES)
        expected |= on(schedule_role(deployment), {"iam:PassRole"})

    assert deployment.grants(deployment.function_of(queue)) == expected


def test_the_ingress_is_granted_its_queues_and_the_bus(deployment: Deployment) -> None:
    queue = deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL)
    dead_letters = deployment.output(deployment.messaging, MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL)

    granted = deployment.grants(deployment.function_of(queue))

    assert granted == of_every_function(deployment, queue, dead_letters)


def test_roles_are_assumed_by_lambda_and_two_by_eventbridge_scheduler(deployment: Deployment) -> None:
    principals = [
        statement["Principal"]["Service"]
        for resource, statement in statements(deployment)
        if resource.type == "AWS::IAM::Role" and statement["Action"] == "sts:AssumeRole"
    ]

    assert sorted(principals) == ["lambda.amazonaws.com"] * (len(CATALOGUE) + 2) + ["scheduler.amazonaws.com"] * 2


def test_due_schedules_may_send_to_the_ingress_queue_and_their_dead_letter_queue_alone(deployment: Deployment) -> None:
    ingress = deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL)
    dead_letters = deployment.output(deployment.messaging, MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL)

    assert deployment.grants_of(schedule_role(deployment)) == on(ingress, SEND) | on(dead_letters, SEND)


def test_the_schedules_role_is_lent_to_this_accounts_group_alone(deployment: Deployment) -> None:
    (statement,) = schedule_role(deployment).properties["AssumeRolePolicyDocument"]["Statement"]

    condition = statement["Condition"]["StringEquals"]
    assert condition["aws:SourceAccount"]
    assert f":schedule-group/{schedule_group_name(deployment.stage.name)}" in str(condition["aws:SourceArn"])


def test_the_schedules_role_is_passed_to_eventbridge_scheduler_alone(deployment: Deployment) -> None:
    passed = [statement for _, statement in statements(deployment) if "iam:PassRole" in as_list(statement["Action"])]

    assert len(passed) == sum(bool(event_type.schedules) for event_type in CATALOGUE)
    for statement in passed:
        assert statement["Action"] == "iam:PassRole"
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_whoever_may_text_phones_may_publish_to_nothing_else(deployment: Deployment) -> None:
    roles = {
        resource
        for resource, statement in statements(deployment)
        if "sns:Publish" in as_list(statement["Action"]) and "*" in as_list(statement["Resource"])
    }
    denied = {
        resource
        for resource, statement in statements(deployment)
        if statement["Action"] == "sns:Publish" and statement["Effect"] == "Deny" and ":sns:*:*:*" in str(statement)
    }

    assert roles == denied
    assert len(roles) == sum(Needs.SMS in event_type.needs for event_type in CATALOGUE)


def test_nothing_is_allowed_on_a_wildcard_but_what_is_listed(deployment: Deployment) -> None:
    allowed = [
        statement
        for resource, statement in statements(deployment)
        # In a key's own policy the resource is the key.
        if statement["Effect"] == "Allow" and resource.type != "AWS::KMS::Key"
    ]

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
