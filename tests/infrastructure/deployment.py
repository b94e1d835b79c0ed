"""Look-ups in a synthesized stage: resources by type and role, references resolved across stacks."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from schemas.event_type import EventType
from schemas.names import (
    ALERTS,
    AUDIT,
    CAUSES,
    DEAD_LETTER_KEEPER,
    IDEMPOTENCY,
    MESSAGING,
    MONITORING,
    PROCESSING,
    QUEUE_PROCESSOR,
    REDO,
    SLACK_NOTIFIER,
    dead_letter_queue_name,
    queue_name,
    resource_name,
    stack_name,
)
from schemas.signals import Signal
from stacks.stage import Stage

QUEUE, BUS, TABLE = "AWS::SQS::Queue", "AWS::Events::EventBus", "AWS::DynamoDB::Table"
RULE = "AWS::Events::Rule"
FUNCTION, LOG_GROUP, TOPIC = "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::SNS::Topic"

NAMED = {
    QUEUE: "QueueName",
    BUS: "Name",
    TABLE: "TableName",
    FUNCTION: "FunctionName",
    LOG_GROUP: "LogGroupName",
    TOPIC: "TopicName",
    "AWS::Events::Archive": "ArchiveName",
    RULE: "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::Scheduler::ScheduleGroup": "Name",
}
"""The property with the name, of the resources that have one made by `schemas/names.py`."""

_KINDS_IN_ADDRESSES = {
    ":sqs:": QUEUE,
    "https://sqs.": QUEUE,
    ":event-bus/": BUS,
    ":dynamodb:": TABLE,
    ":lambda:": FUNCTION,
}


MAPPINGS = ":event-source-mapping:*"
"""End of the ARN of any event source mapping."""


class UnknownReferenceError(AssertionError):
    """A value refers to no resource of the stage."""


@dataclass(frozen=True)
class Resource:
    """One resource of a template; compared by stack and logical id."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    definition: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash((self.stack, self.logical_id))

    def __repr__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Deployment:
    """All stacks of one stage."""

    stage: Stage
    folder: Path
    templates: Mapping[str, Mapping[str, Any]]

    @property
    def messaging(self) -> str:
        return stack_name(self.stage.name, MESSAGING)

    @property
    def processing(self) -> str:
        return stack_name(self.stage.name, PROCESSING)

    @property
    def monitoring(self) -> str:
        return stack_name(self.stage.name, MONITORING)

    def resources(self, *types: str) -> list[Resource]:
        """Return all resources of these types, or of all types if none is given."""
        return [
            self.resource(stack, logical_id)
            for stack, template in self.templates.items()
            for logical_id, definition in template["Resources"].items()
            if not types or definition["Type"] in types
        ]

    def resource(self, stack: str, logical_id: str) -> Resource:
        definition = self.templates[stack]["Resources"][logical_id]
        return Resource(stack, logical_id, definition["Type"], definition.get("Properties", {}), definition)

    def output(self, stack: str, key: str) -> Resource:
        """Return the resource that an output refers to."""
        return self.follow(stack, self.templates[stack]["Outputs"][key]["Value"])

    def named(self, kind: str, name: str) -> Resource:
        """Return the resource of a CloudFormation type that has a name."""
        (found,) = (each for each in self.resources(kind) if each.properties.get(NAMED[kind]) == name)
        return found

    def follow(self, stack: str, value: object, kind: str = "") -> Resource:
        """Return the resource that a value refers to: one of the same stack, or by an ARN or a URL of its name.

        With `kind`, a CloudFormation type, the value may be the name itself.
        """
        match value:
            case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), _]}:
                return self.resource(stack, logical_id)
            case {"Fn::Join": ["", [*_, {"Ref": str(logical_id)}]]} if logical_id in self.templates[stack]["Resources"]:
                return self.resource(stack, logical_id)
        address = flattened(value)
        if kind:
            return self.named(kind, address)
        for part, named in _KINDS_IN_ADDRESSES.items():
            if part in address:
                return self.named(named, re.split("[:/]", address)[-1])
        raise UnknownReferenceError(f"{value} in {stack} refers to no resource")

    @property
    def ingress(self) -> Resource:
        """The ingress queue."""
        return self.named(QUEUE, queue_name(self.stage.name, QUEUE_PROCESSOR))

    @property
    def ingress_dead_letters(self) -> Resource:
        return self.named(QUEUE, dead_letter_queue_name(self.stage.name, QUEUE_PROCESSOR))

    @property
    def alerts(self) -> Resource:
        """The alerts queue."""
        return self.named(QUEUE, queue_name(self.stage.name, ALERTS))

    @property
    def bus(self) -> Resource:
        return self.named(BUS, resource_name(self.stage.name))

    @property
    def table(self) -> Resource:
        """The idempotency table."""
        return self.named(TABLE, resource_name(self.stage.name, IDEMPOTENCY))

    @property
    def causes(self) -> Resource:
        """The table of causes."""
        return self.named(TABLE, resource_name(self.stage.name, CAUSES))

    def holding_queue(self, signal: Signal) -> Resource:
        """Return the holding queue whose messages a signal is about."""
        return self.named(QUEUE, resource_name(self.stage.name, signal.slug))

    def queue(self, event_type: EventType[Any]) -> Resource:
        return self.named(QUEUE, queue_name(self.stage.name, event_type.name))

    def dead_letter_queue(self, event_type: EventType[Any]) -> Resource:
        return self.named(QUEUE, dead_letter_queue_name(self.stage.name, event_type.name))

    def topic(self, subject: str) -> Resource:
        """Return the topic of all alarms (`ALERTS`), or of the notifier's emails (`SLACK_NOTIFIER`)."""
        return self.named(TOPIC, resource_name(self.stage.name, subject))

    def function(self, service: str) -> Resource:
        """Return the function of a type, `QUEUE_PROCESSOR` or another function."""
        return self.named(FUNCTION, resource_name(self.stage.name, service))

    def dependencies(self, stack: str) -> set[str]:
        """Return the stacks that are deployed before a stack."""
        artifacts = json.loads((self.folder / "manifest.json").read_text())["artifacts"]
        direct = {each for each in artifacts[stack].get("dependencies", ()) if each in self.templates}
        return direct.union(*map(self.dependencies, direct))

    def rules_to(self, queue: Resource) -> list[tuple[Resource, Mapping[str, Any]]]:
        """Return every rule with a target that is the queue, and that target."""
        return [
            (rule, target)
            for rule in self.resources("AWS::Events::Rule")
            for target in rule.properties["Targets"]
            if self.follow(rule.stack, target["Arn"]) == queue
        ]

    @property
    def redo(self) -> Resource:
        """The queue of `taly-async redo`."""
        return self.named(QUEUE, resource_name(self.stage.name, REDO))

    def queue_functions(self) -> list[Resource]:
        """Return every function with an event source mapping."""
        mappings = self.resources("AWS::Lambda::EventSourceMapping")
        return [self.follow(mapping.stack, mapping.properties["FunctionName"]) for mapping in mappings]

    def function_log_groups(self) -> list[Resource]:
        """Return every log group but the audit log."""
        audit = self.named(LOG_GROUP, resource_name(self.stage.name, AUDIT))
        return [group for group in self.resources("AWS::Logs::LogGroup") if group != audit]

    @property
    def notifier(self) -> Resource:
        """The Slack notifier's function."""
        return self.function(SLACK_NOTIFIER)

    @property
    def keeper(self) -> Resource:
        """The dead-letter keeper's function."""
        return self.function(DEAD_LETTER_KEEPER)

    def mapping_from(self, queue: Resource) -> Resource:
        """Return the only event source mapping of a queue."""
        (mapping,) = (
            mapping
            for mapping in self.resources("AWS::Lambda::EventSourceMapping")
            if self.follow(mapping.stack, mapping.properties["EventSourceArn"]) == queue
        )
        return mapping

    def function_of(self, queue: Resource) -> Resource:
        """Return the function that consumes a queue."""
        mapping = self.mapping_from(queue)
        return self.follow(mapping.stack, mapping.properties["FunctionName"])

    def queue_policy(self, queue: Resource) -> list[Mapping[str, Any]]:
        """Return the statements of a queue's resource policies."""
        return [
            statement
            for policy in self.resources("AWS::SQS::QueuePolicy")
            if queue in [self.follow(policy.stack, value) for value in policy.properties["Queues"]]
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]

    def grants(self, function: Resource) -> set[tuple[str, str]]:
        """Return pairs of action and resource that a function's role allows."""
        return self.grants_of(self.follow(function.stack, function.properties["Role"]))

    def grants_of(self, role: Resource) -> set[tuple[str, str]]:
        """Return pairs of action and resource that a role allows."""
        return {
            (action, name)
            for policy in self.policies_of(role)
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
            for name in self._names(role.stack, resource)
        }

    def policies_of(self, role: Resource) -> list[Resource]:
        """Return the inline policies of a role."""
        return [
            policy
            for policy in self.resources("AWS::IAM::Policy")
            if role in [self.follow(policy.stack, value) for value in policy.properties["Roles"]]
        ]

    def _names(self, stack: str, resource: object) -> list[str]:
        """Return a test's names for the resources of a statement: stack and logical id, or the last part of an ARN."""
        if resource == "*":
            return ["*"]
        address = flattened(resource)
        if "*" in address and ":sqs:" in address:
            queues = {str(each): each.properties["QueueName"] for each in self.resources(QUEUE)}
            return [each for each, name in queues.items() if fnmatchcase(name, address.rpartition(":")[2])]
        if address.endswith(MAPPINGS):  # their names are generated
            return [MAPPINGS]
        try:
            return [str(self.follow(stack, resource))]
        except UnknownReferenceError:
            return [f":{address.rpartition(':')[2]}"]


def flattened(value: object) -> str:
    """Return a value as text, with `<AWS::Region>` for a reference and the logical id of what is made here."""
    match value:
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(map(flattened, parts))
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return f"<{name}>"
    return str(value)


def variables(function: Resource) -> dict[str, Any]:
    """Copy a function's environment variables; all tests of a process share the template."""
    return dict(function.properties["Environment"]["Variables"])


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(deployment: Deployment) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Yield every policy statement of a stage with the resource that contains it."""
    for resource in deployment.resources():
        for key in ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy"):
            for statement in resource.properties.get(key, {}).get("Statement", []):
                yield resource, statement
        for policy in resource.properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield resource, statement
        if resource.type == "AWS::Events::EventBusPolicy":
            yield resource, resource.properties["Statement"]


def live_pattern(rule: Resource) -> Mapping[str, Any]:
    """Return a rule's pattern for events that are no replays (`stacks/emulator/replays.py` adds to it)."""
    return {name: value for name, value in rule.properties["EventPattern"].items() if name != "replay-name"}
