"""Each type has a rule, a queue and a dead-letter queue."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.ses import SES_EVENT
from schemas.signals import UNDELIVERABLE
from tests.infrastructure.deployment import BUS, Deployment, Resource, live_pattern


def rules_of_our_bus(deployment: Deployment, event_type: EventType[Any]) -> list[tuple[Resource, Mapping[str, Any]]]:
    """Return each rule of the stage's bus that sends to a type's queue, with its target."""
    rules = deployment.rules_to(deployment.queue(event_type))
    return [(rule, target) for rule, target in rules if "EventBusName" in rule.properties]


each_type = pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)


@each_type
def test_exactly_one_rule_matches_a_type_and_sends_to_its_queue(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    rules = [
        rule
        for rule in deployment.resources("AWS::Events::Rule")
        if live_pattern(rule) == {"detail-type": [event_type.name]}
    ]

    assert [rule for rule, _ in rules_of_our_bus(deployment, event_type)] == rules
    assert len(rules) == 1


@each_type
def test_only_ses_events_come_by_another_bus_too(deployment: Deployment, event_type: EventType[Any]) -> None:
    others = len(deployment.rules_to(deployment.queue(event_type))) - 1

    assert others == (event_type is SES_EVENT)


@each_type
def test_a_rule_is_enabled_on_the_bus_of_the_output(deployment: Deployment, event_type: EventType[Any]) -> None:
    ((rule, _),) = rules_of_our_bus(deployment, event_type)

    bus = deployment.bus

    assert deployment.follow(rule.stack, rule.properties["EventBusName"], BUS) == bus
    assert rule.properties["State"] == "ENABLED"


@each_type
def test_a_rule_passes_only_the_message(deployment: Deployment, event_type: EventType[Any]) -> None:
    ((_, target),) = rules_of_our_bus(deployment, event_type)

    assert target["InputPath"] == "$.detail"
    assert "InputTransformer" not in target
    assert "Input" not in target


@each_type
def test_the_tenant_is_the_message_group(deployment: Deployment, event_type: EventType[Any]) -> None:
    ((_, target),) = rules_of_our_bus(deployment, event_type)

    assert target["SqsParameters"] == {"MessageGroupId": "$.detail.payload.companyId"}


@each_type
def test_an_undelivered_event_goes_to_undeliverable(deployment: Deployment, event_type: EventType[Any]) -> None:
    ((rule, target),) = rules_of_our_bus(deployment, event_type)

    undeliverable = deployment.holding_queue(UNDELIVERABLE)

    assert deployment.follow(rule.stack, target["DeadLetterConfig"]["Arn"]) == undeliverable


@each_type
def test_the_rules_may_send_to_their_queue(deployment: Deployment, event_type: EventType[Any]) -> None:
    queue = deployment.queue(event_type)
    rules = [rule for rule, _ in deployment.rules_to(queue)]

    allowed = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in deployment.queue_policy(queue)
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and "sqs:SendMessage" in statement["Action"]
    ]

    assert [deployment.follow(queue.stack, source) for source in allowed] == rules


@each_type
def test_the_redrive_policy_leaves_room_for_throttles_and_crashes(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    queue = deployment.queue(event_type)

    redrive = queue.properties["RedrivePolicy"]

    assert deployment.follow(queue.stack, redrive["deadLetterTargetArn"]) == deployment.dead_letter_queue(event_type)
    assert redrive["maxReceiveCount"] == 20
    assert event_type.max_attempts + 2 < 20, "a run that is not noted, the noted ones, and the one that dead-letters"


@each_type
def test_no_two_types_share_a_queue(deployment: Deployment, event_type: EventType[Any]) -> None:
    others = [other for other in CATALOGUE if other is not event_type]

    shared = {deployment.queue(other) for other in others} | {deployment.dead_letter_queue(other) for other in others}

    assert deployment.queue(event_type) not in shared
    assert deployment.dead_letter_queue(event_type) not in shared | {deployment.queue(event_type)}


@each_type
def test_the_visibility_timeout_is_six_function_timeouts(deployment: Deployment, event_type: EventType[Any]) -> None:
    queue = deployment.queue(event_type)
    timeout = deployment.function_of(queue).properties["Timeout"]
    window = deployment.mapping_from(queue).properties.get("MaximumBatchingWindowInSeconds", 0)

    assert queue.properties["VisibilityTimeout"] == 6 * timeout + window


@each_type
def test_dead_letter_queues_have_a_longer_retention_than_work_queues(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    two_weeks = 14 * 24 * 3600

    kept = deployment.dead_letter_queue(event_type).properties["MessageRetentionPeriod"]

    assert kept == two_weeks
    assert deployment.queue(event_type).properties["MessageRetentionPeriod"] < kept
