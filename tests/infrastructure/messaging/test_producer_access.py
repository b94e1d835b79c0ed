"""Producers find ingress queue and bus by parameters and outputs; `test_publish_permissions.py` tests permissions."""

from schemas.catalogue import CATALOGUE
from schemas.names import (
    MessagingOutput,
    MonitoringOutput,
    ProcessingOutput,
    event_bus_name_parameter,
    ingress_queue_url_parameter,
)
from tests.infrastructure.deployment import Deployment


def test_ingress_queue_and_bus_are_parameters_with_fixed_names(deployment: Deployment) -> None:
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

    queues = {deployment.output(deployment.messaging, key) for key in keys}
    queues.add(deployment.output(deployment.monitoring, MonitoringOutput.ALERTS_QUEUE_URL))

    assert queues == set(deployment.resources("AWS::SQS::Queue"))


def test_every_log_group_and_every_secret_is_an_output(deployment: Deployment) -> None:
    keys = [
        ProcessingOutput.CRM_TOKEN_SECRET_ARN,
        ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME,
        *(ProcessingOutput.log_group_name(event_type.construct_id) for event_type in CATALOGUE),
    ]

    outputs = {deployment.output(deployment.processing, key) for key in keys}
    outputs |= {
        deployment.output(deployment.monitoring, key)
        for key in (
            MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN,
            MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME,
            MonitoringOutput.AUDIT_LOG_GROUP_NAME,
        )
    }

    assert outputs == set(deployment.resources("AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"))


def test_without_producers_no_resource_policy_grants_access(prod: Deployment) -> None:
    ingress = prod.output(prod.messaging, MessagingOutput.INGRESS_QUEUE_URL)

    assert prod.stage.producers == ()
    assert [statement["Effect"] for statement in prod.queue_policy(ingress)] == ["Deny"]
    assert prod.resources("AWS::Events::EventBusPolicy") == []
