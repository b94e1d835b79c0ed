"""The resources of a deployed stage in relation to each role."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.emulator.deployment import MAIL_DOMAIN, MAIL_SENDER, STAGE, Deployed
from ops.stage.endpoint import ACCOUNT, REGION, Credentials, Endpoint
from schemas.catalogue import CATALOGUE
from schemas.names import (
    ALERTS,
    AUDIT,
    CAUSES,
    DEAD_LETTER_KEEPER,
    IDEMPOTENCY,
    MONITORING,
    PROCESSING,
    QUEUE_PROCESSOR,
    REDO,
    SCHEDULER,
    SLACK_NOTIFIER,
    dashboard_name,
    dead_letter_queue_name,
    ingress_queue_url_parameter,
    queue_name,
    resource_name,
    schedule_group_name,
    stack_name,
)
from schemas.signals import DEAD_SCHEDULES, UNDELIVERABLE, UNROUTED
from schemas.system import SYSTEM_HEARTBEAT
from tests.security.access import EACH_DAY, EACH_MINUTE, OF_SCHEDULER, PEOPLE, SCHEDULES, Actor, Place

_PHONE = "+15555550100"


@dataclass(frozen=True)
class Addresses:
    """The resources of a stage, read with the root user's credentials."""

    endpoint: Endpoint

    @cached_property
    def _stage(self) -> Deployed:
        return Deployed(STAGE, self.endpoint.client)

    def of(self, actor: Actor) -> dict[Place, str]:
        """The resources in relation to this role."""
        return self._shared | self._own(actor) | self._anothers(actor)

    def _own(self, actor: Actor) -> dict[Place, str]:
        found = {Place.ROLE: self.role(actor)}
        if actor.name not in OF_SCHEDULER and actor not in PEOPLE:
            function = self._function(actor.name)
            found |= {Place.LOGS: function["LoggingConfig"]["LogGroup"], Place.FUNCTION: function["FunctionName"]}
        if actor.event_type:
            found[Place.QUEUE] = self._queue(queue_name(STAGE, actor.event_type.name))
            found[Place.DEAD_LETTERS] = self._queue(dead_letter_queue_name(STAGE, actor.event_type.name))
        return found

    def _anothers(self, actor: Actor) -> dict[Place, str]:
        """The resources of the next type in the catalogue."""
        index = CATALOGUE.index(actor.event_type) if actor.event_type else -1
        another = CATALOGUE[(index + 1) % len(CATALOGUE)]
        function = self._function(another.name)
        return {
            Place.ANOTHERS_QUEUE: self._queue(queue_name(STAGE, another.name)),
            Place.ANOTHERS_DEAD_LETTERS: self._queue(dead_letter_queue_name(STAGE, another.name)),
            Place.ANOTHERS_LOGS: function["LoggingConfig"]["LogGroup"],
            Place.ANOTHERS_FUNCTION: function["FunctionName"],
            Place.ANOTHERS_ROLE: function["Role"],
        }

    def role(self, actor: Actor) -> str:
        """A role's ARN."""
        if actor in PEOPLE:
            return self._persons_role(actor)
        if actor.name == SCHEDULES:
            return f"arn:aws:iam::{ACCOUNT}:role/{resource_name(STAGE, SCHEDULER)}"
        if actor.name == EACH_MINUTE:
            return f"arn:aws:iam::{ACCOUNT}:role/{self._only('AWS::IAM::Role', 'EachMinute')}"
        if actor.name == EACH_DAY:
            return f"arn:aws:iam::{ACCOUNT}:role/{self._only('AWS::IAM::Role', 'EachDay')}"
        return str(self._function(actor.name)["Role"])

    def _persons_role(self, actor: Actor) -> str:
        """The role of a person, made here at first: the stage creates the policy, and attaches it to nobody."""
        iam, name = self.endpoint.client("iam"), f"person-{actor.name}"
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            nobody = {"Version": "2012-10-17", "Statement": []}
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(nobody))
            policy = f"arn:aws:iam::{ACCOUNT}:policy/{resource_name(STAGE, actor.name)}"
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def acting_as(self, actor: Actor) -> Endpoint:
        """An endpoint with a role's credentials: its trust policy admits the root user for a moment."""
        iam, arn = self.endpoint.client("iam"), self.role(actor)
        name = arn.rsplit("/", 1)[1]
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        root = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        trusting = {**trust, "Statement": [*trust["Statement"], root]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusting))
        try:
            assumed = self.endpoint.client("sts").assume_role(RoleArn=arn, RoleSessionName="trial")["Credentials"]
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        return self.endpoint.acting_as(
            Credentials(key=assumed["AccessKeyId"], secret=assumed["SecretAccessKey"], token=assumed["SessionToken"])
        )

    @cached_property
    def _shared(self) -> dict[Place, str]:
        """The resources that are the same for all roles."""
        return {
            Place.INGRESS: self._queue(queue_name(STAGE, QUEUE_PROCESSOR)),
            Place.INGRESS_DEAD_LETTERS: self._queue(dead_letter_queue_name(STAGE, QUEUE_PROCESSOR)),
            Place.SCHEDULE_DEAD_LETTERS: self._queue(resource_name(STAGE, DEAD_SCHEDULES.slug)),
            Place.DRILLS_DEAD_LETTERS: self._queue(dead_letter_queue_name(STAGE, SYSTEM_HEARTBEAT.name)),
            Place.UNROUTED: self._queue(resource_name(STAGE, UNROUTED.slug)),
            Place.UNDELIVERABLE: self._queue(resource_name(STAGE, UNDELIVERABLE.slug)),
            Place.REDO_QUEUE: self._queue(resource_name(STAGE, REDO)),
            Place.ALERTS: self._queue(queue_name(STAGE, ALERTS)),
            Place.BUS: resource_name(STAGE),
            Place.DEFAULT_BUS: "default",
            Place.AUDIT_LOGS: resource_name(STAGE, AUDIT),
            Place.CRM_TOKEN: self._arn_of_secret(self._stage.crm_token_secret_arn),
            Place.SLACK_WEBHOOK: self._arn_of_secret(self._stage.slack_webhook_secret_arn),
            Place.SUPPRESSION_KEY: self._arn_of_secret(
                self._only("AWS::SecretsManager::Secret", "SuppressionKey", part=PROCESSING)
            ),
            Place.TABLE: resource_name(STAGE, IDEMPOTENCY),
            Place.CAUSES: resource_name(STAGE, CAUSES),
            Place.SENDER: MAIL_SENDER,
            Place.PHONES: _PHONE,
            Place.MAIL_ACCOUNT: ACCOUNT,
            Place.TEXT_ACCOUNT: ACCOUNT,
            Place.ALARMS_TOPIC: self._topic(ALERTS),
            Place.NOTIFIER_TOPIC: self._topic(SLACK_NOTIFIER),
            Place.TOPICS_KEY: self._only("AWS::KMS::Key"),
            Place.SCHEDULES: schedule_group_name(STAGE),
            Place.NOTIFIER: resource_name(STAGE, SLACK_NOTIFIER),
            Place.KEEPER: resource_name(STAGE, DEAD_LETTER_KEEPER),
            Place.MAPPINGS: self._mapping(),
            Place.RULES: resource_name(STAGE),
            Place.ARCHIVE: resource_name(STAGE),
            Place.REPLAYS: resource_name(STAGE, "trial"),
            Place.STACKS: stack_name(STAGE, MONITORING),
            Place.DASHBOARD: dashboard_name(STAGE),
            Place.PARAMETERS: ingress_queue_url_parameter(STAGE),
            Place.MAIL_IDENTITY: MAIL_DOMAIN,
            Place.BOOTSTRAP_ROLES: f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-{REGION}",
            Place.ACCOUNT: ACCOUNT,
        }

    def _queue(self, name: str) -> str:
        return str(self.endpoint.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _mapping(self) -> str:
        """The ARN of some function's event source mapping."""
        found = self.endpoint.functions.list_event_source_mappings(MaxItems=1)["EventSourceMappings"]
        return str(found[0]["EventSourceMappingArn"])

    @staticmethod
    def _topic(subject: str) -> str:
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:{resource_name(STAGE, subject)}"

    def _only(self, kind: str, construct_id: str = "", *, part: str = MONITORING) -> str:
        """The only resource of a stack with this CloudFormation type and this text in its logical id."""
        stack = self.endpoint.client("cloudformation").describe_stack_resources(StackName=stack_name(STAGE, part))
        (found,) = (
            each
            for each in stack["StackResources"]
            if each["ResourceType"] == kind and construct_id in each["LogicalResourceId"]
        )
        return str(found["PhysicalResourceId"])

    def _arn_of_secret(self, name: str) -> str:
        """The ARN of a secret; the emulator's outputs contain its name."""
        return str(self.endpoint.secrets.describe_secret(SecretId=name)["ARN"])

    def _function(self, name: str) -> Mapping[str, Any]:
        """The configuration of a type's function, or of the ingress's or the notifier's."""
        return dict(self.endpoint.functions.get_function_configuration(FunctionName=resource_name(STAGE, name)))
