"""Stage local's policies are the others', in the emulator's words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infrastructure.deployment import Deployment, as_list

NAMED_OTHERWISE = {
    "ses:SendEmail": '"*"',
    "scheduler:CreateSchedule": ':schedule/default/*"]]',
    "logs:PutLogEvents": ':log-group:", {"Ref": "',
    "secretsmanager:GetSecretValue": '", "Id"]}',
}
"""What the emulator takes for resources, by an action of the statement: how the JSON of that ends, or what it has."""


def role_statements(deployment: Deployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Statements of roles' policies, by where they stand."""
    for policy in deployment.resources("AWS::IAM::Policy"):
        for index, statement in enumerate(policy.properties["PolicyDocument"]["Statement"]):
            yield f"{policy.logical_id} {index}", statement


def pairs(local: Deployment, prod: Deployment) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    ours, theirs = dict(role_statements(local)), dict(role_statements(prod))
    assert ours.keys() == theirs.keys()
    return [(ours[where], theirs[where]) for where in ours]


def test_they_allow_the_same_actions_and_the_emulators_names_of_their_batches(
    local: Deployment, prod: Deployment
) -> None:
    for ours, theirs in pairs(local, prod):
        added = set(as_list(ours["Action"])) - set(as_list(theirs["Action"]))

        assert ours["Effect"] == theirs["Effect"]
        assert set(as_list(theirs["Action"])) <= set(as_list(ours["Action"]))
        assert {action.removesuffix("Batch") for action in added} <= set(as_list(theirs["Action"]))
        assert all(action.endswith("Batch") for action in added)


def test_they_name_the_same_resources_but_where_the_emulator_reads_them_otherwise(
    local: Deployment, prod: Deployment
) -> None:
    for ours, theirs in pairs(local, prod):
        named = json.dumps(ours["Resource"])
        reworded = [text for action, text in NAMED_OTHERWISE.items() if action in as_list(theirs["Action"])]
        if reworded:
            assert reworded[0] in named
            assert named.count("*") <= 1
        else:
            assert named.replace("Local", "Prod").replace("local", "prod") == json.dumps(theirs["Resource"])


def test_they_leave_out_no_condition_but_those_on_what_is_put_on_the_bus(local: Deployment, prod: Deployment) -> None:
    for ours, theirs in pairs(local, prod):
        kept = {
            operator: keys
            for operator, keys in theirs.get("Condition", {}).items()
            if not all(key.startswith("events:") for key in keys)
        }
        assert ours.get("Condition", {}) == kept
        assert not kept or "events:" not in str(kept.values())
