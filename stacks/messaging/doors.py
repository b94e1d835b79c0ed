"""Where producers find the two doors, and who may use them."""

from collections.abc import Iterable, Iterator, Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from schemas.catalogue import SYSTEM_TYPES
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from stacks.stage import Producer, Stage

Conditions = dict[str, dict[str, object]]


def by(*, sources: Iterable[str], types: Iterable[str] = (), but_types: Iterable[str] = ()) -> Conditions:
    """Every event must say that it comes from one of these sources; and be of one of these types, and none of those."""
    wanted: dict[str, object] = {"events:source": sorted(sources)}
    if types := sorted(types):
        wanted["events:detail-type"] = types
    conditions: Conditions = {"ForAllValues:StringEquals": wanted}
    if unwanted := sorted(but_types):
        conditions["ForAllValues:StringNotEquals"] = {"events:detail-type": unwanted}
    return conditions


class ProducerDoors(Construct):
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
        by_source: dict[str, list[Producer]] = {}
        for producer in stage.producers:
            by_source.setdefault(producer.source, []).append(producer)
        for number, (source, producers) in enumerate(by_source.items(), start=1):
            for whom, principals, belonging in _parties(producers):
                queue.add_to_resource_policy(
                    iam.PolicyStatement(
                        sid=f"{whom}Send{number}",
                        principals=principals,
                        actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
                        resources=[queue.queue_arn],
                        conditions=belonging,
                    )
                )
                bus.add_to_resource_policy(
                    iam.PolicyStatement(
                        sid=f"{whom}Put{number}",
                        principals=principals,
                        actions=["events:PutEvents"],
                        resources=[bus.event_bus_arn],
                        conditions=belonging | by(sources=[source], but_types=SYSTEM_TYPES),
                    )
                )


def _parties(producers: Sequence[Producer]) -> Iterator[tuple[str, list[iam.IPrincipal], Conditions]]:
    """Those who are named themselves, and whoever belongs to an organisation, which is no principal in a policy."""
    named = [producer.principal for producer in producers if not producer.is_organisation]
    organisations = [producer.principal for producer in producers if producer.is_organisation]
    if named:
        yield "Producers", [_principal(each) for each in named], {}
    if organisations:
        yield "Organisations", [iam.AnyPrincipal()], {"StringEquals": {"aws:PrincipalOrgID": organisations}}


def _principal(named: str) -> iam.IPrincipal:
    return iam.ArnPrincipal(named) if named.startswith("arn:") else iam.AccountPrincipal(named)
