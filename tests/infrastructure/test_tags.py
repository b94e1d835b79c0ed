"""Every resource that AWS tags has the tags of its stage, and its type's if it is of one type."""

from pathlib import Path

import pytest
from aws_cdk import cx_api
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import CATALOGUE
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.synthesis import synthesize


def is_taggable(resource_type: str) -> bool:
    """Whether CloudFormation takes tags for a type of resource, says its schema (as cfn-lint has it)."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    return bool(schema.get("tagging", {}).get("taggable", False))


def tags(resource: Resource) -> dict[str, str]:
    found = resource.properties.get("Tags", {})
    return dict(found) if isinstance(found, dict) else {tag["Key"]: tag["Value"] for tag in found}


def test_everything_taggable_has_application_and_stage(deployment: Deployment) -> None:
    taggable = [resource for resource in deployment.resources() if is_taggable(resource.type)]

    expected = {"application": "taly-async", "stage": deployment.stage.name}

    assert len(taggable) > 100
    assert [resource for resource in taggable if not expected.items() <= tags(resource).items()] == []


@pytest.mark.parametrize("resource_type", ["AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Lambda::Function"])
def test_what_a_type_has_is_tagged_with_it(prod: Deployment, resource_type: str) -> None:
    found = [tags(resource).get("type") for resource in prod.resources(resource_type)]

    assert {event_type.name for event_type in CATALOGUE} <= set(found)
    assert None in found


def test_the_companys_tags_are_on_resources_and_stacks(tmp_path: Path) -> None:
    deployment = synthesize(tmp_path, stage="dev", tags="team=booking,cost-centre=4 2")

    own = {"team": "booking", "cost-centre": "4 2", "application": "taly-async", "stage": "dev"}
    assembly = cx_api.CloudAssembly(str(deployment.folder))
    assert [dict(stack.tags) for stack in assembly.stacks] == [own] * 3
    (queue,) = (
        found
        for found in deployment.resources("AWS::SQS::Queue")
        if found.properties["QueueName"] == "taly-async-dev-booking-created"
    )
    assert tags(queue) == {**own, "type": BOOKING_CREATED.name}
