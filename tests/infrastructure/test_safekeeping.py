"""Resources with messages, personal data or secrets: encryption, retention, and protection in `prod`."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import STAGES, synthesize
from tests.security.holdings import (
    HOLDS_NOTHING,
    PURPOSES,
    Rationale,
    Store,
    UndocumentedStorageError,
    kind_of,
)
from tests.security.safekeeping import keepings, table

KEYS = {
    Store.WORK_QUEUES: "SQS's own",
    Store.DEAD_LETTER_QUEUES: "SQS's own",
    Store.HOLDING_QUEUES: "SQS's own",
    Store.ALERTS_QUEUE: "SQS's own",
    Store.REDO_QUEUE: "SQS's own",
    Store.BUS: "AWS owned",
    Store.ARCHIVE: "AWS owned",
    Store.SCHEDULES: "AWS owned",
    Store.JOBS_DONE: "AWS owned",
    Store.CAUSES: "AWS owned",
    Store.TOPICS: "ours, rotated each year",
    Store.KEY: "is one: ours, rotated each year",
    Store.FUNCTION_LOGS: "CloudWatch Logs' own",
    Store.AUDIT_LOG: "CloudWatch Logs' own",
    Store.SECRETS: "AWS managed, `aws/secretsmanager`",
}
RECREATED = {Store.TOPICS}
"""Kinds that a deployment recreates without loss; email subscribers must confirm again."""


@pytest.fixture(scope="session")
def deployments(stage_deployment: Synthesized) -> dict[str, Deployment]:
    return {stage: stage_deployment(stage) for stage in STAGES}


@pytest.fixture(scope="session")
def retained(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Synthesize a stage other than `prod` with `retain` and producers."""
    return synthesize(
        tmp_path_factory.mktemp("retained"), stage="dev", retain="true", producers="taly.backend=111122223333"
    )


def with_changed(deployment: Deployment, type_: str, change: Mapping[str, Any], *without: str) -> Deployment:
    """Return a stage with a change to the first resource of a type."""
    templates = json.loads(json.dumps(deployment.templates))
    first = next(
        definition
        for template in templates.values()
        for definition in template["Resources"].values()
        if definition["Type"] == type_
    )
    properties = {key: value for key, value in first.get("Properties", {}).items() if key not in without}
    first.update({"Properties": properties, **change})
    return replace(deployment, templates=templates)


def test_every_resource_is_classified(deployments: dict[str, Deployment], retained: Deployment) -> None:
    resources = [(each, resource) for each in (*deployments.values(), retained) for resource in each.resources()]

    kinds = {kind_of(deployment, resource) for deployment, resource in resources}

    assert kinds == {*Store, None}
    assert HOLDS_NOTHING.keys() <= {resource.type for _, resource in resources}, "a listed type is in no stage"
    assert PURPOSES.keys() == set(Store)


def test_every_kind_is_encrypted_with_the_expected_key(deployment: Deployment) -> None:
    found = {kind: way.key.partition(" (")[0] for kind, way in keepings(deployment).items()}

    assert found == {kind: KEYS[kind] for kind in found}
    assert Store.WORK_QUEUES in found


def test_a_stage_with_retain_keeps_data_when_its_stack_is_deleted(prod: Deployment, retained: Deployment) -> None:
    for deployment in (prod, retained):
        goes = {kind for kind, way in keepings(deployment).items() if way.goes == "goes"}

        assert goes == RECREATED


@pytest.mark.parametrize("stage", ["local", "dev", "staging"])
def test_a_stage_without_retain_deletes_data_with_its_stack(stage: str, stage_deployment: Synthesized) -> None:
    ways = keepings(stage_deployment(stage)).values()

    assert {way.goes for way in ways} == {"goes"}


def test_a_stage_with_retain_is_protected_whatever_its_name(retained: Deployment) -> None:
    manifest = json.loads((retained.folder / "manifest.json").read_text())["artifacts"]

    assert all(manifest[name]["properties"]["terminationProtection"] for name in retained.templates)


def test_idempotency_records_outlast_messages_and_dead_letters(prod: Deployment) -> None:
    days = {kind: float(way.kept.split()[0]) for kind, way in keepings(prod).items() if way.kept[0].isdigit()}

    assert days[Store.WORK_QUEUES] < days[Store.DEAD_LETTER_QUEUES]
    assert days[Store.WORK_QUEUES] + days[Store.DEAD_LETTER_QUEUES] < days[Store.JOBS_DONE]
    assert days[Store.ARCHIVE] <= days[Store.JOBS_DONE]


def test_the_table_has_a_row_for_each_kind(deployments: dict[str, Deployment]) -> None:
    lines = table(deployments).splitlines()

    assert [line.split(" | ")[0] for line in lines[2 : 2 + len(Store)]] == [f"| {kind}" for kind in Store]
    assert lines[2 + len(Store)] == ""


@pytest.mark.parametrize(
    ("type_", "change", "without", "said"),
    [
        ("AWS::SQS::Queue", {"Type": "AWS::Kinesis::Stream"}, (), "is an AWS::Kinesis::Stream: say"),
        ("AWS::SQS::Queue", {}, ("SqsManagedSseEnabled",), "encrypted by no key"),
        ("AWS::SNS::Topic", {}, ("KmsMasterKeyId",), "encrypted by no key"),
        ("AWS::KMS::Key", {}, ("EnableKeyRotation",), "never rotated"),
        ("AWS::Logs::LogGroup", {}, ("RetentionInDays",), "kept for ever"),
        ("AWS::Events::Archive", {}, ("RetentionDays",), "kept for ever"),
        ("AWS::DynamoDB::Table", {}, ("TimeToLiveSpecification",), "kept for ever"),
        ("AWS::DynamoDB::Table", {}, ("PointInTimeRecoverySpecification",), "PointInTimeRecoverySpecification"),
        ("AWS::DynamoDB::Table", {"DeletionPolicy": "Delete"}, (), "by halves"),
        ("AWS::SQS::Queue", {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}, (), "kept in 2 ways"),
    ],
)
def test_an_unclassified_or_unsafe_resource_is_an_error(
    prod: Deployment, type_: str, change: Mapping[str, Any], without: tuple[str, ...], said: str
) -> None:
    changed = with_changed(prod, type_, change, *without)

    with pytest.raises(UndocumentedStorageError, match=re.escape(said)):
        table({"prod": changed})


def test_a_kind_without_a_purpose_is_an_error(prod: Deployment) -> None:
    purposes: dict[Store, Rationale] = {
        kind: purpose for kind, purpose in PURPOSES.items() if kind is not Store.ARCHIVE
    }

    with pytest.raises(UndocumentedStorageError, match="archive of the bus: nobody says what for"):
        table({"prod": prod}, purposes)
