"""Look-ups in a synthesized stage: resources by type and role, references resolved across stacks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from app import ROOT, build
from app import synthesize as synthesize_app
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import MessagingOutput, MonitoringOutput, stack_name
from stacks.stage import Stage

CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]


@dataclass(frozen=True)
class StubLayers:
    """Layers of one empty file, which templates need instead of built layers."""

    folder: Path
    architecture: str = "arm64"

    def dependencies(self) -> Path:
        return self.folder

    def texts(self) -> Path:
        return self.folder

    def common(self) -> Path:
        return self.folder


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
        return stack_name(self.stage.name, "Messaging")

    @property
    def processing(self) -> str:
        return stack_name(self.stage.name, "Processing")

    @property
    def monitoring(self) -> str:
        return stack_name(self.stage.name, "Monitoring")

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

    def follow(self, stack: str, value: object) -> Resource:
        """Return the resource that a value in a stack refers to, directly or by the output of another stack."""
        match value:
            case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), _]}:
                return self.resource(stack, logical_id)
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(key)}}:
                return self.output(other, key)
            case {"Fn::Join": ["", [*_, dict() as name]]}:  # an ARN computed from a name
                return self.follow(stack, name)
        raise AssertionError(f"{value} in {stack} refers to no resource")

    def queue(self, event_type: EventType[Any]) -> Resource:
        return self.output(self.messaging, MessagingOutput.queue_url(event_type.construct_id))

    def dead_letter_queue(self, event_type: EventType[Any]) -> Resource:
        return self.output(self.messaging, MessagingOutput.dead_letter_queue_url(event_type.construct_id))

    def rules_to(self, queue: Resource) -> list[tuple[Resource, Mapping[str, Any]]]:
        """Return every rule with a target that is the queue, and that target."""
        return [
            (rule, target)
            for rule in self.resources("AWS::Events::Rule")
            for target in rule.properties["Targets"]
            if self.follow(rule.stack, target["Arn"]) == queue
        ]

    def queue_functions(self) -> list[Resource]:
        """Return every function with an event source mapping."""
        mappings = self.resources("AWS::Lambda::EventSourceMapping")
        return [self.follow(mapping.stack, mapping.properties["FunctionName"]) for mapping in mappings]

    def function_log_groups(self) -> list[Resource]:
        """Return every log group but the audit log."""
        audit = self.output(self.monitoring, MonitoringOutput.AUDIT_LOG_GROUP_NAME)
        return [group for group in self.resources("AWS::Logs::LogGroup") if group != audit]

    @property
    def notifier(self) -> Resource:
        """The Slack notifier's function."""
        return self.output(self.monitoring, MonitoringOutput.SLACK_NOTIFIER_FUNCTION_NAME)

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
            (action, self._name(role.stack, resource))
            for policy in self.resources("AWS::IAM::Policy")
            if role in [self.follow(policy.stack, value) for value in policy.properties["Roles"]]
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }

    def _name(self, stack: str, resource: object) -> str:
        """Return a test's name for a resource: stack and logical id, or the last part of a computed ARN."""
        if isinstance(resource, str):
            return resource
        match resource:
            case {"Fn::Join": ["", [*_, str() as end]]}:
                return end
        return repr(self.follow(stack, resource))


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


def app_of(outdir: Path) -> cdk.App:
    """Create an app with the context of cdk.json that copies no assets."""
    context = {**CONTEXT, "aws:cdk:disable-asset-staging": True}
    return cdk.App(context=context, outdir=str(outdir), analytics_reporting=False)


def synthesize(
    folder: Path,
    *,
    catalogue: Sequence[EventType[Any]] = CATALOGUE,
    root: Path = ROOT,
    **settings: str,
) -> Deployment:
    """Synthesize a stage into a folder, with settings as given by `-c`."""
    layer = folder / "layer"
    layer.mkdir(parents=True)
    (layer / "stub").touch()
    stage = Stage.from_context({**CONTEXT, **settings})
    app = app_of(folder / "cdk.out")
    build(app, stage=stage, catalogue=catalogue, layers=StubLayers(layer), root=root)
    synthesize_app(app, stage=stage, catalogue=catalogue)
    names = [stack_name(stage.name, part) for part in ("Messaging", "Processing", "Monitoring")]
    templates = {name: json.loads((folder / "cdk.out" / f"{name}.template.json").read_text()) for name in names}
    return Deployment(stage, folder / "cdk.out", templates)
