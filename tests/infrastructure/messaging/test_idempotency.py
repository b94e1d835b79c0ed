"""The table of what was done: laid out for Powertools, kept where the stage keeps, told to each job's function."""

from schemas.catalogue import CATALOGUE
from schemas.event_type import Kind
from schemas.names import MessagingOutput
from tests.infrastructure.deployment import Deployment, Resource


def table(deployment: Deployment) -> Resource:
    return deployment.output(deployment.messaging, MessagingOutput.IDEMPOTENCY_TABLE_NAME)


def test_the_table_is_laid_out_as_powertools_expects_it(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_can_be_brought_back_and_in_prod_not_be_deleted(deployment: Deployment) -> None:
    properties = table(deployment).properties

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is deployment.stage.retain


def test_each_jobs_function_is_told_of_it_and_no_reactions(deployment: Deployment) -> None:
    for event_type in CATALOGUE:
        function = deployment.function_of(deployment.queue(event_type))
        told = function.properties["Environment"]["Variables"].get("IDEMPOTENCY_TABLE_NAME")

        assert (told is not None) == (event_type.kind is Kind.JOB)
        assert told is None or deployment.follow(function.stack, told) == table(deployment)
