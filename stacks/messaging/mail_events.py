"""The stage's configuration set of SES, and the rule by which SES's events about mails reach their type's queue."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.mail_events import SES_SOURCE, ses_message
from schemas.mail_tags import COMPANY
from schemas.names import resource_name
from schemas.ses import SES_EVENT
from stacks.stage import Stage

SES_EVENTS = "ses-events"
"""Subject of the rule."""

_DEFAULT_BUS = "default"
"""The bus that AWS's services put their events on; SES knows no other (SES API v2, EventBridgeDestination)."""

_SET_TAG = "ses:configuration-set"
"""The tag with the configuration set that SES gives each mail (SES, "Fields of event data": auto-tags)."""

_COMPANY_ID = f"$.detail.mail.tags.{COMPANY}[0]"
"""Path of the tenant's id in an event: each tag has a list of values."""

_OUTCOMES = {
    ses.EmailSendingEvent.DELIVERY: "Delivery",
    ses.EmailSendingEvent.BOUNCE: "Bounce",
    ses.EmailSendingEvent.COMPLAINT: "Complaint",
    ses.EmailSendingEvent.REJECT: "Reject",
}
"""SES's reports about mails, each with its `eventType` (SES, "Contents of event data")."""


def mail_events_rule_arn(scope: Construct, stage: Stage) -> str:
    """Return the ARN of the rule, for the policies of the queues that it sends to."""
    return cdk.Stack.of(scope).format_arn(
        service="events", resource="rule", resource_name=resource_name(stage.name, SES_EVENTS)
    )


class MailEvents(Construct):
    """A configuration set whose events about mails go to the queue of `ses.event`, as messages of this type."""

    def __init__(
        self, scope: Construct, construct_id: str, *, queue: sqs.IQueue, undeliverable: sqs.IQueue, stage: Stage
    ) -> None:
        """Create the configuration set, its event destination and the rule.

        Args:
            scope: the stack.
            construct_id: within the stack.
            queue: the queue of `ses.event`; its policy must let the rule send.
            undeliverable: holding queue for events that EventBridge cannot deliver; its policy must let the rule send.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        name = resource_name(stage.name)
        configuration_set = ses.ConfigurationSet(
            self,
            "ConfigurationSet",
            configuration_set_name=name,
            # A mail that cannot be sent encrypted bounces.
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
            reputation_metrics=True,
        )
        configuration_set.add_event_destination(
            "Outcomes",
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "DefaultBus", _DEFAULT_BUS)
            ),
            events=list(_OUTCOMES),
        )
        events.Rule(
            self,
            "Rule",
            rule_name=resource_name(stage.name, SES_EVENTS),
            description=f"SES's events about mails of stage {stage.name} to the queue of {SES_EVENT.name}",
            # No bus is named: the account's default bus.
            event_pattern=events.EventPattern(
                source=[SES_SOURCE],
                detail={
                    "eventType": list(_OUTCOMES.values()),
                    "mail": {"tags": {_SET_TAG: [name], COMPANY: events.Match.exists()}},
                },
            ),
            targets=[
                targets.SqsQueue(
                    queue,
                    # EventBridge puts a value as JSON in place of each path ("Input transformation").
                    message=events.RuleTargetInput.from_object(
                        ses_message(
                            events.EventField.event_id,
                            events.EventField.time,
                            events.EventField.from_path(_COMPANY_ID),
                            events.EventField.from_path("$.detail"),
                        )
                    ),
                    # Fair queues: the tenant, as for all types.
                    message_group_id=events.EventField.from_path(_COMPANY_ID),
                    dead_letter_queue=undeliverable,
                )
            ],
        )
