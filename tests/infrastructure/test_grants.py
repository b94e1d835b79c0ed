"""Each function may do what its type says it needs, on the resources that it is told, and nothing else."""

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import (
    SLACK_NOTIFIER,
    MessagingOutput,
    MonitoringOutput,
    ProcessingOutput,
    schedule_group_name,
)
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource, as_list, statements
from tests.security.access import ACTORS, SCHEDULES, Actor, Place, allowed

each_actor = pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)

CHANGE_SCHEDULES = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"}

WILDCARDS = {
    "kms:GenerateDataKey*": "SNS asks for it in these words; the resource is one key",
    "xray:PutTraceSegments": "X-Ray knows no resources (Service Authorization Reference)",
    "xray:PutTelemetryRecords": "likewise",
    "sns:Publish": "a phone number is no resource; what has an ARN is denied",
    **dict.fromkeys(CHANGE_SCHEDULES, "schedules of our own group, whose names the business makes"),
}
"""Actions that are allowed on a resource with a `*` in it, each with its reason."""

EMULATED_WILDCARDS = dict.fromkeys(("ses:SendEmail", "ses:SendRawEmail"), "the emulator does not tell senders apart")
"""Likewise, in the stage that is emulated."""


def role_of(deployment: Deployment, actor: Actor) -> Resource:
    if actor.name == SCHEDULES:
        return schedule_role(deployment)
    function = function_of(deployment, actor)
    return deployment.follow(function.stack, function.properties["Role"])


def function_of(deployment: Deployment, actor: Actor) -> Resource:
    if actor.name == SLACK_NOTIFIER:
        return deployment.notifier
    return deployment.function_of(deployment.queue(actor.event_type) if actor.event_type else ingress(deployment))


def ingress(deployment: Deployment) -> Resource:
    return deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL)


def schedule_role(deployment: Deployment) -> Resource:
    """The role of what functions schedule."""
    (role,) = (
        role
        for role in deployment.resources("AWS::IAM::Role")
        if role.stack == deployment.messaging and "scheduler.amazonaws.com" in str(role.properties)
    )
    return role


def resources(deployment: Deployment, actor: Actor, place: Place) -> list[object]:
    """What a place is in the templates; of what has no resource there, the end of its ARN."""
    messaging, processing, monitoring = deployment.messaging, deployment.processing, deployment.monitoring
    match place:
        case Place.QUEUE | Place.DEAD_LETTERS if actor.event_type:
            own = deployment.queue if place is Place.QUEUE else deployment.dead_letter_queue
            return [own(actor.event_type)]
        case Place.ANOTHERS_DEAD_LETTERS:
            return [deployment.dead_letter_queue(event_type) for event_type in CATALOGUE]
        case Place.LOGS:
            function = function_of(deployment, actor)
            return [deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])]
        case Place.TOPICS_KEY:
            return list(deployment.resources("AWS::KMS::Key"))
        case Place.SCHEDULE_ROLE:
            return [schedule_role(deployment)]
    named: dict[Place, object] = {
        Place.INGRESS: ingress(deployment),
        Place.INGRESS_DEAD_LETTERS: deployment.output(messaging, MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL),
        Place.SCHEDULE_DEAD_LETTERS: deployment.output(messaging, MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL),
        Place.ALERTS: deployment.output(monitoring, MonitoringOutput.ALERTS_QUEUE_URL),
        Place.BUS: deployment.output(messaging, MessagingOutput.EVENT_BUS_NAME),
        Place.CRM_TOKEN: deployment.output(processing, ProcessingOutput.CRM_TOKEN_SECRET_ARN),
        Place.SLACK_WEBHOOK: deployment.output(monitoring, MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN),
        Place.TABLE: deployment.output(messaging, MessagingOutput.IDEMPOTENCY_TABLE_NAME),
        Place.NOTIFIER_TOPIC: deployment.output(monitoring, MonitoringOutput.NOTIFIER_TOPIC_ARN),
        Place.SENDER: f":identity/{deployment.stage.mail_domain}",
        Place.SCHEDULES: f":schedule/{schedule_group_name(deployment.stage.name)}/*",
        Place.PHONES: "*",
        Place.TRACES: "*",
    }
    return [named[place]]


@each_actor
@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_a_role_is_granted_what_it_may_do_and_nothing_else(
    stage_deployment: Synthesized, stage: str, actor: Actor
) -> None:
    """Stage local's policies are worded for the emulator, where each role is tried: see `tests/e2e/test_access.py`."""
    deployment = stage_deployment(stage)

    granted = deployment.grants_of(role_of(deployment, actor))

    assert granted == {
        (access.action, str(resource))
        for access in allowed(actor)
        for resource in resources(deployment, actor, access.place)
    }


def test_no_function_shares_its_role(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")
    roles = [deployment.follow(function.stack, function.properties["Role"]) for function in functions]

    assert len(set(roles)) == len(roles) == len(CATALOGUE) + 2
    assert [role for role in roles if role.properties.get("ManagedPolicyArns")] == []


def test_roles_are_assumed_by_lambda_and_two_by_eventbridge_scheduler(deployment: Deployment) -> None:
    principals = [
        statement["Principal"]["Service"]
        for resource, statement in statements(deployment)
        if resource.type == "AWS::IAM::Role" and statement["Action"] == "sts:AssumeRole"
    ]

    assert sorted(principals) == ["lambda.amazonaws.com"] * (len(CATALOGUE) + 2) + ["scheduler.amazonaws.com"] * 2


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

    assert on_wildcards == set(WILDCARDS | (EMULATED_WILDCARDS if deployment.stage.emulated else {}))


def test_no_policy_allows_everything_but_something(deployment: Deployment) -> None:
    inverted = {"NotAction", "NotResource", "NotPrincipal"}

    assert [resource for resource, statement in statements(deployment) if inverted & statement.keys()] == []


def test_no_resource_is_open_to_everyone(deployment: Deployment) -> None:
    """An organisation is no principal: where a stage names one, its accounts alone are let in by a condition."""
    everyone: list[object] = ["*", {"AWS": "*"}]

    open_to_all = [
        resource
        for resource, statement in statements(deployment)
        if statement["Effect"] == "Allow" and statement.get("Principal") in everyone
    ]

    assert open_to_all == []
