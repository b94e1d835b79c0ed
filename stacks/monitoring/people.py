"""The managed policies for people: viewer, operator, deployer. Nobody has them until an administrator attaches them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from schemas.catalogue import SYSTEM_TYPES
from schemas.names import (
    APPLICATION,
    AUDIT,
    CAUSES,
    IDEMPOTENCY,
    QUEUE_PROCESSOR,
    dashboard_name,
    dead_letter_queue_name,
    event_bus_name_parameter,
    ingress_queue_url_parameter,
    queue_name,
    resource_name,
    schedule_group_name,
    stack_name,
)
from schemas.pauses import TAGS
from schemas.people import GRANTS, OPERATORS_SOURCE, PolicyScope, StagePolicy
from schemas.system import SYSTEM_HEARTBEAT
from stacks.acknowledgement import acknowledge_pattern
from stacks.messaging.idempotency_table import HEALTH_KEYS
from stacks.messaging.producer_access import put_events_conditions
from stacks.stage import Stage

_DESCRIPTIONS = {
    StagePolicy.VIEWER: "sees counts, alarms and outcome lines, and no payload",
    StagePolicy.OPERATOR: "repairs: reads, redrives and discards dead letters, replays, runs schedules, pauses",
    StagePolicy.DEPLOYER: "deploys by the roles of cdk bootstrap, stores secrets, runs the drill",
}

_BOOTSTRAP_ROLES = ("deploy", "file-publishing", "lookup")
"""Roles that `cdk deploy` assumes (CDK Developer Guide, "Customize CDK bootstrapping": the template's roles)."""

_NO_RESOURCE = (
    "AWS defines no resource for these actions, or filters what they list by none (Service Authorization Reference)."
)
_GENERATED = "Event source mappings have generated ids; the condition admits only those of the stage."
_BY_PREFIX = "The stage's names begin so; a list of them all would grow with each type beyond the size of a policy."


@dataclass(frozen=True)
class _Resources:
    """Resources of a policy's statement."""

    arns: Sequence[str]
    conditions: dict[str, dict[str, object]] = field(default_factory=dict)
    reason: str = _BY_PREFIX
    """Why a pattern names them, where one does."""


class PeoplePolicies(Construct):
    """A stage's policies for people.

    They name resources by the stage's prefix, so their size does not depend on the number of types: IAM allows 6,144
    characters without whitespace (IAM quotas, "IAM and STS character limits").
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        """Create the three policies."""
        super().__init__(scope, construct_id)
        self._stage = stage.name
        resources = self._resources()
        for policy, grants in GRANTS.items():
            self._create(policy, {scope: (actions, resources[scope]) for scope, actions in grants.items()})

    def _create(self, policy: StagePolicy, grants: dict[PolicyScope, tuple[Sequence[str], _Resources]]) -> None:
        created = iam.ManagedPolicy(
            self,
            policy.capitalize(),
            managed_policy_name=resource_name(self._stage, policy),
            description=f"Stage {self._stage}: {_DESCRIPTIONS[policy]}",
            statements=[
                iam.PolicyStatement(actions=[*actions], resources=[*on.arns], conditions=on.conditions)
                for actions, on in grants.values()
            ],
        )
        reasons = {arn: on.reason for _, on in grants.values() for arn in on.arns if "*" in arn}
        for arn, reason in reasons.items():
            acknowledge_pattern(created, arn, reason)

    def _resources(self) -> dict[PolicyScope, _Resources]:
        return {**self._queues(), **self._events(), **self._mappings(), **self._observed(), **self._deployed()}

    def _queues(self) -> dict[PolicyScope, _Resources]:
        """Return the queues, and what sends to them: topics and schedules."""
        stage = self._stage
        return {
            PolicyScope.QUEUES: _Resources([self._arn("sqs", resource_name(stage, "*"))]),
            PolicyScope.INGRESS: _Resources([self._arn("sqs", queue_name(stage, QUEUE_PROCESSOR))]),
            PolicyScope.DRILLS_DEAD_LETTERS: _Resources(
                [self._arn("sqs", dead_letter_queue_name(stage, SYSTEM_HEARTBEAT.name))]
            ),
            PolicyScope.TOPICS: _Resources([self._arn("sns", resource_name(stage, "*"))]),
            PolicyScope.SCHEDULES: _Resources([self._arn("scheduler", f"schedule/{schedule_group_name(stage)}/*")]),
        }

    def _events(self) -> dict[PolicyScope, _Resources]:
        """Return the bus with its rules, archive and replays."""
        name = resource_name(self._stage)
        bus, archive = self._arn("events", f"event-bus/{name}"), self._arn("events", f"archive/{name}")
        replays = self._arn("events", f"replay/{resource_name(self._stage, '*')}")
        return {
            PolicyScope.BUS: _Resources([bus]),
            PolicyScope.RULES: _Resources([self._arn("events", f"rule/{name}/*")]),
            PolicyScope.BUS_AS_OPERATOR: _Resources(
                [bus], put_events_conditions(sources=[OPERATORS_SOURCE], excluded_types=SYSTEM_TYPES)
            ),
            PolicyScope.ARCHIVE: _Resources([archive]),
            PolicyScope.REPLAYS: _Resources([replays]),
            PolicyScope.REPLAYED: _Resources([archive, bus, replays]),
        }

    def _mappings(self) -> dict[PolicyScope, _Resources]:
        """Return the event source mappings, whose ARNs are generated: conditions say which of them.

        Source of the conditions: Service Authorization Reference, "AWS Lambda". `lambda:FunctionArn` applies to changes
        of a mapping, the tags of a resource to all actions on it. Operators cannot set the tags of the stage.
        """
        arns = [self._arn("lambda", "event-source-mapping:*")]
        functions: dict[str, object] = {
            "lambda:FunctionArn": self._arn("lambda", f"function:{resource_name(self._stage, '*')}")
        }
        of_stage: dict[str, object] = {"aws:ResourceTag/application": APPLICATION, "aws:ResourceTag/stage": self._stage}
        return {
            PolicyScope.MAPPINGS: _Resources(arns, {"ArnLike": functions}, _GENERATED),
            PolicyScope.TAGGED_MAPPINGS: _Resources(arns, {"StringEquals": of_stage}, _GENERATED),
            PolicyScope.PAUSE_TAGS: _Resources(
                arns, {"StringEquals": of_stage, "ForAllValues:StringEquals": {"aws:TagKeys": [*TAGS]}}, _GENERATED
            ),
        }

    def _observed(self) -> dict[PolicyScope, _Resources]:
        """Return the functions, and what shows how they do: logs, dashboard, the tables."""
        stage = self._stage
        return {
            PolicyScope.FUNCTIONS: _Resources([self._arn("lambda", f"function:{resource_name(stage, '*')}")]),
            PolicyScope.LOGS: _Resources(
                [
                    self._arn("logs", f"log-group:/aws/lambda/{resource_name(stage, '*')}"),
                    self._arn("logs", f"log-group:{resource_name(stage, '*')}"),
                ]
            ),
            PolicyScope.AUDIT_LOG: _Resources([self._arn("logs", f"log-group:{resource_name(stage, AUDIT)}:*")]),
            PolicyScope.DASHBOARD: _Resources(
                [self._arn("cloudwatch", f"dashboard/{dashboard_name(stage)}", region="")]
            ),
            PolicyScope.HEALTH: _Resources(
                [self._arn("dynamodb", f"table/{resource_name(stage, IDEMPOTENCY)}")],
                {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": HEALTH_KEYS}},
            ),
            PolicyScope.CAUSES: _Resources([self._arn("dynamodb", f"table/{resource_name(stage, CAUSES)}")]),
        }

    def _deployed(self) -> dict[PolicyScope, _Resources]:
        """Return the account, and what a deployment consists of: stacks, parameters, secrets, bootstrap's roles."""
        stage = self._stage
        parameters = (
            ingress_queue_url_parameter(stage),
            event_bus_name_parameter(stage),
            f"/cdk-bootstrap/{self._qualifier}/version",
        )
        return {
            PolicyScope.ACCOUNT: _Resources(["*"], reason=_NO_RESOURCE),
            PolicyScope.MAIL_IDENTITIES: _Resources(
                [self._arn("ses", "identity/*")],
                reason="SES sends by the sender's domain, by one above it or by the address: whichever is verified.",
            ),
            PolicyScope.STACKS: _Resources([self._arn("cloudformation", f"stack/{stack_name(stage, '*')}/*")]),
            PolicyScope.PARAMETERS: _Resources([self._arn("ssm", f"parameter{name}") for name in parameters]),
            # Secrets have generated names. CloudFormation tags what it creates, and nobody else can set such a tag.
            PolicyScope.SECRETS: _Resources(
                [self._arn("secretsmanager", "secret:*")],
                {"StringLike": {"aws:ResourceTag/aws:cloudformation:stack-name": stack_name(stage, "*")}},
                reason="Secrets have generated names; the condition admits only those of the stage's stacks.",
            ),
            PolicyScope.BOOTSTRAP_ROLES: _Resources([self._bootstrap_role(name) for name in _BOOTSTRAP_ROLES]),
        }

    def _arn(self, service: str, resource: str, **parts: str) -> str:
        return cdk.Stack.of(self).format_arn(
            service=service, resource=resource, arn_format=cdk.ArnFormat.NO_RESOURCE_NAME, **parts
        )

    @property
    def _qualifier(self) -> str:
        """The qualifier of the resources of `cdk bootstrap`."""
        return cdk.Stack.of(self).synthesizer.bootstrap_qualifier or cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER

    def _bootstrap_role(self, name: str) -> str:
        stack = cdk.Stack.of(self)
        return self._arn("iam", f"role/cdk-{self._qualifier}-{name}-role-{stack.account}-{stack.region}", region="")
