"""Reading an account: every call that preflight makes, by the IAM action that allows it.

Sources: Service Authorization Reference, one page for each service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from ops.preflight.assembly import Assembly
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences

_ABSENT = frozenset(
    {
        "NoSuchResourceException",
        "NotFound",
        "NotFoundException",
        "ParameterNotFound",
        "ResourceNotFoundException",
        "ValidationError",  # CloudFormation's, for a stack that does not exist
    }
)


class AwsCall(NamedTuple):
    """boto3's service and method for a call."""

    service: str
    method: str


CALLS = {
    "cloudformation:DescribeStacks": AwsCall("cloudformation", "describe_stacks"),
    "lambda:GetAccountSettings": AwsCall("lambda", "get_account_settings"),
    "lambda:ListEventSourceMappings": AwsCall("lambda", "list_event_source_mappings"),
    "lambda:ListTags": AwsCall("lambda", "list_tags"),
    "secretsmanager:DescribeSecret": AwsCall("secretsmanager", "describe_secret"),
    "servicequotas:GetAWSDefaultServiceQuota": AwsCall("service-quotas", "get_aws_default_service_quota"),
    "servicequotas:GetServiceQuota": AwsCall("service-quotas", "get_service_quota"),
    "ses:GetAccount": AwsCall("sesv2", "get_account"),
    "ses:GetEmailIdentity": AwsCall("sesv2", "get_email_identity"),
    "sns:GetSMSAttributes": AwsCall("sns", "get_sms_attributes"),
    "sns:GetSMSSandboxAccountStatus": AwsCall("sns", "get_sms_sandbox_account_status"),
    "sns:ListOriginationNumbers": AwsCall("sns", "list_origination_numbers"),
    "sns:ListSubscriptionsByTopic": AwsCall("sns", "list_subscriptions_by_topic"),
    "ssm:GetParameter": AwsCall("ssm", "get_parameter"),
    "sts:GetCallerIdentity": AwsCall("sts", "get_caller_identity"),
}
"""The calls of the checks. Whoever runs `taly-async preflight` needs these actions; none of them reads a secret."""

VERIFYING_CALLS = {
    "cloudwatch:DescribeAlarmHistory": AwsCall("cloudwatch", "describe_alarm_history"),
    "cloudwatch:GetMetricData": AwsCall("cloudwatch", "get_metric_data"),
    "cloudwatch:ListMetrics": AwsCall("cloudwatch", "list_metrics"),
    "events:DescribeArchive": AwsCall("events", "describe_archive"),
    "events:ListTargetsByRule": AwsCall("events", "list_targets_by_rule"),
    "lambda:GetFunctionRecursionConfig": AwsCall("lambda", "get_function_recursion_config"),
    "logs:FilterLogEvents": AwsCall("logs", "filter_log_events"),
    "logs:StartQuery": AwsCall("logs", "start_query"),
    "logs:StopQuery": AwsCall("logs", "stop_query"),
    "sqs:ListQueues": AwsCall("sqs", "list_queues"),
}
"""The calls that `--verify` adds."""

_ALL = {**CALLS, **VERIFYING_CALLS}


class UnreadError(Exception):
    """A call was refused or not answered."""

    def __init__(self, action: str, code: str, error: AwsError) -> None:
        super().__init__(str(error))
        self.action = action
        self.denied = error.denied
        """Whether the credentials may not make the call."""

        self.malformed = code == "MalformedQueryException"
        """Whether CloudWatch cannot parse a query (CloudWatch Logs API, StartQuery)."""


class AbsentError(UnreadError):
    """AWS knows nothing by the name that was asked for."""


class CallerIdentity(NamedTuple):
    """Partition and account of the credentials."""

    partition: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account and region that a stage is, or will be, deployed to."""

    assembly: Assembly
    clients: Mapping[str, Any]
    """boto3's clients by service."""

    _answers: dict[tuple[str, str], Mapping[str, Any] | AbsentError] = field(default_factory=dict)
    """Answers by action and request: several checks ask the same."""

    _locks: dict[tuple[str, str], Lock] = field(default_factory=dict)

    @classmethod
    def connect(cls, assembly: Assembly, client: Callable[[str], Any]) -> "Account":
        """Create all clients: boto3 cannot create them safely in threads.

        Raises:
            OperatorError: there is no such profile, or no region is set.
        """
        return cls(assembly=assembly, clients={call.service: client(call.service) for call in _ALL.values()})

    @property
    def region(self) -> str:
        """The region that is read."""
        return str(self.clients["sts"].meta.region_name)

    def read(self, action: str, **request: Any) -> Mapping[str, Any]:
        """Make a call, or return its answer if it was made before.

        Raises:
            AbsentError: there is nothing by that name.
            UnreadError: AWS refuses or does not answer.
        """
        call, key = _ALL[action], (action, repr(sorted(request.items())))
        with self._locks.setdefault(key, Lock()):
            if key not in self._answers:
                try:
                    self._answers[key] = self._answer(
                        action, lambda: getattr(self.clients[call.service], call.method)(**request)
                    )
                except AbsentError as error:
                    self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, AbsentError):
            raise answer
        return answer

    def read_all(self, action: str, key: str, **request: Any) -> list[Any]:
        """Make a call for each page, and join what the pages have under a key; raises as `read` does."""
        call = _ALL[action]
        paginator = self.clients[call.service].get_paginator(call.method)
        found: list[Any] = self._answer(
            action, lambda: [each for page in paginator.paginate(**request) for each in page.get(key, ())]
        )
        return found

    def identity(self) -> CallerIdentity:
        """Read the partition and the account of the credentials.

        Raises:
            UnreadError: AWS refuses or does not answer.
        """
        found = self.read("sts:GetCallerIdentity")
        return CallerIdentity(found["Arn"].split(":")[1], found["Account"])

    def stack(self, name: str) -> Mapping[str, Any] | None:
        """Describe a stack; None if there is none.

        Raises:
            UnreadError: AWS refuses or does not answer.
        """
        try:
            stack: Mapping[str, Any] = self.read("cloudformation:DescribeStacks", StackName=name)["Stacks"][0]
        except AbsentError:
            return None
        return stack

    def output(self, key: str) -> str:
        """The value of an output of the stage's stacks; empty if none has it yet.

        Raises:
            UnreadError: AWS refuses or does not answer.
        """
        for name in self.assembly.stacks:
            for each in (self.stack(name) or {}).get("Outputs", ()):
                if each["OutputKey"] == key:
                    return str(each["OutputValue"])
        return ""

    def mappings(self) -> list[tuple[str, Mapping[str, Any]]]:
        """All event source mappings of the region, each with its function's name.

        Raises:
            UnreadError: AWS refuses or does not answer.
        """
        found = self.read_all("lambda:ListEventSourceMappings", "EventSourceMappings")
        return [(str(each.get("FunctionArn", "")).partition(":function:")[2].partition(":")[0], each) for each in found]

    def topic_arn(self, name: str) -> str:
        """The ARN of a topic.

        Raises:
            UnreadError: AWS refuses or does not answer.
        """
        identity = self.identity()
        return f"arn:{identity.partition}:sns:{self.region}:{identity.account}:{name}"

    def _answer(self, action: str, call: Callable[[], Any]) -> Any:
        code = ""
        try:
            with aws_failures_as_sentences():
                try:
                    return call()
                except ClientError as error:
                    code = error.response.get("Error", {}).get("Code", "")
                    raise
        except AwsError as error:
            raise (AbsentError if code in _ABSENT else UnreadError)(action, code, error) from None
