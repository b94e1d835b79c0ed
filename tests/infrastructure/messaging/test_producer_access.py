"""Producers find ingress queue and bus by parameters and outputs; `test_publish_permissions.py` tests permissions."""

from schemas.names import Output, event_bus_name_parameter, ingress_queue_url_parameter
from tests.infrastructure.deployment import Deployment


def test_ingress_queue_and_bus_are_parameters_with_fixed_names(deployment: Deployment) -> None:
    stage = deployment.stage.name
    outputs = deployment.templates[deployment.messaging]["Outputs"]

    parameters = {
        parameter.properties["Name"]: parameter.properties["Value"]
        for parameter in deployment.resources("AWS::SSM::Parameter")
    }

    assert parameters == {
        ingress_queue_url_parameter(stage): outputs[Output.INGRESS_QUEUE_URL]["Value"],
        event_bus_name_parameter(stage): outputs[Output.EVENT_BUS_NAME]["Value"],
    }


def test_outputs_are_what_people_copy(deployment: Deployment) -> None:
    outputs = {key for template in deployment.templates.values() for key in template.get("Outputs", {})}

    assert outputs == {value for name, value in vars(Output).items() if name.isupper()}


def test_every_secret_that_people_store_is_an_output(deployment: Deployment) -> None:
    generated = "Key of the suppression list"
    outputs = {
        deployment.output(deployment.processing, Output.CRM_TOKEN_SECRET_ARN),
        deployment.output(deployment.monitoring, Output.SLACK_WEBHOOK_SECRET_ARN),
    }

    assert outputs == {
        secret
        for secret in deployment.resources("AWS::SecretsManager::Secret")
        if not secret.properties["Description"].startswith(generated)
    }


def test_without_producers_no_resource_policy_grants_access(prod: Deployment) -> None:
    ingress = prod.ingress

    assert prod.stage.producers == ()
    assert [statement["Effect"] for statement in prod.queue_policy(ingress)] == ["Deny"]
    assert prod.resources("AWS::Events::EventBusPolicy") == []
