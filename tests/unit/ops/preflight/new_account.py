"""An AWS account in memory that begins as AWS gives it, behind real boto3 clients.

botocore checks every request against AWS's service models, and here every answer, too. The values of a new account are
those of AWS's documentation: Lambda, "Quotas"; SES, "Request production access"; SNS, "Using the Amazon SNS SMS
sandbox", "Requesting increases to your monthly SMS spending quota"; EventBridge, "Amazon EventBridge quotas".
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

from boto3 import Session
from botocore.validate import validate_parameters

from ops.preflight.assembly import Assembly
from ops.preflight.reading import Account
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, resource_name, stack_name
from tests.unit.ops.preflight.aws_answers import ANSWERS, AwsRefusal

ACCOUNT, REGION = "123456789012", "eu-central-1"
_SESSION = Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106 no secret: nothing is called

_QUOTAS = {"L-244521F2": 300.0, "L-664C5505": 2_048.0, "L-9B653E91": 2_400.0, "L-5540C5E3": 4_500.0}
"""EventBridge's quotas in eu-central-1."""


@cache
def _client(service: str, region: str) -> Any:
    """Create a client; its copies take no time."""
    return _SESSION.client(service, region_name=region)  # type: ignore[call-overload]  # stubs list literal names alone


@dataclass
class NewAccount:
    """An account; its fields are what people change in it."""

    account: str = ACCOUNT
    region: str = REGION
    partition: str = "aws"
    concurrency: int = 10
    reserved: int = 0
    """Concurrency that is reserved by other functions."""

    others: dict[str, int] = field(default_factory=dict)
    """Maximum concurrency of mappings of other systems, by the function's name."""

    bootstrap: int | None = None
    production_access: bool = False
    review: str = ""
    sending: bool = True
    enforcement: str = "HEALTHY"
    send_rate: float = 1.0
    daily: float = 200.0
    sent: float = 0.0
    suppressed: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    identities: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Answers of GetEmailIdentity."""

    sms_sandbox: bool = True
    sms_attributes: dict[str, str] = field(default_factory=dict)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    stacks: dict[str, str] = field(default_factory=dict)
    """Statuses by the stack's name."""

    protected: bool = False
    """Whether the stacks have termination protection."""

    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    mappings: dict[str, str] = field(default_factory=dict)
    """States of the stage's mappings, by the function's name."""

    stage_tags: dict[str, str] = field(default_factory=lambda: {"application": "taly-async", "stage": "prod"})
    """Tags of each of these mappings."""

    pause_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags about pauses of these mappings, by the function's name."""

    subscriptions: dict[str, dict[str, str]] = field(default_factory=dict)
    """Addresses with the ARN of their subscription, by the topic's name."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Answers of DescribeSecret by ARN."""

    quotas: dict[str, float] = field(default_factory=lambda: dict(_QUOTAS))
    applied: set[str] = field(default_factory=set)
    """Codes of quotas that the account has values of its own of; the others have defaults alone."""

    recursion: dict[str, str] = field(default_factory=dict)
    heartbeats: int = 0
    filled: tuple[float, ...] = (0.0,)
    searched: int = 0
    """Metrics of the stage that a search finds."""

    metrics: dict[str, list[str]] = field(default_factory=dict)
    """Metrics with their dimensions."""

    actions: list[tuple[str, str]] = field(default_factory=list)
    """Alarms with the summary of an action."""

    archived: int = 0
    group_path: str | None = "$.detail.payload.companyId"
    queue_host: str = "https://sqs.eu-central-1.amazonaws.com"
    malformed: str = ""
    """A part of a query that CloudWatch cannot parse."""

    refused: dict[str, str] = field(default_factory=dict)
    """Operations, such as GetAccount, with the code that AWS refuses them with."""

    called: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    ended: bool = False
    """Whether queries have ended before they are stopped."""

    def read_for(self, assembly: Assembly) -> Account:
        """Return the account as preflight reads it for a stage."""
        return Account.connect(assembly, self.client)

    def deploy(self, stage: str = "prod", email: str = "infra@taly.dev") -> None:
        """Create what a stage's first deploy creates."""
        arn = f"arn:{self.partition}:secretsmanager:{self.region}:{self.account}:secret:"
        self.stacks = {stack_name(stage, each): "CREATE_COMPLETE" for each in ("Messaging", "Processing", "Monitoring")}
        self.outputs = {
            stack_name(stage, "Processing"): {"CrmTokenSecretArn": f"{arn}crm"},
            stack_name(stage, "Monitoring"): {"SlackWebhookSecretArn": f"{arn}slack"},
        }
        self.secrets = {f"{arn}{name}": {"VersionIdsToStages": {"1" * 32: ["AWSCURRENT"]}} for name in ("crm", "slack")}
        self.mappings = {resource_name(stage, each): "Enabled" for each in (*BY_NAME, QUEUE_PROCESSOR)}
        self.recursion = dict.fromkeys(self.mappings, "Allow")
        pending = {email: "PendingConfirmation"}
        topics = (resource_name(stage, "alerts"), resource_name(stage, "slack_notifier"))
        self.subscriptions = {topic: dict(pending) for topic in topics}

    def store(self, arn: str) -> None:
        """Store a secret's value: its second version."""
        self.secrets[arn] = {"VersionIdsToStages": {"1" * 32: ["AWSPREVIOUS"], "2" * 32: ["AWSCURRENT"]}}

    def verify_identity(self, name: str, **changes: Any) -> None:
        """Verify an identity of SES, whose mails are signed."""
        dkim = {"SigningEnabled": True, "Status": "SUCCESS"}
        self.identities[name] = {"VerifiedForSendingStatus": True, "DkimAttributes": dkim} | changes

    def client(self, service: str) -> Any:
        """Return boto3's client, which asks this account instead of AWS."""
        original = _client(service, self.region)
        client = object.__new__(type(original))  # copy() fails: a client looks up every attribute by itself
        vars(client).update(vars(original))
        client.meta = copy(original.meta)
        client.meta.events = copy(original.meta.events)
        client.meta.events.register("before-parameter-build", _keep_parameters)
        client.meta.events.register("before-call", self._answer)
        return client

    def _answer(self, *, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        self.called.append(model.name)
        try:
            self._refuse(model.name)
            answer = ANSWERS[model.name](self, context["parameters"])
        except AwsRefusal as refusal:
            return SimpleNamespace(status_code=400), {
                "Error": {"Code": refusal.code, "Message": refusal.message},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
        if model.output_shape is not None:
            validate_parameters(answer, model.output_shape)
        return SimpleNamespace(status_code=200), answer | {"ResponseMetadata": {"HTTPStatusCode": 200}}

    def _refuse(self, operation: str) -> None:
        if operation in self.refused:
            raise AwsRefusal(self.refused[operation], "User ada may not do this now")


def _keep_parameters(*, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["parameters"] = params
