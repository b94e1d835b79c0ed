"""The idempotency table has Powertools' schema, is retained as the stage says, and is known to every consumer."""

from tests.infrastructure.deployment import TABLE, Deployment, Resource


def table(deployment: Deployment) -> Resource:
    return deployment.table


def test_the_table_has_the_schema_that_powertools_expects(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_has_backups_and_deletion_protection_if_retained(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is deployment.stage.retain


def test_every_function_with_a_queue_gets_the_tables_name(deployment: Deployment) -> None:
    for function in deployment.queue_functions():
        name = function.properties["Environment"]["Variables"]["IDEMPOTENCY_TABLE_NAME"]

        assert deployment.follow(function.stack, name, TABLE) == table(deployment)
