"""EventBridge's default bus for the events of AWS services.

Nobody but AWS may put an event with the source `aws.ses` on a bus: the emulator refuses it as EventBridge does. So this
delivers such events itself, by the rules and targets that are deployed on the emulator's default bus. The emulator also
reads no array index in an input path, and drops a message group; both are here.

Sources: EventBridge User Guide, "Transforming Amazon EventBridge target input" and "Using dead-letter queues to process
undelivered events".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.endpoint import Endpoint

_WHOLE_EVENT = "aws.events.event.json"
_PLACEHOLDER = re.compile("<([^<>]+)>")
_STRING_OR_PLACEHOLDER = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]+>')
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")
_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredEvent:
    """A message that a rule sent to a queue."""

    event_id: str
    body: str
    sqs_message_id: str


@dataclass(frozen=True, slots=True)
class DefaultBusRule:
    """A rule of the default bus with its targets."""

    arn: str
    pattern: str
    targets: tuple[Mapping[str, Any], ...]
    """As in ListTargetsByRule."""


class DefaultBus:
    """Delivers events to the queues that are targets of the default bus's rules."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Use the rules and queues at this address."""
        self._endpoint = endpoint

    def rules(self) -> Sequence[DefaultBusRule]:
        """The enabled rules that may match an event of SES's.

        Raises:
            BotoCoreError: AWS did not answer.
        """
        pages = self._endpoint.events.get_paginator("list_rules").paginate()
        enabled = [rule for page in pages for rule in page["Rules"] if rule.get("State") == "ENABLED"]
        return [
            DefaultBusRule(rule["Arn"], rule["EventPattern"], tuple(self._targets(rule["Name"])))
            for rule in enabled
            if _may_match(rule.get("EventPattern", ""))
        ]

    def put(self, event: Mapping[str, Any], rules: Sequence[DefaultBusRule]) -> list[DeliveredEvent]:
        """Deliver one event to the targets of the rules that it matches; return what the queues took.

        Raises:
            BotoCoreError: AWS did not answer; some of the targets may have the event.
        """
        return [
            delivered
            for rule in rules
            if self._matches(rule.pattern, event)
            for target in rule.targets
            for delivered in self._deliver(event, rule.arn, target)
        ]

    def _targets(self, rule_name: str) -> Sequence[Mapping[str, Any]]:
        targets: Sequence[Any] = self._endpoint.events.list_targets_by_rule(Rule=rule_name)["Targets"]
        return targets

    def _matches(self, pattern: str, event: Mapping[str, Any]) -> bool:
        return bool(self._endpoint.events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"])

    def _deliver(self, event: Mapping[str, Any], rule_arn: str, target: Mapping[str, Any]) -> Sequence[DeliveredEvent]:
        """Send one message to a queue, or the event to the target's dead-letter queue if the queue does not take it."""
        if ":sqs:" not in target["Arn"]:
            return ()
        body = transformed(event, target)
        group = target.get("SqsParameters", {}).get("MessageGroupId", "")
        if group.startswith("$"):
            group = _text(value_at(event, group))
        in_group: Any = {"MessageGroupId": group} if group else {}
        try:
            answer = self._endpoint.sqs.send_message(
                QueueUrl=self._queue_url(target["Arn"]),
                MessageBody=body,
                **in_group,
            )
        except ClientError as error:
            self._dead_letter(event, rule_arn, target, error)
            return ()
        return (DeliveredEvent(event_id=event["id"], body=body, sqs_message_id=answer["MessageId"]),)

    def _dead_letter(
        self, event: Mapping[str, Any], rule_arn: str, target: Mapping[str, Any], error: ClientError
    ) -> None:
        described = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": error.response["Error"]["Code"],
        }
        if queue := target.get("DeadLetterConfig", {}).get("Arn"):
            self._endpoint.sqs.send_message(
                QueueUrl=self._queue_url(queue),
                MessageBody=json.dumps(event),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in described.items()
                },
            )

    def _queue_url(self, arn: str) -> str:
        *_, account, name = arn.split(":")
        return f"{self._endpoint.url}/{account}/{name}"


def _may_match(pattern: str) -> bool:
    """Whether a rule may be about SES; spares a call for each rule that names other sources."""
    sources = json.loads(pattern).get("source") if pattern else None
    return bool(pattern) and (
        sources is None or "aws.ses" in sources or any(isinstance(each, dict) for each in sources)
    )


def transformed(event: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the message that a rule sends to a target: transformed, a part of the event, a constant, or the event.

    Args:
        event: the event as on the bus.
        target: the target as in ListTargetsByRule.
    """
    if transformer := target.get("InputTransformer"):
        paths = transformer.get("InputPathsMap", {})
        found = {name: value_at(event, path) for name, path in paths.items()}
        values = {name: value for name, value in found.items() if value is not _MISSING} | {_WHOLE_EVENT: event}
        return _rendered(transformer["InputTemplate"], values)
    if constant := target.get("Input"):
        return str(constant)
    return json.dumps(value_at(event, target.get("InputPath", "$")), ensure_ascii=False)


def value_at(event: Mapping[str, Any], path: str) -> Any:
    """Return what is at a path such as `$.detail.mail.tags.company[0]`; a missing value is a mark of its own."""
    value: Any = event
    steps = path.removeprefix("$")
    if "".join(match[0] for match in _STEP.finditer(steps)) != steps:
        raise ValueError(f"{path} is not a path that EventBridge knows: $, names after dots, indexes in brackets")
    for name, index in _STEP.findall(steps):
        if name:
            value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else _MISSING
    return value


def _rendered(template: str, values: Mapping[str, Any]) -> str:
    """Fill in a template: as JSON where JSON has a value, as text in a string; one without a value leaves nothing."""

    def in_string(match: "re.Match[str]") -> str:
        return _text(values.get(match[1], ""))

    def anywhere(match: "re.Match[str]") -> str:
        token = match[0]
        if token.startswith('"'):
            return _PLACEHOLDER.sub(in_string, token)
        name = token[1:-1]
        return json.dumps(values[name], ensure_ascii=False) if name in values else ""

    return _STRING_OR_PLACEHOLDER.sub(anywhere, template)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is _MISSING else json.dumps(value).replace('"', "")
