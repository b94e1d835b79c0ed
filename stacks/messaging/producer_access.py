"""Publishes the addresses of the ingress queue and the bus, and grants producers access to both."""

from collections.abc import Iterable, Iterator, Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from schemas.catalogue import SYSTEM_TYPES
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from stacks.settings.types import Producer
from stacks.stage import Stage

Conditions = dict[str, dict[str, object]]


def put_events_conditions(
    *, sources: Iterable[str], types: Iterable[str] = (), excluded_types: Iterable[str] = ()
) -> Conditions:
    """Return IAM conditions that restrict every event of a PutEvents call.

    Args:
        sources: allowed sources.
        types: allowed types; none given: all.
        excluded_types: types that are denied.
    """
    allowed: dict[str, object] = {"events:source": sorted(sources)}
    if types := sorted(types):
        allowed["events:detail-type"] = types
    conditions: Conditions = {"ForAllValues:StringEquals": allowed}
    if denied := sorted(excluded_types):
        conditions["ForAllValues:StringNotEquals"] = {"events:detail-type": denied}
    return conditions


class ProducerAccess(Construct):
    """SSM parameters with the addresses of ingress queue and bus, and resource policies for the stage's producers."""

    def __init__(
        self, scope: Construct, construct_id: str, *, queue: sqs.IQueue, bus: events.EventBus, stage: Stage
    ) -> None:
        """Grant the stage's producers access to the ingress queue and the bus."""
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
            for sid, principals, conditions in _grantees(producers):
                queue.add_to_resource_policy(
                    iam.PolicyStatement(
                        sid=f"{sid}Send{number}",
                        principals=principals,
                        actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
                        resources=[queue.queue_arn],
                        conditions=conditions,
                    )
                )
                bus.add_to_resource_policy(
                    iam.PolicyStatement(
                        sid=f"{sid}Put{number}",
                        principals=principals,
                        actions=["events:PutEvents"],
                        resources=[bus.event_bus_arn],
                        conditions=conditions | put_events_conditions(sources=[source], excluded_types=SYSTEM_TYPES),
                    )
                )


def _grantees(producers: Sequence[Producer]) -> Iterator[tuple[str, list[iam.IPrincipal], Conditions]]:
    """Yield statement id, principals and conditions: organisations need a condition, as they cannot be principals."""
    named = [producer.principal for producer in producers if not producer.is_organisation]
    organisations = [producer.principal for producer in producers if producer.is_organisation]
    if named:
        yield "Producers", [_principal(each) for each in named], {}
    if organisations:
        yield "Organisations", [iam.AnyPrincipal()], {"StringEquals": {"aws:PrincipalOrgID": organisations}}


def _principal(name: str) -> iam.IPrincipal:
    return iam.ArnPrincipal(name) if name.startswith("arn:") else iam.AccountPrincipal(name)
