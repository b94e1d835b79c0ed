"""Policies judged by the emulator's evaluator, for conditions that no call to the emulator can test."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ops.terminal.checkout import EMULATOR_PYTHON

_SCRIPT = Path(__file__).with_name("evaluator_script.py")


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """A check whether a principal may do something by this policy only."""

    statements: Sequence[Mapping[str, Any]]
    principal: str
    """An ARN."""

    action: str
    resource: str
    context: Mapping[str, object] = field(default_factory=dict)
    """Condition keys in lower case."""

    is_secure: bool = True
    """Whether the call uses TLS."""

    is_resource_policy: bool = False
    """Whether the statements name principals."""

    service: str = ""
    """The service of AWS that calls, such as `events.amazonaws.com`; empty: the principal calls."""


def verdicts(checks: Sequence[PolicyCheck]) -> list[str]:
    """`Allow`, `Deny` or `ImplicitDeny` for each check."""
    request = json.dumps([asdict(check) for check in checks])
    run = subprocess.run(
        [EMULATOR_PYTHON, "-I", _SCRIPT], input=request, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return list(json.loads(run.stdout))


_OF_AWS = {"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "999999999999"}


def plain(value: Any) -> Any:
    """A template's value with names in place of references: the logical id for a resource."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return _OF_AWS.get(name, f"arn:aws:any:::{name}")
        case {"Fn::Join": [str(between), list() as parts]}:
            return between.join(plain(part) for part in parts)
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
    return value
