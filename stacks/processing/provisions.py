"""Maps each need of a type to a grant, environment variables and a layer."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from schemas.environment import seconds
from schemas.event_type import Needs
from schemas.names import resource_name
from stacks.acknowledgement import acknowledge_pattern
from stacks.errors import CannotSynthesizeError
from stacks.messaging.idempotency_table import grant_suppressed, grant_suppression_list
from stacks.retention import removal_policy
from stacks.stage import Stage

_KEY_LENGTH = 64
"""Letters and digits of the suppression list's key: more than the 256 bits that HMAC-SHA256 asks for (RFC 2104)."""


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

    def __init__(
        self, scope: Construct, construct_id: str, *, idempotency_table: dynamodb.ITable, stage: Stage
    ) -> None:
        super().__init__(scope, construct_id)
        self._table = idempotency_table
        self.crm_token = self._crm_token(stage)
        self._suppression_key = self._generated_key(stage)
        suppression_key = {"suppression_key_secret_arn": self._suppression_key.secret_arn}
        self._by_need = {
            Needs.CRM: Provision(
                grant=self.crm_token.grant_read,
                environment={
                    "crm_base_url": stage.crm_base_url,
                    "crm_token_secret_arn": self.crm_token.secret_arn,
                },
            ),
            Needs.EMAIL: Provision(
                grant=lambda role: _grant_email(role, stage),
                environment={
                    "mail_sender": stage.mail_sender,
                    "mail_configuration_set": resource_name(stage.name),
                    "link_hosts": ",".join(stage.link_hosts),
                },
            ),
            Needs.SMS: Provision(
                grant=self._grant_sms,
                environment={
                    "sms_sender_id": stage.sms_sender_id or "",
                    "sms_origination_number": stage.sms_origination_number or "",
                },
            ),
            Needs.WEBHOOKS: Provision(environment={"webhooks_allow_private_addresses": "1"} if stage.emulated else {}),
            Needs.REMINDERS: Provision(environment={"reminder_leads": seconds(stage.reminder_leads)}),
            Needs.DUNNING: Provision(environment={"dunning": seconds(stage.dunning)}),
            Needs.QUIET_HOURS: Provision(environment={"quiet_hours": stage.quiet_hours or ""}),
            Needs.SUPPRESSED: Provision(grant=self._grant_suppressed, environment=suppression_key),
            Needs.SUPPRESSION_LIST: Provision(grant=self._grant_suppression_list, environment=suppression_key),
            Needs.HASH_KEY: Provision(grant=self._suppression_key.grant_read, environment=suppression_key),
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

    def _grant_suppressed(self, role: iam.Role) -> None:
        grant_suppressed(self._table, role)
        self._suppression_key.grant_read(role)

    def _grant_suppression_list(self, role: iam.Role) -> None:
        grant_suppression_list(self._table, role)
        self._suppression_key.grant_read(role)

    def _generated_key(self, stage: Stage) -> secretsmanager.Secret:
        """Create the secret with the key by which addresses are hashed; nobody has to know its value."""
        key = secretsmanager.Secret(
            self,
            "SuppressionKey",
            description=f"Key of the suppression list's hashes, stage {stage.name}: generated, nothing to store",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=_KEY_LENGTH, exclude_punctuation=True
            ),
            removal_policy=removal_policy(stage),
        )
        cdk.Validations.of(key).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SMG4", reason="With a new key, every address on the list would be written to again."
            )
        )
        return key

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


def _grant_email(role: iam.Role, stage: Stage) -> None:
    """Let a role send email from the stage's sender by the stage's configuration set, and ask whether SES works.

    SES checks the sender's identity, the configuration set and, in the sandbox, the recipient's identity too (SES,
    "Controlling access"; aws/aws-cdk#34402). So the sender is what limits the grant on identities. SES makes a raw
    email of one with an attachment, and no page says which of the two actions it checks then.
    """
    stack = cdk.Stack.of(role)
    identities = stack.format_arn(service="ses", resource="identity", resource_name="*")
    configuration_set = stack.format_arn(
        service="ses", resource="configuration-set", resource_name=resource_name(stage.name)
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["ses:SendEmail", "ses:SendRawEmail"],
            resources=[identities, configuration_set],
            conditions={"StringEquals": {"ses:FromAddress": stage.mail_address}},
        )
    )
    role.add_to_policy(iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]))
    acknowledge_pattern(role, identities, "The condition on ses:FromAddress limits the grant to the stage's sender.")
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="The account itself is asked: ses:GetAccount supports no resources.",
        )
    )
