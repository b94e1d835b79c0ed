"""The assembly of a stage with the catalogue's functions, as the templates would have it."""

from collections.abc import Mapping
from typing import Any

from ops.preflight.assembly import Assembly
from schemas.catalogue import CATALOGUE
from schemas.names import resource_name, stack_name

FUNCTIONS = ["queue_processor", *(each.folder for each in CATALOGUE)]
CONCURRENCY = 5 * len(FUNCTIONS) + 1
"""Concurrency of all functions: five for each queue, and one for the notifier."""

LEAST = 2 * len(FUNCTIONS) + 1

EMAIL = "infra@taly.dev"

QUERY = {
    "Name": "taly-async-prod/slowest",
    "QueryString": "fields @timestamp | limit 5",
    "LogGroupNames": ["/aws/lambda/taly-async-prod-queue-processor"],
}


def assembly_of(
    stage: str = "prod",
    *,
    retains: bool = True,
    concurrency: int = 5,
    text_alarm: float = 80,
    number: str = "",
    **changes: Any,
) -> Assembly:
    """Return the assembly of a stage.

    Args:
        stage: the stage's name.
        retains: whether its queues outlive a deleted stack.
        concurrency: the maximum concurrency of each mapping.
        text_alarm: the threshold of the alarm on the budget for texts, in dollars.
        number: the number that texts are sent from; empty: none is set.
        changes: other values of the assembly's fields.
    """
    fields: dict[str, Any] = {
        "stage": stage,
        "account": None,
        "region": None,
        "stacks": {
            stack_name(stage, "Messaging"): _messaging(retains=retains),
            stack_name(stage, "Processing"): _processing(concurrency, number),
            stack_name(stage, "Monitoring"): _monitoring(stage, text_alarm),
        },
        "bootstrap_parameter": "/cdk-bootstrap/hnb659fds/version",
        "bootstrap_version": 8,
    }
    return Assembly(**fields | changes)


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _messaging(*, retains: bool) -> Mapping[str, Any]:
    queue = _resource("AWS::SQS::Queue") | ({"DeletionPolicy": "RetainExceptOnCreate"} if retains else {})
    rules = {
        f"{each.folder}Rule": _rule({"detail-type": [each.name]}, EventBusName="taly-async-prod") for each in CATALOGUE
    }
    everything = {"detail-type": [{"anything-but": [each.name for each in CATALOGUE]}]}
    rules["CatchAll"] = _rule(everything, EventBusName="taly-async-prod")
    rules["MailEventsRule"] = _rule({"source": ["aws.ses"]})  # on the account's default bus
    return {"Resources": {"Queue": queue, **rules}}


def _rule(pattern: Mapping[str, Any], **more: str) -> dict[str, Any]:
    return _resource("AWS::Events::Rule", EventPattern=pattern, **more)


def _processing(concurrency: int, number: str) -> Mapping[str, Any]:
    resources = {}
    variables = {
        "email_send": {"MAIL_SENDER": "Taly <no-reply@mail.taly.dev>", "RATE": "14"},
        "sms_send": {"SMS_ORIGINATION_NUMBER": number} if number else {},
    }
    for folder in FUNCTIONS:
        resources[folder] = _function(folder, variables.get(folder, {}))
        resources[f"{folder}Mapping"] = _resource(
            "AWS::Lambda::EventSourceMapping",
            FunctionName={"Ref": folder},
            BatchSize=10,
            ScalingConfig={"MaximumConcurrency": concurrency},
        )
    return {"Resources": resources}


def _monitoring(stage: str, text_alarm: float) -> Mapping[str, Any]:
    return {
        "Resources": {
            "Notifier": _function("slack_notifier", {}),
            **_topic("AlertsTopic", resource_name(stage, "alerts")),
            **_topic("NotifierTopic", resource_name(stage, "slack_notifier")),
            "TextBudget": _resource(
                "AWS::CloudWatch::Alarm", AlarmName=f"taly-async-{stage}/account/text-budget", Threshold=text_alarm
            ),
            "Query": _resource("AWS::Logs::QueryDefinition", **QUERY),
        }
    }


def _topic(logical_id: str, name: str) -> dict[str, Any]:
    """Return a topic with two subscriptions, one of them by email."""
    arn = {"Ref": logical_id}
    return {
        logical_id: _resource("AWS::SNS::Topic", TopicName=name),
        f"{logical_id}Mail": _resource("AWS::SNS::Subscription", Protocol="email", Endpoint=EMAIL, TopicArn=arn),
        f"{logical_id}Queue": _resource("AWS::SNS::Subscription", Protocol="sqs", Endpoint="a queue", TopicArn=arn),
    }


def _function(folder: str, variables: Mapping[str, str]) -> dict[str, Any]:
    return _resource(
        "AWS::Lambda::Function",
        Handler=f"lambdas.{folder}.handler.handler",
        MemorySize=256,
        Environment={"Variables": dict(variables)},
    )
