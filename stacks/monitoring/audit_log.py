"""The audit log: which operator redrove or discarded which message, and the operator's comment."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.names import AUDIT, resource_name
from stacks.retention import log_retention, removal_policy
from stacks.stage import Stage


class AuditLog(Construct):
    """The log group of the audit log. No function writes to it; operators write by their IAM policies.

    Saved queries leave it out: they search for outcomes of deliveries.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        """Create the log group, with the stage's log retention."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=resource_name(stage.name, AUDIT),
            retention=log_retention(stage),
            removal_policy=removal_policy(stage),
        )
