"""Functions of the Processing stack as another stack refers to them: by name."""

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.names import log_group_name, resource_name
from stacks.stage import Stage


class FunctionReference(Construct):
    """A function and its log group, without an output or a look-up."""

    def __init__(self, scope: Construct, construct_id: str, *, service: str, stage: Stage) -> None:
        """Refer to the function of a type, or to the ingress function."""
        super().__init__(scope, construct_id)
        self.function = lambda_.Function.from_function_name(self, "Function", resource_name(stage.name, service))
        self.log_group = logs.LogGroup.from_log_group_name(self, "Logs", log_group_name(stage.name, service))
