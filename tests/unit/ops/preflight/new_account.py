"""An AWS account in memory that begins as AWS gives it, behind real boto3 clients.

botocore checks every request against AWS's service models, and here every answer, too. The values of a new account are
those of AWS's documentation: Lambda, "Quotas"; SES, "Request production access"; SNS, "Using the Amazon SNS SMS
sandbox", "Requesting increases to your monthly SMS spending quota"; EventBridge, "Amazon EventBridge quotas".
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

from boto3 import Session
from botocore.validate import validate_parameters

from ops.preflight.assembly import Assembly
from ops.preflight.reading import Account
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, dead_letter_queue_name, queue_name, resource_name, stack_name

ACCOUNT, REGION = "123456789012", "eu-central-1"
UUID = "0f4e1a9c-8a5e-4ab8-9f2a-6f3f0f1d2c3b"
_SESSION = Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106 no secret: nothing is called

_QUOTAS = {"L-244521F2": 300.0, "L-664C5505": 2_048.0, "L-9B653E91": 2_400.0, "L-5540C5E3": 4_500.0}
"""EventBridge's quotas in eu-central-1."""


@cache
def _client(service: str, region: str) -> Any:
    """Create a client; its copies take no time."""
    return _SESSION.client(service, region_name=region)  # type: ignore[call-overload]  # stubs list literal names alone


class AwsRefusal(Exception):  # noqa: N818 it stands for an answer of AWS, and is not raised to callers
    """AWS refuses a call."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


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

    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    mappings: dict[str, str] = field(default_factory=dict)
    """States of the stage's mappings, by the function's name."""

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
            answer = _ANSWERS[model.name](self, context["parameters"])
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


Request = Mapping[str, Any]


def _identity(here: NewAccount, _: Request) -> dict[str, Any]:
    arn = f"arn:{here.partition}:sts::{here.account}:assumed-role/Admin/ada"
    return {"Account": here.account, "Arn": arn, "UserId": "AROA:ada"}


def _parameter(here: NewAccount, request: Request) -> dict[str, Any]:
    if here.bootstrap is None or request["Name"] != "/cdk-bootstrap/hnb659fds/version":
        raise AwsRefusal("ParameterNotFound")
    return {"Parameter": {"Name": request["Name"], "Value": str(here.bootstrap)}}


def _account_settings(here: NewAccount, _: Request) -> dict[str, Any]:
    free = here.concurrency - here.reserved
    return {"AccountLimit": {"ConcurrentExecutions": here.concurrency, "UnreservedConcurrentExecutions": free}}


def _mappings(here: NewAccount, request: Request) -> dict[str, Any]:
    """Two pages: the stage's mappings, then those of other systems."""
    arn = f"arn:aws:lambda:{here.region}:{here.account}:function:"
    if not request.get("Marker"):
        own = [{"UUID": UUID, "FunctionArn": f"{arn}{name}", "State": state} for name, state in here.mappings.items()]
        return {"EventSourceMappings": own, "NextMarker": "2"}
    others = [
        {"UUID": UUID, "FunctionArn": f"{arn}{name}:live", "ScalingConfig": {"MaximumConcurrency": most}}
        for name, most in here.others.items()
    ]
    return {"EventSourceMappings": [*others, {"UUID": UUID, "FunctionArn": f"{arn}uncapped", "State": "Enabled"}]}


def _ses_account(here: NewAccount, _: Request) -> dict[str, Any]:
    quota = {"Max24HourSend": here.daily, "MaxSendRate": here.send_rate, "SentLast24Hours": here.sent}
    return {
        "ProductionAccessEnabled": here.production_access,
        "SendingEnabled": here.sending,
        "EnforcementStatus": here.enforcement,
        "SendQuota": quota,
        "SuppressionAttributes": {"SuppressedReasons": list(here.suppressed)},
        **({"Details": {"ReviewDetails": {"Status": here.review}}} if here.review else {}),
    }


def _email_identity(here: NewAccount, request: Request) -> dict[str, Any]:
    if request["EmailIdentity"] not in here.identities:
        raise AwsRefusal("NotFoundException")
    return here.identities[request["EmailIdentity"]]


def _stack(here: NewAccount, request: Request) -> dict[str, Any]:
    name = request["StackName"]
    if name not in here.stacks:
        raise AwsRefusal("ValidationError", f"Stack with id {name} does not exist")
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in here.outputs.get(name, {}).items()]
    created = datetime(2026, 4, 14, tzinfo=UTC)
    return {
        "Stacks": [{"StackName": name, "StackStatus": here.stacks[name], "CreationTime": created, "Outputs": outputs}]
    }


