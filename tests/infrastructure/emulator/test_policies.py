"""Policies of the local stage are those of prod, adapted to the emulator."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.infrastructure.deployment import Deployment, as_list

ROLES, PEOPLE = "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"

ADAPTED_RESOURCES = {
    ROLES: {
        "ses:SendEmail": '"*"',
        "scheduler:CreateSchedule": ':schedule/default/*"]]',
        "logs:PutLogEvents": ':log-group:", {"Ref": "',
        "secretsmanager:GetSecretValue": '", "Id"]}',
    },
    PEOPLE: {
        "cloudwatch:GetDashboard": '"*"',
        "events:DescribeArchive": '"*"',
        "events:DescribeEventBus": ':rule/default/taly-async-local"',
        "events:DescribeReplay": '"*"',
        "events:ListTargetsByRule": ':event-bus/taly-async-local"',
        "events:StartReplay": '"*"',
        "logs:PutLogEvents": ':log-group:taly-async-local-audit"',
        "scheduler:GetSchedule": ':schedule/default/*"]]',
    },
}
"""A part of the adapted resource's JSON, by the policy's type and an action of the statement."""


def all_statements(deployment: Deployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the statements of the policies of roles and for people, keyed by type, policy and position."""
    for policy in deployment.resources(*ADAPTED_RESOURCES):
        for index, statement in enumerate(policy.properties["PolicyDocument"]["Statement"]):
            yield f"{policy.type} {policy.logical_id} {index}", statement


def pairs(local: Deployment, prod: Deployment, kind: str = "") -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    emulated, deployed = dict(all_statements(local)), dict(all_statements(prod))
    assert emulated.keys() == deployed.keys()
    return [(emulated[key], deployed[key]) for key in emulated if key.startswith(kind)]


def test_emulated_policies_add_only_batch_actions(local: Deployment, prod: Deployment) -> None:
    for emulated, deployed in pairs(local, prod):
        added = set(as_list(emulated["Action"])) - set(as_list(deployed["Action"]))

        assert emulated["Effect"] == deployed["Effect"]
        assert set(as_list(deployed["Action"])) <= set(as_list(emulated["Action"]))
        assert {action.removesuffix("Batch") for action in added} <= set(as_list(deployed["Action"]))
        assert all(action.endswith("Batch") for action in added)


@pytest.mark.parametrize("kind", ADAPTED_RESOURCES)
def test_emulated_policies_change_only_listed_resources(local: Deployment, prod: Deployment, kind: str) -> None:
    for emulated, deployed in pairs(local, prod, f"{kind} "):
        resource = json.dumps(emulated["Resource"])
        adapted = [text for action, text in ADAPTED_RESOURCES[kind].items() if action in as_list(deployed["Action"])]
        if adapted:
            assert adapted[0] in resource
            assert resource.count("*") <= 1
        else:
            assert resource.replace("Local", "Prod").replace("local", "prod") == json.dumps(deployed["Resource"])


ON_MAPPINGS = {"lambda:ListTags", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateEventSourceMapping"}


def test_emulated_policies_drop_only_conditions_that_the_emulator_lacks(local: Deployment, prod: Deployment) -> None:
    for emulated, deployed in pairs(local, prod):
        kept = {
            operator: keys
            for operator, keys in deployed.get("Condition", {}).items()
            if not all(key.startswith(("events:", "ses:")) for key in keys)
            and not ON_MAPPINGS.issuperset(as_list(deployed["Action"]))
        }
        assert json.dumps(emulated.get("Condition", {})).replace("Local", "Prod") == json.dumps(kept)
        assert "events:" not in str(kept.values())
        assert "ses:" not in str(kept.values())
