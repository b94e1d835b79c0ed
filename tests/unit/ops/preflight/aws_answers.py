"""AWS's answers to each call about an account in memory, in the form of its API references."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, uuid5

from schemas.catalogue import BY_NAME
from schemas.names import dead_letter_queue_name, queue_name

if TYPE_CHECKING:
    from tests.unit.ops.preflight.new_account import NewAccount


class AwsRefusal(Exception):  # noqa: N818 it stands for an answer of AWS, and is not raised to callers
    """AWS refuses a call."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Request = Mapping[str, Any]


def _identity(here: "NewAccount", _: Request) -> dict[str, Any]:
    arn = f"arn:{here.partition}:sts::{here.account}:assumed-role/Admin/ada"
    return {"Account": here.account, "Arn": arn, "UserId": "AROA:ada"}


def _parameter(here: "NewAccount", request: Request) -> dict[str, Any]:
    if here.bootstrap is None or request["Name"] != "/cdk-bootstrap/hnb659fds/version":
        raise AwsRefusal("ParameterNotFound")
    return {"Parameter": {"Name": request["Name"], "Value": str(here.bootstrap)}}


def _account_settings(here: "NewAccount", _: Request) -> dict[str, Any]:
    free = here.concurrency - here.reserved
    return {"AccountLimit": {"ConcurrentExecutions": here.concurrency, "UnreservedConcurrentExecutions": free}}


def _mappings(here: "NewAccount", request: Request) -> dict[str, Any]:
    """Two pages: the stage's mappings, then those of other systems."""
    if not request.get("Marker"):
        own = [{**_mapping(here, name), "State": state} for name, state in here.mappings.items()]
        return {"EventSourceMappings": own, "NextMarker": "2"}
    others = [
        {**_mapping(here, f"{name}:live"), "ScalingConfig": {"MaximumConcurrency": most}}
        for name, most in here.others.items()
    ]
    return {"EventSourceMappings": [*others, {**_mapping(here, "uncapped"), "State": "Enabled"}]}


def _mapping(here: "NewAccount", function: str) -> dict[str, str]:
    prefix, uuid = f"arn:aws:lambda:{here.region}:{here.account}", str(uuid5(NAMESPACE_DNS, function))
    return {
        "UUID": uuid,
        "EventSourceMappingArn": f"{prefix}:event-source-mapping:{uuid}",
        "FunctionArn": f"{prefix}:function:{function}",
    }


def _mapping_tags(here: "NewAccount", request: Request) -> dict[str, Any]:
    names = {_mapping(here, name)["EventSourceMappingArn"]: name for name in here.mappings}
    return {"Tags": here.stage_tags | here.pause_tags.get(names[request["Resource"]], {})}


def _ses_account(here: "NewAccount", _: Request) -> dict[str, Any]:
    quota = {"Max24HourSend": here.daily, "MaxSendRate": here.send_rate, "SentLast24Hours": here.sent}
    return {
        "ProductionAccessEnabled": here.production_access,
        "SendingEnabled": here.sending,
        "EnforcementStatus": here.enforcement,
        "SendQuota": quota,
        "SuppressionAttributes": {"SuppressedReasons": list(here.suppressed)},
        **({"Details": {"ReviewDetails": {"Status": here.review}}} if here.review else {}),
    }


def _email_identity(here: "NewAccount", request: Request) -> dict[str, Any]:
    if request["EmailIdentity"] not in here.identities:
        raise AwsRefusal("NotFoundException")
    return here.identities[request["EmailIdentity"]]


def _stack(here: "NewAccount", request: Request) -> dict[str, Any]:
    name = request["StackName"]
    if name not in here.stacks:
        raise AwsRefusal("ValidationError", f"Stack with id {name} does not exist")
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in here.outputs.get(name, {}).items()]
    stack = {
        "StackName": name,
        "StackStatus": here.stacks[name],
        "CreationTime": datetime(2026, 4, 14, tzinfo=UTC),
        "EnableTerminationProtection": here.protected,
        "Outputs": outputs,
    }
    return {"Stacks": [stack]}


def _subscriptions(here: "NewAccount", request: Request) -> dict[str, Any]:
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


