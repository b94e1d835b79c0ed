"""Acknowledgements of cdk-nag's findings about resources that are named by a pattern."""

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge_pattern(construct: IConstruct, arn: str, reason: str) -> None:
    """Acknowledge that a policy of a construct names resources by a pattern, and say why."""
    resolved = _as_in_findings(cdk.Stack.of(construct).resolve(arn))
    cdk.Validations.of(construct).acknowledge(
        cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resolved}]", reason=reason)
    )


def _as_in_findings(resolved: Any) -> str:
    """Format a resolved ARN as in cdk-nag's findings: `<AWS::Region>` where the stage sets no region."""
    match resolved:
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_as_in_findings(part) for part in parts)
        case {"Ref": str(name)}:
            return f"<{name}>"
    return str(resolved)
