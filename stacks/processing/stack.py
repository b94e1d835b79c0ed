"""The Processing stack: layers, functions and the heartbeat. It changes with every deployment of code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import QUEUE_PROCESSOR, Output
from stacks.layers.source import LayerSource
from stacks.messaging.references import MessagingReferences
from stacks.processing.consumer import Consumer
from stacks.processing.heartbeat import HeartbeatSchedule
from stacks.processing.provisions import Provisions
from stacks.processing.queue_processor import QueueProcessor
from stacks.processing.rates import scalings
from stacks.processing.runtime import FunctionRuntime
from stacks.processing.scheduling import Scheduling
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
            layers: provides the layers' contents.
            root: the checkout, with `lambdas/`.
            env: account and region.

        Raises:
            CannotSynthesizeError: a handler, a grant or a layer's prerequisite is missing, or `concurrency` is too low.
        """
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        runtime = FunctionRuntime(self, "Runtime", layers=layers, root=root, stage=stage)
        messaging = MessagingReferences(self, "Messaging", stage=stage)
        provisions = Provisions(self, "Provisions", idempotency_table=messaging.idempotency_table, stage=stage)
        scheduling = Scheduling(self, "Scheduling", messaging=messaging, stage=stage)
        HeartbeatSchedule(self, "Heartbeat", scheduling=scheduling)
        by_service = scalings(catalogue, stage)
        QueueProcessor(
            self,
            "QueueProcessor",
            scaling=by_service[QUEUE_PROCESSOR],
            messaging=messaging,
            scheduling=scheduling,
            runtime=runtime,
        )
        for event_type in catalogue:
            Consumer(
                self,
                event_type.construct_id,
                event_type=event_type,
                scaling=by_service[event_type.name],
                messaging=messaging,
                scheduling=scheduling,
                provisions=provisions,
                runtime=runtime,
            )
        cdk.CfnOutput(self, Output.CRM_TOKEN_SECRET_ARN, value=provisions.crm_token.secret_arn)
