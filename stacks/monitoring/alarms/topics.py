"""The SNS topics that alarms notify: one for alarms about the notifier, one for all others."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from schemas.names import ALERTS, SLACK_NOTIFIER, alarm_name, resource_name
from stacks.retention import removal_policy
from stacks.stage import Stage


class AlertTopics(Construct):
    """Two encrypted topics; both send email to the stage's alert address."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        self.key = self._key()
        self.alerts = self._topic("Alerts", ALERTS)
        # By email only: the notifier cannot report its failure in Slack.
        self.notifier = self._topic("Notifier", SLACK_NOTIFIER)

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
        topic = sns.Topic(self, construct_id, topic_name=name, master_key=self.key, enforce_ssl=True)
        # The policy that enforces TLS replaces the default policy, which lets CloudWatch publish.
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
        topic.add_subscription(subscriptions.EmailSubscription(self._stage.alert_email))
        return topic

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
