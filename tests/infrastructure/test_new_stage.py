"""A stage that somebody adds to cdk.json synthesizes clean, in any region, within a permissions boundary."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import CONTEXT, findings_of_cfn_lint, synthesize

QA = {"crm_base_url": "https://crm.qa.taly.dev", "mail_sender": "Taly QA <no-reply@mail.qa.taly.dev>"}
WITH_QA: dict[str, Any] = {**CONTEXT, "stages": {**CONTEXT["stages"], "qa": QA}}

_REGION = re.compile(r"\b[a-z]{2}-(?:gov-)?(?:north|south|east|west|central)(?:east|west)?-\d\b")


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesize(tmp_path_factory.mktemp("qa"), context=WITH_QA, stage="qa")


def physical_names(deployment: Deployment) -> set[str]:
    """Names of resources in their account and region."""
    properties = (
        "QueueName",
        "FunctionName",
        "LogGroupName",
        "TableName",
        "TopicName",
        "AlarmName",
        "RoleName",
        "Name",
    )
    found = (resource.properties.get(name) for resource in deployment.resources() for name in properties)
    return {name for name in found if isinstance(name, str)}


@pytest.mark.long  # test_checks.py lints prod and local in each run
def test_cfn_lint_reports_nothing_about_a_new_stage(qa: Deployment) -> None:
    assert findings_of_cfn_lint(qa) == ""


def test_no_name_of_a_new_stage_is_another_stages(qa: Deployment, deployment: Deployment) -> None:
    names = physical_names(qa)

    assert len(names) > 100
    assert names & physical_names(deployment) == set()
    assert [name for name in names if "qa" not in re.split("[-/]", name)] == []


def test_a_region_in_which_ses_reports_nothing_is_refused(tmp_path: Path) -> None:
    refused = "'AWS::SES::ConfigurationSetEventDestination' does not exist in 'cn-north-1'"

    with pytest.raises(RuntimeError, match=refused):
        synthesize(tmp_path, stage="dev", region="cn-north-1")


@pytest.mark.parametrize(
    ("region", "partition", "console"),
    [
        ("eu-central-1", "aws", "console.aws.amazon.com"),
        ("us-gov-west-1", "aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_no_template_names_another_region_or_partition(
    region: str, partition: str, console: str, tmp_path: Path
) -> None:
    deployment = synthesize(tmp_path, stage="dev", region=region)

    texts = [file.read_text() for file in deployment.folder.glob("*.template.json")]

    assert {found for text in texts for found in _REGION.findall(text)} == {region}
    assert {found for text in texts for found in re.findall(r"arn:(aws[a-z-]*):", text)} <= {partition}
    assert {found for text in texts for found in re.findall(r"https://[^/]*\.(console\.[^/]+)/", text)} == {console}


_BY_NAME = ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":policy/developer-boundary"]


@pytest.mark.parametrize(
    ("policy", "arn"),
    [
        ("developer-boundary", {"Fn::Join": ["", _BY_NAME]}),
        ("arn:aws:iam::111122223333:policy/teams/boundary",) * 2,
    ],
)
def test_every_role_has_the_permissions_boundary(policy: str, arn: object, tmp_path: Path) -> None:
    deployment = synthesize(tmp_path, stage="dev", permissions_boundary=policy)

    roles = deployment.resources("AWS::IAM::Role")
    assert len(roles) > 20
    assert [role for role in roles if role.properties.get("PermissionsBoundary") != arn] == []


def test_no_role_has_a_boundary_unless_the_stage_sets_one(qa: Deployment) -> None:
    assert [role for role in qa.resources("AWS::IAM::Role") if "PermissionsBoundary" in role.properties] == []


def test_iam_takes_the_description_of_every_role(tmp_path: Path) -> None:
    """IAM takes Latin-1 in them (IAM API, CreateRole: Description); Slack takes every script in a channel's name."""
    deployment = synthesize(tmp_path, stage="dev", slack_channel="#дежурство")

    descriptions = [role.properties.get("Description", "") for role in deployment.resources("AWS::IAM::Role")]

    assert any(descriptions)
    assert [text for text in descriptions if not re.fullmatch(r"[\t\n\r -~¡-ÿ]{0,1000}", text)] == []
