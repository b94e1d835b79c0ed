"""Policies as the embedded emulator reads them when it enforces them, so that no grant says "if local"."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct

_BATCHES = {
    f"sqs:{action}": f"sqs:{action}Batch" for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}
"""What IAM knows by one name, whether for one message or for ten; the emulator asks for ten by the operation's name."""


def _any_sender(_stack: cdk.Stack, _resource: Any) -> object:
    return "*"


def _in_the_default_group(stack: cdk.Stack, _resource: Any) -> object:
    return stack.format_arn(service="scheduler", resource="schedule", resource_name="default/*")


def _without_streams(stack: cdk.Stack, group: Any) -> object:
    name = cdk.Fn.ref(group["Fn::GetAtt"][0])
    return stack.format_arn(
        service="logs", resource="log-group", resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )


def _by_its_id(_stack: cdk.Stack, secret: Any) -> object:
    return cdk.Fn.get_att(secret["Ref"], "Id")


_RESOURCES: Mapping[str, Callable[[cdk.Stack, Any], object]] = {
    "ses:SendEmail": _any_sender,
    "scheduler:CreateSchedule": _in_the_default_group,
    "logs:PutLogEvents": _without_streams,
    "secretsmanager:GetSecretValue": _by_its_id,
}
"""What the emulator takes each of a statement's resources for, by one of its actions.

It tells apart neither senders of mail nor groups of schedules nor the streams of a log group. A secret's `Ref` is its
name there and its ARN in AWS; `Fn::GetAtt` of `Id` is its ARN in both.
"""


@jsii.implements(cdk.IAspect)
class WordPoliciesAsEmulated:
    """Rewrites what roles may do. Conditions on what is put on a bus are left out: the emulator does not know them."""

    def visit(self, node: IConstruct) -> None:
        """Rewrite the node, if it is a role's policy."""
        if not isinstance(node, iam.CfnPolicy):
            return
        stack = cdk.Stack.of(node)
        for index, statement in enumerate(stack.resolve(node.policy_document)["Statement"]):
            where = f"PolicyDocument.Statement.{index}"
            named = statement["Action"]
            actions = [named] if isinstance(named, str) else named
            if batches := [_BATCHES[action] for action in actions if action in _BATCHES]:
                node.add_property_override(f"{where}.Action", [*actions, *batches])
                # cfn-lint knows IAM's names of actions alone.
                node.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3037"]}})
            for action in _RESOURCES.keys() & set(actions):
                node.add_property_override(
                    f"{where}.Resource", stack.resolve(_RESOURCES[action](stack, statement["Resource"]))
                )
            keys = [key for asked in statement.get("Condition", {}).values() for key in asked]
            if keys and all(key.startswith("events:") for key in keys):
                node.add_property_deletion_override(f"{where}.Condition")
