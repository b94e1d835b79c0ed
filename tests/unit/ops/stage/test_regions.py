"""The region: the option, then AWS_REGION, then what boto3 finds; both for operators and for publishers."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.stub import Stubber

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import deployed
from ops.stage.options import StageOptions
from publishing import QueueDoor

VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
CASES: list[tuple[str | None, dict[str, str], str]] = [
    (None, {"AWS_REGION": "eu-central-1"}, "eu-central-1"),
    (None, {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    (None, {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-central-1"),
    (None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    (None, {}, "ca-central-1"),
    (None, {"AWS_REGION": ""}, "ca-central-1"),
    (None, {"AWS_REGION": " eu-central-1\n"}, "eu-central-1"),
    (None, {"AWS_REGION": " "}, "ca-central-1"),
    ("sa-east-1", {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "sa-east-1"),
    ("eu-west-2", {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
]


@pytest.fixture(autouse=True)
def profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A configuration file whose default profile has a region, in an environment without one."""
    for name in (*VARIABLES, "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text("[default]\nregion = ca-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    return config


@pytest.mark.parametrize(("given", "variables", "expected"), CASES)
def test_an_operators_region(
    given: str | None, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert deployed("dev", region=given).client("sqs").meta.region_name == expected


@pytest.mark.parametrize(("given", "variables", "expected"), CASES)
def test_a_publishers_region(
    given: str | None, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session(region_name=given)
    create, regions = session.client, []

    def client(*arguments: Any, **options: Any) -> Any:
        created = create(*arguments, **options)
        regions.append(created.meta.region_name)
        if created.meta.service_model.service_name == "ssm":
            stub = Stubber(created)
            stub.add_response("get_parameter", {"Parameter": {"Name": "n", "Value": "https://sqs.test/q"}})
            stub.activate()
        return created

    monkeypatch.setattr(session, "client", client)

    QueueDoor.of_stage("dev", session)

    assert regions == [expected, expected]


@pytest.mark.parametrize("variables", [{}, {"AWS_REGION": ""}, {"AWS_DEFAULT_REGION": ""}])
def test_without_a_region_a_sentence_says_where_to_set_it(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, profile: Path
) -> None:
    profile.unlink()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(AwsError, match="no AWS region is set: set AWS_REGION, give --region"):
        deployed("dev").client("sqs")


def test_an_unreachable_address_suggests_to_check_the_region() -> None:
    with pytest.raises(AwsError, match=r"[^.]\. Check the region"), aws_failures_as_sentences():
        raise ConnectionClosedError(endpoint_url="https://sqs.eu-centrl-1.amazonaws.com/")


def test_what_only_options_gave_is_named_for_the_commands_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert StageOptions().not_in_environment() == ""
    assert StageOptions(region="eu-central-1").not_in_environment() == ""
    assert StageOptions(profile="qa", region="eu-west-1").not_in_environment() == "AWS_PROFILE=qa AWS_REGION=eu-west-1"
