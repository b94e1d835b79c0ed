"""Where it stands what people did to which message: redriven, discarded, by whom and why."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.retention import log_retention, removal_policy
from stacks.stage import Stage


class AuditLog(Construct):
    """A log group of its own: no function writes there, and who may is said by people's own policies.

    It is none of the saved queries': those ask for outcomes of deliveries.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        """Keep it as long as the stage keeps logs."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self, "Logs", retention=log_retention(stage), removal_policy=removal_policy(stage)
        )
