"""Maps each need of a type to a grant, environment variables and a layer."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from schemas.environment import seconds
from schemas.event_type import Needs
from stacks.acknowledgement import acknowledge_pattern
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
        self._by_need = {
            Needs.CRM: Provision(
                grant=self.crm_token.grant_read,
                environment={
                    "crm_base_url": stage.crm_base_url,
                    "crm_token_secret_arn": self.crm_token.secret_arn,
                },
            ),
            Needs.EMAIL: Provision(
                grant=lambda role: _grant_email(role, stage.mail_address),
                environment={"mail_sender": stage.mail_sender},
            ),
            Needs.SMS: Provision(grant=self._grant_sms),
            Needs.WEBHOOKS: Provision(environment={"webhooks_allow_private_addresses": "1"} if stage.emulated else {}),
            Needs.REMINDERS: Provision(environment={"reminder_leads": seconds(stage.reminder_leads)}),
            Needs.DUNNING: Provision(environment={"dunning": seconds(stage.dunning)}),
            Needs.QUIET_HOURS: Provision(),
            Needs.SUPPRESSED: Provision(),
            Needs.SUPPRESSION_LIST: Provision(),
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


def _grant_email(role: iam.Role, sender: str) -> None:
    """Let a role send email from one address, and ask whether SES works.

    SES checks SendEmail on the sender's identity, on the configuration set and, in the sandbox, on the recipient's
    identity too (SES, "Controlling access"; aws/aws-cdk#34402). So the sender is what the grant is limited to.
    """
    stack = cdk.Stack.of(role)
    resources = [
        stack.format_arn(service="ses", resource=resource, resource_name="*")
        for resource in ("identity", "configuration-set")
    ]
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["ses:SendEmail"],
            resources=resources,
            conditions={"StringEquals": {"ses:FromAddress": sender}},
        )
    )
    role.add_to_policy(iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]))
    for resource in resources:
        acknowledge_pattern(role, resource, "The condition on ses:FromAddress limits the grant to the stage's sender.")
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="The account itself is asked: ses:GetAccount supports no resources.",
        )
    )
