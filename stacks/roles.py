"""The permissions boundary of all roles."""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def bound_roles(stacks: Iterable[cdk.Stack], policy: str | None) -> None:
    """Give every role of the stacks a permissions boundary.

    Args:
        stacks: the stage's stacks.
        policy: name or ARN of a managed policy of the account; None: the roles have no boundary.
    """
    if policy is None:
        return
    named = iam.ManagedPolicy.from_managed_policy_name
    by_arn = iam.ManagedPolicy.from_managed_policy_arn
    for stack in stacks:
        boundary = (by_arn if policy.startswith("arn:") else named)(stack, "PermissionsBoundary", policy)
        iam.PermissionsBoundary.of(stack).apply(boundary)
