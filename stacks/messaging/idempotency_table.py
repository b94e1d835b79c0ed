"""The idempotency table: records of jobs that have run, and of messages that came back and began."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.retention import removal_policy
from stacks.stage import Stage

_ACTIONS = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem"]
"""Actions of Powertools' DynamoDBPersistenceLayer (Powertools, "Idempotency": IAM permissions)."""


class IdempotencyTable(dynamodb.Table):
    """A table for Powertools' idempotency records, and for notes of begins.

    It holds keys, times, receipt handles, and of each payload only a digest.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expiration",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=stage.retain,
            removal_policy=removal_policy(stage),
        )

    def grant_records(self, role: iam.IGrantable, type_name: str) -> None:
        """Let a function read and write the records of one type; Powertools' keys begin with the type and a `#`."""
        self._grant(role, _ACTIONS, f"{type_name}#*")

    def grant_begins(self, role: iam.IGrantable, service: str) -> None:
        """Let a function note begins; `service` is its type, or `queue_processor` (`lambdas/common/clients/begins.py`).

        A job's grant on its records includes this.
        """
        self._grant(role, ["dynamodb:UpdateItem"], f"{service}#begun#*")

    def _grant(self, role: iam.IGrantable, actions: list[str], keys: str) -> None:
        self.grant(role, *actions).principal_statements[0].add_conditions(
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}
        )
