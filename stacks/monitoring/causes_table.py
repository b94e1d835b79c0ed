"""The table of causes: what the notifier remembers of the causes of dead letters, and operators' decisions on them."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from schemas.causes import FINGERPRINT, SERVICE
from schemas.names import CAUSES, resource_name
from stacks.retention import removal_policy
from stacks.stage import Stage


class CausesTable(dynamodb.Table):
    """A table with one item for each cause of each service, protected like the idempotency table.

    An item holds what alerts say: ids of tenants, names of this system, redacted errors; and operators' comments.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            table_name=resource_name(stage.name, CAUSES),
            partition_key=dynamodb.Attribute(name=FINGERPRINT, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=SERVICE, type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expiration",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=removal_policy(stage),
        )


def grant_causes(table: dynamodb.ITable, role: iam.IGrantable) -> None:
    """Let the notifier read all causes, and write each."""
    table.grant(role, "dynamodb:Scan", "dynamodb:PutItem")
