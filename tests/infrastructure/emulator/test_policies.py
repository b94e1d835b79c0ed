"""Policies of the local stage are those of prod, adapted to the emulator."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infrastructure.deployment import Deployment, as_list

ADAPTED_RESOURCES = {
    "ses:SendEmail": '"*"',
    "scheduler:CreateSchedule": ':schedule/default/*"]]',
    "logs:PutLogEvents": ':log-group:", {"Ref": "',
    "secretsmanager:GetSecretValue": '", "Id"]}',
}
"""A part of the adapted resource's JSON, by an action of the statement."""


def role_statements(deployment: Deployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the statements of role policies, keyed by policy and position."""
    for policy in deployment.resources("AWS::IAM::Policy"):
        for index, statement in enumerate(policy.properties["PolicyDocument"]["Statement"]):
            yield f"{policy.logical_id} {index}", statement


def pairs(local: Deployment, prod: Deployment) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    emulated, deployed = dict(role_statements(local)), dict(role_statements(prod))
    assert emulated.keys() == deployed.keys()
    return [(emulated[key], deployed[key]) for key in emulated]


def test_emulated_policies_add_only_batch_actions(local: Deployment, prod: Deployment) -> None:
    for emulated, deployed in pairs(local, prod):
        added = set(as_list(emulated["Action"])) - set(as_list(deployed["Action"]))

        assert emulated["Effect"] == deployed["Effect"]
        assert set(as_list(deployed["Action"])) <= set(as_list(emulated["Action"]))
        assert {action.removesuffix("Batch") for action in added} <= set(as_list(deployed["Action"]))
        assert all(action.endswith("Batch") for action in added)


def test_emulated_policies_change_only_listed_resources(local: Deployment, prod: Deployment) -> None:
    for emulated, deployed in pairs(local, prod):
        resource = json.dumps(emulated["Resource"])
        adapted = [text for action, text in ADAPTED_RESOURCES.items() if action in as_list(deployed["Action"])]
        if adapted:
            assert adapted[0] in resource
            assert resource.count("*") <= 1
        else:
            assert resource.replace("Local", "Prod").replace("local", "prod") == json.dumps(deployed["Resource"])


def test_emulated_policies_drop_only_conditions_on_events_and_senders(local: Deployment, prod: Deployment) -> None:
    for emulated, deployed in pairs(local, prod):
        kept = {
            operator: keys
            for operator, keys in deployed.get("Condition", {}).items()
            if not all(key.startswith(("events:", "ses:")) for key in keys)
        }
        assert emulated.get("Condition", {}) == kept
        assert "events:" not in str(kept.values())
        assert "ses:" not in str(kept.values())
