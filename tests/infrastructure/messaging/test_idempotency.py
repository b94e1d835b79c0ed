"""The idempotency table has Powertools' schema, is retained as the stage says, and is known to jobs' functions."""

from schemas.catalogue import CATALOGUE
from schemas.event_type import Kind
from schemas.names import MessagingOutput
from tests.infrastructure.deployment import Deployment, Resource


def table(deployment: Deployment) -> Resource:
    return deployment.output(deployment.messaging, MessagingOutput.IDEMPOTENCY_TABLE_NAME)


def test_the_table_has_the_schema_that_powertools_expects(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_has_backups_and_deletion_protection_if_retained(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is deployment.stage.retain


def test_only_functions_of_jobs_get_the_tables_name(deployment: Deployment) -> None:
    for event_type in CATALOGUE:
        function = deployment.function_of(deployment.queue(event_type))
        name = function.properties["Environment"]["Variables"].get("IDEMPOTENCY_TABLE_NAME")

        assert (name is not None) == (event_type.kind is Kind.JOB)
        assert name is None or deployment.follow(function.stack, name) == table(deployment)
