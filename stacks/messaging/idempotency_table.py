"""The idempotency table: records of jobs, of begins, of the systems that functions call, and the suppression list."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from schemas.names import IDEMPOTENCY, resource_name
from schemas.suppression import KEY_PREFIX as SUPPRESSED
from stacks.retention import removal_policy
from stacks.stage import Stage

HEALTH_KEYS = "health#*"
"""Keys of the items about routes and endpoints (`schemas/destinations.py`, `schemas/endpoints.py`); for IAM."""

_SUPPRESSED_KEYS = f"{SUPPRESSED}*"
"""Keys of the suppression list."""

_CARDS = "cards#*"
"""Keys of what the notifier has said about destinations."""


class IdempotencyTable(dynamodb.Table):
    """A table for Powertools' idempotency records, notes of begins, which called systems work, and suppressions.

    It holds keys, times, receipt handles, why calls failed, of each payload only a digest, and of each suppressed
    address only a keyed hash.

    It has no deletion protection, by which a first deployment that fails could not be rolled back: the table and its
    name would stay. Who deletes it by hand has a backup for 35 days (DynamoDB, "Point-in-time backups": deletion).
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            table_name=resource_name(stage.name, IDEMPOTENCY),
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expiration",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=removal_policy(stage),
        )


def grant_records(table: dynamodb.ITable, role: iam.IGrantable, type_name: str) -> None:
    """Let a job read and write the records of its type, and the items about routes.

    Powertools' keys begin with the type and a `#` (Powertools, "Idempotency": IAM permissions).
    """
    records = f"{type_name}#*"
    _grant(table, role, ["dynamodb:PutItem", "dynamodb:DeleteItem"], records)
    _grant(table, role, ["dynamodb:GetItem", "dynamodb:UpdateItem"], records, HEALTH_KEYS)


def grant_begins(table: dynamodb.ITable, role: iam.IGrantable, service: str) -> None:
    """Let a function note begins, and read and write the items about routes.

    `service` is its type, or `queue_processor` (`lambdas/common/clients/begins.py`). A job's grant on its records
    includes this.
    """
    _grant(table, role, ["dynamodb:GetItem"], HEALTH_KEYS)
    _grant(table, role, ["dynamodb:UpdateItem"], f"{service}#begun#*", HEALTH_KEYS)


def grant_suppressed(table: dynamodb.ITable, role: iam.IGrantable) -> None:
    """Let a function look into the suppression list."""
    _grant(table, role, ["dynamodb:GetItem"], _SUPPRESSED_KEYS)


def grant_suppression_list(table: dynamodb.ITable, role: iam.IGrantable) -> None:
    """Let a function change the suppression list."""
    _grant(table, role, ["dynamodb:UpdateItem"], _SUPPRESSED_KEYS)


def grant_cards(table: dynamodb.ITable, role: iam.IGrantable) -> None:
    """Let the notifier read the items about routes, and remember what it has said about them."""
    _grant(table, role, ["dynamodb:BatchGetItem"], HEALTH_KEYS, _CARDS)
    _grant(table, role, ["dynamodb:PutItem"], _CARDS)


def _grant(table: dynamodb.ITable, role: iam.IGrantable, actions: list[str], *keys: str) -> None:
    table.grant(role, *actions).principal_statements[0].add_conditions(
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys[0] if len(keys) == 1 else [*keys]}}
    )