def _secret(here: "NewAccount", request: Request) -> dict[str, Any]:
    if request["SecretId"] not in here.secrets:
        raise AwsRefusal("ResourceNotFoundException")
    return here.secrets[request["SecretId"]]


def _quota(here: "NewAccount", request: Request) -> dict[str, Any]:
    assert request["ServiceCode"] == "events"
    if request["QuotaCode"] not in here.applied:
        raise AwsRefusal("NoSuchResourceException")
    return {"Quota": {"Value": here.quotas[request["QuotaCode"]]}}


def _default_quota(here: "NewAccount", request: Request) -> dict[str, Any]:
    if request["QuotaCode"] not in here.quotas:
        raise AwsRefusal("NoSuchResourceException")
    return {"Quota": {"Value": here.quotas[request["QuotaCode"]]}}


def _queues(here: "NewAccount", request: Request) -> dict[str, Any]:
    names = [
        name(stage, each) for stage in ("prod",) for each in BY_NAME for name in (queue_name, dead_letter_queue_name)
    ]
    urls = [f"{here.queue_host}/{here.account}/{name}" for name in names if name.startswith(request["QueueNamePrefix"])]
    return {"QueueUrls": urls if here.stacks else []}


def _targets(here: "NewAccount", request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    assert (request["Rule"], request["EventBusName"]) == ("taly-async-prod-system-heartbeat", "taly-async-prod")
    group = {"SqsParameters": {"MessageGroupId": here.group_path}} if here.group_path else {}
    return {"Targets": [{"Id": "Target0", "Arn": "arn:aws:sqs:eu-central-1:123456789012:queue", **group}]}


def _log_events(here: "NewAccount", request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    assert request["logGroupName"] == "/aws/lambda/taly-async-prod-system-heartbeat"
    return {"events": [{"message": "{}"}] * here.heartbeats}


def _metric_data(here: "NewAccount", request: Request) -> dict[str, Any]:
    assert request["StartTime"] < request["EndTime"]
    if 'SEARCH(\'{"TalyAsync/prod",service}' in str(request["MetricDataQueries"][0].get("Expression")):
        return {"MetricDataResults": [{"Id": "found", "Values": [210.0]}] * here.searched}
    return {"MetricDataResults": [{"Id": "filled", "Values": list(here.filled)}]}


def _recursion(here: "NewAccount", request: Request) -> dict[str, Any]:
    if request["FunctionName"] not in here.recursion:
        raise AwsRefusal("ResourceNotFoundException")
    return {"RecursiveLoop": here.recursion[request["FunctionName"]]}


def _alarm_history(here: "NewAccount", _: Request) -> dict[str, Any]:
    return {"AlarmHistoryItems": [{"AlarmName": name, "HistorySummary": summary} for name, summary in here.actions]}


def _start_query(here: "NewAccount", request: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    if here.malformed and here.malformed in request["queryString"]:
        raise AwsRefusal("MalformedQueryException", "unexpected symbol")
    return {"queryId": f"query-{len(here.called)}"}


def _stop_query(here: "NewAccount", request: Request) -> dict[str, Any]:
    if here.ended:
        raise AwsRefusal("InvalidParameterException", "Query is not in a running or scheduled state")
    here.stopped.append(request["queryId"])
    return {"success": True}


def _list_metrics(here: "NewAccount", request: Request) -> dict[str, Any]:
    name = request["MetricName"]
    if name not in here.metrics:
        return {"Metrics": []}
    dimensions = [{"Name": each, "Value": "x"} for each in here.metrics[name]]
    return {"Metrics": [{"Namespace": request["Namespace"], "MetricName": name, "Dimensions": dimensions}]}


def _archive(here: "NewAccount", _: Request) -> dict[str, Any]:
    if not here.stacks:
        raise AwsRefusal("ResourceNotFoundException")
    return {"State": "ENABLED", "EventCount": here.archived}


ANSWERS: Mapping[str, Callable[["NewAccount", Request], dict[str, Any]]] = {
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
    "ListTags": _mapping_tags,
    "ListSubscriptionsByTopic": _subscriptions,
    "ListTargetsByRule": _targets,
    "StartQuery": _start_query,
    "StopQuery": _stop_query,
}
