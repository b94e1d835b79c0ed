"""Nothing falls off the bus."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import ALERTS, ALL_TYPES
from schemas.identity import REMEMBERED_DAYS
from schemas.names import MessagingOutput
from tests.infrastructure.deployment import Deployment, Resource

ALERT_NAMES = [event_type.name for event_type in ALERTS]


def leading_to_unrouted(deployment: Deployment) -> list[tuple[Resource, Mapping[str, Any]]]:
    return deployment.rules_to(deployment.output(deployment.messaging, MessagingOutput.UNROUTED_QUEUE_URL))


def is_catch_all(rule: Resource) -> bool:
    return "anything-but" in str(rule.properties["EventPattern"]["detail-type"])


def test_what_no_rule_matches_goes_to_unrouted(deployment: Deployment) -> None:
    patterns = [rule.properties["EventPattern"] for rule, _ in leading_to_unrouted(deployment) if is_catch_all(rule)]

    assert patterns == [{"detail-type": [{"anything-but": [event_type.name for event_type in ALL_TYPES]}]}]


def test_what_only_looks_like_the_systems_own_alerts_goes_to_unrouted_too(deployment: Deployment) -> None:
    patterns = [rule.properties["EventPattern"] for rule, _ in leading_to_unrouted(deployment)]

    others = [{"exists": False}, {"anything-but": ALERT_NAMES}]
    assert {"detail-type": ALERT_NAMES, "source": [{"anything-but": ["taly.queue-processor"]}]} in patterns
    assert {"detail-type": ALERT_NAMES, "detail": {"type": others}} in patterns
    assert len(patterns) == 3
    assert {target["InputPath"] for _, target in leading_to_unrouted(deployment)} == {"$.detail"}


def test_the_catch_all_fits_into_a_pattern(deployment: Deployment) -> None:
    """2,048 characters are EventBridge's quota for an event pattern, unless it is raised for the account."""
    (rule,) = [rule for rule in deployment.resources("AWS::Events::Rule") if is_catch_all(rule)]

    assert len(json.dumps(rule.properties["EventPattern"])) <= 2_048


def test_what_is_on_the_bus_matches_one_rule_and_no_two(deployment: Deployment) -> None:
    strays = [rule for rule, _ in leading_to_unrouted(deployment)]
    rules = [rule for rule in deployment.resources("AWS::Events::Rule") if rule not in strays]
    patterns = [rule.properties["EventPattern"]["detail-type"] for rule in rules]

    matched = [name for pattern in patterns for name in pattern if isinstance(name, str)]

    assert sorted(matched) == sorted(event_type.name for event_type in ALL_TYPES)


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

    assert named == [undeliverable] * (len(ALL_TYPES) + 3)
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
