"""What AWS names, what is kept, and how the stacks hang together."""

import json
from typing import get_args

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from stacks.emulator.omissions import NOT_EMULATED
from stacks.retention import log_retention
from stacks.stage import Stage
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.test_stage import stage as stage_of

PHYSICAL_NAMES = {"QueueName", "FunctionName", "RoleName", "LogGroupName", "LayerName", "ArchiveName", "TopicName"}
NAME_A_FUNCTION = {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"}
"""Whose `FunctionName` is another resource's."""

KEPT = {
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    "AWS::Events::EventBus",
    "AWS::Events::Archive",
    "AWS::SecretsManager::Secret",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
}
"""What holds something that no deploy brings back."""


def test_aws_names_the_resources(deployment: Deployment) -> None:
    named = [
        resource
        for resource in deployment.resources()
        if PHYSICAL_NAMES & resource.properties.keys() and resource.type not in NAME_A_FUNCTION
    ]

    assert named == []


def test_only_what_must_be_found_by_its_name_has_one_in_the_template(deployment: Deployment) -> None:
    """AWS generates no name for a bus: the CDK does. The others' are decided, for people to find, and so that a grant
    can name the group's schedules.
    """
    named = {
        each.type for each in deployment.resources() if {"Name", "AlarmName", "DashboardName"} & each.properties.keys()
    }

    assert named - NOT_EMULATED.keys() == {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::EventBus",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SSM::Parameter",
    }
    assert named & NOT_EMULATED.keys() <= {"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"}


def test_prod_keeps_what_no_deploy_brings_back(prod: Deployment) -> None:
    kept = {each.type for each in prod.resources() if each.definition.get("DeletionPolicy") == "RetainExceptOnCreate"}
    lost = {each.type for each in prod.resources(*KEPT) if each.definition.get("UpdateReplacePolicy") != "Retain"}

    assert kept == KEPT
    assert lost == set()


@pytest.mark.parametrize("stage", ["local", "dev", "staging"])
def test_other_stages_leave_nothing_behind(stage: str, stage_deployment: Synthesized) -> None:
    deployment = stage_deployment(stage)

    policies = {each.definition.get("DeletionPolicy", "Delete") for each in deployment.resources()}

    assert policies == {"Delete"}


def test_prod_alone_is_protected_from_deletion(deployment: Deployment) -> None:
    manifest = json.loads((deployment.folder / "manifest.json").read_text())["artifacts"]

    protected = {manifest[name]["properties"].get("terminationProtection", False) for name in deployment.templates}

    assert protected == {deployment.stage.name == "prod"}


def test_references_between_stacks_are_weak_and_go_one_way(deployment: Deployment) -> None:
    """With exports CloudFormation would refuse to remove a type: in use."""
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
def test_logs_are_kept_as_many_days_as_a_stage_may_say(days: int) -> None:
    stack = cdk.Stack()

    logs.LogGroup(stack, "Logs", retention=log_retention(stage_of(stage="dev", log_retention_days=str(days))))

    Template.from_stack(stack).has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": days})
