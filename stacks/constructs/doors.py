"""Where producers find the two doors, and who may use them."""

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from stacks.stage import Stage


class Doors(Construct):
    """Parameters for both doors, and a resource policy on each for the stage's producers."""

    def __init__(
        self, scope: Construct, construct_id: str, *, queue: sqs.IQueue, bus: events.EventBus, stage: Stage
    ) -> None:
        """Open the ingress queue and the bus."""
        super().__init__(scope, construct_id)
        ssm.StringParameter(
            self,
            "IngressQueueUrl",
            parameter_name=ingress_queue_url_parameter(stage.name),
            string_value=queue.queue_url,
            description="Send messages here (SQS)",
        )
        ssm.StringParameter(
            self,
            "EventBusName",
            parameter_name=event_bus_name_parameter(stage.name),
            string_value=bus.event_bus_name,
            description="Put events here (EventBridge)",
        )
        producers = [_principal(producer) for producer in stage.producers]
        if producers:
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="ProducersSend",
                    principals=producers,
                    actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
                    resources=[queue.queue_arn],
                )
            )
            bus.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="ProducersPut",
                    principals=producers,
                    actions=["events:PutEvents"],
                    resources=[bus.event_bus_arn],
                    # What the system itself tells people is nobody else's to say.
                    conditions={"StringNotEquals": {"events:detail-type": [each.name for each in ALERTS]}},
                )
            )


def _principal(producer: str) -> iam.IPrincipal:
    return iam.ArnPrincipal(producer) if producer.startswith("arn:") else iam.AccountPrincipal(producer)
