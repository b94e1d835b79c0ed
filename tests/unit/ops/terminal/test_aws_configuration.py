"""AWS profiles and regions for completion."""

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
    """Environment variables that name both files; neither file exists yet."""
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def write(files: dict[str, str], *, config: bytes = b"", credentials: bytes = b"") -> None:
    Path(files["AWS_CONFIG_FILE"]).write_bytes(config)
    Path(files["AWS_SHARED_CREDENTIALS_FILE"]).write_bytes(credentials)


def test_profiles_of_both_files_are_listed_once_each(files: dict[str, str]) -> None:
    write(files, config=CONFIG.encode(), credentials=b"[dev]\naws_access_key_id = x\n[old]\n")

    assert profiles(files) == ["default", "dev", "old", "quoted one"]


def test_the_profiles_are_those_that_boto3_finds(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(files, config=CONFIG.encode(), credentials=b"[old]\n")
    for name, file in files.items():
        monkeypatch.setenv(name, file)

    assert profiles(files) == sorted(boto3.Session().available_profiles)


def test_without_files_there_are_no_profiles(files: dict[str, str]) -> None:
    assert profiles(files) == []


def test_an_unreadable_file_hides_no_profile_of_the_other(files: dict[str, str], tmp_path: Path) -> None:
    write(files, credentials=b"[old]\n")

    assert profiles(files | {"AWS_CONFIG_FILE": str(tmp_path)}) == ["old"]


def test_a_broken_file_has_the_profiles_that_can_be_recognized(files: dict[str, str]) -> None:
    write(files, config=b"nonsense\n\xff\xfe = [\n[profile dev]\n[profile dev]\n[profile cut of")

    assert profiles(files) == ["dev"]


def test_without_a_variable_the_file_in_the_home_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text("[profile at-home]\n")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert profiles({}) == ["at-home"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_region_of_boto3_is_listed_with_its_location(partition: str) -> None:
    known = regions()

    assert known["eu-west-1"] == "Europe (Ireland)"
    assert set(boto3.Session().get_available_regions("sqs", partition)) <= set(known)
    assert "aws-global" not in known
