"""AWS profiles and regions for completion, read from files: boto3 takes too long to be imported at each TAB."""

import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

_SECTION = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)


def profiles(environment: Mapping[str, str]) -> list[str]:
    """The profiles of AWS's configuration file and credentials file, at the paths that the environment gives.

    A missing file has none; from a broken file, the profiles that can be recognized are taken.
    """
    config = _sections(environment.get("AWS_CONFIG_FILE", "~/.aws/config"))
    credentials = _sections(environment.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    return sorted({*filter(None, map(_profile, config)), *credentials})


def regions() -> dict[str, str]:
    """The regions of every AWS partition with their locations, from botocore's list."""
    botocore = find_spec("botocore")
    if botocore is None or botocore.origin is None:
        return {}
    partitions = json.loads((Path(botocore.origin).parent / "data" / "partitions.json").read_bytes())["partitions"]
    return {
        name: region["description"]
        for partition in partitions
        for name, region in partition["regions"].items()
        if not name.endswith("-global")  # stands for a partition's services that are in no region
    }


def _sections(file: str) -> list[str]:
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8", errors="replace")
    except (OSError, RuntimeError):  # expanduser raises RuntimeError where no home folder is known
        return []
    return _SECTION.findall(text)


def _profile(section: str) -> str:
    """The profile's name; empty for a section of another kind, such as `sso-session`."""
    if section == "default":
        return section
    kind, _, name = section.partition(" ")
    return name.strip(" \"'") if kind == "profile" else ""
