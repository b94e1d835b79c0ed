"""The idempotency table has Powertools' schema, is retained as the stage says, and is known to every consumer."""

from tests.infrastructure.deployment import TABLE, Deployment, Resource


def table(deployment: Deployment) -> Resource:
    return deployment.table


def test_the_table_has_the_schema_that_powertools_expects(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_has_backups(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_a_failed_first_deployment_can_be_rolled_back(deployment: Deployment) -> None:
    """Deletion protection would keep the table, and the next deployment would find its name taken."""
    protected = [each for each in deployment.resources() if each.properties.get("DeletionProtectionEnabled")]

    assert protected == []


def test_every_function_with_a_queue_gets_the_tables_name(deployment: Deployment) -> None:
    for function in deployment.queue_functions():
        name = function.properties["Environment"]["Variables"]["IDEMPOTENCY_TABLE_NAME"]

        assert deployment.follow(function.stack, name, TABLE) == table(deployment)
