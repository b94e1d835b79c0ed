"""The table of causes has the keys that the notifier writes, and is protected like the idempotency table."""

import pytest

from schemas.causes import FINGERPRINT, SERVICE, Cause
from tests.infrastructure.deployment import Deployment
from tests.unit.functions.slack_notifier.slack_fakes import NOW

PROTECTIONS = ("BillingMode", "TimeToLiveSpecification", "PointInTimeRecoverySpecification")


def test_the_tables_keys_are_the_fingerprint_and_the_service(deployment: Deployment) -> None:
    assert deployment.causes.properties["KeySchema"] == [
        {"AttributeName": FINGERPRINT, "KeyType": "HASH"},
        {"AttributeName": SERVICE, "KeyType": "RANGE"},
    ]


@pytest.mark.parametrize("name", PROTECTIONS)
def test_the_table_is_protected_like_the_idempotency_table(deployment: Deployment, name: str) -> None:
    assert deployment.causes.properties[name] == deployment.table.properties[name]


@pytest.mark.parametrize("policy", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_the_table_stays_where_the_idempotency_table_stays(deployment: Deployment, policy: str) -> None:
    assert deployment.causes.definition[policy] == deployment.table.definition[policy]


def test_items_have_the_attributes_that_the_table_reads(deployment: Deployment) -> None:
    properties = deployment.causes.properties
    item = Cause(fingerprint="c83d68dfbef7", service="email.send", since=NOW, last_at=NOW).item()

    keys = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
    assert {name: list(item[name]) for name in keys} == {name: [type_] for name, type_ in keys.items()}
    assert list(item[properties["TimeToLiveSpecification"]["AttributeName"]]) == ["N"]
