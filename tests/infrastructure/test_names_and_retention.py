"""Names of resources, retention, and references between stacks."""

import json
from typing import get_args

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from stacks.emulator.omissions import UNSUPPORTED_RESOURCES
from stacks.retention import log_retention
from stacks.stage import Stage
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.test_stage import stage as stage_of

PHYSICAL_NAMES = {"QueueName", "FunctionName", "RoleName", "LogGroupName", "LayerName", "ArchiveName", "TopicName"}
REFER_TO_A_FUNCTION = {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"}
"""Types with a `FunctionName` that refers to another resource."""

RETAINED = {
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::Events::EventBus",
    "AWS::Events::Archive",
    "AWS::SecretsManager::Secret",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
}
"""Types that hold data which no deployment restores."""


def test_resources_have_no_physical_names(deployment: Deployment) -> None:
    named = [
        resource
        for resource in deployment.resources()
        if PHYSICAL_NAMES & resource.properties.keys() and resource.type not in REFER_TO_A_FUNCTION
    ]

    assert named == []


def test_only_listed_types_have_a_name_in_the_template(deployment: Deployment) -> None:
    """A bus needs a name, which the CDK generates.

    The other names are fixed for operators and tools, and so that a grant can name the group's schedules.
    """
    named = {
        each.type for each in deployment.resources() if {"Name", "AlarmName", "DashboardName"} & each.properties.keys()
    }

    assert named - UNSUPPORTED_RESOURCES.keys() == {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::EventBus",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SSM::Parameter",
    }
    assert named & UNSUPPORTED_RESOURCES.keys() <= {"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"}


def test_prod_retains_resources_that_hold_data(prod: Deployment) -> None:
    retained = {
        each.type for each in prod.resources() if each.definition.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    replaceable = {
        each.type for each in prod.resources(*RETAINED) if each.definition.get("UpdateReplacePolicy") != "Retain"
    }

    assert retained == RETAINED
    assert replaceable == set()


@pytest.mark.parametrize("stage", ["local", "dev", "staging"])
def test_other_stages_delete_all_resources(stage: str, stage_deployment: Synthesized) -> None:
    deployment = stage_deployment(stage)

    policies = {each.definition.get("DeletionPolicy", "Delete") for each in deployment.resources()}

    assert policies == {"Delete"}


def test_only_prods_stacks_have_termination_protection(deployment: Deployment) -> None:
    manifest = json.loads((deployment.folder / "manifest.json").read_text())["artifacts"]

    protected = {manifest[name]["properties"].get("terminationProtection", False) for name in deployment.templates}

    assert protected == {deployment.stage.name == "prod"}


def test_references_between_stacks_are_weak_and_one_way(deployment: Deployment) -> None:
    """With exports CloudFormation would refuse to remove a type, because its exports are in use."""
    stacks = [deployment.messaging, deployment.processing, deployment.monitoring]
    referred_to = {
        stack: {other for other in stacks if f'"StackName": "{other}"' in json.dumps(deployment.templates[stack])}
        for stack in stacks
    }

    assert '"Export"' not in json.dumps(deployment.templates)
    assert "Fn::ImportValue" not in json.dumps(deployment.templates)
    assert referred_to == {
        deployment.messaging: set(),
        deployment.processing: {deployment.messaging},
        deployment.monitoring: {deployment.messaging, deployment.processing},
    }


@pytest.mark.parametrize("days", get_args(Stage.model_fields["log_retention_days"].annotation))
def test_every_allowed_log_retention_is_supported(days: int) -> None:
    stack = cdk.Stack()

    logs.LogGroup(stack, "Logs", retention=log_retention(stage_of(stage="dev", log_retention_days=str(days))))

    Template.from_stack(stack).has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": days})
