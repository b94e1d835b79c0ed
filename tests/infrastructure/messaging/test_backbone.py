"""Every event on the bus reaches exactly one queue, or a holding queue."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import ALERTS, ALL_TYPES, CATALOGUE
from schemas.identity import REMEMBERED_DAYS
from schemas.signals import UNDELIVERABLE, UNROUTED
from tests.infrastructure.deployment import Deployment, Resource, flattened, live_pattern

ALERT_NAMES = [event_type.name for event_type in ALERTS]


def rules_to_unrouted(deployment: Deployment) -> list[tuple[Resource, Mapping[str, Any]]]:
    return deployment.rules_to(deployment.holding_queue(UNROUTED))


def is_catch_all(rule: Resource) -> bool:
    return "anything-but" in str(live_pattern(rule).get("detail-type"))


def test_an_event_that_no_rule_matches_goes_to_unrouted(deployment: Deployment) -> None:
    patterns = [live_pattern(rule) for rule, _ in rules_to_unrouted(deployment) if is_catch_all(rule)]

    assert patterns == [{"detail-type": [{"anything-but": [event_type.name for event_type in ALL_TYPES]}]}]


def test_a_forged_alert_goes_to_unrouted(deployment: Deployment) -> None:
    patterns = [live_pattern(rule) for rule, _ in rules_to_unrouted(deployment)]

    other_types = [{"exists": False}, {"anything-but": ALERT_NAMES}]
    assert {"detail-type": ALERT_NAMES, "source": [{"anything-but": ["taly.queue-processor"]}]} in patterns
    assert {"detail-type": ALERT_NAMES, "detail": {"type": other_types}} in patterns
    assert len(patterns) == 3
    assert {target["InputPath"] for _, target in rules_to_unrouted(deployment)} == {"$.detail"}


def test_the_catch_all_pattern_stays_within_the_quota(deployment: Deployment) -> None:
    """EventBridge's default quota for an event pattern is 2,048 characters."""
    (rule,) = [rule for rule in deployment.resources("AWS::Events::Rule") if is_catch_all(rule)]

    assert len(json.dumps(rule.properties["EventPattern"])) <= 2_048


def of_our_bus(rule: Resource) -> bool:
    """Whether a rule is on the stage's bus; one without a bus is on the account's default bus."""
    return "EventBusName" in rule.properties


def test_every_type_matches_exactly_one_rule(deployment: Deployment) -> None:
    to_unrouted = [rule for rule, _ in rules_to_unrouted(deployment)]
    rules = [rule for rule in deployment.resources("AWS::Events::Rule") if rule not in to_unrouted and of_our_bus(rule)]
    patterns = [live_pattern(rule)["detail-type"] for rule in rules if live_pattern(rule)]

    matched = [name for pattern in patterns for name in pattern if isinstance(name, str)]

    assert sorted(matched) == sorted(event_type.name for event_type in ALL_TYPES)


def test_one_statement_lets_bus_and_rules_send_to_undeliverable(deployment: Deployment) -> None:
    undeliverable = deployment.holding_queue(UNDELIVERABLE)
    bus = deployment.bus

    (allowed,) = (statement for statement in deployment.queue_policy(undeliverable) if statement["Effect"] == "Allow")

    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    bus_arn, rules_arn, of_ses = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
    assert deployment.follow(bus.stack, bus_arn) == bus
    assert rules_arn["Fn::Join"][1][-3:] == [":rule/", {"Ref": bus.logical_id}, "/*"]
    assert flattened(of_ses).endswith(f":rule/taly-async-{deployment.stage.name}-ses-events")


def test_every_target_and_the_bus_dead_letter_to_undeliverable(deployment: Deployment) -> None:
    undeliverable = deployment.holding_queue(UNDELIVERABLE)
    bus = deployment.bus
    rules = deployment.resources("AWS::Events::Rule")
    targets = [(rule.stack, target) for rule in rules for target in rule.properties["Targets"]]

    queues = [deployment.follow(stack, target["DeadLetterConfig"]["Arn"]) for stack, target in targets]

    assert queues == [undeliverable] * (len(CATALOGUE) + 6)
    assert deployment.follow(bus.stack, bus.properties["DeadLetterConfig"]["Arn"]) == undeliverable


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_the_archive_is_no_older_than_idempotency_records(stage: str, request: pytest.FixtureRequest) -> None:
    deployment: Deployment = request.getfixturevalue("stage_deployment")(stage)

    (archive,) = deployment.resources("AWS::Events::Archive")

    bus = deployment.bus
    assert deployment.follow(archive.stack, archive.properties["SourceArn"]) == bus
    assert archive.properties["EventPattern"] == {"source": [{"prefix": ""}]}
    assert archive.properties["RetentionDays"] == deployment.stage.archive_retention_days <= REMEMBERED_DAYS