def _subscriptions(here: NewAccount, request: Request) -> dict[str, Any]:
    topic = request["TopicArn"]
    prefix, _, name = topic.rpartition(":")
    if prefix != f"arn:{here.partition}:sns:{here.region}:{here.account}" or name not in here.subscriptions:
        raise AwsRefusal("NotFound")
    queue = {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:…", "SubscriptionArn": f"{topic}:1"}
    mails = [
        {"Protocol": "email", "Endpoint": address, "SubscriptionArn": arn}
        for address, arn in here.subscriptions[name].items()
    ]
    return {"Subscriptions": [queue]} | {"NextToken": "2"} if "NextToken" not in request else {"Subscriptions": mails}


def _secret(here: NewAccount, request: Request) -> dict[str, Any]:
    if request["SecretId"] not in here.secrets:
        raise AwsRefusal("ResourceNotFoundException")
    return here.secrets[request["SecretId"]]


def _quota(here: NewAccount, request: Request) -> dict[str, Any]:
    assert request["ServiceCode"] == "events"
    if request["QuotaCode"] not in here.applied:
        raise AwsRefusal("NoSuchResourceException")
    return {"Quota": {"Value": here.quotas[request["QuotaCode"]]}}


def _default_quota(here: NewAccount, request: Request) -> dict[str, Any]:
    return {"Quota": {"Value": here.quotas[request["QuotaCode"]]}}


def _queues(here: NewAccount, request: Request) -> dict[str, Any]:
    names = [
        name(stage, each) for stage in ("prod",) for each in BY_NAME for name in (queue_name, dead_letter_queue_name)
    ]
    urls = [f"{here.queue_host}/{here.account}/{name}" for name in names if name.startswith(request["QueueNamePrefix"])]
    return {"QueueUrls": urls if here.stacks else []}


def _targets(here: NewAccount, request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    assert (request["Rule"], request["EventBusName"]) == ("taly-async-prod-system-heartbeat", "taly-async-prod")
    group = {"SqsParameters": {"MessageGroupId": here.group_path}} if here.group_path else {}
    return {"Targets": [{"Id": "Target0", "Arn": "arn:aws:sqs:eu-central-1:123456789012:queue", **group}]}


def _log_events(here: NewAccount, request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    assert request["logGroupName"] == "/aws/lambda/taly-async-prod-system-heartbeat"
    return {"events": [{"message": "{}"}] * here.heartbeats}


def _metric_data(here: NewAccount, request: Request) -> dict[str, Any]:
    assert request["StartTime"] < request["EndTime"]
    return {"MetricDataResults": [{"Id": "filled", "Values": list(here.filled)}]}


def _recursion(here: NewAccount, request: Request) -> dict[str, Any]:
    if request["FunctionName"] not in here.recursion:
        raise AwsRefusal("ResourceNotFoundException")
    return {"RecursiveLoop": here.recursion[request["FunctionName"]]}


def _alarm_history(here: NewAccount, _: Request) -> dict[str, Any]:
    return {"AlarmHistoryItems": [{"AlarmName": name, "HistorySummary": summary} for name, summary in here.actions]}


def _start_query(here: NewAccount, request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    if here.malformed and here.malformed in request["queryString"]:
        raise AwsRefusal("MalformedQueryException", "unexpected symbol")
    return {"queryId": f"query-{len(here.called)}"}


def _stop_query(here: NewAccount, request: Request) -> dict[str, Any]:
    here.stopped.append(request["queryId"])
    return {"success": True}


def _list_metrics(here: NewAccount, request: Request) -> dict[str, Any]:
    name = request["MetricName"]
    if name not in here.metrics:
        return {"Metrics": []}
    dimensions = [{"Name": each, "Value": "x"} for each in here.metrics[name]]
    return {"Metrics": [{"Namespace": request["Namespace"], "MetricName": name, "Dimensions": dimensions}]}


def _archive(here: NewAccount, _: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    return {"State": "ENABLED", "EventCount": here.archived}


_ANSWERS: Mapping[str, Callable[[NewAccount, Request], dict[str, Any]]] = {
    "DescribeAlarmHistory": _alarm_history,
    "DescribeArchive": _archive,
    "DescribeSecret": _secret,
    "DescribeStacks": _stack,
    "FilterLogEvents": _log_events,
    "GetAWSDefaultServiceQuota": _default_quota,
    "GetAccount": _ses_account,
    "GetAccountSettings": _account_settings,
    "GetCallerIdentity": _identity,
    "GetEmailIdentity": _email_identity,
    "GetFunctionRecursionConfig": _recursion,
    "GetMetricData": _metric_data,
    "GetParameter": _parameter,
    "GetSMSAttributes": lambda here, _: {"attributes": here.sms_attributes},
    "GetSMSSandboxAccountStatus": lambda here, _: {"IsInSandbox": here.sms_sandbox},
    "GetServiceQuota": _quota,
    "ListEventSourceMappings": _mappings,
    "ListMetrics": _list_metrics,
    "ListOriginationNumbers": lambda here, _: {"PhoneNumbers": here.numbers},
    "ListQueues": _queues,
    "ListSubscriptionsByTopic": _subscriptions,
    "ListTargetsByRule": _targets,
    "StartQuery": _start_query,
    "StopQuery": _stop_query,
}
