"""Names of resources, retention, and references between stacks."""

import json
import re
from typing import Any, get_args

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import dead_letter_queue_name, resource_name
from stacks.retention import log_retention
from stacks.stage import Stage
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import FUNCTION, NAMED, Deployment
from tests.infrastructure.test_stage import stage as stage_of

NAME = r"(?:/aws/lambda/)?(?<![#a-z])taly-async-[a-z0-9-]*[a-z0-9](?![a-z0-9*/-])"
"""A resource's name in a template; not the prefix of alarms (`/`) or of a pattern (`*`)."""

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


def test_what_people_read_at_night_has_a_name(deployment: Deployment) -> None:
    unnamed = [each for each in deployment.resources(*NAMED) if NAMED[each.type] not in each.properties]

    assert unnamed == []


def test_no_name_is_taken_twice(deployment: Deployment) -> None:
    names = [(each.type, each.properties[NAMED[each.type]]) for each in deployment.resources(*NAMED)]

    assert sorted(set(names)) == sorted(names)


def test_every_name_begins_with_the_stage(deployment: Deployment) -> None:
    prefix = resource_name(deployment.stage.name)

    names = {each.properties[NAMED[each.type]].removeprefix("/aws/lambda/") for each in deployment.resources(*NAMED)}

    assert {name for name in names if name != prefix and not name.startswith(f"{prefix}-")} == set()


@pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda each: each.name)
def test_names_of_a_type_fit_the_longest_stage(event_type: EventType[Any]) -> None:
    """64 characters: Lambda, `FunctionName`; EventBridge, rule names. A queue's may have 80."""
    assert len(dead_letter_queue_name("a" * 16, event_type.name)) <= 64


def test_a_function_logs_to_the_group_of_its_name(deployment: Deployment) -> None:
    for function in deployment.resources(FUNCTION):
        group = deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])

        assert group.properties["LogGroupName"] == f"/aws/lambda/{function.properties['FunctionName']}"


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


def test_no_stack_looks_another_one_up(deployment: Deployment) -> None:
    """A look-up is a DescribeStacks call each, and its consumer is not updated with the producer."""
    text = json.dumps(deployment.templates)

    assert [word for word in ("Fn::GetStackOutput", "Fn::ImportValue", '"Export"') if word in text] == []


def test_every_name_that_a_stack_refers_to_is_made_by_it_or_before(deployment: Deployment) -> None:
    makers: dict[str, set[str]] = {}
    for each in deployment.resources(*NAMED, "AWS::IAM::Role"):
        if name := each.properties.get(NAMED.get(each.type, "RoleName")):
            makers.setdefault(name, set()).add(each.stack)

    for stack, template in deployment.templates.items():
        available = {stack, *deployment.dependencies(stack)}
        unknown = {name for name in re.findall(NAME, json.dumps(template)) if not makers.get(name, set()) & available}
        assert unknown == set()


@pytest.mark.parametrize("days", get_args(Stage.model_fields["log_retention_days"].annotation))
def test_every_allowed_log_retention_is_supported(days: int) -> None:
    stack = cdk.Stack()

    logs.LogGroup(stack, "Logs", retention=log_retention(stage_of(stage="dev", log_retention_days=str(days))))

    Template.from_stack(stack).has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": days})
