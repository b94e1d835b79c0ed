"""Maps each need of a type to a grant, environment variables and a layer."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ses as ses
from constructs import Construct

from schemas.environment import seconds
from schemas.event_type import Needs
from stacks.errors import CannotSynthesizeError
from stacks.retention import removal_policy
from stacks.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Provision:
    """The grant, environment variables and layer for one need."""

    grant: Callable[[iam.Role], object] = lambda _: None
    environment: Mapping[str, str] = field(default_factory=dict)
    """Fields of `FunctionEnvironment`."""

    needs_texts: bool = False
    """Whether the function carries the layer of templates and time zones."""


class Provisions(Construct):
    """The provisions by need, with the resources behind them."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.crm_token = self._crm_token(stage)
        sender = ses.EmailIdentity.from_email_identity_name(self, "MailIdentity", stage.mail_domain)
        self._by_need = {
            Needs.CRM: Provision(
                grant=self.crm_token.grant_read,
                environment={
                    "crm_base_url": stage.crm_base_url,
                    "crm_token_secret_arn": self.crm_token.secret_arn,
                },
            ),
            Needs.EMAIL: Provision(
                grant=lambda role: _grant_email(role, sender),
                environment={"mail_sender": stage.mail_sender},
            ),
            Needs.SMS: Provision(grant=self._grant_sms),
            Needs.WEBHOOKS: Provision(environment={"webhooks_allow_private_addresses": "1"} if stage.emulated else {}),
            Needs.REMINDERS: Provision(environment={"reminder_leads": seconds(stage.reminder_leads)}),
            Needs.DUNNING: Provision(environment={"dunning": seconds(stage.dunning)}),
            Needs.TEXTS: Provision(needs_texts=True),
        }

    def of(self, needs: Collection[Needs]) -> list[Provision]:
        """Return the provisions for these needs.

        Raises:
            CannotSynthesizeError: a need has no provision.
        """
        unknown = sorted(set(needs) - self._by_need.keys())
        if unknown:
            raise CannotSynthesizeError(f"no grant is written for Needs.{unknown[0].name}: add it to {__name__}")
        return [self._by_need[need] for need in sorted(needs)]

    def _grant_sms(self, role: iam.Role) -> None:
        """Let a role send SMS to phone numbers, and ask whether SNS works.

        Publishing to everything with an ARN, such as a topic, is denied.
        """
        every_arn = cdk.Stack.of(self).format_arn(service="sns", account="*", region="*", resource="*")
        publish = ["sns:Publish"]
        role.add_to_policy(iam.PolicyStatement(actions=[*publish, "sns:GetSMSAttributes"], resources=["*"]))
        role.add_to_policy(iam.PolicyStatement(effect=iam.Effect.DENY, actions=publish, resources=[every_arn]))
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="IAM does not treat a phone number as a resource, and sns:GetSMSAttributes supports none.",
            )
        )

    def _crm_token(self, stage: Stage) -> secretsmanager.Secret:
        token = secretsmanager.Secret(
            self,
            "CrmToken",
            description=f"Bearer token for the CRM, stage {stage.name}: store the token after the first deployment",
            removal_policy=removal_policy(stage),
        )
        cdk.Validations.of(token).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SMG4", reason="The CRM issues this token; only the CRM's team can rotate it."
            )
        )
        return token


def _grant_email(role: iam.Role, sender: ses.IEmailIdentity) -> None:
    """Let a role send email from the sender, and ask whether SES works."""
    sender.grant_send_email(role)
    role.add_to_policy(iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]))
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="The account itself is asked: ses:GetAccount supports no resources.",
        )
    )
