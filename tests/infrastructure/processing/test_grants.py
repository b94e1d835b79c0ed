"""Each role is granted exactly the actions and resources that `tests/security/access.py` lists."""

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import (
    DEAD_LETTER_KEEPER,
    SLACK_NOTIFIER,
    Output,
    resource_name,
    schedule_group_name,
)
from schemas.signals import DEAD_SCHEDULES, UNDELIVERABLE, UNROUTED
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import MAPPINGS, Deployment, Resource, as_list, statements
from tests.infrastructure.monitoring.alarm_lookup import EACH_DAY as DAILY
from tests.infrastructure.monitoring.alarm_lookup import EACH_MINUTE as MINUTELY
from tests.infrastructure.monitoring.alarm_lookup import starter
from tests.security.access import EACH_DAY, EACH_MINUTE, ROLES, SCHEDULES, Actor, Place, allowed

each_actor = pytest.mark.parametrize("actor", ROLES, ids=lambda actor: actor.name)


def role_of(deployment: Deployment, actor: Actor) -> Resource:
    if actor.name == SCHEDULES:
        return schedule_role(deployment)
    if actor.name == EACH_MINUTE:
        return starter(deployment, MINUTELY)
    if actor.name == EACH_DAY:
        return starter(deployment, DAILY)
    function = function_of(deployment, actor)
    return deployment.follow(function.stack, function.properties["Role"])


def function_of(deployment: Deployment, actor: Actor) -> Resource:
    if actor.name == SLACK_NOTIFIER:
        return deployment.notifier
    if actor.name == DEAD_LETTER_KEEPER:
        return deployment.keeper
    return deployment.function_of(deployment.queue(actor.event_type) if actor.event_type else ingress(deployment))


def ingress(deployment: Deployment) -> Resource:
    return deployment.ingress


def schedule_role(deployment: Deployment) -> Resource:
    """Return the role by which EventBridge Scheduler sends schedules."""
    (role,) = (
        role
        for role in deployment.resources("AWS::IAM::Role")
        if role.stack == deployment.processing and "scheduler.amazonaws.com" in str(role.properties)
    )
    return role


def suppression_key(deployment: Deployment) -> Resource:
    """Return the secret with the key of the suppression list."""
    (key,) = (
        each for each in deployment.resources("AWS::SecretsManager::Secret") if "SuppressionKey" in each.logical_id
    )
    return key


def resources(deployment: Deployment, actor: Actor, place: Place) -> list[object]:
    """Return the resources of a place in the templates, or the last part of the ARN for a place without a resource."""
    processing, monitoring = deployment.processing, deployment.monitoring
    match place:
        case Place.QUEUE | Place.DEAD_LETTERS if actor.event_type:
            queue_of = deployment.queue if place is Place.QUEUE else deployment.dead_letter_queue
            return [queue_of(actor.event_type)]
        case Place.ANOTHERS_QUEUE:
            return [deployment.queue(event_type) for event_type in CATALOGUE]
        case Place.ANOTHERS_DEAD_LETTERS:
            return [deployment.dead_letter_queue(event_type) for event_type in CATALOGUE]
        case Place.LOGS:
            function = function_of(deployment, actor)
            return [deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])]
    several: dict[Place, list[object]] = {
        Place.SENDER: [":identity/*", f":configuration-set/{resource_name(deployment.stage.name)}"],
        Place.NOTIFIER: [deployment.notifier, ":$LATEST"],
        Place.KEEPER: [deployment.keeper, ":$LATEST"],
    }
    named: dict[Place, object] = {
        Place.INGRESS: ingress(deployment),
        Place.INGRESS_DEAD_LETTERS: deployment.ingress_dead_letters,
        Place.SCHEDULE_DEAD_LETTERS: deployment.holding_queue(DEAD_SCHEDULES),
        Place.UNROUTED: deployment.holding_queue(UNROUTED),
        Place.UNDELIVERABLE: deployment.holding_queue(UNDELIVERABLE),
        Place.REDO_QUEUE: deployment.redo,
        Place.ALERTS: deployment.alerts,
        Place.BUS: deployment.bus,
        Place.CRM_TOKEN: deployment.output(processing, Output.CRM_TOKEN_SECRET_ARN),
        Place.SLACK_WEBHOOK: deployment.output(monitoring, Output.SLACK_WEBHOOK_SECRET_ARN),
        Place.SUPPRESSION_KEY: suppression_key(deployment),
        Place.TABLE: deployment.table,
        Place.CAUSES: deployment.causes,
        Place.NOTIFIER_TOPIC: deployment.topic(SLACK_NOTIFIER),
        Place.TOPICS_KEY: deployment.resources("AWS::KMS::Key")[0],
        Place.SCHEDULE_ROLE: schedule_role(deployment),
        Place.SCHEDULES: f":schedule/{schedule_group_name(deployment.stage.name)}/*",
        Place.PHONES: "*",
        Place.MAPPINGS: MAPPINGS,
        Place.ACCOUNT: "*",
        Place.MAIL_ACCOUNT: "*",
        Place.TEXT_ACCOUNT: "*",
        Place.TRACES: "*",
    }
    return several.get(place) or [named[place]]


@each_actor
@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_a_role_is_granted_exactly_what_is_listed(stage_deployment: Synthesized, stage: str, actor: Actor) -> None:
    """Policies of stage local are adapted to the emulator; `tests/e2e/flow/test_access.py` tests each role there."""
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

    assert len(set(roles)) == len(roles) == len(CATALOGUE) + 3
    assert [role for role in roles if role.properties.get("ManagedPolicyArns")] == []


def test_only_lambda_and_eventbridge_scheduler_assume_roles(deployment: Deployment) -> None:
    principals = [
        statement["Principal"]["Service"]
        for resource, statement in statements(deployment)
        if resource.type == "AWS::IAM::Role" and statement["Action"] == "sts:AssumeRole"
    ]

    assert sorted(principals) == ["lambda.amazonaws.com"] * (len(CATALOGUE) + 3) + ["scheduler.amazonaws.com"] * 3


def test_only_the_stages_schedule_group_assumes_the_schedules_role(deployment: Deployment) -> None:
    (statement,) = schedule_role(deployment).properties["AssumeRolePolicyDocument"]["Statement"]

    condition = statement["Condition"]["StringEquals"]
    assert condition["aws:SourceAccount"]
    assert f":schedule-group/{schedule_group_name(deployment.stage.name)}" in str(condition["aws:SourceArn"])


def test_the_schedules_role_is_passed_only_to_eventbridge_scheduler(deployment: Deployment) -> None:
    passed = [statement for _, statement in statements(deployment) if "iam:PassRole" in as_list(statement["Action"])]

    assert len(passed) == sum(bool(event_type.schedules) for event_type in CATALOGUE)
    for statement in passed:
        assert statement["Action"] == "iam:PassRole"
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_a_role_that_sends_sms_may_not_publish_to_topics(deployment: Deployment) -> None:
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
