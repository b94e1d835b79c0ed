"""Stage local's policies are the others', in the emulator's words."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infrastructure.deployment import Deployment, as_list

REWORDED = {"ses:SendEmail", "scheduler:CreateSchedule", "logs:PutLogEvents", "secretsmanager:GetSecretValue"}
"""Whose resources the emulator reads otherwise."""


def policy_statements(deployment: Deployment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Statements of the policies that are reworded, by where they stand."""
    for policy in deployment.resources("AWS::IAM::Policy", "AWS::SQS::QueuePolicy"):
        for index, statement in enumerate(policy.properties["PolicyDocument"]["Statement"]):
            yield f"{policy.logical_id} {index}", statement


def pairs(local: Deployment, prod: Deployment) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    ours, theirs = dict(policy_statements(local)), dict(policy_statements(prod))
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
        if not REWORDED & set(as_list(theirs["Action"])):
            assert len(as_list(ours["Resource"])) == len(as_list(theirs["Resource"]))
            assert str(ours["Resource"]).replace("Local", "Prod").replace("local", "prod") == str(theirs["Resource"])


def test_they_leave_out_no_condition_but_those_on_what_is_put_on_the_bus(local: Deployment, prod: Deployment) -> None:
    for ours, theirs in pairs(local, prod):
        if "events:PutEvents" not in as_list(theirs["Action"]):
            assert ours.get("Condition") == theirs.get("Condition")
