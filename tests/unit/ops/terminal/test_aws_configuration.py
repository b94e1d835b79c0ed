"""Profiles and regions, as this machine knows them."""

from pathlib import Path

import boto3
import pytest

from ops.terminal.completion import profiles, regions

CONFIG = """
# [profile in-a-comment]
[default]
region = eu-west-1
[profile  dev ]
note = wrapped
  [profile in-a-value]
[profile "quoted one"]
[sso-session corporate]
[services local]
[profiled]
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Of an environment that names both files; neither is there yet."""
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def write(files: dict[str, str], *, config: bytes = b"", credentials: bytes = b"") -> None:
    Path(files["AWS_CONFIG_FILE"]).write_bytes(config)
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_bytes(credentials)


def test_profiles_of_both_files_are_known_once_each(files: dict[str, str]) -> None:
    write(files, config=CONFIG.encode(), credentials=b"[dev]\naws_access_key_id = x\n[old]\n")

    assert profiles(files) == ["default", "dev", "old", "quoted one"]


def test_they_are_those_that_boto3_knows(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(files, config=CONFIG.encode(), credentials=b"[old]\n")
    for name, file in files.items():
        monkeypatch.setenv(name, file)

    assert profiles(files) == sorted(boto3.Session().available_profiles)


def test_without_files_there_are_none(files: dict[str, str]) -> None:
    assert profiles(files) == []


def test_a_file_that_cannot_be_read_hides_nothing_of_the_other(files: dict[str, str], tmp_path: Path) -> None:
    write(files, credentials=b"[old]\n")

    assert profiles(files | {"AWS_CONFIG_FILE": str(tmp_path)}) == ["old"]


def test_what_can_be_made_out_in_a_broken_file_is_known(files: dict[str, str]) -> None:
    write(files, config=b"nonsense\n\xff\xfe = [\n[profile dev]\n[profile dev]\n[profile cut of")

    assert profiles(files) == ["dev"]


def test_where_the_environment_names_no_file_it_is_the_one_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text("[profile at-home]\n")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert profiles({}) == ["at-home"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_region_that_boto3_knows_is_known_with_its_place(partition: str) -> None:
    known = regions()

    assert known["eu-west-1"] == "Europe (Ireland)"
    assert set(boto3.Session().get_available_regions("sqs", partition)) <= set(known)
    assert "aws-global" not in known
