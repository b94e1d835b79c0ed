"""Where jobs are remembered that were done."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.retention import removal_policy
from stacks.stage import Stage

_REMEMBER = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem"]
"""What Powertools' DynamoDBPersistenceLayer does (Powertools, "Idempotency": IAM permissions)."""


class IdempotencyTable(dynamodb.Table):
    """Keys and times of jobs, as Powertools writes them; nothing of a payload but a digest."""

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

    def grant_remember(self, role: iam.IGrantable, type_name: str) -> None:
        """Let the function of one type remember what it did: Powertools' keys begin with it, and a `#`."""
        self.grant(role, *_REMEMBER).principal_statements[0].add_conditions(
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{type_name}#*"}}
        )
