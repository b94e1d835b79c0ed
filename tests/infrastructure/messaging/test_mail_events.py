"""SES reports what became of the stage's mails, and each report becomes a message of `ses.event`."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.emails import Template
from schemas.mail_events import message_of
from schemas.mail_tags import MailTags
from schemas.message import Message
from schemas.names import resource_name
from schemas.ses import SES_EVENT, SesEvent
from schemas.signals import UNDELIVERABLE
from tests.infrastructure.deployment import RULE, Deployment, flattened, variables
from tests.messages import COMPANY

TAGS = MailTags(
    company_id=COMPANY,
    message_id="m-1:a",
    correlation_id="c-1",
    template=Template.BOOKING_CONFIRMATION,
    subject_id="",
    texted=False,
).encoded()


def event(event_type: str, stage: str, **detail: Any) -> dict[str, Any]:
    """Return an event of SES's as its guide shows it ("Examples of event data"), with a quote in what people write."""
    auto_tags = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [resource_name(stage)],
        "ses:source-ip": ["192.0.2.0"],
        "ses:from-domain": ["mail.taly.example"],
        "ses:caller-identity": ["email-send"],
    }
    return {
        "version": "0",
        "id": "12345678-1234-1234-1234-123456789012",
        "detail-type": "Email Delivered",
        "source": "aws.ses",
        "account": "111122223333",
        "time": "2026-04-14T14:00:33Z",
        "region": "eu-central-1",
        "resources": [f"arn:aws:ses:eu-central-1:111122223333:configuration-set/{resource_name(stage)}"],
        "detail": {
            "eventType": event_type,
            "mail": {
                "timestamp": "2026-04-14T14:00:31.000Z",
                "source": "no-reply@mail.taly.example",
                "messageId": "EXAMPLE-7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
                "destination": ["ada@mail.example"],
                "headersTruncated": False,
                "headers": [{"name": "Subject", "value": 'Your "cut" <id>\n'}],
                "commonHeaders": {"subject": 'Your "cut" <id>\n'},
                "tags": {**auto_tags, **{name: [value] for name, value in TAGS.items()}},
            },
            event_type.lower(): {"timestamp": "2026-04-14T14:00:33.123Z", "bounceType": "Permanent"},
            **detail,
        },
    }


def target_of(deployment: Deployment) -> Mapping[str, Any]:
    (target,) = deployment.named(RULE, resource_name(deployment.stage.name, "ses-events")).properties["Targets"]
    return dict(target)


def value_at(path: str, of: Any) -> Any:
    """Return the value at a path of dots and array indices, the syntax that input transformers know."""
    for name, index in re.findall(r"\.([^.\[]+)|\[([0-9]+)\]", path):
        of = of[name] if name else of[int(index)]
    return of


def transformed(target: Mapping[str, Any], of: Mapping[str, Any]) -> str:
    """Fill the target's template: each placeholder is replaced by a value as JSON."""
    transformer = target["InputTransformer"]
    values = {name: json.dumps(value_at(path, of)) for name, path in transformer["InputPathsMap"].items()}
    return re.sub("<([^<>]+)>", lambda found: values[found[1]], transformer["InputTemplate"])


def matches(pattern: Mapping[str, Any], of: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern of names, values and `exists`; of a list, one member has to match."""

    def is_matched(expected: Any, found: Any) -> bool:
        if isinstance(expected, dict):
            return isinstance(found, dict) and matches(expected, found)
        members = found if isinstance(found, list) else [] if found is None else [found]
        return any(bool(members) if each == {"exists": True} else each in members for each in expected)

    return all(is_matched(expected, of.get(name)) for name, expected in pattern.items())


def test_mails_are_sent_encrypted_and_counted_by_the_stages_set(deployment: Deployment) -> None:
    (mails,) = deployment.resources("AWS::SES::ConfigurationSet")

    assert mails.properties["Name"] == f"taly-async-{deployment.stage.name}"
    assert mails.properties["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert mails.properties["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    named = {each.get("MAIL_CONFIGURATION_SET") for each in map(variables, deployment.queue_functions())}
    assert named == {None, mails.properties["Name"]}


def test_the_set_reports_outcomes_on_the_default_bus(deployment: Deployment) -> None:
    (destination,) = deployment.resources("AWS::SES::ConfigurationSetEventDestination")

    to = destination.properties["EventDestination"]

    (mails,) = deployment.resources("AWS::SES::ConfigurationSet")
    assert deployment.follow(destination.stack, destination.properties["ConfigurationSetName"]) == mails
    assert to["Enabled"] is True
    assert sorted(to["MatchingEventTypes"]) == ["bounce", "complaint", "delivery", "reject"]
    assert flattened(to["EventBridgeDestination"]["EventBusArn"]).endswith(":event-bus/default")


@pytest.mark.parametrize("event_type", ["Delivery", "Bounce", "Complaint", "Reject"])
def test_an_event_becomes_a_valid_message_of_its_type(deployment: Deployment, event_type: str) -> None:
    reported = event(event_type, deployment.stage.name)

    message = decode_strictly(transformed(target_of(deployment), reported), catalogue=BY_NAME)

    assert isinstance(message, Message)
    assert (message.type, message.id, message.company_id) == (SES_EVENT.name, reported["id"], COMPANY)
    assert isinstance(message.payload, SesEvent)
    assert message.payload.ses_event.event_type == event_type
    assert MailTags.decoded(message.payload.ses_event.mail.tags.model_dump()).message_id == "m-1:a"


def test_the_message_has_the_event_unchanged_as_a_redrive_has_it(deployment: Deployment) -> None:
    reported = event("Delivery", deployment.stage.name)

    message = json.loads(transformed(target_of(deployment), reported))

    assert message["payload"]["sesEvent"] == reported["detail"]
    assert message == message_of(reported)


def test_the_mails_tenant_is_the_message_group(deployment: Deployment) -> None:
    group = target_of(deployment)["SqsParameters"]["MessageGroupId"]

    assert value_at(group, event("Bounce", deployment.stage.name)) == COMPANY


def test_an_event_goes_to_its_types_queue_or_to_undeliverable(deployment: Deployment) -> None:
    target = target_of(deployment)
    stack = deployment.messaging

    assert deployment.follow(stack, target["Arn"]) == deployment.queue(SES_EVENT)
    assert deployment.follow(stack, target["DeadLetterConfig"]["Arn"]) == deployment.holding_queue(UNDELIVERABLE)


def test_only_outcomes_of_the_stages_own_mails_pass(deployment: Deployment) -> None:
    stage = deployment.stage.name
    rule = deployment.named(RULE, resource_name(stage, "ses-events"))
    untagged, of_nobody = event("Delivery", stage), event("Delivery", stage)
    del untagged["detail"]["mail"]["tags"]
    del of_nobody["detail"]["mail"]["tags"]["company"]
    others = {
        "another stage's": event("Delivery", "other"),
        "another service's": {**event("Delivery", stage), "source": "aws.s3"},
        "a click": event("Click", stage),
        "without a tenant": of_nobody,
        "without tags": untagged,
        "about the account": {**event("Delivery", stage), "detail": {"data": {"origin": "x"}}},
    }

    assert "EventBusName" not in rule.properties, "SES knows the default bus alone"
    assert matches(rule.properties["EventPattern"], event("Delivery", stage))
    assert {name for name, each in others.items() if matches(rule.properties["EventPattern"], each)} == set()
