"""Nothing falls off the bus."""

import json

import pytest

from schemas.catalogue import ALL_TYPES
from schemas.identity import REMEMBERED_DAYS
from schemas.names import MessagingOutput
from tests.infrastructure.deployment import Deployment


def test_what_no_rule_matches_goes_to_unrouted(deployment: Deployment) -> None:
    unrouted = deployment.output(deployment.messaging, MessagingOutput.UNROUTED_QUEUE_URL)

    ((rule, target),) = deployment.rules_to(unrouted)

    names = [event_type.name for event_type in ALL_TYPES]
    assert rule.properties["EventPattern"] == {"detail-type": [{"anything-but": names}]}
    assert target["InputPath"] == "$.detail"


def test_the_catch_all_fits_into_a_pattern(deployment: Deployment) -> None:
    """2,048 characters are EventBridge's quota for an event pattern, unless it is raised for the account."""
    (rule,) = [rule for rule in deployment.resources("AWS::Events::Rule") if "anything-but" in str(rule.properties)]

    assert len(json.dumps(rule.properties["EventPattern"])) <= 2_048


def test_what_is_on_the_bus_matches_one_rule_and_no_two(deployment: Deployment) -> None:
    patterns = [rule.properties["EventPattern"]["detail-type"] for rule in deployment.resources("AWS::Events::Rule")]

    matched = [name for pattern in patterns for name in pattern if isinstance(name, str)]

    assert sorted(matched) == sorted(event_type.name for event_type in ALL_TYPES)
    assert len([pattern for pattern in patterns if "anything-but" in str(pattern)]) == 1


def test_one_statement_lets_the_bus_and_all_its_rules_send_to_undeliverable(deployment: Deployment) -> None:
    undeliverable = deployment.output(deployment.messaging, MessagingOutput.UNDELIVERABLE_QUEUE_URL)
    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)

    (allowed,) = (statement for statement in deployment.queue_policy(undeliverable) if statement["Effect"] == "Allow")

    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    by_itself, by_its_rules = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
    assert deployment.follow(bus.stack, by_itself) == bus
    assert by_its_rules["Fn::Join"][1][-3:] == [":rule/", {"Ref": bus.logical_id}, "/*"]


def test_every_target_and_the_bus_itself_name_undeliverable(deployment: Deployment) -> None:
    undeliverable = deployment.output(deployment.messaging, MessagingOutput.UNDELIVERABLE_QUEUE_URL)
    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)
    rules = deployment.resources("AWS::Events::Rule")
    parts = [(rule.stack, target) for rule in rules for target in rule.properties["Targets"]]

    named = [deployment.follow(stack, part["DeadLetterConfig"]["Arn"]) for stack, part in parts]

    assert named == [undeliverable] * (len(ALL_TYPES) + 1)
    assert deployment.follow(bus.stack, bus.properties["DeadLetterConfig"]["Arn"]) == undeliverable


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_the_archive_keeps_every_event_no_longer_than_jobs_are_remembered(
    stage: str, request: pytest.FixtureRequest
) -> None:
    deployment: Deployment = request.getfixturevalue("stage_deployment")(stage)

    (archive,) = deployment.resources("AWS::Events::Archive")

    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)
    assert deployment.follow(archive.stack, archive.properties["SourceArn"]) == bus
    assert archive.properties["EventPattern"] == {"source": [{"prefix": ""}]}
    assert archive.properties["RetentionDays"] == deployment.stage.archive_retention_days <= REMEMBERED_DAYS
