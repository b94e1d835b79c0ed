"""The SNS topics: one that all alarms notify, and one for the emails that the notifier sends itself."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from schemas.names import ALERTS, SLACK_NOTIFIER, alarm_name, resource_name
from stacks.retention import removal_policy
from stacks.stage import Stage

_ALL_BUT_FIRST_OK = {"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["OK", "ALARM"]}]}
"""Filter policy for emails about alarms: all state changes but the first OK of a new alarm.

A first deployment has more than a hundred of those. Only a warm-up takes an alarm of a stage back to
`INSUFFICIENT_DATA`. Sources: SNS Developer Guide, "AND/OR logic"; CloudWatch User Guide, "Acting on alarm changes".
"""


class AlertTopics(Construct):
    """Two encrypted topics; both send email to the stage's alert address."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        self.key = self._key()
        self.alerts = self._topic("Alerts", ALERTS)
        self._let_alarms_publish(self.alerts)
        email = self.alerts.add_subscription(subscriptions.EmailSubscription(stage.alert_email))
        # The CDK's own properties cannot express `$or`.
        filtered = cast("sns.CfnSubscription", email.node.default_child)
        filtered.filter_policy = _ALL_BUT_FIRST_OK
        filtered.filter_policy_scope = "MessageBody"
        # A filter of bodies takes JSON only, and what the notifier sends is text: so it has a topic of its own.
        self.notifier = self._topic("Notifier", SLACK_NOTIFIER)
        self.notifier.add_subscription(subscriptions.EmailSubscription(stage.alert_email))

    def _key(self) -> kms.Key:
        """Create a customer-managed key: CloudWatch cannot use the key that AWS manages for SNS."""
        key = kms.Key(
            self,
            "Key",
            description=f"Encrypts the alert topics, stage {self._stage.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy(self._stage),
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsAreEncrypted",
                principals=[self._cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": self._this_account},
            )
        )
        return key

    def _topic(self, construct_id: str, subject: str) -> sns.Topic:
        name = resource_name(self._stage.name, subject)
        return sns.Topic(self, construct_id, topic_name=name, master_key=self.key, enforce_ssl=True)

    def _let_alarms_publish(self, topic: sns.Topic) -> None:
        """Allow it expressly: the policy that enforces TLS replaces the default one, which lets CloudWatch publish."""
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsArePublished",
                principals=[self._cloudwatch],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={
                    "StringEquals": self._this_account,
                    "ArnLike": {"aws:SourceArn": self._alarms},
                },
            )
        )

    @property
    def _this_account(self) -> dict[str, str]:
        return {"aws:SourceAccount": cdk.Stack.of(self).account}

    @property
    def _alarms(self) -> str:
        """Pattern for the ARNs of the stage's alarms."""
        return cdk.Stack.of(self).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=alarm_name(self._stage.name, "*", "*"),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
