"""Rewrites IAM policies so that the emulator can enforce them, and no grant has to say "if local"."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct

_BATCH_ACTIONS = {
    f"sqs:{action}": f"sqs:{action}Batch" for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}
"""IAM has one action for single and batch requests; the emulator checks a batch request under the operation's name."""


def _any_resource(_stack: cdk.Stack, _resource: Any) -> object:
    return "*"


def _default_schedule_group(stack: cdk.Stack, _resource: Any) -> object:
    return stack.format_arn(service="scheduler", resource="schedule", resource_name="default/*")


def _log_group(stack: cdk.Stack, group: Any) -> object:
    name = cdk.Fn.ref(group["Fn::GetAtt"][0])
    return stack.format_arn(
        service="logs", resource="log-group", resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )


def _secret_arn(_stack: cdk.Stack, secret: Any) -> object:
    return cdk.Fn.get_att(secret["Ref"], "Id")


_RESOURCES: Mapping[str, Callable[[cdk.Stack, Any], object]] = {
    "ses:SendEmail": _any_resource,
    "scheduler:CreateSchedule": _default_schedule_group,
    "logs:PutLogEvents": _log_group,
    "secretsmanager:GetSecretValue": _secret_arn,
}
"""Resources that the emulator checks actions against, by action.

The emulator does not distinguish SES senders, schedule groups or log streams. A secret's `Ref` is its name on the
emulator and its ARN in AWS; `Fn::GetAtt` of `Id` is its ARN on both.
"""


def _rule_named_as_the_bus(_stack: cdk.Stack, bus: Any) -> object:
    return _joined(bus, ":event-bus/", ":rule/default/")


def _bus_of_the_rules(_stack: cdk.Stack, rules: Any) -> object:
    return _joined(_joined(rules, ":rule/", ":event-bus/"), "/*", "")


def _whole_log_group(_stack: cdk.Stack, group: Any) -> object:
    return _joined(group, ":*", "")


def _joined(arn: Any, old: str, new: str) -> Any:
    """Replace a text in the last part of an ARN, which is joined unless the stage sets account and region."""
    if isinstance(arn, str):
        return arn.replace(old, new)
    between, parts = arn["Fn::Join"]
    return {"Fn::Join": [between, [*parts[:-1], parts[-1].replace(old, new)]]}


_RESOURCES_FOR_PEOPLE: Mapping[str, Callable[[cdk.Stack, Any], object]] = {
    "cloudwatch:GetDashboard": _any_resource,
    "events:DescribeArchive": _any_resource,
    "events:DescribeEventBus": _rule_named_as_the_bus,
    "events:DescribeReplay": _any_resource,
    "events:ListTargetsByRule": _bus_of_the_rules,
    "events:StartReplay": _any_resource,
    "logs:PutLogEvents": _whole_log_group,
    "scheduler:GetSchedule": _default_schedule_group,
}
"""Resources that the emulator checks actions against, by action of the policies for people.

The emulator does not distinguish dashboards, archives, replays, schedule groups or log streams. It takes the name of a
bus for a rule's, and the bus of a rule for the rule.
"""


_ON_MAPPINGS = frozenset(
    {"lambda:ListTags", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateEventSourceMapping"}
)
"""Actions on event source mappings: the emulator neither keeps a template's tags of these nor knows their function."""


@jsii.implements(cdk.IAspect)
class AdaptPolicies:
    """Rewrites policies, and drops conditions that the emulator lacks.

    These are conditions on events put on a bus, on SES's sender, and on event source mappings.
    """

    def visit(self, node: IConstruct) -> None:
        """Rewrite the node if it is the policy of a role, or one for people."""
        match node:
            case iam.CfnPolicy():
                self._adapt(node, _RESOURCES)
            case iam.CfnManagedPolicy():
                self._adapt(node, _RESOURCES_FOR_PEOPLE)

    @staticmethod
    def _adapt(
        node: iam.CfnPolicy | iam.CfnManagedPolicy, resources: Mapping[str, Callable[[cdk.Stack, Any], object]]
    ) -> None:
        stack = cdk.Stack.of(node)
        for index, statement in enumerate(stack.resolve(node.policy_document)["Statement"]):
            path = f"PolicyDocument.Statement.{index}"
            action = statement["Action"]
            actions = [action] if isinstance(action, str) else action
            if batch_actions := [_BATCH_ACTIONS[each] for each in actions if each in _BATCH_ACTIONS]:
                node.add_property_override(f"{path}.Action", [*actions, *batch_actions])
                # cfn-lint knows only IAM's action names.
                node.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3037"]}})
            for each in resources.keys() & set(actions):
                node.add_property_override(
                    f"{path}.Resource", stack.resolve(resources[each](stack, statement["Resource"]))
                )
            keys = [key for operator in statement.get("Condition", {}).values() for key in operator]
            if keys and (all(key.startswith(("events:", "ses:")) for key in keys) or _ON_MAPPINGS.issuperset(actions)):
                node.add_property_deletion_override(f"{path}.Condition")
