"""The default bus of the stand-in delivers by the rules and targets that are deployed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from local.standins.ses.default_bus import DefaultBus, transformed, value_at
from local.standins.ses.events import events_about
from ops.stage.endpoint import Endpoint
from tests.unit.local.standins.ses.sample_mail import COMPANY, MAIL

QUEUE = "arn:aws:sqs:us-east-1:000000000000:taly-async-local-ses-event"
UNDELIVERABLE = "arn:aws:sqs:us-east-1:000000000000:taly-async-local-undeliverable"
TARGET: Mapping[str, Any] = {
    "Arn": QUEUE,
    "DeadLetterConfig": {"Arn": UNDELIVERABLE},
    "SqsParameters": {"MessageGroupId": "$.detail.mail.tags.company[0]"},
    "InputTransformer": {
        "InputPathsMap": {"company": "$.detail.mail.tags.company[0]", "detail": "$.detail", "id": "$.id"},
        "InputTemplate": '{"type":"ses.event","id":<id>,"payload":{"companyId":<company>,"sesEvent":<detail>}}',
    },
}
RULE = {"Name": "ses-events", "Arn": "rule-1", "State": "ENABLED", "EventPattern": '{"source":["aws.ses"]}'}
(EVENT,) = events_about(MAIL)


@dataclass
class FakeBusAndQueues:
    """EventBridge and SQS; a queue in `refusing` takes nothing."""

    rules: Sequence[Mapping[str, Any]] = (RULE,)
    matches: bool = True
    refusing: str = ""
    tested: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    url = "http://127.0.0.1:4566"

    @property
    def events(self) -> "FakeBusAndQueues":
        return self

    @property
    def sqs(self) -> "FakeBusAndQueues":
        return self

    def get_paginator(self, operation: str) -> "FakeBusAndQueues":
        assert operation == "list_rules"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Rules": list(self.rules)}]

    def list_targets_by_rule(self, **request: str) -> dict[str, Any]:
        return {"Targets": [TARGET]}

    def test_event_pattern(self, **request: str) -> dict[str, bool]:
        self.tested.append(request["EventPattern"])
        return {"Result": self.matches}

    def send_message(self, **request: Any) -> dict[str, str]:
        if self.refusing and request["QueueUrl"].endswith(self.refusing):
            raise ClientError({"Error": {"Code": "QueueDoesNotExist", "Message": "gone"}}, "SendMessage")
        self.sent.append(request)
        return {"MessageId": f"sqs-{len(self.sent)}"}


def put(aws: FakeBusAndQueues) -> list[str]:
    bus = DefaultBus(cast("Endpoint", aws))
    return [each.body for each in bus.put(EVENT, bus.rules())]


def test_a_matching_event_arrives_transformed_in_the_group_of_its_tenant() -> None:
    aws = FakeBusAndQueues()

    (body,) = put(aws)

    assert json.loads(body) == {
        "type": "ses.event",
        "id": EVENT["id"],
        "payload": {"companyId": COMPANY, "sesEvent": EVENT["detail"]},
    }
    (sent,) = aws.sent
    assert sent == {
        "QueueUrl": "http://127.0.0.1:4566/000000000000/taly-async-local-ses-event",
        "MessageBody": body,
        "MessageGroupId": COMPANY,
    }


def test_an_event_that_no_rule_matches_is_delivered_nowhere() -> None:
    aws = FakeBusAndQueues(matches=False)

    assert put(aws) == []
    assert aws.sent == []


def test_only_enabled_rules_that_may_be_about_ses_are_asked() -> None:
    others = [
        {**RULE, "State": "DISABLED"},
        {**RULE, "EventPattern": '{"source":["aws.ecs"]}'},
        {"Name": "nightly", "Arn": "rule-2", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"},
    ]
    any_source = {**RULE, "Arn": "rule-3", "EventPattern": '{"account":["000000000000"]}'}
    prefix = {**RULE, "Arn": "rule-4", "EventPattern": '{"source":[{"prefix":"aws."}]}'}
    aws = FakeBusAndQueues(rules=[*others, any_source, prefix])

    assert len(put(aws)) == 2
    assert aws.tested == [any_source["EventPattern"], prefix["EventPattern"]]


def test_what_a_queue_does_not_take_is_in_the_targets_dead_letter_queue() -> None:
    aws = FakeBusAndQueues(refusing="ses-event")

    assert put(aws) == []

    (sent,) = aws.sent
    assert sent["QueueUrl"].endswith("/taly-async-local-undeliverable")
    assert json.loads(sent["MessageBody"]) == EVENT
    assert {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()} == {
        "RULE_ARN": "rule-1",
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "QueueDoesNotExist",
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [("$", {"a": {"b": [1, {"c": "x"}]}}), ("$.a.b[0]", 1), ("$.a.b[1].c", "x"), ("$.a", {"b": [1, {"c": "x"}]})],
)
def test_a_path_finds_names_and_array_indexes(path: str, value: object) -> None:
    assert value_at({"a": {"b": [1, {"c": "x"}]}}, path) == value


@pytest.mark.parametrize("path", ["a.b", "$.a[*]", "$..a", "$.a[x]", "$.a['b']"])
def test_a_path_that_eventbridge_does_not_know_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path that EventBridge knows"):
        value_at({"a": {}}, path)


@pytest.mark.parametrize("path", ["$.b", "$.a[0]", "$.a.c", "$.list[3]", "$.a.b.c"])
def test_a_missing_value_leaves_nothing_in_the_message(path: str) -> None:
    event = {"a": {"b": "x"}, "list": [1]}
    target = {"InputTransformer": {"InputPathsMap": {"it": path}, "InputTemplate": '{"it": "<it>"}'}}

    assert transformed(event, target) == '{"it": ""}'


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('{"a": <text>, "b": "is <text>"}', '{"a": "x", "b": "is x"}'),
        ('{"a": <number>, "b": "<number>"}', '{"a": 7, "b": "7"}'),
        ('{"a": <list>}', '{"a": ["ä", 1]}'),
        ('"<text> and <unknown>"', '"x and "'),
        ('{"all": <aws.events.event.json>}', '{"all": {"text": "x", "number": 7, "list": ["ä", 1]}}'),
    ],
)
def test_a_template_is_filled_in_as_json_and_as_text(template: str, message: str) -> None:
    event = {"text": "x", "number": 7, "list": ["ä", 1]}
    paths = {name: f"$.{name}" for name in event}

    assert transformed(event, {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}) == message


def test_a_target_gets_a_part_of_the_event_a_constant_or_the_event() -> None:
    event = {"detail": {"a": 1}}

    assert json.loads(transformed(event, {"InputPath": "$.detail"})) == {"a": 1}
    assert transformed(event, {"Input": '{"b": 2}'}) == '{"b": 2}'
    assert json.loads(transformed(event, {})) == event
