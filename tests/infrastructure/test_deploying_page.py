"""The page on deploying: what a stage leaves and how it is taken over, and an example that the contract accepts."""

import json
import re
import shutil
import subprocess

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from app import ROOT
from schemas.users import USER_INVITED
from tests.infrastructure.deployment import Deployment

PAGE = (ROOT / "docs" / "deploying.md").read_text()
LEFT = re.findall(r"^\| `(AWS::\w+::\w+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
"""Rows of the table of what a stage leaves: type, names, and what a new deployment does."""


def is_identified_by_its_name(type_name: str) -> bool:
    """Whether `--import-existing-resources` can take a type over.

    It cannot if AWS assigns what identifies the resource (CloudFormation User Guide, "Import AWS resources into a
    CloudFormation stack automatically": primary identifiers that are read-only).
    """
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    return not set(schema["primaryIdentifier"]) & set(schema.get("readOnlyProperties", ()))


def test_the_page_lists_what_a_retained_stage_leaves(prod: Deployment) -> None:
    retained = {each.type for each in prod.resources() if each.definition.get("DeletionPolicy", "Delete") != "Delete"}

    assert {type_name for type_name, _, _ in LEFT} == retained


@pytest.mark.parametrize(("type_name", "names", "deployment_does"), LEFT)
def test_the_page_says_how_each_type_is_taken_over(type_name: str, names: str, deployment_does: str) -> None:
    taken_over = "takes it over by `--import-existing-resources`"

    assert (deployment_does == taken_over) == is_identified_by_its_name(type_name)
    assert names == "generated" or "`taly-async-prod" in names


@pytest.mark.parametrize(("type_name", "names", "_"), LEFT)
def test_the_page_gives_names_that_the_templates_have(type_name: str, names: str, _: str, prod: Deployment) -> None:
    in_templates = json.dumps([each.properties for each in prod.resources(type_name)])

    assert [
        name for name in re.findall(r"`(/?[\w/]*taly-async-[\w-]+)`", names) if f'"{name}"' not in in_templates
    ] == []


@pytest.mark.skipif(shutil.which("jq") is None, reason="the command of the page needs jq")
@pytest.mark.parametrize("part", ["messaging", "monitoring"])
def test_the_command_of_the_page_names_each_queue_by_its_url(part: str, prod: Deployment) -> None:
    (program,) = re.findall(r"jq --arg url (?:\S+) \\\n\s+'(.+)' \\\n", PAGE)
    stack = getattr(prod, part)
    url = "https://sqs.eu-central-1.amazonaws.com/111122223333/"

    run = subprocess.run(
        ["jq", "--arg", "url", url, program, prod.folder / f"{stack}.template.json"],  # noqa: S607 found above
        capture_output=True,
        text=True,
        check=True,
    )

    queues = [each for each in prod.resources("AWS::SQS::Queue") if each.stack == stack]
    assert json.loads(run.stdout) == {
        each.logical_id: {"QueueUrl": url + each.properties["QueueName"]} for each in queues
    }
    assert queues


def test_the_first_message_is_valid() -> None:
    (payload,) = [block for block in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL) if "invitationId" in block]

    USER_INVITED.payload.model_validate_json(payload, by_alias=True, by_name=False)
