"""The Processing stack: layers and functions. It changes with every deploy of code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import ProcessingOutput
from stacks.constructs.consumer import Consumer
from stacks.constructs.provisions import Provisions
from stacks.constructs.queue_function import Runtime
from stacks.constructs.queue_processor import QueueProcessor
from stacks.layers.source import LayerSource
from stacks.messaging import MessagingStack
from stacks.stage import Stage


class ProcessingStack(cdk.Stack):
    """What works the queues off.

    Layers and functions stand in one stack: shared across stacks, a changed layer does not reach the functions.
    """

    def __init__(  # noqa: PLR0913 props, all by keyword
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        catalogue: Sequence[EventType[Any]],
        messaging: MessagingStack,
        layers: LayerSource,
        root: Path,
        env: cdk.Environment,
    ) -> None:
        """Make the functions of these types.

        Args:
            scope: the app.
            construct_id: the stack's name.
            stage: the stage.
            catalogue: the types, each with a handler's folder.
            messaging: the stage's queues and bus.
            layers: gives the layers' contents.
            root: the checkout, with `lambdas/`.
            env: account and region.

        Raises:
            CannotSynthesizeError: a handler, a grant or a layer's prerequisite is missing.
        """
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        architecture = lambda_.Architecture.custom(layers.architecture)
        runtime = Runtime(
            root=root,
            layers=[
                self._layer("DependenciesLayer", layers.dependencies(), architecture),
                self._layer("CommonLayer", layers.common(), architecture),
            ],
            architecture=architecture,
            stage=stage,
        )
        provisions = Provisions(self, "Provisions", stage=stage)
        queue_processor = QueueProcessor(
            self, "QueueProcessor", ingress=messaging.ingress, bus=messaging.bus, runtime=runtime
        )
        self._output(ProcessingOutput.CRM_TOKEN_SECRET_ARN, provisions.crm_token.secret_arn)
        self._output(ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME, queue_processor.log_group.log_group_name)
        for event_type in catalogue:
            consumer = Consumer(
                self,
                event_type.construct_id,
                event_type=event_type,
                subscription=messaging.subscriptions[event_type.name],
                bus=messaging.bus,
                schedules=messaging.schedules,
                idempotency_table=messaging.idempotency_table,
                provisions=provisions,
                runtime=runtime,
            )
            key = ProcessingOutput.log_group_name(event_type.construct_id)
            self._output(key, consumer.log_group.log_group_name)

    def _layer(self, construct_id: str, folder: Path, architecture: lambda_.Architecture) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            construct_id,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[architecture],
        )

    def _output(self, key: str, value: str) -> None:
        cdk.CfnOutput(self, key, value=value)
