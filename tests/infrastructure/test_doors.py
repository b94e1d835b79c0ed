"""Where producers come in, and who may."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.names import (
    MessagingOutput,
    MonitoringOutput,
    ProcessingOutput,
    event_bus_name_parameter,
    ingress_queue_url_parameter,
)
from tests.infrastructure.deployment import Deployment, synthesize

ACCOUNT = "111122223333"
ROLE = "arn:aws:iam::444455556666:role/backend"


@pytest.fixture(scope="module")
def open_to_two(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesize(tmp_path_factory.mktemp("producers"), stage="dev", producers=f"{ACCOUNT},{ROLE}")


def principals(statement: Mapping[str, Any]) -> set[str]:
    """ARNs; of one that is put together, its end."""
    return {each if isinstance(each, str) else each["Fn::Join"][1][-1] for each in statement["Principal"]["AWS"]}


def test_both_doors_are_parameters_with_decided_names(deployment: Deployment) -> None:
    stage = deployment.stage.name
    outputs = deployment.templates[deployment.messaging]["Outputs"]

    parameters = {
        parameter.properties["Name"]: parameter.properties["Value"]
        for parameter in deployment.resources("AWS::SSM::Parameter")
    }

    assert parameters == {
        ingress_queue_url_parameter(stage): outputs[MessagingOutput.INGRESS_QUEUE_URL]["Value"],
        event_bus_name_parameter(stage): outputs[MessagingOutput.EVENT_BUS_NAME]["Value"],
    }


def test_every_queue_is_an_output(deployment: Deployment) -> None:
    keys = [
        MessagingOutput.INGRESS_QUEUE_URL,
        MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL,
        MessagingOutput.UNROUTED_QUEUE_URL,
        MessagingOutput.UNDELIVERABLE_QUEUE_URL,
        MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL,
        *(MessagingOutput.queue_url(event_type.construct_id) for event_type in CATALOGUE),
        *(MessagingOutput.dead_letter_queue_url(event_type.construct_id) for event_type in CATALOGUE),
    ]

    told = {deployment.output(deployment.messaging, key) for key in keys}
    told.add(deployment.output(deployment.monitoring, MonitoringOutput.ALERTS_QUEUE_URL))

    assert told == set(deployment.resources("AWS::SQS::Queue"))


def test_every_log_group_and_every_secret_are_outputs(deployment: Deployment) -> None:
    keys = [
        ProcessingOutput.CRM_TOKEN_SECRET_ARN,
        ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME,
        *(ProcessingOutput.log_group_name(event_type.construct_id) for event_type in CATALOGUE),
    ]

    told = {deployment.output(deployment.processing, key) for key in keys}
    told |= {
        deployment.output(deployment.monitoring, key)
        for key in (
            MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN,
            MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME,
            MonitoringOutput.AUDIT_LOG_GROUP_NAME,
        )
    }

    assert told == set(deployment.resources("AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"))


def test_without_producers_the_doors_are_open_by_iam_of_the_account_alone(prod: Deployment) -> None:
    ingress = prod.output(prod.messaging, MessagingOutput.INGRESS_QUEUE_URL)

    assert prod.stage.producers == ()
    assert [statement["Effect"] for statement in prod.queue_policy(ingress)] == ["Deny"]
    assert prod.resources("AWS::Events::EventBusPolicy") == []


def test_a_stages_producers_may_send_to_the_ingress_queue(open_to_two: Deployment) -> None:
    ingress = open_to_two.output(open_to_two.messaging, MessagingOutput.INGRESS_QUEUE_URL)

    (allowed,) = (each for each in open_to_two.queue_policy(ingress) if each["Effect"] == "Allow")

    assert principals(allowed) == {f":iam::{ACCOUNT}:root", ROLE}
    assert "sqs:SendMessage" in allowed["Action"]
    assert open_to_two.follow(ingress.stack, allowed["Resource"]) == ingress


def test_a_stages_producers_may_put_events_on_the_bus(open_to_two: Deployment) -> None:
    bus = open_to_two.output(open_to_two.messaging, MessagingOutput.EVENT_BUS_NAME)

    (policy,) = open_to_two.resources("AWS::Events::EventBusPolicy")

    statement = policy.properties["Statement"]
    assert open_to_two.follow(policy.stack, policy.properties["EventBusName"]) == bus
    assert statement["Action"] == "events:PutEvents"
    assert principals(statement) == {f":iam::{ACCOUNT}:root", ROLE}
    assert statement["Condition"] == {"StringNotEquals": {"events:detail-type": ["system.dead_lettered"]}}
