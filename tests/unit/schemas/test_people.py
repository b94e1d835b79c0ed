"""The policies for people allow each AWS call of the operators' tools, and no other of what shows payloads."""

import ast
import re
from collections.abc import Iterator

import pytest
from botocore.loaders import Loader

from app import ROOT
from ops.preflight.reading import CALLS, VERIFYING_CALLS
from schemas.people import GRANTS, StagePolicy, policy_that_allows

SERVICES = (
    *("cloudformation", "cloudwatch", "dynamodb", "events", "lambda", "logs", "pinpoint-sms-voice-v2"),
    *("scheduler", "secretsmanager", "service-quotas", "sesv2", "sns", "sqs", "ssm", "sts"),
)
"""The services that the tools call."""

NOT_OF_AWS = {"GetTemplate": "the tools get templates of Jinja"}

ALLOWED_TO_ALL = {"GetCallerIdentity": "AWS allows it to everybody with credentials (STS API)"}


def method(operation: str) -> str:
    """Return boto3's name of an operation: `PutEvents` is `put_events`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", operation).lower()


OPERATIONS = {
    method(operation): operation
    for service in SERVICES
    for operation in Loader().load_service_model(service, "service-2")["operations"]
    if "_" in method(operation) and operation not in NOT_OF_AWS
}
"""The operations of the services, by the name of their method; names of one word, as `query`, are other things here."""


def calls() -> Iterator[tuple[str, str]]:
    """Yield each operation that the tools call, with its place: `x.put_events(…)`, `x.get_paginator("list_queues")`."""
    for module in sorted([*(ROOT / "ops").rglob("*.py"), *(ROOT / "publishing").rglob("*.py")]):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name) | ast.Constant(value=str(name)) if name in OPERATIONS:
                    yield OPERATIONS[name], f"{module.relative_to(ROOT)}:{node.lineno}"


CALLED = {operation: place for operation, place in calls() if operation not in ALLOWED_TO_ALL}


def test_the_calls_of_the_tools_are_found() -> None:
    assert {"GetQueueAttributes", "ReceiveMessage", "DescribeAlarms", "PutEvents", "StartReplay"} <= CALLED.keys()


@pytest.mark.parametrize("operation", sorted(CALLED))
def test_a_policy_allows_each_call_of_the_tools(operation: str) -> None:
    assert policy_that_allows(operation), f"{CALLED[operation]}: add the action to schemas/people.py"


def test_the_call_of_a_function_is_allowed_by_its_actions_name() -> None:
    """The operation `Invoke` has one word, so `CALLED` lacks it; IAM's action is `lambda:InvokeFunction`."""
    assert policy_that_allows("Invoke") is StagePolicy.OPERATOR


@pytest.mark.parametrize("policy", [StagePolicy.OPERATOR, StagePolicy.DEPLOYER])
def test_each_policy_includes_the_viewers(policy: StagePolicy) -> None:
    viewers = {(scope, action) for scope, actions in GRANTS[StagePolicy.VIEWER].items() for action in actions}

    assert viewers < {(scope, action) for scope, actions in GRANTS[policy].items() for action in actions}


@pytest.mark.parametrize("policy", StagePolicy)
def test_no_policy_names_an_action_by_a_pattern(policy: StagePolicy) -> None:
    assert [action for actions in GRANTS[policy].values() for action in actions if "*" in action] == []


def test_a_viewer_may_make_each_call_of_preflight() -> None:
    viewers = {action for actions in GRANTS[StagePolicy.VIEWER].values() for action in actions}

    assert {*CALLS, *VERIFYING_CALLS} - {"sts:GetCallerIdentity"} <= viewers
