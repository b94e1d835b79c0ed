"""The Processing stack: layers and functions. It changes with every deployment of code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import ProcessingOutput
from stacks.layers.source import LayerSource
from stacks.messaging.stack import MessagingStack
from stacks.processing.consumer import Consumer
from stacks.processing.provisions import Provisions
from stacks.processing.queue_processor import QueueProcessor
from stacks.processing.runtime import FunctionRuntime
from stacks.stage import Stage


class ProcessingStack(cdk.Stack):
    """The ingress function and a function for each type."""

    def __init__(
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
        """Create the functions of the catalogue's types.

        Args:
            scope: the app.
            construct_id: the stack's name.
            stage: the stage.
            catalogue: the types, each with a handler's folder.
            messaging: the stage's queues and bus.
            layers: provides the layers' contents.
            root: the checkout, with `lambdas/`.
            env: account and region.

        Raises:
            CannotSynthesizeError: a handler, a grant or a layer's prerequisite is missing.
        """
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        runtime = FunctionRuntime(self, "Runtime", layers=layers, root=root, stage=stage)
        provisions = Provisions(self, "Provisions", stage=stage)
        self.queue_processor = QueueProcessor(
            self,
            "QueueProcessor",
            ingress=messaging.ingress,
            bus=messaging.bus,
            schedules=messaging.schedules,
            idempotency_table=messaging.idempotency_table,
            runtime=runtime,
        )
        self.consumers = {
            event_type.name: Consumer(
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
            for event_type in catalogue
        }

        self._output(ProcessingOutput.CRM_TOKEN_SECRET_ARN, provisions.crm_token.secret_arn)
        self._output(ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME, self.queue_processor.log_group.log_group_name)
        for event_type in catalogue:
            key = ProcessingOutput.log_group_name(event_type.construct_id)
            self._output(key, self.consumers[event_type.name].log_group.log_group_name)

    def _output(self, key: str, value: str) -> None:
        cdk.CfnOutput(self, key, value=value)
